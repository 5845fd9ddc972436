"""Logistic models whose columns have names: fits, tables of odds ratios, choice of variables by p-values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.cox import ChiSquared
from radiogenomics.core.logistic import LogisticFit
from radiogenomics.tl._cox_models import with_names
from radiogenomics.tl._cox_warnings import shortened
from radiogenomics.tl._target import Target
from radiogenomics.tl._variables import Term, Variable, term

Interval = Literal["profile", "wald"]
ML, FIRTH = "maximum likelihood", "firth"


@dataclass(frozen=True)
class NamedFit:
    """A logistic fit of named terms.

    Attributes
    ----------
    penalty
        The one that was used: Firth's also where the classes separate without it.
    separated
        Names of the columns along which they do.
    """

    fit: LogisticFit
    terms: list[Term]
    x: FloatArray
    y: FloatArray
    penalty: Literal["firth"] | None
    separated: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Name of each column."""
        return [column for t in self.terms for column in t.columns]

    def columns_of(self, k: int) -> list[int]:
        """Numbers of the columns of the ``k``-th term."""
        first = sum(len(t.levels) for t in self.terms[:k])
        return list(range(first, first + len(self.terms[k].levels)))

    def test(self, k: int) -> ChiSquared:
        """Likelihood-ratio test of leaving the ``k``-th term out."""
        return core.logistic_term_test(self.x, self.y, self.columns_of(k), penalty=self.penalty)


@dataclass(frozen=True)
class LogisticModels:
    """What the logistic models of one analysis share."""

    target: Target
    penalty: Literal["firth"] | None
    reference: Mapping[str, str]
    interval: Interval

    def fit(self, variables: Sequence[Variable], rows: BoolArray) -> NamedFit:
        """Fit on the patients in ``rows`` (all with values); with Firth's penalty where they separate."""
        terms = [term(v, rows, reference=self.reference.get(v.name)) for v in variables]
        for t in terms:
            if t.x.shape[1] == 0 or (t.reference is None and np.ptp(t.x) == 0):
                shown = f"the one level {t.reference!r}" if t.reference is not None else f"the one value {t.x[0, 0]:g}"
                said = f"all {len(t.x)} patients have {shown}; leave the variable out"
                raise DegenerateInputError(f"variable {t.name!r}", said)
        x, y = np.hstack([t.x for t in terms]), self.target.event[rows]
        columns = [column for t in terms for column in t.columns]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RadiogenomicsWarning)  # told again by the caller, with names
                fit = core.fit_logistic(x, y, penalty=self.penalty)
                penalty, separated = self.penalty, tuple(columns[j] for j in fit.separated)
                if separated:
                    penalty = "firth"
                    fit = core.fit_logistic(x, y, penalty=penalty)
        except InputError as error:
            where = f"logistic model of {shortened([t.name for t in terms])}"
            raise with_names(error, where, columns, ridge=False) from error
        return NamedFit(fit, terms, x, y, penalty, separated)

    def table(self, named: NamedFit) -> pd.DataFrame:
        """One row per coefficient; ``n`` and ``events`` are those of the level (numbers: of all patients)."""
        lower, upper, p, method = self._intervals(named)
        event, out = named.y == 1, []
        for k, t in enumerate(named.terms):
            p_variable = named.test(k).p_value
            apart = np.zeros(len(event), dtype=bool) if t.reference is None else t.x.sum(axis=1) == 0
            for j, level in zip(named.columns_of(k), t.levels, strict=True):
                inside = np.ones(len(event), dtype=bool) if t.reference is None else named.x[:, j] == 1
                row: dict[str, Any] = {"variable": t.name, "level": level or None, "reference": t.reference}
                row |= {"n": int(inside.sum()), "events": int(event[inside].sum())}
                row |= {"n_reference": int(apart.sum()), "events_reference": int(event[apart].sum())}
                row |= {"coef": named.fit.coef[j], "se": named.fit.se[j], "or": named.fit.odds_ratio[j]}
                row |= {"lower": lower[j], "upper": upper[j], "z": named.fit.z[j], "p_value": p[j]}
                row |= {"p_variable": p_variable, "method": FIRTH if named.penalty else ML, "interval": method}
                note = "separated: Firth's penalty was used" if named.separated else None
                out.append(row | {"note": note})
        return pd.DataFrame(out)

    def _intervals(self, named: NamedFit) -> tuple[FloatArray, FloatArray, FloatArray, str]:
        """Limits of the odds ratios, p-values and what they are."""
        if self.interval == "wald" and not named.separated:
            low, high = named.fit.interval().T
            return low, high, named.fit.p_value, "wald"
        # Under separation a Wald interval says nothing, whatever was asked for.
        profile = core.logistic_profile(named.x, named.y, penalty=named.penalty)
        with np.errstate(over="ignore"):
            return np.exp(profile.lower), np.exp(profile.upper), profile.p_value, "profile"


@dataclass(frozen=True)
class Step:
    """One step of the choice: ``enter``, ``skip`` (univariable p too high) or ``drop``, and the p-value behind it."""

    action: Literal["enter", "skip", "drop"]
    variable: str
    p_value: float


def choose(
    models: LogisticModels,
    variables: Sequence[Variable],
    rows: BoolArray,
    p_enter: float | None,
    p_keep: float | None,
    keep: Sequence[str],
    alone: Mapping[str, BoolArray],
) -> tuple[list[Variable], list[Step]]:
    """Variables of the multivariable model by p-thresholds, on likelihood-ratio tests of whole variables.

    ``alone`` are the patients of each univariable model, ``rows`` those of the multivariable ones.
    """
    steps: list[Step] = []
    chosen: list[Variable] = []
    for v in variables:
        p = models.fit([v], alone[v.name]).test(0).p_value
        inside = p_enter is None or p < p_enter or v.name in keep
        steps.append(Step("enter" if inside else "skip", v.name, p))
        if inside:
            chosen.append(v)
    while p_keep is not None and chosen:
        named = models.fit(chosen, rows)
        tests = [(named.test(k).p_value, k) for k, v in enumerate(chosen) if v.name not in keep]
        if not tests or max(tests)[0] <= p_keep:
            break
        p, k = max(tests)
        steps.append(Step("drop", chosen.pop(k).name, p))
    return chosen, steps
