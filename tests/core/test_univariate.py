"""One-variable models against R, column by column against the full fits, and where there is no estimate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import UnivariateFits, fit_cox, fit_logistic, univariate_cox, univariate_logistic

REFERENCE = Path(__file__).parents[1] / "reference" / "univariate"


@pytest.mark.parametrize("model", ["efron", "breslow", "logistic"])
def test_the_figures_are_rs(model: str) -> None:
    data, expected = pd.read_csv(REFERENCE / "data.csv"), pd.read_csv(REFERENCE / "expected.csv")
    theirs = expected[expected["model"] == model]
    x = data.filter(like="x").to_numpy()
    found = univariate_logistic(x, data["y"]) if model == "logistic" else univariate_cox(
        x, data["time"], data["event"], ties=model)  # fmt: skip
    assert set(found.reason) == {""}
    for name in ("coef", "se", "lower", "upper", "p_wald", "p_score", "p_lrt"):
        np.testing.assert_allclose(getattr(found, name), theirs[name], rtol=1e-8, err_msg=name)
    with np.errstate(over="ignore"):  # of the feature in very small units
        np.testing.assert_allclose(found.ratio, np.exp(theirs["coef"]), rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), ties=st.sampled_from(["efron", "breslow"]), decimals=st.integers(0, 3))
def test_every_column_is_fitted_as_alone(seed: int, ties: str, decimals: int) -> None:
    random = np.random.default_rng(seed)
    x = np.round(random.normal(size=(25, 6)), decimals)
    time, event = np.ceil(random.exponential(8, 25)), (random.random(25) < 0.6) * 1.0
    y = (random.random(25) < 0.5) * 1.0
    event[0], y[:2] = 1.0, [0, 1]
    cox, logistic = univariate_cox(x, time, event, ties=ties), univariate_logistic(x, y)
    for j in range(6):
        if cox.reason[j] == "":
            one = fit_cox(x[:, j], time, event, ties=ties)
            ours = [cox.coef[j], cox.se[j], cox.p_wald[j], cox.p_score[j], cox.p_lrt[j]]
            theirs = [one.coef[0], one.se[0], one.p_value[0], one.score.p_value, one.likelihood_ratio.p_value]
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)
        if logistic.reason[j] == "":
            other = fit_logistic(x[:, j], y)
            assert not other.separated
            np.testing.assert_allclose(
                [logistic.coef[j], logistic.se[j]], [other.coef[0], other.se[0]], rtol=1e-6, atol=1e-12
            )


def unknown(found: UnivariateFits, j: int) -> bool:
    names = ("coef", "se", "ratio", "lower", "upper", "p_wald", "p_lrt")
    return bool(np.isnan([getattr(found, name)[j] for name in names]).all())


def test_features_without_an_estimate_are_named() -> None:
    n = 12
    time, event = np.arange(1.0, n + 1), np.ones(n)
    noise = np.random.default_rng(1).normal(size=n)
    at_risk = np.where(time > 6, 0.0, noise)  # constant after the sixth patient, all events of whom come later
    late = (time > 6) * 1.0
    x = np.column_stack([noise, -time, np.ones(n), at_risk])
    found = univariate_cox(x, time, late)
    assert found.reason == ("", "separated", "constant", "constant")
    assert [unknown(found, j) for j in range(4)] == [False, True, True, True]
    assert found.p_score[1] < 0.01
    assert np.isnan(found.p_score[2])
    quasi = np.where(time > 6, 2.0, 1.0)  # of both classes at 1
    y = np.where(time > 4, 1.0, 0.0)
    classes = univariate_logistic(np.column_stack([noise, time, quasi, np.ones(n)]), y)
    assert classes.reason == ("", "separated", "separated", "constant")
    assert [unknown(classes, j) for j in range(4)] == [False, True, True, True]
    assert univariate_cox(x, time, event).reason[1] == "separated"
    assert univariate_cox(x * [1, -1, 1, 1], time, event).reason[1] == "separated"


def test_a_near_separation_is_still_fitted() -> None:
    z = np.r_[np.arange(50.0), np.arange(50.0, 100.0)]
    y = (z >= 50) * 1.0
    y[[49, 50]] = y[[50, 49]]
    found, one = univariate_logistic(z[:, None], y), fit_logistic(z, y)
    assert found.reason == ("",)
    np.testing.assert_allclose(found.coef, one.coef, rtol=1e-8)


def test_p_values_are_uniform_without_a_signal() -> None:
    random = np.random.default_rng(0)
    x, time = random.normal(size=(150, 2000)), random.exponential(size=150)
    event, y = (random.random(150) < 0.6) * 1.0, (random.random(150) < 0.4) * 1.0
    for found in (univariate_cox(x, time, event), univariate_logistic(x, y)):
        for p in (found.p_wald, found.p_score, found.p_lrt):
            assert abs(np.mean(p < 0.05) - 0.05) < 0.015


def test_bad_input_is_named() -> None:
    x, time, event = np.random.default_rng(0).normal(size=(10, 3)), np.arange(1.0, 11), np.ones(10)
    with pytest.raises(InputError, match=r"x\[:, 1\]"):
        univariate_cox(np.where(np.arange(3) == 1, np.nan, x), time, event)
    with pytest.raises(InputError, match="confidence"):
        univariate_cox(x, time, event, confidence=95)
    with pytest.raises(DegenerateInputError, match="no events"):
        univariate_cox(x, time, 0 * event)
    with pytest.raises(DegenerateInputError, match="one class"):
        univariate_logistic(x, event)
    with pytest.raises(InputError, match="the positive class"):
        univariate_logistic(x, event * 2)
    with pytest.raises(InputError, match="one row per patient"):
        univariate_logistic(x[:5], np.arange(10) % 2)
