"""Net benefit against hand-counted cases, dcurves and simulations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from radiogenomics._errors import InputError
from radiogenomics.core.decision_curve import net_benefit, survival_net_benefit

REFERENCE = Path(__file__).parents[1] / "reference" / "calibration"
HORIZON = 400.0


def test_counted_by_hand() -> None:
    # At 0.25 four of six are treated, three of them rightly: 3/6 - 1/6 * 1/3.
    y = [1, 1, 0, 0, 1, 0]
    p = [0.9, 0.25, 0.4, 0.1, 0.6, 0.05]
    found = net_benefit(y, p, [0.25, 0.5, 0.95])
    assert found.model[0] == pytest.approx([3 / 6 - 1 / 6 / 3, 2 / 6, 0.0])
    assert found.treat_all[0] == pytest.approx([0.5 - 0.5 / 3, 0.0, 0.5 - 0.5 * 19])
    assert found.standardised[0, 0] == pytest.approx((3 / 6 - 1 / 18) / 0.5)
    # Two of the three without the event are spared at 0.25: 100 * 2/6.
    assert found.reduction[0, 0] == pytest.approx(100 / 3)
    assert found.gain[0] == pytest.approx([1 / 9, 1 / 3, 0.0])


def test_survival_counted_by_hand() -> None:
    # Treated: events at 1 and 3, one censored at 2, one followed to 9. S(5) = 3/4 * 1/2.
    time, event = [1, 2, 3, 9, 9, 9], [1, 0, 1, 0, 0, 0]
    p = [0.8, 0.7, 0.6, 0.5, 0.1, 0.1]
    found = survival_net_benefit(time, event, p, 5.0, [0.3])
    share = 4 / 6
    assert found.true_positive[0, 0] == pytest.approx((1 - 0.375) * share)
    assert found.model[0, 0] == pytest.approx((1 - 0.375) * share - 0.375 * share * 3 / 7)
    everyone = 1 - 5 / 6 * 3 / 4
    assert found.treat_all[0, 0] == pytest.approx(everyone - (1 - everyone) * 3 / 7)


def test_is_that_of_dcurves() -> None:
    d = pd.read_csv(REFERENCE / "patients.csv")
    expected = pd.read_csv(REFERENCE / "net_benefit.csv").pivot_table(
        index=["outcome", "threshold"], columns="variable", values="net_benefit"
    )
    for outcome, column in (("binary", "probability"), ("survival", "risk")):
        table = expected.loc[outcome]
        at = table.index.to_numpy()
        if outcome == "binary":
            found = net_benefit(d["y"], d[column], at)
        else:
            found = survival_net_benefit(d["time"], d["event"], d[column], HORIZON, at)
        np.testing.assert_allclose(found.treat_all[0], table["all"], atol=1e-9)
        known = table[column].notna().to_numpy()
        assert known.sum() >= 17
        np.testing.assert_allclose(found.model[0][known], table[column][known], atol=1e-9)


def test_threshold_above_whose_treated_nobody_is_followed_is_unknown() -> None:
    found = survival_net_benefit([1, 2, 9, 9], [1, 0, 0, 0], [0.9, 0.9, 0.2, 0.2], 5.0, [0.1, 0.5, 0.95])
    assert np.isnan(found.model[0, 1])
    assert np.isfinite(found.model[0, [0, 2]]).all()
    assert found.model[0, 2] == 0.0


@given(st.integers(0, 2**31 - 1))
def test_without_censoring_survival_is_binary(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, p = rng.integers(1, 10, 25).astype(float), rng.random(25).round(1)
    weights = rng.integers(0, 3, (3, 25)).astype(float) + 0.5
    at = [0.1, 0.35, 0.6, 0.9]
    late = np.append(time, 20.0)
    p = np.append(p, 0.95)  # somebody treated at every threshold is followed
    weights = np.column_stack([weights, np.ones(3)])
    survival = survival_net_benefit(late, np.ones(26), p, 5.0, at, weights=weights)
    binary = net_benefit((late <= 5).astype(float), p, at, weights=weights)
    np.testing.assert_allclose(survival.model, binary.model, atol=1e-9)
    np.testing.assert_allclose(survival.treat_all, binary.treat_all, atol=1e-9)


@pytest.mark.parametrize("wrong", [[0.0, 0.5], [0.5, 1.0], [0.5, 0.2], [], ["a"]])
def test_thresholds_are_checked(wrong: list[object]) -> None:
    with pytest.raises(InputError, match="thresholds"):
        net_benefit([0, 1], [0.1, 0.9], wrong)


@pytest.mark.slow
def test_percentiles_of_resamples_cover_the_net_benefit() -> None:
    rng = np.random.default_rng(4)
    n, t = 200, 0.4
    x = rng.normal(size=2_000_000)
    p = expit(x - 0.3)
    truth = float(net_benefit((rng.random(len(p)) < p).astype(float), p, [t]).model[0, 0])
    inside = []
    for _ in range(400):
        p = expit(rng.normal(size=n) - 0.3)
        y = (rng.random(n) < p).astype(float)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=400).astype(float)
        low, high = np.quantile(net_benefit(y, p, [t], weights=weights).model[:, 0], [0.025, 0.975])
        inside.append(low <= truth <= high)
    assert np.mean(inside) == pytest.approx(0.945, abs=0.03)
