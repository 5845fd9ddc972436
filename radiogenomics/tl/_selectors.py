"""Selectors of features by the names that ``select=`` takes, as estimators for the kind of outcome at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator

from radiogenomics import ml
from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics.tl._target import Target


@dataclass(frozen=True)
class Selector:
    """One entry of ``select=``.

    Attributes
    ----------
    estimator
        Name in ``rg.ml``, by kind of outcome.
    outcome
        Its parameter that tells the kind of outcome, and the value for each; empty where it has none.
    """

    estimator: Mapping[str, str]
    outcome: Mapping[str, str]


def _both(name: str) -> dict[str, str]:
    return {"binary": name, "survival": name}


SELECTORS: dict[str, Selector] = {
    "univariate": Selector(_both("UnivariateFilter"), {"binary": "class", "survival": "survival"}),
    "correlation": Selector(_both("CorrelationPruner"), {}),
    "mrmr": Selector(_both("MRMR"), {"binary": "class", "survival": "survival"}),
    "lasso": Selector({"binary": "LassoSignature", "survival": "CoxLassoSignature"}, {}),
}

Select = tuple[tuple[str, dict[str, Any]], ...]


def checked_select(select: Mapping[str, Mapping[str, Any] | None] | None, target: Target) -> Select:
    """The entries of ``select=`` in their order, or every fault of them at once."""
    if select is None:
        return ()
    given_as: Any = select
    if not isinstance(given_as, Mapping):
        raise InputError("select", Fault(repr(select)[:60], "selectors by name, such as {'mrmr': {'n_features': 30}}"))
    faults: list[Fault] = []
    out = []
    for name, given in given_as.items():
        if name not in SELECTORS:
            faults.extend(unknown_name("select", str(name), SELECTORS).faults)
            continue
        if given is not None and not isinstance(given, Mapping):
            faults.append(Fault(repr(given), f"settings of {name!r} by name, or {{}}", key=f"select.{name}"))
            continue
        settings = dict(given or {})
        known = set(_class_of(name, target)().get_params(deep=False)) - {"outcome", "random_state"}
        faults += [
            Fault(repr(key), f"one of {', '.join(sorted(known))}", key=f"select.{name}")
            for key in settings
            if key not in known
        ]
        out.append((str(name), settings))
    if faults:
        raise InputError("select", faults)
    return tuple(out)


def selector_of(name: str, settings: Mapping[str, Any], target: Target, seed: int) -> BaseEstimator:
    """Unfitted selector for the outcome."""
    made: BaseEstimator = _class_of(name, target)(**settings)
    filled: dict[str, Any] = {}
    if SELECTORS[name].outcome:
        filled["outcome"] = SELECTORS[name].outcome[target.kind]
    if "random_state" in made.get_params(deep=False):
        filled["random_state"] = seed
    made.set_params(**filled)
    return made


def _class_of(name: str, target: Target) -> type[BaseEstimator]:
    found: type[BaseEstimator] = getattr(ml, SELECTORS[name].estimator[target.kind])
    return found
