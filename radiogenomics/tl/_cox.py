"""Hazard ratios of clinical variables and patient groups."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, patients_of, split_blocks, to_uns, training_rows
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.core.schoenfeld import Transform
from radiogenomics.tl import _cox_checks as checks
from radiogenomics.tl._cox_models import NO_MAXIMUM, CoxModels, Predictors
from radiogenomics.tl._cox_warnings import warn_few_events, warn_separated
from radiogenomics.tl._follow_up import follow_up
from radiogenomics.tl._formula import formula_of
from radiogenomics.tl._leaks import warn_of_leaks
from radiogenomics.tl._presets import Preset, preset_columns
from radiogenomics.tl._sample_size import sample_size_of
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import (
    Term,
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
    from radiogenomics.core.cox import CoxFit

# Parts of the split on whose patients the model is fitted.
_LEARNING = ("all", keys.SPLITS[0])


def cox(
    data: Cohort,
    variables: str | Sequence[str] | None = None,
    *,
    formula: str | None = None,
    preset: Preset | None = None,
    columns: Mapping[str, str] | None = None,
    outcome: str | None = None,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    strata: str | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    penalty: Literal["firth"] | None = None,
    ridge: float = 0.0,
    entry: str | None = None,
    landmark: float | None = None,
    time_transform: Transform = "km",
    key_added: str = "cox",
) -> None:
    """Cox regression of each variable alone and of all together, with its checks :cite:p:`Cox1972`.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome. With a split, the models are fitted on the training patients, and
        their c-index is also given for the others.
    variables
        Columns of ``data.obs``: numbers (hazard ratio per unit) or categories (per level against the reference).
    formula
        Instead of `variables`, the right side of a formula with transforms and interactions, such as
        ``"age + log(size) + grade * sex"``; names with other signs stand in backticks. It is evaluated as Python
        expressions, so take it from nobody you would not take code from. Terms of one factor are also fitted alone.
    preset
        Covariates that join `variables`: ``"sarculator"`` age, size, FNCLCC grade, histology :cite:p:`Callegaro2016`;
        ``"management"`` chemotherapy, radiotherapy, margins. The SARCULATOR risk itself is not computed: its
        nomograms are published as drawings, not as coefficients.
    columns
        Column of each covariate of `preset`. By default the first that is there of: ``age`` age, age_years; ``size``
        size, size_mm, size_cm, tumour_size, tumor_size; ``grade`` fnclcc_grade, fnclcc, grade; ``histology``
        histology, histotype, histological_type; ``chemotherapy`` chemotherapy, chemo; ``radiotherapy`` radiotherapy,
        radiation_therapy, radiation; ``margins`` margins, margin_status, surgical_margins. All but age and size are
        taken as categories.
    outcome
        Name of a registered survival outcome; by default the first.
    categorical
        Variables to take as categories although they are numbers.
    reference
        Reference level by variable. By default the first level of a categorical column (and the lowest number), the
        most frequent of a text column.
    strata
        Column whose levels each get a baseline hazard of their own; the c-index then compares patients of one level.
    ties
        How tied events are treated.
    penalty
        ``"firth"`` gives finite estimates where a variable separates the patients with events from those without.
    ridge
        Half of this times the sum of the squared coefficients (per unit of each column, as it stands) is taken off
        the log-likelihood: estimates of collinear or separating variables are then finite, and drawn to no effect.
        There are no tests of the model then.
    entry
        Column of ``data.obs`` with the time at which each patient came under observation, counted as the outcome is
        (left truncation: an MRI after the diagnosis); at risk, and compared by the c-index, from then on.
    landmark
        Count time from here, for the patients still at risk then :cite:p:`Anderson1983`; others are left out and
        counted.
    time_transform
        Scale of time on which the proportional-hazards test lets effects change: one minus the survival (``"km"``),
        ranks (``"rank"``), time itself (``"identity"``).
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``univariable`` (each variable on its own patients; p-values also adjusted
    by Benjamini-Hochberg over the table's rows), ``multivariable`` (patients with all values), ``model``
    (likelihood-ratio, Wald and score test of the multivariable model), ``fit`` (its log-likelihood and c-index with
    standard error), ``sample_size`` (events per coefficient beside the patients that a model of as many would need for
    predictions that hold elsewhere :cite:p:`Riley2019,Riley2020`), ``proportional_hazards`` (score test of each
    variable and of all together :cite:p:`Grambsch1994`; a ``note`` where it cannot be tested), ``functional_form``
    (martingale residuals without each numeric variable of at least five values, against it, with a local regression
    :cite:p:`Therneau1990`), ``influence`` (dfbeta: each patient's share in each coefficient, and that in standard
    errors), ``settings`` and ``left_out`` (of the multivariable model).
    ``p_variable`` is the likelihood-ratio test of leaving the whole variable out. Estimates that run to infinity are
    NaN, with a ``note``, and so is the Wald test beside them; ``influence`` is empty then, and with a penalty. A time
    of 0 is a time as others: an event at it counts among everybody, who is censored at it is at risk only then.
    ``settings["time_zero"]`` counts them.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If the formula cannot be read or has values that are no numbers, covariates of the preset have no column (all
        are named), a column is the time or event of a registered outcome, patients enter at or after the end of their
        follow-up, or times are below 0.
    DegenerateInputError
        If there is no event, or a variable is constant, a combination of others, or has hardly more patients than
        levels (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 events per parameter; separation; no convergence; patients with a time of 0; all events at
        one time; a level of one patient; a term of the formula to a power outside of ``I()``.
    """
    check_key(data, key_added)
    chosen = dict(reference or {})
    if time_transform not in ("km", "rank", "identity"):
        raise InputError("time_transform", Fault(repr(time_transform), "'km', 'rank' or 'identity'"))
    if isinstance(ridge, bool) or not 0 <= ridge < np.inf or (ridge and penalty is not None):
        found = f"{ridge!r}" + (f" beside penalty={penalty!r}" if penalty is not None else "")
        raise InputError("ridge", Fault(found, "a number of at least 0, and one penalty at most"))
    names, categories = _named(data, variables, formula, preset, columns, categorical)
    survival = follow_up(data, outcome, entry=entry, landmark=landmark)
    model: Predictors
    alone: list[tuple[Predictors, list[Variable]]]
    if formula is None:
        check_names("variables", names, subset=categories)
        check_names("variables", names, subset=list(chosen), of="reference")
        if not names or strata in names:
            raise InputError("variables", Fault(f"{names}", "at least one column, none of them the strata"))
        refuse_formula(data, names, offered=True)
        refuse_follow_up(data, "variables", names)
        read = [variable(data, name, categorical=name in categories) for name in names]
        model, alone = read, [([v], [v]) for v in read]
    else:
        model = formula_of(data, formula, categorical=tuple(categories), reference=chosen)
        read = list(model.variables)
        names = [v.name for v in read]
        refuse_follow_up(data, "formula", names)
        check_names("formula", names, subset=[*categories, *chosen], of="categorical or reference")
        alone = [(f, list(f.variables)) for f in model.singles()]
    warn_of_leaks(read, survival, training_rows(data) & survival.known, stacklevel=2)
    layer = variable(data, strata, categorical=True) if strata is not None else None
    training = training_rows(data)
    usable = survival.known & (layer.known if layer else True)
    among = training & usable
    models = CoxModels(survival, layer, ties, penalty, chosen, float(ridge))
    rows = complete_cases(read, among)
    multivariable = models.table(model, rows)
    for v in read:
        warn_single_patients(v, rows, stacklevel=2)
    apart = [models.table(m, complete_cases(v, among)) for m, v in alone]
    univariable = pd.concat(apart, ignore_index=True) if apart else multivariable.iloc[:0]
    adjusted = core.benjamini_hochberg(univariable["p_value"])
    univariable.insert(list(univariable).index("p_value") + 1, "p_adjusted", adjusted)
    fitted, terms = models.fit(model, rows)
    _warn(fitted, terms)
    fits = [
        models.performance(model, terms, fitted, part, rows if part in _LEARNING else inside & usable)
        for part, inside in split_blocks(data)
    ]
    settings = {
        "variables": names,
        "formula": formula,
        "preset": preset,
        "outcome": survival.name,
        "unit": survival.unit,
        "categorical": categories,
        "reference": {t.name: t.reference for t in terms},
        "strata": strata,
        "ties": ties,
        "penalty": penalty,
        "ridge": float(ridge),
        "entry": entry,
        "landmark": landmark,
        "time_transform": time_transform,
        "confidence": 0.95,
        "time_zero": survival.time_zero,
        **said(columns_taught(data, names)),
    }
    why = {"not a training patient": ~training, **survival.why}
    reasons = why_left_out(data, rows, [*read, *([layer] if layer else [])], why)
    data.uns[key_added] = to_uns(
        univariable=univariable,
        multivariable=multivariable,
        model=_tests(models, fitted),
        fit=pd.DataFrame(fits),
        sample_size=pd.DataFrame([sample_size_of(int(rows.sum()), fitted.n_events, fitted.coef.size)]),
        proportional_hazards=checks.proportional_hazards(models, terms, fitted, rows, time_transform),
        functional_form=checks.functional_form(models, read, terms, rows),
        influence=checks.influence(models, terms, fitted, rows, patients_of(data)),
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _named(
    data: Cohort,
    variables: str | Sequence[str] | None,
    formula: str | None,
    preset: str | None,
    columns: Mapping[str, str] | None,
    categorical: Sequence[str],
) -> tuple[list[str], list[str]]:
    """Columns asked for by name or preset, and which of them are categories."""
    if formula is not None and (variables is not None or preset is not None):
        raise InputError("formula", Fault("a formula beside variables or a preset", "one of them"))
    if columns is not None and preset is None:
        raise InputError("columns", Fault("columns without a preset", "preset='sarculator' or 'management'"))
    if formula is None and variables is None and preset is None:
        raise InputError("variables", Fault("nothing", "variables, a formula or a preset"))
    names = names_of(variables) if variables is not None else []
    categories = list(categorical)
    if preset is not None:
        more, kinds = preset_columns(data, preset, columns)
        names += [c for c in more if c not in names]
        categories += [c for c in kinds if c not in categories]
    return names, categories


def _tests(models: CoxModels, fitted: CoxFit) -> pd.DataFrame:
    """The three tests of all coefficients; what cannot be said is NaN, with the reason."""
    tests = {"likelihood_ratio": fitted.likelihood_ratio, "wald": fitted.wald, "score": fitted.score}
    rows: list[tuple[str, float, float, float, str | None]] = []
    for name, test in tests.items():
        note = None if test is not None else f"not defined with {models.penalised}"
        if test is not None and name == "wald" and not fitted.converged:
            note = NO_MAXIMUM if fitted.diverging else "the iterations ran out"
        if test is None or note is not None:
            rows.append((name, np.nan, float(fitted.coef.size), np.nan, note))
        else:
            rows.append((name, test.statistic, float(test.df), test.p_value, note))
    return pd.DataFrame(rows, columns=["test", "statistic", "df", "p_value", "note"])


def _warn(fitted: CoxFit, terms: Sequence[Term]) -> None:
    then = "hazard ratios are unstable; use fewer variables, merge levels."
    warn_few_events(fitted.n_events, fitted.coef.size, then=then, stacklevel=3)
    names = [column for t in terms for column in t.columns]
    if fitted.diverging:
        warn_separated(
            [names[j] for j in fitted.diverging],
            ratio="hazard ratio",
            then="it is reported as unknown. Use penalty='firth', merge levels, or leave the variable out.",
            stacklevel=3,
        )
    elif not fitted.converged:
        warnings.warn("the Cox model did not converge; use fewer variables.", RadiogenomicsWarning, stacklevel=3)
