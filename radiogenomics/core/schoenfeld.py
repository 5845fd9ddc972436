"""Test of proportional hazards: do effects change with time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc
from scipy.stats import rankdata

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.cox import Ties
from radiogenomics.core.cox_residuals import risk_sets
from radiogenomics.core.survival_curve import survival_curve

Transform = Literal["km", "rank", "identity"]


@dataclass(frozen=True)
class ProportionalHazards:
    """Score tests that each term's effect is constant in time, and the residuals behind them.

    Attributes
    ----------
    statistic, df, p_value
        (number of terms + 1,): each term, then all of them together.
    time, scale
        (d,) event times from early to late (within strata) and their transforms.
    residuals
        (d, p) Schoenfeld residuals: covariates of the patient with the event less their mean over those at risk.
    """

    statistic: FloatArray
    df: IntArray
    p_value: FloatArray
    time: FloatArray
    scale: FloatArray
    residuals: FloatArray


def transform_times(time: FloatArray, event: FloatArray, entry: FloatArray | None, transform: Transform) -> FloatArray:
    """Times on the scale on which effects may change: themselves, their ranks, or 1 - S(t-)."""
    if transform == "identity":
        return time
    if transform == "rank":
        return np.asarray(rankdata(time), dtype=np.float64)
    curve = survival_curve(time, event, entry=entry)
    before = np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, time, side="left")]
    return np.asarray(1.0 - before, dtype=np.float64)


def proportional_hazards(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    coef: ArrayLike,
    *,
    terms: Sequence[Sequence[int]] | None = None,
    transform: Transform = "km",
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> ProportionalHazards:
    """Score test of ``x * g(time)`` added to a fitted Cox model :cite:p:`Grambsch1994`.

    Parameters
    ----------
    x, time, event, entry, ties, weights, strata
        As in :func:`fit_cox`.
    coef
        (p,) its coefficients, at the maximum of the likelihood without penalty.
    terms
        Columns of each term; by default every column by itself.
    transform
        Scale of time ``g``: ``"km"`` one minus the survival of all patients just before, which late events do not
        dominate, ``"rank"`` the rank, ``"identity"`` time itself.

    Returns
    -------
    ProportionalHazards
        A small p-value says that an effect grows or fades with time.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`; all events at one time, where nothing can change.
    """
    where = "proportional_hazards"
    if transform not in ("km", "rank", "identity"):
        raise InputError(where, Fault(repr(transform), "'km', 'rank' or 'identity'", column="transform"))
    sets = risk_sets(where, x, time, event, coef, entry, ties, weights, strata)  # checks the input
    t, d = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.float64)
    if np.ptp(t[d == 1]) == 0:
        raise DegenerateInputError(where, Fault("all events at one time", "events at several times"))
    late = None if entry is None else np.asarray(entry, dtype=np.float64)
    scale = transform_times(t, d, late, transform)
    centre = scale[d == 1].mean()
    sets = risk_sets(where, x, time, event, coef, entry, ties, weights, strata, scale - centre)
    p = sets.x.shape[1]
    chosen = [list(term) for term in (terms if terms is not None else [[j] for j in range(p)])]
    tests = [_test(sets.score, sets.information, p, columns) for columns in [*chosen, list(range(p))]]
    df = np.array([len(c) for c in chosen] + [p], dtype=np.int64)
    statistic = np.array(tests)
    rows = sets.rows
    block = np.repeat(np.arange(len(rows.starts) - 1), np.diff(rows.starts))
    failed = np.flatnonzero(rows.event > 0)[::-1]
    return ProportionalHazards(
        statistic, df, np.asarray(chdtrc(df, statistic), dtype=np.float64), rows.time[failed],
        scale[rows.order][failed], (sets.x - sets.mean[block])[failed],
    )  # fmt: skip


def _test(score: FloatArray, information: FloatArray, p: int, columns: Sequence[int]) -> float:
    """Score statistic of the columns' ``x * g``, the effects of ``x`` itself being estimated."""
    kept = [*range(p), *(p + j for j in columns)]
    u = np.concatenate([np.zeros(p), score[list(columns)]])
    try:
        return float(u @ np.linalg.solve(information[np.ix_(kept, kept)], u))
    except np.linalg.LinAlgError:
        return float("nan")  # a column that never varies among the patients at risk later on
