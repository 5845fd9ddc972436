"""Which models a comparison has: feature sets crossed with sequence sets, and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogenomics._cohort import is_multimodal
from radiogenomics._errors import Fault, InputError

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Of sets without images, which sequences do not change.
NO_SEQUENCE = ""


@dataclass(frozen=True)
class NamedSet:
    """A feature set, with one set of sequences.

    Attributes
    ----------
    features, sequences
        Names of the two; the second is empty without sequence sets, and of sets without images.
    items
        As ``feature_set`` takes them.
    """

    features: str
    sequences: str
    items: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name in the tables."""
        return " | ".join(part for part in (self.features, self.sequences) if part)

    def model(self, classifier: str, sampling: str) -> str:
        """Name of a model on these features."""
        return " | ".join([classifier, self.name, *([sampling] if sampling != "none" else [])])


def named_sets(
    data: Cohort, feature_sets: Mapping[str, str | Sequence[str]], sequences: Mapping[str, Sequence[str]] | None
) -> list[NamedSet]:
    """Every feature set with every sequence set; those that no sequence changes once."""
    if not isinstance(feature_sets, Mapping) or not feature_sets:
        expected = "names with what each set has, such as {'radiomics': ['radiomics'], 'clinical': ['age']}"
        raise InputError("feature_sets", Fault(repr(feature_sets)[:60], expected))
    faults = []
    items: dict[str, tuple[str, ...]] = {}
    for name, given in feature_sets.items():
        items[name] = (given,) if isinstance(given, str) else tuple(given)
        if not items[name]:
            faults.append(Fault("nothing", "modalities or columns", key=f"feature_sets.{name}"))
        if "|" in name:
            faults.append(Fault(repr(name), "a name without '|', which names of models are put together with"))
        if sequences is not None:
            faults += [
                Fault(repr(item), "a modality without '@' where sequences are given", key=f"feature_sets.{name}")
                for item in items[name]
                if "@" in item
            ]
    for name, wanted in (sequences or {}).items():
        if isinstance(wanted, str) or not wanted:
            faults.append(Fault(repr(wanted), "a list of sequences, such as ['T1', 'T2']", key=f"sequences.{name}"))
        if "|" in name:
            faults.append(Fault(repr(name), "a name without '|'", key="sequences"))
    if sequences is not None and not sequences:
        faults.append(Fault("no set of sequences", "names with the sequences of each, or None", key="sequences"))
    if faults:
        raise InputError("compare_models", faults)
    if sequences is None:
        return [NamedSet(name, NO_SEQUENCE, own) for name, own in items.items()]
    imaged = _imaged(data)
    if not any(item in imaged for own in items.values() for item in own):
        found = "sequences for feature sets of which none has images"
        raise InputError("sequences", Fault(found, "a modality with a column 'sequence' in var, or no sequences"))
    out = []
    for name, own in items.items():
        if not any(item in imaged for item in own):
            out.append(NamedSet(name, NO_SEQUENCE, own))
            continue
        for label, wanted in sequences.items():
            crossed = tuple(f"{item}@{'+'.join(wanted)}" if item in imaged else item for item in own)
            out.append(NamedSet(name, label, crossed))
    return out


def _imaged(data: Cohort) -> set[str]:
    """Modalities whose features are of sequences."""
    modalities = data.mod if is_multimodal(data) else {"data": data}
    return {
        str(name)
        for name, adata in modalities.items()
        if "sequence" in adata.var or (adata.raw is not None and "sequence" in adata.raw.var)
    }
