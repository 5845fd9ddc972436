from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.statistics import multivariate_logrank_test
from numpy.testing import assert_allclose

from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError
from radiogenomics.core import fit_cox, logrank
from tests.core._survival_reference import DATA, data, table, values

RIGHT_CENSORED = tuple(name for name in DATA if not name.endswith("_entry"))


def simulated(n=120, seed=0, effect=0.4):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    time = np.ceil(rng.exponential(size=n) * np.exp(-effect * group) * 10)
    return time, rng.integers(0, 2, n), group


class TestAgainstR:
    @pytest.mark.parametrize(("name", "rho", "strata"), list(product(RIGHT_CENSORED, (0, 0.5, 1), ("none", "stratum"))))
    def test_survdiff(self, name, rho, strata):
        want = table("logrank").query("data == @name and test == 'survdiff' and rho == @rho and strata == @strata")
        frame = data(name)
        options = {"weighting": "fleming-harrington", "rho": rho} if rho else {}
        got = logrank(
            frame["time"],
            frame["event"],
            frame["group"],
            strata=frame["stratum"] if strata == "stratum" else None,
            **options,
        )
        assert_allclose(got.statistic, values(want, "statistic")[0], rtol=1e-9)
        assert_allclose(got.observed, values(want, "observed"), rtol=1e-9)
        assert_allclose(got.expected, values(want, "expected"), rtol=1e-9)
        assert_allclose(np.diagonal(got.covariance), values(want, "variance"), rtol=1e-9)
        assert got.df == len(want) - 1

    @pytest.mark.parametrize(("name", "strata"), list(product(RIGHT_CENSORED[:3], ("none", "stratum"))))
    def test_trend(self, name, strata):
        want = table("logrank").query("data == @name and test == 'trend' and strata == @strata")
        frame = data(name)
        strata_ = frame["stratum"] if strata == "stratum" else None
        got = logrank(frame["time"], frame["event"], frame["group"], strata=strata_, trend=True)
        assert got.df == 1
        assert_allclose(got.statistic, values(want, "statistic")[0], rtol=1e-7)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(None, None), ("gehan", "wilcoxon"), ("tarone-ware", "tarone-ware"), ("peto", "peto")],
)
@pytest.mark.parametrize("seed", range(3))
def test_lifelines(ours, theirs, seed):
    time, event, group = simulated(seed=seed)
    want = multivariate_logrank_test(time, group, event, weightings=theirs)
    got = logrank(time, event, group, weighting=ours)
    assert_allclose([got.statistic, got.p_value], [want.test_statistic, want.p_value], rtol=1e-8)


@pytest.mark.parametrize(("rho", "gamma"), [(0, 1), (1, 1), (0.5, 2)])
def test_fleming_harrington_naive_twin(rho, gamma):
    time, event, group = simulated()
    difference, variance, survival = 0.0, 0.0, 1.0
    keep = group < 2
    time, event, group = time[keep], event[keep], group[keep]
    for t in np.unique(time[event == 1]):
        n, n1 = (time >= t).sum(), ((time >= t) & (group == 1)).sum()
        d, d1 = ((time == t) & (event == 1)).sum(), ((time == t) & (event == 1) & (group == 1)).sum()
        weight = survival**rho * (1 - survival) ** gamma
        difference += weight * (d1 - d * n1 / n)
        variance += weight**2 * d * n1 / n * (1 - n1 / n) * (n - d) / (n - 1) if n > 1 else 0
        survival *= 1 - d / n
    got = logrank(time, event, group, weighting="fleming-harrington", rho=rho, gamma=gamma)
    assert_allclose(got.statistic, difference**2 / variance)


def test_an_exponent_that_is_not_given_beside_the_other_is_0():
    time, event, group = simulated()

    def statistic(**given):
        return logrank(time, event, group, weighting="fleming-harrington", **given).statistic

    assert statistic() == statistic(rho=1) == statistic(rho=1, gamma=0)
    assert statistic(gamma=1) == statistic(rho=0, gamma=1) != statistic(rho=1, gamma=1)


def test_hand_counted():
    # Times 1 (A), 2 (B), 3 (A), 4 (B, censored): expected in A 2/4 + 1/3 + 1/2.
    got = logrank([1, 2, 3, 4], [1, 1, 1, 0], ["A", "B", "A", "B"])
    assert got.groups == ("A", "B")
    assert_allclose(got.expected[0], 2 / 4 + 1 / 3 + 1 / 2)
    assert_allclose(got.statistic, (2 - 4 / 3) ** 2 / (1 / 4 + 2 / 9 + 1 / 4))


def test_without_ties_it_is_coxs_score_test():
    rng = np.random.default_rng(2)
    time, event, group = rng.exponential(size=80), rng.integers(0, 2, 80), rng.integers(0, 2, 80)
    assert_allclose(logrank(time, event, group).statistic, fit_cox(group, time, event).score.statistic, rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_names_order_and_clock_do_not_matter(seed):
    time, event, group = simulated(seed=seed, n=60)
    order = np.random.default_rng(seed).permutation(60)
    got = logrank(time, event, group)
    names = np.array(["z", "a", "m"])[group]
    other = logrank(time[order] ** 2, event[order], names[order])
    assert_allclose([other.statistic, other.p_value], [got.statistic, got.p_value], rtol=1e-9)
    assert_allclose(got.observed.sum(), got.expected.sum())


def test_trend_scores_numbers_by_value_and_words_by_order():
    time, event, group = simulated()
    by_order = logrank(time, event, np.array(["a", "b", "c"])[group], trend=True).statistic
    assert_allclose(by_order, logrank(time, event, group * 5 + 2, trend=True).statistic)
    assert logrank(time, event, np.array([0, 1, 9])[group], trend=True).statistic != by_order


def test_group_without_patients_at_risk_is_left_out():
    time = np.array([0.5, 0.5, 1, 2, 3, 4, 5, 6])
    event = np.array([0, 0, 1, 1, 1, 1, 1, 0])
    group = np.array(["early", "early", "a", "b", "a", "b", "a", "b"])
    got = logrank(time, event, group)
    assert got.df == 1
    assert_allclose(got.statistic, logrank(time[2:], event[2:], group[2:]).statistic)


def test_level_under_the_null():
    rng = np.random.default_rng(0)
    small = 0
    for _ in range(500):
        p = logrank(rng.exponential(size=60), rng.integers(0, 2, 60), np.arange(60) % 3).p_value
        small += p < 0.05
    assert 0.03 <= small / 500 <= 0.075


class TestBadInput:
    def test_one_group(self):
        with pytest.raises(DegenerateGroupsError, match=r"one group \(A\)"):
            logrank([1, 2], [1, 1], ["A", "A"])

    @pytest.mark.parametrize("trend", [False, True])
    def test_groups_that_never_meet(self, trend):
        with pytest.raises(DegenerateGroupsError, match="no event while two groups"):
            logrank([1, 2, 8, 9], [0, 0, 1, 1], ["A", "A", "B", "B"], trend=trend)

    def test_no_events(self):
        with pytest.raises(DegenerateInputError, match="no events"):
            logrank([1, 2], [0, 0], ["A", "B"])

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"groups": ["A", None]}, "no label at position 1"),
            ({"groups": [0.0, np.nan]}, "no label at position 1"),
            ({"weighting": "wilcoxon"}, "'gehan'"),
            ({"rho": 1.0}, "fleming-harrington"),
            ({"weighting": "fleming-harrington", "gamma": -1}, "at least 0"),
            ({"time": [-1, 2]}, "position 0"),
        ],
    )
    def test_named(self, change, match):
        with pytest.raises(InputError, match=match):
            logrank(**({"time": [1, 2], "event": [1, 1], "groups": ["A", "B"]} | change))
