"""A signature of survival by L1-penalised Cox regression."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.concordance import concordance_index
from radiogenomics.core.lasso_cox import lasso_cox, lasso_cox_cv
from radiogenomics.core.lasso_path import LassoCV, LassoPath
from radiogenomics.ml._lasso import LassoBase
from radiogenomics.ml._matrix import finite_matrix


class CoxLassoSignature(LassoBase):
    """Rad-score of survival: lasso or elastic-net Cox regression :cite:p:`Simon2011`.

    Features are standardised inside; coefficients are per unit of the features as given. Numbers are those of R's
    glmnet (Breslow's ties) and, given the same folds, cv.glmnet.

    Parameters
    ----------
    l1_ratio
        1 for the lasso, less (above 0) for an elastic net.
    n_lambdas
        Penalties tried (:func:`radiogenomics.core.lasso_cox`).
    rule
        ``"min"``: penalty of the least cross-validated deviance; ``"1se"``: the largest within a standard error of it.
    folds
        Number of folds, stratified by event, or the fold of each training patient (n,).
    penalty
        Penalty to use instead of choosing one.
    n_resamples
        Random halves of the patients (stratified by event) in which the stability of the selection is measured
        :cite:p:`Meinshausen2010`.
    random_state
        Seed or generator of folds and halves.

    Attributes
    ----------
    coef_, intercept_
        (p,) log hazard ratios per unit; minus the score of the mean training patient, so that its rad-score is 0.
    lambda_, lambda_min_, lambda_1se_
        Penalty used, and those of the two rules (missing with a fixed `penalty`).
    support_
        (p,) whether a feature has a coefficient.
    null_
        Whether none has; a warning says so.
    stability_
        (p,) share of the halves in which a feature has a coefficient at the penalty used; ``None`` without halves.
    path_, cv_
        :class:`radiogenomics.core.LassoPath` and :class:`radiogenomics.core.LassoCV` (``None`` with a fixed penalty).
    """

    def __init__(
        self,
        *,
        l1_ratio: float = 1.0,
        n_lambdas: int = 100,
        rule: Literal["min", "1se"] = "min",
        folds: Any = 10,
        penalty: float | None = None,
        n_resamples: int = 0,
        random_state: RNG = None,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.n_lambdas = n_lambdas
        self.rule = rule
        self.folds = folds
        self.penalty = penalty
        self.n_resamples = n_resamples
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from finite features ``X`` (n, p) and ``y`` (n, 2), time and event (1 event, 0 censored)."""
        x = finite_matrix(self, X, reset=True)
        follow = self._follow_up(y, len(x))
        w = _check_sample_weight(sample_weight, x, dtype=np.float64)
        self._learn(x, follow, follow[:, 1].astype(np.int64), w)
        self.intercept_ = 0.0 - float(w @ x @ self.coef_ / w.sum())
        self._baseline = self._cumulative_hazard(x @ self.coef_ + self.intercept_, follow, w)
        return self

    def _follow_up(self, y: Any, n: int) -> FloatArray:
        given = np.asarray(y)
        if given.shape != (n, 2):
            hint = "Outcomes of classes: LassoSignature."
            raise InputError(
                "CoxLassoSignature", Fault(f"y of shape {given.shape}", f"({n}, 2): time and event", hint=hint)
            )
        outcome = check_outcome("CoxLassoSignature", given[:, 0], given[:, 1])
        return np.column_stack([outcome.time, outcome.event])

    @staticmethod
    def _cumulative_hazard(score: FloatArray, follow: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Breslow's: distinct event times, and the hazard accumulated until each by a patient of score 0."""
        time, event = follow.T
        at = np.unique(time[(event > 0) & (w > 0)])
        order = np.argsort(time, kind="stable")
        ratio = np.cumsum((w * np.exp(score))[order][::-1])[::-1]
        at_risk = ratio[np.searchsorted(time[order], at, side="left")]
        failed = np.bincount(np.searchsorted(at, time[event > 0]), w[event > 0], len(at) + 1)[: len(at)]
        return at, np.cumsum(failed / at_risk)

    def _path(self, x: FloatArray, y: FloatArray, w: FloatArray, lambdas: FloatArray | None) -> LassoPath:
        return lasso_cox(
            x, y[:, 0], y[:, 1], weights=w, l1_ratio=self.l1_ratio, n_lambdas=self.n_lambdas, lambdas=lambdas
        )

    def _cross_validated(
        self, x: FloatArray, y: FloatArray, w: FloatArray, folds: IntArray, path: LassoPath
    ) -> LassoCV:
        return lasso_cox_cv(
            x, y[:, 0], y[:, 1], folds, path, weights=w, l1_ratio=self.l1_ratio, n_lambdas=self.n_lambdas
        )

    def _smallest(self, strata: IntArray) -> tuple[int, str]:
        return int(strata.sum()), "events"

    def predict(self, X: Any) -> FloatArray:
        """Rad-score (n,): the log hazard relative to the mean training patient."""
        return self.decision_function(X)

    def predict_survival(self, X: Any, times: Any) -> FloatArray:
        """Chance (n, m) in [0, 1] to be free of the event at ``times`` (m,), by Breslow's baseline hazard."""
        check_is_fitted(self)
        asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if asked.ndim != 1 or not (asked >= 0).all():
            raise InputError("CoxLassoSignature", Fault(repr(times), "times of at least 0", column="times"))
        at, hazard = self._baseline
        met = np.concatenate([[0.0], hazard])[np.searchsorted(at, asked, side="right")]
        with np.errstate(over="ignore"):  # a score so high that it overflows means certain failure
            return np.asarray(np.exp(-np.exp(self.decision_function(X))[:, None] * met))

    def score(self, X: Any, y: Any) -> float:
        """Harrell's c of the rad-score for ``y`` (n, 2), time and event."""
        risk = self.decision_function(X)
        follow = self._follow_up(y, len(risk))
        return float(concordance_index(follow[:, 0], follow[:, 1], risk).c)
