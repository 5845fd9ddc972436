from __future__ import annotations

import time as clock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import concordance_batch, concordance_index
from tests.core._survival_reference import data, table, values

ROWS = table("concordance")


def naive(time, event, risk, weights=None, strata=None, factor=None):
    """Counts pair by pair: concordant, discordant, tied risk, tied time, tied both; and each patient's own."""
    n = len(time)
    weights = np.ones(n) if weights is None else weights
    strata = np.zeros(n) if strata is None else strata
    factor = np.ones(n) if factor is None else factor
    counts, own = np.zeros(5), np.zeros((n, 3))
    for i in range(n):
        for j in range(n):
            if i == j or strata[i] != strata[j] or not event[i]:
                continue
            if time[i] < time[j] or (time[i] == time[j] and not event[j]):
                kind = 0 if risk[i] > risk[j] else 1 if risk[i] < risk[j] else 2
                counts[kind] += weights[i] * weights[j] * factor[i]
                own[i, kind] += weights[j] * factor[i]
                own[j, kind] += weights[i] * factor[i]
            elif time[i] == time[j] and event[j] and i < j:
                counts[4 if risk[i] == risk[j] else 3] += weights[i] * weights[j] * factor[i]
    c = (counts[0] + counts[2] / 2) / counts[:3].sum()
    part = own[:, 0] + own[:, 2] / 2 - c * own.sum(1)
    return c, np.sqrt(((weights * part) ** 2).sum()) / counts[:3].sum(), counts


def uncensored_before(time, event, at):
    """G(at-) by definition: those who fail at a time are not at risk of being censored at it."""
    g = 1.0
    for u in np.unique(time[(event == 0) & (time < at)]):
        at_risk = (time > u).sum() + ((time == u) & (event == 0)).sum()
        g *= 1 - ((time == u) & (event == 0)).sum() / at_risk
    return g


@st.composite
def cohorts(draw):
    n = draw(st.integers(3, 25))
    numbers = st.lists(st.integers(0, 6), min_size=n, max_size=n)
    time, risk = np.array(draw(numbers), float), np.array(draw(numbers), float)
    event = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    strata = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    weights = np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=n, max_size=n)))
    return time, event, risk, weights, strata


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_r(row):
    want = ROWS.iloc[row]
    frame = data(want["data"])
    got = concordance_index(
        frame["time"], frame["event"], frame[want["risk"]],
        weights=None if want["weights"] == "none" else frame["weight"],
        strata=None if want["strata"] == "none" else frame["stratum"],
        tau=None if np.isinf(want["tau"]) else want["tau"], method="harrell" if want["timewt"] == "n" else "uno",
    )  # fmt: skip
    assert_allclose([got.c, got.se], [want["c"], want["se"]], rtol=1e-9)
    counts = [got.concordant, got.discordant, got.tied_risk, got.tied_time, got.tied_both]
    assert_allclose(counts, [want[k] for k in ("concordant", "discordant", "tied_x", "tied_y", "tied_xy")], rtol=1e-9)


@settings(max_examples=150, deadline=None)
@given(cohorts())
def test_naive_twin(cohort):
    time, event, risk, weights, strata = cohort
    with np.errstate(invalid="ignore"):
        c, se, counts = naive(time, event, risk, weights, strata)
    if not counts[:3].sum():
        with pytest.raises(DegenerateInputError):
            concordance_index(time, event, risk, weights=weights, strata=strata)
        return
    got = concordance_index(time, event, risk, weights=weights, strata=strata)
    assert_allclose([got.c, got.se], [c, se], atol=1e-12)
    assert_allclose([got.concordant, got.discordant, got.tied_risk, got.tied_time, got.tied_both], counts, atol=1e-9)
    reverse = concordance_index(time, event, -risk, weights=weights, strata=strata)
    assert_allclose(reverse.c, 1 - got.c, atol=1e-12)
    monotone = concordance_index(time * 3 + 1, event, np.exp(risk), weights=weights, strata=strata)
    assert_allclose([monotone.c, monotone.se], [got.c, got.se], atol=1e-12)
    batch = concordance_batch(time, event, risk, np.stack([weights, np.zeros(len(time))]), strata=strata)
    assert_allclose(batch, [got.c, np.nan], atol=1e-12)


def test_hand_counted():
    # Events at 1 and 3, censored at 2 and 4. Pairs: (1,2) (1,3) (1,4) (3,4).
    got = concordance_index([1, 2, 3, 4], [1, 0, 1, 0], [5, 5, 1, 2])
    assert (got.concordant, got.discordant, got.tied_risk) == (2, 1, 1)
    assert got.c == 2.5 / 4
    assert got.n_pairs == 4


def test_direction():
    assert concordance_index([1, 2, 3], [1, 1, 1], [3, 2, 1]).c == 1


class TestUno:
    def setup_method(self):
        rng = np.random.default_rng(4)
        self.training = (np.ceil(rng.exponential(size=80) * 10), rng.integers(0, 2, 80))
        self.time, self.event, self.risk = (
            np.ceil(rng.exponential(size=50) * 8),
            rng.integers(0, 2, 50),
            rng.normal(size=50),
        )

    def test_naive_twin_on_training_patients(self):
        tau = 20.0
        factor = np.array([uncensored_before(*self.training, t) ** -2.0 if t <= tau else 0.0 for t in self.time])
        got = concordance_index(self.time, self.event, self.risk, method="uno", tau=tau, censoring=self.training)
        assert_allclose([got.c, got.se], naive(self.time, self.event, self.risk, factor=factor)[:2])
        batch = concordance_batch(
            self.time, self.event, self.risk, np.ones((1, 50)), method="uno", tau=tau, censoring=self.training
        )
        assert_allclose(batch, got.c)

    def test_own_censoring_is_the_default(self):
        own = concordance_index(self.time, self.event, self.risk, method="uno", tau=15)
        given_ = concordance_index(
            self.time, self.event, self.risk, method="uno", tau=15, censoring=(self.time, self.event)
        )
        assert_allclose([own.c, own.se], [given_.c, given_.se])

    def test_without_censoring_it_is_harrells(self):
        everyone = np.ones(50)
        uno = concordance_index(self.time, everyone, self.risk, method="uno")
        assert_allclose(uno.c, concordance_index(self.time, everyone, self.risk).c)

    def test_beyond_the_training_follow_up(self):
        with pytest.raises(InputError, match=r"Pass tau=5 or less"):
            concordance_index([1, 5, 9, 10], [1, 1, 1, 1], [3, 1, 2, 4], method="uno", censoring=([2, 6], [1, 0]))

    def test_training_patients_all_failed(self):
        # Nobody in the training set was censored: G stays 1 for ever.
        got = concordance_index([1, 5, 9], [1, 1, 1], [3, 1, 2], method="uno", censoring=([2, 6], [1, 1]))
        assert_allclose(got.c, concordance_index([1, 5, 9], [1, 1, 1], [3, 1, 2]).c)


class TestBatch:
    def test_bootstrap_weights_are_copies(self):
        rng = np.random.default_rng(0)
        time, event, risk = (
            np.ceil(rng.exponential(size=40) * 9),
            rng.integers(0, 2, 40),
            rng.normal(size=(40, 2)).round(),
        )
        rows = rng.integers(0, 40, size=(5, 40))
        weights = np.stack([np.bincount(r, minlength=40) for r in rows])
        got = concordance_batch(time, event, risk, weights)
        assert got.shape == (5, 2)
        for b, j in np.ndindex(5, 2):
            assert_allclose(got[b, j], concordance_index(time, event, risk[:, j], weights=weights[b]).c)

    def test_strata_of_each_risk(self):
        rng = np.random.default_rng(0)
        time, event = rng.exponential(size=30), rng.integers(0, 2, 30)
        risk, folds, weights = rng.normal(size=(30, 3)), rng.integers(0, 3, (30, 3)), rng.integers(0, 3, (4, 30))
        got = concordance_batch(time, event, risk, weights, strata=folds)
        for b, j in np.ndindex(4, 3):
            want = concordance_index(time, event, risk[:, j], weights=weights[b], strata=folds[:, j]).c
            assert_allclose(got[b, j], want)

    def test_shapes_are_checked(self):
        with pytest.raises(InputError, match=r"expected \(B, 3\)"):
            concordance_batch([1, 2, 3], [1, 1, 1], [1, 2, 3], np.ones((2, 4)))
        with pytest.raises(InputError, match="strata per risk"):
            concordance_batch([1, 2, 3], [1, 1, 1], [1, 2, 3], np.ones((2, 3)), strata=np.ones((3, 2)))
        with pytest.raises(InputError, match=r"\(3,\) or \(3, m\)"):
            concordance_batch([1, 2, 3], [1, 1, 1], np.ones((2, 3)), np.ones((2, 3)))


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"risk": [1, np.nan, 2]}, "missing or infinite values at position 1"),
            ({"method": "gonen"}, "harrell"),
            ({"censoring": ([1], [0])}, "only method='uno'"),
            ({"method": "uno", "censoring": 3}, "pair"),
            ({"tau": -1}, "positive time"),
            ({"event": [0, 0, 0]}, "no events"),
            ({"event": [1, 0, 0], "time": [5, 1, 1]}, "no comparable pair"),
            ({"strata": ["a", "b", "c"]}, "no comparable pair"),
        ],
    )
    def test_named(self, change, match):
        with pytest.raises(InputError, match=match):
            concordance_index(**({"time": [1, 2, 3], "event": [1, 1, 0], "risk": [3, 2, 1]} | change))


def test_error_covers():
    """The interval c +- 1.96 se holds the true c about 95 times in 100."""
    rng = np.random.default_rng(11)
    truth = concordance_index(*_draw(rng, 20_000)).c
    held = 0
    for _ in range(400):
        got = concordance_index(*_draw(rng, 100))
        held += abs(got.c - truth) < 1.96 * got.se
    assert 0.91 <= held / 400 <= 0.98


def _draw(rng, n):
    risk = rng.normal(size=n)
    # Everyone's follow-up ends at the same time, so the c that is estimated does not depend on chance censoring.
    time = rng.exponential(size=n) * np.exp(-0.7 * risk)
    return np.minimum(time, 1.0), time < 1.0, risk


def test_many_patients_fast():
    rng = np.random.default_rng(0)
    n = 100_000
    arguments = rng.exponential(size=n), rng.integers(0, 2, n), rng.normal(size=n)
    concordance_index(*arguments)
    start = clock.perf_counter()
    concordance_index(*arguments)
    assert clock.perf_counter() - start < 2  # 0.05 s here; quadratic counting would take a minute


def test_reference_covers_ties_and_tau():
    assert (values(ROWS, "tied_x") > 0).any()
    assert (values(ROWS, "tied_xy") > 0).any()
    assert np.isfinite(values(ROWS, "tau")).any()
