"""Raw counts to the log2 scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics.ml._count_normalizer import CountNormalizer
from radiogenomics.ml._gene_filter import GeneFilter
from radiogenomics.pp._count_steps import counts_of, earlier_steps, training_of, write_from_counts

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def normalize_counts(
    data: Cohort,
    *,
    modality: str | None = None,
    method: str = "log_cpm",
    pseudocount: float | None = None,
    key_added: str = "normalization",
) -> None:
    """Make ``X`` from ``layers["counts"]``, with a reference of the training patients.

    Parameters
    ----------
    data
        Cohort; with a split, test patients are normalised against the training patients, alone.
    modality
        Required for a MuData.
    method
        ``log_cpm`` (counts per million), ``size_factors`` (median of ratios), ``tmm`` (trimmed mean of M-values, as
        edgeR) or ``vst`` (variance-stabilised, as DESeq2); see :class:`rg.ml.CountNormalizer`.
    pseudocount
        Added before the logarithm: 1 by default, for ``tmm`` 2; not for ``vst``.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Replaces the modality's ``X`` (log2). ``raw`` holds the counts, so that a cross-validation normalises
    anew in each fold; functions of scanpy that look into ``raw`` first take ``use_raw=False``. Genes that
    :func:`rg.pp.filter_genes` left out stay out. Sets ``uns[key_added]`` of the modality: ``patients``
    (``patient_id``, ``total`` count, ``size_factor``: what the counts were divided by, and for ``tmm`` the
    ``norm_factor`` of the total) and ``settings``.

    Raises
    ------
    InputError
        If there are no counts or what stands there is none (negative, fractional), patients or genes twice, or
        features were already transformed otherwise.
    """
    steps = earlier_steps(data, modality)
    counts, training = counts_of(data, modality), training_of(data, modality)
    filters = [GeneFilter(**step["params"]) for step in steps if step["estimator"] == "GeneFilter"]
    kept = counts
    for gene_filter in filters:
        kept = kept.loc[:, gene_filter.fit(kept[training]).get_support()]
    normalizer = CountNormalizer(method=method, pseudocount=pseudocount).fit(kept[training])
    result = pd.DataFrame(normalizer.transform(kept), index=kept.index, columns=kept.columns)
    patients = pd.DataFrame(
        {"patient_id": kept.index, "total": kept.sum(axis=1).to_numpy(), "size_factor": normalizer.size_factors(kept)}
    )
    if method == "tmm":
        patients["norm_factor"] = normalizer.tmm_factors(kept)
    settings = {**normalizer.get_params(deep=False), "n_training": int(training.sum()), "n_genes": kept.shape[1]}
    if method == "vst":
        settings["trend"] = dict(zip(("asymptotic", "extra"), normalizer.trend_, strict=True))
    report = {key_added: {"patients": patients, "settings": settings}}
    write_from_counts(data, modality, [*filters, normalizer], counts, result, report)
