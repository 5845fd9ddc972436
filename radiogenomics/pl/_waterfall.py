"""Rad-score of every patient, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, outcome_of, patients_of, result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._outcome_values import is_positive
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._classes import classes_of
from radiogenomics.pl._marks import name_each, value_text
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_WORDS = {
    "out_of_fold": "cross-validated",
    "held_out": "held out",
    "apparent": "apparent: fitted on these patients",
}


def waterfall(
    data: Cohort,
    *,
    key: str = "signature",
    model: str | None = None,
    split: str | None = None,
    estimate: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Rad-score of every patient as a bar from the cut-off, coloured by what became of the patient.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.signature` (or `rg.tl.compare_models`).
    key
        Name under which it is stored.
    model
        Which model, where several are stored.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    estimate
        ``"out_of_fold"`` (training), ``"held_out"`` (internal, external) or ``"apparent"``; by default the honest one
        of that part.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Bars upwards belong to scores of at least the cut-off. Out-of-fold scores have the cut-off of each fold's model;
        their bars show the mean distance from it over repeats.

    Raises
    ------
    UnknownNameError
        If there is no such result, model or estimate.
    InputError
        If there is no such part of the split, or no score differs.
    """
    stored = result_of(data, key, made_by="signature")
    settings, table = settings_of(stored), frame_of(stored, "predictions")
    table, name = _of_model(table, model)
    table, part = block_of(table, split)
    table, told = _of_estimate(table, estimate)
    everyone = table["patient_id"].nunique()
    if not np.isfinite(table["cutoff"]).all():
        hint = "Of the null model everybody has the same score." if settings.get("null") else ""
        table = table[np.isfinite(table["cutoff"])]
        if table.empty:
            raise InputError("waterfall", Fault("a model without a cut-off", "scores that differ", hint=hint))
    distance = (table["score"] - table["cutoff"]).groupby(table["patient_id"]).mean().sort_values(kind="stable")
    outcome, words = _outcome(data, settings, distance.index)
    axes = new_axes(ax, width=6.4, height=3.6)
    place = np.arange(len(distance))
    for code, (label, colour) in enumerate(zip(words, (PALETTE[0], PALETTE[1]), strict=True)):
        own = (outcome == code).to_numpy()
        if own.any():
            _bars(axes, place[own], distance[own], colour, label)
    unknown = outcome.isna().to_numpy()
    if unknown.any():
        _bars(axes, place[unknown], distance[unknown], MUTED, "unknown")
    axes.axhline(0, color="black", linewidth=0.9)
    axes.set_xlim(-1, len(distance))
    axes.set_xticks([])
    lost = everyone - len(distance)
    without = f"; {lost} without a cut-off (null models of their folds)" if lost else ""
    axes.set_xlabel(f"{len(distance)} patients, by score{without}")
    axes.set_ylabel("Score above the cut-off")
    where = "" if part == "all" else f"{part} patients, "
    head = "" if name == key else f"{name}: "
    mean = " (mean over repeats)" if table["repeat"].nunique() > 1 else ""
    said = f"{where}{_WORDS.get(told, told)}{mean}"
    axes.set_title(f"{head}{said[:1].upper()}{said[1:]}", fontsize=10, loc="left")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    return tidy(axes)


def _bars(axes: Axes, place: np.ndarray, distance: pd.Series, colour: str, label: str) -> None:
    drawn = axes.bar(place, distance.to_numpy(), 0.9, color=colour, label=f"{label} ({len(distance)})", zorder=2)
    name_each(drawn.patches, distance.index, [f"{value_text('score from the cut-off', v)}, {label}" for v in distance])


def _of_model(table: pd.DataFrame, model: str | None) -> tuple[pd.DataFrame, str]:
    names = list(dict.fromkeys(table["model"]))
    if model is None and len(names) > 1:
        raise InputError("model", Fault("none", f"one of {', '.join(map(repr, names[:12]))}"))
    name = names[0] if model is None else model
    if name not in names:
        raise unknown_name("model", name, names)
    return table[table["model"] == name], str(name)


def _of_estimate(table: pd.DataFrame, estimate: str | None) -> tuple[pd.DataFrame, str]:
    present = [e for e in ("out_of_fold", "held_out", "given", "apparent") if (table["estimate"] == e).any()]
    told = present[0] if estimate is None else estimate
    if told not in present:
        raise unknown_name("estimate", told, present)
    return table[table["estimate"] == told], told


def _outcome(data: Cohort, settings: dict[str, object], patients: pd.Index) -> tuple[pd.Series, tuple[str, str]]:
    """1 positive or with the event, 0 otherwise, NaN where unknown; and what 0 and 1 are called."""
    name, kind = str(settings["outcome"]), str(settings["kind"])
    words = classes_of(data, settings) if kind == "binary" else ("censored", "event")
    if name not in data.uns.get("outcomes", {}):
        return pd.Series(np.nan, index=patients), words
    _, declared = outcome_of(data, name, kinds=(kind,))
    column = data.obs[str(declared["column" if kind == "binary" else "event"])].set_axis(patients_of(data))
    return is_positive(column, declared["positive"] if kind == "binary" else 1).reindex(patients), words
