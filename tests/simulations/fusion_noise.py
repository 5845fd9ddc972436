"""Recipe fusion on pure noise: what its nine models are worth on patients they have not seen.

Run ``python -m tests.simulations.fusion_noise``: 20 cohorts of 200 patients, half with a recurrence, with 500 radiomic
and 500 deep features of noise; selection by the LASSO, three classifiers, three feature sets, five folds, as the recipe
has them. Prints the mean AUC over the cohorts with its standard error, and how far from a half that is.
"""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics._errors import RadiogenomicsWarning

PATIENTS, FEATURES = 200, 500
CLASSIFIERS = ("extra_trees", "logistic_regression", "random_forest")
SETS = {"radiomic": ["radiomics"], "deep": ["deep"], "fused": ["radiomics", "deep"]}


def noise(seed: int) -> MuData:
    """A cohort whose features know nothing of the outcome."""
    rng = np.random.default_rng(seed)
    ids = [f"P{i}" for i in range(PATIENTS)]
    parts = {}
    for name in ("radiomics", "deep"):
        var = pd.DataFrame(index=[f"{name}_{j}" for j in range(FEATURES)])
        parts[name] = AnnData(rng.normal(size=(PATIENTS, FEATURES)), obs=pd.DataFrame(index=ids), var=var)
    with own_columns():
        data = MuData(parts)
    data.obs["recurrence"] = np.arange(PATIENTS) % 2
    data.uns["outcomes"] = {"recurrence": {"kind": "binary", "column": "recurrence", "positive": 1, "order": 0}}
    return data


def areas(seed: int) -> pd.DataFrame:
    """AUC of every model and estimate in one cohort."""
    data = noise(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        rg.tl.compare_models(
            data, SETS, select={"lasso": {}}, classifiers=CLASSIFIERS, sampling=("none",), rng=seed, n_jobs=1
        )
    return rg.get.compare_models(data)[["model", "estimate", "auc"]].assign(seed=seed)


def main(cohorts: int) -> None:
    """Simulate, and print a row per model and estimate."""
    with ProcessPoolExecutor(2) as pool:
        found = pd.concat(pool.map(areas, range(cohorts)))
    summary = found.groupby(["estimate", "model"])["auc"].agg(["mean", "std", "count"])
    summary["se"] = summary["std"] / np.sqrt(summary["count"])
    summary["errors_from_half"] = (summary["mean"] - 0.5) / summary["se"]
    print(summary[["mean", "se", "errors_from_half", "count"]].round(3).to_string())
    honest = found[found["estimate"] == "out_of_fold"].groupby("seed")["auc"].mean()
    error = honest.std(ddof=1) / np.sqrt(len(honest))
    print(f"mean over the models, out of fold: {honest.mean():.3f}, standard error {error:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
