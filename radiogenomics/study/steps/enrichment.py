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
    settings = context.settings.model_dump(exclude={"gene_sets"})
    with context.unless_degenerate("enrichment"):
        tl.enrich(context.mdata, gene_sets=gene_set_paths(context.file), rng=context.seed(), **settings)


ENRICHMENT = Step("enrichment", run, "results", inputs=gene_set_paths, needs=("expression",))
