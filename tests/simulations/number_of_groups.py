"""How often ``n_clusters="auto"`` answers right, at the sizes of a study.

``python -m tests.simulations.number_of_groups`` prints the markdown table of the vignette on groups, in minutes on
two cores. A smaller version is part of the tests.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn.metrics import adjusted_rand_score

from radiogenomics import settings
from radiogenomics.ml import ConsensusClusterer
from tests.simulations import _data

METHODS = {"hierarchical": "pearson", "kmeans": "euclidean", "pam": "pearson"}


@dataclass(frozen=True)
class Answer:
    """One run: groups answered, p-value over all k, silhouette and adjusted Rand index of planted groups."""

    k: int
    p_value: float
    silhouette: float = float("nan")
    rand: float = float("nan")


def answer(
    kind: str, seed: int, *, n: int, p: int, distance: float | None = None, method: str = "hierarchical",
    n_null: int = 100, n_resamples: int = 100, max_clusters: int = 6,
) -> Answer:  # fmt: skip
    """Simulate one data set and ask for the number of its groups."""
    settings.progress = False
    rng = np.random.default_rng([seed, n, p])
    more = {} if distance is None else {"distance": distance}
    x = _data.MAKERS[kind](n, p, rng, **more)
    model = ConsensusClusterer(
        "auto", method=method, metric=METHODS[method], n_resamples=n_resamples, n_null=n_null,
        max_clusters=max_clusters, random_state=seed, n_jobs=1,
    ).fit(x)  # fmt: skip
    assert model.p_value_ is not None
    if kind != "three":
        return Answer(model.n_clusters_, model.p_value_)
    apart = _data.true_silhouette(x, METHODS[method])
    return Answer(model.n_clusters_, model.p_value_, apart, float(adjusted_rand_score(_data.truth(n), model.labels_)))


def line(kind: str, distance: float | None, method: str, n: int, p: int, answers: list[Answer]) -> str:
    """One row of the table."""
    k = np.array([a.k for a in answers])
    right = int((k == (3 if kind == "three" else 1)).sum())
    counts = ", ".join(f"{v}: {int((k == v).sum())}" for v in np.unique(k))
    p_values = np.median([a.p_value for a in answers])
    apart = "-" if distance is None else f"{distance:g}"
    shape = "-" if distance is None else f"{np.mean([a.silhouette for a in answers]):.3f}"
    rand = "-" if distance is None else f"{np.mean([a.rand for a in answers]):.2f}"
    cells = (kind, method, f"{n} x {p}", apart, shape, f"{right} of {len(k)}", counts, f"{p_values:.2f}", rand)
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--patients", type=int, default=110)
    parser.add_argument("--features", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--distances", type=float, nargs="+", default=[5, 6, 7, 8])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    print("| data | method | size | distance, SDs | silhouette | right | answers | median p | adjusted Rand |")
    print("|" + "---|" * 9)
    scenes: list[tuple[str, float | None]] = [("gaussian", None), ("skewed", None)]
    scenes += [("three", d) for d in given.distances]
    for p in given.features:
        for method in given.methods:
            for kind, distance in scenes:
                answers = Parallel(n_jobs=given.jobs)(
                    delayed(answer)(kind, seed, n=given.patients, p=p, distance=distance, method=method)
                    for seed in range(given.runs)
                )
                print(line(kind, distance, method, given.patients, p, answers), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
