"""How good the predictions of models are, in each part of the split."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import binary_outcome, check_key, left_out_table, to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, BoolArray
from radiogenomics.core.proportion import check_confidence
from radiogenomics.tl._cindex_cohort import horizon_of
from radiogenomics.tl._evaluate_binary import judge_binary, thresholds_of
from radiogenomics.tl._evaluate_survival import cuts_of, judge_survival
from radiogenomics.tl._follow_up import FollowUp, follow_up
from radiogenomics.tl._judged_blocks import Block, blocks_of, judged_outcome, why_not_judged
from radiogenomics.tl._predictions import predictions_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def evaluate(
    data: Cohort,
    predictions: str | Sequence[str] = "signature",
    *,
    models: Sequence[str] | None = None,
    outcome: str | None = None,
    threshold: str | float = "youden",
    horizon: float | None = None,
    bootstrap: int = 2000,
    confidence: float = 0.95,
    rng: RNG = 0,
    key_added: str = "evaluate",
) -> None:
    """Discrimination, decisions and errors of models, each with its interval :cite:p:`DeLong1988,Wilson1927`.

    Parameters
    ----------
    data
        Cohort with predictions and a registered binary or survival outcome.
    predictions
        Results of `rg.tl.signature` or `rg.tl.compare_models`, and columns of ``data.obs`` that hold scores or, where
        all values lie within [0, 1] and are not just 0 and 1, probabilities (estimate ``given``); higher speaks for the
        positive class or an earlier event.
    models
        Names of models; by default all but the LASSO that `rg.tl.logistic` fits beside its model.
    outcome
        What to judge by; by default what the models were made for, else the first outcome. A model of a binary outcome
        can be judged by a survival outcome and the other way round, by its score.
    threshold
        ``"youden"`` takes the thresholds that each fit got from its own training patients; for a column, Youden's
        threshold :cite:p:`Youden1950` (survival: the median) of the training patients. A number is taken as it is: on
        probabilities where there are any, else on scores. Who has at least the threshold is called positive (high).
    horizon
        Survival: time until which Uno's c counts events; by default the last event until which a quarter of the
        training patients is followed.
    bootstrap
        Number of resamples of the patients.
    confidence
        Coverage of the intervals.
    rng
        Seed or Generator of the resamples, which are the same for all models of the same patients.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``measures`` (one row per part of the split, model, estimate and measure:
    ``value``, ``lower``, ``upper``, ``method``, the denominator ``n``, and a ``note``), ``summary`` (patients, their
    classes or events, thresholds, notes), ``settings``, ``left_out``; of a binary outcome ``confusion`` (counts and
    shares of those observed alike) and ``roc`` (points of the curves); of a survival outcome ``groups`` (patients
    and events of the high and the low group, with the test between them).

    Raises
    ------
    UnknownNameError
        If a result, column, model or outcome does not exist.
    InputError
        If probabilities lie outside [0, 1], models were made for different outcomes and none is named, or an argument
        is none of those above.
    DegenerateInputError
        If nobody, or everybody, with a prediction has the outcome.

    Warns
    -----
    RadiogenomicsWarning
        If a part of the split has one class, or fewer than 2 of a class or 2 events: figures that need more are unknown
        there, and the ``note`` says so.

    Notes
    -----
    *Measures.* ``auc`` (once with DeLong's interval, once with the bootstrap's), ``accuracy``, ``sensitivity``,
    ``specificity``, ``ppv``, ``npv`` (Wilson), ``balanced_accuracy``, ``f1``, ``brier`` (mean squared error of the
    probability) and ``scaled_brier`` (1 less its ratio to that of the prevalence of the same patients for everyone).
    Survival: ``c_index`` (Harrell), ``uno_c``, ``hazard_ratio`` of the high against the low group.

    *Out-of-fold predictions.* Pairs are formed within folds and figures averaged over repeats; thresholds are those of
    each fold; counts are means over repeats, so that Wilson's interval rests on the number of patients. Models of
    different folds learned from each other's test patients: the variance over patients is doubled and that between
    repeats added, and intervals rest on t with the smaller class less one as degrees of freedom (see `rg.tl.delong`).
    Standard errors of c-indices are those of `rg.tl.combined_cindex`: in simulations they cover the expected c in 95
    to 99 % of the cohorts (200 runs each, 60 to 200 patients, with and without choice of 5 among 200 features). The
    hazard ratio is the mean over repeats of its logarithm, its variance that of a repeat times K / (K - 1) for K folds
    with the variance between repeats. Wilson's intervals take the predictions as given.

    *One fit.* Bootstrap intervals are percentiles; classes that do not overlap get the exact interval of as many
    alike patients, where DeLong's has no width.
    """
    _check(threshold, bootstrap, confidence)
    check_key(data, key_added)
    parts = predictions_of(data, predictions, models=models)
    name, declared = judged_outcome(data, parts, outcome, kinds=("binary", "survival"))
    kind = str(declared["kind"])
    seed = spawn_seeds(generator(rng), 1)[0]
    if kind == "binary":
        if horizon is not None:
            raise InputError("horizon", Fault(f"{horizon:g}", f"none with the binary outcome {name!r}"))
        binary = binary_outcome(data, name)
        known = binary.known
        blocks = blocks_of(data, parts, known)
        _refuse_one_class(blocks, binary.value[known & _predicted(blocks, data.n_obs)], name)
        cuts = thresholds_of(blocks, binary.value, threshold)
        tables = [
            judge_binary(block, binary.value, cuts[k], n_boot=bootstrap, confidence=confidence, seed=seed)
            for k, block in enumerate(blocks)
        ]
    else:
        survival = follow_up(data, name)
        known = survival.known
        blocks = blocks_of(data, parts, known)
        at = _horizon(survival, blocks, horizon)
        tables = [
            judge_survival(
                block, survival, cuts_of(block, blocks, threshold), horizon=at, n_boot=bootstrap,
                confidence=confidence, seed=seed,
            )
            for block in blocks
        ]  # fmt: skip
        horizon = at
    joined = {
        table: pd.concat([own[table] for own in tables if len(own[table])], ignore_index=True)
        for table in tables[0]
        if any(len(own[table]) for own in tables)
    }
    _warn(joined["summary"])
    settings = {
        "predictions": [predictions] if isinstance(predictions, str) else list(predictions),
        "models": list(dict.fromkeys(block.model for block in blocks)),
        "outcome": name,
        "kind": kind,
        "threshold": threshold,
        "horizon": horizon,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "rng": seed_of(rng),
    }
    left_out = left_out_table(why_not_judged(data, parts, known, name))
    data.uns[key_added] = to_uns(**joined, settings=settings, left_out=left_out)


def _check(threshold: str | float, bootstrap: int, confidence: float) -> None:
    faults: list[Fault] = []
    wrong = not np.isfinite(threshold) if isinstance(threshold, int | float) else threshold != "youden"
    if wrong or isinstance(threshold, bool):
        faults.append(Fault(repr(threshold), "'youden' or a number", argument="threshold"))
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 100:
        faults.append(Fault(repr(bootstrap), "a whole number of at least 100", argument="bootstrap"))
    check_confidence(faults, confidence)
    if faults:
        raise InputError("evaluate", faults)


def _predicted(blocks: Sequence[Block], n: int) -> BoolArray:
    inside = np.zeros(n, dtype=bool)
    for block in blocks:
        inside[block.rows] = True
    return inside


def _refuse_one_class(blocks: Sequence[Block], y: np.ndarray, name: str) -> None:
    n1 = int((y == 1).sum())
    if n1 in (0, len(y)):
        found = Fault(f"{n1} positive of {len(y)} patients with a prediction", "patients with and without it")
        raise DegenerateInputError(f"outcome {name!r}", found)


def _horizon(survival: FollowUp, blocks: Sequence[Block], asked: float | None) -> float:
    """The horizon asked for, or a default, by the learning patients (those at hand, where there are none)."""
    learning = [block for block in blocks if block.learning] or list(blocks)
    rows = _predicted(learning, len(survival.time))
    if not (survival.event[rows] == 1).any():
        raise DegenerateInputError(f"outcome {survival.name!r}", f"no event among {int(rows.sum())} patients")
    return horizon_of(survival, rows, asked)


def _warn(summary: pd.DataFrame) -> None:
    """Say once per part of the split that it has too few of a kind."""
    for split, own in summary.groupby("split", sort=False):
        first = own.iloc[0]
        whom = "patients" if split == "all" else f"{split} patients"
        if "positive" in own and min(first["positive"], first["negative"]) < 2:
            said = f"{first['positive']} positive and {first['negative']} negative {whom}"
            lost = (
                "the AUC and its interval" if min(first["positive"], first["negative"]) == 0 else "intervals of the AUC"
            )
        elif "events" in own and first["events"] < 2:
            said, lost = f"{first['events']} event(s) among the {whom}", "intervals of the c-index"
        else:
            continue
        warnings.warn(f"{said}: {lost} cannot be had there.", RadiogenomicsWarning, stacklevel=3)
