"""One plain sentence of finding per result, from its numbers, cautious by rule.

A null result is said as null ("no evidence that"), never as "no difference"; every estimate comes with its interval
and with how many patients and events stand behind it; what was chosen and tested on the same data is called apparent.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from radiogenomics.report._format import count, interval, listed, number, p_text, percent, ratio
from radiogenomics.report._found import Found, blocks

#: Below these, an estimate is called unsteady: events per group of a survival curve, events per Cox coefficient.
FEW_EVENTS = 5
EVENTS_PER_COEFFICIENT = 10
#: Share of the measured genes that stand in any gene set, below which enrichment is warned about.
LOW_COVERAGE = 0.5
#: Proportion of ambiguously clustered pairs above which groups are called unstable (Senbabaoglu 2014 looks for near 0).
HIGH_PAC = 0.25
_ALPHA = 0.05


def _where(split: str | None) -> str:
    return f"In the {split} patients: " if split else ""


def _alpha(found: Found) -> float:
    value = found.settings.get("alpha", _ALPHA)
    return float(value) if isinstance(value, int | float) else _ALPHA


def consensus_cluster(found: Found) -> list[str]:
    """How many groups, how large, and how far the evidence for their number goes."""
    evidence, members = found.table("evidence"), found.table("members")
    k = int(found.result["n_clusters"])
    sentences = []
    for split, rows in blocks(members):
        sizes = rows["group"].value_counts().sort_index()
        text = listed((f"{group} ({n:,})" for group, n in sizes.items()), most=8)
        sentences.append(f"{_where(split)}{count(len(rows), 'patient')} in {count(len(sizes), 'group')}: {text}.")
    row = evidence[evidence["k"] == k]
    if not row.empty:
        sentences.append(_evidence(found, k, row.iloc[0], evidence))
    return sentences


def _evidence(found: Found, k: int, row: pd.Series, evidence: pd.DataFrame) -> str:
    chosen_on_data = found.settings.get("n_clusters") == "auto"
    tried = f"{int(evidence['k'].min())} to {int(evidence['k'].max())}" if len(evidence) > 1 else str(k)
    how = f"k = {k} was chosen on these data out of {tried}" if chosen_on_data else f"k = {k} was set beforehand"
    if not chosen_on_data and len(evidence) > 1:
        how += f" (k = {tried} computed for comparison)"
    stable = f"{percent(float(row['pac']), 1)} of the pairs of patients are clustered ambiguously"
    if float(row["pac"]) > HIGH_PAC:
        stable += ", so the groups are not stable under resampling"
    p = row.get("p_value", math.nan)
    test = ""
    if p is not None and not pd.isna(p):
        verdict = "more structure than" if float(p) < _ALPHA else "no evidence of more structure than"
        test = f"; {verdict} data without groups would show ({p_text(p)})"
    return f"{how}; {stable}{test}. Consensus clustering finds groups in any data."


def combine_groups(found: Found) -> list[str]:
    """How many combined groups, and which are too small to say much about."""
    sizes = found.table("sizes")
    text = listed((f"{g} ({n:,})" for g, n in zip(sizes["group"], sizes["n"], strict=True)), most=12)
    sentences = [f"{count(sizes['n'].sum(), 'patient')} in {count(len(sizes), 'combined group')}: {text}."]
    small = sizes.loc[sizes["n"] < 10, "group"]
    if len(small):
        sentences.append(f"Fewer than 10 patients are in {listed(small)}; what is said of them is unsteady.")
    return sentences


def associate(found: Found) -> list[str]:
    """How many pairs are associated after adjustment, the strongest first."""
    table, alpha = found.table("table"), _alpha(found)
    sentences = []
    for split, rows in blocks(table):
        tested = rows[rows["p_adjusted"].notna()]
        if tested.empty:
            sentences.append(f"{_where(split)}none of the {count(len(rows), 'pair')} could be tested.")
            continue
        tested = tested.sort_values("p_adjusted", kind="stable")
        hits = tested[tested["p_adjusted"] < alpha]
        if hits.empty:
            best = tested.iloc[0]
            sentences.append(
                f"{_where(split)}no evidence of an association in {count(len(tested), 'test')} (smallest adjusted "
                f"{p_text(best['p_adjusted'])}, {best['group']} with {best['variable']}, {count(best['n'], 'patient')})."
            )
        else:
            text = listed((_association(r) for _, r in hits.iterrows()), most=4)
            verb = "shows" if len(hits) == 1 else "show"
            sentences.append(
                f"{_where(split)}{len(hits)} of {count(len(tested), 'test')} {verb} an association after adjustment: {text}."
            )
    return sentences


def _association(row: pd.Series) -> str:
    names = {"cramers_v": "Cramér's V", "epsilon_squared": "ε²"}
    effect = names.get(str(row["effect_name"]), str(row["effect_name"]))
    size = f"{effect} {ratio(row['effect'])}, adjusted {p_text(row['p_adjusted'])}, n = {int(row['n'])}"
    return f"{row['group']} with {row['variable']} ({size})"


def kaplan_meier(found: Found) -> list[str]:
    """Whether the groups' survival differs, with patients and events."""
    test, summary = found.table("test"), found.table("summary")
    settings = found.settings
    of = dict(blocks(summary))
    sentences = []
    for split, rows in blocks(test):
        row, groups = rows.iloc[0], of.get(split, summary.iloc[:0])
        basis = f"{count(groups['n'].sum(), 'patient')}, {count(groups['events'].sum(), 'event')}"
        result = f"log-rank χ² = {number(row['statistic'])}, {int(row['df'])} df, {p_text(row['p_value'])}; {basis}"
        what = f"{settings.get('outcome', 'survival')} between the groups of {settings.get('groupby', found.key)}"
        if pd.isna(row["p_value"]):
            sentences.append(f"{_where(split)}{what} could not be compared ({basis}).")
        elif row["p_value"] < _ALPHA:
            sentences.append(f"{_where(split)}{what} differs ({result}).")
        else:
            sentences.append(f"{_where(split)}no evidence of a difference in {what} ({result}).")
        few = groups.loc[groups["events"] < FEW_EVENTS, "group"]
        if len(few):
            sentences.append(f"Fewer than {FEW_EVENTS} events in {listed(few)}: the curves there are unsteady.")
    return [s[0].upper() + s[1:] for s in sentences]


def cox(found: Found) -> list[str]:
    """Which coefficients' intervals leave out 1, and whether there are events enough."""
    sentences = []
    for part, name in (("multivariable", "adjusted for each other"), ("univariable", "one at a time")):
        for split, rows in blocks(found.table(part)):
            sentences += _coefficients(found, rows, split, name, adjusted="p_adjusted" in rows)
    for split, rows in blocks(found.table("multivariable")):
        if not rows.empty and "events" in rows:
            events, terms = int(rows["events"].max()), len(rows)
            if events < EVENTS_PER_COEFFICIENT * terms:
                sentences.append(
                    f"{_where(split)}{count(events, 'event')} for {count(terms, 'coefficient')} "
                    f"({number(events / terms, 2)} each, fewer than {EVENTS_PER_COEFFICIENT}): "
                    "the multivariable estimates may be overfitted."
                )
    return sentences


def _coefficients(found: Found, rows: pd.DataFrame, split: str | None, name: str, *, adjusted: bool) -> list[str]:
    fitted = rows[rows["p_value"].notna()] if "p_value" in rows else rows
    if fitted.empty:
        return []
    p = "p_adjusted" if adjusted else "p_value"
    basis = f"{count(fitted['n'].max(), 'patient')}, {count(fitted['events'].max(), 'event')}"
    hits = fitted[fitted[p] < _ALPHA].sort_values(p, kind="stable")
    outcome = found.settings.get("outcome", "the outcome")
    if hits.empty:
        best = fitted.sort_values(p, kind="stable").iloc[0]
        return [
            f"{_where(split)}{name}, no evidence that any of {count(len(fitted), 'term')} is related to {outcome} "
            f"(smallest {p_text(best[p], 'adjusted p' if adjusted else 'p')}, {_hazard(best)}; {basis})."
        ]
    text = listed((f"{_hazard(r)}, {p_text(r[p], 'adjusted p' if adjusted else 'p')}" for _, r in hits.iterrows()), most=4)
    verb = "is" if len(hits) == 1 else "are"
    return [f"{_where(split)}{name}, {len(hits)} of {count(len(fitted), 'term')} {verb} related to {outcome}: {text} ({basis})."]


def term(row: pd.Series) -> str:
    """A Cox term as a reader would say it: ``grade G3 against G1``, ``age_years``."""
    level, reference = row.get("level"), row.get("reference")
    if level is None or pd.isna(level) or str(level) == "":
        return str(row["variable"])
    against = "" if reference is None or pd.isna(reference) or str(reference) == "" else f" against {reference}"
    return f"{row['variable']} {level}{against}"


def _hazard(row: pd.Series) -> str:
    return f"{term(row)}: hazard ratio {interval(row['hr'], row['lower'], row['upper'])}"


def combined_cindex(found: Found) -> list[str]:
    """How well the best model ranks patients, and whether together is better than alone."""
    sentences = []
    comparisons = dict(blocks(found.table("comparisons")))
    for split, models in blocks(found.table("models")):
        ranked = models[models["c"].notna()].sort_values("c", ascending=False, kind="stable")
        if ranked.empty:
            sentences.append(f"{_where(split)}no model could be judged.")
            continue
        best = ranked.iloc[0]
        kind = str(best.get("estimate", "cross-validated"))
        basis = f"{count(best['n'], 'patient')}, {count(best['events'], 'event')}"
        chance = float(best["lower"]) <= 0.5 if not pd.isna(best["lower"]) else True
        verdict = "; its interval reaches 0.5, so no evidence that it ranks better than chance" if chance else ""
        sentences.append(
            f"{_where(split)}highest {kind} c-index of {count(len(ranked), 'model')}: {best['model']}, "
            f"{interval(best['c'], best['lower'], best['upper'])} ({basis}){verdict}."
        )
        sentences += _comparisons(comparisons.get(split, pd.DataFrame()), split)
        if "groups" in models and (models["groups"] == "apparent").any():
            names = listed(models.loc[models["groups"] == "apparent", "model"], most=8)
            sentences.append(
                f"Apparent: the groups in {names} were formed on all patients, those of the test folds among them."
            )
    return [s[0].upper() + s[1:] for s in sentences]


def _comparisons(rows: pd.DataFrame, split: str | None) -> list[str]:
    if rows.empty:
        return []
    p = "p_adjusted" if "p_adjusted" in rows else "p_value"
    better = rows[(rows[p] < _ALPHA) & (rows["difference"] > 0)]
    worse = rows[(rows[p] < _ALPHA) & (rows["difference"] < 0)]
    sentences = []
    for hits, word in ((better, "ranks patients better than"), (worse, "ranks patients worse than")):
        for _, r in hits.iterrows():
            gain = interval(r["difference"], r["lower"], r["upper"])
            sentences.append(
                f"{_where(split)}{r['model']} {word} {r['reference']}: difference {gain}, {p_text(r[p], 'adjusted p')}."
            )
    if not sentences:
        r = rows.loc[rows["difference"].idxmax()] if rows["difference"].notna().any() else rows.iloc[0]
        gain = interval(r["difference"], r["lower"], r["upper"])
        sentences = [
            f"{_where(split)}no evidence that any model ranks patients better than the one it is compared with "
            f"(largest difference {gain}, {r['model']} less {r['reference']}, {p_text(r[p], 'adjusted p')})."
        ]
    return sentences


def differential_expression(found: Found) -> list[str]:
    """How many genes differ, in which direction, and whether the comparison is apparent."""
    table, settings = found.table("table"), found.settings
    hits = table[table["significant"].fillna(False).astype(bool)]
    up, down = int((hits["log2_fold_change"] > 0).sum()), int((hits["log2_fold_change"] < 0).sum())
    reference = settings.get("reference") or "the others"
    sides = (
        f"{settings.get('group')} ({count(settings.get('n_group', 0), 'patient')}) and "
        f"{reference if isinstance(reference, str) else listed(reference)} ({settings.get('n_reference', 0):,})"
    )
    apparent = "Apparent: " if settings.get("apparent") else ""
    tested = count(table["p_value"].notna().sum(), "gene")
    limits = f"adjusted p < {number(_alpha(found), 2)}, fold change of at least {number(settings.get('fold_change', 1), 2)}"
    if hits.empty:
        return [f"{apparent}no evidence that any of {tested} differs between {sides} ({limits})."]
    verb = "differs" if len(hits) == 1 else "differ"
    names = listed(hits.sort_values("p_value", kind="stable")["symbol"].fillna(hits["gene"]), most=5)
    return [
        f"{apparent}{len(hits):,} of {tested} {verb} between {sides}: {up:,} higher, {down:,} lower in "
        f"{settings.get('group')} ({limits}); smallest p: {names}."
    ]


def enrich(found: Found) -> list[str]:
    """How many gene sets are enriched, the strongest first."""
    table, alpha = found.table("table"), _alpha(found)
    tested = table[table["p_adjusted"].notna()] if "p_adjusted" in table else table
    if tested.empty:
        return ["No gene set could be tested."]
    hits = tested[tested["p_adjusted"] < alpha].sort_values("p_adjusted", kind="stable")
    n = count(tested["term"].nunique(), "gene set")
    if hits.empty:
        best = tested.sort_values("p_adjusted", kind="stable").iloc[0]
        return [f"No evidence that any of {n} is enriched (smallest adjusted {p_text(best['p_adjusted'])}, {best['term']})."]
    text = listed((f"{r['term']} ({r['direction']}, adjusted {p_text(r['p_adjusted'])})" for _, r in hits.iterrows()), most=4)
    verb = "is" if hits["term"].nunique() == 1 else "are"
    return [f"{hits['term'].nunique()} of {n} {verb} enriched: {text}."]


def enrichment_warnings(found: Found) -> list[str]:
    """Where too few of the measured genes stand in any set for the result to mean much."""
    warnings = []
    for _, row in found.table("coverage").iterrows():
        share = _share(row)
        if share < LOW_COVERAGE:
            warnings.append(
                f"Only {int(row['genes_measured_in_sets']):,} of {int(row['genes_measured']):,} measured genes "
                f"({percent(share, 1)}) are in any set of {row['collection']}: a set that is not enriched may only not "
                "have been measured."
            )
    return warnings


def _share(row: pd.Series) -> float:
    measured: Any = row["genes_measured"]
    return float(row["genes_measured_in_sets"]) / float(measured) if measured else 0.0


FINDINGS = {
    "consensus_cluster": consensus_cluster,
    "combine_groups": combine_groups,
    "associate": associate,
    "kaplan_meier": kaplan_meier,
    "cox": cox,
    "combined_cindex": combined_cindex,
    "differential_expression": differential_expression,
    "enrich": enrich,
}


def findings(found: Found) -> list[str]:
    """The sentences of one stored result."""
    sentences = FINDINGS[found.kind](found)
    return [s[0].upper() + s[1:] for s in sentences]
