"""Gene sets of the genes that set a group apart."""

from __future__ import annotations

from radiogenomics.study._inputs import gene_set_paths
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Test the gene sets on the result of step ``expression``."""
    from radiogenomics import tl

    if "differential_expression" not in context.mdata.uns:
        context.skip("enrichment", "there is no differential expression to read genes from")
        return
    with context.unless_degenerate("enrichment"):
        tl.enrich(context.mdata, rng=context.seed(), n_jobs=context.n_jobs, **context.settings.model_dump())


ENRICHMENT = Step("enrichment", run, "results", inputs=gene_set_paths, needs=("expression",))
