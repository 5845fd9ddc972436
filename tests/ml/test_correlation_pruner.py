"""CorrelationPruner: what stays, and why the others went."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import InputError
from radiogenomics.ml import CorrelationPruner


@parametrize_with_checks([CorrelationPruner(), CorrelationPruner(method="spearman", priority="mean_correlation")])
def test_scikit_learn_conventions(estimator, check) -> None:
    check(estimator)


def chain(n: int = 200) -> pd.DataFrame:
    """``b`` lies between ``a`` and ``c``, which do not correlate above 0.8 themselves."""
    random = np.random.default_rng(0)
    one, two = random.normal(size=(2, n))
    x = pd.DataFrame({"a": one, "b": one + two, "c": two, "bent": np.exp(3 * one), "flat": 2.0})
    x["minus_a"] = -one
    return x


def test_by_hand() -> None:
    x = chain()
    report = CorrelationPruner(0.6).fit(x).report().set_index("feature")
    assert report.index[report["kept"]].tolist() == ["a", "c", "bent", "flat"]
    assert report.loc["b", "partner"] == "a"
    assert report.loc["minus_a", "correlation"] == pytest.approx(-1)
    assert report.loc["b", "correlation"] == pytest.approx(x["a"].corr(x["b"]))
    ranks = CorrelationPruner(0.9, method="spearman").fit(x).report().set_index("feature")
    assert ranks.loc["bent", ["partner", "correlation"]].tolist() == ["a", pytest.approx(1)]
    free = CorrelationPruner(0.6, priority="mean_correlation").fit(x[["b", "a", "c"]])
    assert list(free.get_feature_names_out()) == ["a", "c"]
    assert CorrelationPruner(1).fit(x[["a", "b", "c"]]).get_support().all()


@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.sampled_from(["order", "mean_correlation"]))
def test_kept_ones_differ_and_dropped_ones_have_a_partner(seed: int, threshold: float, priority: str) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(30, 3)) @ random.normal(size=(3, 12)) + random.normal(size=(30, 12))
    pruner = CorrelationPruner(threshold, priority=priority).fit(x)
    r = np.abs(np.corrcoef(x.T) - np.eye(12))
    kept = pruner.get_support()
    assert (r[np.ix_(kept, kept)] <= threshold + 1e-12).all()
    for j in np.flatnonzero(~kept):
        assert kept[pruner.partner_[j]]
        assert r[j, pruner.partner_[j]] > threshold - 1e-12


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="threshold"):
        CorrelationPruner(1.2).fit(chain())
    with pytest.raises(InputError, match="spearman"):
        CorrelationPruner(method="kendall").fit(chain())
    with pytest.raises(InputError, match="mean_correlation"):
        CorrelationPruner(priority="variance").fit(chain())
    with pytest.raises(InputError, match="flat"):
        CorrelationPruner().fit(chain().assign(flat=np.nan))
