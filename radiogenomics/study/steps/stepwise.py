"""Which variables a stepwise Cox model keeps."""

from __future__ import annotations

from radiogenomics.study._groups import modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Stepwise choice among the groups of the modalities and the clinical columns that the study names."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    grouped, asked = modality_groupings(context.mdata), settings.pop("groups")
    if asked is not None:
        for name in asked:
            if name not in grouped:
                context.skip(f"stepwise Cox model of {name} groups", f"clustering found no groups in {name}")
        grouped = {name: column for name, column in grouped.items() if name in asked}
    variables = [*grouped.values(), *settings.pop("variables")]
    if not variables:
        context.skip("stepwise Cox model", f"{one_group_reason(context.mdata)}, and no variables are named")
        return
    with context.unless_degenerate("stepwise Cox model"):
        tl.stepwise_cox(context.mdata, variables, rng=context.seed(), n_jobs=context.n_jobs, **settings)


STEPWISE = Step("stepwise", run, "results")
