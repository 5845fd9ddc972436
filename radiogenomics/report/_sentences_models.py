"""Findings on prediction models, one plain sentence each: the honest figure first, the apparent one beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._horizon import ENOUGH, firm, usual_horizon
from radiogenomics.report._format import count, interval, listed, p_text, percent, ratio, setting
from radiogenomics.report._found import Found, blocks, where

_MEASURE = {"auc": "AUC", "c_index": "c-index", "uno_c": "Uno's c"}
_HOW = {"out_of_fold": "cross-validated", "held_out": "held out", "given": "as given", "apparent": "apparent"}
#: Models of which each is told; of more than these, the best and how it was found.
_FEW = 6
_ALPHA = 0.05
#: Chance, with the rounding of a model that tells all patients the same.
_CHANCE = 0.5 + 1e-9


def chance(lower: float) -> str:
    """What an interval that reaches one half means."""
    if pd.isna(lower) or lower <= _CHANCE:
        return "; its interval reaches 0.5, so no evidence that it tells patients apart better than chance"
    return ""


def signature(found: Found) -> list[str]:
    """How well the score does on patients it did not learn from, and of what it is made."""
    s, said = found.settings, []
    for split, rows in blocks(found.table("performance")):
        honest, apparent = rows[rows["estimate"] != "apparent"], rows[rows["estimate"] == "apparent"]
        for row in honest.to_dict("records"):
            basis = f"{_HOW[row['estimate']]}, {count(row['n'], 'patient')}, {_events(row['n_events'], s['kind'])}"
            beside = ""
            if len(apparent):
                own = apparent.iloc[0]
                beside = f"; apparent, of the patients it was fitted on, {ratio(own['value'])}"
            told = interval(row["value"], row["lower"], row["upper"])
            verdict = "" if s["null"] else chance(row["lower"])
            said.append(f"{where(split)}{_MEASURE[row['measure']]} of {found.key} for {s['outcome']}: {told} "
                        f"({basis}){beside}{verdict}.")  # fmt: skip
    return [*said, *_made_of(found)]


def _events(n: int, kind: str) -> str:
    return f"{int(n):,} positive" if kind == "binary" else count(n, "event")


def _made_of(found: Found) -> list[str]:
    s, table = found.settings, found.table("coefficients")
    fits = f"{s['null_folds']} of {s['n_fits']} fits in training folds"
    if s["null"]:
        return [f"No feature is left: {found.key} is the null model, which tells all patients the same; so do {fits}."]
    chosen = table[table["coefficient"] != 0]
    steady = chosen[chosen["selected_folds"] >= 0.5]
    said = (
        f"It uses {count(len(chosen), 'feature')} ({listed(chosen['feature'], most=5)}); at least half of the "
        f"training folds choose {len(steady):,} of them."
    )
    return [said, *([f"Null models: {fits}."] if s["null_folds"] else [])]


def compare_models(found: Found) -> list[str]:
    """The model picked without its test patients, beside the highest figure, which is apparent."""
    s, said = found.settings, []
    n_models = found.table("models").query("model != 'picked by inner folds'")["model"].nunique()
    for split, rows in blocks(found.table("best")):
        chosen_here = rows["label"] == "chosen on these patients"
        honest, highest = rows[~chosen_here], rows[chosen_here]
        for row in honest.to_dict("records"):
            told = interval(row["auc"], row["lower"], row["upper"])
            text = (
                f"{where(split)}of {count(n_models, 'model')} for {s['outcome']}, those that inner folds pick have AUC "
                f"{told} ({_HOW[row['label']]}){chance(row['lower'])}."
            )
            if len(highest):
                best = highest.iloc[0]
                text += f" The highest AUC is {ratio(best['auc'])} ({best['model']}), apparent: chosen and judged on "
                text += "the same patients."
            said.append(text)
    return said


def logistic(found: Found) -> list[str]:
    """What is associated with the outcome alone, and what p-values leave."""
    s, alone, model = found.settings, found.table("univariable"), found.table("multivariable")
    choice = found.table("choice")
    said = []
    if len(alone):
        hits = alone[alone["p_adjusted"] < _ALPHA]
        lead = f"{len(hits)} of {count(len(alone), 'coefficient')} differ alone after adjustment: "
        if len(hits):
            said.append(lead + listed((_odds(row) for row in hits.to_dict("records")), most=4) + ".")
        else:
            best = alone.sort_values("p_value", kind="stable").iloc[0].to_dict()
            said.append(
                f"No evidence that any of {count(alone['variable'].nunique(), 'variable')} alone goes with "
                f"{s['outcome']} (smallest adjusted {p_text(alone['p_adjusted'].min())}, {_odds(best)}; "
                f"{count(best['n'], 'patient')})."
            )
    if model.empty:
        said.append(f"No variable is left by the thresholds on p (enter {setting(s['p_enter'])}, keep "
                    f"{setting(s['p_keep'])}): the clinical model tells all patients the same.")  # fmt: skip
        return said
    apparent = "Apparent, because p-values chose it on the same patients: " if s["p_enter"] or s["p_keep"] else ""
    terms = listed((_odds(row) for row in model.to_dict("records")), most=6)
    said.append(f"{apparent}{'the' if apparent else 'The'} model of {s['outcome']} has {terms}.")
    kept = choice[choice["selected"].astype(bool)] if "selected_folds" in choice else choice.iloc[:0]
    shares = [f"{v} in {percent(x, 1)}" for v, x in zip(kept["variable"], kept["selected_folds"], strict=True)]
    if shares:
        said.append(f"Training folds keep {listed(dict.fromkeys(shares), most=6)} of their models.")
    return said


def _odds(row: Mapping[Any, Any]) -> str:
    name, told = _term(row), interval(row["or"], row["lower"], row["upper"])
    return f"{name}: odds ratio {told}{_per(row)}"


def _per(row: Mapping[Any, Any]) -> str:
    """That the ratio of a number is one per unit of it; nothing of a level."""
    return " per unit" if _term(row) == str(row["variable"]) else ""


def _term(row: Mapping[Any, Any]) -> str:
    level = row["level"]
    if level is None or pd.isna(level) or level == "":
        return str(row["variable"])
    return f"{row['variable']} {level} against {row['reference']}"


def nomogram(found: Found) -> list[str]:
    """Its terms with their effects, on how many patients, and what is apparent about it."""
    s, terms = found.settings, found.table("coefficients")
    name, column = ("odds ratio", "or") if s["kind"] == "binary" else ("hazard ratio", "hr")
    told = listed((f"{_term(r)}: {name} {interval(r[column], r['lower'], r['upper'])}{_per(r)}"
                   for r in terms.to_dict("records")), most=8)  # fmt: skip
    fit = found.table("fit").iloc[0]
    said = [f"Nomogram of {s['outcome']} ({count(fit['n'], 'patient')}, {_events(fit['events'], s['kind'])}): {told}."]
    if s["signatures"] and s["apparent"]:
        said.append(f"Apparent: {listed(s['signatures'])} enters with scores of the patients it was fitted on, which "
                    "gives it too much weight.")  # fmt: skip
    elif s["signatures"]:
        said.append(f"{listed(s['signatures'])} enters with scores of models that had not seen the patient.")
    if "n_needed" in fit and fit["n_needed"] > fit["n"]:
        said.append(f"A model of {count(fit['n_parameters'], 'coefficient')} would need about "
                    f"{count(fit['n_needed'], 'patient')}; it has {int(fit['n']):,}.")  # fmt: skip
    return said


def evaluate(found: Found) -> list[str]:
    """Each model on patients it did not learn from; of many models the range."""
    s, measures = found.settings, found.table("measures")
    measure = "auc" if s["kind"] == "binary" else "c_index"
    said = []
    for split, rows in blocks(measures[measures["measure"] == measure].drop_duplicates(["split", "model", "estimate"])):
        honest, apparent = rows[rows["estimate"] != "apparent"], rows[rows["estimate"] == "apparent"]
        if honest.empty:
            continue
        lead = f"{where(split)}{_MEASURE[measure]} for {s['outcome']}"
        if len(honest) > _FEW:
            known = honest[honest["value"].notna()]
            best = known.sort_values("value", ascending=False, kind="stable").iloc[0]
            said.append(f"{lead}, {_HOW[str(best['estimate'])]}: {ratio(known['value'].min())} to "
                        f"{ratio(best['value'])} over {count(len(known), 'model')}; the highest ({best['model']}) is "
                        "apparent, since it was found on these patients.")  # fmt: skip
            continue
        for how, own in honest.groupby("estimate", sort=False):
            told = listed((f"{r['model']} {interval(r['value'], r['lower'], r['upper'])}{_note(r)}"
                           for r in own.to_dict("records")), most=_FEW)  # fmt: skip
            text = f"{lead}, {_HOW[str(how)]}: {told}"
            if len(apparent):
                beside = listed((f"{m} {ratio(v)}" for m, v in zip(apparent["model"], apparent["value"], strict=True)),
                                most=_FEW)  # fmt: skip
                text += f"; apparent: {beside}"
            none = own.loc[~(own["lower"] > _CHANCE), "model"]
            if len(none):
                text += f". No evidence that {listed(none, most=_FEW, last='or')} does better than chance"
            said.append(f"{text}.")
    return said


def _note(row: Mapping[Any, Any]) -> str:
    note = row.get("note")
    return f" ({note})" if isinstance(note, str) and note else ""


def delong(found: Found) -> list[str]:
    """Which areas differ on patients the models did not learn from."""
    said = []
    for split, rows in blocks(found.table("pairs")):
        for how, own in rows[rows["estimate"] != "apparent"].groupby("estimate", sort=False):
            tested = own[own["p_adjusted"].notna()]
            if tested.empty:
                said.append(f"{where(split)}no two models could be compared ({_HOW[str(how)]}).")
                continue
            hits = tested[tested["p_adjusted"] < _ALPHA].sort_values("p_adjusted", kind="stable")
            if hits.empty:
                said.append(f"{where(split)}no evidence that the AUC of any two of {_models(tested)} differ "
                            f"({_HOW[str(how)]}; smallest adjusted {p_text(tested['p_adjusted'].min())}).")  # fmt: skip
                continue
            told = listed((f"{r['model']} and {r['reference']}, difference "
                           f"{interval(r['difference'], r['lower'], r['upper'])}, adjusted {p_text(r['p_adjusted'])}"
                           for r in hits.to_dict("records")), most=3)  # fmt: skip
            said.append(f"{where(split)}{len(hits)} of {count(len(tested), 'pair')} of models differ in AUC "
                        f"({_HOW[str(how)]}): {told}.")  # fmt: skip
    return said


def _models(pairs: pd.DataFrame) -> str:
    return count(len({*pairs["model"], *pairs["reference"]}), "model")


def calibrate(found: Found) -> list[str]:
    """Slope of each model, and Hosmer and Lemeshow's test, which small numbers make blunt."""
    said = []
    for split, everything in blocks(found.table("measures")):
        rows, by = _by_one_horizon(everything, found)
        shown = rows[(rows["measure"] == "slope") & (rows["estimate"] != "apparent")]
        if shown.empty:
            continue
        told = listed((f"{r['model']} {interval(r['value'], r['lower'], r['upper'])}{_note(r)}"
                       for r in shown.to_dict("records")), most=_FEW)  # fmt: skip
        said.append(f"{where(split)}calibration slope{by} (1 is ideal, below 1 too extreme): {told}.")
    tests = found.table("test")
    for split, rows in blocks(tests[tests["estimate"] != "apparent"]) if len(tests) else ():
        known = rows[rows["p_value"].notna()]
        low = known[known["p_value"] < _ALPHA]
        if len(low):
            told = listed((f"{m} ({p_text(p)})" for m, p in zip(low["model"], low["p_value"], strict=True)), most=_FEW)
            said.append(f"{where(split)}predicted and observed shares differ by Hosmer and Lemeshow's test: {told}.")
        elif len(known):
            said.append(f"{where(split)}no evidence by Hosmer and Lemeshow's test that predicted and observed shares "
                        f"differ (smallest {p_text(known['p_value'].min())}); with few patients it would not see "
                        "it.")  # fmt: skip
    return said


def decision_curve(found: Found) -> list[str]:
    """Between which thresholds each model has the highest net benefit."""
    said = []
    for split, everything in blocks(found.table("summary")):
        rows, by = _by_one_horizon(everything, found)
        own = rows[rows["estimate"] != "apparent"]
        if own.empty:
            continue
        useful, none = own[own["useful_from"].notna()], own.loc[own["useful_from"].isna(), "model"]
        told = [f"{r['model']} from {percent(r['useful_from'], 1)} to {percent(r['useful_to'], 1)}"
                for r in useful.to_dict("records")]  # fmt: skip
        if len(none):
            told.append(f"at no threshold {listed(none, most=_FEW)}")
        said.append(f"{where(split)}net benefit{by} above that of treating everyone and nobody (intervals aside): "
                    f"{listed(told, most=_FEW)}.")  # fmt: skip
    return said


def _by_one_horizon(rows: pd.DataFrame, found: Found) -> tuple[pd.DataFrame, str]:
    """Rows of the horizon that the figure draws too, and `` at 365 days``; all rows of an outcome without times."""
    if "horizon" not in rows or rows["horizon"].isna().all():
        return rows, ""
    time = usual_horizon(rows)
    return rows[rows["horizon"].astype(float) == time], _at(time, found)


def _at(time: float, found: Found) -> str:
    return f" at {time:,g} {found.settings.get('unit') or ''}".rstrip()


#: A time by which survival is usually told, in years, and how far from it a horizon may lie.
_YEARS = (1, 3, 5)
_NEAR = 0.1
_PER_YEAR = {"days": 365.25, "weeks": 52.18, "months": 12.0, "years": 1.0}


def time_roc(found: Found) -> list[str]:
    """Areas by 1, 3 and 5 years, or of all horizons where there are few; of those with patients enough."""
    said = []
    areas = found.table("auc")
    for split, rows in blocks(areas[(areas["estimate"] != "apparent") & areas["value"].notna()]):
        for model, own in rows.groupby("model", sort=False):
            lead = f"{where(split)}AUC of {model} ({_HOW[str(own['estimate'].iloc[0])]}): "
            kept = own[firm(own)]
            thin = f"fewer than {ENOUGH} patients with or without the event"
            if kept.empty:
                said.append(f"{lead}not summed up: {thin} at each of {count(len(own), 'horizon')}.")
                continue
            told = listed(
                (f"{interval(r['value'], r['lower'], r['upper'])}{_at(r['horizon'], found)}"
                 for r in _landmarks(kept, found).to_dict("records")), most=_FEW,
            )  # fmt: skip
            text = f"{lead}{told}"
            if len(kept) < len(own):
                text += f"; not summed up: {len(own) - len(kept)} of {count(len(own), 'horizon')} with {thin}"
            sure = int((kept["lower"] > _CHANCE).sum())
            if len(kept) > 1:
                text += f"; intervals above 0.5 at {sure} of {len(kept)}, not adjusted for their number"
            elif not sure:
                text += chance(kept["lower"].iloc[0])
            said.append(f"{text}.")
    return said


def _landmarks(rows: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Rows nearest to 1, 3 and 5 years; all of a few; the first, middle and last where no horizon is near."""
    rows = rows.sort_values("horizon").reset_index(drop=True)
    if len(rows) <= len(_YEARS):
        return rows
    times = rows["horizon"].astype(float)
    year = _PER_YEAR.get(str(found.settings.get("unit")), float("nan"))  # nothing is near to NaN
    near = []
    for years in _YEARS:
        off = (times / (years * year) - 1).abs()
        near += [int(np.argmin(off.to_numpy()))] if off.min() <= _NEAR else []
    return rows.loc[list(dict.fromkeys(near or [0, len(rows) // 2, len(rows) - 1]))]


MODEL_FINDINGS = {
    "signature": signature,
    "compare_models": compare_models,
    "logistic": logistic,
    "nomogram": nomogram,
    "evaluate": evaluate,
    "delong": delong,
    "calibrate": calibrate,
    "decision_curve": decision_curve,
    "time_roc": time_roc,
}
