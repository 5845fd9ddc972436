"""Which groupings a cohort has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from radiogenomics import _keys as keys

if TYPE_CHECKING:
    from mudata import MuData

COMBINED = "combined"
INTEGRATED = "integrated"


def modality_groupings(mdata: MuData) -> dict[str, str]:
    """Grouping column of each modality whose clustering found at least two groups."""
    columns = {name: f"{name}:{keys.GROUPS}" for name in mdata.mod}
    return {name: c for name, c in columns.items() if c in mdata.obs and mdata.obs[c].dropna().nunique() > 1}


def crossed_groupings(mdata: MuData, combine: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """Groupings that are crossed, by the name of the joint groups: those the study names, else by the usual rule.

    Of the named ones, only those whose modalities all have groups.
    """
    if combine is None:
        usual = list(joint_groupings(mdata).values())
        return {COMBINED: usual} if len(usual) > 1 else {}
    found = modality_groupings(mdata)
    return {
        name: [found[modality] for modality in modalities]
        for name, modalities in combine.items()
        if all(modality in found for modality in modalities)
    }


def combined_groupings(mdata: MuData) -> list[str]:
    """Columns of joint groups that ``rg.tl.combine_groups`` made, by name."""
    return [
        key for key, made in sorted(mdata.uns.items())
        if isinstance(made, Mapping) and {"sizes", keys.SETTINGS} <= set(made) and key in mdata.obs
        and mdata.obs[key].dropna().nunique() > 1
    ]  # fmt: skip


def joint_groupings(mdata: MuData) -> dict[str, str]:
    """Groupings that are combined unless the study says which (step combine).

    An autoencoder's only where fewer than two other modalities have groups: the same images seen by several networks
    would cut the patients into groups too small for anything.
    """
    found = modality_groupings(mdata)
    others = {name: column for name, column in found.items() if "encoder" not in mdata.mod[name].uns}
    return others if len(others) > 1 else found


def all_groupings(mdata: MuData) -> dict[str, str]:
    """Groupings of the modalities, the combined ones and the integrated one where there are such."""
    found = modality_groupings(mdata)
    found |= {name: name for name in combined_groupings(mdata)}
    if INTEGRATED in mdata.obs and mdata.obs[INTEGRATED].dropna().nunique() > 1:
        found[INTEGRATED] = INTEGRATED
    return found


def without_groups(mdata: MuData) -> list[str]:
    """Modalities in which clustering found no more than one group."""
    grouped = modality_groupings(mdata)
    return [name for name in mdata.mod if f"{name}:{keys.GROUPS}" in mdata.obs and name not in grouped]


def one_group_reason(mdata: MuData) -> str:
    """Why there is nothing to compare."""
    single = without_groups(mdata)
    if not single:
        return "no modality has groups"
    return f"clustering found no more than one group in {' and '.join(single)}"
