"""Residuals, influence and proportional hazards of Cox models, restricted means: against R (reference/cox_checks)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import (
    dfbeta,
    fit_cox,
    logrank,
    proportional_hazards,
    restricted_mean,
    restricted_mean_difference,
    score_residuals,
    survival_curve,
)
from tests.core._survival_reference import data, follow_up

FOLDER = Path(__file__).parents[1] / "reference" / "cox_checks"


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def model(name: str, ties: str, weights: str, strata: str) -> tuple[Any, dict[str, Any], Any]:
    frame = data(name)
    x = frame[["x1", "x2", "x3"]].to_numpy(dtype=float)
    options: dict[str, Any] = follow_up(name) | {"ties": ties}
    if weights != "none":
        options["weights"] = frame["weight"].to_numpy()
    if strata != "none":
        options["strata"] = frame["stratum"].to_numpy()
    return x, options, fit_cox(x, **options)


def by(frame: pd.DataFrame, *columns: str) -> list[Any]:
    return [pytest.param(key, rows, id="-".join(key)) for key, rows in frame.groupby(list(columns), sort=False)]


@pytest.mark.parametrize(("key", "rows"), by(table("zph"), "data", "ties", "weights", "strata", "transform"))
def test_proportional_hazards_equal_cox_zph(key: Any, rows: pd.DataFrame) -> None:
    x, options, fit = model(*key[:4])
    for joint, terms in ((False, None), (True, [[0], [1, 2]])):
        expected = rows[rows["term"].str.startswith("joint:") == joint]
        if len(expected):
            got = proportional_hazards(x, **options, coef=fit.coef, transform=key[4], terms=terms)
            np.testing.assert_allclose(got.statistic, expected["statistic"], rtol=2e-6, atol=1e-9)
            assert got.df.tolist() == expected["df"].tolist()


@pytest.mark.parametrize(("key", "rows"), by(table("influence"), "data", "ties", "weights", "strata"))
def test_influence_equals_r(key: Any, rows: pd.DataFrame) -> None:
    x, options, fit = model(*key)
    got = dfbeta(x, **options, coef=fit.coef, covariance=fit.covariance)[: len(rows)]
    scale = np.abs(got).max(axis=0)
    np.testing.assert_allclose(got / scale, rows[["dfbeta1", "dfbeta2", "dfbeta3"]] / scale, rtol=1e-6, atol=1e-8)
    score = score_residuals(x, **options, coef=fit.coef)[: len(rows), 0]
    np.testing.assert_allclose(score, rows["score1"], rtol=1e-6, atol=1e-6)


def test_score_residuals_sum_to_nothing_and_dfbeta_is_what_leaving_out_does() -> None:
    x, options, fit = model("veteran", "efron", "none", "none")
    np.testing.assert_allclose(score_residuals(x, **options, coef=fit.coef).sum(axis=0), 0, atol=1e-6)
    approximate = dfbeta(x, **options, coef=fit.coef, covariance=fit.covariance)
    exact = np.array(
        [
            fit.coef - fit_cox(np.delete(x, i, 0), **{k: np.delete(v, i) for k, v in follow_up("veteran").items()}).coef
            for i in range(len(x))
        ]
    )
    for j in range(3):
        assert np.corrcoef(approximate[:, j], exact[:, j])[0, 1] > 0.99


@pytest.mark.parametrize(("key", "rows"), by(table("schoenfeld"), "data", "ties"))
def test_schoenfeld_residuals_equal_r(key: Any, rows: pd.DataFrame) -> None:
    x, options, fit = model(key[0], key[1], "none", "none")
    got = proportional_hazards(x, **options, coef=fit.coef)
    # Within a tied time the order of the patients is nobody's business; R keeps one mean for all of them.
    frame = pd.DataFrame({"time": got.time, "sum_x1": got.residuals[:, 0], "sum_x3": got.residuals[:, 2]})
    whole = rows["time"] < rows["time"].max()
    expected = rows.loc[whole, ["time", "sum_x1", "sum_x3"]].groupby("time").sum()
    pd.testing.assert_frame_equal(
        frame.groupby("time").sum().loc[expected.index], expected, rtol=1e-5, atol=1e-6, check_index_type=False
    )


def test_proportional_hazards_find_an_effect_that_fades() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 2))
    early = rng.exponential(np.exp(-1.5 * x[:, 0]))
    time = np.where(early < 0.5, early, 0.5 + rng.exponential(1.0, 600))
    fit = fit_cox(x, time, np.ones(600))
    got = proportional_hazards(x, time, np.ones(600), fit.coef)
    assert got.p_value[0] < 1e-6
    assert got.p_value[1] > 0.001
    assert got.p_value[2] < 1e-6


def test_proportional_hazards_bad_input() -> None:
    x, time, event = np.arange(6.0), np.array([1, 1, 1, 1, 2, 3.0]), np.array([1, 1, 1, 1, 0, 0])
    with pytest.raises(DegenerateInputError, match="all events at one time"):
        proportional_hazards(x, time, event, [0.1])
    with pytest.raises(InputError, match="transform"):
        proportional_hazards(x, time, event, [0.1], transform="log")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="1 finite"):
        proportional_hazards(x, time, event, [0.1, 0.2])


@pytest.mark.parametrize(("key", "rows"), by(table("restricted_mean").astype({"group": str}), "data", "group"))
def test_restricted_mean_equals_r(key: Any, rows: pd.DataFrame) -> None:
    frame = data(key[0])
    own = frame[frame["group"].astype(str) == key[1]]
    for _, row in rows.iterrows():
        tau = min(row["tau"], own["time"].max())
        got = restricted_mean(own["time"], own["event"], tau)
        assert got.value == pytest.approx(row["value"], rel=1e-9)
        assert got.std_error == pytest.approx(row["std_error"], rel=1e-9)


def test_restricted_mean_by_hand() -> None:
    # S: 1 until 2, 3/4 until 5, 3/8 after; area to 6 = 2 + 3 * 3/4 + 3/8.
    got = restricted_mean([2, 4, 5, 9], [1, 0, 1, 0], 6)
    assert got.value == pytest.approx(2 + 9 / 4 + 3 / 8)
    after_2, after_5 = 9 / 4 + 3 / 8, 3 / 8
    assert got.std_error == pytest.approx(np.sqrt(after_2**2 / (4 * 3) + after_5**2 / (2 * 1)))
    same = restricted_mean_difference(got, got)
    assert (same.value, same.p_value) == (0.0, 1.0)
    assert restricted_mean([1, 2], [1, 1], 50).value == pytest.approx(1.5)  # everybody has failed: known ever after


def test_restricted_mean_bad_input() -> None:
    with pytest.raises(InputError, match="after the last follow-up"):
        restricted_mean([1, 2, 3], [1, 0, 0], 4)
    for tau in (0, -1, np.inf):
        with pytest.raises(InputError, match="above 0"):
            restricted_mean([1, 2, 3], [1, 0, 0], tau)
    with pytest.raises(InputError, match="horizons 1 and 2"):
        restricted_mean_difference(restricted_mean([3, 4], [1, 1], 1), restricted_mean([3, 4], [1, 1], 2))


@pytest.mark.slow
def test_restricted_mean_intervals_cover() -> None:
    rng = np.random.default_rng(5)
    truth, hits = 1 - np.exp(-1.0), 0
    for _ in range(600):
        time, end = rng.exponential(size=120), rng.uniform(0.5, 3, 120)
        curve_time, event = np.minimum(time, end), time <= end
        got = restricted_mean(curve_time, event, 1.0)
        hits += got.lower <= truth <= got.upper
    assert 0.92 <= hits / 600 <= 0.98


@pytest.mark.parametrize(("key", "rows"), by(table("logrank_entry"), "data", "strata", "ties"))
def test_left_truncated_logrank_equals_the_score_test(key: Any, rows: pd.DataFrame) -> None:
    frame = data(key[0])
    strata = None if key[1] == "none" else frame["stratum"]
    got = logrank(**follow_up(key[0]), groups=frame["group"], strata=strata)
    if key[2] == "exact":
        assert got.statistic == pytest.approx(rows["statistic"].iloc[0], rel=1e-6)
    # Breslow's score has the same numerator, and a variance that takes ties for failures in turn.
    covariance = naive_covariance(frame, strata)
    u = (got.observed - got.expected)[:-1]
    np.testing.assert_allclose(got.covariance, covariance, rtol=1e-9, atol=1e-12)
    assert got.statistic == pytest.approx(u @ np.linalg.solve(covariance[:-1, :-1], u), rel=1e-9)


def naive_covariance(frame: pd.DataFrame, strata: pd.Series | None) -> Any:
    groups = np.sort(frame["group"].unique())
    total = np.zeros((len(groups), len(groups)))
    for layer in [None] if strata is None else strata.unique():
        own = frame if layer is None else frame[strata == layer]
        for t in own.loc[own["event"] == 1, "time"].unique():
            risk = own[(own["entry"] < t) & (own["time"] >= t)]
            n, d = len(risk), ((risk["time"] == t) & (risk["event"] == 1)).sum()
            share = np.array([(risk["group"] == g).sum() / n for g in groups])
            if n > 1:
                total += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    return total


def test_entry_at_zero_changes_nothing() -> None:
    frame = data("veteran")
    zero = np.zeros(len(frame))
    plain = logrank(frame["time"], frame["event"], frame["group"], weighting="peto")
    late = logrank(frame["time"], frame["event"], frame["group"], entry=zero, weighting="peto")
    assert late.statistic == pytest.approx(plain.statistic, rel=1e-12)
    curve = survival_curve(frame["time"], frame["event"])
    tau = curve.time[-1]
    assert restricted_mean(frame["time"], frame["event"], tau, entry=zero).value == pytest.approx(
        restricted_mean(frame["time"], frame["event"], tau).value
    )
