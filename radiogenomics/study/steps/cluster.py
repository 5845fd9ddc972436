"""Groups of patients per modality, and their combination."""

from __future__ import annotations

from radiogenomics._errors import InputError
from radiogenomics.study._groups import modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cluster each modality that the study names; combine the groups where two modalities have some."""
    from radiogenomics import tl

    for modality, settings in context.settings.items():
        with context.unless_degenerate(f"groups of {modality}"):
            tl.consensus_cluster(
                context.mdata,
                modality=modality,
                n_jobs=context.n_jobs,
                rng=context.seed(modality),
                **settings.model_dump(),
            )
    groupings = modality_groupings(context.mdata)
    if len(groupings) > 1:
        try:
            tl.combine_groups(context.mdata, list(groupings.values()))
        except InputError as error:  # the modalities share no patient
            context.skip("combined groups", str(error))
    elif len(context.settings) > 1:
        context.skip("combined groups", one_group_reason(context.mdata))


CLUSTER = Step("cluster", run, "cohort")
