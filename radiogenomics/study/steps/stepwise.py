"""Which variables a stepwise Cox model keeps."""

from __future__ import annotations

from radiogenomics.study._groups import modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Stepwise choice among the groups of the modalities and the clinical columns that the study names."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    variables = [*modality_groupings(context.mdata).values(), *settings.pop("variables")]
    if not variables:
        context.skip("stepwise Cox model", f"{one_group_reason(context.mdata)}, and no variables are named")
        return
    with context.unless_degenerate("stepwise Cox model"):
        tl.stepwise_cox(context.mdata, variables, rng=context.seed(), n_jobs=context.n_jobs, **settings)


STEPWISE = Step("stepwise", run, "results")
