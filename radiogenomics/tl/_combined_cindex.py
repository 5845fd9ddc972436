"""Do the groups of several modalities together predict better than those of each alone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    SurvivalOutcome,
    left_out_table,
    patients_of,
    split_blocks,
    survival_outcome,
    to_uns,
    training_rows,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._random import generator
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._cindex_estimates import Analysed, cross_validated, judge, risk_table, tested
from radiogenomics.tl._cindex_models import models_of
from radiogenomics.tl._cindex_refit import is_learned, recipe_of, refitted_groups
from radiogenomics.tl._variables import (
    Variable,
    check_names,
    complete_cases,
    grouping,
    names_of,
    variable,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_LEARNING = ("all", keys.SPLITS[0])
_FORMED = {
    "refitted": "formed in the training folds",
    "apparent": "formed on all these patients (without their outcome)",
    "fixed": "as given",
}


def combined_cindex(
    data: Cohort,
    groupby: str | Sequence[str],
    *,
    outcome: str | None = None,
    interaction: bool = True,
    covariates: str | Sequence[str] = (),
    categorical: Sequence[str] = (),
    folds: int = 5,
    repeats: int = 20,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    refit_groups: bool = False,
    ridge: float = 0.01,
    rng: RNG = None,
    n_jobs: int | None = None,
    key_added: str = "combined_cindex",
) -> None:
    """Cross-validated c-index of each grouping alone, of all together and with interaction :cite:p:`Harrell1996`.

    Every model is a Cox model fitted to the same patients and folds (stratified by event). Its c-index compares
    patients of one test fold, and is averaged over the repeats. The bootstrap resamples patients with their
    out-of-fold risks held fixed, the same resamples for all models. With a split, training patients are
    cross-validated, and the model of all training patients is judged on the internal and external ones.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome.
    groupby
        Groupings: categorical columns of ``data.obs``, such as ``"radiomics:groups"``.
    outcome
        Name of a registered survival outcome; by default the first.
    interaction
        Also fit the model in which every combination of groups has its own hazard.
    covariates, categorical
        Clinical columns, for models of them alone and beside the groupings; which of them are categories although
        they are numbers.
    folds, repeats
        Folds of the cross-validation, and how often patients are divided anew.
    bootstrap
        Number of resamples.
    confidence
        Coverage of the percentile intervals.
    refit_groups
        Form the groups made by `rg.tl.consensus_cluster` anew in every training fold (transforms, features and
        groups, with the number of groups kept) and assign the test patients to them. Otherwise the groups as they
        stand are used, which test patients helped to form (without their outcome): labelled ``apparent``.
    ridge
        Penalty on the squared coefficients. It keeps them finite where a group has no event in a training fold, and
        is small enough to leave the order of the risks as it is.
    rng
        Seed or Generator for folds, resamples and refitted groups.
    n_jobs
        Workers that refit groups.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``models`` (c-index with interval, apparent c-index of the model fitted
    to everyone and judged on the same, fits that only the ridge kept finite), ``comparisons`` (difference of
    c-indices of a model and one inside it, and between groupings; two-sided p-value from the share of resamples on
    either side of 0, adjusted by Benjamini-Hochberg), ``risks`` (out-of-fold risk of each patient in each repeat),
    ``settings`` with the ``estimand`` in words, and ``left_out``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    DegenerateInputError
        If there are fewer events than folds, or the patients with all values are in one group.
    """
    groupings, clinical = names_of(groupby), names_of(covariates)
    _check(groupings, clinical, categorical, folds, repeats, bootstrap, confidence, ridge)
    survival = survival_outcome(data, outcome)
    columns = [grouping(data, name) for name in groupings]
    columns += [variable(data, name, categorical=name in categorical) for name in clinical]
    rows = complete_cases(columns, survival.known)
    cohort = _analysed(data, columns, survival, rows, folds)
    models = models_of(groupings, clinical, interaction=interaction)
    root = generator(rng)
    fold_of = stratified_folds(cohort.event[cohort.training], folds, repeats, rng=root)
    learned = {name for name in groupings if is_learned(data, name)}
    recipes = [recipe_of(data, name) for name in groupings if name in learned] if refit_groups else []
    if refit_groups and not recipes:
        raise InputError("refit_groups", f"none of {groupings} was made by rg.tl.consensus_cluster; leave it out")
    own = cohort.patients[cohort.training].tolist()
    refitted = refitted_groups(recipes, own, fold_of, rng=root, n_jobs=n_jobs) if recipes else {}
    tables, comparisons, risks = [], [], pd.DataFrame()
    for part, inside in split_blocks(data):
        if part in _LEARNING:
            made = cross_validated(cohort, models, fold_of, refitted, ridge=ridge)
            risks, formed = risk_table(made, models), "refitted" if refit_groups else "apparent"
        else:
            made, formed = tested(cohort, models, inside[rows], ridge=ridge), "assigned"
        table, compared = judge(made, models, part, n_boot=bootstrap, confidence=confidence, rng=root)
        tables.append(table.assign(groups=[formed if learned & set(m.groupings) else "fixed" for m in models]))
        comparisons.append(compared)
    why = {f"no follow-up ({survival.name})": ~survival.known}
    settings = {
        "groupby": groupings,
        "covariates": clinical,
        "categorical": list(categorical),
        "outcome": survival.name,
        "unit": survival.unit,
        "interaction": interaction,
        "folds": folds,
        "repeats": repeats,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "refit_groups": refit_groups,
        "ridge": ridge,
        "ties": "efron",
        "rng": rng if isinstance(rng, int) else None,
        "estimand": _estimand(
            folds, repeats, _FORMED["refitted" if refit_groups else "apparent" if learned else "fixed"]
        ),
        "p_value": "twice the smaller share of resamples in which the difference is at most, or at least, 0",
        "unseen": "a group without a training patient has the mean effect of its grouping in the training fold",
    }
    data.uns[key_added] = to_uns(
        models=pd.concat(tables, ignore_index=True),
        comparisons=pd.concat(comparisons, ignore_index=True),
        risks=risks,
        settings=settings,
        left_out=left_out_table(why_left_out(data, rows, columns, why)),
    )


def _estimand(folds: int, repeats: int, formed: str) -> str:
    return (
        "The chance that, of two patients in the same test fold of whom one is known to have the event first, that one "
        f"has the higher risk (ties count one half) by a Cox model fitted to the other {folds - 1} of {folds} folds, "
        f"with groups {formed}; averaged over {repeats} divisions into folds. Intervals and p-values resample the "
        "patients with these risks held fixed: they leave out how the models would differ had others been fitted."
    )


def _check(
    groupings: list[str], clinical: list[str], categorical: Sequence[str], folds: int, repeats: int, bootstrap: int,
    confidence: float, ridge: float,
) -> None:  # fmt: skip
    check_names("groupby", groupings + clinical)
    check_names("covariates", clinical, subset=categorical)
    faults = []
    if not groupings:
        faults.append(Fault("no grouping", "at least one", column="groupby"))
    for name, value, least in (("folds", folds, 2), ("repeats", repeats, 1), ("bootstrap", bootstrap, 1)):
        if value < least:
            faults.append(Fault(str(value), f"at least {least}", column=name))
    if not 0 < confidence < 1:
        faults.append(Fault(str(confidence), "between 0 and 1", column="confidence"))
    if not 0 < ridge < np.inf:
        hint = "Without it a group that has no event in a training fold has no finite coefficient."
        faults.append(Fault(str(ridge), "above 0", column="ridge", hint=hint))
    if faults:
        raise InputError("combined_cindex", faults)


def _analysed(
    data: Cohort, columns: Sequence[Variable], survival: SurvivalOutcome, rows: BoolArray, folds: int
) -> Analysed:
    """Patients with all values, their factors coded; refuses too few events and factors that do not vary."""
    training = training_rows(data) & rows
    n_events = int((survival.event[training] == 1).sum())
    if n_events < folds:
        raise DegenerateInputError(
            f"outcome {survival.name!r}",
            f"{n_events} event(s) among the {int(training.sum())} patients with all values; {folds} folds need one "
            "each. Use fewer folds, or fewer columns with missing values",
        )
    factors: dict[str, IntArray | FloatArray] = {}
    for column in columns:
        values = column.values[rows]
        if column.values[training].nunique() < 2:
            raise DegenerateInputError(
                f"column {column.name!r}", f"one value in all {int(training.sum())} patients with all values"
            )
        if column.levels is None:
            factors[column.name] = values.to_numpy(dtype=float)
        else:
            factors[column.name] = pd.Categorical(values, categories=column.levels).codes.astype(np.int64)
    return Analysed(
        patients_of(data)[rows].to_numpy(dtype=str), survival.time[rows], survival.event[rows], factors, training[rows]
    )
