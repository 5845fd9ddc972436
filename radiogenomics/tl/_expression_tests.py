"""Tests of every gene between two sides of patients, one form of result whatever the method."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import workers
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.limma import moderated_ttest
from radiogenomics.core.rank_sum_columns import rank_sum_columns

CONSTANT = "constant, or fewer than two values on one side"
ZERO, OUTLIER, LOW = (
    "no count at all",
    "an outlying count (Cook's distance)",
    "mean count too low to be found different",
)
# Spread this much smaller than the values is rounding error.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class GeneTests:
    """One entry per gene.

    Attributes
    ----------
    mean_group, mean_reference, mean
        Mean expression on the log2 scale: of either side, of all (deseq2: log2 of the mean normalised count + 1).
    change
        Log2 fold change, adjusted for covariates where there are any.
    se, statistic, p_value
        Standard error of the change, test statistic (positive: higher in the group), two-sided p-value.
    p_adjusted
        Benjamini-Hochberg over the genes with a test that independent filtering (deseq2) let pass.
    reason
        Why a gene has no p-value or no adjusted one; empty where it has both.
    profiles
        (n, p) values to draw: log2 expression.
    notes
        Settings the test found by itself.
    """

    mean_group: FloatArray
    mean_reference: FloatArray
    mean: FloatArray
    change: FloatArray
    se: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    p_adjusted: FloatArray
    reason: np.ndarray
    profiles: FloatArray
    notes: dict[str, object]


def t_tests(values: FloatArray, inside: BoolArray, *, equal_variance: bool) -> GeneTests:
    """Student's or Welch's t-test."""
    test = core.ttest(values[inside], values[~inside], equal_variance=equal_variance)
    change = test.mean_a - test.mean_b
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(test.degenerate, np.nan, change / test.statistic)
        n = np.isfinite(values).sum(axis=0)
        mean = np.where(np.isfinite(values), values, 0.0).sum(axis=0) / n
    return GeneTests(
        test.mean_a, test.mean_b, mean, change, se, test.statistic, test.p_value,
        core.benjamini_hochberg(test.p_value), _reasons(test.degenerate, CONSTANT), values, {},
    )  # fmt: skip


def rank_tests(values: FloatArray, inside: BoolArray) -> GeneTests:
    """Wilcoxon's rank-sum test; the change is still that of the means."""
    _refuse_missing(values, "wilcoxon")
    test = rank_sum_columns(values[inside], values[~inside])
    mean_a, mean_b = values[inside].mean(axis=0), values[~inside].mean(axis=0)
    return GeneTests(
        mean_a, mean_b, values.mean(axis=0), mean_a - mean_b, np.full(values.shape[1], np.nan), test.z, test.p_value,
        core.benjamini_hochberg(test.p_value), _reasons(test.degenerate, CONSTANT), values, {},
    )  # fmt: skip


def moderated_tests(values: FloatArray, inside: BoolArray, design: pd.DataFrame) -> GeneTests:
    """Moderated t-test with a trend; constant genes take no part in the trend."""
    _refuse_missing(values, "limma_trend")
    size = np.abs(values).max(axis=0)
    constant = ~(values.std(axis=0) > _ROUNDING * size)
    p = values.shape[1]
    change, se, statistic, p_value = (np.full(p, np.nan) for _ in range(4))
    prior_df = float("nan")
    if not constant.all():
        found = moderated_ttest(values[:, ~constant], design.to_numpy(), design.shape[1] - 1)
        change[~constant], se[~constant] = found.coefficient, found.se
        statistic[~constant], p_value[~constant] = found.statistic, found.p_value
        prior_df = found.prior_df
    change[constant] = 0.0
    return GeneTests(
        values[inside].mean(axis=0), values[~inside].mean(axis=0), values.mean(axis=0), change, se, statistic, p_value,
        core.benjamini_hochberg(p_value), _reasons(constant, CONSTANT), values, {"prior_df": prior_df},
    )  # fmt: skip


def count_tests(
    counts: FloatArray, inside: BoolArray, design: pd.DataFrame, *, alpha: float, n_jobs: int | None
) -> GeneTests:
    """DESeq2's negative binomial test by pydeseq2 :cite:p:`Love2014,Muzellec2023`: Wald, outliers replaced or left out.

    One thread of linear algebra per worker: its matrices are tiny, and threads that wait for each other took ten times
    as long.
    """
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.default_inference import DefaultInference
    from pydeseq2.ds import DeseqStats
    from threadpoolctl import threadpool_limits

    present = counts.sum(axis=0) > 0
    if not (counts[:, present] > 0).all(axis=0).any():
        raise DegenerateInputError(
            "layers['counts']",
            "every gene has a patient without a count, so no size factor can be found; drop rarely seen genes and "
            "shallow samples first",
        )
    frame = pd.DataFrame(counts[:, present].astype(np.int64), index=design.index)
    frame.columns = [f"G{i}" for i in range(frame.shape[1])]
    n_cpus = None if workers(n_jobs) < 0 else workers(n_jobs)
    with threadpool_limits(1), _pydeseq2_warnings():
        inference = DefaultInference(n_cpus=n_cpus)
        dds = DeseqDataSet(counts=frame, metadata=design, design=design, inference=inference, quiet=True)
        dds.deseq2()
        contrast = np.zeros(design.shape[1])
        contrast[-1] = 1.0
        stats = DeseqStats(dds, contrast=contrast, alpha=alpha, inference=inference, quiet=True)
        stats.summary()
    results = stats.results_df
    factors = np.asarray(dds.obs["size_factors"], dtype=float)
    normalised = counts / factors[:, None]

    def spread(name: str) -> FloatArray:
        out = np.full(counts.shape[1], np.nan)
        out[present] = results[name].to_numpy(dtype=float)
        return out

    p_value, p_adjusted = spread("pvalue"), spread("padj")
    reason = np.full(counts.shape[1], "", dtype=object)
    reason[np.isnan(p_adjusted)] = LOW
    reason[np.isnan(p_value)] = OUTLIER
    reason[~present] = ZERO
    base = np.nan_to_num(spread("baseMean"))  # of counts whose outliers were replaced, as the filter sees it
    means = (normalised[inside].mean(axis=0), normalised[~inside].mean(axis=0), base)
    mean_group, mean_reference, mean = (np.log2(m + 1) for m in means)
    low = reason == LOW
    notes: dict[str, object] = {
        "independent_filtering": int(low.sum()),
        "outliers_replaced": int(dds.var["replaced"].sum()) if "replaced" in dds.var else 0,
        "outliers_left_out": int((reason == OUTLIER).sum()),
        "least_mean_count": float(base[reason == ""].min()) if (reason == "").any() else None,
    }
    return GeneTests(
        mean_group, mean_reference, mean, spread("log2FoldChange"), spread("lfcSE"), spread("stat"), p_value,
        p_adjusted, reason, np.log2(normalised + 1), notes,
    )  # fmt: skip


@contextmanager
def _pydeseq2_warnings() -> Iterator[None]:
    """What pydeseq2 warns about, once and under the name of this package."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    texts = {
        str(w.message).split("\n")[0] for w in caught if not issubclass(w.category, DeprecationWarning | FutureWarning)
    }
    for text in sorted(texts):
        warnings.warn(f"pydeseq2: {text}", RadiogenomicsWarning, stacklevel=5)


def _reasons(degenerate: BoolArray, text: str) -> np.ndarray:
    return np.where(degenerate, text, "").astype(object)


def _refuse_missing(values: FloatArray, method: str) -> None:
    missing = int(np.isnan(values).any(axis=0).sum())
    if missing:
        hint = "Impute them (rg.pp.impute), or take method='ttest' or 'welch', which leave out single values."
        raise InputError(
            "expression", Fault(f"{missing} gene(s) with missing values", f"none for method={method!r}", hint=hint)
        )
