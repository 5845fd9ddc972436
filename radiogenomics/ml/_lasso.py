"""What the signatures of an L1-penalised model share, whichever the outcome."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.lasso_path import LassoCV, LassoPath, check_folds
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.ml._matrix import feature_names, finite_matrix, one_of

RULES = ("min", "1se")
#: Share of the deviance of the training patients from which on a model is said to fit them completely.
_SATURATED = 0.99


class LassoBase(SelectorMixin, BaseEstimator):
    """Path, choice of the penalty, stability and tables; subclasses say how the outcome is fitted."""

    l1_ratio: float
    n_lambdas: int
    rule: str
    folds: Any
    penalty: float | None
    n_resamples: int
    random_state: Any

    @abstractmethod
    def _path(self, x: FloatArray, y: FloatArray, w: FloatArray, lambdas: FloatArray | None) -> LassoPath: ...

    @abstractmethod
    def _cross_validated(
        self, x: FloatArray, y: FloatArray, w: FloatArray, folds: IntArray, path: LassoPath
    ) -> LassoCV: ...

    def _learn(self, x: FloatArray, y: FloatArray, strata: IntArray, w: FloatArray) -> None:
        """Fit to ``y`` with weights; ``strata`` (0 or 1) is what folds and halves are stratified by."""
        self._check_parameters(len(x))
        if not np.isfinite(w).all() or (w < 0).any() or not w.any():
            fault = Fault("negative or missing weights, or all 0", "weights of at least 0", column="sample_weight")
            raise InputError(type(self).__name__, fault)
        random = generator(self.random_state)
        self.cv_: LassoCV | None = None
        self.lambda_min_ = self.lambda_1se_ = np.nan
        if self.penalty is None:
            folds = self._dealt_folds(strata, random)
            self.path_ = self._path(x, y, w, None)
            self.cv_ = self._cross_validated(x, y, w, folds, self.path_)
            self.lambda_min_ = float(self.path_.lambdas[self.cv_.best])
            self.lambda_1se_ = float(self.path_.lambdas[self.cv_.one_se])
            at = self.cv_.best if self.rule == "min" else self.cv_.one_se
        else:
            self.path_ = self._path(x, y, w, self._lambdas_to(self.penalty, x, y, w))
            at = len(self.path_.lambdas) - 1
        self._at = at
        self.lambda_ = float(self.path_.lambdas[at])
        self.coef_ = self.path_.coef[at]
        self.intercept_ = float(self.path_.intercept[at])
        self.support_: BoolArray = self.coef_ != 0
        self.null_ = not self.support_.any()
        self.stability_ = self._stability(x, y, w, strata, random) if self.n_resamples else None
        self._warn(x)

    def _lambdas_to(self, last: float, x: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
        """Penalties of the automatic path above ``last``, and ``last``."""
        known = self._path(x, y, w, None).lambdas
        return np.append(known[known > last * (1 + 1e-9)], last)

    def _dealt_folds(self, strata: IntArray, random: np.random.Generator) -> IntArray:
        n = len(strata)
        if not isinstance(self.folds, int | np.integer):
            return check_folds(type(self).__name__, self.folds, n)
        few, name = self._smallest(strata)
        if few < self.folds:
            hint = f"Take {few} folds or fewer, or a fixed penalty." if few >= 2 else "Take a fixed penalty."
            found = f"{self.folds} folds for {few} {name} among {n} patients"
            raise DegenerateInputError(type(self).__name__, Fault(found, f"at least {self.folds}", hint=hint))
        dealt: IntArray = stratified_folds(strata, int(self.folds), rng=random)[0]
        return dealt

    @abstractmethod
    def _smallest(self, strata: IntArray) -> tuple[int, str]: ...

    def _stability(
        self, x: FloatArray, y: FloatArray, w: FloatArray, strata: IntArray, random: np.random.Generator
    ) -> FloatArray:
        """Share of random halves, stratified, in which each feature has a coefficient at the chosen penalty."""
        chosen = np.zeros(x.shape[1])
        lambdas = self.path_.lambdas[: self._at + 1]
        for _ in range(self.n_resamples):
            half = stratified_folds(strata, 2, rng=random)[0] == 0
            chosen += self._path(x[half], y[half], w[half], lambdas).coef[-1] != 0
        return chosen / self.n_resamples

    def _warn(self, x: FloatArray) -> None:
        names = np.array(feature_names(self, x.shape[1]), dtype=object)
        constant = names[self.path_.scale == 0]
        if len(constant):
            shown = ", ".join(constant[:5]) + (", ..." if len(constant) > 5 else "")
            warnings.warn(
                f"{type(self).__name__}: {len(constant)} constant feature(s) have the coefficient 0 ({shown}); drop "
                "them first with rg.pp.clean_features", RadiogenomicsWarning, stacklevel=4,
            )  # fmt: skip
        if self.null_:
            warnings.warn(
                f"{type(self).__name__}: all coefficients are zero at the penalty {self.lambda_:.4g}: this is the null "
                f"model, every patient has the same score; {self._advice()}", RadiogenomicsWarning, stacklevel=4,
            )  # fmt: skip
        elif self.path_.deviance_ratio[self._at] > _SATURATED:
            warnings.warn(
                f"{type(self).__name__}: the outcome of the training patients is told completely "
                f"({100 * self.path_.deviance_ratio[self._at]:.1f} % of the deviance): only the penalty keeps the "
                "coefficients finite; look for a feature that is the outcome under another name, or take rule='1se'",
                RadiogenomicsWarning, stacklevel=4,
            )  # fmt: skip

    def _advice(self) -> str:
        if self.penalty is not None:
            return "give a smaller penalty"
        if self.rule == "1se" and self.cv_ is not None and self.cv_.best > 0:
            return "rule='min' may keep some"
        return "the features do not predict the outcome of left-out patients; report that, or take other features"

    def _check_parameters(self, n: int) -> None:
        one_of(self, "rule", RULES)
        faults = []
        whole = isinstance(self.folds, int | np.integer) and not isinstance(self.folds, bool)
        if (whole and not 2 <= self.folds <= n) or (not whole and np.ndim(self.folds) != 1):
            faults.append(Fault(repr(self.folds), f"2 to {n}, or the fold of each patient", column="folds"))
        counts = isinstance(self.n_resamples, int | np.integer) and not isinstance(self.n_resamples, bool)
        if not counts or self.n_resamples < 0:
            faults.append(Fault(repr(self.n_resamples), "a whole number of 0 or more", column="n_resamples"))
        numeric = isinstance(self.penalty, int | float | np.number) and not isinstance(self.penalty, bool)
        if self.penalty is not None and not (numeric and 0 < float(self.penalty) < np.inf):
            hint = "Unpenalised models of few features: rg.core.fit_logistic, rg.core.fit_cox."
            faults.append(Fault(repr(self.penalty), "a number above 0, or None", column="penalty", hint=hint))
        if faults:
            raise InputError(type(self).__name__, faults)

    def decision_function(self, X: Any) -> FloatArray:
        """Rad-score of each patient (n,): the linear combination of the features; higher means more at risk."""
        check_is_fitted(self)
        return np.asarray(finite_matrix(self, X, reset=False) @ self.coef_ + self.intercept_)

    def transform(self, X: Any) -> FloatArray:
        """The features with a coefficient: (n, n_chosen), without columns for the null model."""
        check_is_fitted(self)
        return finite_matrix(self, X, reset=False)[:, self.support_]

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return self.support_

    def report(self) -> pd.DataFrame:
        """A row per feature with a coefficient, the largest effect first.

        Columns ``feature``, ``coefficient`` (per unit), ``standardized`` (per standard deviation), ``stability``.
        """
        check_is_fitted(self)
        names = np.array(feature_names(self, len(self.coef_)), dtype=object)
        effect = self.coef_ * self.path_.scale
        order = np.argsort(-np.abs(effect), kind="stable")[: int(self.support_.sum())]
        stability = np.full(len(order), np.nan) if self.stability_ is None else self.stability_[order]
        columns = {
            "feature": names[order], "coefficient": self.coef_[order], "standardized": effect[order],
            "stability": stability,
        }  # fmt: skip
        return pd.DataFrame(columns)

    def formula(self, digits: int = 6) -> str:
        """The rad-score in named features, to be computed by hand; ``digits`` significant ones."""
        check_is_fitted(self)
        terms = [f"rad-score = {self.intercept_:.{digits}g}"]
        for _, row in self.report().iterrows():
            sign = "-" if row["coefficient"] < 0 else "+"
            terms.append(f"{sign} {abs(row['coefficient']):.{digits}g} * {row['feature']}")
        return " ".join(terms)

    def path_table(self) -> pd.DataFrame:
        """Coefficients of the features that enter anywhere: ``feature, lambda, coefficient, standardized``."""
        check_is_fitted(self)
        entered = np.flatnonzero((self.path_.coef != 0).any(axis=0))
        names = np.array(feature_names(self, len(self.coef_)), dtype=object)[entered]
        coef = self.path_.coef[:, entered].T
        columns = {
            "feature": np.repeat(names, len(self.path_.lambdas)),
            "lambda": np.tile(self.path_.lambdas, len(entered)),
            "coefficient": coef.ravel(),
            "standardized": (coef * self.path_.scale[entered, None]).ravel(),
        }
        return pd.DataFrame(columns)

    def cv_table(self) -> pd.DataFrame:
        """A row per penalty: ``lambda, deviance, se`` (missing with a fixed penalty), ``n_features``, and which it is.

        ``is_min``, ``is_1se`` and ``is_used`` mark the penalties of the two rules, and the one that was used.
        """
        check_is_fitted(self)
        lambdas = self.path_.lambdas
        columns = {
            "lambda": lambdas,
            "deviance": np.full(len(lambdas), np.nan) if self.cv_ is None else self.cv_.deviance,
            "se": np.full(len(lambdas), np.nan) if self.cv_ is None else self.cv_.se,
            "n_features": (self.path_.coef != 0).sum(axis=1),
            "is_min": lambdas == self.lambda_min_,
            "is_1se": lambdas == self.lambda_1se_,
            "is_used": lambdas == self.lambda_,
        }
        return pd.DataFrame(columns)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
