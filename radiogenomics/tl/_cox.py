"""Hazard ratios of clinical variables and patient groups."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import left_out_table, split_blocks, survival_outcome, to_uns, training_rows
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.tl._cox_models import CoxModels
from radiogenomics.tl._variables import Term, check_names, complete_cases, names_of, variable, why_left_out

if TYPE_CHECKING:
    from radiogenomics._types import Cohort
    from radiogenomics.core.cox import CoxFit

# Parts of the split on whose patients the model is fitted.
_LEARNING = ("all", keys.SPLITS[0])
# Fewer events per parameter than this make estimates unstable (Peduzzi et al., 1995).
_EVENTS_PER_PARAMETER = 10


def cox(
    data: Cohort,
    variables: str | Sequence[str],
    *,
    outcome: str | None = None,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    strata: str | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    penalty: Literal["firth"] | None = None,
    key_added: str = "cox",
) -> None:
    """Cox regression of each variable alone and of all together :cite:p:`Cox1972`.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome. With a split, the models are fitted on the training patients, and
        their c-index is also given for the others.
    variables
        Columns of ``data.obs``: numbers (hazard ratio per unit) or categories (per level against the reference).
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
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``univariable`` (each variable on its own patients; p-values also adjusted
    by Benjamini-Hochberg over the table's rows), ``multivariable`` (patients with all values), ``model``
    (likelihood-ratio, Wald and score test of the multivariable model), ``fit`` (its log-likelihood and c-index with
    standard error), ``settings`` and ``left_out`` (of the multivariable model). ``p_variable`` is the
    likelihood-ratio test of leaving the whole variable out. Estimates that run to infinity are NaN, with a ``note``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    DegenerateInputError
        If there is no event, or a variable is constant or a combination of others.

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 events per parameter; separation; no convergence.
    """
    names = names_of(variables)
    chosen = dict(reference or {})
    check_names("variables", names, subset=categorical)
    check_names("variables", names, subset=list(chosen), of="reference")
    if not names or strata in names:
        raise InputError("variables", Fault(f"{names}", "at least one column, none of them the strata"))
    survival = survival_outcome(data, outcome)
    columns = [variable(data, name, categorical=name in categorical) for name in names]
    layer = variable(data, strata, categorical=True) if strata is not None else None
    training = training_rows(data)
    among = training & survival.known & (layer.known if layer else True)
    models = CoxModels(survival, layer, ties, penalty, chosen)
    univariable = pd.concat([models.table([v], complete_cases([v], among)) for v in columns], ignore_index=True)
    adjusted = core.benjamini_hochberg(univariable["p_value"])
    univariable.insert(list(univariable).index("p_value") + 1, "p_adjusted", adjusted)
    rows = complete_cases(columns, among)
    multivariable = models.table(columns, rows)
    fitted, terms = models.fit(columns, rows)
    _warn(fitted, terms)
    fits = [
        models.performance(columns, terms, fitted, part, rows if part in _LEARNING else inside & survival.known)
        for part, inside in split_blocks(data)
    ]
    settings = {
        "variables": names,
        "outcome": survival.name,
        "unit": survival.unit,
        "categorical": list(categorical),
        "reference": {t.name: t.reference for t in terms},
        "strata": strata,
        "ties": ties,
        "penalty": penalty,
        "confidence": 0.95,
    }
    why = {"not a training patient": ~training, f"no follow-up ({survival.name})": ~survival.known}
    reasons = why_left_out(data, rows, [*columns, *([layer] if layer else [])], why)
    data.uns[key_added] = to_uns(
        univariable=univariable,
        multivariable=multivariable,
        model=_tests(fitted),
        fit=pd.DataFrame(fits),
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _tests(fitted: CoxFit) -> pd.DataFrame:
    tests = {"likelihood_ratio": fitted.likelihood_ratio, "wald": fitted.wald, "score": fitted.score}
    columns = ["test", "statistic", "df", "p_value"]
    return pd.DataFrame(
        [(name, t.statistic, float(t.df), t.p_value) for name, t in tests.items() if t], columns=columns
    )


def _warn(fitted: CoxFit, terms: Sequence[Term]) -> None:
    n_parameters = fitted.coef.size
    if fitted.n_events < _EVENTS_PER_PARAMETER * n_parameters:
        warnings.warn(
            f"{fitted.n_events} events for {n_parameters} parameters ({fitted.n_events / n_parameters:.1f} each, fewer "
            f"than {_EVENTS_PER_PARAMETER}): hazard ratios are unstable; use fewer variables, merge levels.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    names = [column for t in terms for column in t.columns]
    if fitted.diverging:
        said = ", ".join(names[j] for j in fitted.diverging)
        warnings.warn(
            f"{said}: the hazard ratio runs to infinity, because the patients with events are separated from those "
            "without; it is reported as unknown. Use penalty='firth', merge levels, or leave the variable out.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    elif not fitted.converged:
        warnings.warn("the Cox model did not converge; use fewer variables.", RadiogenomicsWarning, stacklevel=3)
