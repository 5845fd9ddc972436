"""Findings on survival and prediction, one plain sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radiogenomics._words import log_rank_words
from radiogenomics.report._format import count, interval, listed, number, p_text, ratio
from radiogenomics.report._found import Found, blocks, where
from radiogenomics.report._sentences_choice import hazards, pairs, thin_starts
from radiogenomics.report._sentences_logrank import trend, within, without_strata
from radiogenomics.report._sentences_strata import among, clinical_is

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
        if pd.isna(row["p_value"]):
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
    sentences += [*without_strata(found), *trend(found), *pairs(found)]
    return [s[0].upper() + s[1:] for s in sentences]


def curves_together(results: Sequence[Found]) -> list[str]:
    """Several groupings on one outcome in one sentence per part of the split."""
    outcome = results[0].settings.get("outcome", "survival")
    told: dict[str | None, tuple[list[str], list[str]]] = {}
    for found in results:
        summary = dict(blocks(found.table("summary")))
        for split, rows in blocks(found.table("test")):
            groups, p = summary[split], rows.iloc[0]["p_value"]
            basis = f"{count(groups['n'].sum(), 'patient')}, {count(groups['events'].sum(), 'event')}"
            name = found.settings.get("groupby", found.key)
            text = f"between the groups of {name}{within(found).rstrip(',')} ({p_text(p)}; {basis})"
            told.setdefault(split, ([], []))[0 if p < _ALPHA else 1].append(text)
    sentences = []
    for split, (differ, null) in told.items():
        parts = [f"differences in {outcome} {listed(differ)}"] if differ else []
        parts += [f"no evidence of differences {'' if differ else f'in {outcome} '}{listed(null)}"] if null else []
        sentences.append(f"{where(split)}{'; '.join(parts)} (log-rank tests, not adjusted for one another).")
    return [s[0].upper() + s[1:] for s in sentences]


def unadjusted(results: Sequence[Found]) -> list[str]:
    """That several log-rank tests stand beside one another; nothing of a single one."""
    n = sum(int(f.table("test")["p_value"].notna().sum()) for f in results if f.kind == "kaplan_meier")
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
    sentences += hazards(found)
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
    fitted = fitted.sort_values(p, kind="stable")
    hits = fitted[fitted[p] < _ALPHA]
    outcome = found.settings.get("outcome", "the outcome")
    if hits.empty:
        best = fitted.iloc[0]
        if len(fitted) == 1:
            return [
                f"no evidence that {term(best)} is related to {outcome} ({_hazard(best).partition(': ')[2]}, "
                f"{p_text(best[p])}; {basis})."
            ]
        return [
            f"{name}, no evidence that any of {count(len(fitted), 'term')} is related to {outcome} "
            f"(smallest {p_text(best[p], called)}, {_hazard(best)}; {basis})."
        ]
    text = listed((f"{_hazard(r)}, {p_text(r[p], called)}" for _, r in hits.iterrows()), most=most)
    if len(fitted) == 1:
        best = hits.iloc[0]
        told = f"{_hazard(best).partition(': ')[2]}, {p_text(best[p])}"
        return [f"{term(best)} is related to {outcome}: {told} ({basis})."]
    verb = "is" if len(hits) == 1 else "are"
    return [f"{name}, {len(hits)} of {count(len(fitted), 'term')} {verb} related to {outcome}: {text} ({basis})."]


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
            sentences.append(f"{where(split)}no model could be judged.")
            continue
        best = ranked.iloc[0]
        sentences.append(f"{where(split)}{_best(found, best, len(ranked))}.")
        sentences += _comparisons(comparisons.get(split, pd.DataFrame()), models, split)
        sentences += _below_chance(ranked, split)
        sentences += _other_measures(found, split, str(best["model"]))
        apparent = list(models.loc[models["groups"] == "apparent", "model"]) if "groups" in models else []
        if apparent:
            which = "every model" if len(apparent) == len(models) else listed(apparent, most=8)
            sentences.append(
                f"Apparent: the groups of {which} were formed on all these patients, those of the test folds among "
                "them."
            )
    return [s[0].upper() + s[1:] for s in sentences + _too_small(found.table("sample_size")) + clinical_is(found)]


def _best(found: Found, best: pd.Series, n_models: int) -> str:
    """The lead: for which outcome, how well, on how many patients, and whether groups knew the test folds."""
    kind = str(best.get("estimate", "cross-validated"))
    highest = f"highest {kind} c-index of {n_models} models" if n_models > 1 else f"{kind} c-index"
    basis = f"{count(best['n'], 'patient')}, {count(best['events'], 'event')}"
    if best.get("groups") == "apparent":
        basis += "; apparent, because its groups were formed on all of them"
    verdict = ""
    if pd.isna(best["lower"]) or float(best["lower"]) <= 0.5:
        verdict = "; its interval reaches 0.5, so no evidence that it ranks better than chance"
    told = interval(best["c"], best["lower"], best["upper"])
    outcome = found.settings.get("outcome", "the outcome")
    return f"{highest} for {outcome}{among(found)}: {best['model']}, {told} ({basis}){verdict}"


def _below_chance(models: pd.DataFrame, split: str | None) -> list[str]:
    """What a cross-validated c-index below one half does not mean."""
    if "estimate" in models:
        models = models[models["estimate"] == "cross-validated"]
    below = models.loc[models["upper"] < 0.5, "model"]
    if below.empty:
        return []
    return [
        f"{where(split)}the interval of {listed(below, most=8)} lies below 0.5. In cross-validation with stratified "
        "folds, groups with hardly any effect are biased below 0.5: this does not mean that the order is reversed."
    ]


def _other_measures(found: Found, split: str | None, model: str) -> list[str]:
    """What the best model gets by the measures that are not tested."""
    rows = found.table("measures")
    if rows.empty:
        return []
    own = rows[(rows["model"] == model) & (rows["split"] == (split or "all"))].set_index("measure")
    if own.empty or own["value"].isna().any():
        return []
    uno, auc, explained = (own.loc[m] for m in ("uno_c", "auc", "explained_brier"))
    until = f"{number(uno['horizon'])} {found.settings.get('unit', '')}".rstrip()
    taken = explained["value"]
    verdict = (
        f"takes away {100 * taken:.0f} % of the squared error of one survival curve for all"
        if taken > 0
        else "predicts survival no better than one curve for all"
    )
    return [
        f"{where(split)}until {until}, {model} has Uno's c {interval(uno['value'], uno['lower'], uno['upper'])} and at "
        f"{until} AUC {interval(auc['value'], auc['lower'], auc['upper'])}; it {verdict} (integrated Brier score "
        f"{number(own.loc['integrated_brier', 'value'])})."
    ]


def _too_small(rows: pd.DataFrame) -> list[str]:
    """The warning on the sample size: the models that have too few patients, from the least to the most demanding."""
    if rows.empty or rows["enough"].astype(bool).all():
        return []
    short = rows[~rows["enough"].astype(bool)].sort_values("n_needed", kind="stable")
    first, last, share = short.iloc[0], short.iloc[-1], short["events_per_parameter"]
    needs = f"{int(first['n_needed']):,}"
    if last["n_needed"] > first["n_needed"]:
        needs += f" ({first['model']}) to {int(last['n_needed']):,} ({last['model']})"
    return [
        f"{count(first['n'], 'patient')} with {count(first['events'], 'event')} are fewer than "
        f"{len(short)} of {count(len(rows), 'model')} would need for predictions that hold elsewhere: {needs} "
        f"patients; there are {number(share.min(), 2)} to {number(share.max(), 2)} events per coefficient."
    ]


def _comparisons(rows: pd.DataFrame, models: pd.DataFrame, split: str | None) -> list[str]:
    if rows.empty:
        return []
    p = "p_adjusted" if "p_adjusted" in rows else "p_value"
    by_chance = set(models.loc[~(models["lower"] > 0.5), "model"])
    better = rows[(rows[p] < _ALPHA) & (rows["difference"] > 0)]
    worse = rows[(rows[p] < _ALPHA) & (rows["difference"] < 0)]
    sentences = []
    for hits, word in ((better, "better than"), (worse, "worse than")):
        for model, own in hits.groupby("model", sort=False):
            told = []
            for _, r in own.iterrows():
                gain = interval(r["difference"], r["lower"], r["upper"], decimals=3).replace(" (", ", ").rstrip(")")
                chance = ", which is itself not shown to rank better than chance" if r["reference"] in by_chance else ""
                side = "one-sided " if r.get("alternative") == "greater" else ""
                told.append(f"{r['reference']}{chance} (difference {gain}, {side}{p_text(r[p], 'adjusted p')})")
            sentences.append(f"{where(split)}model {model} ranks patients {word} {listed(told, most=4)}.")
    if not sentences:
        r = rows.sort_values("difference", ascending=False, kind="stable").iloc[0]
        gain = interval(r["difference"], r["lower"], r["upper"], decimals=3)
        sentences = [
            f"{where(split)}no evidence that any model ranks patients better than the one it is compared with "
            f"(largest difference {gain}, {r['model']} less {r['reference']}, {p_text(r[p], 'adjusted p')})."
        ]
    return sentences + _added(rows, split)


def _added(rows: pd.DataFrame, split: str | None) -> list[str]:
    """Terms that the likelihood-ratio test finds related to the outcome, whether or not they help to predict."""
    if "lr_p_value" not in rows:
        return []
    hits = rows[rows["lr_p_value"] < _ALPHA]
    if hits.empty:
        return []
    found = (f"{r['model']} against {r['reference']}, {p_text(r['lr_p_value'])}" for _, r in hits.iterrows())
    return [
        f"{where(split)}by likelihood-ratio tests on all the patients of the fit (apparent), the added terms are "
        f"related to the outcome in {listed(found, most=4)}: that is not yet better prediction."
    ]
