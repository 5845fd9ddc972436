"""Genes of the worst group against the others."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._groups import COMBINED, all_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Compare expression between the worst group (or the one the study names) and the others."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    groupings = all_groupings(context.mdata)
    groupby = settings.pop("groupby")
    if groupby is None:
        if not groupings:
            context.skip("differential expression", one_group_reason(context.mdata))
            return
        # The first combined groups; a single modality's groups stand in where there are none.
        named = context.file.steps.combine or {COMBINED: []}
        first = next((name for name in named if name in groupings), None)
        groupby = next(iter(groupings.values())) if first is None else groupings[first]
    with context.unless_degenerate("differential expression"):
        tl.differential_expression(context.mdata, groupby, modality=keys.RNA, n_jobs=context.n_jobs, **settings)


EXPRESSION = Step("expression", run, "results", reads=lambda file: list(file.steps.combine or ()))
