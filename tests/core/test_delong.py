"""DeLong against pROC, by counting pairs, and in simulations of what intervals and tests promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import delong, fold_delong
from radiogenomics.core.stratified_folds import stratified_folds

REFERENCE = Path(__file__).parents[1] / "reference" / "delong"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "scores.csv")


def by_pairs(y: np.ndarray, score: np.ndarray, fold: np.ndarray) -> float:
    right, pairs = 0.0, 0
    for i in np.flatnonzero(y == 1):
        for j in np.flatnonzero((y == 0) & (fold == fold[i])):
            right += float(score[i] > score[j]) + 0.5 * float(score[i] == score[j])
            pairs += 1
    return right / pairs


def jackknife(y: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """DeLong's covariance by its definition: components of every patient, one pair at a time."""
    one, zero = scores[y == 1], scores[y == 0]
    psi = np.array([[(a > b) + 0.5 * (a == b) for b in zero] for a in one])  # (n1, n0, m)
    return np.cov(psi.mean(axis=1).T) / len(one) + np.cov(psi.mean(axis=0).T) / len(zero)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_areas_are_those_of_proc(table: pd.DataFrame, confidence: float) -> None:
    expected = pd.read_csv(REFERENCE / "areas.csv").query("confidence == @confidence")
    found = delong(table["y"], table[expected["score"]], confidence=confidence)
    assert found.auc == pytest.approx(expected["auc"].to_numpy(), abs=1e-12)
    assert found.lower == pytest.approx(expected["lower"].to_numpy(), abs=1e-8)
    assert found.upper == pytest.approx(expected["upper"].to_numpy(), abs=1e-8)
    assert np.diag(found.covariance) == pytest.approx(expected["variance"].to_numpy(), abs=1e-12)
    assert found.n_positive + found.n_negative == len(table)


def test_paired_tests_are_those_of_proc(table: pd.DataFrame) -> None:
    names = table.columns[1:].tolist()
    found = delong(table["y"], table[names])
    for row in pd.read_csv(REFERENCE / "tests.csv").itertuples():
        i, j = names.index(row.first), names.index(row.second)
        assert found.covariance[i, j] == pytest.approx(row.covariance, abs=1e-12)
        if {row.first, row.second} == {"separating", "constant"}:
            assert np.isnan(found.p_value[i, j])  # neither area varies: pROC divides by 0 and says p = 0
        else:
            assert found.p_value[i, j] == pytest.approx(row.p_value, abs=1e-8, rel=1e-6)
            assert found.p_value[j, i] == found.p_value[i, j]


def test_alike_scores_are_no_different(table: pd.DataFrame) -> None:
    twice = np.column_stack([table["strong"], np.exp(table["strong"]), table["separating"], table["separating"]])
    p = delong(table["y"], twice).p_value
    assert p[0, 1] == p[0, 0] == p[2, 3] == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 7), st.integers(1, 9))
def test_covariance_by_its_definition(seed: int, n1: int, n0: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([1, 0], [n1, n0]))
    scores = rng.integers(0, values, (n1 + n0, 2)).astype(float)
    found = delong(y, scores)
    assert found.auc == pytest.approx([by_pairs(y, s, np.zeros(len(y))) for s in scores.T])
    assert found.covariance == pytest.approx(jackknife(y, scores), abs=1e-12)
    assert delong(1 - y, scores).auc == pytest.approx(1 - found.auc)
    assert delong(y, 3 * scores - 7).covariance == pytest.approx(found.covariance)


def test_one_fold_is_no_fold(table: pd.DataFrame) -> None:
    scores = table[["strong", "rounded"]].to_numpy()
    whole = delong(table["y"], scores)
    fold = fold_delong(table["y"], scores.T[:, None], np.zeros((1, len(table)), dtype=int))
    for name in ("auc", "covariance", "lower", "upper", "p_value"):
        assert getattr(fold, name) == pytest.approx(getattr(whole, name), abs=1e-12)
    again = fold_delong(table["y"], np.repeat(scores.T[:, None], 3, axis=1), np.zeros((3, len(table)), dtype=int))
    assert again.covariance == pytest.approx(whole.covariance)


def test_pairs_are_formed_within_folds() -> None:
    rng = np.random.default_rng(1)
    y = rng.permutation(np.repeat([1, 0], [17, 26]))
    folds = stratified_folds(y, 5, 3, rng=1)
    scores = rng.integers(0, 5, (2, 3, 43)).astype(float)
    found = fold_delong(y, scores, folds)
    expected = [np.mean([by_pairs(y, scores[m, r], folds[r]) for r in range(3)]) for m in range(2)]
    assert found.auc == pytest.approx(expected)
    shifted = scores + 100.0 * folds  # each fold's model has a scale of its own
    assert fold_delong(y, shifted, folds).covariance == pytest.approx(found.covariance)
    assert fold_delong(y, shifted, folds).auc == pytest.approx(found.auc)


def test_a_fold_of_one_class_has_no_pairs() -> None:
    y = np.array([1, 0, 1, 0, 0, 0])
    folds = np.array([[0, 0, 0, 0, 1, 1]])
    scores = np.array([[[3.0, 1.0, 2.0, 2.5, 9.0, 9.0]]])
    assert fold_delong(y, scores, folds).auc == pytest.approx([0.75])
    with pytest.raises(DegenerateInputError, match="repeat 0 without a fold of both classes"):
        fold_delong(y, scores, np.array([[0, 1, 0, 1, 1, 1]]))


@pytest.mark.parametrize(
    ("y", "scores", "match"),
    [
        ([0, 1, 2], [1, 2, 3], "values other than 0 and 1"),
        ([0, 1, np.nan], [1, 2, 3], "values other than 0 and 1"),
        ([0, 1, 1, 0], [1, 2, 3], r"shape \(3,\); expected 4 patients"),
        ([0, 1, 1, 0], [1, np.nan, 3, np.inf], "missing or infinite values in row 1, 3"),
        ([0, 1, 1, 0], np.zeros((4, 0)), "shape"),
    ],
)
def test_bad_input_is_named(y: list[float], scores: list[float], match: str) -> None:
    with pytest.raises(InputError, match=match):
        delong(y, scores)


def test_too_few_of_a_class() -> None:
    with pytest.raises(DegenerateInputError, match="1 positive and 3 negative; expected at least 2 of each class"):
        delong([0, 0, 0, 1], [1, 2, 3, 4])
    with pytest.raises(InputError, match="'confidence': found 95"):
        delong([0, 0, 1, 1], [1, 2, 3, 4], confidence=95)


def test_intervals_cover_and_the_paired_test_keeps_its_level() -> None:
    rng = np.random.default_rng(0)
    runs, n = 1500, 80
    y = np.repeat([1, 0], [30, 50])
    truth = 0.76024994  # of two normal distributions that are one standard deviation apart
    covered, rejected = 0, 0
    for _ in range(runs):
        signal = rng.normal(size=(n, 1)) * 0.6
        scores = signal + 0.8 * rng.normal(size=(n, 2)) + y[:, None]
        found = delong(y, scores)
        covered += int((found.lower[0] <= truth) & (truth <= found.upper[0]))
        rejected += int(found.p_value[0, 1] < 0.05)
    assert 0.925 < covered / runs < 0.97  # standard error 0.006; 0.944 when written
    assert 0.03 < rejected / runs < 0.07
