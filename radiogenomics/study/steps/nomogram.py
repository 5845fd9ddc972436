"""Nomograms: models of signatures and clinical columns, drawn and written as documents."""

from __future__ import annotations

from radiogenomics.study._files import make_folder, whole_file
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps.signature import MODELS


def run(context: Context) -> None:
    """One nomogram per name; its model is written, so that it can be computed elsewhere."""
    from radiogenomics import get, io, tl

    for name, settings in context.settings.items():
        missing = [term for term in settings.terms if term not in context.mdata.obs]
        if missing:  # step signature has said why, or the check that there is no such column
            context.skip(f"nomogram {name}", f"there is no {', '.join(missing)}")
            continue
        with context.unless_degenerate(f"nomogram {name}"):
            tl.nomogram(
                context.mdata, settings.terms, rng=context.seed(name), key_added=name,
                **settings.model_dump(exclude={"terms"}),
            )  # fmt: skip
            path = make_folder(context.output / MODELS, what="output") / f"{name}.json"
            with whole_file(path) as part:
                io.write_model(get.nomogram_model(context.mdata, key=name), part)
            context.outputs.append(path)


NOMOGRAM = Step("nomogram", run, "results", needs=("signature", "logistic"))
