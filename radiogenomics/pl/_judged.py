"""Which models, part of the split, estimate and horizon of a stored judgement a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._horizon import usual_horizon
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import PALETTE

#: Ways of predicting, the honest ones first, and what a figure calls them.
ESTIMATES = {"out_of_fold": "cross-validated", "held_out": "held out", "given": "", "apparent": "apparent"}


@dataclass(frozen=True)
class Shown:
    """What is drawn.

    Attributes
    ----------
    estimate
        Of most models; those without it have their own in ``others``.
    colours
        By model, in order.
    """

    split: str
    estimate: str
    horizon: float | None
    colours: dict[str, str]
    others: dict[str, str] = field(default_factory=dict)

    def estimate_of(self, model: str) -> str:
        """The estimate that is drawn of a model."""
        return self.others.get(model, self.estimate)

    def label(self, model: str) -> str:
        """Name of a model, with its estimate where that is not the one of the title."""
        own = self.others.get(model)
        return model if own is None else f"{model}, {ESTIMATES[own] or 'as given'}"

    def of(self, table: pd.DataFrame, model: str) -> pd.DataFrame:
        """Rows of one model."""
        estimate = self.estimate_of(model)
        rows = (table["split"] == self.split) & (table["estimate"] == estimate) & (table["model"] == model)
        if self.horizon is not None:
            rows &= table["horizon"].astype(float) == self.horizon
        return table[rows]

    def title(self, unit: str = "") -> str:
        """``External patients, held out, by 730 days``."""
        parts = [f"{self.split} patients" if self.split != "all" else "", ESTIMATES.get(self.estimate, self.estimate)]
        if self.horizon is not None:
            parts.append(f"by {self.horizon:g} {unit}".rstrip())
        said = ", ".join(part for part in parts if part)
        return said[:1].upper() + said[1:]


def shown(
    table: pd.DataFrame, *, models: Sequence[str] | None, split: str | None, estimate: str | None,
    horizon: float | None, by_horizon: bool = True, counts: pd.DataFrame | None = None,
) -> Shown:  # fmt: skip
    """The choice made, checked; by default all models, training or all patients, and the honest estimate of each.

    ``counts``: the table that says how many patients have the event, where ``table`` does not.
    ``by_horizon``: one horizon is drawn where the table has several; by default that of the report
    (``usual_horizon`` of all that is stored of the part).
    """
    block, part = block_of(table, split)
    counted = block if counts is None else block_of(counts, part)[0]
    present = list(dict.fromkeys(block["estimate"]))
    if estimate is not None and estimate not in present:
        raise unknown_name("estimate", estimate, present)
    if estimate is not None:
        block = block[block["estimate"] == estimate]
    known = list(dict.fromkeys(block["model"].astype(str)))
    for model in models or ():
        if model not in known:
            raise unknown_name("models", model, known)
    wanted = list(models) if models is not None else known
    if len(wanted) > len(PALETTE):
        raise InputError("models", Fault(f"{len(wanted)} models", f"at most {len(PALETTE)} in one figure",
                                         hint="Name those to draw in models=."))  # fmt: skip
    colours = dict(zip(wanted, PALETTE, strict=False))
    best = {model: _honest(block[block["model"] == model]) for model in wanted}
    main = next((e for e in ESTIMATES if e in best.values()), next(iter(best.values())))
    others = {model: own for model, own in best.items() if own != main}
    if not by_horizon or "horizon" not in block or block["horizon"].isna().all():
        if horizon is not None:
            raise InputError("horizon", Fault(f"{horizon:g}", "none: the outcome is no survival time"))
        return Shown(part, main, None, colours, others)
    times = sorted({float(h) for h in block["horizon"]})
    if horizon is not None and float(horizon) not in times:
        raise InputError("horizon", Fault(f"{horizon:g}", f"one of {', '.join(f'{t:g}' for t in times)}"))
    return Shown(part, main, usual_horizon(counted) if horizon is None else float(horizon), colours, others)


def _honest(own: pd.DataFrame) -> str:
    """The first estimate of a model, honest ones first."""
    present = list(dict.fromkeys(own["estimate"].astype(str)))
    return next((e for e in ESTIMATES if e in present), present[0])
