"""Sparse canonical correlation as an estimator: weights of the training patients, scores of others."""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.sparse_cca import sparse_cca
from radiogenomics.core.sparse_cca_null import PENALTIES, Statistic, sparse_cca_test
from radiogenomics.ml._matrix import one_of

METHODS = ("scca", "spls", "pls")
STATISTICS = ("covariance", "correlation")


class SparseCCA(TransformerMixin, BaseEstimator):
    """Pairs of scores of two feature matrices that go together most.

    Columns are centred and brought to standard deviation 1; a constant one gets no weight.

    Parameters
    ----------
    n_components
        Pairs of scores.
    method
        ``"scca"``: penalised matrix decomposition :cite:p:`Witten2009`, which takes the covariance within each matrix
        as the identity. ``"spls"``: sparse PLS in canonical mode :cite:p:`LeCao2009`; its first component is that of
        ``"scca"`` and later ones come from what the earlier scores leave of each matrix. ``"pls"``: the same without a
        penalty (scikit-learn's ``PLSCanonical``). All three maximise covariance, none the correlation itself.
    penalty
        Shares in (0, 1] for x and y (see :func:`radiogenomics.core.sparse_cca`), or ``"auto"``: of 0.1 to 0.7 the one
        whose first component stands out most from permuted patients. Not used by ``"pls"``.
    statistic
        What stands out: ``"covariance"`` or ``"correlation"`` of the scores, as in
        :func:`radiogenomics.core.sparse_cca_test`.
    n_permutations
        Permutations of ``"auto"``.
    random_state
        Seed or generator of ``"auto"``.

    Attributes
    ----------
    x_weights_, y_weights_
        (p, K), (q, K) weights of the standardised columns, length 1.
    x_rotations_, y_rotations_
        (p, K), (q, K): the standardised matrix times these gives the scores.
    correlations_
        (K,) of the training scores; high by construction.
    penalty_
        Shares used.
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        method: str = "scca",
        penalty: str | tuple[float, float] = "auto",
        statistic: str = "covariance",
        n_permutations: int = 25,
        random_state: RNG = None,
    ) -> None:
        self.n_components = n_components
        self.method = method
        self.penalty = penalty
        self.statistic = statistic
        self.n_permutations = n_permutations
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from ``X`` (n, p) and ``y`` (n, q) of the same patients."""
        one_of(self, "method", METHODS)
        one_of(self, "statistic", STATISTICS)
        x, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=3)
        y = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        self._x_center, self._x_scale = _standard(x)
        self._y_center, self._y_scale = _standard(y)
        a, b = (x - self._x_center) / self._x_scale, (y - self._y_center) / self._y_scale
        for name, m in (("X", a), ("y", b)):
            if not m.any():
                raise DegenerateInputError(name, f"no column varies among the {len(m)} patients")
        most = min(a.any(axis=0).sum(), b.any(axis=0).sum(), len(a) - 1)
        if not 1 <= self.n_components <= most:
            raise InputError("n_components", Fault(repr(self.n_components), f"1 to {most}"))
        self.penalty_ = self._penalty(a, b)
        try:
            fit = sparse_cca(
                a, b, penalty=self.penalty_, n_components=self.n_components,
                deflation="product" if self.method == "scca" else "scores",
            )  # fmt: skip
        except ValueError as error:
            raise DegenerateInputError("SparseCCA", str(error)) from error
        self.x_weights_, self.y_weights_ = fit.x_weights, fit.y_weights
        self.x_rotations_, self.y_rotations_ = fit.x_rotations, fit.y_rotations
        self.correlations_, self.covariances_ = fit.correlation, fit.covariance
        self.converged_ = fit.converged
        self._n_features_out = self.n_components
        return self

    def _penalty(self, a: FloatArray, b: FloatArray) -> tuple[float, float]:
        if self.method == "pls":
            return (1.0, 1.0)
        if isinstance(self.penalty, str):
            if self.penalty != "auto":
                raise InputError("penalty", Fault(repr(self.penalty), "'auto' or two shares in (0, 1]"))
            if self.n_permutations < 2:
                raise InputError("n_permutations", Fault(repr(self.n_permutations), "2 or more, to choose the penalty"))
            by = cast("Statistic", self.statistic)
            test = sparse_cca_test(a, b, statistic=by, n_permutations=self.n_permutations, rng=self.random_state)
            return PENALTIES[test.best]
        return checked_penalty(self.penalty)

    def transform(self, X: Any, y: Any = None) -> Any:
        """Scores of ``X`` (n, K); with ``y`` those of both, as a pair."""
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=np.float64)
        s = ((x - self._x_center) / self._x_scale) @ self.x_rotations_
        if y is None:
            return s
        other = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        if other.shape[1] != len(self._y_center) or not np.isfinite(other).all():
            raise InputError("y", Fault(f"shape {other.shape}", f"{len(self._y_center)} columns of finite numbers"))
        return s, ((other - self._y_center) / self._y_scale) @ self.y_rotations_

    def fit_transform(self, X: Any, y: Any) -> Any:
        """Scores of both matrices, (n, K) each."""
        return self.fit(X, y).transform(X, y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


def checked_penalty(penalty: Any) -> tuple[float, float]:
    """Two shares in (0, 1]."""
    try:
        first, second = (float(p) for p in penalty)
    except (TypeError, ValueError):
        raise InputError("penalty", Fault(repr(penalty), "'auto' or two shares in (0, 1]")) from None
    if not (0 < first <= 1 and 0 < second <= 1):
        raise InputError("penalty", Fault(repr(penalty), "two shares in (0, 1]"))
    return first, second


def _standard(m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (denominator n - 1) of each column; infinite where it is constant."""
    center, scale = m.mean(axis=0), m.std(axis=0, ddof=1)
    return center, np.where(scale > 1e-7 * np.maximum(np.abs(center), 1e-300), scale, np.inf)
