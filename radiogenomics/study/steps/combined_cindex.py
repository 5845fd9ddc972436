"""Whether the modalities together predict better than each alone."""

from __future__ import annotations

from radiogenomics.study._groups import modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cross-validated c-index of each modality's groups alone, together, and with interaction."""
    from radiogenomics import tl

    groupings = list(modality_groupings(context.mdata).values())
    if not groupings:
        context.skip("c-index comparison", one_group_reason(context.mdata))
        return
    with context.unless_degenerate("c-index comparison"):
        tl.combined_cindex(
            context.mdata, groupings, rng=context.seed(), n_jobs=context.n_jobs, **context.settings.model_dump()
        )


COMBINED_CINDEX = Step("combined_cindex", run, "results")
