"""Findings of a harmonisation: what batches explained, what is left, and what went with them."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import count, listed, p_text
from radiogenomics.report._found import Found, blocks, where

_ALPHA = 0.05


def batch_effect(found: Found) -> list[str]:
    """Shares of variance before and after; who was harmonised from themselves; what cannot be told from the batches."""
    batch, of = found.settings["batch"], found.modality or "the features"
    said = []
    for part, rows in blocks(found.table("summary")):
        own = rows[rows["variable"] == batch].set_index("stage")
        if "before" not in own.index:
            continue
        before = own.loc["before"]
        text = (
            f"{where(part)}{batch} explains {_share(before['median'])} of the variance of a feature of {of} (median; "
            f"{_share(before['by_chance'])} by chance)"
        )
        if "after" in own.index:
            after = own.loc["after"]
            text = text.replace(" explains ", " explained ", 1) + f", after harmonisation {_share(after['median'])}"
            if part in (None, "training"):
                text += ", which is low by construction in the patients whose batches were adjusted"
        said.append(f"{text}.")
        if before["median"] <= before["by_chance"]:
            said.append("That is no more than chance gives: no evidence of an effect of the batches to take out.")
    said += _learned_from(found)
    for part, rows in blocks(found.table("associations")):
        said += _together(batch, part, rows, harmonised="after" in found.settings.get("stages", []))
    return said


def _share(value: float) -> str:
    return f"{100 * float(value):.1f} %"


def _learned_from(found: Found) -> list[str]:
    batches = found.table("batches")
    if batches.empty:
        return []
    said = []
    own = batches[batches["estimated_from"].str.startswith("own patients")]
    if len(own):
        said.append(
            f"The effect of {listed(own['batch'])} was estimated from its own {count(own['n'].sum(), 'patient')} "
            "(features alone, no outcome): what is said of them holds for patients who come as a group, not one by one."
        )
    left = batches[batches["estimated_from"].str.startswith("not estimated")]
    if len(left):
        said.append(f"{count(left['n'].sum(), 'patient')} of {listed(left['batch'])} were left as they are.")
    unadjusted = found.settings.get("n_unadjusted", 0)
    if unadjusted:
        said.append(f"{count(unadjusted, 'feature')} without spread in a batch stayed as they were.")
    return said


def _together(batch: str, part: str | None, rows: pd.DataFrame, *, harmonised: bool) -> list[str]:
    said = []
    for name in rows.loc[rows["confounded"].astype(bool), "variable"]:
        said.append(f"{where(part)}{batch} and {name} cannot be told apart: what was taken for one may be the other.")
    close = rows[~rows["confounded"].astype(bool) & (rows["p_value"].astype(float) < _ALPHA)]
    if len(close):
        names = listed(f"{r.variable} ({p_text(r.p_value)})" for r in close.itertuples())
        more = (
            "; a part of their effect that was not kept as a covariate may have gone with the batches"
            if harmonised
            else ""
        )
        said.append(f"{where(part)}{batch} goes together with {names}{more}.")
    return said


def pca_caption(found: Found) -> str:
    """Under the principal components."""
    stages = " and ".join(found.settings.get("stages", []))
    return (
        f"First two principal components of {found.modality or 'the features'} by {found.settings.get('batch')}, "
        f"{stages} harmonisation; large marks are the means of the batches."
    )


def variance_caption(found: Found) -> str:
    """Under the box plots of the variance explained."""
    return (
        f"Share of the variance of each of the {found.modality or ''} features that {found.settings.get('batch')} and "
        "other columns explain: quartiles, and 5th to 95th percentile. What is under the dotted line is less than "
        "chance gives; for the batches of the patients who taught that is so by construction."
    )


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s = found.settings
    text = (
        f"The share of the variance of each of the {found.modality or ''} features that {s['batch']} explains was "
        f"compared {' and '.join(s['stages'])} harmonisation"
    )
    if s["variables"]:
        text += f" with that of {listed(s['variables'], most=9)}"
    return f"Batches of {found.modality or 'the features'}", text, ()
