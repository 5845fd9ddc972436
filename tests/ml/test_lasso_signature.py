"""LassoSignature and CoxLassoSignature as estimators."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.core import baseline_hazard, concordance_index
from radiogenomics.ml import CoxLassoSignature, LassoSignature


def expected_failures(estimator) -> dict[str, str]:
    if estimator.penalty is not None:
        return {}
    reason = "folds are drawn from rows: a row of weight 2 is in one fold, two rows may be in two"
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@parametrize_with_checks(
    [LassoSignature(folds=3, random_state=0), LassoSignature(penalty=0.01)],
    expected_failed_checks=expected_failures,
)
@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_scikit_learn_conventions(estimator, check) -> None:
    check(estimator)


def planted(n: int = 150, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features in units of their own, of which two carry the outcome; classes; time and event."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 60)) * 10.0 ** random.uniform(-2, 3, 60)
    risk = 1.5 * x[:, 0] / x[:, 0].std() - x[:, 1] / x[:, 1].std()
    y = np.where(random.random(n) < 1 / (1 + np.exp(-risk)), "high", "a low")
    time = random.exponential(size=n) * np.exp(-risk)
    censored = random.exponential(2, n)
    follow = np.column_stack([np.minimum(time, censored), time <= censored])
    return pd.DataFrame(x, columns=[f"f{i}" for i in range(60)]), y, follow


@pytest.mark.parametrize("kind", ["binary", "survival"])
def test_planted_features_are_found_and_stable(kind) -> None:
    x, y, follow = planted()
    binary = kind == "binary"
    model = (LassoSignature if binary else CoxLassoSignature)(rule="1se", n_resamples=40, random_state=1)
    model.fit(x, y if binary else follow)
    report = model.report()
    assert list(report["feature"][:2]) == ["f0", "f1"]
    assert (report["stability"][:2] > 0.8).all()
    assert model.stability_[2:].mean() < 0.1
    assert list(model.get_feature_names_out()) == [f"f{i}" for i in np.flatnonzero(model.support_)]
    assert model.transform(x).shape == (150, len(report))
    assert model.lambda_ == model.lambda_1se_ > model.lambda_min_
    frame = clone(model).set_output(transform="pandas").fit(x, y if binary else follow).transform(x)
    pd.testing.assert_frame_equal(frame, x[list(model.get_feature_names_out())])


def test_formula_gives_the_score() -> None:
    x, y, follow = planted()
    for model in (LassoSignature(random_state=0).fit(x, y), CoxLassoSignature(random_state=0).fit(x, follow)):
        name, right = model.formula(17).split(" = ")
        assert name == "rad-score"
        by_hand = pd.Series({i: eval(right, {}, dict(x.loc[i])) for i in x.index})
        np.testing.assert_allclose(model.decision_function(x), by_hand, rtol=1e-9, atol=1e-9)


def test_tables_for_the_figure() -> None:
    x, y, _ = planted()
    model = LassoSignature(random_state=0).fit(x, y)
    path, cv = model.path_table(), model.cv_table()
    assert list(path) == ["feature", "lambda", "coefficient", "standardized"]
    used = path[path["lambda"] == model.lambda_].set_index("feature")["coefficient"]
    assert used[used != 0].to_dict() == model.report().set_index("feature")["coefficient"].to_dict()
    assert cv[["is_min", "is_1se", "is_used"]].sum().tolist() == [1, 1, 1]
    assert cv.loc[cv["is_used"], "n_features"].item() == model.support_.sum()
    assert cv["deviance"].idxmin() == cv["is_min"].idxmax()
    fixed = LassoSignature(penalty=0.07).fit(x, y)
    assert fixed.cv_ is None
    assert fixed.lambda_ == 0.07
    assert fixed.cv_table()["deviance"].isna().all()
    assert fixed.cv_table()["is_used"].iloc[-1]


def test_probabilities_and_weights() -> None:
    x, y, _ = planted()
    folds = np.arange(150) % 5
    plain = LassoSignature(folds=folds).fit(x, y)
    share = plain.predict_proba(x)
    np.testing.assert_allclose(share.sum(axis=1), 1)
    assert (plain.predict(x) == np.where(share[:, 1] > 0.5, "high", "a low")).all()
    assert share[:, 1].mean() == pytest.approx((y == "high").mean(), abs=1e-8)  # an unpenalised intercept
    tripled = LassoSignature(folds=folds, class_weight={"high": 3.0, "a low": 1.0}).fit(x, y)
    given = LassoSignature(folds=folds).fit(x, y, sample_weight=np.where(y == "high", 3.0, 1.0))
    np.testing.assert_array_equal(tripled.coef_, given.coef_)
    assert tripled.predict_proba(x)[:, 1].mean() > share[:, 1].mean() + 0.1
    balanced = LassoSignature(folds=folds, class_weight="balanced").fit(x, y)
    sizes = pd.Series(y).map(pd.Series(y).value_counts())
    assert np.average(balanced.predict_proba(x)[:, 1], weights=1 / sizes) == pytest.approx(0.5, abs=1e-8)


def test_survival_that_is_predicted() -> None:
    x, _, follow = planted()
    model = CoxLassoSignature(random_state=0).fit(x, follow)
    assert model.decision_function(x).mean() == pytest.approx(0, abs=1e-12)
    chance = model.predict_survival(x, [0, 0.2, 1, 50])
    assert (chance[:, 0] == 1).all()
    assert (np.diff(chance, axis=1) <= 0).all()
    assert chance.min() >= 0
    score = model.decision_function(x)
    known = baseline_hazard(score[:, None], follow[:, 0], follow[:, 1], [1.0], ties="breslow")
    at = known.hazard[np.searchsorted(known.time, 0.2, side="right") - 1]
    np.testing.assert_allclose(chance[:, 1], np.exp(-at * np.exp(score)), rtol=1e-9)
    assert model.score(x, follow) == pytest.approx(concordance_index(follow[:, 0], follow[:, 1], score).c)
    assert cross_val_score(make_pipeline(StandardScaler(), model), x, follow, cv=3).mean() > 0.7


def test_same_seed_same_result_and_search() -> None:
    x, y, _ = planted(80)
    one, two = (LassoSignature(n_resamples=5, random_state=7).fit(x, y) for _ in range(2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    np.testing.assert_array_equal(one.stability_, two.stability_)
    search = GridSearchCV(LassoSignature(), {"penalty": [0.05, 0.1]}, cv=3).fit(x, y)
    assert search.best_score_ > 0.6


def test_null_model_says_so() -> None:
    random = np.random.default_rng(2)
    x, y = random.normal(size=(80, 30)), np.arange(80) % 2
    follow = np.column_stack([random.exponential(size=80), y])
    with pytest.warns(RadiogenomicsWarning, match="all coefficients are zero.*rule='min' may|do not predict"):
        model = LassoSignature(rule="1se", random_state=0).fit(x, y)
    assert model.null_
    assert model.transform(x).shape == (80, 0)
    assert model.formula() == f"rad-score = {model.intercept_:.6g}"
    np.testing.assert_allclose(model.predict_proba(x)[:, 1], 0.5)
    with pytest.warns(RadiogenomicsWarning, match="smaller penalty"):
        cox = CoxLassoSignature(penalty=5.0, n_resamples=3, random_state=0).fit(x, follow)
    assert not cox.stability_.any()
    assert not cox.decision_function(x).any()
    assert cox.path_table().empty
    assert cox.report().empty
    assert cox.formula() == "rad-score = 0"


def test_warnings_name_the_next_step() -> None:
    x, y, _ = planted(60)
    with pytest.warns(RadiogenomicsWarning, match=r"1 constant feature.*same.*clean_features"):
        LassoSignature(random_state=0).fit(x.assign(same=1.0), y)
    with pytest.warns(RadiogenomicsWarning, match="told completely"):
        LassoSignature(random_state=0).fit(x.assign(leak=(y == "high") * 1.0), y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LassoSignature(random_state=0).fit(x, y)


def test_bad_input_is_named() -> None:
    x, y, follow = planted(60)
    with pytest.raises(DegenerateInputError, match=r"10 folds for 4 patients of class 'high'.*Take 4 folds"):
        LassoSignature().fit(x, np.where(np.arange(60) < 4, "high", "low"))
    with pytest.raises(DegenerateInputError, match="10 folds for 3 events"):
        CoxLassoSignature().fit(x, np.column_stack([follow[:, 0], np.arange(60) < 3]))
    event = np.arange(60) % 6 != 5
    with pytest.raises(DegenerateInputError, match="fold 5 of 6 without events"):
        CoxLassoSignature(folds=np.arange(60) % 6).fit(x, np.column_stack([follow[:, 0], event]))
    with pytest.raises(InputError, match="f9"):
        LassoSignature().fit(x.assign(f9=np.nan), y)
    with pytest.raises(InputError, match=r"3 faults[\s\S]*folds[\s\S]*n_resamples[\s\S]*penalty"):
        LassoSignature(folds=1, n_resamples=-1, penalty=0).fit(x, y)
    with pytest.raises(InputError, match="fold of each of 60"):
        LassoSignature(folds=np.arange(9)).fit(x, y)
    with pytest.raises(InputError, match="merge them"):
        LassoSignature().fit(x, np.arange(60) % 3)
    with pytest.raises(DegenerateGroupsError, match="one class"):
        LassoSignature().fit(x, np.zeros(60))
    with pytest.raises(InputError, match="class_weight"):
        LassoSignature(class_weight="even").fit(x, y)
    with pytest.raises(InputError, match="rule"):
        CoxLassoSignature(rule="best").fit(x, follow)
    with pytest.raises(InputError, match="LassoSignature"):
        CoxLassoSignature().fit(x, y)
    with pytest.raises(InputError, match="times"):
        CoxLassoSignature(random_state=0).fit(x, follow).predict_survival(x, [-1])
