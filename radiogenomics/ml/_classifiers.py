"""The classifiers that models are compared with, and the settings that the inner search tries: all in this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray, IntArray

Settings = Mapping[str, Any]

#: Shares of votes are kept this far from 0 and 1 before their log odds are taken.
_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Kind:
    """One kind of classifier.

    Attributes
    ----------
    words
        Its name for readers.
    make
        The scikit-learn class.
    fixed
        Settings that differ from scikit-learn's and that no search changes.
    grid
        Settings tried by the inner search, the simplest first: it wins ties.
    score
        What orders the patients: ``"log_odds"``, ``"share"`` (of votes or of a leaf) or ``"margin"``, which is no
        probability until a sigmoid has been learned.
    explainer
        SHAP's explainer for it: ``"linear"``, ``"tree"`` or ``"kernel"``.
    seeded
        Whether it draws random numbers.
    """

    words: str
    make: Callable[..., BaseEstimator]
    fixed: Settings
    grid: Sequence[Settings]
    score: Literal["log_odds", "share", "margin"]
    explainer: Literal["linear", "tree", "kernel"]
    seeded: bool = True


def crossed(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the values of several settings, the last one varying fastest."""
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


_FOREST = crossed({"max_features": ["sqrt", 0.5], "min_samples_leaf": [5, 1]})
CLASSIFIERS: dict[str, Kind] = {
    "logistic_regression": Kind(
        "logistic regression (ridge)", LogisticRegression, {"max_iter": 1000},
        crossed({"C": [0.01, 0.1, 1, 10]}), "log_odds", "linear",
    ),
    "decision_tree": Kind(
        "decision tree", DecisionTreeClassifier, {}, crossed({"max_depth": [1, 2, 4], "min_samples_leaf": [10, 5]}),
        "share", "tree",
    ),
    "random_forest": Kind("random forest", RandomForestClassifier, {"n_estimators": 100}, _FOREST, "share", "tree"),
    "extra_trees": Kind("ExtraTrees", ExtraTreesClassifier, {"n_estimators": 100}, _FOREST, "share", "tree"),
    "svm": Kind(
        "support vector machine", SVC, {},
        [*crossed({"kernel": ["linear"], "C": [0.01, 0.1, 1]}), *crossed({"kernel": ["rbf"], "C": [0.1, 1, 10]})],
        "margin", "kernel", seeded=False,
    ),
    "adaboost": Kind(
        "AdaBoost", AdaBoostClassifier, {}, crossed({"n_estimators": [20, 50], "learning_rate": [0.1, 0.5, 1.0]}),
        "margin", "kernel",
    ),
    "gradient_boosting": Kind(
        "gradient boosting", GradientBoostingClassifier, {"learning_rate": 0.1, "subsample": 0.8},
        crossed({"n_estimators": [20, 60], "max_depth": [1, 2, 3]}), "log_odds", "tree",
    ),
}  # fmt: skip


def kind_of(name: str, where: str) -> Kind:
    """A classifier by its name, or the names there are."""
    check_classifiers([name], where, "classifier")
    return CLASSIFIERS[name]


def check_classifiers(names: Sequence[str], where: str, argument: str) -> None:
    """Refuse all names that are no classifier's, with those that may be meant."""
    faults = []
    for name in names:
        if name in CLASSIFIERS:
            continue
        near = near_names(str(name), CLASSIFIERS)
        hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
        faults.append(Fault(repr(name), f"one of {', '.join(CLASSIFIERS)}", argument=argument, hint=hint))
    if faults:
        raise InputError(where, faults)


def grid_of(name: str, tuning: Any, where: str) -> list[dict[str, Any]]:
    """Settings that a search tries: the default ones, one empty setting without tuning, or those given, checked.

    `tuning` is ``True``, ``False``, settings with the values to try, or a list of settings.
    """
    kind = kind_of(name, where)
    if isinstance(tuning, bool):
        return [dict(s) for s in kind.grid] if tuning else [{}]
    if isinstance(tuning, str) or not isinstance(tuning, Mapping | Sequence):
        expected = "True, False, settings with the values to try, or a list of settings"
        raise InputError(where, Fault(repr(tuning), expected, argument=f"tuning[{name!r}]"))
    if isinstance(tuning, Mapping):
        single = [key for key, values in tuning.items() if isinstance(values, str) or not isinstance(values, Sequence)]
        if single:
            faults = [
                Fault(f"{k}={tuning[k]!r}", "a list of values to try", argument=f"tuning[{name!r}]") for k in single
            ]
            raise InputError(where, faults)
        settings = crossed(tuning)
    else:
        settings = [dict(s) for s in tuning]
    settings = [{key: v.item() if isinstance(v, np.generic) else v for key, v in s.items()} for s in settings]
    known = set(kind.make().get_params(deep=False)) - {"random_state", "n_jobs", "verbose", "warm_start", "probability"}
    unknown = sorted({key for s in settings for key in s} - known)
    if unknown or not settings:
        found = f"no settings for {name}" if not settings else f"{', '.join(unknown)} of {name}"
        raise InputError(where, Fault(found, f"settings among {', '.join(sorted(known))}", argument="tuning"))
    faults = [fault for s in settings for fault in _wrong_values(kind, s)]
    if faults:
        raise InputError(where, list(dict.fromkeys(faults)))
    return settings


def _wrong_values(kind: Kind, settings: Settings) -> list[Fault]:
    """Values that are not plain ones (results are kept in files), or that scikit-learn does not take."""
    odd = [k for k, value in settings.items() if not isinstance(value, bool | int | float | str | None)]
    if odd:
        return [Fault(f"{k}={settings[k]!r}", "a number, a text, True, False or None", argument="tuning") for k in odd]
    try:
        kind.make(**{**kind.fixed, **settings})._validate_params()
    except ValueError as error:
        return [Fault(f"{dict(settings)!r}", "values that scikit-learn takes", argument="tuning", hint=f"{error}")]
    return []


class Fitted:
    """A classifier of classes 0 and 1 that has learned; without any feature, everyone scores alike."""

    def __init__(self, name: str, settings: Settings, x: FloatArray, y: IntArray, seed: int) -> None:
        self.name, self.settings, self.kind = name, dict(settings), CLASSIFIERS[name]
        self.share = float(y.mean())
        self.model: Any = None
        if x.shape[1]:
            random = {"random_state": seed} if self.kind.seeded else {}
            self.model = self.kind.make(**{**self.kind.fixed, **settings, **random}).fit(x, y)

    def score(self, x: FloatArray) -> FloatArray:
        """(n,) what orders the patients; higher is class 1."""
        if self.model is None:
            return np.full(len(x), self.share if self.kind.score == "share" else float(logit(self.share)))
        if self.kind.score == "share":
            return np.asarray(self.model.predict_proba(x)[:, 1], dtype=np.float64)
        return np.asarray(self.model.decision_function(x), dtype=np.float64)


def log_odds(name: str, score: FloatArray) -> FloatArray:
    """Scores on the scale on which a sigmoid is learned: log odds where they are shares, else as they are."""
    if CLASSIFIERS[name].score == "share":
        return np.asarray(logit(np.clip(score, _LEAST_SHARE, 1 - _LEAST_SHARE)), dtype=np.float64)
    return score


def own_probability(name: str, score: FloatArray) -> FloatArray:
    """Probability that the classifier itself gives with a score; not of margins, which are none."""
    kind = CLASSIFIERS[name].score
    assert kind != "margin"
    return score if kind == "share" else np.asarray(expit(score), dtype=np.float64)
