"""Do predicted probabilities agree with what happened?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import check_key, left_out_table, to_uns
from radiogenomics._errors import Fault, InputError
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG
from radiogenomics.tl._calibrate_binary import calibrate_binary
from radiogenomics.tl._calibrate_survival import calibrate_survival
from radiogenomics.tl._judged_blocks import blocks_of, judged_outcome, why_not_judged
from radiogenomics.tl._judged_precision import resamples
from radiogenomics.tl._judged_risks import block_risks, check_horizons, common_horizons, require_risks
from radiogenomics.tl._judging import check_judging, first_columns, require_probabilities, warn_unknown
from radiogenomics.tl._predictions import predictions_of
from radiogenomics.tl._target import target_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def calibrate(
    data: Cohort,
    predictions: str | Sequence[str] = "signature",
    *,
    outcome: str | None = None,
    models: Sequence[str] | None = None,
    horizons: float | Sequence[float] | None = None,
    groups: int | None = None,
    bootstrap: int = 500,
    confidence: float = 0.95,
    rng: RNG = 0,
    key_added: str = "calibrate",
) -> None:
    """Calibration of predicted probabilities, of a finding or of an event by horizons :cite:p:`VanCalster2016`.

    Parameters
    ----------
    data
        Cohort with predictions and a registered binary or survival outcome.
    predictions
        Results of `rg.tl.signature` or `rg.tl.compare_models`, or columns of ``data.obs`` with probabilities in
        [0, 1] (of the event by the one horizon, where the outcome is a survival time).
    outcome
        Name of a registered outcome; by default the one the models were made for.
    models
        Models to judge; by default all but the LASSO that `rg.tl.logistic` fits beside its model.
    horizons
        Times, in the outcome's unit, by which the event is predicted; by default those that all models have. Not for a
        binary outcome.
    groups
        Number of groups of predicted probability; by default 10, or 5 for a survival outcome.
    bootstrap
        Resamples of the patients, their predictions held fixed.
    confidence
        Coverage of the intervals.
    rng
        Seed or Generator for the resamples.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``, with rows per part of the split, model, estimate (and horizon):

    ``measures``: ``intercept`` (calibration-in-the-large: log odds by which predictions are too low, the slope held
    at 1 by an offset; binary only), ``slope`` (below 1: too extreme; survival: of the complementary log-log of the
    risk in a Cox model of the follow-up until the horizon), ``expected_observed`` (above 1: too high), ``brier`` (0 is
    perfect; survival: weighted for censoring :cite:p:`Graf1999`), ``scaled_brier`` (share of the Brier score of a
    prediction alike for everyone that the model takes away), ``ici`` (mean distance of curve and prediction);
    survival: ``event_free`` patients are followed beyond the horizon without the event. ``test``
    (binary): Hosmer and Lemeshow's, with 2 degrees of freedom fewer than groups for patients whom the model was fitted
    to (apparent), else (columns of ``data.obs`` too) as many as groups. ``groups``: mean predicted and observed share
    (Wilson intervals; survival: one minus Kaplan-Meier, log-log). ``curve``: smooth, a logistic (survival: Cox
    :cite:p:`Austin2020`) model on a restricted cubic spline of the log odds (complementary log-log) with 4 knots, 3
    below 50 events and a straight line below 20, between the 1st and 99th percentile of the predictions. ``settings``
    and ``left_out``.

    Raises
    ------
    UnknownNameError
        If there is no such prediction, model or outcome.
    InputError
        If a probability is missing or outside [0, 1], a model gives scores only, or a horizon is beyond follow-up or
        none of the model's.

    Warns
    -----
    RadiogenomicsWarning
        If a figure cannot be had for some patients (their ``note`` says why).

    Notes
    -----
    Out-of-fold predictions are taken together over the folds of a repeat, since probabilities have one scale, and
    every figure is the mean over repeats; the variance between repeats is added to that of the patients. Simulated
    (120 patients, 250 runs), intervals of the Brier score cover 95 %. The out-of-fold slope is too low in small
    cohorts (0.69 there, where 0.8 is right), where folds with more events are predicted by models of fewer.

    On a true model (300 patients, 2,000 runs) Hosmer and Lemeshow's test has p < 0.05 in 4 % of external cohorts with
    as many degrees of freedom as groups (10 % with 2 fewer), and in 5 % of the cohorts of the fit with 2 fewer. The
    apparent slope of a model fitted by maximum likelihood is 1 by construction and tells nothing; that of a LASSO is
    above 1, because it shrinks.
    """
    check_key(data, key_added)
    check_judging(bootstrap, confidence)
    parts = predictions_of(data, predictions, models=models)
    name, declared = judged_outcome(data, parts, outcome, kinds=("binary", "survival"))
    target = target_of(data, name)
    if groups is not None and (isinstance(groups, bool) or not isinstance(groups, int) or groups < 3):
        raise InputError("groups", Fault(repr(groups), "a whole number of at least 3"))
    n_groups = groups or (10 if target.time is None else 5)
    at: list[float] = []
    if target.time is None:
        if horizons is not None:
            raise InputError("horizons", f"outcome {name!r} is binary; leave them out")
        require_probabilities(parts)
    else:
        at = check_horizons(horizons, common_horizons(parts), float(np.nanmax(target.time[target.known])))
        require_risks(parts, at)
    blocks = blocks_of(data, parts, target.known)
    by_name = {(part.model, part.split, part.estimate): part for part in parts}
    seed = spawn_seeds(generator(rng), 1)[0]
    tables: dict[str, list[pd.DataFrame]] = {}
    for block in blocks:
        event, weights = target.event[block.rows], resamples(len(block.rows), bootstrap, seed)
        if target.time is None:
            found = [calibrate_binary(block, event, groups=n_groups, weights=weights, confidence=confidence)]
        else:
            part = by_name[block.model, block.split, block.estimate]
            found = [
                calibrate_survival(
                    block, target.time[block.rows], event, block_risks(part, block, horizon), horizon,
                    groups=n_groups, weights=weights, confidence=confidence,
                )
                for horizon in at
            ]  # fmt: skip
        for made in found:
            for table, rows in made.items():
                tables.setdefault(table, []).append(rows)
    joined = {table: first_columns(rows) for table, rows in tables.items()}
    warn_unknown(joined["measures"], "calibration", stacklevel=2)
    settings = {
        "predictions": [predictions] if isinstance(predictions, str) else list(predictions),
        "outcome": name,
        "kind": declared["kind"],
        "unit": target.unit,
        "horizons": at or None,
        "groups": n_groups,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "rng": seed_of(rng),
        "curve": "restricted cubic spline of the " + ("log odds" if target.time is None else "complementary log-log"),
    }
    left_out = left_out_table(why_not_judged(data, parts, target.known, name))
    data.uns[key_added] = to_uns(**joined, settings=settings, left_out=left_out)
