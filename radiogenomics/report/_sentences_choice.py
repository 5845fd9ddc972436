"""Findings on stepwise choices, competing events and what a Cox model takes for granted, one plain sentence each."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import count, interval, listed, number, p_text
from radiogenomics.report._found import Found, blocks, where

_ALPHA = 0.05
#: Below this share of the bootstrap samples a chosen variable is called unsteady.
STEADY = 0.7


def stepwise_cox(found: Found) -> list[str]:
    """What was kept, how often resamples keep it, and that the estimates are apparent."""
    inclusion, settings = found.table("inclusion"), found.settings
    chosen = inclusion[inclusion["selected"].astype(bool)]
    basis = f"{count(settings['n'], 'patient')}, {count(settings['events'], 'event')}"
    by = f"{settings['direction']} choice by {str(settings['criterion']).upper()}"
    tried = count(len(inclusion), "variable")
    if chosen.empty:
        sentences = [f"{by} keeps none of {tried} for {settings['outcome']} ({basis})."]
    else:
        names = listed(chosen["variable"], most=8)
        sentences = [f"{by} keeps {len(chosen)} of {tried} for {settings['outcome']}: {names} ({basis})."]
    if not settings.get("n_done"):
        unknown = "The choice was not resampled, so how far it can be trusted is unknown."
        return [*sentences, unknown, *at_time_zero(found)]
    unsteady = chosen[chosen["frequency"] < STEADY]
    missed = inclusion[~inclusion["selected"].astype(bool) & (inclusion["frequency"] >= 0.5)]
    samples = count(settings["n_done"], "bootstrap sample")
    if len(unsteady):
        said = listed((f"{r['variable']} ({100 * r['frequency']:.0f} %)" for _, r in unsteady.iterrows()), most=8)
        sentences.append(f"Of these, fewer than {100 * STEADY:.0f} % of {samples} keep {said}: other patients would "
                         "have led elsewhere.")  # fmt: skip
    elif len(chosen):
        least = int(100 * chosen["frequency"].min())
        sentences.append(f"Each of them is kept in at least {least} % of {samples}.")
    if len(missed):
        said = listed((f"{r['variable']} ({100 * r['frequency']:.0f} %)" for _, r in missed.iterrows()), most=8)
        sentences.append(f"Left out, although at least half of {samples} keep it: {said}.")
    return [*sentences, *at_time_zero(found)]


def cumulative_incidence(found: Found) -> list[str]:
    """Whether the groups' incidence of each event differs."""
    tests, summary, settings = found.table("gray"), found.table("summary"), found.settings
    sentences = []
    of = dict(blocks(summary))
    if not settings.get("groupby"):
        for split, rows in of.items():
            said = listed((f"{r['events']} {r['cause']}" for _, r in rows.iterrows()), most=8)
            n = count(rows.groupby("group")["n"].first().sum(), "patient")
            sentences.append(f"{where(split)}events of {settings['outcome']} in {n}: {said}.")
            sentences += thin_starts(rows, split)
        return [*sentences, *at_time_zero(found)]
    for split, rows in blocks(tests):
        groups = of.get(split, summary.iloc[:0])
        for _, row in rows.iterrows():
            own = groups[groups["cause"] == row["cause"]]
            basis = f"{count(own['n'].sum(), 'patient')}, {count(own['events'].sum(), 'event')}"
            what = f"in the cumulative incidence of {row['cause']} between the groups of {settings['groupby']}"
            if pd.isna(row["p_value"]):
                sentences.append(f"{where(split)}differences {what} could not be tested ({basis}).")
                continue
            verdict = "differences" if row["p_value"] < _ALPHA else "no evidence of differences"
            result = f"Gray's χ² = {number(row['statistic'])}, {int(row['df'])} df, {p_text(row['p_value'])}; {basis}"
            sentences.append(f"{where(split)}{verdict} {what} ({result}).")
        sentences += thin_starts(groups, split)
    return [*sentences, *at_time_zero(found)]


def thin_starts(summary: pd.DataFrame, split: str | None) -> list[str]:
    """Groups whose curve rests on few patients at risk early on, under delayed entry."""
    if "note" not in summary:
        return []
    noted = summary.dropna(subset=["note"]).drop_duplicates("group")
    said = listed((f"{r['group']} ({r['note']})" for _, r in noted.iterrows()), most=4)
    return [f"{where(split)}few are at risk early on in {said}: the curves rest on them."] if len(noted) else []


def at_time_zero(found: Found) -> list[str]:
    """Patients whose follow-up ends at 0, and what is done with them."""
    zero = found.settings.get("time_zero") or {}
    if not zero.get("patients"):
        return []
    n = int(zero["patients"])
    return [
        f"{count(n, 'patient')} with a time of 0, {zero['events']} with the event, {'is' if n == 1 else 'are'} kept: "
        "an event at 0 counts among everybody, who is censored at 0 is at risk only then."
    ]


def fine_gray(found: Found) -> list[str]:
    """Which variables go with the incidence of the event."""
    rows, settings = found.table("subdistribution"), found.settings
    basis = (
        f"{count(settings['n'], 'patient')}, {count(settings['events'], 'event')} of {settings['cause']}, "
        f"{settings['competing']} competing"
    )
    hits = rows[rows["p_value"] < _ALPHA]
    if hits.empty:
        return [f"no evidence that any of {count(len(rows), 'term')} goes with the incidence of {settings['cause']} "
                f"({basis}).", *at_time_zero(found)]  # fmt: skip
    said = listed(
        (f"{_term(r)}: subdistribution hazard ratio {interval(r['shr'], r['lower'], r['upper'])}, "
         f"{p_text(r['p_value'])}" for _, r in hits.iterrows()), most=4,
    )  # fmt: skip
    terms = f"{len(hits)} of {count(len(rows), 'term')} {'goes' if len(hits) == 1 else 'go'}"
    return [f"{terms} with the incidence of {settings['cause']}: {said} ({basis}).", *at_time_zero(found)]


def _term(row: pd.Series) -> str:
    level = row.get("level")
    if level is None or pd.isna(level):
        return str(row["variable"])
    return f"{row['variable']} {level} against {row['reference']}"


def pairs(found: Found) -> list[str]:
    """Which two of three or more groups differ after adjustment."""
    table = found.table("pairwise")
    sentences = []
    for split, rows in blocks(table):
        tested = rows.dropna(subset=["p_adjusted"]) if "p_adjusted" in rows else rows.iloc[:0]
        if len(tested) < 2:
            continue
        hits = tested[tested["p_adjusted"] < _ALPHA]
        if len(hits):
            said = listed(
                (f"{r['group']} and {r['reference']} ({p_text(r['p_adjusted'], 'adjusted p')})"
                 for _, r in hits.sort_values("p_adjusted").iterrows()), most=4,
            )  # fmt: skip
            verb = "differs" if len(hits) == 1 else "differ"
            sentences.append(f"{where(split)}of {count(len(tested), 'pair')} of groups, {len(hits)} {verb}: {said}.")
    return sentences


def hazards(found: Found) -> list[str]:
    """Whether effects seem to change with time."""
    table = found.table("proportional_hazards")
    if table.empty:
        if "proportional_hazards" not in found.result:
            return []
        return ["Whether effects change with time was not tested: only a fit that converged without penalty can be."]
    if table["p_value"].isna().all():
        return [f"Whether effects change with time was not tested ({table['note'].iloc[-1]})."]
    whole, single = table.iloc[-1], table.iloc[:-1]
    hits = single[single["p_value"] < _ALPHA].sort_values("p_value")
    if len(hits):
        said = listed((f"{r['variable']} ({p_text(r['p_value'])})" for _, r in hits.iterrows()), most=4)
        return [f"The effect of {said} seems to change with time: one hazard ratio is its average over follow-up "
                f"(all together {p_text(whole['p_value'])})."]  # fmt: skip
    return [f"No evidence that effects change with time (test of proportional hazards, {p_text(whole['p_value'])})."]
