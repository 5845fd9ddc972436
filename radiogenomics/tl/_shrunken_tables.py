"""Tables of a classifier of groups: its errors, genes and confusions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiogenomics._types import FloatArray, IntArray

if TYPE_CHECKING:
    from radiogenomics.ml._shrunken_centroids import ShrunkenCentroids
    from radiogenomics.tl._shrunken_folds import HeldOut


def error_row(estimate: str, split: str, wrong: Any, apparent: bool, what: str) -> dict[str, Any]:
    """Share of patients told wrongly (``wrong``: 0 to 1 each) with Wilson's 95 % interval."""
    shares = np.asarray(wrong, dtype=float)
    n, share = len(shares), float(shares.mean())
    z2 = float(norm.ppf(0.975)) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return {
        "estimate": estimate, "split": split, "n": n, "error": share, "lower": max(0.0, middle - half),
        "upper": min(1.0, middle + half), "apparent": apparent, "what": what,
    }  # fmt: skip


def genes_table(
    model: ShrunkenCentroids, genes: pd.Index, names: list[str], symbols: pd.Series, used: pd.Series
) -> pd.DataFrame:
    """One row per gene that is used and group, the farthest genes first."""
    scores = model.scores_
    kept = np.flatnonzero(model.fit_.used(model.threshold_))
    kept = kept[np.argsort(-np.abs(scores[:, kept]).max(axis=0), kind="stable")]
    order = np.repeat(kept, len(model.classes_))
    groups = np.tile(np.arange(len(model.classes_)), len(kept))
    return pd.DataFrame(
        {
            "gene": genes[order].to_numpy(dtype=object),
            "symbol": symbols.reindex(genes[order]).to_numpy(dtype=object),
            "group": [names[model.classes_[k]] for k in groups],
            "score": scores[groups, order],
            "centroid": model.centroids_[groups, order],
            "overall": model.fit_.overall[order],
            "scale": model.fit_.scale[order],
            "frequency": used.reindex(genes[order]).to_numpy(),
        }
    )


def order_table(model: ShrunkenCentroids, genes: pd.Index, symbols: pd.Series) -> pd.DataFrame:
    """The threshold at which each gene leaves, those that stay longest first."""
    leaves = np.abs(model.fit_.differences).max(axis=0)
    order = np.argsort(-leaves, kind="stable")
    return pd.DataFrame(
        {
            "gene": genes[order].to_numpy(dtype=object),
            "symbol": symbols.reindex(genes[order]).to_numpy(dtype=object),
            "leaves_at": leaves[order],
        }
    )


def confusion_table(
    names: list[str], own: IntArray, predictions: pd.DataFrame, nested: HeldOut, remade: HeldOut | None
) -> pd.DataFrame:
    """Patients of each group told to be of each, per estimate: means over the repeats."""
    learn = own >= 0
    told = np.array([names.index(g) for g in predictions["predicted"]])
    true = own[None, learn]
    parts = [("apparent", true, told[None, learn]), ("nested", true, nested.predicted[:, learn])]
    if remade is not None:
        parts.append(("remade", true, remade.predicted[:, learn]))
    for split in ("internal", "external"):
        there = ((predictions["split"] == split) & predictions["group"].notna()).to_numpy()
        if there.any():
            true = np.array([names.index(g) for g in predictions["group"][there]])
            parts.append((split, true[None], told[None, there]))
    frames = []
    for estimate, true, predicted in parts:
        counts = _counts(true, predicted, len(names))
        group, other = np.divmod(np.arange(counts.size), len(names))
        frames.append(
            pd.DataFrame(
                {
                    "estimate": estimate,
                    "group": [names[i] for i in group],
                    "predicted": [names[i] for i in other],
                    "n": counts.ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _counts(true: IntArray, predicted: IntArray, n: int) -> FloatArray:
    counts = np.zeros((n, n))
    np.add.at(counts, (np.broadcast_to(true, predicted.shape), predicted), 1.0)
    return counts / len(predicted)
