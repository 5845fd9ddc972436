"""Findings of stratified log-rank tests and of tests for a trend, one plain sentence each."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import listed, number, p_text
from radiogenomics.report._found import Found, blocks, where

_ALPHA = 0.05


def within(found: Found) -> str:
    """``, within the levels of type,`` where the test is stratified; nothing otherwise."""
    strata = found.settings.get("strata")
    return f", within the levels of {strata}," if strata else ""


def without_strata(found: Found) -> list[str]:
    """What the test says when the strata are ignored, and what that would be worth."""
    strata = found.settings.get("strata")
    if not strata:
        return []
    sentences = []
    for split, rows in blocks(found.table("test")):
        row = rows.iloc[0]
        if pd.isna(row["p_value_unstratified"]) or pd.isna(row["p_value"]):
            continue
        ignored = p_text(row["p_value_unstratified"])
        if row["p_value_unstratified"] < _ALPHA <= row["p_value"]:
            said = (
                f"with {strata} ignored the same groups seem to differ ({ignored}): the curves, which are of all "
                f"levels of {strata} together, show differences that may be those between its levels"
            )
        else:
            said = f"with {strata} ignored the test has {ignored}; the curves are of all levels of {strata} together"
        sentences.append(f"{where(split)}{said}.")
    return sentences


def trend(found: Found) -> list[str]:
    """Whether survival changes over ordered groups, and which way."""
    scores = found.settings.get("trend")
    if not scores:
        return []
    order = listed((f"{name} {score:g}" for name, score in scores.items()), most=9)
    sentences = []
    for split, rows in blocks(found.table("trend")):
        row = rows.iloc[0]
        if pd.isna(row["p_value"]):
            sentences.append(f"{where(split)}a trend over the groups could not be tested.")
            continue
        basis = f"z = {number(row['z'])}, {p_text(row['p_value'])}; scores: {order}"
        if row["p_value"] >= _ALPHA:
            sentences.append(f"{where(split)}no evidence of a trend over the groups ({basis}).")
        else:
            when = "earlier" if row["z"] > 0 else "later"
            sentences.append(f"{where(split)}a trend: groups with a higher score have {when} events ({basis}).")
    return sentences
