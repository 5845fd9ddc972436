"""Concordance of a risk with the order of events: Harrell's and Uno's c."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core import _concordance_kernels as kernels
from radiogenomics.core._censoring import censoring_curve, censoring_of, require_positive
from radiogenomics.core._survival_input import Outcome, as_vector, check_outcome, positions
from radiogenomics.core.cox import check_weight_rows, sort_rows


@dataclass(frozen=True)
class Concordance:
    """The c-index and the pairs it counts.

    Attributes
    ----------
    c
        Share of the comparable pairs in which the higher risk has the earlier event, a tied risk counting half: 0.5
        is chance, 1 perfect.
    se
        Standard error by the infinitesimal jackknife (the censoring curve of Uno's c taken as known).
    concordant, discordant, tied_risk
        Weighted counts of comparable pairs.
    tied_time, tied_both
        Pairs of events at one time, with different and with equal risk: not comparable.
    """

    c: float
    se: float
    concordant: float
    discordant: float
    tied_risk: float
    tied_time: float
    tied_both: float
    n: int

    @property
    def n_pairs(self) -> float:
        """Weight of the comparable pairs."""
        return self.concordant + self.discordant + self.tied_risk


def _ranks(risk: FloatArray, order: IntArray) -> tuple[IntArray, int]:
    distinct, rank = np.unique(risk, return_inverse=True)
    return rank.astype(np.int64)[order], len(distinct)


def _check(
    where: str, time: ArrayLike, event: ArrayLike, risk: FloatArray | None, faults: list[Fault],
    weights: ArrayLike | None, strata: ArrayLike | None, tau: float | None, method: str, censoring: object,
    entry: ArrayLike | None = None,
) -> Outcome:  # fmt: skip
    if method not in ("harrell", "uno"):
        faults.append(Fault(repr(method), "'harrell' or 'uno'", column="method"))
    elif censoring is not None and method != "uno":
        faults.append(Fault("a censoring distribution", "None: only method='uno' uses it", column="censoring"))
    if entry is not None and method == "uno":
        hint = "The censoring weights of Uno's c are those of patients followed from the start."
        faults.append(Fault("delayed entry", "none with method='uno'", column="entry", hint=hint))
    if tau is not None and not tau > 0:
        faults.append(Fault(repr(tau), "a positive time", column="tau"))
    if risk is not None and not np.isfinite(risk).all():
        bad = np.asarray(~np.isfinite(risk.reshape(len(risk), -1)).all(axis=1))
        faults.append(Fault(f"missing or infinite values at {positions(bad)}", "finite numbers", column="risk"))
    return check_outcome(where, time, event, entry=entry, weights=weights, strata=strata, extra=faults)


def _factors(
    where: str, outcome: Outcome, tau: float | None, method: str, censoring: tuple[ArrayLike, ArrayLike] | None
) -> FloatArray:
    """Factor of the pairs of each patient's event, in the caller's order: 0 after tau."""
    n = len(outcome)
    factor = np.ones(n)
    if method == "uno":
        if censoring is None:
            before = np.ones(n)
            codes = np.zeros(n, dtype=np.int64) if outcome.strata is None else outcome.strata
            for code in range(int(codes.max()) + 1):
                rows = np.flatnonzero(codes == code)
                w = None if outcome.weights is None else outcome.weights[rows]
                curve = censoring_curve(outcome.time[rows], outcome.event[rows], w)
                before[rows] = curve.before(outcome.time[rows])
        else:
            before = censoring_of(where, outcome, censoring).before(outcome.time)
        needed = outcome.event > 0
        if tau is not None:
            needed &= outcome.time <= tau
        if outcome.weights is not None:
            needed &= outcome.weights > 0
        require_positive(where, before, needed, outcome.time, "tau")
        factor[needed] = 1.0 / before[needed] ** 2
    if tau is not None:
        factor[outcome.time > tau] = 0.0
    return factor


def concordance_index(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    tau: float | None = None,
    method: Literal["harrell", "uno"] = "harrell",
    censoring: tuple[ArrayLike, ArrayLike] | None = None,
) -> Concordance:
    """Concordance of ``risk`` with the order of events, in O(n log n) :cite:p:`Harrell1996,Uno2011,Therneau2024`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring. Someone censored at the time of an event outlived it.
    risk
        (n,) any score; higher risk = earlier event.
    entry
        (n,) time at which observation began (left truncation), before `time`: an event is compared with those who had
        come under observation before it. Not for Uno's c.
    weights
        (n,) case weights: a pair counts their product.
    strata
        (n,) labels; only pairs within a stratum count.
    tau
        Events after `tau` are not counted.
    method
        ``"uno"`` weighs the pairs of an event at t by 1 / G(t-)^2, G being the chance to be still uncensored, which
        makes c independent of the censoring that the study happened to have.
    censoring
        (time, event) of the patients that G is estimated on, such as the training patients of a model; by default
        those given (each stratum its own).

    Returns
    -------
    Concordance

    Raises
    ------
    InputError
        Values, lengths or arguments are at fault; or G is 0 at an event (pass a smaller `tau`).
    DegenerateInputError
        No events, or no comparable pair.
    """
    where = "concordance_index"
    faults: list[Fault] = []
    score = as_vector("risk", risk, np.size(np.asarray(time)), faults)
    outcome = _check(where, time, event, score, faults, weights, strata, tau, method, censoring, entry)
    assert score is not None
    factor = _factors(where, outcome, tau, method, censoring)
    rows = sort_rows(outcome)
    rank, n_ranks = _ranks(score, rows.order)
    w = np.ones(len(score)) if outcome.weights is None else outcome.weights[rows.order]
    influence, counts = np.zeros((len(score), 3)), np.empty(5)
    kernels.count_pairs(
        rank, rows.event, w, factor[rows.order], rows.starts, rows.strata, rows.time, rows.entry, rows.entry_order,
        n_ranks, influence, counts,
    )  # fmt: skip
    pairs = float(counts[:3].sum())
    if pairs <= 0:
        hint = "A pair needs an event and someone of the same stratum followed for longer."
        raise DegenerateInputError(where, Fault("no comparable pair", "at least one", hint=hint))
    c = float((counts[0] + 0.5 * counts[2]) / pairs)
    own = influence[:, 0] + 0.5 * influence[:, 2] - c * influence.sum(axis=1)
    se = float(np.sqrt(np.sum((w * own) ** 2)) / pairs)
    concordant, discordant, tied_risk, tied_time, tied_both = (float(value) for value in counts)
    return Concordance(c, se, concordant, discordant, tied_risk, tied_time, tied_both, len(score))


def concordance_batch(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    weights: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    tau: float | None = None,
    method: Literal["harrell", "uno"] = "harrell",
    censoring: tuple[ArrayLike, ArrayLike] | None = None,
) -> FloatArray:
    """c of one or several risks under each of many rows of case weights; everything is sorted once.

    Parameters
    ----------
    time, event, tau, method, censoring
        As in :func:`concordance_index`; Uno's G is that of the patients as given, the same under all weights.
    risk
        (n,) or (n, m) scores.
    weights
        (B, n) case weights, such as the counts of bootstrap samples. Copies of one patient form no pair.
    strata
        (n,) labels, or (n, m) where each risk has its own (the folds of each repeat, say).

    Returns
    -------
    (B,) or (B, m) c-indices; NaN where no pair is comparable under those weights.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`concordance_index`, judged on all patients.
    """
    where = "concordance_batch"
    faults: list[Fault] = []
    scores = np.asarray(risk, dtype=np.float64)
    n = np.size(np.asarray(time))
    if scores.ndim not in (1, 2) or len(scores) != n or scores.size == 0:
        faults.append(Fault(f"an array of shape {scores.shape}", f"({n},) or ({n}, m)", column="risk"))
    labels = None if strata is None else np.asarray(strata)
    per_risk = labels is not None and labels.ndim == 2
    if per_risk and (scores.ndim != 2 or labels is None or labels.shape != scores.shape):
        faults.append(Fault("strata per risk of another shape", f"shape {scores.shape}", column="strata"))
    shared = labels if not per_risk else None
    outcome = _check(where, time, event, None if faults else scores, faults, None, shared, tau, method, censoring)
    sample = check_weight_rows(where, weights, n)
    columns = scores[:, None] if scores.ndim == 1 else scores
    result = np.empty((columns.shape[1], len(sample)))
    prepared = None
    for j in range(columns.shape[1]):
        if prepared is None or per_risk:
            if per_risk and labels is not None:
                outcome = check_outcome(where, time, event, strata=labels[:, j])
            factor = _factors(where, outcome, tau, method, censoring)
            prepared = sort_rows(outcome)
        rank, n_ranks = _ranks(columns[:, j], prepared.order)
        kernels.count_batch(
            rank, prepared.event, sample, prepared.order, factor[prepared.order], prepared.starts, prepared.strata,
            n_ranks, result[j],
        )  # fmt: skip
    return result[0] if scores.ndim == 1 else np.ascontiguousarray(result.T)
