from __future__ import annotations

from itertools import product
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from radiogenomics import core

TABLES = pd.read_csv(Path(__file__).parent.parent / "reference" / "association" / "tables.csv").set_index("name")


def table(name: str) -> np.ndarray:
    row = TABLES.loc[name]
    return np.array(row["counts"].split(), dtype=int).reshape(row["nrow"], -1)


def probability(t: np.ndarray) -> float:
    """Of a table given its margins."""
    top = np.prod([float(factorial(int(m))) for m in (*t.sum(0), *t.sum(1))])
    return top / (float(factorial(int(t.sum()))) * np.prod([float(factorial(int(x))) for x in t.ravel()]))


def naive_fisher(t: np.ndarray) -> float:
    """Every table whose free cells fit the margins, one by one."""
    rows, columns = t.sum(1), t.sum(0)
    free = [range(min(rows[i], columns[j]) + 1) for i in range(t.shape[0] - 1) for j in range(t.shape[1] - 1)]
    observed, total = probability(t), 0.0
    for cells in product(*free):
        inner = np.array(cells).reshape(t.shape[0] - 1, t.shape[1] - 1)
        full = np.zeros_like(t)
        full[:-1, :-1] = inner
        full[:-1, -1] = rows[:-1] - inner.sum(1)
        full[-1] = columns - full[:-1].sum(0)
        if (full >= 0).all() and (p := probability(full)) <= observed * (1 + 1e-7):
            total += p
    return total


@pytest.mark.parametrize("name", TABLES.index)
def test_equals_r(name: str) -> None:
    expected = TABLES.loc[name]
    chi = core.chi_squared(table(name))
    assert chi.statistic == pytest.approx(expected["chi_squared"], rel=1e-10, abs=1e-12)
    assert chi.df == expected["df"]
    assert chi.p_value == pytest.approx(expected["chi_squared_p"], rel=1e-10)
    assert core.chi_squared(table(name), correction=False).statistic == pytest.approx(
        expected["uncorrected"], rel=1e-10
    )
    assert core.cramers_v(table(name)) == pytest.approx(expected["cramers_v"], rel=1e-10)


@pytest.mark.parametrize("name", [n for n in TABLES.index if n != "job_satisfaction"])
def test_fisher_equals_r(name: str) -> None:
    result = core.fisher_exact(table(name))
    assert result.p_value == pytest.approx(TABLES.loc[name, "fisher_p"], rel=1e-8)
    assert result.test == ("Fisher exact" if table(name).shape == (2, 2) else "Fisher-Freeman-Halton exact")


def test_drawn_tables_agree_with_r_within_their_error() -> None:
    result = core.fisher_exact(table("job_satisfaction"), max_tables=1000, n_samples=20_000, rng=0)
    p = TABLES.loc["job_satisfaction", "fisher_p"]
    assert "Monte-Carlo (20000 tables)" in result.test
    assert abs(result.p_value - p) < 4 * np.sqrt(p * (1 - p) / 20_000)
    again = core.fisher_exact(table("job_satisfaction"), max_tables=1000, n_samples=20_000, rng=0)
    assert again == result or again.p_value == result.p_value


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=3))
def test_fisher_equals_naive_enumeration(cells: list[list[int]]) -> None:
    t = np.array(cells)
    if min((t.sum(1) > 0).sum(), (t.sum(0) > 0).sum()) < 2:
        return
    result = core.fisher_exact(t).p_value
    assert result == pytest.approx(naive_fisher(t), rel=1e-8)
    # Names and order of rows and columns mean nothing.
    assert core.fisher_exact(t.T[::-1]).p_value == pytest.approx(result, rel=1e-8)


def test_perfect_association_has_v_one() -> None:
    assert core.cramers_v([[5, 0], [0, 7]]) == pytest.approx(1.0)
    assert core.cramers_v([[5, 0, 0], [0, 0, 7]]) == pytest.approx(1.0)  # the empty column is left out
    assert core.cramers_v([[4, 8], [2, 4]]) == pytest.approx(0.0)


@pytest.mark.parametrize("bad", [[[1, 2]], [[0, 0], [1, 2]], [[1.5, 2], [1, 1]], [[-1, 2], [1, 1]]])
def test_refuses_what_is_no_table(bad: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"table|row"):
        core.chi_squared(bad)


def test_interval_of_cramers_v_inverts_the_noncentral_chi_squared() -> None:
    table = [[30, 12, 8], [10, 22, 18]]
    chi2 = stats.chi2_contingency(table).statistic
    low, high = core.cramers_v_interval(table)
    assert 0 < low < core.cramers_v(table) < high < 1
    assert stats.ncx2.cdf(chi2, 2, 100 * low**2) == pytest.approx(0.975, abs=1e-6)
    assert stats.ncx2.cdf(chi2, 2, 100 * high**2 - 2) == pytest.approx(0.025, abs=1e-6)
    assert core.cramers_v_interval([[10, 10], [10, 10]])[0] == 0.0


def test_interval_of_cramers_v_holds_the_estimate_and_covers_the_population() -> None:
    """Tables of many cells, where V of the sample is far above that of the population: independence, and V = 0.3."""
    random = np.random.default_rng(0)
    rows, columns = np.full(12, 1 / 12), np.full(4, 1 / 4)
    pattern = np.where(np.arange(12)[:, None] % 4 == np.arange(4), 3.0, -1.0) / 48 * 0.3
    for cells, v in ((np.outer(rows, columns), 0.0), (np.outer(rows, columns) + pattern, 0.3)):
        expected = np.outer(cells.sum(1), cells.sum(0))
        assert np.sqrt(((cells - expected) ** 2 / expected).sum() / 3) == pytest.approx(v, abs=1e-9)
        covered = []
        for _ in range(200):
            drawn = random.multinomial(200, cells.ravel()).reshape(12, 4)
            low, high = core.cramers_v_interval(drawn)
            assert low <= core.cramers_v(drawn) <= high
            covered.append(low <= v <= high)
        assert np.mean(covered) >= 0.92, (v, np.mean(covered))
