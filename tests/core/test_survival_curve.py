from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radiogenomics._errors import InputError
from radiogenomics.core import median_survival, survival_curve, survival_quantile
from tests.core._survival_reference import DATA, data, table, values

CASES = list(product(DATA, ("none", "count")))


def curve_of(name, weights, group, **options):
    frame = data(name).query("group == @group")
    return survival_curve(
        frame["time"], frame["event"], entry=frame.get("entry"),
        weights=None if weights == "none" else frame["count"], **options,
    )  # fmt: skip


class TestAgainstR:
    @pytest.mark.parametrize(("name", "weights"), CASES)
    def test_survfit(self, name, weights):
        for group, want in table("survival_curve").query("data == @name and weights == @weights").groupby("group"):
            got = curve_of(name, weights, group)
            assert_allclose(got.time, values(want, "time"))
            for column in ("at_risk", "events", "censored", "survival", "hazard"):
                assert_allclose(getattr(got, column), values(want, column), rtol=1e-9, atol=1e-12, err_msg=column)
            alive = values(want, "survival") > 0
            assert_allclose(got.std_error[alive], values(want, "std_error")[alive], rtol=1e-9)
            for column in ("lower", "upper"):
                assert_allclose(getattr(got, column), values(want, column), rtol=1e-9, err_msg=column)
            for column in ("hazard_lower", "hazard_upper"):
                assert_allclose(getattr(got, column), values(want, column), rtol=1e-9, err_msg=column)

    @pytest.mark.parametrize(("name", "weights"), CASES)
    def test_quantiles(self, name, weights):
        rows = table("quantiles").query("data == @name and weights == @weights")
        for group, share, *want in rows[["group", "share", "value", "lower", "upper"]].itertuples(index=False):
            curve = curve_of(name, weights, group)
            got = survival_quantile(curve, share)
            assert_allclose(got.value, want[0], rtol=1e-9)
            for ours, theirs, bound in ((got.lower, want[1], curve.lower), (got.upper, want[2], curve.upper)):
                # R interpolates bounds that rise again (delayed entry) and gets intervals without the estimate.
                if (np.diff(bound[~np.isnan(bound)]) <= 1e-12).all():
                    assert_allclose(ours, theirs, rtol=1e-9)


@st.composite
def cohorts(draw):
    n = draw(st.integers(1, 20))
    times = draw(st.lists(st.integers(1, 8), min_size=n, max_size=n))
    events = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    entries = [draw(st.integers(0, t - 1)) for t in times]
    return np.array(times, float), np.array(events), np.array(entries, float)


@settings(max_examples=100, deadline=None)
@given(cohorts())
def test_naive_twin(cohort):
    time, event, entry = cohort
    got = survival_curve(time, event, entry=entry)
    survival, hazard = 1.0, 0.0
    for k, t in enumerate(np.unique(time)):
        at_risk = ((time >= t) & (entry < t)).sum()
        deaths = ((time == t) & (event == 1)).sum()
        survival *= 1 - deaths / at_risk
        hazard += deaths / at_risk
        assert got.at_risk[k] == at_risk
        assert_allclose([got.survival[k], got.hazard[k]], [survival, hazard], atol=1e-12)
    inside = ~np.isnan(got.lower)
    assert (got.lower[inside] <= got.survival[inside]).all()
    assert (got.upper[inside] >= got.survival[inside]).all()
    assert np.array_equal(inside, (got.survival > 0) & (got.survival < 1))


def test_hand_counted():
    got = survival_curve([1, 2, 2, 3, 4], [1, 1, 0, 0, 1])
    assert_allclose(got.survival, [4 / 5, 4 / 5 * 3 / 4, 3 / 5, 0])
    assert got.at_risk.tolist() == [5, 4, 2, 1]
    assert got.censored.tolist() == [0, 1, 1, 0]


def test_at():
    got = survival_curve([1, 2, 2, 3, 4], [1, 1, 0, 0, 1], at=[0, 1, 2.5, 9])
    assert_allclose(got.survival, [1, 4 / 5, 3 / 5, 0])
    assert got.at_risk.tolist() == [5, 5, 2, 0]
    assert got.events.tolist() == [0, 1, 1, 1]
    assert got.censored.tolist() == [0, 0, 1, 1]
    assert survival_curve([1, 2], [1, 0], at=1).survival.shape == (1,)


def test_at_agrees_with_the_curve():
    whole = curve_of("heart_entry", "none", 0)
    got = curve_of("heart_entry", "none", 0, at=whole.time)
    for name, values_ in vars(whole).items():
        assert_allclose(getattr(got, name), values_, err_msg=name)


def test_weights_count_copies():
    time, event, times = np.array([1.0, 2, 3, 4, 5]), np.array([1, 0, 1, 1, 0]), np.array([2, 1, 3, 0, 2])
    got = survival_curve(time, event, weights=times)
    copies = survival_curve(np.repeat(time, times), np.repeat(event, times))
    for name in vars(got):
        assert_allclose(getattr(got, name), getattr(copies, name))


def test_median_where_the_curve_rests_at_one_half_is_the_middle():
    assert median_survival(survival_curve([1, 2, 3, 4], [1, 1, 1, 1])).value == 2.5


def test_median_not_reached():
    median = median_survival(survival_curve([1, 2, 3, 4], [1, 0, 0, 0]))
    assert np.isnan(median.value)
    assert np.isnan(median.upper)


def test_interval_covers():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        life, end = rng.exponential(size=50), rng.uniform(0.5, 3, 50)
        got = survival_curve(np.minimum(life, end), life <= end, at=np.log(2))
        held += got.lower[0] <= 0.5 <= got.upper[0]
    assert 0.93 <= held / 1000 <= 0.97


class TestBadInput:
    def test_nobody_has_an_event(self):
        got = survival_curve([1, 2], [0, 0])
        assert got.survival.tolist() == [1, 1]

    def test_beyond_follow_up(self):
        with pytest.raises(InputError, match="times up to 2"):
            survival_curve([1, 2], [1, 0], at=5)

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"at": [2, 1]}, "rising order"),
            ({"at": [np.nan]}, "rising order"),
            ({"level": 1.0}, "between 0 and 1"),
            ({"entry": [0, 2]}, "entry before time"),
            ({"time": [-1, 2]}, "at least 0"),
            ({"time": [], "event": []}, "no patients"),
            ({"weights": [0, 0]}, "all 0"),
        ],
    )
    def test_named(self, change, match):
        with pytest.raises(InputError, match=match):
            survival_curve(**({"time": [1, 2], "event": [1, 0]} | change))

    @pytest.mark.parametrize("share", [0, 1, -0.5])
    def test_share(self, share):
        with pytest.raises(InputError, match="between 0 and 1"):
            survival_quantile(survival_curve([1, 2], [1, 0]), share)
