"""UnivariateFilter: what stays, what is reported, and the null model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import DegenerateGroupsError, InputError, RadiogenomicsWarning
from radiogenomics.ml import UnivariateFilter


@pytest.mark.filterwarnings("ignore:UnivariateFilter. no feature:radiogenomics._errors.RadiogenomicsWarning")
@parametrize_with_checks([UnivariateFilter(), UnivariateFilter(test="lrt", adjust=None, n_features=2)])
def test_scikit_learn_conventions(estimator, check) -> None:
    check(estimator)


def planted(n: int = 250) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = pd.DataFrame(random.normal(size=(n, 50)), columns=[f"f{i}" for i in range(50)])
    risk = x["f3"] + 0.7 * x["f7"]
    time = random.exponential(np.exp(-risk))
    follow = np.column_stack([time, random.random(n) < 0.7])
    return x, (risk + random.logistic(size=n) > 0).to_numpy(), follow


@pytest.mark.parametrize("test", ["wald", "lrt", "score"])
@pytest.mark.parametrize("outcome", ["class", "survival"])
def test_planted_features_stay(outcome: str, test: str) -> None:
    x, y, follow = planted()
    selector = UnivariateFilter(outcome=outcome, test=test).fit(x, y if outcome == "class" else follow)
    assert {"f3", "f7"} <= set(selector.get_feature_names_out())
    assert len(selector.get_feature_names_out()) <= 4
    report = selector.report()
    assert report["feature"][0] == "f3"
    assert report["p_value"].is_monotonic_increasing
    np.testing.assert_allclose(report["p_adjusted"], false_discovery_control(report["p_value"]))
    assert report["kept"].sum() == selector.transform(x).shape[1]


def test_adjustments_and_the_limit() -> None:
    x, y, _ = planted()

    def kept(**given: object) -> int:
        return int(UnivariateFilter(**given).fit(x, y).support_.sum())

    assert kept(adjust=None) >= kept() >= kept(adjust="holm") >= kept(adjust="bonferroni") >= 1
    assert kept(adjust=None, alpha=1.0) == 50
    limited = UnivariateFilter(adjust=None, alpha=1.0, n_features=5).fit(x, y)
    assert set(limited.get_feature_names_out()) == set(limited.report()["feature"][:5])


def test_nothing_found_is_a_result() -> None:
    x, y, _ = planted()
    noise = x.drop(columns=["f3", "f7"])
    shuffled = np.random.default_rng(1).permutation(y)
    with pytest.warns(RadiogenomicsWarning, match="null model. Report that"):
        selector = UnivariateFilter(adjust="bonferroni", alpha=0.001).fit(noise, shuffled)
    assert selector.null_
    assert selector.transform(noise).shape == (250, 0)
    assert len(selector.get_feature_names_out()) == 0
    assert not selector.report()["kept"].any()


def test_a_separating_feature_is_unknown_to_all_but_the_score_test() -> None:
    x, y, _ = planted()
    x = x.assign(f9=np.where(y, 1.0, -1.0) + 0.1 * x["f9"], f10=1.0)
    wald, score = UnivariateFilter().fit(x, y), UnivariateFilter(test="score").fit(x, y)
    assert "f9" not in wald.get_feature_names_out()
    assert "f9" in score.get_feature_names_out()
    table = wald.report().set_index("feature")
    assert table.loc[["f9", "f10"], "reason"].tolist() == ["separated", "constant"]
    assert table.loc[["f9", "f10"], ["coef", "p_value", "p_adjusted"]].isna().all(axis=None)
    known = table["p_value"].dropna()
    np.testing.assert_allclose(table.loc[known.index, "p_adjusted"], false_discovery_control(known))


def test_in_a_pipeline() -> None:
    x, y, _ = planted()
    selector = clone(UnivariateFilter(n_features=2)).set_output(transform="pandas")
    assert list(selector.fit(x, y).transform(x).columns) == ["f3", "f7"]
    assert cross_val_score(make_pipeline(selector, LogisticRegression()), x, y, cv=4).mean() > 0.6


def test_bad_input_is_named() -> None:
    x, y, follow = planted()
    with pytest.raises(InputError, match="adjust"):
        UnivariateFilter(adjust="bh").fit(x, y)
    with pytest.raises(InputError, match="alpha"):
        UnivariateFilter(alpha=5).fit(x, y)
    with pytest.raises(InputError, match="n_features"):
        UnivariateFilter(n_features=0).fit(x, y)
    with pytest.raises(InputError, match="outcome='survival'"):
        UnivariateFilter().fit(x, follow)
    with pytest.raises(InputError, match="outcome='class'"):
        UnivariateFilter(outcome="survival").fit(x, y)
    with pytest.raises(DegenerateGroupsError, match="3 classes"):
        UnivariateFilter().fit(x, np.arange(250) % 3)
    with pytest.raises(InputError, match="f7"):
        UnivariateFilter().fit(x.assign(f7=np.nan), y)
