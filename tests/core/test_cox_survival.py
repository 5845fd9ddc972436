"""Predicted survival of a Cox model with its interval: equal to R's survfit, Efron's and Breslow's ties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics import core
from radiogenomics._errors import InputError
from radiogenomics.core.pretty import pretty

REFERENCE = Path(__file__).parents[1] / "reference" / "nomogram"


def data() -> tuple[np.ndarray, pd.DataFrame]:
    table = pd.read_csv(REFERENCE / "data.csv")
    columns = [
        table["age"], table["size"], table["grade"] == "intermediate", table["grade"] == "high", table["sex"] == "male",
    ]  # fmt: skip
    return np.column_stack(columns).astype(float), table


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("center", ["mean", "zero"])
def test_equals_survfit(ties: str, center: str) -> None:
    x, table = data()
    fit = core.fit_cox(x, table["time"], table["event"], ties=ties)
    at = x.mean(axis=0) if center == "mean" else np.zeros(5)
    baseline = core.cox_baseline(x, table["time"], table["event"], fit.coef, center=at, ties=ties)
    found = core.cox_survival(baseline, x[[2, 16, 43, 100]], fit.coef, fit.covariance, [2, 12, 36, 60])
    expected = pd.read_csv(REFERENCE / "survival.csv").query("ties == @ties")
    for name, values in zip(("survival", "lower", "upper"), found, strict=True):
        np.testing.assert_allclose(values.ravel(), expected[name], atol=1e-9)


def test_baseline_agrees_with_the_one_of_the_residuals() -> None:
    x, table = data()
    fit = core.fit_cox(x, table["time"], table["event"])
    own = core.cox_baseline(x, table["time"], table["event"], fit.coef, center=np.zeros(5))
    other = core.baseline_hazard(x, table["time"], table["event"], fit.coef)
    at = np.searchsorted(other.time, own.time)
    np.testing.assert_allclose(own.hazard, other.hazard[at], rtol=1e-10)


def test_one_group_by_hand() -> None:
    """Without an effect the hazard is Nelson-Aalen's."""
    baseline = core.cox_baseline(np.arange(4.0), [1, 2, 3, 4], [1, 0, 1, 1], [0.0], center=[0.0])
    np.testing.assert_allclose(baseline.hazard, [1 / 4, 1 / 4 + 1 / 2, 1 / 4 + 1 / 2 + 1])
    np.testing.assert_allclose(baseline.variance, np.cumsum([1 / 16, 1 / 4, 1]))
    with pytest.raises(InputError, match="coef"):
        core.cox_baseline(np.arange(4.0), [1, 2, 3, 4], [1, 0, 1, 1], [0.0, 1.0], center=[0.0])


@pytest.mark.parametrize(
    ("low", "high", "n", "expected"),
    [
        (0, 100, 10, np.arange(0, 101, 10)),
        (26, 85, 8, np.arange(20, 91, 10)),
        (-0.31, 0.42, 5, [-0.4, -0.2, 0.0, 0.2, 0.4, 0.6]),
        (1e-4, 3e-4, 2, [1e-4, 2e-4, 3e-4]),
    ],
)
def test_pretty(low: float, high: float, n: int, expected: list[float]) -> None:
    found = pretty(low, high, n)
    assert found.tolist() == pytest.approx(list(expected))
    assert found[0] <= low
    assert found[-1] >= high


def test_pretty_refuses() -> None:
    for low, high in ((1, 1), (2, 1), (0, np.inf)):
        with pytest.raises(InputError, match="limits that rise"):
            pretty(low, high)
