"""How often ``rg.tl.integrate(n_clusters="auto")`` answers right for two modalities.

``python -m tests.simulations.joint_groups`` prints the markdown table of the vignette on groups.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from joblib import Parallel, delayed
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns

#: What the two modalities have in common, and the number of joint groups that snf and coca should answer.
SCENES: dict[str, dict[str, int]] = {
    "nothing": {"snf": 1, "coca": 1},
    "three factors": {"snf": 1},
    "groups of one modality": {"coca": 1},
    "three groups": {"snf": 3, "coca": 3},
}


def two_modalities(scene: str, seed: int, *, n: int, distance: float) -> MuData:
    """Patients with 40 and 60 features; centroids of groups are about ``distance`` within-group SDs apart."""
    rng = np.random.default_rng([seed, n])
    shared = rng.normal(size=(n, 3))
    truth = np.arange(n) % 3
    own = {}
    for i, (name, p) in enumerate((("a", 40), ("b", 60))):
        x = rng.normal(size=(n, p))
        if scene == "three factors":
            x += 0.6 * shared @ rng.normal(size=(3, p))
        elif scene != "nothing":
            groups = rng.permutation(truth) if scene == "groups of one modality" and i else truth
            x += (distance / np.sqrt(2 * p) * rng.normal(size=(3, p)))[groups]
        obs = pd.DataFrame(index=[f"P{j:03d}" for j in range(n)])
        own[name] = AnnData(x, obs=obs, var=pd.DataFrame(index=[f"{name}{j}" for j in range(p)]))
    with own_columns():
        return MuData(own)


def answer(scene: str, method: str, seed: int, *, n: int, distance: float = 6.0, **more: Any) -> tuple[int, float]:
    """Joint groups answered, and the p-value."""
    rg.settings.progress = False
    cohort = two_modalities(scene, seed, n=n, distance=distance)
    if method == "coca":
        for name in cohort.mod:
            rg.tl.consensus_cluster(cohort, modality=name, n_clusters=3, max_clusters=3, n_resamples=100, rng=seed)
        more["n_resamples"] = 100
    rg.tl.integrate(cohort, method=method, rng=seed, n_jobs=1, **more)  # type: ignore[arg-type]
    stored = cohort.uns["integrated"]
    return stored["n_clusters"], json.loads(stored["settings"])["p_value"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--patients", type=int, default=80)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    print("| in common | method | patients | right | answers | median p |\n|" + "---|" * 6)
    for scene, expected in SCENES.items():
        for method, k in expected.items():
            found = Parallel(n_jobs=given.jobs)(
                delayed(answer)(scene, method, seed, n=given.patients) for seed in range(given.runs)
            )
            answers = np.array([f[0] for f in found])
            counts = ", ".join(f"{v}: {int((answers == v).sum())}" for v in np.unique(answers))
            middle = np.median([f[1] for f in found])
            right = f"{int((answers == k).sum())} of {given.runs}"
            print(f"| {scene} | {method} | {given.patients} | {right} | {counts} | {middle:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
