"""Every feature of one modality against every feature of another, and combinations of both that go together."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Make the radiogenomic map, and the canonical correlation where it is asked for."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    canonical = settings.pop("canonical")
    with context.unless_degenerate("radiogenomic map"):
        tl.correlate(context.mdata, rng=context.seed(), **settings)
    if canonical is not None:
        same = {name: settings[name] for name in ("x", "y", "covariates", "categorical")}
        with context.unless_degenerate("canonical correlation"):
            tl.canonical_correlation(context.mdata, rng=context.seed("canonical"), **same, **canonical)


CORRELATE = Step("correlate", run, "results")
