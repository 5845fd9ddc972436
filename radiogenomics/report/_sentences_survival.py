"""Findings on survival, one plain sentence each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from radiogenomics._words import log_rank_words
from radiogenomics.report._format import count, interval, listed, number, p_text, ratio
from radiogenomics.report._found import Found, blocks, where
from radiogenomics.report._sentences_choice import at_time_zero, hazards, pairs, thin_starts
from radiogenomics.report._sentences_logrank import trend, within, without_strata

#: Below these, an estimate is called unsteady: events per group of a survival curve, events per Cox coefficient.
FEW_EVENTS = 5
EVENTS_PER_COEFFICIENT = 10
_ALPHA = 0.05


def kaplan_meier(found: Found) -> list[str]:
    """Whether the groups' survival differs, with patients and events."""
    test, summary = found.table("test"), found.table("summary")
    settings = found.settings
    of = dict(blocks(summary))
    sentences = []
    for split, rows in blocks(test):
        row, groups = rows.iloc[0], of.get(split, summary.iloc[:0])
        basis = f"{count(groups['n'].sum(), 'patient')}, {count(groups['events'].sum(), 'event')}"
        what = f"between the groups of {settings.get('groupby', found.key)} in {settings.get('outcome', 'survival')}"
        if (split or "all") in found.fold_tests:
            sentences.append(_cross_validated(found, split, what, basis))
        elif pd.isna(row["p_value"]):
            sentences.append(f"{where(split)}differences {what} could not be tested ({basis}).")
        else:
            result = f"{log_rank_words(settings)} χ² = {number(row['statistic'])}, {int(row['df'])} df, "
            result += f"{p_text(row['p_value'])}; {basis}"
            verdict = "differences" if row["p_value"] < _ALPHA else "no evidence of differences"
            sentences.append(f"{where(split)}{verdict}{within(found)} {what} ({result}).")
        few = groups.loc[(groups["events"] < FEW_EVENTS) & (groups["n"] > 0), "group"]
        if len(few):
            sentences.append(
                f"{where(split)}fewer than {FEW_EVENTS} events in {listed(few)}: the curves there are unsteady."
            )
        sentences += thin_starts(groups, split)
    # where() of all patients is empty, with which every sentence begins
    crossed = tuple(where(None if part == "all" else part) for part in found.fold_tests)
    others = [*without_strata(found), *trend(found), *pairs(found)]
    sentences += [*(text for text in others if not text.startswith(crossed)), *at_time_zero(found)]
    return [s[0].upper() + s[1:] for s in sentences]


def _cross_validated(found: Found, split: str | None, what: str, basis: str) -> str:
    """Of groups told by models of folds: the test corrected for folds, or none, since the log-rank p is too small."""
    p_value = found.fold_tests[split or "all"]
    why = "for cross-validated groups the log-rank p-value is too small"
    if math.isnan(p_value):
        return (
            f"{where(split)}differences {what} are not tested ({basis}): {why}; rg.tl.evaluate corrects it for folds."
        )
    verdict = "differences" if p_value < _ALPHA else "no evidence of differences"
    return f"{where(split)}{verdict} {what} (Wald test corrected for folds, {p_text(p_value)}; {basis}); {why}."


def curves_together(results: Sequence[Found]) -> list[str]:
    """Several groupings on one outcome in one sentence per part of the split."""
    outcome = results[0].settings.get("outcome", "survival")
    told: dict[str | None, tuple[list[str], list[str], list[str]]] = {}
    for found in results:
        summary = dict(blocks(found.table("summary")))
        for split, rows in blocks(found.table("test")):
            groups, p = summary[split], rows.iloc[0]["p_value"]
            basis = f"{count(groups['n'].sum(), 'patient')}, {count(groups['events'].sum(), 'event')}"
            name = found.settings.get("groupby", found.key)
            crossed = (split or "all") in found.fold_tests
            p = found.fold_tests[split or "all"] if crossed else p
            how = "cross-validated, corrected " if crossed else ""
            said = "cross-validated" if crossed and pd.isna(p) else f"{how}{p_text(p)}"
            text = f"between the groups of {name}{within(found).rstrip(',')} ({said}; {basis})"
            place = 2 if crossed and pd.isna(p) else 0 if p < _ALPHA else 1
            told.setdefault(split, ([], [], []))[place].append(text)
    sentences = []
    for split, (differ, null, untested) in told.items():
        parts = [f"differences in {outcome} {listed(differ)}"] if differ else []
        parts += [f"no evidence of differences {'' if differ else f'in {outcome} '}{listed(null)}"] if null else []
        parts += [f"not tested, since log-rank p-values are too small there: {listed(untested)}"] if untested else []
        sentences.append(f"{where(split)}{'; '.join(parts)} (log-rank tests, not adjusted for one another).")
    return [s[0].upper() + s[1:] for s in sentences]


def unadjusted(results: Sequence[Found]) -> list[str]:
    """That several log-rank tests stand beside one another; nothing of a single one."""
    n = sum(
        int(row["p_value"].notna().sum())
        for f in results if f.kind == "kaplan_meier"
        for split, row in blocks(f.table("test")) if (split or "all") not in f.fold_tests
    )  # fmt: skip
    if n < 2:
        return []
    return [
        f"The p-values of the {n} log-rank tests are not adjusted for one another: of {n} tests without any true "
        f"difference, one or more would have p < {_ALPHA:g} with a chance of up to {min(100 * _ALPHA * n, 100):.0f} %."
    ]


def cox(found: Found, most: int = 4) -> list[str]:
    """Which coefficients' intervals leave out 1, and whether there are events enough."""
    multivariable, univariable, fit = found.table("multivariable"), found.table("univariable"), found.table("fit")
    sentences = []
    n, events = (
        (int(fit["n"].iloc[0]), int(fit["events"].iloc[0])) if "events" in fit and len(fit) else _basis(multivariable)
    )
    layers = f"; stratified by {found.settings['strata']}" if found.settings.get("strata") else ""
    if univariable["variable"].nunique() > 1:
        basis = f"{count(n, 'patient')}, {count(events, 'event')}{layers}"
        if len(multivariable) and events < EVENTS_PER_COEFFICIENT * len(multivariable):
            each = number(events / len(multivariable), 2)
            basis += f", only {each} per coefficient: the estimates may be overfitted"
        sentences += _coefficients(found, multivariable, "adjusted for each other", "p_value", basis, most)
        sentences += as_a_whole(found)
    sentences += _coefficients(found, univariable, "one at a time", "p_adjusted", _range(univariable) + layers, most)
    if len(multivariable) and events < EVENTS_PER_COEFFICIENT * len(multivariable):
        each = number(events / len(multivariable), 2)
        sentences.append(
            f"{count(events, 'event')} for {count(len(multivariable), 'coefficient')} ({each} each, fewer than "
            f"{EVENTS_PER_COEFFICIENT}): the multivariable estimates may be overfitted.{_needed(found)}"
        )
    sentences += _separated(univariable, multivariable) + hazards(found) + at_time_zero(found)
    for _, row in fit.iterrows() if "split" in fit else ():
        if row["split"] not in ("all", "training") and not pd.isna(row["c"]):
            sentences.append(
                f"{where(row['split'])}c-index {ratio(row['c'])} (standard error {number(row['c_se'], 2)}; "
                f"{count(row['n'], 'patient')}, {count(row['events'], 'event')}) of the model fitted on the "
                "training patients."
            )
    return sentences


def _needed(found: Found) -> str:
    """How many patients a prediction model of as many coefficients would need."""
    sizes = found.table("sample_size")
    if sizes.empty:
        return ""
    return f" A prediction model of as many would need about {int(sizes['n_needed'].iloc[0]):,} patients."


def as_a_whole(found: Found) -> list[str]:
    """Variables of several levels that are related to the outcome although no level differs from the reference."""
    rows = found.table("multivariable")
    if "p_variable" not in rows:
        return []
    told = [
        f"{name} ({p_text(own['p_variable'].iloc[0])})"
        for name, own in rows.groupby("variable", sort=False)
        if len(own) > 1 and own["p_variable"].iloc[0] < _ALPHA and not (own["p_value"] < _ALPHA).any()
    ]
    if not told:
        return []
    outcome = found.settings.get("outcome", "the outcome")
    return [
        f"as a whole, by the likelihood-ratio test, also related to {outcome}: {listed(told, most=4)}, although no "
        "level differs from the one it is compared with."
    ]


def _separated(univariable: pd.DataFrame, multivariable: pd.DataFrame) -> list[str]:
    """Terms without a finite estimate, with the events behind them."""
    rows = pd.concat(
        [table for table in (multivariable, univariable) if "note" in table and len(table)] or [pd.DataFrame()]
    )
    if rows.empty:
        return []
    rows = rows[rows["note"].astype(str).str.startswith("separated")].drop_duplicates(["variable", "level"])
    told = listed((f"{term(r)} ({r['events']} of {r['n']} with the event)" for _, r in rows.iterrows()), most=4)
    return [f"no finite hazard ratio of {told}: it separates patients with the event from others."] if len(rows) else []


def _totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Patients and events behind each variable: those of its levels and of the reference."""
    by_variable = rows.groupby("variable", sort=False)
    totals = by_variable[["n", "events"]].sum()
    for name in ("n", "events"):
        if f"{name}_reference" in rows:
            totals[name] += by_variable[f"{name}_reference"].first()
    return totals.astype(int)


def _basis(rows: pd.DataFrame) -> tuple[int, int]:
    """Most patients and events behind a variable."""
    if rows.empty:
        return 0, 0
    most = _totals(rows).max()
    return int(most["n"]), int(most["events"])


def _range(rows: pd.DataFrame) -> str:
    """``80 to 100 patients, 40 to 46 events``: each variable has its own patients."""
    if rows.empty:
        return ""
    told = []
    for name, one in (("n", "patient"), ("events", "event")):
        each = _totals(rows)[name]
        told.append((f"{each.min():,} to " if each.min() < each.max() else "") + count(each.max(), one))
    return ", ".join(told)


def _coefficients(found: Found, rows: pd.DataFrame, name: str, p: str, basis: str, most: int) -> list[str]:
    fitted = rows[rows[p].notna()] if p in rows else rows.iloc[:0]
    if fitted.empty:
        return []
    called = "adjusted p" if p == "p_adjusted" else "p"
    fitted = fitted.assign(judged=_judged(rows, p)).sort_values(["judged", p], kind="stable")
    hits = fitted[fitted["judged"] < _ALPHA]
    weak = _levels_alone(fitted[fitted["judged"] >= _ALPHA], p, called)
    outcome = found.settings.get("outcome", "the outcome")
    if hits.empty:
        best = fitted.iloc[0]
        if len(fitted) == 1:
            return [
                f"no evidence that {term(best)} is related to {outcome} ({_hazard(best).partition(': ')[2]}, "
                f"{p_text(best[p])}; {basis})."
            ]
        whole = " of the variable as a whole" if best["judged"] > best[p] else ""
        return [
            f"{name}, no evidence that any of {count(len(fitted), 'term')} is related to {outcome} "
            f"(smallest {p_text(best['judged'], called)}{whole}, {_hazard(best)}; {basis}).",
            *weak,
        ]
    text = listed((f"{_hazard(r)}, {p_text(r[p], called)}" for _, r in hits.iterrows()), most=most)
    if len(fitted) == 1:
        best = hits.iloc[0]
        told = f"{_hazard(best).partition(': ')[2]}, {p_text(best[p])}"
        return [f"{term(best)} is related to {outcome}: {told} ({basis})."]
    verb = "is" if len(hits) == 1 else "are"
    return [
        f"{name}, {len(hits)} of {count(len(fitted), 'term')} {verb} related to {outcome}: {text} ({basis}).",
        *weak,
    ]


def _judged(rows: pd.DataFrame, p: str) -> pd.Series:
    """The p-value a term is judged by: of a variable with several levels no smaller than that of the whole of it."""
    if "p_variable" not in rows:
        return rows[p]
    several = rows.groupby("variable", sort=False)["variable"].transform("size") > 1
    return rows[p].where(~several, rows[[p, "p_variable"]].max(axis=1))


def _levels_alone(rows: pd.DataFrame, p: str, called: str) -> list[str]:
    """Levels that differ from the reference while the variable as a whole is not related to the outcome."""
    alone = rows[rows[p] < _ALPHA]
    if alone.empty:
        return []
    told = listed(
        (f"{term(r)} ({p_text(r[p], called)}; the variable {p_text(r['p_variable'])})" for _, r in alone.iterrows()),
        most=4,
    )
    return [f"no finding, since the variable as a whole is not shown to be related to the outcome: {told}."]


def term(row: pd.Series) -> str:
    """A Cox term as a reader would say it: ``grade G3 against G1``, ``age_years``."""
    level, reference = row.get("level"), row.get("reference")
    if level is None or pd.isna(level) or str(level) == "":
        return str(row["variable"])
    against = "" if reference is None or pd.isna(reference) or str(reference) == "" else f" against {reference}"
    return f"{row['variable']} {level}{against}"


def _hazard(row: pd.Series) -> str:
    return f"{term(row)}: hazard ratio {interval(row['hr'], row['lower'], row['upper'])}"
