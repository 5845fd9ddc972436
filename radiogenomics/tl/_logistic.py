"""Odds ratios of clinical variables: each alone, those that p-thresholds leave together, and a LASSO beside them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radiogenomics import core, ml
from radiogenomics._cohort import check_key, left_out_table, outcome_of, patients_of, split_blocks, to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.roc import roc_threshold
from radiogenomics.tl._cox_warnings import warn_few_events, warn_separated
from radiogenomics.tl._leaks import warn_of_leaks
from radiogenomics.tl._logistic_models import Interval, LogisticModels, NamedFit, Step, choose
from radiogenomics.tl._nomogram import design_of, refuse_outcome
from radiogenomics.tl._predictions import learned_here, signature_of
from radiogenomics.tl._stage import mean_scores, predict_everyone
from radiogenomics.tl._target import Target, deal_folds, target_of
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import (
    Variable,
    check_names,
    complete_cases,
    names_of,
    refuse_follow_up,
    refuse_formula,
    variable,
    warn_single_patients,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_APPARENT = (
    "the variables were chosen on the patients whose odds ratios are given: intervals are too narrow, p too small"
)
_MOST_FOLDS = 10


def logistic(
    data: Cohort,
    variables: str | Sequence[str],
    *,
    outcome: str | None = None,
    univariable: bool = True,
    p_enter: float | None = 0.1,
    p_keep: float | None = 0.05,
    keep: Sequence[str] = (),
    penalty: Literal["firth"] | None = None,
    lasso: bool = True,
    interval: Interval = "profile",
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    folds: int = 5,
    repeats: int = 5,
    rng: RNG = 0,
    key_added: str = "logistic",
) -> None:
    """Logistic regression of each variable alone, then of those that p-thresholds leave :cite:p:`Cox1958`.

    The way of many publications: variables enter by their own p-value, and those whose p-value is high beside the
    others are dropped again. What is left was chosen on the patients whose odds ratios it gives, so these are
    ``apparent``; the choice is therefore repeated in cross-validation (``predictions``), and a LASSO of all variables
    stands beside it.

    Parameters
    ----------
    data
        Cohort with a registered binary outcome. With a split, the models are fitted on the training patients.
    variables
        Columns of ``data.obs``: numbers (odds ratio per unit) or categories (per level against the reference). The
        levels of a category come and go together.
    outcome
        Name of a registered binary outcome; by default the first.
    univariable
        Whether the table of each variable alone is made; the p-values that `p_enter` needs are found anyway.
    p_enter
        Variables with a smaller p-value alone enter; ``None``: all.
    p_keep
        From the model of these, the variable with the largest p-value is dropped until none is above this; ``None``:
        nothing is dropped.
    keep
        Variables that stay whatever their p-values.
    penalty
        ``"firth"``: finite and less biased estimates in small samples :cite:p:`Firth1993`. A model whose classes
        separate along a variable is fitted so anyway, with a warning.
    lasso
        Whether the LASSO of all variables (10-fold choice of its penalty) is fitted beside the model.
    interval
        Of the odds ratios, with their p-values: ``"profile"`` (penalised) likelihood, or ``"wald"``. Under separation
        always the first. The choice of variables is by likelihood-ratio tests of whole variables either way.
    categorical
        Variables to take as categories although they are numbers.
    reference
        Reference level by variable, as in `rg.tl.cox`.
    folds, repeats
        Cross-validation, repeated, of the whole making of the model: the choice of variables too.
    rng
        Seed or generator of the folds.
    key_added
        Name under which the result is stored, and of the column ``data.obs[key_added]``.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]``, the linear predictor by models that had not seen the patient, and
    ``data.uns[key_added]``: ``univariable`` (each variable on its own patients; p-values also adjusted by
    Benjamini-Hochberg), ``multivariable`` (odds ratios ``or`` of the model that is left; ``estimate`` is ``apparent``
    where p-values chose it), ``choice`` (each step with its p-value, and the share of training folds whose model kept
    the variable), ``lasso`` (coefficients per unit, 0 of those left out; no p-values, for there are none),
    ``predictions`` (models ``key_added`` and ``"<key_added> lasso"``; `rg.tl.evaluate` and others judge the LASSO only
    where ``models=`` names it), ``fit``, ``settings`` and ``left_out`` (of the multivariable model).

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If an argument is at fault, or a variable is a column of an outcome.
    DegenerateInputError
        If a variable is constant, a combination of others, or has hardly more patients than levels; if a class has
        fewer patients than there are folds.

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 patients of the rarer class per coefficient that was up for choice; separation; no variable left;
        a variable that repeats the outcome; a variable that is a signature of the same patients.
    """
    check_key(data, key_added, column=True)
    names, chosen = names_of(variables), dict(reference or {})
    _check(names, categorical, chosen, keep, p_enter, p_keep, interval)
    refuse_formula(data, names, offered=False)
    refuse_follow_up(data, "variables", names)
    target = target_of(data, outcome_of(data, outcome, kinds=("binary",))[0])
    refuse_outcome("variables", names, target)
    read = [variable(data, name, categorical=name in categorical) for name in names]
    blocks = [(part, inside & target.known) for part, inside in split_blocks(data)]
    rows = complete_cases(read, blocks[0][1])
    if not rows.any():
        raise DegenerateInputError("variables", Fault("no training patient with a value of every variable", "some"))
    warn_of_leaks(read, target, blocks[0][1], stacklevel=2)
    models = LogisticModels(target, penalty, chosen, interval)
    rules: dict[str, Any] = {"p_enter": p_enter, "p_keep": p_keep, "keep": tuple(keep)}
    alone = {v.name: complete_cases([v], blocks[0][1]) for v in read}
    single = [models.fit([v], alone[v.name]) for v in read]
    left, steps = choose(models, read, rows, **rules, alone=alone)
    full = models.fit(read, rows)
    final = models.fit(left, rows) if left else None
    seeds = spawn_seeds(rng, 2)
    everyone = _Everyone(target, read, models, full, rules, seeds[0])
    order = np.flatnonzero(rows)
    fold_of = deal_folds(target, order, folds, repeats, rng=generator(seeds[1]))
    parts = [(blocks[0][0], order), *everyone.test_parts(blocks[1:])]
    ids = patients_of(data)
    predictions, penalised, kept = _predicted(everyone, ids, order, parts, fold_of, key_added, lasso=lasso)
    apparent = p_enter is not None or p_keep is not None
    _warn(target, rows, full, single, final, read, left, chosen=apparent)
    _warn_of_signatures(data, names)
    settings = {
        "outcome": target.name, "kind": "binary", "variables": names, "features": names, **rules, "keep": list(keep),
        "selected": [v.name for v in left], "penalty": penalty, "interval": interval, "lasso": lasso,
        "categorical": list(categorical), "reference": {t.name: t.reference for t in full.terms}, "folds": folds,
        "repeats": repeats, "confidence": 0.95, "n": int(rows.sum()), "events": int(target.event[rows].sum()),
        **said(columns_taught(data, names), reason=_APPARENT if apparent else None, apparent=apparent),
        "threshold_from": "Youden's index of the patients of the fit, apparent",
        "beside": [f"{key_added} lasso"] if lasso else [],
    }  # fmt: skip
    estimate = "apparent" if apparent else "all variables"
    own = predictions[predictions["model"] == key_added]
    result = {
        "multivariable": _multivariable(models, final, full, estimate),
        "choice": _choice(steps, [v.name for v in left], kept, repeats * folds),
        "predictions": predictions,
        "fit": _fit_table(final, rows, target, estimate),
        "settings": settings,
        "left_out": left_out_table(_left_out(data, everyone, parts)),
    }
    if univariable:
        result["univariable"] = _univariable(models, single)
    if penalised is not None:
        result["lasso"] = penalised.table(full)
    data.uns[key_added] = to_uns(**result)
    data.obs[key_added] = mean_scores(own, ids)


def _predicted(
    everyone: _Everyone, patients: pd.Index, order: IntArray, parts: Sequence[tuple[str, IntArray]], fold_of: IntArray,
    key: str, *, lasso: bool,
) -> tuple[pd.DataFrame, _Chosen | None, pd.Series]:  # fmt: skip
    """Predictions of the model by p-values and of the LASSO, the LASSO, and how many folds kept each variable."""
    made = predict_everyone(
        everyone.target, patients, everyone.by_p(order), everyone.by_p, order, parts, fold_of, (), key
    )  # fmt: skip
    kept = pd.Series([name for fitted in made[2] for name in fitted.names], dtype=object).value_counts()
    if not lasso:
        return made[0], None, kept
    penalised = everyone.by_lasso(order)
    more = predict_everyone(
        everyone.target, patients, penalised, everyone.by_lasso, order, parts, fold_of, (), f"{key} lasso"
    )  # fmt: skip
    return pd.concat([made[0], more[0]], ignore_index=True), penalised, kept


def _left_out(data: Cohort, everyone: _Everyone, parts: Sequence[tuple[str, IntArray]]) -> dict[str, str]:
    used = np.zeros(len(everyone.x), dtype=bool)
    for _, who in parts:
        used[who] = True
    known = everyone.target.known
    why = {
        "no part of the split": ~np.any([inside for _, inside in split_blocks(data)], axis=0),
        f"no outcome ({everyone.target.name})": ~known,
        "a level that the training patients lack": ~everyone.known & complete_cases(everyone.read, known),
    }
    return why_left_out(data, used, everyone.read, why)


def _check(
    names: Sequence[str], categorical: Sequence[str], chosen: Mapping[str, str], keep: Sequence[str],
    p_enter: float | None, p_keep: float | None, interval: str,
) -> None:  # fmt: skip
    if not names:
        raise InputError("variables", Fault("none", "at least one column"))
    check_names("variables", names, subset=categorical)
    check_names("variables", names, subset=list(chosen), of="reference")
    check_names("variables", names, subset=keep, of="keep")
    faults = [
        Fault(repr(value), "None, or a p-value above 0 and up to 1", argument=name)
        for name, value in (("p_enter", p_enter), ("p_keep", p_keep))
        if value is not None and (isinstance(value, bool) or not 0 < value <= 1)
    ]
    if interval not in ("profile", "wald"):
        faults.append(Fault(repr(interval), "'profile' or 'wald'", argument="interval"))
    if faults:
        raise InputError("logistic", faults)


@dataclass(frozen=True)
class _Chosen:
    """A model as the folds need it: coefficients on the design of everybody."""

    x: FloatArray
    coef: FloatArray
    intercept: float
    cutoff: float
    names: tuple[str, ...]

    def score(self, rows: IntArray) -> FloatArray:
        return np.asarray(self.x[rows] @ self.coef + self.intercept)

    def risk(self, score: FloatArray, horizons: Sequence[float]) -> FloatArray:
        return np.empty((len(score), 0))

    def table(self, full: NamedFit) -> pd.DataFrame:
        """Coefficients of a LASSO, beside the levels and references of the terms."""
        out = [
            {"variable": t.name, "level": level or None, "reference": t.reference}
            for t in full.terms
            for level in t.levels
        ]
        frame = pd.DataFrame(out)
        frame["coef"], frame["or"] = self.coef, np.exp(self.coef)
        frame["selected"] = self.coef != 0
        return frame


class _Everyone:
    """The design of all patients, and models made of some of them from the choice of variables on."""

    def __init__(
        self, target: Target, read: Sequence[Variable], models: LogisticModels, full: NamedFit,
        rules: Mapping[str, Any], seed: int,
    ) -> None:  # fmt: skip
        self.target, self.read, self.models, self.full = target, list(read), models, full
        self.rules, self.seed = rules, seed
        x, self.known = design_of(read, full.terms)
        self.x = np.where(self.known[:, None], x, 0.0)
        # Folds keep the references of the whole, so that their scores compare.
        references = {t.name: t.reference for t in full.terms if t.reference is not None}
        self.fold_models = LogisticModels(target, models.penalty, references, "wald")

    def test_parts(self, blocks: Sequence[tuple[str, BoolArray]]) -> list[tuple[str, IntArray]]:
        """Patients of the other parts of the split whose values and levels are known."""
        found = [(part, np.flatnonzero(complete_cases(self.read, inside) & self.known)) for part, inside in blocks]
        return [(part, who) for part, who in found if len(who)]

    def by_p(self, rows: IntArray) -> _Chosen:
        """Choice by p-values on those patients."""
        inside = np.zeros(len(self.x), dtype=bool)
        inside[rows] = True
        varying = [v for v in self.read if v.values[inside].nunique() > 1]
        alone = {v.name: inside for v in varying}
        left, _ = choose(self._models(inside), varying, inside, **self.rules, alone=alone)
        coef = np.zeros(self.x.shape[1])
        share = float(self.target.event[rows].mean())
        intercept = float(np.log(share / (1.0 - share)))
        if left:
            named = self._models(inside).fit(left, inside)
            own = dict(zip(named.columns, named.fit.coef, strict=True))
            coef = np.array([own.get(column, 0.0) for column in self.full.columns])
            intercept = named.fit.intercept
        return self._made(rows, coef, intercept, tuple(v.name for v in left))

    def _models(self, inside: BoolArray) -> LogisticModels:
        """Without the references that these patients lack."""
        present = {
            v.name: self.fold_models.reference[v.name]
            for v in self.read
            if v.name in self.fold_models.reference and (v.values[inside] == self.fold_models.reference[v.name]).any()
        }
        return LogisticModels(self.target, self.models.penalty, present, "wald")

    def by_lasso(self, rows: IntArray) -> _Chosen:
        """LASSO of all columns on those patients."""
        y = self.target.event[rows].astype(np.int64)
        smaller = int(min(y.sum(), len(y) - y.sum()))
        varying = np.ptp(self.x[rows], axis=0) > 0
        coef = np.zeros(self.x.shape[1])
        model = ml.LassoSignature(folds=min(_MOST_FOLDS, max(smaller, 2)), random_state=self.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadiogenomicsWarning)  # of a null model: the table shows it
            model.fit(self.x[rows][:, varying], y)
        coef[varying] = model.coef_
        names = [t.name for t in self.full.terms for _ in t.levels]
        return self._made(
            rows, coef, float(model.intercept_), tuple(dict.fromkeys(np.array(names)[coef != 0].tolist()))
        )

    def _made(self, rows: IntArray, coef: FloatArray, intercept: float, names: tuple[str, ...]) -> _Chosen:
        score = self.x[rows] @ coef + intercept
        cutoff = roc_threshold(self.target.event[rows].astype(np.int64), score) if np.any(coef) else float("inf")
        return _Chosen(self.x, coef, intercept, float(cutoff), names)


def _univariable(models: LogisticModels, single: Sequence[NamedFit]) -> pd.DataFrame:
    table = pd.concat([models.table(named) for named in single], ignore_index=True)
    adjusted = core.benjamini_hochberg(table["p_value"])
    table.insert(list(table).index("p_value") + 1, "p_adjusted", adjusted)
    return table


def _multivariable(models: LogisticModels, final: NamedFit | None, full: NamedFit, estimate: str) -> pd.DataFrame:
    table = models.table(final) if final is not None else models.table(full).iloc[:0]
    table["estimate"] = estimate
    return table


def _choice(steps: Sequence[Step], left: Sequence[str], kept: pd.Series, n_folds: int) -> pd.DataFrame:
    rows = [(k, s.action, s.variable, s.p_value) for k, s in enumerate(steps)]
    table = pd.DataFrame(rows, columns=["step", "action", "variable", "p_value"])
    table["selected"] = table["variable"].isin(list(left))
    table["selected_folds"] = table["variable"].map(kept).fillna(0.0).astype(float) / n_folds
    return table


def _fit_table(final: NamedFit | None, rows: BoolArray, target: Target, estimate: str) -> pd.DataFrame:
    null, fitted = final.fit.loglik if final is not None else (np.nan, np.nan)
    df, statistic = len(final.columns) if final is not None else 0, 2.0 * (fitted - null)
    return pd.DataFrame([{
        "n": int(rows.sum()), "events": int(target.event[rows].sum()), "n_parameters": df, "loglik_null": null,
        "loglik": fitted, "statistic": statistic, "df": df,
        "p_value": float(chdtrc(df, max(statistic, 0.0))) if df else np.nan, "estimate": estimate,
    }])  # fmt: skip


def _warn_of_signatures(data: Cohort, names: Sequence[str]) -> None:
    keys = {name: signature_of(data, name) for name in names}
    taught = [name for name, key in keys.items() if key is not None and learned_here(data, key)]
    if taught:
        warnings.warn(
            f"{', '.join(map(repr, taught))} learned from these patients: figures out of fold are too favourable, for "
            "the models behind its scores knew the patients judged. rg.tl.nomogram makes it again in every fold.",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn(
    target: Target, rows: BoolArray, full: NamedFit, single: Sequence[NamedFit], final: NamedFit | None,
    read: Sequence[Variable], left: Sequence[Variable], *, chosen: bool,
) -> None:  # fmt: skip
    event = target.event[rows]
    rarer = int(min(event.sum(), len(event) - event.sum()))
    of, then = "parameters", "odds ratios are unstable; use fewer variables, merge levels, or take the LASSO beside."
    if chosen:
        of = "coefficients to choose from"
        then = "what p-values keep is largely chance; start from fewer variables, or take the LASSO beside."
    warn_few_events(rarer, len(full.columns), cause="the rarer class", of=of, then=then, stacklevel=3)
    fits = [*single, *([final] if final is not None else [])]
    separated = list(dict.fromkeys(column for named in fits for column in named.separated))
    warn_separated(
        separated, ratio="odds ratio", then="Firth's penalty is used instead (penalty='firth').", stacklevel=3
    )
    for v in read:
        warn_single_patients(v, rows, stacklevel=3)
    if not left:
        warnings.warn(
            "no variable is left by the p-thresholds: everybody has the same probability, and the table of the model "
            "is empty (table='univariable' has each alone). Raise p_enter or p_keep (None for no threshold), or take "
            "the LASSO of all variables.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
