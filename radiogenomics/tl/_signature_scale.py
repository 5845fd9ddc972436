"""The features of a signature as they were measured: their range in training patients, and what a unit is worth."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.tl._chain import CLINICAL, Column, FittedChain, pipeline_values
from radiogenomics.tl._feature_sets import FeatureSet, Modality

#: Transforms that change a value by its own feature alone, and by a straight line.
_STRAIGHT = frozenset({"FeatureCleaner", "FeatureImputer", "FeatureScaler", "GeneFilter", "ICCFilter"})


def measured(features: FeatureSet, columns: Sequence[Column], rows: IntArray) -> FloatArray:
    """(len(rows), len(columns)) values as they came; 0 and 1 of a level."""
    out = np.empty((len(rows), len(columns)))
    modalities = {m.name: m for m in features.modalities}
    clinical = {v.name: v for v in features.clinical}
    places = {m.name: {name: j for j, name in enumerate(m.features)} for m in features.modalities}
    for k, column in enumerate(columns):
        if column.source != CLINICAL:
            out[:, k] = modalities[column.source].values[rows, places[column.source][column.feature]]
            continue
        values = clinical[column.feature].values.iloc[rows]
        if column.level:
            out[:, k] = np.where(values.isna(), np.nan, (values == column.level).astype(float))
        else:
            out[:, k] = values.to_numpy(dtype=float)
    return out


def scale_table(chain: FittedChain, features: FeatureSet, rows: IntArray) -> pd.DataFrame:
    """How each feature of the chain was measured in its training patients.

    Returns
    -------
    A row per feature: ``feature``; ``low``, ``high``, ``mean``, ``sd`` as measured; ``zero`` and ``per_unit``: the
    model sees ``(value - zero) * per_unit``, NaN where a transform is no straight line of the feature alone.
    """
    values = measured(features, chain.columns, rows)
    table = pd.DataFrame({"feature": chain.names})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN|Mean of empty|Degrees of freedom", RuntimeWarning)
        table["low"], table["high"] = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        table["mean"], table["sd"] = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    table["zero"], table["per_unit"] = 0.0, 1.0
    for number, modality in enumerate(features.modalities):
        own = np.array([c.source == modality.name for c in chain.columns], dtype=bool)
        if own.any() and modality.pipeline != "[]":
            lines = _lines(chain, number, modality, [c for c in chain.columns if c.source == modality.name], rows)
            table.loc[own, ["zero", "per_unit"]] = lines
    return table


def _lines(
    chain: FittedChain, number: int, modality: Modality, columns: Sequence[Column], rows: IntArray
) -> FloatArray:
    """(k, 2) zero and worth of a unit of each feature, from what becomes of its training extremes."""
    if not is_straight(modality.pipeline):
        return np.full((len(columns), 2), np.nan)
    values = modality.values[rows]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)
        ends = np.vstack([np.nanmin(values, axis=0), np.nanmax(values, axis=0)])
    made = pipeline_values(chain, number, modality, ends)
    place = {name: j for j, name in enumerate(modality.features)}
    at = [place[c.feature] for c in columns]
    low, high = ends[0, at], ends[1, at]
    seen = made[:, [chain.place(number, c) for c in columns]]
    per_unit = (seen[1] - seen[0]) / (high - low)
    return np.column_stack([low - seen[0] / per_unit, per_unit])


def is_straight(pipeline: str) -> bool:
    """Whether every recorded transform changes a value by a straight line of its own feature."""
    steps = json.loads(pipeline)
    return all(step["estimator"] in _STRAIGHT and step["params"].get("method") != "rank_normal" for step in steps)


def warn_of_scale(table: pd.DataFrame, values: FloatArray, whose: str, *, stacklevel: int) -> None:
    """Warn of features whose values lie far from those the model was fitted on, as another unit would make them.

    Far is beyond the training range widened by its own width to either side, for more than half of the patients.
    """
    width = (table["high"] - table["low"]).to_numpy()
    low, high = table["low"].to_numpy() - width, table["high"].to_numpy() + width
    outside = ((values < low) | (values > high)).mean(axis=0)
    odd = np.flatnonzero(outside > 0.5)
    if not odd.size:
        return
    shown = "; ".join(
        f"{table['feature'].iloc[j]!r}: median {np.nanmedian(values[:, j]):.4g}, training patients "
        f"{table['low'].iloc[j]:.4g} to {table['high'].iloc[j]:.4g}"
        for j in odd[:5]
    )
    more = f" and {odd.size - 5} more" if odd.size > 5 else ""
    warnings.warn(
        f"{odd.size} feature(s) of the signature lie far outside the range it was fitted on in the {whose} ({shown}"
        f"{more}). Are they in another unit, or made with other settings? Their scores mean little until they agree.",
        RadiogenomicsWarning,
        stacklevel=stacklevel + 1,
    )
