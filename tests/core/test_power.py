from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError
from radiogenomics.core import check_sample_size, cox_power, logrank, minimum_sample_size

PUBLISHED = pd.read_csv(Path(__file__).parents[1] / "reference" / "planning" / "pmsampsize.csv")


@pytest.mark.parametrize("row", range(len(PUBLISHED)))
def test_equals_pmsampsize(row: int) -> None:
    want = PUBLISHED.iloc[row]
    arguments = {name: float(want[name]) for name in ("r_squared", "rate", "horizon", "mean_follow_up")}
    got = minimum_sample_size(int(want["n_parameters"]), **arguments)
    assert got.n == want["n"]
    assert got.n_shrinkage == want["n_shrinkage"]
    assert math.isnan(want["n_optimism"]) or got.n_optimism == want["n_optimism"]
    assert got.events_per_parameter == pytest.approx(want["epp"], abs=0.006)
    assert got.n_overall < got.n


def test_overall_risk_is_known_within_the_margin() -> None:
    needed = minimum_sample_size(1, rate=0.1, mean_follow_up=2.0, horizon=3.0, r_squared=0.3)
    assert needed.n == needed.n_overall

    def margin(n: int) -> float:
        upper = 0.1 + 1.96 * math.sqrt(0.1 / (2.0 * n))
        return math.exp(-0.3) - math.exp(-3 * upper)

    assert margin(needed.n) <= 0.05 < margin(needed.n - 1)


def test_a_small_study_is_called_small() -> None:
    small = check_sample_size(106, 38, 4)
    assert not small.enough
    assert small.events_per_parameter == 9.5
    # 15 % of the largest R² of 38 events in 106 patients; both figures by hand from the formulas of Riley et al.
    share = round(1 - math.exp(2 * 0.3585 * (math.log(0.3585) - 1)), 2)
    assert small.needed.n_shrinkage == math.ceil(4 / (-0.1 * math.log(1 - 0.15 * share / 0.9)))
    assert check_sample_size(3000, 1500, 4).enough
    assert check_sample_size(10, 10, 1).needed.n > 10


def test_schoenfeld_by_hand() -> None:
    # (1.959964 + 0.841621)^2 / (0.25 log(2)^2)
    got = cox_power(hazard_ratio=2, power=0.8, event_share=0.5)
    assert got.events == pytest.approx(65.3457, abs=1e-3)
    assert got.n == pytest.approx(2 * got.events)
    assert cox_power(hazard_ratio=2, events=got.events).power == pytest.approx(0.8)
    assert cox_power(events=got.events, power=0.8).hazard_ratio == pytest.approx(2)
    assert cox_power(hazard_ratio=0.5, power=0.8).events == pytest.approx(got.events)
    unequal = cox_power(hazard_ratio=2, power=0.8, share=0.2)
    assert unequal.events == pytest.approx(got.events * 0.25 / 0.16)


def test_numeric_variable_by_the_published_example() -> None:
    """Multiple myeloma, one-sided: 107 patients (Hsieh and Lavori 2000, table 3)."""
    got = cox_power(
        hazard_ratio=math.e, power=0.806, spread=0.3126, r_squared=0.1837, event_share=0.738, alternative="one-sided"
    )
    assert math.ceil(got.n) == 107


def test_power_is_that_of_simulated_log_rank_tests() -> None:
    rng = np.random.default_rng(0)
    n, found, events = 120, 0, 0
    for _ in range(400):
        group = np.arange(n) % 2
        time, end = rng.exponential(1 / np.where(group, 1.8, 1.0)), rng.exponential(1.5, n)
        event = time <= end
        events += int(event.sum())
        found += logrank(np.minimum(time, end), event, group).p_value < 0.05
    expected = cox_power(hazard_ratio=1.8, events=events / 400).power
    assert found / 400 == pytest.approx(expected, abs=0.06)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="found hazard_ratio; expected two of"):
        cox_power(hazard_ratio=2)
    with pytest.raises(InputError, match=r"5 faults(.|\n)*share and spread(.|\n)*power(.|\n)*r_squared"):
        cox_power(hazard_ratio=1, power=0.01, share=0.5, spread=1.0, r_squared=1.0, alternative="up")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"3 faults(.|\n)*n_parameters(.|\n)*rate(.|\n)*shrinkage"):
        minimum_sample_size(0, rate=0.0, mean_follow_up=1.0, horizon=1.0, shrinkage=1.0)
    with pytest.raises(InputError, match=r"cannot exceed 0\.55"):
        minimum_sample_size(5, rate=0.065, mean_follow_up=2.07, horizon=2, r_squared=0.6)
    with pytest.raises(InputError, match="0 events of 20 patients"):
        check_sample_size(20, 0, 2)


def test_rate_and_follow_up_in_unlike_units_are_named() -> None:
    with pytest.raises(InputError, match=r"rate 0\.358\d* x mean_follow_up 900 = 322.* per patient and unit of time"):
        minimum_sample_size(4, rate=38 / 106, mean_follow_up=900, horizon=730)
