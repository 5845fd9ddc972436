"""Rules on patients, outcomes, the split, missing values and confounders."""

from __future__ import annotations

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.report._format import count, listed, number
from radiogenomics.report.checklists._facts import Facts
from radiogenomics.report.checklists._verdict import Rule, Verdict, done, not_applicable, not_done, partly, unknown


def _checklists_used(f: Facts) -> Verdict:
    return partly(
        "CLEAR, METRICS, TRIPOD+AI and RQS are filled on this page from what is stored; that is no proof that they "
        "guided the study",
        "checklists",
    )


def _sample_size(f: Facts) -> Verdict:
    n = count(f.data.n_obs, "patient")
    enough = f.column(("cox", "combined_cindex"), "sample_size", "enough").dropna().astype(bool)
    if not len(enough):
        return unknown(f"{n} took part; no analysis here asked how many were needed", "cohort")
    few = int((~enough).sum())
    said = (
        f"{n} took part; the minimum by Riley's criteria is reached by {len(enough) - few} of {len(enough)} Cox models"
    )
    return partly(said, "survival" if f.has("cox") else "c-index")


def _dimension(f: Facts) -> Verdict:
    enough = f.column(("cox", "combined_cindex"), "sample_size", "enough").dropna().astype(bool)
    said = []
    for found in f.of("signature"):
        kept = int((found.table("coefficients")["coefficient"] != 0).sum())
        said.append(
            f"the signature {found.key} keeps {count(kept, 'feature')} with {found.settings.get('n_events')} events"
        )
    anchor = "models" if said else ("survival" if f.has("cox") else "c-index")
    if len(enough):
        said.append(f"{int(enough.sum())} of {len(enough)} Cox models reach the minimum size by Riley's criteria")
    if not said:
        return unknown("no model here was set against the number of patients")
    text = "; ".join(said)
    text = text[0].upper() + text[1:]
    if len(enough) and not enough.all():
        return partly(text, anchor) if f.has("signature") else not_done(text, anchor)
    return done(text, anchor) if len(enough) else partly(text, anchor)


def _steps_listed(f: Facts) -> Verdict:
    return partly("The methods text lists every step in order with its settings; it is no drawing", "methods")


def _data_source(f: Facts) -> Verdict:
    inputs = f.provenance.get("inputs") or []
    if not inputs:
        return unknown("No provenance says which files were read")
    said = (
        f"{count(len(inputs), 'input file')} with their SHA-256 stand in the provenance; where they come from does not"
    )
    return partly(said, "software")


def _split(f: Facts) -> Verdict:
    if f.held_out:
        sizes = listed((f"{n} {part}" for part, n in f.parts.items()), most=9)
        column = dict(f.data.uns[keys.SPLIT]).get("column")
        return done(f"Patients are split into {sizes}{f' (column {column})' if column else ''}", "cohort")
    if f.folds:
        return partly(f"No patients were held out; models are judged in {_folds(f)}", "methods")
    return not_done("No patients were held out and nothing was cross-validated", "cohort")


def _folds(f: Facts) -> str:
    told = dict.fromkeys(f"{s['folds']}-fold cross-validation" for s in (r.settings for r in f.folds))
    return listed(told, most=3)


def _partition(f: Facts) -> Verdict:
    if not (f.held_out or f.folds):
        return not_done("No patients were held out and nothing was cross-validated", "cohort")
    learned = [str(m) for m, a in (f.data.mod.items() if hasattr(f.data, "mod") else ()) if keys.WHOLE_COHORT in a.uns]
    if learned:
        return not_done(f"A transform of {listed(learned)} learned from all patients at once", "methods")
    apparent = [r for r in f.of("combined_cindex") if "apparent" in set(r.table("models").get("groups", []))]
    how = f"transforms and models learned from training patients alone ({_of_parts(f)})"
    if apparent:
        return partly(f"The groups judged by the c-index were made on all patients (apparent); else {how}", "c-index")
    if not f.held_out:
        return partly(f"Only cross-validation: no test patients were kept apart from it; {how}", "methods")
    return done(how[0].upper() + how[1:], "methods")


def _of_parts(f: Facts) -> str:
    return listed((f"{n} {part}" for part, n in f.parts.items()), most=9) or _folds(f)


def _internal_test(f: Facts) -> Verdict:
    return _tested(f, "internal")


def _external_test(f: Facts) -> Verdict:
    return _tested(f, "external")


_JUDGES = ("signature", "evaluate", "combined_cindex", "cox", "calibrate", "compare_models", "logistic", "nomogram")


def _tested(f: Facts, part: str) -> Verdict:
    if not f.models:
        return not_applicable("No prediction model was made")
    n = f.parts.get(part, 0)
    if not n:
        crossed = f"; {_folds(f)} alone is no test in other patients" if f.folds and part == "internal" else ""
        return not_done(f"The cohort has no {part} part{crossed}", "cohort")
    if part not in f.judged_on(*_JUDGES):
        return not_done(f"{count(n, f'{part} patient')} stand apart, but no model was judged on them", "cohort")
    return done(f"Models are judged on {count(n, f'{part} patient')}", _where_judged(f))


def _where_judged(f: Facts) -> str:
    for anchor, kinds in (("performance", ("evaluate", "calibrate", "delong", "time_roc")), ("models", ("signature",)),
                          ("c-index", ("combined_cindex",)), ("survival", ("cox",))):  # fmt: skip
        if f.has(*kinds):
            return anchor
    return "models"


def _testing(f: Facts) -> Verdict:
    if not f.models:
        return not_applicable("No prediction model was made")
    parts = f.judged_on(*_JUDGES)
    if parts:
        sizes = listed((f"{f.parts[part]} {part}" for part in parts), most=3)
        return done(f"Models are judged on {sizes} patients that they had not seen", _where_judged(f))
    if f.folds:
        return partly(f"Only {_folds(f)}; no patients were held out", _where_judged(f))
    return not_done("No model was judged on patients that it had not seen", "methods")


def _outcome(f: Facts) -> Verdict:
    if not f.outcomes:
        return not_done("No outcome is registered", "cohort")
    said = []
    for name, o in f.outcomes.items():
        what = f"{o['column']} = {o['positive']}" if o["kind"] == "binary" else f"{o['time']}, {o['event']}"
        said.append(f"{name} ({o['kind']}: {what})")
    return partly(f"Outcomes by column: {listed(said, most=6)}; how they were assessed is not stored", "cohort")


def _follow_up(f: Facts) -> Verdict:
    told = _follow_up_text(f)
    return (
        partly(f"Median follow-up: {told}; dates are not stored", "cohort") if told else unknown("No dates are stored")
    )


def _follow_up_text(f: Facts) -> str:
    if "median_follow_up" not in f.events:
        return ""
    rows = f.events[f.events["median_follow_up"].notna()]
    said = [f"{r.outcome} {number(r.median_follow_up)} {r.unit}".rstrip() for r in rows.itertuples()]
    return listed(said, most=4)


def _flow_and_follow_up(f: Facts) -> Verdict:
    flow = _patient_flow(f)
    if flow.status == "cannot know" or not len(f.events):
        return flow
    events = listed((f"{r['outcome']} {int(r['events'])} of {int(r['known'])}" for r in f.event_rows()), most=6)
    follow_up = _follow_up_text(f)
    return done(
        f"{flow.evidence}; events: {events}" + (f"; median follow-up: {follow_up}" if follow_up else ""), "cohort"
    )


def _patient_flow(f: Facts) -> Verdict:
    audit = f.data.uns.get(keys.AUDIT)
    if not isinstance(audit, pd.DataFrame):
        return unknown("The cohort has no table of its assembly", "cohort")
    kept = int(audit["kept"].astype(bool).sum())
    out = len(audit) - kept
    return done(
        f"Of {count(len(audit), 'patient')} in the files, {kept} are in the cohort and {out} left out", "cohort"
    )


def _baseline(f: Facts) -> Verdict:
    tested = sorted(set(f.column(("associate",), "table", "variable").astype(str)))
    n = f.data.obs.shape[1]
    if tested:
        return partly(
            f"{count(len(tested), 'variable')} compared between groups ({listed(tested, most=4)}); the table of all "
            "characteristics is made by rg.get.table_one",
            "associations",
        )
    if n == 0:
        return not_done("The cohort has no clinical columns", "cohort")
    return partly(f"{count(n, 'clinical column')} in tables/clinical.csv; rg.get.table_one summarises them", "cohort")


def _centres(f: Facts) -> Verdict:
    by = [str(r.settings.get("batch")) for r in f.of("batch_effect")]
    by += [
        c for c in f.data.obs.columns if str(c).lower() in ("centre", "center", "site_id", "hospital", "institution")
    ]
    for column in dict.fromkeys(by):
        if column in f.data.obs:
            n = int(f.data.obs[column].nunique())
            anchor = "batches" if f.has("batch_effect") else "cohort"
            said = f"Column {column} has {count(n, 'value')}"
            named = column.lower() in ("centre", "center", "hospital", "institution", "site_id")
            if named:
                return done(said, anchor) if n > 1 else not_done(said, anchor)
            return unknown(f"{said}, which need not be centres", anchor)
    return unknown("No column of centres was used")


def _missing_data(f: Facts) -> Verdict:
    said = []
    filled = f.transformed("FeatureImputer")
    if filled:
        said.append(f"missing values of {listed(filled)} were imputed within the pipeline")
    n_left = sum(len(r.left_out) for r in f.results)
    said.append(f"analyses name every patient they left out ({count(n_left, 'entry', 'entries')} in all)")
    text = "; ".join(said)
    return done(text[0].upper() + text[1:], "methods")


def _imbalance(f: Facts) -> Verdict:
    binary = [r for r in f.event_rows() if r["kind"] == "binary"]
    if not binary:
        return not_applicable("No outcome of two classes is registered")
    said = listed((f"{r['outcome']} {int(r['events'])} of {int(r['known'])}" for r in binary), most=4)
    said = f"Positive: {said}"
    sampling = [str(r.settings["sampling"]) for r in f.of("compare_models")]
    if sampling:
        return done(f"{said}; sampling in training folds: {listed(dict.fromkeys(sampling))}", "models")
    return done(f"{said}; classes were not resampled", "cohort")


def _confounders(f: Facts) -> Verdict:
    said = []
    adjusted = [r for r in f.of("cox", "logistic", "fine_gray") if len(r.settings.get("variables") or []) > 1]
    names = [v for v in f.other_variables if any(v in (r.settings.get("variables") or []) for r in adjusted)]
    if names:
        said.append(f"models are adjusted for {listed(names, most=5)}")
    strata = [str(r.settings["strata"]) for r in f.results if r.settings.get("strata")]
    if strata:
        said.append(f"analyses are stratified by {listed(dict.fromkeys(strata))}")
    combat = f.transformed("ComBat")
    if combat:
        said.append(f"batch effects were taken out of {listed(combat)} by ComBat")
    if not said:
        return not_done("No analysis is adjusted, stratified or harmonised", "methods")
    text = "; ".join(said)
    return partly(text[0].upper() + text[1:], "batches" if combat and f.has("batch_effect") else "methods")


def _clusters(f: Facts) -> Verdict:
    found = f.of("batch_effect")
    if found:
        batches = found[0].settings.get("batches") or {}
        said = (
            f"Differences of features between {count(len(batches), 'batch', 'batches')} are shown; not of performance"
        )
        return partly(said, "batches")
    return not_done("Performance was not compared between centres or other clusters", "")


def _data_checks(f: Facts) -> Verdict:
    said = f.transforms_told()
    if isinstance(f.data.uns.get(keys.IMAGE_CHECK), pd.DataFrame):
        said.append(f"{count(len(f.data.uns[keys.IMAGE_CHECK]), 'image')} were checked")
    return (
        partly(f"Prepared: {'; '.join(said)}", "methods") if said else not_done("No matrix was prepared or checked", "")
    )


def _differences(f: Facts) -> Verdict:
    if not f.held_out:
        return not_applicable("There are no evaluation data apart from the development data")
    sizes = listed((f"{n} {part}" for part, n in f.parts.items()), most=9)
    return partly(
        f"Patients, modalities and events are counted per part ({sizes}); predictors are not compared", "cohort"
    )


def _fairness(f: Facts) -> Verdict:
    return not_done("Performance was not judged in groups of people, and nothing was done for fairness", "")


def _time_points(f: Facts) -> Verdict:
    visit = f.extraction.get("settings", f.extraction).get("visit") if f.extraction else None
    said = f"Features of visit {visit} alone were used" if visit else "One image per patient and sequence was used"
    return unknown(f"{said}; whether others exist is not stored" if f.extraction else "Features came as a ready table")


COHORT_RULES: dict[str, Rule] = {
    "baseline": _baseline,
    "centres": _centres,
    "checklists_used": _checklists_used,
    "clusters": _clusters,
    "confounders": _confounders,
    "data_checks": _data_checks,
    "data_source": _data_source,
    "differences": _differences,
    "dimension": _dimension,
    "external_test": _external_test,
    "fairness": _fairness,
    "flow_and_follow_up": _flow_and_follow_up,
    "follow_up": _follow_up,
    "imbalance": _imbalance,
    "internal_test": _internal_test,
    "missing_data": _missing_data,
    "outcome": _outcome,
    "partition": _partition,
    "patient_flow": _patient_flow,
    "sample_size": _sample_size,
    "split": _split,
    "steps_listed": _steps_listed,
    "testing": _testing,
    "time_points": _time_points,
}
