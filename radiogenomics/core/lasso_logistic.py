"""Logistic regression with an L1 (lasso) or elastic-net penalty, along a path of penalties."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._survival_input import as_vector, positions
from radiogenomics.core.lasso_path import (
    LassoCV,
    LassoPath,
    check_folds,
    check_matrix,
    check_settings,
    choose,
    fit_path,
)

_NO_BLOCKS = np.empty(0, dtype=np.int64)
#: Probabilities of left-out patients are kept this far from 0 and 1.
_LEAST_PROBABILITY = 1e-5


def lasso_logistic(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    l1_ratio: float = 1.0,
    n_lambdas: int = 100,
    lambdas: ArrayLike | None = None,
) -> LassoPath:
    r"""L1-penalised logistic regression :cite:p:`Friedman2010`, the numbers of R's glmnet.

    Minimises :math:`-\ell / n + \lambda (\alpha \lVert\beta\rVert_1 + (1 - \alpha) \lVert\beta\rVert_2^2 / 2)` on
    standardised columns, with an unpenalised intercept.

    Parameters
    ----------
    x
        (n, p) finite features; standardised inside.
    y
        (n,) 0 or 1.
    weights
        (n,) weights of the patients; their sum does not matter.
    l1_ratio
        :math:`\alpha`, above 0: 1 is the lasso, less an elastic net.
    n_lambdas
        Penalties from the least that leaves no column, in equal steps of the logarithm, to 0.01 of it (0.0001 where
        there are at least as many patients as columns). As in glmnet the path ends early, after 5 or more, where 0.999
        of the deviance is explained or a step explains less than 1e-5 of it more (Cox: four steps less than 1e-3 of
        what is explained).
    lambdas
        Penalties above 0 to use instead, all of them.

    Returns
    -------
    LassoPath

    Raises
    ------
    InputError
        Faulty arguments.
    DegenerateInputError
        All patients are of one class, or no column varies.
    """
    values, target, w, given = _checked("lasso_logistic", x, y, weights, l1_ratio, n_lambdas, lambdas)
    return _fit("lasso_logistic", values, target, w, l1_ratio, n_lambdas, given)


def lasso_logistic_cv(
    x: ArrayLike,
    y: ArrayLike,
    folds: ArrayLike,
    path: LassoPath,
    *,
    weights: ArrayLike | None = None,
    l1_ratio: float = 1.0,
    n_lambdas: int = 100,
) -> LassoCV:
    """Deviance of left-out patients along a path, as R's ``cv.glmnet`` with ``foldid``.

    Each fold has a path of its own, which is interpolated at the penalties of ``path``. The standard error is over
    folds, or over patients where folds have fewer than 3.

    Parameters
    ----------
    x, y, weights, l1_ratio, n_lambdas
        As given to :func:`lasso_logistic`.
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
        Without one of the folds only one class is left.
    """
    where = "lasso_logistic_cv"
    values, target, w, _ = _checked(where, x, y, weights, l1_ratio, n_lambdas, None)
    fold = check_folds(where, folds, len(values))
    eta = np.empty((len(path.lambdas), len(values)))
    for f in range(int(fold.max()) + 1):
        out = fold == f
        left = target[~out & (w > 0)]
        if not len(left) or left.min() == left.max():
            found = f"only one class among {len(left)} patients once fold {f} is left out"
            hint = "Use fewer folds, stratified by class."
            raise DegenerateInputError(where, Fault(found, "both classes", column="folds", hint=hint))
        fit = _fit(where, values[~out], target[~out], w[~out], l1_ratio, n_lambdas, np.empty(0))
        coef, intercept = fit.at(path.lambdas)
        eta[:, out] = coef @ values[out].T + intercept[:, None]
    limit = np.log((1 - _LEAST_PROBABILITY) / _LEAST_PROBABILITY)
    eta = np.clip(eta, -limit, limit)
    raw = 2 * (np.logaddexp(0.0, eta) - target * eta)
    return _by_fold(path.lambdas, raw.T, w, fold)


def _by_fold(lambdas: FloatArray, raw: FloatArray, w: FloatArray, fold: IntArray) -> LassoCV:
    n_folds = int(fold.max()) + 1
    sums: FloatArray = np.bincount(fold, w, n_folds).astype(np.float64)
    if len(raw) / n_folds < 3:
        return choose(lambdas, raw, w)
    held = sums > 0
    means = np.stack([w[fold == f] @ raw[fold == f] / sums[f] for f in np.flatnonzero(held)])
    return choose(lambdas, means, sums[held])


def _fit(
    where: str, x: FloatArray, y: FloatArray, w: FloatArray, l1_ratio: float, n_lambdas: int, lambdas: FloatArray
) -> LassoPath:
    rows = w > 0
    if not rows.all():
        x, y, w = x[rows], y[rows], w[rows]
    return fit_path(
        where, x, np.ascontiguousarray(y), w, _NO_BLOCKS, l1_ratio=l1_ratio, n_lambdas=n_lambdas, lambdas=lambdas
    )


def _checked(
    where: str, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None, l1_ratio: float, n_lambdas: int,
    lambdas: ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:  # fmt: skip
    faults: list[Fault] = []
    given = check_settings(l1_ratio, n_lambdas, lambdas, faults)
    values = check_matrix(x, faults)
    n = len(values)
    target = as_vector("y", y, n, faults)
    w = np.ones(n) if weights is None else as_vector("weights", weights, n, faults)
    if target is not None and not np.isin(target, (0, 1)).all():
        wrong = positions(~np.isin(target, (0, 1)))
        faults.append(Fault(f"others at {wrong}", "0 or 1", column="y"))
    if w is not None and not ((w >= 0) & np.isfinite(w)).all():
        faults.append(Fault("negative or missing weights", "finite weights of at least 0", column="weights"))
    if faults:
        raise InputError(where, faults)
    assert target is not None
    assert w is not None
    used = target[w > 0]
    if not len(used) or used.min() == used.max():
        found = f"one class among {len(used)} patients with weight"
        raise DegenerateInputError(where, Fault(found, "both classes", column="y"))
    return values, target, w, given
