"""How much of every feature the batches explain, before and after harmonisation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import (
    check_key,
    frame_of,
    group_name,
    left_out_table,
    modality_of,
    patient_columns,
    patients_of,
    pipeline_of,
    settings_of,
    split_of,
    to_uns,
)
from radiogenomics._errors import DegenerateGroupsError, Fault, InputError
from radiogenomics.core.variance_explained import variance_explained
from radiogenomics.get._unscaled import features_after
from radiogenomics.tl._batch_association import associations
from radiogenomics.tl._variables import names_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort, FloatArray, IntArray


def batch_effect(
    data: Cohort,
    *,
    modality: str | None = None,
    batch: str,
    variables: Sequence[str] = (),
    categorical: Sequence[str] = (),
    key_added: str = "batch_effect",
) -> None:
    """Share of the variance of every feature that batches explain, beside that of other variables.

    Where `rg.pp.combat` harmonised these batches, before and after are compared; otherwise the features as they are now
    count as before. What the means of a batch explain in the patients who taught is removed by construction: patients
    outside the training part of a split, and what is left of the other variables, say whether it helped.

    Parameters
    ----------
    data
        Cohort, before or after :func:`rg.pp.combat`.
    modality
        Required for a MuData.
    batch
        Column with the batch of each patient.
    variables
        Columns to compare with, such as those whose effect should stay.
    categorical
        Which of them are categories although they are numbers.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``uns[key_added]`` of the modality, with a block of all patients and one per part of the split that
    has two batches: ``variance`` (``stage``, ``variable``, ``feature``, ``r2`` in [0, 1], ``p_value``), ``summary``
    (per stage and variable: ``n`` patients, median and quartiles of R squared, that median ``by_chance``, and the share
    of features ``significant`` at 5 % after Benjamini-Hochberg), ``pca`` (``stage``, ``patient_id``, ``batch``,
    ``pc1``, ``pc2`` of standardised features, and the share of variance of each axis), ``associations`` of the batches
    with the variables and the registered outcomes (``effect``: Cramer's V or eta squared; log-rank test for survival;
    ``p_value``), the ``batches`` of `rg.pp.combat` where it ran, ``settings`` and ``left_out``.

    Raises
    ------
    DegenerateGroupsError
        If there are fewer than two batches.
    """
    adata = modality_of(data, modality)
    check_key(adata, key_added)
    columns = list(dict.fromkeys([batch, *names_of(variables)]))
    unknown = sorted(set(categorical) - set(columns))
    if unknown:
        raise InputError("categorical", Fault(f"{unknown}", f"names among {columns[1:]}"))
    table = patient_columns(data, modality, columns)
    table[batch] = _text(table[batch])
    for name in columns[1:]:
        if name in categorical or not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = _text(table[name])
    known = table[batch].notna().to_numpy()
    if table.loc[known, batch].nunique() < 2:
        raise DegenerateGroupsError(f"batch {batch!r}", Fault(f"{table[batch].nunique()} batch", "at least 2"))
    stages = _stages(data, modality, batch)
    parts = _parts(data, modality, known, table[batch])
    made = [_block(frame, table, stage, part, rows) for stage, frame in stages.items() for part, rows in parts]
    said = [associations(data, table[rows], batch, part) for part, rows in parts]
    report = _report(adata.uns, batch)
    reasons = {str(p): "no batch" for p in table.index[~known]}
    result = to_uns(
        variance=pd.concat([m[0] for m in made], ignore_index=True),
        summary=pd.concat([m[1] for m in made], ignore_index=True),
        pca=pd.concat([m[2] for m in made], ignore_index=True),
        associations=pd.concat(said, ignore_index=True),
        settings={"modality": modality, "batch": batch, "variables": columns[1:], "stages": list(stages),
                  "n_patients": int(known.sum()), "batches": _counts(table.loc[known, batch]), **report[1]},
        left_out=left_out_table(reasons), **report[0],
    )  # fmt: skip
    modality_of(data, modality).uns[key_added] = result


def _report(uns: Mapping[str, Any], batch: str) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """What `rg.pp.combat` says of these batches, and how many features it left as they were."""
    for stored in uns.values():
        made = isinstance(stored, Mapping) and {"batches", "features", keys.SETTINGS} <= set(stored)
        if made and settings_of(stored)["batch"] == batch:
            n = int((~stored["features"]["adjusted"].astype(bool)).sum())
            return {"batches": frame_of(stored, "batches")}, {"n_unadjusted": n}
    return {}, {}


def _text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), None).map(group_name, na_action="ignore")


def _counts(column: pd.Series) -> dict[str, int]:
    return {str(name): int(n) for name, n in column.value_counts().sort_index().items()}


def _stages(data: Cohort, modality: str | None, batch: str) -> dict[str, pd.DataFrame]:
    """Features before and after the batches were taken out; only before where they were not."""
    steps = json.loads(pipeline_of(data, modality))
    places = [i for i, step in enumerate(steps) if step.get("columns", {}).get("batch") == batch]
    if not places:
        return {"before": features_after(data, modality, len(steps))}
    return {
        "before": features_after(data, modality, places[0]),
        "after": features_after(data, modality, places[-1] + 1),
    }


def _parts(data: Cohort, modality: str | None, known: Any, labels: pd.Series) -> list[tuple[str, Any]]:
    """Rows of everyone (among whom a centre of its own can be compared), and of each part with two batches."""
    split = split_of(data)
    if split is None:
        return [("all", known)]
    own = split.set_axis(patients_of(data)).reindex(patients_of(modality_of(data, modality))).to_numpy()
    found = [(part, known & (own == part)) for part in keys.SPLITS]
    return [("all", known), *((part, rows) for part, rows in found if labels[rows].nunique() > 1)]


def _block(
    frame: pd.DataFrame, table: pd.DataFrame, stage: str, part: str, rows: Any
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Variance explained, its summary and the principal components of one stage and part of the split."""
    variance, summary = [], []
    for name in table:
        column = table[name]
        use = rows & column.notna().to_numpy()
        if column[use].nunique() < 2:
            continue
        found = variance_explained(frame[use].to_numpy(), _values(column[use]))
        variance.append(
            pd.DataFrame(
                {
                    "split": part,
                    "stage": stage,
                    "variable": name,
                    "feature": frame.columns,
                    "r2": found.r2,
                    "p_value": found.p_value,
                }
            )
        )
        usable = np.isfinite(found.r2)
        low, middle, high = np.percentile(found.r2[usable], [25, 50, 75]) if usable.any() else [np.nan] * 3
        adjusted = core.benjamini_hochberg(found.p_value[usable]) if usable.any() else np.array([np.nan])
        summary.append(
            {"split": part, "stage": stage, "variable": name, "n": int(use.sum()), "n_features": int(usable.sum()),
             "median": middle, "lower_quartile": low, "upper_quartile": high,
             "by_chance": _by_chance(found.df[usable], found.n[usable]),
             "significant": float((adjusted < 0.05).mean())}
        )  # fmt: skip
    own = frame[rows]
    scores, shares = _components(own.to_numpy())
    batch = table.columns[0]
    pca = pd.DataFrame(
        {"split": part, "stage": stage, keys.PATIENT: own.index.astype(str), "batch": table.loc[rows, batch].to_numpy(),
         "pc1": scores[:, 0], "pc2": scores[:, 1], "share_pc1": shares[0], "share_pc2": shares[1]}
    )  # fmt: skip
    return _together(variance), pd.DataFrame(summary), pca


def _by_chance(df: IntArray, n: IntArray) -> float:
    """Median R squared of a variable without any effect, whose distribution is a beta; a mean would lie above it."""
    if not len(df):
        return float("nan")
    return float(np.median(stats.beta.median(df / 2, (n - 1 - df) / 2)))


def _together(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    found = list(frames)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _values(column: pd.Series) -> Any:
    number = pd.api.types.is_numeric_dtype(column)
    return column.to_numpy(dtype=float) if number else column.to_numpy(dtype=str)


def _components(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First two principal components of standardised features (missing values at the mean), and their shares."""
    values = np.where(np.isfinite(x), x, np.nan)
    values = values[:, np.isfinite(values).any(axis=0)]
    center, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    use = spread > 1e-12 * np.maximum(np.abs(center), 1e-300)
    z = np.nan_to_num((values[:, use] - center[use]) / spread[use])
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    scores = np.zeros((len(x), 2))
    shares = np.zeros(2)
    k = min(2, len(s))
    # The sign of a component is arbitrary: the longer tail points to the right, so that figures stay the same.
    sign = np.sign(((u[:, :k]) ** 3).sum(axis=0))
    scores[:, :k] = u[:, :k] * s[:k] * np.where(sign == 0, 1, sign)
    shares[:k] = s[:k] ** 2 / max(float((s**2).sum()), 1e-300)
    return scores, shares
