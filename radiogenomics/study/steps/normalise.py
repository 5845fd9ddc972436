"""Genes that are expressed, and raw counts to the log2 scale."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Leave out genes where asked to, then normalise the counts."""
    from radiogenomics import pp

    settings = context.settings
    if settings.filter is not None:
        pp.filter_genes(context.mdata, modality=keys.RNA, **settings.filter.model_dump())
    if settings.method is not False:
        pp.normalize_counts(context.mdata, modality=keys.RNA, **settings.model_dump(exclude={"filter"}))


NORMALISE = Step("normalise", run, "cohort")
