"""Cox's proportional-hazards model on plain arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core import _cox_kernels as kernels
from radiogenomics.core._survival_input import Outcome, check_outcome, positions

Ties = Literal["efron", "breslow"]
_NONE = np.empty(0)
_NO_ORDER = np.empty(0, dtype=np.int64)


class ChiSquared(NamedTuple):
    """A chi-squared test that all coefficients are 0."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model; the log hazard is relative to a patient at ``center``.

    Attributes
    ----------
    coef, se
        (p,) log hazard ratios per unit of each column, and their standard errors.
    covariance
        (p, p) inverse of the observed information (with the ridge, where there is one).
    loglik
        Log partial likelihood at ``coef`` 0 and at the estimate. With Firth's penalty both are penalised; with a ridge
        neither is.
    converged
        False where the likelihood has no maximum (``diverging`` names the columns) or the iterations ran out.
    diverging
        Columns whose coefficient runs to infinity.
    center
        (p,) weighted means of the columns.
    likelihood_ratio, wald, score
        Tests of all coefficients together; ``None`` where the penalty leaves no such test (all with a ridge, the
        score test with Firth's penalty).
    """

    coef: FloatArray
    se: FloatArray
    covariance: FloatArray
    loglik: tuple[float, float]
    converged: bool
    diverging: tuple[int, ...]
    n: int
    n_events: int
    n_iter: int
    center: FloatArray
    likelihood_ratio: ChiSquared | None
    wald: ChiSquared | None
    score: ChiSquared | None

    @property
    def z(self) -> FloatArray:
        """(p,) coefficients over their standard errors."""
        return self.coef / self.se

    @property
    def p_value(self) -> FloatArray:
        """(p,) two-sided p-values of Wald's test."""
        return np.asarray(2.0 * ndtr(-np.abs(self.z)), dtype=np.float64)

    @property
    def hazard_ratio(self) -> FloatArray:
        """(p,) hazard ratio per unit of each column."""
        return np.exp(self.coef)

    def interval(self, level: float = 0.95) -> FloatArray:
        """(p, 2) Wald interval of the hazard ratios."""
        half = ndtri(0.5 + level / 2.0) * self.se
        with np.errstate(over="ignore"):  # without a bound, the ratio's limit is infinite
            return np.asarray(np.exp(np.column_stack([self.coef - half, self.coef + half])), dtype=np.float64)


class CoxBatch(NamedTuple):
    """Fits that share rows and differ in weights: ``coef`` (B, p), ``converged`` (B,)."""

    coef: FloatArray
    converged: BoolArray


@dataclass(frozen=True)
class Sorted:
    """Rows in the order that the kernels walk: stratum, then time from late to early."""

    order: IntArray
    event: FloatArray
    time: FloatArray
    starts: IntArray
    strata: IntArray
    entry: FloatArray
    entry_order: IntArray


def sort_rows(outcome: Outcome) -> Sorted:
    """Order of the rows, their blocks of tied times, and the order in which delayed entries leave the risk set."""
    time, codes = outcome.time, outcome.strata
    n = len(time)
    if codes is None:
        order = np.argsort(-time, kind="stable")
        t = time[order]
        new_time = t[1:] != t[:-1]
        starts = np.concatenate(([0], np.flatnonzero(new_time) + 1, [n]))
        strata = np.array([0, len(starts) - 1], dtype=np.int64)
    else:
        order = np.lexsort((-time, codes))
        t, c = time[order], codes[order]
        new_stratum = c[1:] != c[:-1]
        starts = np.concatenate(([0], np.flatnonzero((t[1:] != t[:-1]) | new_stratum) + 1, [n]))
        rows = np.concatenate(([0], np.flatnonzero(new_stratum) + 1, [n]))
        strata = np.searchsorted(starts, rows).astype(np.int64)
    entry, entry_order = _NONE, _NO_ORDER
    if outcome.entry is not None:
        entry = outcome.entry[order]
        entry_order = np.argsort(-entry, kind="stable") if codes is None else np.lexsort((-entry, codes[order]))
    return Sorted(order, outcome.event[order], t, starts.astype(np.int64), strata, entry, entry_order)


def as_matrix(x: ArrayLike, n: int, faults: list[Fault]) -> FloatArray:
    """``x`` as an (n, p) float matrix; what is wrong with it is added to ``faults``."""
    try:
        matrix = np.ascontiguousarray(x, dtype=np.float64)
    except (TypeError, ValueError):
        faults.append(Fault("values that are not numbers", "numbers", column="x"))
        return np.empty((n, 1))
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or len(matrix) != n or matrix.shape[1] == 0:
        faults.append(Fault(f"an array of shape {matrix.shape}", f"({n}, p): one row per patient", column="x"))
        return np.empty((n, 1))
    if not np.isfinite(matrix).all():
        bad = ~np.isfinite(matrix)
        for j in np.flatnonzero(bad.any(axis=0)):
            hint = "Impute the values or leave those patients out."
            found = f"missing or infinite values at {positions(bad[:, j])}"
            faults.append(Fault(found, "finite numbers", column=f"x[:, {j}]", hint=hint))
    return matrix


def check_cox(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, entry: ArrayLike | None, ties: str,
    weights: ArrayLike | None, strata: ArrayLike | None, ridge: float, penalty: str | None, faults: list[Fault],
) -> tuple[FloatArray, Outcome]:  # fmt: skip
    """Covariates and follow-up, or every fault of them (added to those in ``faults``)."""
    if ties not in ("efron", "breslow"):
        faults.append(Fault(repr(ties), "'efron' or 'breslow'", column="ties"))
    if penalty not in (None, "firth"):
        faults.append(Fault(repr(penalty), "None or 'firth'", column="penalty"))
    if not 0 <= ridge < np.inf:
        faults.append(Fault(repr(ridge), "a finite number of at least 0", column="ridge"))
    elif ridge > 0 and penalty is not None:
        faults.append(Fault("a ridge and Firth's penalty", "one of the two", column="penalty"))
    if np.ndim(time) > 1 or np.ndim(event) > 1:
        found = f"arrays of shapes {np.shape(x)}, {np.shape(time)}, {np.shape(event)}"
        raise InputError(where, Fault(found, "x (n, p), time (n,), event (n,), in this order", column="x, time, event"))
    if not _coded(event) and _coded(time):
        hint = "Covariates come first, then time, then event."
        faults.append(Fault("zeros and ones in time, other numbers in event", "time before event", hint=hint))
    matrix = as_matrix(x, np.size(np.asarray(time)), faults)
    outcome = check_outcome(where, time, event, entry=entry, weights=weights, strata=strata, extra=faults)
    return matrix, outcome


def _coded(values: ArrayLike) -> bool:
    """Whether an array holds nothing but zeros and ones."""
    array = np.asarray(values)
    return array.dtype.kind in "biuf" and bool(((array == 0) | (array == 1)).all())


def _keep(outcome: Outcome, rows: BoolArray) -> Outcome:
    def pick(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else values[rows]

    strata = None if outcome.strata is None else outcome.strata[rows]
    return Outcome(outcome.time[rows], outcome.event[rows], pick(outcome.entry), pick(outcome.weights), strata)


# Of a coefficient per standard deviation of its column; one event among two patients already leaves about 4.
_LARGEST_VARIANCE = 1e10


def _explain_degenerate(where: str, x: FloatArray, spread: FloatArray, information: FloatArray) -> DegenerateInputError:
    """The columns that the data cannot tell apart, by index, and what each is a combination of."""
    faults = []
    kept: list[int] = []
    for j in range(x.shape[1]):
        name = f"x[:, {j}]"
        if spread[j] == 0.0:
            faults.append(Fault("one value for all patients", "a column that varies", column=name,
                                hint="Leave the column out."))  # fmt: skip
            continue
        if information[j, j] <= 1e-10 * max(1.0, float(np.abs(information).max())):
            faults.append(Fault("one value in every set of patients at risk at an event", "a column that varies there",
                                column=name,
                                hint="Leave it out, or drop or merge the strata that hold it fixed."))  # fmt: skip
            continue
        if kept:
            block = information[np.ix_(kept, kept)]
            share = np.linalg.solve(block, information[kept, j])
            if information[j, j] - information[j, kept] @ share <= 1e-10 * information[j, j]:
                partners = [k for k, s in zip(kept, share, strict=True) if abs(s) > 1e-6]
                faults.append(Fault(f"a linear combination of column{'s' if len(partners) > 1 else ''} "
                                    f"{', '.join(map(str, partners))}", "columns that are not collinear", column=name,
                                    hint="Leave one of them out, or use a ridge."))  # fmt: skip
                continue
        kept.append(j)
    if not faults:
        faults = [Fault("columns that are nearly collinear", "columns that the data can tell apart", column="x",
                        hint="Leave some out, or use a ridge.")]  # fmt: skip
    return DegenerateInputError(where, faults)


def _information_at_zero(x: FloatArray, w: FloatArray, rows: Sorted, efron: bool) -> FloatArray:
    n, p = x.shape
    blocks = len(rows.starts) - 1
    information = np.empty((p, p))
    kernels.partial_likelihood(
        x, w, rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order, efron, np.zeros(p),
        np.empty(p), information, np.empty(n), np.empty(n), np.empty(blocks), np.empty(blocks), np.empty(n),
    )  # fmt: skip
    return information


def _standardise(x: FloatArray, w: FloatArray, order: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rows in ``order``, columns of mean 0 and standard deviation 1, and both figures; a constant column: spread 0."""
    scaled, center, spread = np.empty(x.shape), np.empty(x.shape[1]), np.empty(x.shape[1])
    kernels.standardise(x, w, order, scaled, center, spread)
    return scaled, center, spread


def _warn(where: str, status: int, diverging: tuple[int, ...]) -> None:
    if status == kernels.DIVERGING:
        columns = ", ".join(map(str, diverging))
        text = (
            f"{where}: the likelihood has no maximum: the coefficient of column{'s' if len(diverging) > 1 else ''} "
            f"{columns} runs to infinity, because the events separate perfectly along it. Its estimate and standard "
            "error mean nothing; use penalty='firth', merge the levels, or leave the column out."
        )
    else:
        text = (
            f"{where}: the iterations ran out before the likelihood reached its maximum; use a ridge or fewer columns."
        )
    warnings.warn(text, RadiogenomicsWarning, stacklevel=3)


def fit_cox(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ridge: float = 0.0,
    penalty: Literal["firth"] | None = None,
    max_iter: int = 100,
) -> CoxFit:
    """Cox regression by Newton's method :cite:p:`Cox1972,Efron1977,Breslow1974,HeinzeSchemper2001`.

    Parameters
    ----------
    x
        (n, p) covariates without missing values; (n,) counts as one column.
    time
        (n,) follow-up in any unit, at least 0.
    event
        (n,) 1 for an event, 0 for censoring.
    entry
        (n,) time at which observation began (left truncation): at risk from `entry` (excluded) to `time` (included).
    ties
        How tied events are treated. ``"efron"`` is the more accurate.
    weights
        (n,) case weights; patients of weight 0 are left out.
    strata
        (n,) labels; each stratum has a baseline hazard of its own.
    ridge
        Penalty: ``ridge / 2`` times the sum of the squared coefficients, on the scale of `x`, is taken off the
        log likelihood.
    penalty
        ``"firth"`` adds half the log determinant of the information: finite estimates under separation, less bias
        with few events.
    max_iter
        Most iterations.

    Returns
    -------
    CoxFit
        Positive coefficients mean that higher values go with earlier events.

    Raises
    ------
    InputError
        Lengths, times, events or values are at fault.
    DegenerateInputError
        No events, or a column that is constant or collinear (named by its index).

    Warns
    -----
    RadiogenomicsWarning
        The likelihood is monotone (named columns separate the events), or the iterations ran out.
    """
    where = "fit_cox"
    matrix, outcome = check_cox(where, x, time, event, entry, ties, weights, strata, ridge, penalty, [])
    if outcome.weights is not None and not outcome.weights.all():
        rows_kept = outcome.weights > 0
        matrix, outcome = matrix[rows_kept], _keep(outcome, rows_kept)
    rows = sort_rows(outcome)
    n, p = matrix.shape
    w = outcome.weights if outcome.weights is not None else np.ones(n)
    scaled, center, spread = _standardise(matrix, w, rows.order)
    if not spread.all():
        raise _explain_degenerate(where, matrix, spread, np.eye(p))
    w = w[rows.order]
    efron, firth = ties == "efron", penalty == "firth"
    beta, step, covariance, logliks = np.empty(p), np.empty(p), np.empty((p, p)), np.empty(4)
    status, n_iter = kernels.maximise(
        scaled, w, rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order, efron,
        ridge / (spread * spread), firth, max_iter, beta, step, covariance, logliks,
    )  # fmt: skip
    # Nobody to compare with at any event (strata of one patient each) leaves an information of rounding errors.
    empty = False
    if ridge == 0.0 and not (covariance.diagonal() < _LARGEST_VARIANCE).all():
        empty = bool((_information_at_zero(scaled, w, rows, efron).diagonal() < 1.0 / _LARGEST_VARIANCE).any())
    if status == kernels.DEGENERATE or empty:
        raise _explain_degenerate(where, matrix, spread, _information_at_zero(scaled, w, rows, efron))
    diverging: tuple[int, ...] = ()
    if status == kernels.DIVERGING:
        diverging = tuple(int(j) for j in np.flatnonzero(np.abs(step) > 0.01 * np.abs(step).max()))
    if status != kernels.CONVERGED:
        _warn(where, status, diverging)
    null, fitted, score, wald = logliks.tolist()
    covariance /= spread[:, None] * spread
    # The penalty of the scaled columns differs from that of the columns as given by a constant.
    shift = float(np.log(spread).sum()) if firth else 0.0
    tested = ridge == 0.0
    return CoxFit(
        coef=beta / spread,
        se=np.sqrt(covariance.diagonal()),
        covariance=covariance,
        loglik=(null + shift, fitted + shift),
        converged=status == kernels.CONVERGED,
        diverging=diverging,
        n=n,
        n_events=int(outcome.event.sum()),
        n_iter=n_iter,
        center=center,
        likelihood_ratio=_test(2.0 * (fitted - null), p) if tested else None,
        wald=_test(wald, p) if tested else None,
        score=_test(score, p) if tested and not firth else None,
    )


def _test(statistic: float, df: int) -> ChiSquared:
    return ChiSquared(float(statistic), df, float(chdtrc(df, max(statistic, 0.0))))


def fit_cox_batch(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
    ridge: float = 0.0,
    penalty: Literal["firth"] | None = None,
    max_iter: int = 100,
) -> CoxBatch:
    """One Cox fit per row of case weights, on rows that are sorted once: bootstrap samples, training folds.

    Parameters
    ----------
    x, time, event, entry, ties, strata, ridge, penalty, max_iter
        As in :func:`fit_cox`.
    weights
        (B, n) case weights: 0 leaves a patient out, 0/1 is a fold, counts are a bootstrap sample.

    Returns
    -------
    CoxBatch
        ``coef`` (B, p): NaN where that sample cannot be fitted (no events, a column constant or collinear in it).
        ``converged`` (B,): False there, and where the likelihood of that sample is monotone (its ``coef`` is then
        where the iterations stopped).

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`, judged on all patients.
    """
    where = "fit_cox_batch"
    matrix, outcome = check_cox(where, x, time, event, entry, ties, None, strata, ridge, penalty, [])
    sample = check_weight_rows(where, weights, len(outcome))
    rows = sort_rows(outcome)
    scaled, _, spread = _standardise(matrix, np.ones(len(matrix)), rows.order)
    if not spread.all():
        raise _explain_degenerate(where, matrix, spread, np.eye(matrix.shape[1]))
    coef = np.empty((len(sample), matrix.shape[1]))
    status = np.empty(len(sample), dtype=np.int64)
    kernels.maximise_batch(
        scaled, sample, rows.order, rows.event, rows.time, rows.starts, rows.strata, rows.entry,
        rows.entry_order, ties == "efron", ridge / (spread * spread), penalty == "firth", max_iter, coef, status,
    )  # fmt: skip
    return CoxBatch(coef / spread, status == kernels.CONVERGED)


def check_weight_rows(where: str, weights: ArrayLike, n: int) -> FloatArray:
    """``weights`` as a contiguous (B, n) matrix of finite numbers of at least 0."""
    sample = np.ascontiguousarray(weights, dtype=np.float64)
    if sample.ndim != 2 or sample.shape[1] != n:
        raise InputError(
            where, Fault(f"an array of shape {sample.shape}", f"(B, {n}): one row per sample", column="weights")
        )
    if not ((sample >= 0) & (sample < np.inf)).all():
        raise InputError(where, Fault("negative or missing values", "finite weights of at least 0", column="weights"))
    return sample
