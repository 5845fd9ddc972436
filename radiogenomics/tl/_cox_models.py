"""Cox models whose columns have names: fits, tables of hazard ratios, errors that name the variable."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics import core
from radiogenomics._cohort import SurvivalOutcome
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.cox import CoxFit
from radiogenomics.tl._cox_warnings import shortened
from radiogenomics.tl._follow_up import FollowUp
from radiogenomics.tl._formula import Formula
from radiogenomics.tl._variables import Term, Variable, term

Predictors: TypeAlias = Sequence[Variable] | Formula
SEPARATED = "separated: no finite estimate"
NO_MAXIMUM = "unknown: a variable separates the patients with events, so the fit has no maximum"


@dataclass(frozen=True)
class CoxModels:
    """What the Cox models of one analysis share."""

    survival: SurvivalOutcome
    strata: Variable | None
    ties: Literal["efron", "breslow"]
    penalty: Literal["firth"] | None
    reference: Mapping[str, str]
    ridge: float = 0.0
    offers_ridge: bool = True

    @property
    def penalised(self) -> str:
        """The penalty in words; empty without one."""
        return f"penalty={self.penalty!r}" if self.penalty is not None else "a ridge" if self.ridge else ""

    def fit(self, variables: Predictors, rows: BoolArray) -> tuple[CoxFit, list[Term]]:
        """Fit on the patients in ``rows`` (all with values); separation is for the caller to report."""
        if isinstance(variables, Formula):
            terms = variables.terms(rows)
        else:
            terms = [term(v, rows, reference=self.reference.get(v.name)) for v in variables]
        for t in terms:
            if t.x.shape[1] == 0 or (t.reference is None and np.ptp(t.x) == 0):
                shown = f"the one level {t.reference!r}" if t.reference is not None else f"the one value {t.x[0, 0]:g}"
                raise DegenerateInputError(
                    f"variable {t.name!r}", f"all {len(t.x)} patients have {shown}; leave the variable out"
                )
        return self.fit_terms(terms, rows), terms

    def data(self, rows: BoolArray) -> dict[str, Any]:
        """What the functions of ``core`` take about those patients, beside covariates."""
        layers = self.strata.values[rows].to_numpy(dtype=str) if self.strata is not None else None
        entry = self.survival.entries(rows) if isinstance(self.survival, FollowUp) else None
        outcome = {"time": self.survival.time[rows], "event": self.survival.event[rows], "entry": entry}
        return outcome | {"ties": self.ties, "strata": layers}

    def fit_terms(self, terms: Sequence[Term], rows: BoolArray) -> CoxFit:
        """Fit of terms at hand."""
        names = [column for t in terms for column in t.columns]
        x = np.hstack([t.x for t in terms])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RadiogenomicsWarning)  # told again by the caller, with names
                return core.fit_cox(x, **self.data(rows), penalty=self.penalty, ridge=self.ridge)
        except InputError as error:
            where = f"Cox model of {shortened([t.name for t in terms])}"
            raise with_names(error, where, names, ridge=self.offers_ridge) from error

    def table(self, variables: Predictors, rows: BoolArray) -> pd.DataFrame:
        """One row per coefficient; ``n`` and ``events`` are those of the level (numbers: of all patients)."""
        fitted, terms = self.fit(variables, rows)
        with np.errstate(over="ignore"):  # of coefficients that run to infinity; they are left out below
            hazard_ratio, (low, high) = fitted.hazard_ratio, fitted.interval().T
        event = self.survival.event[rows] == 1
        out: list[dict[str, Any]] = []
        for t in terms:
            p_variable = self._p_without(t, terms, fitted, rows)
            apart = np.zeros(len(event), dtype=bool) if t.reference is None else t.x.sum(axis=1) == 0
            for k, level in enumerate(t.levels):
                j = len(out)
                inside = np.ones(len(event), dtype=bool) if t.reference is None else t.x[:, k] == 1
                known = j not in fitted.diverging
                figures = {
                    "coef": fitted.coef[j],
                    "se": fitted.se[j],
                    "hr": hazard_ratio[j],
                    "lower": low[j],
                    "upper": high[j],
                    "z": fitted.z[j],
                    "p_value": fitted.p_value[j],
                }
                row: dict[str, Any] = {"variable": t.name, "level": level or None, "reference": t.reference}
                row |= {"n": int(inside.sum()), "events": int(event[inside].sum())}
                row |= {"n_reference": int(apart.sum()), "events_reference": int(event[apart].sum())}
                row |= {name: float(value) if known else np.nan for name, value in figures.items()}
                out.append(row | {"p_variable": p_variable, "note": None if known else SEPARATED})
        return pd.DataFrame(out)

    def _p_without(self, left_out: Term, terms: Sequence[Term], fitted: CoxFit, rows: BoolArray) -> float:
        """Likelihood-ratio test of the model against the one without a variable.

        A term that an interaction contains stays with it, so it has no such test.
        """
        others = [t for t in terms if t is not left_out]
        if any(left_out.variables < t.variables for t in others):
            return np.nan
        if not others:
            return fitted.likelihood_ratio.p_value if fitted.likelihood_ratio is not None else np.nan
        if self.penalised:
            # Firth's penalty is the information's determinant, and a ridge leaves the maximum: models do not compare.
            return np.nan
        statistic = 2 * (fitted.loglik[1] - self.fit_terms(others, rows).loglik[1])
        from scipy.stats import chi2

        return float(chi2.sf(max(statistic, 0.0), left_out.x.shape[1]))

    def performance(
        self, variables: Predictors, terms: Sequence[Term], fitted: CoxFit, part: str, rows: BoolArray
    ) -> dict[str, Any]:
        """Fit and c-index; for patients the model has not seen, those with values and levels that it knows.

        With delayed entry an event is compared with those who had come under observation before it.
        """
        if isinstance(variables, Formula):
            risk, usable = variables.predict(fitted.coef, rows)
        else:
            risk, usable = linear_predictor(variables, terms, fitted.coef, rows)
        inside = rows & usable
        layers = self.strata.values[inside].to_numpy(dtype=str) if self.strata is not None else None
        event = self.survival.event[inside]
        c, se, note = self._concordance(risk[inside], inside, layers)
        if fitted.diverging:
            note = "; ".join(filter(None, ("separated: the risk is that of the last iteration", note)))
        learned = part in ("all", "training")
        return {
            "split": part,
            "n": int(inside.sum()),
            "events": int((event == 1).sum()),
            "n_parameters": fitted.coef.size,
            "loglik_null": fitted.loglik[0] if learned else np.nan,
            "loglik": fitted.loglik[1] if learned else np.nan,
            "c": c,
            "c_se": se,
            "estimate": "apparent" if learned else "test",
            "converged": fitted.converged,
            "note": note,
        }

    def _concordance(
        self, risk: FloatArray, inside: BoolArray, layers: NDArray[np.str_] | None
    ) -> tuple[float, float, str | None]:
        """The c-index with its standard error; where either is unknown, why."""
        time, event = self.survival.time[inside], self.survival.event[inside]
        entry = self.survival.entries(inside) if isinstance(self.survival, FollowUp) else None
        if len(time) < 2 or not (event == 1).any():
            return np.nan, np.nan, "no c-index: no two patients of whom one has an event"
        try:
            result = core.concordance_index(time, event, risk, entry=entry, strata=layers)
        except DegenerateInputError:
            return np.nan, np.nan, "no c-index: of no two patients it is known whose event comes first"
        c, se = float(result.c), float(result.se)
        if se == 0.0:
            return c, np.nan, "standard error unknown: all pairs agree, so these patients show no spread"
        return c, se, None


def linear_predictor(
    variables: Sequence[Variable], terms: Sequence[Term], coef: FloatArray, rows: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Risk of every patient, and for whom it is known (values and levels that the model was fitted with)."""
    risk, usable, j = np.zeros(rows.size), rows.copy(), 0
    for v, t in zip(variables, terms, strict=True):
        width = t.x.shape[1]
        if t.reference is None:
            risk += coef[j] * v.values.fillna(0.0).to_numpy(dtype=float)
            usable &= v.known
        else:
            for k, level in enumerate(t.levels):
                risk += coef[j + k] * (v.values == level).to_numpy(dtype=float)
            usable &= v.values.isin([*t.levels, t.reference]).to_numpy()
        j += width
    # Patients with equal values have equal risks, whatever the order of the additions.
    return np.round(risk, 10), usable


def with_names(error: InputError, where: str, names: Sequence[str], *, ridge: bool = True) -> InputError:
    """An error of ``core`` with the names of the columns for their numbers; ``ridge``: whether one is on offer."""
    way_out = ", or give ridge=, for example ridge=1" if ridge else ""
    faults = [
        replace(
            f,
            found=_named(f.found, names),
            column=_named(f.column, names) if f.column else None,
            hint=f.hint.replace(", or use a ridge", way_out),
        )
        for f in error.faults
    ]
    return type(error)(where, faults)


def _named(text: str, names: Sequence[str]) -> str:
    """Names of the columns in a message that has their numbers."""
    text = re.sub(r"x\[:, (\d+)\]", lambda m: names[int(m[1])], text)
    if not text.startswith("a linear combination of column"):
        return text
    head, _, numbers = text.rpartition("column")
    return head.rstrip() + " " + ", ".join(names[int(k)] for k in re.findall(r"\d+", numbers))
