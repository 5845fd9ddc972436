"""Gene sets of the genes that set a group apart."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._inputs import gene_set_paths
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Test the gene sets on the result of step ``expression``; score them in every patient where that is asked for."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    scores = settings.pop("scores")
    if scores is not None:
        tl.enrich(
            context.mdata,
            settings["gene_sets"],
            method=scores,
            modality=keys.RNA,
            min_size=settings["min_size"],
            max_size=settings["max_size"],
            n_jobs=context.n_jobs,
            key_added="gene_set_scores",
        )
    if "differential_expression" not in context.mdata.uns:
        context.skip("enrichment", "there is no differential expression to read genes from")
        return
    with context.unless_degenerate("enrichment"):
        tl.enrich(context.mdata, rng=context.seed(), n_jobs=context.n_jobs, **settings)


ENRICHMENT = Step("enrichment", run, "results", inputs=gene_set_paths, needs=("expression",))
