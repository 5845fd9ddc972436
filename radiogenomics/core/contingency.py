"""Association in contingency tables: chi-squared, Fisher's exact test of any size, Cramer's V."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import gammaln

from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core._jit import jit
from radiogenomics.core.anova import noncentrality

# A table counts as no more likely than the observed one within this relative error (R's fisher.test has the same).
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class ContingencyTest:
    """Test of independence of the rows and columns of a table of counts.

    Attributes
    ----------
    test
        What was done: ``"chi-squared"``, ``"chi-squared, Yates"``, ``"Fisher exact"``,
        ``"Fisher-Freeman-Halton exact"`` or ``"Fisher-Freeman-Halton, Monte-Carlo (B tables)"``.
    statistic, df
        Chi-squared statistic and its degrees of freedom; NaN for Fisher's tests, which have none.
    p_value
        Two-sided.
    """

    test: str
    statistic: float
    df: float
    p_value: float


def _table(table: ArrayLike) -> IntArray:
    """Counts without empty rows and columns."""
    given = np.asarray(table)
    counts: IntArray = given.astype(np.int64)
    if counts.ndim != 2 or (counts != given).any() or (counts < 0).any():
        raise ValueError("table must be a matrix of counts (whole numbers, none negative)")
    counts = np.ascontiguousarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0])
    if min(counts.shape) < 2:
        raise ValueError(f"only {counts.shape[0]} row(s) x {counts.shape[1]} column(s) have counts; a test needs 2 x 2")
    return counts


def expected_counts(table: ArrayLike) -> FloatArray:
    """Counts expected under independence, of the rows and columns that are not empty.

    Parameters
    ----------
    table
        (r, c) counts.
    """
    counts = _table(table)
    expected: FloatArray = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return expected


def chi_squared(table: ArrayLike, *, correction: bool = True) -> ContingencyTest:
    """Pearson's chi-squared test of independence :cite:p:`Pearson1900`.

    Parameters
    ----------
    table
        (r, c) counts; empty rows and columns are left out.
    correction
        Yates' continuity correction of a 2 x 2 table, as in R's ``chisq.test``; larger tables have none.

    Returns
    -------
    ContingencyTest
    """
    counts = _table(table)
    expected = expected_counts(counts)
    distance = np.abs(counts - expected)
    corrected = correction and counts.shape == (2, 2)
    if corrected:
        distance = distance - min(0.5, float(distance.min()))
    statistic = float((distance**2 / expected).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    name = "chi-squared, Yates" if corrected else "chi-squared"
    return ContingencyTest(name, statistic, df, float(stats.chi2.sf(statistic, df)))


def cramers_v(table: ArrayLike) -> float:
    """Cramer's V in [0, 1]: 0 independence, 1 one variable tells the other :cite:p:`Cramer1946`.

    Without continuity or bias correction; empty rows and columns are left out.

    Parameters
    ----------
    table
        (r, c) counts.

    Raises
    ------
    ValueError
        If fewer than two rows or columns have counts.
    """
    counts = _table(table)
    chi2 = chi_squared(counts, correction=False).statistic
    return float(np.sqrt(chi2 / (counts.sum() * (min(counts.shape) - 1))))


def cramers_v_interval(table: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of Cramer's V by inverting the non-central chi-squared distribution, within [0, 1].

    V of a table with many cells is too large on average, because without association chi-squared is about its degrees
    of freedom. The lower bound is that of V in the population (0 where independence cannot be excluded); to the
    non-centrality of the upper one the degrees of freedom are added, which puts it on the scale of the estimate. So
    the interval holds both the estimate and, at least as often as its level says, V in the population.

    Parameters
    ----------
    table
        (r, c) counts.
    confidence
        Level of the interval.
    """
    counts = _table(table)
    found = chi_squared(counts, correction=False)
    bounds = noncentrality(lambda nc: float(stats.ncx2.cdf(found.statistic, found.df, nc)), found.statistic, confidence)
    largest = counts.sum() * (min(counts.shape) - 1)
    low, high = bounds[0] / largest, (bounds[1] + found.df) / largest
    return min(1.0, float(np.sqrt(low))), min(1.0, float(np.sqrt(high)))


@jit
def _tail(rows: IntArray, columns: IntArray, log_factorial: FloatArray, limit: float, budget: int) -> float:
    """Probability of the tables with these margins whose -sum log x! is at most ``limit``.

    Cells are filled down the columns; the last row and the last column follow from the margins. Gives up (NaN) after
    ``budget`` tables.
    """
    margins = log_factorial[rows].sum() + log_factorial[columns].sum() - log_factorial[rows.sum()]
    r, c = rows.size, columns.size
    left = rows.copy()  # what each row still has to give
    cells = (r - 1) * (c - 1)
    value = np.zeros(cells, np.int64)
    high = np.zeros(cells, np.int64)
    open_column = np.zeros(cells + 1, np.int64)  # what the column still needs before this cell
    so_far = np.zeros(cells + 1)  # log weight of the cells before this one
    tail, tables = 0.0, 0
    at, descend = 0, True
    while at >= 0:
        i, j = at % (r - 1), at // (r - 1)
        if descend:
            if i == 0:
                open_column[at] = columns[j]
            below = 0
            for k in range(i + 1, r):
                below += left[k]
            low = max(0, open_column[at] - below)
            value[at] = low
            high[at] = min(left[i], open_column[at])
        else:  # undo the present value and try the next
            left[i] += value[at]
            if i == r - 2:
                left[r - 1] += open_column[at] - value[at]
            value[at] += 1
        if value[at] > high[at]:
            at -= 1
            descend = False
            continue
        left[i] -= value[at]
        weight = so_far[at] - log_factorial[value[at]]
        if i == r - 2:
            rest = open_column[at] - value[at]
            left[r - 1] -= rest
            weight -= log_factorial[rest]
        if at + 1 < cells:
            so_far[at + 1] = weight
            open_column[at + 1] = open_column[at] - value[at]
            at += 1
            descend = True
            continue
        for k in range(r):
            weight -= log_factorial[left[k]]
        if weight <= limit:
            tail += np.exp(weight + margins)
        tables += 1
        if tables > budget:
            return np.nan
        descend = False
    return tail


def fisher_exact(
    table: ArrayLike, *, max_tables: int = 20_000_000, n_samples: int = 100_000, rng: RNG = 0
) -> ContingencyTest:
    """Fisher's exact test, for larger tables that of Freeman and Halton :cite:p:`Fisher1935,Freeman1951`.

    The p-value is the probability, given the margins, of all tables no more likely than the observed one. They are
    enumerated; where there are more than ``max_tables``, ``n_samples`` random tables with these margins
    :cite:p:`Patefield1981` stand in, the observed one counted among them.

    Parameters
    ----------
    table
        (r, c) counts; empty rows and columns are left out.
    max_tables, n_samples
        When to draw tables instead of listing them, and how many.
    rng
        For the drawn tables only.

    Returns
    -------
    ContingencyTest
        Its ``test`` says whether tables were drawn.
    """
    counts = _table(table)
    if counts.shape[0] > counts.shape[1]:
        counts = np.ascontiguousarray(counts.T)
    rows = np.sort(counts.sum(axis=1))
    columns = np.sort(counts.sum(axis=0))
    observed = -float(gammaln(counts + 1.0).sum())
    limit = observed + np.log1p(_TOLERANCE)
    log_factorial = gammaln(np.arange(counts.sum() + 1) + 1.0)
    tail = float(_tail(rows, columns, log_factorial, limit, max_tables))
    if not np.isnan(tail):
        name = "Fisher exact" if counts.shape == (2, 2) else "Fisher-Freeman-Halton exact"
        return ContingencyTest(name, np.nan, np.nan, min(1.0, tail))
    drawn = stats.random_table(rows, columns, seed=generator(rng)).rvs(size=n_samples)
    log_probability = -log_factorial[drawn.astype(np.int64)].sum(axis=(1, 2))
    p_value = (1 + int((log_probability <= limit).sum())) / (1 + n_samples)
    return ContingencyTest(f"Fisher-Freeman-Halton, Monte-Carlo ({n_samples} tables)", np.nan, np.nan, p_value)
