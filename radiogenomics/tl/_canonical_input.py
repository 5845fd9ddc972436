"""Matrices of a canonical correlation: scaled, freed of the covariates and standardised by the training patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.sparse_cca_null import PENALTIES, Statistic, sparse_cca_test
from radiogenomics.ml._feature_scaler import FeatureScaler
from radiogenomics.ml._sparse_cca import SparseCCA

# Of the standard deviation of a scaled feature: less is left of one that the covariates explain.
_NOTHING_LEFT = 1e-7
#: Permutations that choose the penalty within each training fold, as many as CCA.permute makes.
FOLD_PERMUTATIONS = 25


@dataclass(frozen=True)
class Prepared:
    """Both matrices of all patients with both, and who of them is for training."""

    x: FloatArray
    y: FloatArray
    z: FloatArray
    scale: str

    def standardised(self, learn: IntArray) -> tuple[FloatArray, FloatArray]:
        """Both matrices of everyone, with parameters of the patients ``learn``; a column that does not vary is 0."""
        x, y = (_standardised(m, self.z, learn, self.scale) for m in (self.x, self.y))
        return x, y


def _standardised(m: FloatArray, z: FloatArray, learn: IntArray, scale: str) -> FloatArray:
    scaled = FeatureScaler(method=scale).fit(m[learn]).transform(m)
    design = np.column_stack([np.ones(len(m)), z])
    scaled -= design @ np.linalg.lstsq(design[learn], scaled[learn], rcond=None)[0]
    spread = scaled[learn].std(axis=0, ddof=1)
    return np.asarray(scaled / np.where(spread > _NOTHING_LEFT, spread, np.inf))


def fitted(x: FloatArray, y: FloatArray, method: str, penalty: tuple[float, float], n_components: int) -> SparseCCA:
    """Estimator of matrices that are standardised already."""
    return SparseCCA(n_components, method=method, penalty=penalty).fit(x, y)


def held_out(
    data: Prepared,
    training: IntArray,
    *,
    method: str,
    penalty: tuple[float, float] | None,
    n_components: int,
    statistic: Statistic,
    folds: int,
    repeats: int,
    random: np.random.Generator,
) -> list[dict[str, float]]:
    """Correlation of the scores in each test fold; scaling, covariates, penalty and weights come from the others."""
    rows = []
    for repeat in range(repeats):
        order = random.permutation(training)
        for fold in range(folds):
            test = order[fold::folds]
            learn = np.setdiff1d(training, test)
            x, y = data.standardised(learn)
            chosen = penalty
            if chosen is None:
                found = sparse_cca_test(
                    x[learn], y[learn], statistic=statistic, n_permutations=FOLD_PERMUTATIONS, rng=random
                )
                chosen = PENALTIES[found.best]
            fit = fitted(x[learn], y[learn], method, chosen, n_components)
            s, t = fit.transform(x[test], y[test])
            for k in range(n_components):
                rows.append(
                    {"repeat": repeat + 1, "fold": fold + 1, "component": k + 1, "n": len(test),
                     "penalty_x": chosen[0], "penalty_y": chosen[1], "r": correlation_of(s[:, k], t[:, k])}
                )  # fmt: skip
    return rows


def correlation_of(s: FloatArray, t: FloatArray) -> float:
    """Pearson correlation; NaN where a score does not vary."""
    if len(s) < 3 or np.ptp(s) == 0 or np.ptp(t) == 0:
        return float("nan")
    return float(np.corrcoef(s, t)[0, 1])


def varying(m: FloatArray, learn: IntArray) -> BoolArray:
    """Columns that vary beyond the covariates."""
    return np.asarray(m[learn].any(axis=0))
