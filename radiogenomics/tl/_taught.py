"""What rests on labels that taught a network: kept with groups where they are formed, said wherever they are tested.

A network that was taught by labels (HSCAE) knows those of its training patients. Features by a network that learned
from the patient's own label are ``apparent``, and so is all that is made of them: groups, combinations of groups, their
survival curves, hazard ratios, associations and genes. Features out of fold do not know the patient's own label, but
those of different folds know each other's: groups of them are tested as they are, and a model that is cross-validated
on them without the encoder's views is ``apparent``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal, modality_of, patients_of, settings_of
from radiogenomics.tl._encoders import encoder_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Name in the settings of groups of what taught the networks behind them.
TAUGHT = "taught"
_UNKNOWN = "an unnamed network"


@dataclass(frozen=True)
class Taught:
    """Features of a modality by a network that labels taught.

    Attributes
    ----------
    n_known
        Patients whose features come from a network that learned from their own label.
    n
        Patients whose features were read.
    """

    modality: str
    model: str
    n_known: int
    n: int

    @property
    def apparent(self) -> bool:
        """Whether the features of any patient know his own label."""
        return self.n_known > 0


def features_taught(data: Cohort, modality: str | None, patients: pd.Index | None = None) -> list[Taught]:
    """What labels taught the features of a modality as it stands; nothing of features that no label taught.

    ``patients``: those whose features are read; by default all of the modality.
    """
    name = "data" if modality is None else modality
    encoder = encoder_of(data, modality, name, views=False)
    if encoder is None or not encoder.supervised:
        return []
    own = patients_of(modality_of(data, modality)) if patients is None else patients
    at = patients_of(data).get_indexer(own)
    return [Taught(name, encoder.model or _UNKNOWN, int(encoder.apparent[at[at >= 0]].sum()), len(own))]


def columns_taught(data: Cohort, names: Iterable[str]) -> list[Taught]:
    """What labels taught the columns of ``data.obs`` (groups, combined or joint groups, features), each once."""
    found = [one for name in names for one in _column(data, name)]
    return list(dict.fromkeys(found))


def recorded(taught: Sequence[Taught]) -> dict[str, Any]:
    """Settings of groups (or scores) that are made of such features: what taught them, and whether that is apparent."""
    return {TAUGHT: [asdict(one) for one in taught], **said(taught)}


def said(
    taught: Sequence[Taught], *, reason: str | None = None, apparent: bool = False, predicts: bool = False
) -> dict[str, Any]:
    """Settings ``apparent`` and ``apparent_reason`` of a result that reads the features or groups.

    Parameters
    ----------
    reason, apparent
        Why and whether the result is apparent for something else; the reason is kept where it is not, too.
    predicts
        Whether the result claims to predict patients of folds: then features out of fold, too, make it apparent,
        because those of the training patients know the labels of the test patients.
    """
    why = _why(taught, predicts)
    if why is None:
        return {"apparent": apparent, "apparent_reason": reason}
    return {"apparent": True, "apparent_reason": f"{reason}; {why}" if apparent and reason else why}


def _why(taught: Sequence[Taught], predicts: bool) -> str | None:
    known = [one for one in taught if one.apparent]
    if known:
        told = ", ".join(f"{one.modality} ({one.model}; {one.n_known} of {one.n} patients)" for one in known)
        return (
            f"features of {told} come from a network that learned from the patients' own labels: whatever is made of "
            "them goes with the label, and with outcomes that go with it, by construction"
        )
    if predicts and taught:
        told = ", ".join(f"{one.modality} ({one.model})" for one in taught)
        return (
            f"features of training patients in {told} come from networks that learned from labels of the test "
            "patients; groups made again on the encoder's views (refit_groups=True, inner_folds=) do without"
        )
    return None


def _column(data: Cohort, name: str) -> list[Taught]:
    """Of one column: as its groups were formed, else as the features it is made of stand now."""
    from radiogenomics.tl._combine_groups import sources_of

    found = []
    for source in sources_of(data, name):
        modality, _, key = source.partition(":") if is_multimodal(data) else (None, "", source)
        inside = modality is None or modality in data.mod
        stored = modality_of(data, modality).uns.get(key) if inside else data.uns.get(source)
        if isinstance(stored, Mapping) and keys.SETTINGS in stored and TAUGHT in (settings := settings_of(stored)):
            found += [Taught(**one) for one in settings[TAUGHT]]
        elif is_multimodal(data) and inside:
            found += features_taught(data, modality)
    return found
