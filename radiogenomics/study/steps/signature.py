"""Signatures: linear scores of few features, each judged without the patients it learned from."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """One signature per name; its score and groups become columns that later steps take."""
    from radiogenomics import tl

    for name, settings in context.settings.items():
        with context.unless_degenerate(f"signature {name}"):
            tl.signature(
                context.mdata, settings.features, rng=context.seed(name), n_jobs=context.n_jobs, key_added=name,
                **settings.model_dump(exclude={"features"}),
            )  # fmt: skip


SIGNATURE = Step("signature", run, "results")
