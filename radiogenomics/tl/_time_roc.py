"""How well scores tell who has the event by a time from who is still free of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import check_key, left_out_table, to_uns, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG
from radiogenomics.tl._judged_blocks import blocks_of, judged_outcome, why_not_judged
from radiogenomics.tl._judged_risks import check_horizons, stored_horizons
from radiogenomics.tl._judging import check_judging, first_columns, warn_unknown
from radiogenomics.tl._predictions import Predictions, predictions_of
from radiogenomics.tl._target import Target, target_of
from radiogenomics.tl._time_roc_tables import Judge, compared, in_order, survival_among

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def time_roc(
    data: Cohort,
    predictions: str | Sequence[str] = "signature",
    *,
    outcome: str | None = None,
    models: Sequence[str] | None = None,
    horizons: float | Sequence[float] | None = None,
    every: float | None = None,
    reference: str | None = None,
    bootstrap: int = 500,
    confidence: float = 0.95,
    rng: RNG = 0,
    key_added: str = "time_roc",
) -> None:
    """Time-dependent ROC curves and their areas, compared between models :cite:p:`Heagerty2000,Uno2007,Hung2010`.

    At each horizon, patients with the event by then (cases, weighted by the inverse chance to be uncensored until
    just before it) are told from those followed beyond it (controls); who is censored before counts in the weights
    only.

    Parameters
    ----------
    data
        Cohort with predictions and a registered survival outcome.
    predictions
        Results of `rg.tl.signature` or `rg.tl.compare_models` (of any kind of outcome), or numeric columns of
        ``data.obs``; higher = earlier event.
    outcome
        Name of a registered survival outcome; by default the one the models were made for.
    models
        Models to judge; by default all but the LASSO that `rg.tl.logistic` fits beside its model.
    horizons
        Times, in the outcome's unit; by default those of the models.
    every
        Instead of `horizons`: all multiples of this time between the first event and the end of follow-up.
    reference
        Model that the others are compared with; by default every two models are compared.
    bootstrap
        Resamples of the patients with and without the event, their predictions held fixed.
    confidence
        Coverage of the intervals.
    rng
        Seed or Generator for the resamples.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``auc`` (one row per part of the split, model, estimate and horizon:
    ``value`` in [0, 1], 0.5 is chance, ``lower``, ``upper`` symmetric in the log odds, ``se``, cases, controls and a
    ``note``), ``comparisons`` (difference of two models on the patients of both, interval, two-sided ``p_value``, and
    ``p_adjusted`` by Benjamini-Hochberg over those of the same part and estimate), ``roc`` (points
    of each curve, joined by straight lines), ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If there is no such prediction, model, reference or outcome.
    InputError
        If neither `horizons` nor `every` is given and the models have none, both are, or a horizon is beyond follow-up.

    Warns
    -----
    RadiogenomicsWarning
        If one of the `horizons` has no case or no control in a part of the split.

    Notes
    -----
    Out-of-fold: cases are compared with controls of the same fold, since each fold's model has its own scale; AUC and
    curve are weighted by the pairs of a fold and averaged over repeats. The variance over patients is doubled and that
    between repeats added (see `rg.tl.evaluate`). Standard errors are those of resampled patients; the weights for
    censoring are held fixed.
    """
    check_key(data, key_added)
    check_judging(bootstrap, confidence)
    parts = predictions_of(data, predictions, models=models)
    names = list(dict.fromkeys(part.model for part in parts))
    if reference is not None and reference not in names:
        raise unknown_name("reference", reference, names)
    name, _ = judged_outcome(data, parts, outcome or survival_among(data, parts), kinds=("survival",))
    target = target_of(data, name)
    at = _horizons(target, parts, horizons, every)
    blocks = [in_order(block) for block in blocks_of(data, parts, target.known)]
    judge = Judge(target, bootstrap, spawn_seeds(generator(rng), 1)[0], confidence)
    auc = first_columns([pd.DataFrame([judge.row(block, h) for block in blocks for h in at])])
    if every is None:
        warn_unknown(auc, "time_roc", stacklevel=2)
    settings = {
        "predictions": [predictions] if isinstance(predictions, str) else list(predictions),
        "outcome": name,
        "unit": target.unit,
        "horizons": at,
        "every": every,
        "reference": reference,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "rng": seed_of(rng),
    }
    data.uns[key_added] = to_uns(
        auc=auc,
        comparisons=compared(judge, blocks, at, reference),
        roc=first_columns([judge.curve(block, h) for block in blocks for h in at]),
        settings=settings,
        left_out=left_out_table(why_not_judged(data, parts, target.known, name)),
    )


def _horizons(
    target: Target, parts: Sequence[Predictions], horizons: float | Sequence[float] | None, every: float | None
) -> list[float]:
    assert target.time is not None  # of a survival outcome
    time, event = target.time[target.known], target.event[target.known]
    end = float(time.max())
    if every is None:
        known = stored_horizons(parts)
        if horizons is None and not known:
            named = ", ".join(repr(source) for source in dict.fromkeys(part.source for part in parts))
            found = f"none, and {named} of a finding without times or of scores alone, which give none"
            raise InputError("horizons", Fault(found, f"one or several times up to {end:g} {target.unit}".rstrip()))
        return check_horizons(horizons, known, end)
    if horizons is not None:
        raise InputError("every", Fault(f"{every!r} beside horizons", "one of the two"))
    if isinstance(every, bool) or not (np.isfinite(every) and every > 0):
        raise InputError("every", Fault(repr(every), "a time above 0, in the unit of the outcome"))
    grid = every * np.arange(1, int(end / every) + 2)
    kept = grid[(grid >= time[event == 1].min()) & (grid < end)]
    if not len(kept):
        found = f"no multiple of {every:g} between the first event and the end of follow-up ({end:g})"
        raise InputError("every", Fault(found, "a shorter time"))
    return [float(h) for h in kept]
