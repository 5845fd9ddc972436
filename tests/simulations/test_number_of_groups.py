"""What ``n_clusters="auto"`` promises, on 50 simulated cohorts each; larger ones by the scripts beside."""

from __future__ import annotations

import pytest

from tests.simulations import joint_groups, number_of_groups

SMALL = {"n": 80, "p": 60, "n_null": 39, "max_clusters": 5}
RUNS, LEAST = 50, 45


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "distance", "right"), [("gaussian", None, 1), ("skewed", None, 1), ("three", 5.0, 3)])
def test_number_of_groups(kind: str, distance: float | None, right: int) -> None:
    found = [number_of_groups.answer(kind, seed, distance=distance, **SMALL) for seed in range(RUNS)]
    print("\n" + number_of_groups.line(kind, distance, "hierarchical", SMALL["n"], SMALL["p"], found))
    assert sum(a.k == right for a in found) >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scene", "method"), [(scene, method) for scene, of in joint_groups.SCENES.items() for method in of]
)
def test_number_of_joint_groups(scene: str, method: str) -> None:
    found = [joint_groups.answer(scene, method, seed, n=80, n_null=39, max_clusters=4)[0] for seed in range(RUNS)]
    assert found.count(joint_groups.SCENES[scene][method]) >= LEAST
