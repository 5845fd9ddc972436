"""Do the groups of several modalities together predict better than those of each alone?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    left_out_table,
    split_blocks,
    to_uns,
)
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator, seed_of
from radiogenomics._types import RNG
from radiogenomics.tl._cindex_added_value import added_value, sample_sizes, warn_collinear
from radiogenomics.tl._cindex_cohort import analysed
from radiogenomics.tl._cindex_estimates import cross_validated, risk_table, tested
from radiogenomics.tl._cindex_judge import judge
from radiogenomics.tl._cindex_models import models_of
from radiogenomics.tl._cindex_refit import is_learned, recipe_of, refitted_groups
from radiogenomics.tl._encoders import number_of_folds, outer_folds
from radiogenomics.tl._follow_up import follow_up, warn_one_group
from radiogenomics.tl._target import Target
from radiogenomics.tl._taught import Taught, columns_taught, said
from radiogenomics.tl._variables import (
    check_names,
    complete_cases,
    grouping,
    names_of,
    refuse_follow_up,
    variable,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_LEARNING = ("all", keys.SPLITS[0])
_USUAL = (5, 20)  # folds, repeats
_FORMED = {
    "refitted": "formed in the training folds",
    "refitted, k apparent": "formed in the training folds, their number chosen on all training patients",
    "apparent": "formed on all these patients (without their outcome)",
    "apparent, label known": "formed on all these patients, by features of a network that learned from their labels",
    "fixed": "as given",
}


def combined_cindex(
    data: Cohort,
    groupby: str | Sequence[str],
    *,
    outcome: str | None = None,
    combine: Sequence[Sequence[str]] | None = None,
    interaction: bool = True,
    covariates: str | Sequence[str] = (),
    categorical: Sequence[str] = (),
    strata: str | None = None,
    entry: str | None = None,
    landmark: float | None = None,
    horizon: float | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    refit_groups: bool = False,
    ridge: float = 0.01,
    rng: RNG = None,
    n_jobs: int | None = None,
    key_added: str = "combined_cindex",
) -> None:
    """Cross-validated c-index of each modality alone, of all together and with interaction :cite:p:`Harrell1996`.

    Every model is a Cox model fitted to the same patients and folds (stratified by event). Its c-index compares
    patients of one test fold, and is averaged over the repeats. With a split, training patients are cross-validated,
    and the model of all training patients is judged on the internal and external ones.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome.
    groupby
        One column of ``data.obs`` per modality: groups, such as ``"radiomics:groups"``, or numeric scores.
    outcome
        Name of a registered survival outcome; by default the first.
    combine
        Which of the groupings are taken together, such as ``[("rna:groups", "radiomics:groups"), ("rna:groups",
        "hscae:groups")]``; by default all of them. All models are of the same patients and folds, so that the
        combinations are compared with each other, too.
    interaction
        Also fit the model in which every combination of groups has its own hazard (scores: their product).
    covariates, categorical
        Clinical columns, for models of them alone and beside the groupings; which numeric columns, of either kind,
        are categories.
    strata
        Column whose levels each get a baseline hazard of their own; only patients of one level are compared. A
        tumour type that decides much of the outcome belongs here: otherwise whatever tells the types apart seems to
        predict.
    entry
        Column of ``data.obs`` with the time at which each patient came under observation, counted as the outcome is
        (left truncation: an MRI after the diagnosis). Fits count a patient from then on, and an event is compared with
        those under observation at it, as R's ``concordance`` does. Uno's c, AUC and Brier score are unknown then.
    landmark
        Count time from here, for the patients still at risk then :cite:p:`Anderson1983`; others are left out and
        counted.
    horizon
        Time, in the outcome's unit, up to which Uno's c and the Brier score are taken, and at which the
        time-dependent AUC is; by default the last event until which a quarter of the patients is followed.
    folds, repeats
        Folds of the cross-validation, and how often patients are divided anew, at least twice; by default 5 and 20.
        With `refit_groups` and an autoencoder's features that come with views, the encoder's own folds, once.
    bootstrap
        Number of resamples.
    confidence
        Coverage of the intervals.
    refit_groups
        Form the groups made by `rg.tl.consensus_cluster` anew in every training fold (transforms, features and
        groups, with the number of groups kept) and assign the test patients to them. Otherwise the groups as they
        stand are used, which test patients helped to form: labelled ``apparent``. Learned features are those of the
        encoder's view of each fold; without views, those of a supervised network are warned of.
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
    ``None``. Sets ``data.uns[key_added]``: ``models`` (Harrell's c with interval, apparent c-index of the model
    fitted to everyone and judged on the same, fits that only the ridge kept finite, resamples in which every repeat
    had a comparable pair, and a ``caution`` where events are too few), ``comparisons`` (below),
    ``measures`` and ``measure_differences`` (Uno's c :cite:p:`Uno2011`, AUC at the horizon, Brier score integrated
    until it :cite:p:`Graf1999`, and the share of the common survival curve's score that the model takes away, each
    with an interval), ``sample_size`` (events per coefficient beside the patients needed), ``risks`` (out-of-fold
    risk of each patient in each repeat), ``settings`` with the ``estimand`` in words, and ``left_out``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    DegenerateInputError
        If there are fewer events than folds, no two patients whose order is known, the patients with all values are
        in one group, or groups have hardly more than one patient (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        If there are fewer than 10 events, or fewer than 10 per coefficient of a model; a column is a linear combination
        of others; patients have a time of 0 (they are kept: an event at 0 comes before all others); all events are at
        one time or in one group; more than a tenth of the resamples are degenerate; or a measure cannot be had.

    Notes
    -----
    *What a comparison asks.* Of a model and one inside it: does the larger one, fitted to as many patients as a
    training fold has, predict new patients better? The p-value is one-sided (``alternative`` says so), since a
    larger model of useless terms predicts truly worse, by overfitting: a two-sided test would rightly reject, which a
    reader would take for a finding on the terms. A negative difference says that the terms cost more than they tell
    at this sample size, not that they are unrelated to the outcome. Single modalities are compared two-sidedly.

    *Standard errors.* Resamples of the patients with their out-of-fold risks held fixed, the same for all models,
    tell what would change had others been tested, not had others been fitted. Of the d patients with and the others
    without the event, one fewer than there are is drawn each and weighted up :cite:p:`Rao1988`, so that the event
    count is not left to chance. Their variance is multiplied by K / (K - 1) for the overlap of K folds (Nadeau and
    Bengio's correction for many repeats :cite:p:`Nadeau2003`), the variance between repeats is added, and the sum
    multiplied by d / (d - 3) for models fitted to few events, a factor chosen by simulation. Intervals of c and AUC
    are symmetric in the log odds; with the p-values they rest on t with d - 1 degrees of freedom. Percentiles of the
    resamples alone cover 89 % instead of 95 % at 65 events. Patients of another part of the split need the resamples
    only. Beside it, ``p_value_folds`` is the corrected resampled t-test over all folds :cite:p:`Bouckaert2004`.

    *What this promises* (simulated: 500 runs each, 110 patients, about 65 events, two groupings of three groups).
    Added noise is found to predict better in 0.4 % of the cohorts, one of two equally strong markers unlike the other
    in 4 %; the gain of 0.06 that both together bring is found in 30 %, by ``lr_p_value`` in 94 %.

    *With few events.* In simulations (500 runs each, 55 or 106 patients, groupings of three and of two groups, both
    noise, one noise, or equally strong) the 95 % intervals cover the expected c in 90 to 99 % of the cohorts with 6
    and with 10 events, 94 to 98 % with 20 and 93 to 99 % with 40. Where there is nothing to find, p < 0.05 in at most
    6 % of the comparisons at each. With 6 events this depends on the case (78 % for a strong marker of two groups where
    all censoring is at one time, 1,000 runs), and intervals are 0.60 to 0.74 wide: with fewer than 10 events figures
    carry a warning and a ``caution``.

    *``p_value_folds`` is too small* for single modalities: with 20 repeats it tells two noise markers apart in 9 to
    13 % of the cohorts with 20 to 120 events, in 15 % with 10, in 26 % with 6 (400 runs each). Folds share more than
    its correction allows for. It stands beside ``p_value`` and does not replace it.

    *Two questions, two tests.* ``lr_p_value`` tests whether the added terms are related to the outcome, with both
    models fitted to all training patients (``apparent``: not a figure of prediction). It has far more power than a
    difference of c-indices; the one does not replace the other.

    *Left out on purpose.* Net reclassification improvement rises when a model is merely miscalibrated, and its test
    finds useless markers far more often than its level says :cite:p:`Hilden2014,Pepe2015`.
    """
    groupings, clinical = names_of(groupby), names_of(covariates)
    _check(groupings, clinical, categorical, strata, folds, repeats, bootstrap, confidence, ridge)
    check_key(data, key_added)
    refuse_follow_up(data, "groupby", groupings)
    refuse_follow_up(data, "covariates", clinical)
    survival = follow_up(data, outcome, entry=entry, landmark=landmark)
    columns = [variable(data, name, categorical=name in categorical) for name in groupings + clinical]
    stratum = None if strata is None else grouping(data, strata)
    everything = [*columns, *([stratum] if stratum else [])]
    rows = complete_cases(everything, survival.known)
    learned = {name for name in groupings if is_learned(data, name)}
    recipes = [recipe_of(data, name) for name in groupings if name in learned] if refit_groups else []
    if refit_groups and not recipes:
        raise InputError("refit_groups", f"none of {groupings} was made by rg.tl.consensus_cluster; leave it out")
    encoders = [recipe.encoder for recipe in recipes if recipe.encoder is not None]
    cohort = analysed(data, columns, stratum, survival, rows, number_of_folds(encoders, folds, _USUAL[0]), horizon)
    for column in columns:
        if column.levels is not None:
            warn_one_group(column.name, column.values, survival.event, rows, stacklevel=2)
    together = _combinations(groupings, combine)
    models = models_of(groupings, clinical, interaction=interaction, combine=together)
    warn_collinear(cohort, models)
    sizes = sample_sizes(cohort, models)
    root = generator(rng)
    where = np.flatnonzero(rows)
    target = Target(survival.name, "survival", survival.event, survival.time, survival.known, survival.unit, ())
    fold_of = outer_folds(
        encoders, target, where[cohort.training], where[~cohort.training], folds, repeats, usual=_USUAL,
        rng=root,
    )  # fmt: skip
    repeats, folds = len(fold_of), int(fold_of.max()) + 1
    refit = "refitted, k apparent" if any(recipe.chosen_k for recipe in recipes) else "refitted"
    own = cohort.patients[cohort.training].tolist()
    refitted = refitted_groups(recipes, own, fold_of, rng=root, n_jobs=n_jobs) if recipes else {}
    tables: dict[str, list[pd.DataFrame]] = {}
    risks = pd.DataFrame()
    for part, inside in split_blocks(data):
        if part in _LEARNING:
            made = cross_validated(cohort, models, fold_of, refitted, ridge=ridge)
            risks, formed = risk_table(made, models), refit if refit_groups else "apparent"
        else:
            made, formed = tested(cohort, models, inside[rows], ridge=ridge), "assigned"
        judged = judge(made, models, part, n_boot=bootstrap, confidence=confidence, rng=root)
        judged["models"]["groups"] = [formed if learned & set(m.groupings) else "fixed" for m in models]
        if part in _LEARNING:
            judged["comparisons"] = judged["comparisons"].merge(
                added_value(cohort, models), on=["model", "reference"], how="left"
            )
        for name, table in judged.items():
            tables.setdefault(name, []).append(table)
    # Groups that are made again read the encoder's views (or are warned of); those that stand know what taught them.
    viewed = {r.name for r in recipes if r.encoder is None or r.views or not r.encoder.supervised}
    standing = [name for name in [*groupings, *clinical] if name not in viewed]
    taught = columns_taught(data, standing)
    _warn_taught(columns_taught(data, [n for n in standing if n not in {recipe.name for recipe in recipes}]))
    formed = "apparent, label known" if taught else "apparent"
    settings = {
        "groupby": groupings,
        "combine": together,
        "covariates": clinical,
        "categorical": list(categorical),
        "strata": strata,
        "entry": entry,
        "landmark": landmark,
        "horizon": cohort.horizon,
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
        "rng": seed_of(rng),
        "time_zero": survival.time_zero,
        "estimand": _estimand(
            folds, repeats, _FORMED[refit if refit_groups else formed if learned else "fixed"], strata
        ),
        **said(taught, predicts=True),
        **_explained(folds, int(cohort.training.sum())),
    }
    data.uns[key_added] = to_uns(
        **{name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()},
        sample_size=sizes,
        risks=risks,
        settings=settings,
        left_out=left_out_table(why_left_out(data, rows, everything, survival.why)),
    )


def _warn_taught(taught: Sequence[Taught]) -> None:
    if taught:
        warnings.warn(
            f"{said(taught, predicts=True)['apparent_reason']}. The c-indices are apparent.", RadiogenomicsWarning,
            stacklevel=3,
        )  # fmt: skip


def _combinations(groupings: list[str], combine: Sequence[Sequence[str]] | None) -> list[list[str]] | None:
    """The combinations as lists of two or more of the groupings, each once."""
    if combine is None:
        return None
    out, faults = [list(names) for names in combine if not isinstance(names, str)], []
    if not out or len(out) < len(combine):
        faults.append(Fault(f"{combine!r}", "lists of two or more of groupby", argument="combine"))
    for names in out:
        unknown = [name for name in names if name not in groupings]
        if unknown:
            expected = f"of groupby: {', '.join(groupings)}"
            faults.append(Fault(f"{', '.join(map(repr, unknown))}", expected, argument="combine"))
        elif len(set(names)) < max(2, len(names)):
            faults.append(Fault(f"{names}", "two or more different groupings", argument="combine"))
    if len({frozenset(names) for names in out}) < len(out):
        faults.append(Fault(f"{out}", "each combination once", argument="combine"))
    if faults:
        raise InputError("combined_cindex", faults)
    return out


def _explained(folds: int, n_training: int) -> dict[str, object]:
    """What the figures of the tables are, kept beside them."""
    return {
        "p_value": "one-sided (the larger model predicts better) where one model is inside the other, else two-sided; "
        "t with events less one degrees of freedom",
        "standard_error": f"variance over patients resampled (events and others apart) times {folds}/{folds - 1}, "
        "plus that between repeats, all times d / (d - 3) for d events",
        "p_value_folds": "corrected resampled t-test over the folds of all repeats",
        "lr_p_value": f"apparent: likelihood-ratio test of the added terms, all {n_training} training patients",
        "measures": {
            "uno_c": "Uno's c until the horizon",
            "auc": "cumulative/dynamic AUC at the horizon",
            "integrated_brier": "Brier score averaged until the horizon; smaller is better",
            "explained_brier": "share of the integrated Brier score of the common survival curve that the model takes "
            "away",
        },
        "unseen": "a group without a training patient has the mean effect of its grouping in the training fold",
    }


def _estimand(folds: int, repeats: int, formed: str, strata: str | None) -> str:
    within = f", each level of {strata} on its own" if strata else ""
    return (
        "The chance that, of two patients in the same test fold of whom one is known to have the event first, that one "
        f"has the higher risk (ties count one half) by a Cox model fitted to the other {folds - 1} of {folds} folds, "
        f"with groups {formed}{within}; averaged over {repeats} divisions into folds, and over the cohorts "
        "that might have been drawn."
    )


def _check(
    groupings: list[str], clinical: list[str], categorical: Sequence[str], strata: str | None, folds: int | None,
    repeats: int | None, bootstrap: int, confidence: float, ridge: float,
) -> None:  # fmt: skip
    check_names("groupby", groupings + clinical)
    if strata is not None and strata in groupings + clinical:
        where = "groupby" if strata in groupings else "covariates"
        hint = "Patients are compared within its levels, where it cannot tell them apart: leave it out of one of both"
        raise InputError("strata", Fault(f"{strata!r}, which {where} also names", "a column of its own", hint=hint))
    check_names("covariates", groupings + clinical, subset=categorical)
    faults = []
    if not groupings:
        faults.append(Fault("no grouping", "at least one", column="groupby"))
    for name, value, least in (("folds", folds, 2), ("repeats", repeats, 2), ("bootstrap", bootstrap, 2)):
        if value is not None and value < least:
            faults.append(Fault(str(value), f"at least {least}", column=name))
    if not 0 < confidence < 1:
        faults.append(Fault(str(confidence), "between 0 and 1", argument="confidence"))
    if not 0 < ridge < np.inf:
        hint = "Without it a group that has no event in a training fold has no finite coefficient."
        faults.append(Fault(str(ridge), "above 0", column="ridge", hint=hint))
    if faults:
        raise InputError("combined_cindex", faults)
