"""Clinical models of a binary outcome: each variable alone, those that p-values leave, and the LASSO beside them."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """One clinical model per name."""
    from radiogenomics import tl

    for name, settings in context.settings.items():
        missing = [one for one in settings.variables if one not in context.mdata.obs]
        if missing:  # step signature has said why
            context.skip(f"clinical model {name}", f"there is no {', '.join(missing)}")
            continue
        with context.unless_degenerate(f"clinical model {name}"):
            tl.logistic(
                context.mdata, settings.variables, rng=context.seed(name), key_added=name,
                **settings.model_dump(exclude={"variables"}),
            )  # fmt: skip


LOGISTIC = Step("logistic", run, "results", needs=("signature",))
