"""Logistic regression on plain arrays: maximum likelihood, ridge, Firth."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, ndtr, ndtri

from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core._logistic_newton import Maximum, Problem, maximise, separating_columns
from radiogenomics.core._survival_input import as_vector, positions
from radiogenomics.core.cox import as_matrix


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic model: ``logit(probability) = intercept + x @ coef + offset``.

    Attributes
    ----------
    coef, intercept
        (p,) log odds ratios per unit of each column, and the log odds where all columns are 0.
    se
        (p,) standard errors of ``coef``.
    covariance
        (p + 1, p + 1) inverse of the information (with the ridge, where there is one), the intercept first.
    loglik
        Log likelihood with the intercept alone and at the estimate. With Firth's penalty both are penalised (by the
        information of all columns); with a ridge neither is.
    converged
        False where the likelihood has no maximum (``separated`` names the columns) or the iterations ran out.
    separated
        Columns whose coefficient runs to infinity, because the classes separate along them; empty otherwise.
    n, n_events
        Patients with a weight above 0, and those of the positive class among them.
    """

    coef: FloatArray
    intercept: float
    se: FloatArray
    covariance: FloatArray
    loglik: tuple[float, float]
    converged: bool
    separated: tuple[int, ...]
    n: int
    n_events: int
    n_iter: int

    @property
    def z(self) -> FloatArray:
        """(p,) coefficients over their standard errors."""
        return self.coef / self.se

    @property
    def p_value(self) -> FloatArray:
        """(p,) two-sided p-values of Wald's test."""
        return np.asarray(2.0 * ndtr(-np.abs(self.z)), dtype=np.float64)

    @property
    def odds_ratio(self) -> FloatArray:
        """(p,) odds ratio per unit of each column."""
        with np.errstate(over="ignore"):  # of a separating column
            return np.exp(self.coef)

    def interval(self, level: float = 0.95) -> FloatArray:
        """(p, 2) Wald interval of the odds ratios."""
        half = ndtri(0.5 + level / 2.0) * self.se
        with np.errstate(over="ignore"):  # without a bound, the ratio's limit is infinite
            return np.asarray(np.exp(np.column_stack([self.coef - half, self.coef + half])), dtype=np.float64)

    def linear_predictor(self, x: ArrayLike) -> FloatArray:
        """(n,) log odds of each row of ``x`` (n, p), without any offset."""
        return np.asarray(self.intercept + np.asarray(x, dtype=np.float64) @ self.coef)

    def probability(self, x: ArrayLike) -> FloatArray:
        """(n,) probability of the positive class for each row of ``x`` (n, p), without any offset."""
        return np.asarray(expit(self.linear_predictor(x)), dtype=np.float64)


class Scaled(NamedTuple):
    """A checked problem on columns of mean 0 and standard deviation 1 (the intercept first), and how to go back."""

    problem: Problem
    center: FloatArray
    spread: FloatArray

    @property
    def back(self) -> FloatArray:
        """(p + 1, p + 1) what turns scaled coefficients into those of the columns as given."""
        matrix = np.diag(np.append(1.0, 1.0 / self.spread))
        matrix[0, 1:] = -self.center / self.spread
        return matrix


def fit_logistic(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    penalty: Literal["firth"] | None = None,
    ridge: float = 0.0,
    max_iter: int = 100,
) -> LogisticFit:
    """Logistic regression by Newton's method :cite:p:`Cox1958,Firth1993,HeinzeSchemper2002`.

    Parameters
    ----------
    x
        (n, p) covariates without missing values and without a column for the intercept; (n,) counts as one column.
    y
        (n,) 1 (or True) for the positive class, 0 for the other.
    weights
        (n,) case weights; patients of weight 0 are left out.
    offset
        (n,) what is added to the log odds with a coefficient of 1.
    penalty
        ``"firth"`` adds half the log determinant of the information: finite estimates under separation, less bias in
        small samples.
    ridge
        Penalty: ``ridge / 2`` times the sum of the squared coefficients, on the scale of `x` and without the
        intercept, is taken off the log likelihood.
    max_iter
        Most iterations.

    Returns
    -------
    LogisticFit
        Positive coefficients mean that higher values go with the positive class.

    Raises
    ------
    InputError
        Lengths, classes or values are at fault.
    DegenerateInputError
        One class only, or (without a ridge) a column that is constant or collinear (named by its index).

    Warns
    -----
    RadiogenomicsWarning
        The classes separate (named columns have no finite coefficient), or the iterations ran out.
    """
    where = "fit_logistic"
    scaled = check_logistic(where, x, y, weights, offset, penalty, ridge)
    problem = scaled.problem
    q = problem.design.shape[1]
    everything = np.arange(q)
    null = maximise(problem, np.zeros(q), everything[:1], max_iter, test=False)
    fitted = maximise(problem, null.coef, everything, max_iter)
    separated: tuple[int, ...] = ()
    if fitted.status == "separated":
        separated = tuple(int(j) - 1 for j in separating_columns(problem, everything) if j > 0)
    if fitted.status != "converged":
        _warn(where, separated)
    return _result(scaled, null, fitted, separated)


def _result(scaled: Scaled, null: Maximum, fitted: Maximum, separated: tuple[int, ...]) -> LogisticFit:
    problem, back = scaled.problem, scaled.back
    coef = back @ fitted.coef
    covariance = back @ np.linalg.pinv(fitted.information, hermitian=True) @ back.T
    # The penalty of the scaled columns differs from that of the columns as given by a constant.
    shift = float(np.log(scaled.spread).sum()) if problem.firth else 0.0
    logliks = (null.penalised, fitted.penalised) if problem.firth else (null.loglik, fitted.loglik)
    return LogisticFit(
        coef=coef[1:],
        intercept=float(coef[0]),
        se=np.sqrt(covariance.diagonal()[1:]),
        covariance=covariance,
        loglik=(logliks[0] + shift, logliks[1] + shift),
        converged=fitted.status == "converged",
        separated=separated,
        n=len(problem.y),
        n_events=int(problem.y.sum()),
        n_iter=fitted.n_iter,
    )


def check_logistic(
    where: str, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None, offset: ArrayLike | None,
    penalty: str | None, ridge: float,
) -> Scaled:  # fmt: skip
    """Checked and standardised rows of a weight above 0, or every fault of them."""
    faults: list[Fault] = []
    if penalty not in (None, "firth"):
        faults.append(Fault(repr(penalty), "None or 'firth'", column="penalty"))
    if not 0 <= ridge < np.inf:
        faults.append(Fault(repr(ridge), "a finite number of at least 0", column="ridge"))
    elif ridge > 0 and penalty is not None:
        faults.append(Fault("a ridge and Firth's penalty", "one of the two", column="penalty"))
    classes = as_vector("y", y, None, faults)
    n = np.size(np.asarray(y)) if classes is None else len(classes)
    matrix = as_matrix(x, n, faults)
    case = np.ones(n) if weights is None else as_vector("weights", weights, n, faults)
    shift = np.zeros(n) if offset is None else as_vector("offset", offset, n, faults)
    if classes is not None and (wrong := ~((classes == 0) | (classes == 1))).any():
        faults.append(Fault(f"others at {positions(wrong)}", "0 or 1 (1: the positive class)", column="y"))
    if case is not None and not ((case >= 0) & (case < np.inf)).all():
        faults.append(Fault("negative or missing values", "finite weights of at least 0", column="weights"))
    if shift is not None and not np.isfinite(shift).all():
        faults.append(Fault("missing or infinite values", "finite numbers", column="offset"))
    if faults or classes is None or case is None or shift is None:
        raise InputError(where, faults)
    kept = case > 0
    matrix, classes, case, shift = matrix[kept], classes[kept], case[kept], shift[kept]
    if not 0 < classes.sum() < len(classes):
        found = "no patients" if not len(classes) else f"{len(classes)} patients, all of class {int(classes[0])}"
        hint = "Leave the model out, or count what is rare together."
        raise DegenerateInputError(where, Fault(found, "patients of both classes", column="y", hint=hint))
    center = case @ matrix / case.sum()
    centred = matrix - center
    spread = np.sqrt(case @ centred**2 / case.sum())
    constant = spread <= 1e-12 * np.maximum(1.0, np.abs(center))
    if ridge == 0.0:
        check_rank(where, centred * np.sqrt(case)[:, None], constant)
    spread = np.where(constant, 1.0, spread)
    design = np.column_stack([np.ones(len(centred)), centred / spread])
    penalties = np.append(0.0, ridge / spread**2)
    return Scaled(Problem(design, classes, case, shift, penalties, penalty == "firth"), center, spread)


def check_rank(where: str, centred: FloatArray, constant: BoolArray) -> None:
    """Refuse columns (n, p), centred already, that are constant or combinations of earlier ones; all are named."""
    faults = []
    kept: list[int] = []
    basis = np.empty((len(centred), 0))
    for j in range(centred.shape[1]):
        column = centred[:, j]
        if constant[j]:
            faults.append(Fault("one value for all patients", "a column that varies", column=f"x[:, {j}]",
                                hint="Leave the column out."))  # fmt: skip
            continue
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        if np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(column):
            share = np.linalg.lstsq(centred[:, kept], column, rcond=None)[0]
            size = np.abs(share) * np.linalg.norm(centred[:, kept], axis=0) / np.linalg.norm(column)
            partners = [k for k, s in zip(kept, size, strict=True) if s > 1e-6]
            faults.append(Fault(f"a linear combination of column{'s' if len(partners) > 1 else ''} "
                                f"{', '.join(map(str, partners))}", "columns that are not collinear",
                                column=f"x[:, {j}]", hint="Leave one of them out, or use a ridge."))  # fmt: skip
            continue
        basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
        kept.append(j)
    if faults:
        raise DegenerateInputError(where, faults)


def _warn(where: str, separated: tuple[int, ...]) -> None:
    if separated:
        text = (
            f"{where}: the likelihood has no maximum: the coefficient of column{'s' if len(separated) > 1 else ''} "
            f"{', '.join(map(str, separated))} runs to infinity, because the classes separate along it. Its estimate "
            "and standard error mean nothing; use penalty='firth', merge the levels, or leave the column out."
        )
    else:
        text = (
            f"{where}: the iterations ran out before the likelihood reached its maximum; use a ridge or fewer columns."
        )
    warnings.warn(text, RadiogenomicsWarning, stacklevel=3)
