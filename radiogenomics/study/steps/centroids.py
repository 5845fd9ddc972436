"""A classifier that tells the groups of patients by few genes."""

from __future__ import annotations

from radiogenomics.study._groups import modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Shrunken centroids of the groups of a modality (or those the study names), with honest errors."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    groupby = settings.pop("groupby")
    if groupby is None:
        groupby = modality_groupings(context.mdata).get(settings["modality"])
        if groupby is None:
            context.skip("classifier of the groups", one_group_reason(context.mdata))
            return
    with context.unless_degenerate("classifier of the groups"):
        tl.shrunken_centroids(context.mdata, groupby, rng=context.seed(), n_jobs=context.n_jobs, **settings)


CENTROIDS = Step("centroids", run, "results")
