"""Classifiers compared: feature sets, sequences, with and without oversampling."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """One comparison per name."""
    from radiogenomics import tl

    for name, settings in context.settings.items():
        with context.unless_degenerate(f"comparison of models {name}"):
            tl.compare_models(
                context.mdata, settings.feature_sets, rng=context.seed(name), n_jobs=context.n_jobs, key_added=name,
                **settings.model_dump(exclude={"feature_sets"}),
            )  # fmt: skip


MODELS = Step("models", run, "results", needs=("signature",))
