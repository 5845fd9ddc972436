from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics import core

FOLDER = Path(__file__).parent.parent / "reference" / "association"


def test_equals_r() -> None:
    data = pd.read_csv(FOLDER / "kruskal_data.csv")
    expected = pd.read_csv(FOLDER / "kruskal.csv").iloc[0]
    result = core.kruskal(data["value"], data["group"])
    assert result.statistic == pytest.approx(expected["statistic"], rel=1e-10)
    assert result.df == expected["df"]
    assert result.p_value == pytest.approx(expected["p_value"], rel=1e-10)


def test_epsilon_squared_is_the_share_of_rank_variance_between_groups() -> None:
    values = np.array([1.0, 2, 3, 4, 10, 11, 12, 13, 13, 20])
    groups = np.array(list("AABBABCCCC"))
    ranks = pd.Series(values).rank()
    between = sum(len(r) * (r.mean() - ranks.mean()) ** 2 for _, r in ranks.groupby(groups))
    share = between / ((ranks - ranks.mean()) ** 2).sum()
    assert core.kruskal(values, groups).epsilon_squared == pytest.approx(share)
    assert core.kruskal([1, 1, 2, 2], ["a", "a", "b", "b"]).epsilon_squared == pytest.approx(1.0)


def test_interval_is_that_of_eta_squared_of_the_ranks() -> None:
    data = pd.read_csv(FOLDER / "kruskal_data.csv")
    found = core.kruskal(data["value"], data["group"])
    ranked = core.anova(data["value"].rank(), data["group"])
    assert (found.epsilon_squared, found.lower, found.upper) == pytest.approx(
        (ranked.eta_squared, ranked.lower, ranked.upper)
    )
    wider = core.kruskal(data["value"], data["group"], confidence=0.99)
    assert wider.lower <= found.lower <= found.epsilon_squared <= found.upper < wider.upper
    apart = core.kruskal([1, 1, 2, 2], ["a", "a", "b", "b"])
    assert np.isnan([apart.lower, apart.upper]).all()


def test_intervals_cover() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(["a", "b", "c"], 20)
    shift = np.repeat([0.0, 0.3, 0.6], 20)

    def draw(n: int) -> np.ndarray:
        return np.exp(0.5 * rng.normal(size=60 * n)) + 0.5 * np.repeat(shift, n)

    truth = core.kruskal(draw(1000), np.repeat(groups, 1000)).epsilon_squared
    found = [core.kruskal(draw(1), groups) for _ in range(300)]
    assert 0.91 <= np.mean([f.lower <= truth <= f.upper for f in found]) <= 0.99
    none = [core.kruskal(rng.normal(size=60), groups).lower for _ in range(300)]
    assert np.mean(np.array(none) > 0) <= 0.05


@pytest.mark.parametrize(
    ("values", "groups", "said"),
    [
        ([1, 2], ["a", "a"], "at least 2"),
        ([1, 1], ["a", "b"], "equal"),
        ([1, np.nan], ["a", "b"], "finite"),
        ([1, 2, 3], ["a", "b"], "one length"),
    ],
)
def test_refuses(values: list[float], groups: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        core.kruskal(values, groups)
