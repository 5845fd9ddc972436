"""Sets of covariates that studies of soft-tissue sarcoma adjust for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from radiogenomics._errors import Fault, InputError

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

Preset = Literal["sarculator", "management"]

#: Covariate -> names under which it is looked for, the first one present being taken.
PRESETS: dict[str, dict[str, tuple[str, ...]]] = {
    "sarculator": {
        "age": ("age", "age_years"),
        "size": ("size", "size_mm", "size_cm", "tumour_size", "tumor_size"),
        "grade": ("fnclcc_grade", "fnclcc", "grade"),
        "histology": ("histology", "histotype", "histological_type"),
    },
    "management": {
        "chemotherapy": ("chemotherapy", "chemo"),
        "radiotherapy": ("radiotherapy", "radiation_therapy", "radiation"),
        "margins": ("margins", "margin_status", "surgical_margins"),
    },
}
#: Covariates that are categories even where they are coded as numbers.
CATEGORIES = frozenset({"grade", "histology", "chemotherapy", "radiotherapy", "margins"})


def preset_columns(
    data: Cohort, preset: str, columns: Mapping[str, str] | None
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Columns of a preset in its order, and which of them are categories.

    Raises
    ------
    InputError
        The preset or a covariate of `columns` does not exist, or covariates have no column: all of them are named.
    """
    if preset not in PRESETS:
        raise InputError("preset", Fault(repr(preset), f"one of {', '.join(map(repr, PRESETS))}"))
    wanted, given = PRESETS[preset], dict(columns or {})
    faults = [
        Fault(repr(name), f"covariates of preset {preset!r}: {', '.join(wanted)}", column="columns")
        for name in given
        if name not in wanted
    ]
    found: dict[str, str] = {}
    for name, defaults in wanted.items():
        looked_for = (given[name],) if name in given else defaults
        present = [c for c in looked_for if c in data.obs]
        if present:
            found[name] = present[0]
        else:
            without = "without one, give those there are as variables, and no preset"
            hint = f"Name it: columns={{{name!r}: ...}}; {without}." if name not in given else ""
            said = f"no column for {name} (looked for {', '.join(map(repr, looked_for))})"
            faults.append(Fault(said, "a column of data.obs", hint=hint))
    if faults:
        raise InputError(f"preset {preset!r}", faults)
    return list(found.values()), [column for name, column in found.items() if name in CATEGORIES]
