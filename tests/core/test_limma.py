"""Moderated t-tests with a trend, beside limma and by their own properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.limma import _natural_spline, moderated_ttest, variance_trend

REFERENCE = Path(__file__).parents[1] / "reference" / "differential_expression"


@pytest.fixture(scope="module")
def simulated():
    counts = pd.read_csv(REFERENCE / "counts.csv.gz", index_col=0).T
    samples = pd.read_csv(REFERENCE / "samples.csv", index_col=0)
    return np.log2(counts.div(counts.sum(axis=1), axis=0) * 1e6 + 1).to_numpy(), samples


def _design(samples: pd.DataFrame, *, covariates: bool) -> np.ndarray:
    columns = [np.ones(len(samples))]
    columns += [(samples["batch"] == "v").to_numpy(float), samples["age"].to_numpy(float)] if covariates else []
    return np.column_stack([*columns, (samples["group"] == "a").to_numpy(float)])


@pytest.mark.parametrize(("name", "covariates"), [("limma", False), ("limma_covariates", True)])
def test_equals_limma(simulated, name, covariates):
    y, samples = simulated
    expected = pd.read_csv(REFERENCE / f"{name}.csv.gz")
    design = _design(samples, covariates=covariates)
    found = moderated_ttest(y, design, design.shape[1] - 1)
    np.testing.assert_allclose(found.statistic, expected["statistic"], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.p_value, expected["p_value"], rtol=1e-9)
    np.testing.assert_allclose(found.coefficient, expected["log2_fold_change"], atol=1e-12)
    np.testing.assert_allclose(found.variance, expected["s2_post"], rtol=1e-9)
    np.testing.assert_allclose(found.prior_variance, expected["s2_prior"], rtol=1e-9)
    np.testing.assert_allclose(found.df, expected["df"], rtol=1e-9)
    assert found.prior_df == pytest.approx(expected["df_prior"].iloc[0], rel=1e-9)


def test_few_genes_have_a_simpler_trend(simulated):
    y, samples = simulated
    expected = pd.read_csv(REFERENCE / "limma_20_genes.csv")
    found = moderated_ttest(y[:, :20], _design(samples, covariates=False), 1)
    np.testing.assert_allclose(found.statistic, expected["statistic"], rtol=1e-9)
    np.testing.assert_allclose(found.p_value, expected["p_value"], rtol=1e-9)


def test_one_variable_has_its_own_variance():
    rng = np.random.default_rng(0)
    y, inside = rng.normal(size=(20, 1)), np.arange(20) < 8
    found = moderated_ttest(y, np.column_stack([np.ones(20), inside]), 1)
    expected = stats.ttest_ind(y[inside, 0], y[~inside, 0])
    assert found.statistic[0] == pytest.approx(expected.statistic)
    assert found.p_value[0] == pytest.approx(expected.pvalue)


def test_equal_true_variances_are_pooled():
    """Variances that scatter as chance has them carry nothing of their own: the prior takes all."""
    variance = np.full(100, 2.0)
    prior, df = variance_trend(variance, 10.0, np.linspace(0, 5, 100))
    assert np.isinf(df)
    np.testing.assert_allclose(prior, prior[0])


def test_natural_spline_is_straight_beyond_its_inner_knots():
    x = np.linspace(2.0, 9.0, 200)
    basis = _natural_spline(x, 4)
    assert basis.shape == (200, 4)
    assert np.linalg.matrix_rank(basis) == 4
    second = np.diff(basis, 2, axis=0)
    # The second derivative vanishes at both ends.
    assert np.abs(second[[0, -1]]).max() < 0.05 * np.abs(second).max()


def test_bad_input():
    y = np.random.default_rng(0).normal(size=(6, 4))
    ones = np.ones((6, 1))
    with pytest.raises(DegenerateInputError, match="not independent"):
        moderated_ttest(y, np.hstack([ones, ones]), 1)
    with pytest.raises(DegenerateInputError, match="nothing to estimate the variance"):
        moderated_ttest(y[:2], np.array([[1.0, 0.0], [1.0, 1.0]]), 1)
    with pytest.raises(InputError, match="shape"):
        moderated_ttest(y, ones[:4], 0)
    y[0, 0] = np.nan
    with pytest.raises(InputError, match="missing"):
        moderated_ttest(y, ones, 0)
