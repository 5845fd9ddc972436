"""What strata are in a comparison of models, and what the c-index says when they are ignored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogenomics.report._format import interval, listed, p_text, ratio
from radiogenomics.report._found import Found, blocks, where

_ALPHA = 0.05
_SAME = ("groupby", "covariates", "outcome", "interaction", "folds", "repeats", "refit_groups")


def among(found: Found) -> str:
    """`` among patients of one level of type`` where pairs are formed within strata; nothing otherwise."""
    strata = found.settings.get("strata")
    return f" among patients of one level of {strata}" if strata else ""


def clinical_is(found: Found) -> list[str]:
    """What stands behind the word "clinical" in the names of models."""
    covariates = found.settings.get("covariates")
    return [f"Clinical stands for {listed(covariates, most=20)}."] if covariates else []


def beside_stratified(results: Sequence[Found]) -> list[Found]:
    """Comparisons that only serve to show what ignoring the strata of another one does."""
    stratified = [f for f in results if f.kind == "combined_cindex" and f.settings.get("strata")]
    return [f for f in results if any(_ignores(f, other) for other in stratified)]


def _ignores(found: Found, stratified: Found) -> bool:
    if found.kind != "combined_cindex" or found.settings.get("strata"):
        return False
    one, other = found.settings, stratified.settings
    return all(one.get(name) == other.get(name) for name in _SAME)


def ignored_strata(results: Sequence[Found]) -> list[str]:
    """C-indices with the strata and without, and which differences only ignoring them shows."""
    sentences = []
    for stratified in results:
        if stratified.kind != "combined_cindex" or not stratified.settings.get("strata"):
            continue
        for found in results:
            if _ignores(found, stratified):
                sentences += _beside(found, stratified)
    return [s[0].upper() + s[1:] for s in sentences]


def _beside(found: Found, stratified: Found) -> list[str]:
    strata = stratified.settings["strata"]
    kept = dict(blocks(stratified.table("models")))
    pairs_kept = dict(blocks(stratified.table("comparisons")))
    pairs = dict(blocks(found.table("comparisons")))
    sentences = []
    for split, models in blocks(found.table("models")):
        own = kept[split].set_index("model")["c"]
        rows = [r for _, r in models.iterrows() if pd.notna(r["c"]) and pd.notna(own.get(r["model"], np.nan))]
        if not rows:
            continue
        told = listed((f"{r['model']} {ratio(r['c'])} instead of {ratio(own[r['model']])}" for r in rows), most=6)
        more = all(r["c"] > own[r["model"]] for r in rows)
        means = f". What is more in them tells the levels of {strata} apart, and is of no use where {strata} is known"
        sentences.append(f"{where(split)}with {strata} ignored the c-index would be: {told}{means if more else ''}.")
        for said in _seeming(pairs.get(split), pairs_kept.get(split)):
            sentences.append(f"{where(split)}only with {strata} ignored would {said}.")
    return sentences


def _seeming(ignored: pd.DataFrame | None, kept: pd.DataFrame | None) -> list[str]:
    """Gains that are significant only where the strata are ignored."""
    if ignored is None or kept is None or ignored.empty or kept.empty:
        return []
    pair = ["model", "reference"]
    both = ignored.merge(kept[[*pair, "p_adjusted"]], on=pair, suffixes=("", "_kept"))
    # As for the comparison itself, an interval that reaches 0 is no claim.
    hits = both[(both["p_adjusted"] < _ALPHA) & (both["lower"] > 0) & ~(both["p_adjusted_kept"] < _ALPHA)]
    told = []
    for _, r in hits.iterrows():
        gain = interval(r["difference"], r["lower"], r["upper"], decimals=3).replace(" (", ", ").rstrip(")")
        told.append(
            f"model {r['model']} seem to rank patients better than {r['reference']} (difference {gain}, {_side(r)}"
            f"{p_text(r['p_adjusted'], 'adjusted p')})"
        )
    return told


def _side(row: pd.Series) -> str:
    return "one-sided " if row.get("alternative") == "greater" else ""
