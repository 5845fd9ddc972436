"""What the L1-penalised logistic and Cox paths share: their result, its folds, and the choice of a penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core import _lasso_kernels as kernels
from radiogenomics.core._survival_input import as_vector


@dataclass(frozen=True)
class LassoPath:
    """Coefficients along a decreasing sequence of penalties.

    Attributes
    ----------
    lambdas
        (L,) penalties, on the scale of the mean log likelihood per unit of weight and of standardised columns.
    coef
        (L, p) coefficients per unit of each column; 0 for a constant one.
    intercept
        (L,); 0 for Cox.
    deviance_ratio
        (L,) share of the null deviance explained in the patients of the fit, from 0 to 1.
    scale
        (p,) standard deviations (divisor n) by which the columns were standardised; 0 for a constant one.
    """

    lambdas: FloatArray
    coef: FloatArray
    intercept: FloatArray
    deviance_ratio: FloatArray
    scale: FloatArray

    def at(self, lambdas: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Coefficients (m, p) and intercepts (m,) at other penalties: linear between two, constant beyond the ends."""
        wanted = np.asarray(lambdas, dtype=np.float64)
        known = self.lambdas[::-1]
        right = np.clip(np.searchsorted(known, wanted), 1, max(len(known) - 1, 1))
        if known[0] == known[-1]:  # one penalty, or a path of zeros: nothing goes with the outcome at all
            return np.repeat(self.coef[:1], wanted.size, axis=0), np.repeat(self.intercept[:1], wanted.size)
        share = np.clip((wanted - known[right - 1]) / (known[right] - known[right - 1]), 0.0, 1.0)
        above, below = len(known) - 1 - right, len(known) - right
        coef = share[:, None] * self.coef[above] + (1 - share)[:, None] * self.coef[below]
        return coef, share * self.intercept[above] + (1 - share) * self.intercept[below]


@dataclass(frozen=True)
class LassoCV:
    """Cross-validated deviance along the penalties of a path.

    Attributes
    ----------
    lambdas, deviance, se
        (L,) penalties; mean deviance of left-out patients (logistic: per patient, Cox: per event), weighted over
        folds; and its standard error over folds.
    best, one_se
        Positions of the least deviance, and of the largest penalty within one standard error of it.
    """

    lambdas: FloatArray
    deviance: FloatArray
    se: FloatArray
    best: int
    one_se: int


def check_settings(l1_ratio: float, n_lambdas: int, lambdas: ArrayLike | None, faults: list[Fault]) -> FloatArray:
    """The given penalties, sorted downwards; empty where there are none."""
    numeric = isinstance(l1_ratio, int | float | np.number) and not isinstance(l1_ratio, bool)
    if not numeric or not 0 < l1_ratio <= 1:
        hint = "Without an L1 penalty no column is left out." if numeric and l1_ratio == 0 else ""
        faults.append(Fault(repr(l1_ratio), "a number above 0, up to 1", column="l1_ratio", hint=hint))
    if not isinstance(n_lambdas, int | np.integer) or isinstance(n_lambdas, bool) or n_lambdas < 2:
        faults.append(Fault(repr(n_lambdas), "a whole number of 2 or more", column="n_lambdas"))
    if lambdas is None:
        return np.empty(0)
    given = as_vector("lambdas", np.atleast_1d(np.asarray(lambdas)), None, faults)
    if given is None:
        return np.empty(0)
    if not len(given) or not ((given > 0) & np.isfinite(given)).all():
        hint = "Without a penalty the coefficients may be infinite; fit few columns by rg.core.fit_cox or fit_logistic."
        faults.append(Fault("penalties of 0 or less, or none", "numbers above 0", column="lambdas", hint=hint))
    return np.ascontiguousarray(np.sort(given)[::-1])


def check_matrix(x: ArrayLike, faults: list[Fault]) -> FloatArray:
    """``x`` as (n, p) finite numbers."""
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 2 or 0 in values.shape or not np.isfinite(values).all():
        faults.append(
            Fault(f"an array of shape {values.shape}, or values missing", "(n, p) finite numbers", column="x")
        )
    return values


def check_folds(where: str, folds: ArrayLike, n: int) -> IntArray:
    """(n,) fold of each patient as codes from 0; at least two folds."""
    labels = np.asarray(folds)
    if labels.shape != (n,) or labels.dtype.kind not in "iuf" or not np.isfinite(labels).all():
        found = f"an array of shape {labels.shape} and type {labels.dtype}"
        raise InputError(where, Fault(found, f"the fold of each of {n} patients, as numbers", column="folds"))
    codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    if codes.max() == 0:
        raise InputError(where, Fault("one fold", "two or more", column="folds"))
    return codes


def fit_path(
    where: str, x: FloatArray, y: FloatArray, weights: FloatArray, starts: IntArray, *, l1_ratio: float,
    n_lambdas: int, lambdas: FloatArray,
) -> LassoPath:  # fmt: skip
    """Path on the rows with weight; for Cox they come sorted, with the blocks of tied times in ``starts``."""
    w = weights / weights.sum()
    center = w @ x
    z = np.ascontiguousarray(x - center)
    scale = np.sqrt(w @ (z * z))
    varies: BoolArray = x.max(axis=0) > x.min(axis=0)
    varies &= scale > 0
    if not varies.any():
        hint = "Take other features, or look at what was done to them before."
        found = f"{x.shape[1]} columns that are constant over {len(x)} patients"
        raise DegenerateInputError(where, Fault(found, "at least one that varies", hint=hint))
    scale = np.where(varies, scale, 0.0)
    z /= np.where(varies, scale, 1.0)
    least = 0.01 if len(x) < x.shape[1] else 1e-4
    used, coef, intercept, loglik, null = kernels.path(z, varies, y, w, starts, lambdas, n_lambdas, least, l1_ratio)
    full = saturated(y, w, starts)
    coef = coef / np.where(varies, scale, 1.0)
    shift = coef @ center if len(starts) == 0 else 0.0
    ratio = (loglik - null) / (full - null) if full > null else np.zeros_like(loglik)
    return LassoPath(used, coef, intercept - shift, ratio, scale)


def saturated(y: FloatArray, w: FloatArray, starts: IntArray) -> float:
    """Log likelihood of a model that explains all: 0; for Cox, each block of tied events alone at its time."""
    if len(starts) == 0:
        return 0.0
    events = np.add.reduceat(w * y, starts[:-1])
    events = events[events > 0]
    return float(-(events * np.log(events)).sum())


def choose(lambdas: FloatArray, raw: FloatArray, weights: FloatArray) -> LassoCV:
    """Mean over the rows (folds or patients) of ``raw`` (m, L), its standard error, and the two penalties chosen."""
    share = weights / weights.sum()
    deviance = share @ raw
    se = np.sqrt(share @ (raw - deviance) ** 2 / (len(raw) - 1))
    best = int(np.argmin(deviance))
    one_se = int(np.argmax(deviance <= deviance[best] + se[best]))
    return LassoCV(lambdas, deviance, se, best, one_se)
