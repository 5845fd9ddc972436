"""mRMR against mRMRe, and against its definition written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_classif
from sklearn.metrics import mutual_info_score, roc_auc_score

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import concordance_index, mrmr

REFERENCE = Path(__file__).parents[1] / "reference" / "mrmr"


def naive(relevance: list[float], redundancy: np.ndarray, n: int, quotient: bool) -> list[int]:
    """The definition: at each step every free feature is scored against every chosen one."""
    chosen: list[int] = []
    while len(chosen) < n:
        scores = {}
        for j in range(len(relevance)):
            if j in chosen:
                continue
            mean = sum(redundancy[i, j] for i in chosen) / len(chosen) if chosen else 0.0
            if quotient and chosen:
                scores[j] = relevance[j] / max(mean, 1e-3)
            else:
                scores[j] = relevance[j] - mean
        chosen.append(max(scores, key=lambda j: scores[j]))
    return chosen


def information(r: float) -> float:
    return -0.5 * np.log(1 - r * r)


def correlated(n: int = 50, p: int = 25, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    block = random.normal(size=(n, 5))
    x = np.tile(block, 5)[:, :p] + random.normal(size=(n, p)) * 0.7
    y = (block[:, 0] + block[:, 1] + random.normal(size=n) > 0).astype(int)
    time = random.exponential(np.exp(-block[:, 2]))
    return x, y, np.column_stack([time, random.random(n) < 0.7])


@pytest.mark.parametrize("correlation", ["pearson", "spearman"])
@pytest.mark.parametrize("outcome", ["class", "survival"])
def test_the_choice_is_mrmres(outcome: str, correlation: str) -> None:
    table = pd.read_csv(REFERENCE / "patients.csv")
    chosen = pd.read_csv(REFERENCE / "chosen.csv").query("outcome == @outcome and correlation == @correlation")
    x = table.filter(regex=r"^f\d+$")
    y = table["class"] if outcome == "class" else table[["time", "event"]]
    found = mrmr(x, y, n_features=12, outcome=outcome, correlation=correlation)
    assert list(x.columns[found.order]) == chosen["feature"].tolist()
    np.testing.assert_allclose(found.relevance[found.order], chosen["relevance"], rtol=1e-9)


@pytest.mark.parametrize("scheme", ["difference", "quotient"])
def test_definitions_written_out(scheme: str) -> None:
    x, y, follow = correlated()
    p = x.shape[1]
    r = np.corrcoef(x.T) - np.eye(p)
    quotient = scheme == "quotient"
    mutual = np.array([[information(r[i, j]) for j in range(p)] for i in range(p)])
    auc = [information(2 * roc_auc_score(y, x[:, j]) - 1) for j in range(p)]
    c = [2 * concordance_index(*follow.T, x[:, j]).c - 1 for j in range(p)]
    f = list(f_classif(x, y)[0])
    for relevance, redundancy, target, given in (
        (auc, mutual, y, {}),
        ([information(d) for d in c], mutual, follow, {"outcome": "survival"}),
        (f, np.abs(r), y, {"measure": "correlation"}),
        (list(np.abs(c)), np.abs(r), follow, {"measure": "correlation", "outcome": "survival"}),
    ):
        found = mrmr(x, target, n_features=p, scheme=scheme, **given)
        np.testing.assert_allclose(found.relevance, relevance, rtol=1e-9)
        assert found.order.tolist() == naive(relevance, redundancy, p, quotient)


def test_histogram_written_out() -> None:
    x, y, _ = correlated()
    binned = np.argsort(np.argsort(x, axis=0), axis=0) // 10
    p = x.shape[1]
    relevance = [mutual_info_score(y, binned[:, j]) for j in range(p)]
    redundancy = np.array([[mutual_info_score(binned[:, i], binned[:, j]) for j in range(p)] for i in range(p)])
    found = mrmr(x, y, n_features=15, measure="histogram", n_bins=5)
    np.testing.assert_allclose(found.relevance, relevance, atol=1e-12)
    assert found.order.tolist() == naive(relevance, redundancy, 15, quotient=False)
    by_hand = [redundancy[j, found.order[:i]].mean() for i, j in enumerate(found.order) if i]
    np.testing.assert_allclose(found.redundancy[1:], by_hand, atol=1e-12)


def test_more_classes_have_no_order() -> None:
    x, _, _ = correlated()
    y = np.arange(50) % 3
    swapped = np.array([2, 0, 1])[y]
    found = mrmr(x, y, n_features=10)
    np.testing.assert_array_equal(found.order, mrmr(x, swapped, n_features=10).order)
    f = f_classif(x, y)[0]
    eta = 2 * f / (2 * f + 47)
    np.testing.assert_allclose(found.relevance, -0.5 * np.log(1 - eta), rtol=1e-9)


def test_copies_and_constants_come_last_or_never() -> None:
    x, y, _ = correlated(p=6)
    wide = np.column_stack([x[:, 0], x, np.full(50, 3.0)])
    found = mrmr(wide, y, n_features=20)
    assert len(found.order) == 7
    assert 7 not in found.order
    assert np.isnan(found.relevance[7])
    assert found.order[-1] in (0, 1)
    assert np.isfinite(found.score).all()
    separated = mrmr(np.column_stack([y + 0.01 * np.arange(50), x]), y, n_features=7)
    assert separated.order[0] == 0
    assert np.isfinite(separated.score).all()


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"n_features": 0}, InputError, "n_features"),
        ({"n_features": True}, InputError, "n_features"),
        ({"measure": "knn"}, InputError, "histogram"),
        ({"scheme": "sum"}, InputError, "quotient"),
        ({"outcome": "time"}, InputError, "survival"),
        ({"correlation": "kendall"}, InputError, "spearman"),
        ({"n_bins": 4}, InputError, "only a histogram"),
        ({"measure": "histogram", "n_bins": 1}, InputError, "2 or more"),
        ({"measure": "histogram", "outcome": "survival"}, InputError, "concordance"),
        ({"outcome": "survival"}, InputError, r"\(50, 2\)"),
        ({"x": np.full((50, 2), np.nan)}, InputError, "finite"),
        ({"x": np.ones((50, 2))}, DegenerateInputError, "none of 2"),
        ({"y": np.ones(50)}, DegenerateInputError, "one class"),
        ({"y": np.ones((50, 2)), "outcome": "survival"}, DegenerateInputError, "no pair"),
    ],
)
def test_bad_input_is_named(change, error, text: str) -> None:
    x, y, _ = correlated()
    given = {"x": x, "y": y, "n_features": 3, **change}
    with pytest.raises(error, match=text):
        mrmr(given.pop("x"), given.pop("y"), **given)
