import numpy as np
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.ml import FeatureImputer

NAN = np.nan


@pytest.mark.parametrize(("strategy", "fill"), [("median", 2.0), ("mean", 4.0)])
def test_training_patients_give_the_value(strategy: str, fill: float) -> None:
    imputer = FeatureImputer(strategy=strategy).fit(np.array([[1.0], [2.0], [9.0], [NAN]]))
    np.testing.assert_array_equal(imputer.transform(np.array([[NAN], [100.0]])), [[fill], [100.0]])


def test_neighbours_are_found_on_one_scale() -> None:
    # The second feature separates two kinds of patients; the first, in huge units, says nothing of them.
    rng = np.random.default_rng(0)
    kind = np.repeat([0.0, 1.0], 20)
    x = np.column_stack(
        [rng.normal(0, 1e6, 40), kind + rng.normal(0, 0.01, 40), kind * 5, kind + rng.normal(0, 0.01, 40)]
    )
    imputer = FeatureImputer(strategy="knn", n_neighbors=3).fit(x)
    filled = imputer.transform(np.array([[0.0, 1.0, NAN, 1.0], [0.0, 0.0, NAN, 0.0]]))
    np.testing.assert_allclose(filled[:, 2], [5, 0], atol=1e-12)
    assert filled[0, 0] == 0.0


def test_values_that_are_there_stay_to_the_last_bit() -> None:
    x = np.random.default_rng(1).normal(size=(30, 5)) * 1e3
    x[::7, 2] = NAN
    for strategy in ("median", "mean", "knn"):
        out = FeatureImputer(strategy=strategy).fit_transform(x)
        np.testing.assert_array_equal(out[~np.isnan(x)], x[~np.isnan(x)])
        assert not np.isnan(out).any()


def test_refusals() -> None:
    with pytest.raises(DegenerateInputError, match=r"1 feature\(s\) have no value.*\(x1\).*clean_features"):
        FeatureImputer().fit(np.array([[1.0, NAN], [2.0, NAN]]))
    with pytest.raises(InputError, match=r"infinite values in 1 feature.*clean_features"):
        FeatureImputer().fit(np.array([[1.0], [np.inf]]))
    with pytest.raises(InputError, match="median, mean, knn"):
        FeatureImputer(strategy="mode").fit(np.ones((2, 1)))
    with pytest.raises(InputError, match="n_neighbors"):
        FeatureImputer(strategy="knn", n_neighbors=0).fit(np.ones((2, 1)))
