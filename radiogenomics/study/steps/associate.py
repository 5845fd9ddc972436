"""Groups against clinical variables, and against each other."""

from __future__ import annotations

from radiogenomics.study._groups import COMBINED, all_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Test every grouping against every variable and every other grouping."""
    from radiogenomics import tl

    groupings = [column for name, column in all_groupings(context.mdata).items() if name != COMBINED]
    if not groupings:
        context.skip("associations", one_group_reason(context.mdata))
        return
    settings = context.settings.model_dump()
    if len(groupings) < 2 and not settings["variables"]:
        context.skip("associations", "there is one grouping and no variable to compare it with; name some in variables")
        return
    with context.unless_degenerate("associations"):
        tl.associate(context.mdata, groupings, rng=context.seed(), **settings)


ASSOCIATE = Step("associate", run, "results")
