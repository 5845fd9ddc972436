"""Which features, classifier and sampling predict best, judged by patients who took no part in any choice?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import check_key, left_out_table, outcome_of, patients_of, split_of, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, IntArray
from radiogenomics.ml._classifiers import check_classifiers, grid_of
from radiogenomics.ml._sampling import SAMPLINGS, require_smote
from radiogenomics.tl._compare_sets import NamedSet, named_sets
from radiogenomics.tl._compare_tables import (
    WINNER,
    best_table,
    fits_of,
    model_table,
    prediction_table,
    selection_table,
    tuning_table,
)
from radiogenomics.tl._compare_units import WHERE, Plan, Unit, UnitResult, fit_unit, refuse_small_classes
from radiogenomics.tl._encoders import outer_folds, said_of
from radiogenomics.tl._feature_sets import feature_set, refuse_outcome, rows_of
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._target import Target, target_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def compare_models(
    data: Cohort,
    feature_sets: Mapping[str, str | Sequence[str]],
    *,
    outcome: str | None = None,
    classifiers: Sequence[str] = (
        "logistic_regression", "decision_tree", "random_forest", "extra_trees", "svm", "adaboost", "gradient_boosting",
    ),
    sampling: str | Sequence[str] = ("none", "smote"),
    sequences: Mapping[str, Sequence[str]] | None = None,
    select: Mapping[str, Mapping[str, Any] | None] | None = None,
    tuning: bool | Mapping[str, Any] = True,
    smote_neighbors: int = 5,
    impute: Literal["median"] | None = None,
    inner_folds: int = 5,
    folds: int | None = None,
    repeats: int | None = None,
    confidence: float = 0.95,
    rng: RNG = 0,
    n_jobs: int | None = None,
    key_added: str = "models",
) -> None:  # fmt: skip
    """Compare classifiers on feature sets, with and without synthetic patients, by nested cross-validation.

    Everything that learns is made again in every training fold: recorded transforms, selection, tuning, synthetic
    patients, probabilities and cut-offs :cite:p:`Varma2006`. With a split, training patients are cross-validated, and
    the models of all training patients are judged on the internal and external ones.

    Parameters
    ----------
    data
        Cohort with a registered binary outcome.
    feature_sets
        Name -> what the set has: modalities (``"radiomics"``), those of some sequences (``"radiomics@T1"``), columns of
        ``data.obs``. All are compared on the patients who have all of them.
    outcome
        Name of a registered binary outcome; by default the first.
    classifiers
        Which of the seven; their settings are in ``radiogenomics/ml/_classifiers.py``.
    sampling
        ``"none"``, ``"smote"`` (training patients of the rarer class are joined by synthetic ones between them
        :cite:p:`Chawla2002`; those of test patients never), or both.
    sequences
        Name -> sequences, crossed with the feature sets: ``{"T1": ["T1"], "both": ["T1", "T2"]}``.
    select
        Selectors in their order with their parameters, such as ``{"mrmr": {"n_features": 15}, "lasso": {}}``:
        ``univariate``, ``correlation``, ``mrmr``, ``lasso``. All classifiers of a fold share what they select.
    tuning
        ``True``: at most six settings of each classifier are tried in the inner folds; ``False``: scikit-learn's own
        stand; or per classifier settings with the values to try (others keep theirs): ``{"svm": {"C": [0.1, 1]}}``.
    smote_neighbors
        Neighbours between which synthetic patients are placed.
    impute
        ``"median"`` fills what is missing after the recorded transforms, as the training fold has it.
    inner_folds
        Folds inside each training set that choose the settings of largest AUC.
    folds, repeats
        Folds that judge, and how often patients are divided anew; by default 5 folds, once. With features of an
        autoencoder that come with views, they are the encoder's own folds, once (other numbers are refused).
    confidence
        Coverage of the intervals.
    rng
        Seed or generator; the same seed gives the same result whatever `n_jobs` is.
    n_jobs
        Workers.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``models`` (AUC with DeLong's interval :cite:p:`DeLong1988` per model, part
    of the split and estimate), ``best`` (below), ``predictions``, ``tuning`` (per model and training fold, fold -1
    being all training patients: settings chosen, inner AUC, cut-offs), ``selection`` (share of the training folds
    in which each set kept a feature), ``fits`` (seed of each training set), ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        Names or arguments are at fault; missing values without `impute`.
    DegenerateGroupsError
        A class has fewer patients than folds, inner folds or SMOTE's neighbours need.
    MissingDependencyError
        SMOTE without imbalanced-learn.

    Warns
    -----
    RadiogenomicsWarning
        Selectors let nothing through in some training folds (those models tell everyone the same), or a part of the
        split lacks a class.

    Notes
    -----
    *The best of many.* The highest of many out-of-fold figures is too high, because the patients who give it also
    chose it: ``best`` labels it ``chosen on these patients``. Beside it stands ``"picked by inner folds"``, a model of
    its own in all tables: every training set picks the model of largest inner AUC, which its test patients then judge.

    *Probabilities.* Logistic regression, trees, forests and gradient boosting keep their own. Margins of support
    vectors and of AdaBoost are none, and a model that learned from as many synthetic patients as it took to level the
    classes finds the rarer one too likely :cite:p:`Goorbergh2022`: for them, the log odds (margins as they are) that
    inner folds gave to patients they held out are fitted by a logistic curve :cite:p:`Platt1999`, selection being
    made without those patients too. Its slope is at least 0.01, so that it never turns the order round.

    *Cut-offs* are Youden's :cite:p:`Youden1950` on the same held-out scores.

    *Synthetic patients* lie between two training patients in all features, scaled to a standard deviation of 1;
    columns of categories then take values between 0 and 1.

    *Intervals* of out-of-fold areas are wider than those of as many held-out patients, because the models of the folds
    learned from each other's test patients; they are those of `rg.tl.evaluate`.
    """
    check_key(data, key_added)
    target = _binary(data, outcome)
    sets = named_sets(data, feature_sets, sequences)
    plan = _plan(target, classifiers, sampling, select, tuning, smote_neighbors, impute, inner_folds)
    _check(confidence, plan)
    features = [feature_set(data, named.items, impute=impute) for named in sets]
    for own in features:
        refuse_outcome(data, own, target)
    rows, left_out = rows_of(data, features, target)
    split, learning = _parts(data)
    part = split.to_numpy()
    learn, test = rows[part[rows] == learning], rows[part[rows] != learning]
    root = generator(rng)
    encoders = [e for own in features for e in own.encoders]
    fold_of = outer_folds(encoders, target, learn, test, folds, repeats, usual=(5, 1), inner=inner_folds, rng=root)
    units = _units(fold_of, learn, test, root)
    repeats, folds = len(fold_of), int(fold_of.max()) + 1
    refuse_small_classes(plan, [unit.learn for unit in units])
    tasks = [(plan, own, unit) for unit in units for own in features]
    results = parallel_map(fit_unit, tasks, n_jobs=n_jobs, description="Models in training folds")
    _warn_empty(sets, units, results)
    fits = fits_of(units, sets, results)
    predictions = prediction_table(fits, patients_of(data), split, learning)
    truth = pd.Series(target.event[rows], index=patients_of(data)[rows])
    models = model_table(predictions, truth, _described(sets, plan), confidence)
    data.uns[key_added] = to_uns(
        models=models,
        best=best_table(models),
        predictions=predictions,
        tuning=tuning_table(fits),
        selection=selection_table(units, sets, results),
        fits=pd.DataFrame([{"repeat": unit.repeat, "fold": unit.fold, "seed": unit.seed} for unit in units]),
        settings={
            "kind": "binary", "outcome": target.name, "features": {s.name: list(s.items) for s in sets},
            "feature_sets": {k: [v] if isinstance(v, str) else list(v) for k, v in feature_sets.items()},
            "sequences": None if sequences is None else {k: list(v) for k, v in sequences.items()},
            "classifiers": list(plan.grids), "sampling": list(plan.sampling), "select": dict(plan.select),
            "tuning": tuning, "grids": plan.grids, "smote_neighbors": smote_neighbors, "impute": impute,
            "inner_folds": inner_folds, "folds": folds, "repeats": repeats, "confidence": confidence,
            "encoders": said_of(encoders),
            "horizons": None, "n": len(learn), "n_positive": int(target.event[learn].sum()), "rng": seed_of(rng),
            "threshold": "Youden's, on the scores that inner folds gave to patients they held out",
            "probability": "the classifier's own; of support vectors, AdaBoost and after SMOTE a logistic curve of the "
            "same held-out scores",
            "inner_search": "largest AUC over pairs of patients of one inner fold",
        },
        left_out=left_out_table(left_out),
    )  # fmt: skip


def _binary(data: Cohort, outcome: str | None) -> Target:
    name, _ = outcome_of(data, outcome, kinds=("binary",))
    return target_of(data, name)


def _plan(
    target: Target, classifiers: Sequence[str], sampling: str | Sequence[str], select: Any, tuning: Any,
    neighbors: int, impute: str | None, inner_folds: int,
) -> Plan:  # fmt: skip
    names = [classifiers] if isinstance(classifiers, str) else list(dict.fromkeys(classifiers))
    samplings = [sampling] if isinstance(sampling, str) else list(dict.fromkeys(sampling))
    for what, given in (("classifiers", names), ("sampling", samplings)):
        if not given:
            raise InputError(what, Fault("none", "at least one"))
    check_classifiers(names, WHERE, "classifiers")
    unknown = [s for s in samplings if s not in SAMPLINGS]
    if unknown:
        raise InputError("sampling", [Fault(repr(s), f"one of {', '.join(SAMPLINGS)}") for s in unknown])
    own = tuning if isinstance(tuning, Mapping) else {}
    if not isinstance(tuning, bool | Mapping):
        raise InputError("tuning", Fault(repr(tuning), "True, False, or settings to try by classifier"))
    strange = sorted(set(own) - set(names))
    if strange:
        raise InputError("tuning", [Fault(repr(s), f"one of {', '.join(names)}, which are compared") for s in strange])
    whole = tuning if isinstance(tuning, bool) else True
    grids = {name: grid_of(name, own.get(name, whole), WHERE) for name in names}
    return Plan(target, checked_select(select, target), impute, grids, tuple(samplings), neighbors, inner_folds)


def _check(confidence: float, plan: Plan) -> None:
    faults = []
    if not 0 < confidence < 1:
        faults.append(Fault(repr(confidence), "a number between 0 and 1", argument="confidence"))
    for name, value, least in (("inner_folds", plan.inner_folds, 2), ("smote_neighbors", plan.neighbors, 1)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            faults.append(Fault(repr(value), f"a whole number of at least {least}", argument=name))
    if faults:
        raise InputError(WHERE, faults)
    if "smote" in plan.sampling:
        require_smote()


def _parts(data: Cohort) -> tuple[pd.Series, str]:
    """Part of the split of each patient, and the part that is learned from."""
    split = split_of(data)
    if split is None:
        return pd.Series("all", index=patients_of(data)), "all"
    return split, keys.SPLITS[0]


def _units(fold_of: IntArray, learn: IntArray, test: IntArray, root: np.random.Generator) -> list[Unit]:
    """Training folds of all repeats, then all training patients, whose models also judge the test patients."""
    repeats, folds = len(fold_of), int(fold_of.max()) + 1
    seeds = spawn_seeds(root, repeats * folds + 1)
    units = [
        Unit(r, k, learn[fold_of[r] != k], learn[fold_of[r] == k], seeds[r * folds + k])
        for r in range(repeats)
        for k in range(folds)
    ]
    return [*units, Unit(0, -1, learn, np.concatenate([learn, test]), seeds[-1])]


def _described(sets: Sequence[NamedSet], plan: Plan) -> pd.DataFrame:
    rows = [
        {"model": named.model(name, sampling), "classifier": name, "features": named.features,
         "sequences": named.sequences, "sampling": sampling}
        for named in sets for sampling in plan.sampling for name in plan.grids
    ]  # fmt: skip
    rows.append({"model": WINNER, "classifier": "", "features": "", "sequences": "", "sampling": ""})
    return pd.DataFrame(rows)


def _warn_empty(sets: Sequence[NamedSet], units: Sequence[Unit], results: Sequence[UnitResult]) -> None:
    for i, named in enumerate(sets):
        empty = sum(not result.columns for result in results[i :: len(sets)])
        if empty:
            warnings.warn(
                f"Feature set {named.name!r}: the selectors let no feature through in {empty} of {len(units)} training "
                "sets; models there tell every patient the same (AUC 0.5). Loosen select=.",
                RadiogenomicsWarning,
                stacklevel=3,
            )
