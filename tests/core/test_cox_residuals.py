from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from radiogenomics._errors import InputError
from radiogenomics.core import baseline_hazard, fit_cox, linear_predictor, martingale_residuals
from tests.core._survival_reference import DATA, data, follow_up, table, values

CASES = list(product([name for name in DATA if name != "lung"], ("efron", "breslow")))
COLUMNS = ["x1", "x2", "x3"]


def model(name, ties):
    frame = data(name)
    options = {"weights": frame["weight"], "strata": frame["stratum"], "ties": ties} | follow_up(name)
    return frame[COLUMNS], options, fit_cox(frame[COLUMNS], **options)


@pytest.mark.parametrize(("name", "ties"), CASES)
def test_martingale_r(name, ties):
    x, options, fit = model(name, ties)
    want = table("martingale").query("data == @name and ties == @ties")
    got = martingale_residuals(x, coef=fit.coef, **options)
    assert_allclose(got, values(want, "martingale"), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "ties"), CASES)
def test_baseline_hazard_r(name, ties):
    x, options, fit = model(name, ties)
    want = table("baseline_hazard").query("data == @name and ties == @ties")
    got = baseline_hazard(x, coef=fit.coef, **options)
    assert_allclose(got.stratum, values(want, "stratum"))
    assert_allclose(got.time, values(want, "time"))
    assert_allclose(got.hazard, values(want, "hazard"), rtol=1e-6)


def test_residuals_sum_to_nothing_and_weight_0_changes_nothing():
    frame = data("heart_entry")
    options = follow_up("heart_entry")
    x = frame[COLUMNS].to_numpy()
    fit = fit_cox(x, **options)
    residuals = martingale_residuals(x, coef=fit.coef, **options)
    assert_allclose(residuals.sum(), 0, atol=1e-8)
    twice = {name: np.concatenate([v, v[:5]]) for name, v in options.items()}
    weights = np.append(np.ones(len(x)), np.zeros(5))
    more = martingale_residuals(np.vstack([x, x[:5]]), coef=fit.coef, weights=weights, **twice)
    assert_allclose(more[: len(x)], residuals)


def test_linear_predictor():
    assert linear_predictor([[1, 2], [3, 4]], [1.0, -1.0], center=[1, 1]).tolist() == [-1, -1]
    assert linear_predictor([1, 2], 3.0).tolist() == [3, 6]
    with pytest.raises(InputError, match=r"expected \(n, 3\)"):
        linear_predictor([[1, 2]], [1, 2, 3])


def test_coefficients_are_checked():
    with pytest.raises(InputError, match="2 coefficients; expected 1"):
        martingale_residuals([1.0, 2.0], [1, 2], [1, 1], [0.1, 0.2])
    with pytest.raises(InputError, match="infinite"):
        baseline_hazard([1.0, 2.0], [1, 2], [1, 1], [np.nan])
