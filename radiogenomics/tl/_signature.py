"""A signature: few named features in a linear score, chosen and judged without the patients it is judged on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from radiogenomics._cohort import check_key, left_out_table, split_blocks, to_uns, training_rows
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, IntArray
from radiogenomics.tl._cindex_precision import FEW_EVENTS
from radiogenomics.tl._encoders import outer_folds, said_of
from radiogenomics.tl._feature_sets import feature_set, refuse_outcome, rows_of
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._signature_columns import check_columns, write_columns
from radiogenomics.tl._signature_fit import FittedSignature, Task, fit_signature
from radiogenomics.tl._signature_model import formula_of, model_of, pipeline_digests
from radiogenomics.tl._signature_performance import performance_table
from radiogenomics.tl._signature_scale import measured, scale_table, warn_of_scale
from radiogenomics.tl._signature_tables import (
    FoldFit,
    coefficient_table,
    fold_fit,
    fold_predictions,
    model_predictions,
    penalty_of,
    selection_table,
)
from radiogenomics.tl._target import Target, check_folds, target_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_YEAR = {"days": 365.25, "weeks": 365.25 / 7, "months": 12.0, "years": 1.0}


def signature(
    data: Cohort,
    features: str | Sequence[str],
    *,
    outcome: str | None = None,
    select: Mapping[str, Mapping[str, Any] | None] | None = None,
    l1_ratio: float = 1.0,
    rule: Literal["min", "1se"] = "min",
    inner_folds: int = 10,
    cut: Literal["median", "youden"] | float | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    horizons: Sequence[float] | None = None,
    n_resamples: int = 100,
    impute: Literal["median"] | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
    key_added: str = "signature",
) -> None:
    """Radiomic (or other) signature by the LASSO :cite:p:`Friedman2010,Simon2011`, judged by nested cross-validation.

    A binary outcome is modelled by logistic regression, a survival outcome by Cox regression, after the selectors of
    `select`. What learns, from the recorded transforms of a modality to the cut-off of the score, is fitted again
    without each fold that is predicted, and once on all training patients for the signature itself.

    Parameters
    ----------
    data
        Cohort with a registered binary or survival outcome.
    features
        Modalities (``"radiomics"``), modalities of some sequences (``"radiomics@T1"``, ``"radiomics@T1+T2"``), columns
        of ``data.obs`` (categories become 0/1 columns). An AnnData's features are named ``"data"``.
    outcome
        Name of the outcome; by default the first.
    select
        Selectors in their order, each with its settings: ``"univariate"`` (`rg.ml.UnivariateFilter`),
        ``"correlation"`` (`rg.ml.CorrelationPruner`), ``"mrmr"`` (`rg.ml.MRMR`), ``"lasso"``; for example
        ``{"correlation": {"threshold": 0.9}, "mrmr": {"n_features": 30}}``. The kind of outcome is filled in.
    l1_ratio, rule, inner_folds
        Penalty of `rg.ml.LassoSignature` or `rg.ml.CoxLassoSignature`, the rule that chooses its strength, and the
        folds within the training patients for this choice.
    cut
        Cut-off of the score between ``"high"`` and ``"low"``: the median or Youden's point of the training patients'
        own scores, or a number; by default ``"youden"`` for binary and ``"median"`` for survival outcomes.
    folds, repeats
        Outer folds (stratified by class or event), and how often they are dealt; by default 5 of each. With features
        of an autoencoder that come with views, they are the encoder's own folds, once (other numbers are refused).
    horizons
        Times, in the unit of the outcome, by which the risk of the event is told; by default 1, 3 and 5 years as far
        as the training patients' events reach.
    n_resamples
        Random halves of the training patients on which the LASSO is fitted again to see which features stay.
    impute
        ``"median"`` fills values that are missing after the recorded transforms, by the training patients of each fit;
        by default they are refused in modalities, and patients without a clinical value are left out.
    rng
        Seed or generator; the same seed gives the same result whatever `n_jobs` is.
    n_jobs
        Workers.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]`` (rad-score: mean of the out-of-fold scores of training patients, held-out
    score of internal and external ones), ``data.obs[key_added + "_group"]`` (``high`` or ``low``, alike), and
    ``data.uns[key_added]``:

    ``performance``: AUC or Harrell's c per part of the split and estimate, with the interval that `rg.tl.evaluate`
    gives it unless told otherwise. ``out_of_fold`` and ``held_out`` are honest; ``apparent`` is of the patients
    fitted on.
    ``coefficients``: per feature the ``coefficient`` (of the feature as the recorded transforms leave it),
    ``standardized`` (per training standard deviation), ``coefficient_raw`` (per unit as measured; NaN where a
    transform is no straight line of the feature alone), ``stability`` (share of `n_resamples` that keep it, of the
    LASSO alone) and ``selected_folds`` (share of the outer fits that keep it, everything made again).
    ``predictions``: per patient, estimate and repeat ``score``, ``probability``, ``cutoff``, ``threshold`` and
    ``group``. ``risks``: of survival outcomes, probability of the event by each horizon. ``path``, ``cv``: of the
    LASSO of all training patients. ``selection``: features left after each step, of each fit. ``model`` (JSON),
    ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        Unknown names or settings, missing values (named), outcomes or scores learned from them among the features;
        learned features of a network that learned from the training patients' own labels, or from test patients.
    DegenerateGroupsError, DegenerateInputError
        Fewer patients of a class, or events, than folds; no feature that varies.

    Warns
    -----
    RadiogenomicsWarning
        If nothing passes a selector or all coefficients are 0: the null model then gives everybody the same score (no
        patient is ``high``), the training patients' probability, and an AUC or c of 0.5. If external patients' values
        lie far outside those the model was fitted on.

    Notes
    -----
    Pairs of patients are compared within a fold, because each fold's model has its own scale, and areas averaged over
    repeats. Intervals of out-of-fold figures are wider than those of as many held-out patients, because the models of
    the folds learned from each other's test patients; they are those of `rg.tl.evaluate`. A patient is ``high`` for
    whom at least half of the repeats say so, each by its own cut-off.

    Features that a supervised network learned (HSCAE) reach each outer fold by the encoder's view of it: nobody's come
    from a network that learned from a label of the fold's patients. Without views there is a warning.
    """
    check_key(data, key_added, column=True)
    check_columns(data, key_added)
    target = target_of(data, outcome)
    cut = ("youden" if target.kind == "binary" else "median") if cut is None else cut
    _check(cut, n_resamples, inner_folds, target)
    own = feature_set(data, features, impute=impute)
    refuse_outcome(data, own, target)
    chosen = checked_select(select, target)
    rows, left_out = rows_of(data, own, target)
    training = rows[training_rows(data)[rows]]
    if not training.size:
        raise DegenerateInputError("features", "no training patient has an outcome and all features")
    root = generator(rng)
    others = np.setdiff1d(rows, training)
    dealt = outer_folds(
        own.encoders, target, training, others, folds, repeats, usual=(5, 5), inner=inner_folds, rng=root
    )
    repeats, folds = len(dealt), int(dealt.max()) + 1
    for fold in np.unique(dealt[0]):
        check_folds(target, training[dealt[0] != fold], inner_folds, argument="inner_folds")
    _warn_few(target, training)
    penalty = {"l1_ratio": l1_ratio, "rule": rule, "folds": inner_folds}
    task = Task(key_added, own, target, chosen, penalty, cut, _horizons(target, training, horizons), impute)
    final_seed, *seeds = spawn_seeds(root, 1 + repeats * folds)
    fitted = _fit_final(task, training, final_seed, n_resamples)
    blocks = _blocks(data, rows)
    scales = scale_table(fitted.chain, own, training)
    _warn_of_parts(fitted, task, scales, blocks)
    apparent, apparent_risks = model_predictions(fitted, task, blocks)
    made = _outer_fits(task, training, dealt, seeds, n_jobs)
    honest, honest_risks = fold_predictions(made, task, blocks[0][0])
    predictions = pd.concat([honest, apparent], ignore_index=True)
    performance = performance_table(predictions, target, own.patients)
    path, cv = _path_tables(fitted, key_added)
    settings: dict[str, Any] = {
        "outcome": target.name, "kind": target.kind, "unit": target.unit, "features": list(own.items),
        "select": dict(chosen), "l1_ratio": l1_ratio, "rule": rule, "inner_folds": inner_folds, "cut": cut,
        "folds": folds, "repeats": repeats, "horizons": list(task.horizons), "n_resamples": n_resamples,
        "impute": impute, "rng": seed_of(rng), "seed": final_seed, "n_training": len(training),
        "n_events": int((target.event[training] == 1).sum()), "lambda": penalty_of(fitted), "null": fitted.null,
        "null_folds": sum(not f.chosen for f in made), "n_fits": len(made), "formula": formula_of(fitted, scales),
        "cutoff_from": _cutoff_words(cut), "pipelines": pipeline_digests(own), "encoders": said_of(own.encoders),
    }  # fmt: skip
    parts: dict[str, Any] = {
        "performance": performance,
        "coefficients": coefficient_table(fitted, made, scales, key_added),
        "predictions": predictions,
        "path": path,
        "cv": cv,
        "selection": selection_table(fitted, made),
        "model": model_of(fitted, task, scales, training),
        "settings": settings,
        "left_out": left_out_table(left_out),
    }
    if task.horizons:
        parts["risks"] = pd.concat([honest_risks, apparent_risks], ignore_index=True)
    data.uns[key_added] = to_uns(**parts)
    write_columns(data, key_added, predictions)


def _outer_fits(task: Task, training: IntArray, dealt: IntArray, seeds: list[int], n_jobs: int | None) -> list[FoldFit]:
    jobs = [(r, k) for r in range(len(dealt)) for k in range(int(dealt.max()) + 1)]
    arguments = [
        (task, training[dealt[r] != k], training[dealt[r] == k], r, k, seed)
        for (r, k), seed in zip(jobs, seeds, strict=True)
    ]
    with threadpool_limits(1), warnings.catch_warnings():
        # Null models of folds are counted in the settings, and visible in the table of selections.
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        return parallel_map(
            _outer_fit, arguments, n_jobs=n_jobs, description="Signatures in training folds", threads=True
        )


def _outer_fit(task: Task, learn: IntArray, test: IntArray, repeat: int, fold: int, seed: int) -> FoldFit:
    task = replace(task, features=task.features.in_fold(fold))
    return fold_fit(fit_signature(task, learn, seed), task, repeat, fold, test)


def _blocks(data: Cohort, rows: IntArray) -> list[tuple[str, IntArray]]:
    """Parts of the split that have patients, the training patients first."""
    found = [(part, rows[inside[rows]]) for part, inside in split_blocks(data)]
    return [(part, own) for part, own in found if own.size]


def _fit_final(task: Task, training: IntArray, seed: int, n_resamples: int) -> FittedSignature:
    """The signature itself; what selectors and LASSO say of a null model becomes one warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = fit_signature(task, training, seed, n_resamples=n_resamples)
    said = []
    for warning in caught:
        if fitted.null and issubclass(warning.category, RadiogenomicsWarning):
            said.append(str(warning.message))
        else:
            warnings.warn(warning.message, stacklevel=3)
    if fitted.null:
        warnings.warn(
            f"outcome {task.target.name!r}: the signature is the null model, under which everybody has the same score. "
            f"{'. '.join(said)}",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    return fitted


def _warn_of_parts(
    fitted: FittedSignature, task: Task, scales: pd.DataFrame, blocks: Sequence[tuple[str, IntArray]]
) -> None:
    used = np.flatnonzero(fitted.coef)
    columns = [fitted.chain.columns[j] for j in used]
    for part, rows in blocks[1:]:
        if columns:
            values = measured(task.features, columns, rows)
            warn_of_scale(scales.iloc[used].reset_index(drop=True), values, f"{part} patients", stacklevel=3)


def _warn_few(target: Target, training: IntArray) -> None:
    """Too few of a class, or events, for the intervals to hold."""
    n_events = int((target.event[training] == 1).sum())
    few = n_events if target.kind == "survival" else min(n_events, len(training) - n_events)
    if few < FEW_EVENTS:
        what = "events" if target.kind == "survival" else "patients of the rarer class"
        warnings.warn(
            f"outcome {target.name!r}: {few} {what} among {len(training)} training patients; with fewer than "
            f"{FEW_EVENTS} intervals are not calibrated, and what is selected changes with every patient. Report the "
            "signature as exploratory.",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _path_tables(fitted: FittedSignature, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    if fitted.model is None:
        path = pd.DataFrame(columns=["model", "feature", "lambda", "coefficient", "standardized"])
        return path, pd.DataFrame(
            columns=["model", "lambda", "deviance", "se", "n_features", "is_min", "is_1se", "is_used"]
        )
    path, cv = fitted.model.path_table(), fitted.model.cv_table()
    path.insert(0, "model", name)
    cv.insert(0, "model", name)
    return path, cv


def _horizons(target: Target, training: IntArray, asked: Sequence[float] | None) -> tuple[float, ...]:
    if target.time is None:
        if asked is not None:
            raise InputError("horizons", Fault(f"horizons of the binary outcome {target.name!r}", "none"))
        return ()
    time, event = target.time[training], target.event[training] == 1
    first, last = float(time[event].min()), float(time.max())
    if asked is not None:
        wrong = [h for h in asked if not 0 < h <= last]
        if wrong or not len(asked):
            raise InputError(
                "horizons", Fault(repr(list(asked)), f"times above 0 and up to {last:g}, the longest follow-up")
            )
        return tuple(sorted({float(h) for h in asked}))
    year = _YEAR.get(target.unit)
    usual = [] if year is None else [n * year for n in (1, 3, 5) if first <= n * year < last]
    return tuple(usual) or (float(np.median(time[event])),)


def _check(cut: object, n_resamples: int, inner_folds: int, target: Target) -> None:
    faults = []
    number = isinstance(cut, int | float | np.number) and not isinstance(cut, bool) and np.isfinite(cut)
    allowed = ("median", "youden") if target.kind == "binary" else ("median",)
    if not number and cut not in allowed:
        hint = "Youden's point is that of two classes" if cut == "youden" else ""
        faults.append(Fault(repr(cut), f"{' or '.join(map(repr, allowed))}, or a number", argument="cut", hint=hint))
    if not isinstance(n_resamples, int | np.integer) or isinstance(n_resamples, bool) or n_resamples < 0:
        faults.append(Fault(repr(n_resamples), "a whole number of at least 0", argument="n_resamples"))
    if faults:
        raise InputError("signature", faults)


def _cutoff_words(cut: str | float) -> str:
    if cut == "median":
        return "median of the scores of the patients each model was fitted on"
    if cut == "youden":
        return "Youden's point of the scores of the patients each model was fitted on"
    return "given"
