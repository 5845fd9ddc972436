"""Every feature of one modality against every feature of another."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Make the radiogenomic map."""
    from radiogenomics import tl

    with context.unless_degenerate("radiogenomic map"):
        tl.correlate(context.mdata, rng=context.seed(), **context.settings.model_dump())


CORRELATE = Step("correlate", run, "results")
