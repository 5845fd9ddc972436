"""Signatures: linear scores of few features, each judged without the patients it learned from."""

from __future__ import annotations

from radiogenomics.study._files import make_folder, whole_file
from radiogenomics.study._step import Context, Step

#: Folder of written models, in the output folder.
MODELS = "models"


def run(context: Context) -> None:
    """One signature per name; its score and groups become columns that later steps take, its model is written."""
    from radiogenomics import get, io, tl

    for name, settings in context.settings.items():
        with context.unless_degenerate(f"signature {name}"):
            tl.signature(
                context.mdata, settings.features, rng=context.seed(name), n_jobs=context.n_jobs, key_added=name,
                **settings.model_dump(exclude={"features"}),
            )  # fmt: skip
            path = make_folder(context.output / MODELS, what="output") / f"{name}.json"
            with whole_file(path) as part:
                io.write_model(get.signature_model(context.mdata, key=name), part)
            context.outputs.append(path)


SIGNATURE = Step("signature", run, "results")
