import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.ml import FeatureScaler

X = np.random.default_rng(0).gamma(2, 3, size=(40, 6))


@pytest.mark.parametrize(
    ("method", "reference"),
    [("zscore", StandardScaler()), ("robust", RobustScaler(unit_variance=True)), ("minmax", MinMaxScaler())],
)
def test_agrees_with_scikit_learn(method: str, reference: StandardScaler) -> None:
    expected = reference.fit(X[:30]).transform(X)
    np.testing.assert_allclose(FeatureScaler(method=method).fit(X[:30]).transform(X), expected, rtol=1e-12, atol=1e-13)


def test_rank_normal_by_hand() -> None:
    scaler = FeatureScaler(method="rank_normal").fit(np.array([[10.0], [30.0], [20.0], [20.0]]))
    quantile = norm.ppf((np.array([1, 2.5, 4]) - 0.375) / 4.25)
    out = scaler.transform(np.array([[10.0], [20.0], [30.0], [25.0], [-99.0], [99.0], [np.nan]])).ravel()
    np.testing.assert_allclose(out[:3], quantile)
    assert out[3] == pytest.approx((quantile[1] + quantile[2]) / 2)
    np.testing.assert_allclose(out[4:6], quantile[[0, 2]])
    assert np.isnan(out[6])


@pytest.mark.parametrize("method", ["zscore", "robust", "minmax", "rank_normal"])
def test_missing_stays_and_constant_becomes_zero(method: str) -> None:
    x = X.copy()
    x[3, 0] = np.nan
    x[:, 1] = 0.1
    scaler = FeatureScaler(method=method).fit(x)
    out = scaler.transform(np.vstack([x, np.full((1, 6), 50.0)]))
    assert np.isnan(out).sum() == 1
    assert np.isnan(out[3, 0])
    np.testing.assert_array_equal(out[:, 1], 0)
    assert scaler.constant_.tolist() == [False, True] + [False] * 4


@settings(max_examples=40, deadline=None)
@given(x=arrays(float, (9, 1), elements=st.floats(-1e6, 1e6)), slope=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_ranks_do_not_depend_on_the_unit(x: np.ndarray, slope: float, shift: float) -> None:
    y = slope * x + shift
    if len(np.unique(x)) != len(np.unique(y)) or np.ptp(x) < 1e-3:
        return
    scaled = [FeatureScaler(method="rank_normal").fit_transform(v) for v in (x, y)]
    np.testing.assert_allclose(scaled[0], scaled[1], atol=1e-9)


def test_refusals() -> None:
    with pytest.raises(InputError, match="zscore, robust, minmax, rank_normal"):
        FeatureScaler(method="pareto").fit(X)
    with pytest.raises(DegenerateInputError, match="no value in any"):
        FeatureScaler().fit(np.full((3, 1), np.nan))
    with pytest.raises(InputError, match="infinite"):
        FeatureScaler().fit(np.array([[np.inf], [1.0]]))
