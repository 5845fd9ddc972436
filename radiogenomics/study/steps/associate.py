"""Groups against clinical variables, and against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radiogenomics._cohort import raw_features, unknown_name
from radiogenomics.study._groups import all_groupings, combined_groupings, one_group_reason
from radiogenomics.study._step import Context, Step

if TYPE_CHECKING:
    from mudata import MuData


def run(context: Context) -> None:
    """Test every grouping against every variable and every other grouping."""
    from radiogenomics import tl

    combined = combined_groupings(context.mdata)
    groupings = [column for column in all_groupings(context.mdata).values() if column not in combined]
    if not groupings:
        context.skip("associations", one_group_reason(context.mdata))
        return
    settings = context.settings.model_dump()
    _with_features(context.mdata, settings["variables"])
    if len(groupings) < 2 and not settings["variables"]:
        context.skip("associations", "there is one grouping and no variable to compare it with; name some in variables")
        return
    with context.unless_degenerate("associations"):
        tl.associate(context.mdata, groupings, rng=context.seed(), **settings)


def _with_features(mdata: MuData, names: Sequence[str]) -> None:
    """Variables that are features of a modality (``radiomics:NAME``) become columns, as they were measured."""
    for name in names:
        modality, _, feature = name.partition(":")
        if name in mdata.obs or modality not in mdata.mod:
            continue
        raw = raw_features(mdata, modality)
        if feature not in raw.columns:
            raise unknown_name(f"feature of {modality}", feature, raw.columns)
        mdata.obs[name] = raw[feature].reindex(mdata.obs_names)


ASSOCIATE = Step("associate", run, "results")
