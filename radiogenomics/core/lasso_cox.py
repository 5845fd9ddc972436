"""Cox regression with an L1 (lasso) or elastic-net penalty, along a path of penalties."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core import _lasso_kernels as kernels
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.lasso_path import (
    LassoCV,
    LassoPath,
    check_folds,
    check_matrix,
    check_settings,
    choose,
    fit_path,
    saturated,
)


def lasso_cox(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    l1_ratio: float = 1.0,
    n_lambdas: int = 100,
    lambdas: ArrayLike | None = None,
) -> LassoPath:
    r"""L1-penalised Cox regression with Breslow's ties :cite:p:`Simon2011`, the numbers of R's glmnet.

    Minimises :math:`-\ell / n + \lambda (\alpha \lVert\beta\rVert_1 + (1 - \alpha) \lVert\beta\rVert_2^2 / 2)` on
    standardised columns, :math:`\ell` the log partial likelihood.

    Parameters
    ----------
    x
        (n, p) finite features; standardised inside.
    time, event
        (n,) follow-up, and 1 (event) or 0 (censored; at risk until that time included).
    weights, l1_ratio, n_lambdas, lambdas
        As of :func:`lasso_logistic`.

    Returns
    -------
    LassoPath

    Raises
    ------
    InputError
        Faulty arguments.
    DegenerateInputError
        Nobody has an event, or no column varies.
    """
    values, t, d, w, given = _checked("lasso_cox", x, time, event, weights, l1_ratio, n_lambdas, lambdas)
    return _fit("lasso_cox", values, t, d, w, l1_ratio, n_lambdas, given)


def lasso_cox_cv(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    folds: ArrayLike,
    path: LassoPath,
    *,
    weights: ArrayLike | None = None,
    l1_ratio: float = 1.0,
    n_lambdas: int = 100,
) -> LassoCV:
    """Partial-likelihood deviance of left-out patients along a path, as R's ``cv.glmnet`` with ``foldid``.

    The deviance of a fold is that of all patients minus that of the others, per event of the fold ("grouped"), by the
    path of the others, interpolated at the penalties of ``path`` :cite:p:`Simon2011`.

    Parameters
    ----------
    x, time, event, weights, l1_ratio, n_lambdas
        As given to :func:`lasso_cox`.
    folds
        (n,) fold of each patient.
    path
        Path on all patients.

    Returns
    -------
    LassoCV

    Raises
    ------
    InputError
        Faulty arguments.
    DegenerateInputError
        A fold has no event, or all of them.
    """
    where = "lasso_cox_cv"
    values, t, d, w, _ = _checked(where, x, time, event, weights, l1_ratio, n_lambdas, None)
    fold = check_folds(where, folds, len(values))
    n_folds = int(fold.max()) + 1
    events: FloatArray = np.bincount(fold, w * d, n_folds).astype(np.float64)
    empty = np.flatnonzero(events == 0)
    if empty.size or events.max() == events.sum():
        which = f"fold{'s' if empty.size > 1 else ''} {', '.join(map(str, empty))} of {n_folds} without events"
        found = which if empty.size else "one fold with all the events"
        hint = f"Use fewer folds, stratified by event; there are {int((d[w > 0] > 0).sum())} events."
        raise DegenerateInputError(where, Fault(found, "events in every fold", column="folds", hint=hint))
    raw = np.empty((n_folds, len(path.lambdas)))
    for f in range(n_folds):
        rows = fold != f
        fit = _fit(where, values[rows], t[rows], d[rows], w[rows], l1_ratio, n_lambdas, np.empty(0))
        eta = fit.at(path.lambdas)[0] @ values.T
        raw[f] = _deviance(eta, t, d, w) - _deviance(eta[:, rows], t[rows], d[rows], w[rows])
    return choose(path.lambdas, raw / events[:, None], events)


def _deviance(eta: FloatArray, time: FloatArray, event: FloatArray, weights: FloatArray) -> FloatArray:
    """(L,) deviance of linear predictors (L, n); weights are brought to a mean of 1."""
    order, starts = _sorted(time)
    w = weights[order] * (len(weights) / weights.sum())
    d = event[order]
    return 2 * (saturated(d, w, starts) - kernels.log_likelihoods(np.ascontiguousarray(eta[:, order]), d, w, starts))


def _sorted(time: FloatArray) -> tuple[IntArray, IntArray]:
    """Patients from late to early, first of each block of tied times, and the end."""
    order = np.argsort(-time, kind="stable")
    t = time[order]
    first = np.flatnonzero(np.concatenate([[True], t[1:] != t[:-1]]))
    return order, np.append(first, len(t)).astype(np.int64)


def _fit(
    where: str, x: FloatArray, time: FloatArray, event: FloatArray, w: FloatArray, l1_ratio: float, n_lambdas: int,
    lambdas: FloatArray,
) -> LassoPath:  # fmt: skip
    rows = np.flatnonzero(w > 0)
    order, starts = _sorted(time[rows])
    rows = rows[order]
    return fit_path(
        where, x[rows], event[rows], w[rows], starts, l1_ratio=l1_ratio, n_lambdas=n_lambdas, lambdas=lambdas
    )


def _checked(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, weights: ArrayLike | None, l1_ratio: float,
    n_lambdas: int, lambdas: ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:  # fmt: skip
    faults: list[Fault] = []
    given = check_settings(l1_ratio, n_lambdas, lambdas, faults)
    values = check_matrix(x, faults)
    if np.size(time) != len(values):
        faults.append(Fault(f"{np.size(time)} values", f"{len(values)}, one per patient", column="time"))
    outcome = check_outcome(where, time, event, weights=weights, extra=faults)
    w = np.ones(len(values)) if outcome.weights is None else outcome.weights
    return values, outcome.time, outcome.event, w, given
