import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.ml import FeatureCleaner

NAN, INF = np.nan, np.inf


def matrix() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "good": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            "one_inf": [INF, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            "three_gone": [NAN, -INF, NAN, 4, 5, 6, 7, 8, 9, 10],
            "constant": [7.0] * 10,
            "constant_with_gap": [7.0] * 9 + [NAN],
            "rounding": [0.1 + 0.2, 0.3] * 5,
            "nothing": [NAN] * 10,
            "sparse": [0.0] * 9 + [1],
            "copy": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        }
    )


def test_reasons_by_hand() -> None:
    cleaner = FeatureCleaner(max_zeros=0.8, drop_duplicated=True).fit(matrix())
    report = cleaner.report().set_index("feature")
    assert report["reason"].to_dict() == {
        "good": "", "one_inf": "", "three_gone": "too many missing", "constant": "constant",
        "constant_with_gap": "constant", "rounding": "constant", "nothing": "no value", "sparse": "too many zeros",
        "copy": "equals good",
    }  # fmt: skip
    assert report.loc["three_gone", ["missing", "infinite", "zeros"]].tolist() == [3, 1, 0]
    out = cleaner.transform(matrix())
    assert list(cleaner.get_feature_names_out()) == ["good", "one_inf"]
    assert np.isnan(out[0, 1])
    assert not np.isinf(out).any()


def test_bounds_are_inclusive() -> None:
    x = matrix()[["good", "three_gone", "sparse"]]
    assert FeatureCleaner(max_missing=0.3, max_zeros=0.9).fit(x).get_support().all()
    assert FeatureCleaner(max_missing=0.29, max_zeros=0.89).fit(x).get_support().tolist() == [True, False, False]


def test_new_patients_do_not_decide() -> None:
    cleaner = FeatureCleaner().fit(np.array([[1.0, 1.0], [2.0, 1.0]]))
    np.testing.assert_array_equal(cleaner.transform(np.array([[INF, 5.0]])), [[NAN]])


def test_small_scales_are_no_constants() -> None:
    assert FeatureCleaner().fit(np.array([[1e-9], [2e-9]])).get_support().all()
    assert FeatureCleaner().fit(np.array([[1e9], [1e9 + 1]])).get_support().all()


def test_nothing_left_and_wrong_parameters() -> None:
    with pytest.raises(DegenerateInputError, match=r"no feature is left of 1 \(1 constant\)"):
        FeatureCleaner().fit(np.ones((5, 1)))
    with pytest.raises(InputError, match="max_missing"):
        FeatureCleaner(max_missing=20).fit(np.ones((5, 1)))
    assert clone(FeatureCleaner(max_zeros=0.5)).max_zeros == 0.5
