"""Batch effects in location and scale, removed by empirical Bayes (ComBat)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._combat_kernels import weighted_priors

StrArray: TypeAlias = np.ndarray[Any, np.dtype[Any]]

#: Largest relative change of an offset or variance at which the parametric iteration ends (that of sva).
_CONVERGED = 1e-4
_MOST_ROUNDS = 10_000
#: Share of a feature's variance under which nothing is left to harmonise.
_EXPLAINED = 1e-14


@dataclass(frozen=True)
class BatchEffect:
    """Offset and variance of the features of one batch, in units of the pooled residual standard deviation.

    Attributes
    ----------
    n
        Patients it was estimated from.
    gamma, delta
        (n_features,) shrunken offset, and variance (1: none); 0 and 1 for features that are not adjusted.
    """

    n: int
    gamma: FloatArray
    delta: FloatArray


@dataclass(frozen=True)
class ComBatFit:
    """What :func:`fit_combat` learned.

    Attributes
    ----------
    batches
        Effect of each batch by its label.
    reference
        Label of the reference batch, whose values stay.
    adjusted
        (n_features,) features that are adjusted; those without spread in a batch of two or more are not.
    center, scale
        (n_features,) mean and residual standard deviation to which every batch is brought.
    coef
        (n_covariates, n_features) effects of the covariates, which are kept.
    """

    batches: dict[str, BatchEffect]
    reference: str | None
    adjusted: BoolArray
    center: FloatArray
    scale: FloatArray
    coef: FloatArray
    parametric: bool
    mean_only: bool

    def effect_of(self, x: ArrayLike, covariates: ArrayLike | None = None) -> BatchEffect:
        """Effect of a batch that was not learned from, estimated from its own patients ``x`` (n, n_features).

        Features without spread among them get an offset alone; those without two values (one where only offsets are
        adjusted) are left as they are.
        """
        values = _matrix(x)[:, self.adjusted]
        least = 1 if self.mean_only else 2
        if len(values) < least:
            raise DegenerateInputError("ComBat", f"{len(values)} patient(s); a new batch needs {least} or more")
        s = (values - self._expected(values, covariates)) / self.scale[self.adjusted]
        n = (~np.isnan(s)).sum(axis=0)
        spread = np.ones(s.shape[1], bool) if self.mean_only else _spread(values)
        usable = spread & (n >= least)
        gamma, delta = np.zeros(s.shape[1]), np.ones(s.shape[1])
        if usable.sum() < 2:
            raise DegenerateInputError("ComBat", f"{int(usable.sum())} feature(s) vary in the new batch; it needs 2")
        gamma[usable], delta[usable] = _shrunken(s[:, usable], self.parametric, self.mean_only)
        flat = ~spread & (n >= least)
        if flat.any():
            gamma[flat] = np.nanmean(s[:, flat], axis=0)
        return _whole(self.adjusted, len(values), gamma, delta)

    def adjust(self, x: ArrayLike, effect: BatchEffect, covariates: ArrayLike | None = None) -> FloatArray:
        """Values ``x`` (n, n_features) of one batch without its ``effect``; missing values stay missing."""
        values = _matrix(x)
        out = values.copy()
        own = values[:, self.adjusted]
        expected = self._expected(own, covariates)
        shift = effect.gamma[self.adjusted] * self.scale[self.adjusted]
        out[:, self.adjusted] = (own - expected - shift) / np.sqrt(effect.delta[self.adjusted]) + expected
        return out

    def _expected(self, own: FloatArray, covariates: ArrayLike | None) -> FloatArray:
        """Mean of each patient without any batch, over the adjusted features."""
        design = _covariates(covariates, len(own))
        if design.shape[1] != len(self.coef):
            raise InputError("covariates", Fault(f"{design.shape[1]} column(s)", f"{len(self.coef)} as at the fit"))
        center = self.center[self.adjusted]
        return center[None, :] if design.shape[1] == 0 else center + design @ self.coef[:, self.adjusted]


def fit_combat(
    x: ArrayLike,
    batch: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    parametric: bool = True,
    mean_only: bool = False,
    reference: str | None = None,
    names: Sequence[str] | None = None,
) -> ComBatFit:
    """Estimate batch effects in location and scale by empirical Bayes :cite:p:`Johnson2007`.

    Numbers are those of ``sva::ComBat`` :cite:p:`Leek2012`, also in its rule of convergence and its treatment of
    missing values, with one difference: a batch of one patient is refused unless ``mean_only`` is asked for.

    Parameters
    ----------
    x
        (n_patients, n_features) on a scale where batch effects add up (log2 expression, features); NaN is missing.
    batch
        (n_patients,) labels, compared as text.
    covariates
        (n_patients, n_covariates) finite numbers (dummies for categories, no intercept) whose effects are kept.
    parametric
        Normal and inverse gamma priors; otherwise priors are the estimates of the other features.
    mean_only
        Remove offsets, leave variances.
    reference
        Batch to which the others are brought and that stays as it is; it may be the only one, to bring others to it
        by :meth:`ComBatFit.effect_of`.
    names
        Of the features, for messages.

    Raises
    ------
    InputError
        If shapes do not fit, or the reference is no batch.
    DegenerateInputError
        If there is one batch (and no reference), a batch of one patient, covariates that the batches explain, features
        with too few values in a batch, or fewer than two features to adjust.
    """
    values, labels = _matrix(x), np.asarray(batch).astype(str)
    design = _covariates(covariates, len(values))
    if labels.shape != (len(values),):
        raise InputError("batch", Fault(f"shape {labels.shape}", f"({len(values)},): one per patient"))
    levels, code = np.unique(labels, return_inverse=True)
    _check_batches(levels, code, design, mean_only, reference)
    adjusted = _adjustable(values, code, len(levels))
    y = values if adjusted.all() else values[:, adjusted]
    told = [str(name) for name in (np.arange(values.shape[1]) if names is None else names)]
    _check_values(y, code, levels, np.array(told, dtype=object)[adjusted], mean_only)
    gaps = np.isnan(y)
    coef, center, variance = _least_squares(y, gaps, code, design, None if reference is None else levels == reference)
    total = np.nanvar(y, axis=0)
    if (variance <= _EXPLAINED * total).any():
        n = int((variance <= _EXPLAINED * total).sum())
        raise DegenerateInputError(
            "ComBat", f"batches and covariates explain {n} feature(s) wholly; leave those out, or fewer covariates in"
        )
    scale = np.sqrt(variance)
    s = (y - (center + design @ coef if design.shape[1] else center)) / scale
    effects = {}
    for i, name in enumerate(levels):
        own = s[code == i]
        neutral = np.zeros(y.shape[1]), np.ones(y.shape[1])
        found = neutral if name == reference else _shrunken(own, parametric, mean_only)
        effects[str(name)] = _whole(adjusted, len(own), *found)
    p = values.shape[1]
    whole_center, whole_scale, whole_coef = np.zeros(p), np.ones(p), np.zeros((design.shape[1], p))
    whole_center[adjusted], whole_scale[adjusted], whole_coef[:, adjusted] = center, scale, coef
    return ComBatFit(effects, reference, adjusted, whole_center, whole_scale, whole_coef, parametric, mean_only)


def combat(
    x: ArrayLike,
    batch: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    parametric: bool = True,
    mean_only: bool = False,
    reference: str | None = None,
) -> FloatArray:
    """Values without the effects of their batches :cite:p:`Johnson2007`; errors are those of :func:`fit_combat`.

    Parameters
    ----------
    x
        (n_patients, n_features); NaN is missing.
    batch
        (n_patients,) labels, compared as text.
    covariates
        (n_patients, n_covariates) numbers whose effects are kept.
    parametric, mean_only, reference
        As :func:`fit_combat` takes them.

    Returns
    -------
    (n_patients, n_features); features that are not adjusted, the reference batch and missing values as they were.
    """
    fit = fit_combat(x, batch, covariates, parametric=parametric, mean_only=mean_only, reference=reference)
    values, labels = _matrix(x), np.asarray(batch).astype(str)
    design = _covariates(covariates, len(values))
    out = values.copy()
    for name, effect in fit.batches.items():
        own = labels == name
        if name != reference:
            out[own] = fit.adjust(values[own], effect, design[own])
    return out


def _shrunken(s: FloatArray, parametric: bool, mean_only: bool) -> tuple[FloatArray, FloatArray]:
    """Offset and variance of standardised values ``s`` of one batch, shrunken towards those of all its features."""
    n = (~np.isnan(s)).sum(axis=0).astype(float)
    gamma = np.nanmean(s, axis=0)
    delta = np.ones_like(gamma) if mean_only else np.nanvar(s, axis=0, ddof=1)
    # Squares about the batch's mean; those about any other centre follow without another pass over the values.
    within = n * np.nanvar(s, axis=0)
    if not parametric:
        out_gamma, out_delta = np.empty_like(gamma), np.empty_like(delta)
        weighted_priors(gamma, within, n, gamma, delta, out_gamma, out_delta)
        return out_gamma, out_delta
    mean, spread = gamma.mean(), gamma.var(ddof=1)
    if mean_only:
        return (spread * gamma + mean) / (spread + 1.0), delta
    m, v = delta.mean(), delta.var(ddof=1)
    if v <= 0:
        raise DegenerateInputError("ComBat", "all features have one variance in a batch; use mean_only=True")
    return _iterated(gamma, delta, within, n, (mean, spread), ((2 * v + m**2) / v, (m * v + m**3) / v))


def _iterated(
    gamma: FloatArray, delta: FloatArray, within: FloatArray, n: FloatArray,
    normal: tuple[float, float], inverse_gamma: tuple[float, float],
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Posterior means of offset and variance, each given the other in turn until neither changes.

    The change of an offset is taken relative to its signed value, as sva does, so that equal numbers come out.
    """
    (mean, spread), (a, b) = normal, inverse_gamma
    g, d = gamma, delta
    for _ in range(_MOST_ROUNDS):
        new_g = (spread * n * gamma + d * mean) / (spread * n + d)
        new_d = (0.5 * (within + n * (gamma - new_g) ** 2) + b) / (n / 2 + a - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = max(float(np.nanmax(np.abs(new_g - g) / g)), float(np.max(np.abs(new_d - d) / d)))
        g, d = new_g, new_d
        if not change > _CONVERGED:
            return g, d
    raise DegenerateInputError("ComBat", f"offsets and variances still change after {_MOST_ROUNDS} rounds")


def _least_squares(
    y: FloatArray, gaps: BoolArray, code: IntArray, design: FloatArray, reference: BoolArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Effects of the covariates, the common mean, and the pooled residual variance of each feature."""
    n_batches = int(code.max()) + 1
    full = np.hstack([np.eye(n_batches)[code], design])
    complete = ~gaps.any()
    beta = _solve(full, y) if complete else _solve_with_gaps(full, y, gaps)
    center = (
        beta[np.flatnonzero(reference)[0]] if reference is not None else np.bincount(code) / len(y) @ beta[:n_batches]
    )
    rows = slice(None) if reference is None else reference[code]
    residual = y[rows] - full[rows] @ beta
    # sva divides by n where every value is known, and by n - 1 about the mean as soon as one is missing.
    variance = np.einsum("ij,ij->j", residual, residual) / len(residual) if complete else np.nanvar(residual, 0, ddof=1)
    return beta[n_batches:], center, variance


def _solve(design: FloatArray, y: FloatArray) -> FloatArray:
    solution: FloatArray = np.linalg.pinv(design) @ y
    return solution


def _solve_with_gaps(design: FloatArray, y: FloatArray, gaps: BoolArray) -> FloatArray:
    """Least squares of each feature over its known values; features with the same gaps go together."""
    beta = np.empty((design.shape[1], y.shape[1]))
    patterns, which = np.unique(np.packbits(gaps, axis=0), axis=1, return_inverse=True)
    for i in range(patterns.shape[1]):
        columns = np.flatnonzero(which.ravel() == i)
        known = ~gaps[:, columns[0]]
        own = design[known]
        if np.linalg.matrix_rank(own) < design.shape[1]:
            raise DegenerateInputError(
                "ComBat", f"{len(columns)} feature(s) have too few values to tell covariates from batches; impute them"
            )
        beta[:, columns] = _solve(own, y[np.ix_(known, columns)])
    return beta


def _adjustable(x: FloatArray, code: IntArray, n_batches: int) -> BoolArray:
    """Features that vary in every batch of two or more patients."""
    keep = np.ones(x.shape[1], dtype=bool)
    for i in range(n_batches):
        own = x[code == i]
        if len(own) > 1:
            keep &= _spread(own) | ((~np.isnan(own)).sum(axis=0) < 2)
    if keep.sum() < 2:
        raise DegenerateInputError(
            "ComBat",
            f"{int(keep.sum())} of {len(keep)} feature(s) vary within every batch; effects are shrunken towards those "
            "of the other features, so that 2 are needed",
        )
    return keep


def _spread(own: FloatArray) -> BoolArray:
    """Features with two different values or more."""
    low = np.where(np.isnan(own), np.inf, own).min(axis=0)
    high = np.where(np.isnan(own), -np.inf, own).max(axis=0)
    return np.asarray(high > low)


def _check_values(y: FloatArray, code: IntArray, levels: StrArray, names: StrArray, mean_only: bool) -> None:
    least = 1 if mean_only else 2
    faults = []
    for i, level in enumerate(levels):
        few = names[(~np.isnan(y[code == i])).sum(axis=0) < least]
        if len(few):
            shown = ", ".join(few[:5]) + (" ..." if len(few) > 5 else "")
            faults.append(f"{len(few)} feature(s) ({shown}) have fewer than {least} values in batch {str(level)!r}")
    if faults:
        raise DegenerateInputError("ComBat", f"{'; '.join(faults)}. Drop or impute them first")


def _check_batches(names: StrArray, code: IntArray, design: FloatArray, mean_only: bool, reference: str | None) -> None:
    sizes = np.bincount(code)
    if len(names) < 2 and reference is None:
        raise DegenerateInputError("ComBat", f"one batch ({str(names[0])!r}); there is nothing to harmonise")
    if reference is not None and reference not in names:
        raise InputError("reference", Fault(repr(reference), f"one of {', '.join(map(repr, names.tolist()))}"))
    single = names[sizes == 1]
    if len(single) and not mean_only:
        raise DegenerateInputError(
            "ComBat",
            f"batch(es) of one patient ({', '.join(map(repr, single.tolist()))}), whose variance is unknown; merge "
            "them with a similar batch, leave those patients out, or remove offsets alone with mean_only=True",
        )
    full = np.hstack([np.eye(len(names))[code], design])
    if np.linalg.matrix_rank(full) < full.shape[1]:
        raise DegenerateInputError(
            "ComBat",
            "covariates are confounded with the batches or with each other: their effects cannot be told apart",
        )
    if len(code) <= full.shape[1]:
        raise DegenerateInputError("ComBat", f"{len(code)} patients for {full.shape[1]} batches and covariates")


def _matrix(x: ArrayLike) -> FloatArray:
    values = np.asarray(x, dtype=float)
    if values.ndim != 2 or np.isinf(values).any():
        raise InputError(
            "x", Fault("an array that is not 2-dimensional, or infinite values", "(n_patients, n_features)")
        )
    return values


def _covariates(covariates: ArrayLike | None, n: int) -> FloatArray:
    if covariates is None:
        return np.empty((n, 0))
    design = np.asarray(covariates, dtype=float)
    design = design[:, None] if design.ndim == 1 else design
    if design.shape[0] != n or not np.isfinite(design).all():
        raise InputError("covariates", Fault(f"shape {design.shape}, or missing values", f"({n}, ...), finite"))
    return design


def _whole(adjusted: BoolArray, n: int, gamma: FloatArray, delta: FloatArray) -> BatchEffect:
    whole_gamma, whole_delta = np.zeros(len(adjusted)), np.ones(len(adjusted))
    whole_gamma[adjusted], whole_delta[adjusted] = gamma, delta
    return BatchEffect(n, whole_gamma, whole_delta)
