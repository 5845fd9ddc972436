"""Findings on how well models rank patients, one plain sentence each."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import count, interval, listed, number, p_text
from radiogenomics.report._found import Found, blocks, where
from radiogenomics.report._sentences_choice import at_time_zero
from radiogenomics.report._sentences_strata import among, clinical_is

#: With fewer, simulated intervals of the c-index covered less than they say.
EVENTS_FOR_INTERVALS = 10
_ALPHA = 0.05


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
        sentences += _few_events(found, ranked, split)
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
    return [
        s[0].upper() + s[1:]
        for s in sentences + _too_small(found.table("sample_size")) + clinical_is(found) + at_time_zero(found)
    ]


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


def _few_events(found: Found, models: pd.DataFrame, split: str | None) -> list[str]:
    """That intervals are not calibrated, and that resamples were left out."""
    sentences = []
    events = int(models["events"].iloc[0])
    if events < EVENTS_FOR_INTERVALS:
        sentences.append(
            f"{where(split)}{count(events, 'event')}, fewer than {EVENTS_FOR_INTERVALS}: the intervals and p-values of "
            "the c-indices are not calibrated, the t-test over folds finds differences where there are none, and the "
            "comparison is exploratory."
        )
    drawn = found.settings.get("bootstrap", 0)
    usable = models["usable_resamples"].min() if "usable_resamples" in models else drawn
    if usable < drawn:
        sentences.append(
            f"{where(split)}{int(drawn - usable):,} of {int(drawn):,} resamples had a repeat without a comparable pair "
            "and were left out."
        )
    return sentences


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
    whose = f"{len(short)} of {count(len(rows), 'model')}" if len(rows) > 1 else "the model"
    least, most = number(share.min(), 2), number(share.max(), 2)
    return [
        f"{count(first['n'], 'patient')} with {count(first['events'], 'event')} are fewer than "
        f"{whose} would need for predictions that hold elsewhere: {needs} "
        f"patients; there are {least if least == most else f'{least} to {most}'} events per coefficient."
    ]


def _comparisons(rows: pd.DataFrame, models: pd.DataFrame, split: str | None) -> list[str]:
    if rows.empty:
        return []
    p = "p_adjusted" if "p_adjusted" in rows else "p_value"
    by_chance = set(models.loc[~(models["lower"] > 0.5), "model"])
    # A one-sided p < 0.05 beside a two-sided interval that reaches 0 is no claim: the interval is what a reader sees.
    better = rows[(rows[p] < _ALPHA) & (rows["difference"] > 0) & (rows["lower"] > 0)]
    worse = rows[(rows[p] < _ALPHA) & (rows["difference"] < 0) & (rows["upper"] < 0)]
    open_ = rows[(rows[p] < _ALPHA) & ~rows.index.isin([*better.index, *worse.index])]
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
    for _, r in open_.iterrows():
        gain = interval(r["difference"], r["lower"], r["upper"], decimals=3)
        side = "one-sided " if r.get("alternative") == "greater" else ""
        sentences.append(
            f"{where(split)}whether model {r['model']} ranks patients better than {r['reference']} stays open: "
            f"difference {gain}, an interval that reaches 0, although {side}{p_text(r[p], 'adjusted p')}."
        )
    if sentences:
        others = rows.drop(index=[*better.index, *worse.index, *open_.index])
        sentences += _not_shown(others, p, split)
    else:
        r = rows.sort_values("difference", ascending=False, kind="stable").iloc[0]
        gain = interval(r["difference"], r["lower"], r["upper"], decimals=3)
        sentences = [
            f"{where(split)}no evidence that any model ranks patients better than the one it is compared with "
            f"(largest difference {gain}, {r['model']} less {r['reference']}, {p_text(r[p], 'adjusted p')})."
        ]
    return sentences + _added(rows, split)


def _not_shown(rows: pd.DataFrame, p: str, split: str | None) -> list[str]:
    """Terms that are not shown to help, beside those that are: silence on them would read as if they did."""
    rows = rows[rows["nested"].astype(bool) & rows[p].notna()] if "nested" in rows else rows.iloc[:0]
    if rows.empty:
        return []
    told = []
    for _, r in rows.iterrows():
        gain = interval(r["difference"], r["lower"], r["upper"], decimals=3).replace(" (", ", ").rstrip(")")
        told.append(f"{r['model']} ranks patients better than {r['reference']} (difference {gain})")
    return [f"{where(split)}no evidence that {listed(told, most=4)}."]


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
