"""Rules on models: how they were made, chosen, judged, compared and used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from radiogenomics.report._format import count, interval, listed, setting
from radiogenomics.report._found import Found
from radiogenomics.report.checklists._facts import Facts
from radiogenomics.report.checklists._rules_cohort import COHORT_RULES
from radiogenomics.report.checklists._rules_images import reductions
from radiogenomics.report.checklists._verdict import Rule, Verdict, done, not_applicable, not_done, partly

_NAMES = {
    "signature": "LASSO signature",
    "compare_models": "classifiers",
    "logistic": "logistic regression",
    "nomogram": "nomogram",
    "cox": "Cox regression",
    "stepwise_cox": "stepwise Cox model",
    "fine_gray": "Fine-Gray model",
    "combined_cindex": "Cox models by c-index",
    "shrunken_centroids": "shrunken centroids",
}
#: Section of the page by the kinds it shows, in the order in which a rule looks.
_SHOWN_IN = (
    ("performance", ("evaluate", "delong", "calibrate", "decision_curve", "time_roc")),
    ("models", ("signature", "compare_models", "logistic", "nomogram")),
    ("c-index", ("combined_cindex",)),
    ("stepwise", ("stepwise_cox",)),
    ("survival", ("cox", "fine_gray")),
    ("centroids", ("shrunken_centroids",)),
)


def _of_models(rule: Rule) -> Rule:
    """The rule, where there is a prediction model."""

    def asked(f: Facts) -> Verdict:
        return rule(f) if f.models else not_applicable("No prediction model was made")

    return asked


def _where(f: Facts, *kinds: str) -> str:
    return next((anchor for anchor, shown in _SHOWN_IN for k in kinds if k in shown and f.has(k)), "methods")


def _algorithms(f: Facts) -> Verdict:
    kinds = dict.fromkeys(found.kind for found in f.models)
    said = listed((f"{_NAMES[k]} ({len(f.of(k))})" for k in kinds), most=9)
    return done(f"Models: {said}; versions of the software are listed", "methods")


def _tuning(f: Facts) -> Verdict:
    said = [f"{_NAMES[r.kind]} {r.key} in {_tuned(r.settings)}" for r in f.models if r.settings.get("inner_folds")]
    crossed = [r for r in f.folds if not r.settings.get("inner_folds")]
    if crossed:
        folds = dict.fromkeys(f"{r.settings['folds']}-fold cross-validation" for r in crossed)
        said.append(
            f"{listed(dict.fromkeys(_NAMES[r.kind] for r in crossed))} in {listed(folds)}, with nothing to tune"
        )
    if not said:
        return done("Cox and logistic models have nothing to tune; they were not validated internally", "methods")
    return done(f"Trained: {'; '.join(said)}", "methods")


def _tuned(s: Mapping[str, Any]) -> str:
    return f"{s.get('folds')} outer and {s['inner_folds']} inner folds, seed {setting(s.get('rng'))}"


def _model_choice(f: Facts) -> Verdict:
    said = [f"penalty of {r.key} by the {r.settings.get('rule')} rule" for r in f.of("signature")]
    said += [f"stepwise by {str(r.settings.get('criterion')).upper()}" for r in f.of("stepwise_cox")]
    said += [f"variables of {r.key} by p-value" for r in f.of("logistic")]
    said += [f"{r.key} by inner folds, the best of many being apparent" for r in f.of("compare_models")]
    if not said:
        return partly("All models are shown; none was chosen as the final one", _where(f, *_NAMES))
    return done(f"Chosen: {'; '.join(said)}", _where(f, "signature", "logistic", "compare_models", "stepwise_cox"))


_MEASURED = {"evaluate": "discrimination", "combined_cindex": "c-index", "time_roc": "time-dependent AUC",
             "calibrate": "calibration", "decision_curve": "net benefit", "signature": "discrimination",
             "compare_models": "discrimination"}  # fmt: skip


def _measures(f: Facts) -> Verdict:
    said = list(dict.fromkeys(word for kind, word in _MEASURED.items() if f.has(kind)))
    if not said:
        shown = "the apparent c-index of the Cox models alone" if f.has("cox") else "no measure"
        return (
            partly(f"Performance is told by {shown}", _where(f, "cox")) if f.has("cox") else not_done("None was made")
        )
    missing = [w for w in ("calibration", "net benefit") if w not in said]
    text = f"Measured: {listed(said, most=9)}"
    if missing:
        return partly(f"{text}; not {listed(missing, last='or')}", _where(f, *_MEASURED))
    return done(text, _where(f, *_MEASURED))


def _uncertainty(f: Facts) -> Verdict:
    boots = [int(r.settings["bootstrap"]) for r in f.results if r.settings.get("bootstrap")]
    said = "95 % intervals stand beside every estimate"
    if boots:
        said += f", from up to {max(boots):,} bootstrap resamples of patients"
    return done(said, _where(f, *_MEASURED, "cox"))


def _comparisons(f: Facts) -> list[Found]:
    rows = {"delong": "pairs", "combined_cindex": "comparisons", "compare_models": "comparisons"}
    return [r for r in f.of(*rows) if "p_value" in (t := r.table(rows[r.kind])) and t["p_value"].notna().any()]


def _model_comparison(f: Facts) -> Verdict:
    found = _comparisons(f)
    if not found:
        return not_done("No two models were compared by a test", _where(f, *_NAMES))
    names = {"delong": "DeLong's test", "combined_cindex": "differences of c-index in paired resamples",
             "compare_models": "paired tests of the folds"}  # fmt: skip
    said = listed(dict.fromkeys(names[r.kind] for r in found))
    return done(f"{said[0].upper()}{said[1:]}, p-values adjusted", _where(f, *(r.kind for r in found)))


def _compared(f: Facts) -> tuple[set[str], set[str]]:
    """Models without features of images that were judged, and those that a test set against a model with them."""
    judged: set[str] = set()
    tested: set[str] = set()
    for found in f.of("evaluate", "delong", "combined_cindex"):
        for part in ("measures", "models"):
            frame = found.table(part)
            judged |= set(frame["model"].astype(str)) & _others(f) if "model" in frame else set()
        for part in ("pairs", "comparisons"):
            frame = found.table(part)
            if {"model", "reference", "p_value"} <= set(frame):
                for pair in frame.loc[frame["p_value"].notna(), ["model", "reference"]].astype(str).to_numpy():
                    without = set(pair) & _others(f)
                    tested |= without if len(without) == 1 else set()
    return judged, tested


def _others(f: Facts) -> set[str]:
    """Models whose every term is no feature of images."""
    terms = set(f.column(("combined_cindex", "evaluate", "delong"), "models", "model").astype(str))
    terms |= set(f.column(("evaluate",), "measures", "model").astype(str))
    return {t for t in terms if not any(column in t for column in f.image_columns)} if f.image_columns else set()


def _clinical(f: Facts, models: set[str]) -> list[str]:
    """Those of the models that RNA has no part in: what the clinic has."""
    return sorted(m for m in models if not any(column in m for column in f.other_columns))


def _other_methods(f: Facts) -> Verdict:
    judged, _ = _compared(f)
    clinical = _clinical(f, judged)
    if clinical:
        return done(f"Clinical models were judged beside: {listed(clinical, most=4)}", _where(f, *_MEASURED))
    if judged:
        return partly(f"Judged beside: {listed(sorted(judged), most=4)}; no clinical model was", _where(f, *_MEASURED))
    if f.other_variables:
        return partly(
            f"Clinical variables stand in models with features of images ({listed(f.other_variables, most=4)}), not "
            "against them",
            _where(f, "cox", "nomogram", "logistic"),
        )
    return not_done("No model without features of images was judged", _where(f, *_NAMES))


def _other_methods_result(f: Facts) -> Verdict:
    judged, tested = _compared(f)
    clinical = _clinical(f, tested)
    if clinical:
        return done(f"Compared by a test with the clinical models {listed(clinical, most=4)}",
                    _where(f, "delong", "combined_cindex"))  # fmt: skip
    if tested:
        return partly(f"Compared by a test with {listed(sorted(tested), most=4)}, which is not what the clinic has",
                      _where(f, "delong", "combined_cindex"))  # fmt: skip
    if judged:
        return partly(f"Judged beside {listed(sorted(judged), most=4)}, without a test", _where(f, *_MEASURED))
    return not_done("No comparison with a model without features of images", _where(f, *_NAMES))


def _simple_model(f: Facts) -> Verdict:
    simple = [r.key for r in f.of("logistic")]
    if set(simple) & _compared(f)[1]:
        return done(f"Compared with the logistic model {listed(simple)}", _where(f, "delong"))
    if f.has("compare_models"):
        return partly("Several classifiers stand side by side, the simplest among them", "models")
    if any("p_value" in r.table("comparisons") for r in f.of("combined_cindex")):
        return partly("Compared with Cox models of fewer terms", _where(f, "combined_cindex"))
    return not_done("No simple reference model was compared", _where(f, *_NAMES))


def _interpretability(f: Facts) -> Verdict:
    said = [f"coefficients of {r.key}" for r in f.of("signature", "logistic")]
    said += [f"nomogram {r.key}" for r in f.of("nomogram")]
    said += ["hazard ratios"] if f.has("cox") else []
    if f.has("enrich"):
        said.append("gene sets of the worst group")
    if not said:
        return not_done("No model is explained", _where(f, *_NAMES))
    return done(f"Shown: {listed(said, most=6)}", _where(f, "signature", "logistic", "nomogram", "cox"))


def _best_row(f: Facts) -> str:
    """One figure of performance with its interval: held out where there is one, else cross-validated."""
    for kinds, part in ((("evaluate",), "measures"), (("signature",), "performance")):
        for found in f.of(*kinds):
            frame = found.table(part)
            told = frame[frame["measure"].isin(["auc", "c_index"]) & frame["value"].notna()]
            for estimate in ("held_out", "out_of_fold"):
                rows = told[told["estimate"] == estimate]
                if len(rows):
                    r = rows.iloc[-1]
                    name = "AUC" if r["measure"] == "auc" else "c-index"
                    which = "held out" if estimate == "held_out" else "cross-validated"
                    return f"{r['model']} in the {r['split']} patients: {name} " \
                           f"{interval(r['value'], r['lower'], r['upper'])}, {which}"  # fmt: skip
    for found in f.of("combined_cindex"):
        rows = found.table("models")
        if len(rows):
            r = rows.iloc[-1]
            return f"{r['model']}: c-index {interval(r['c'], r['lower'], r['upper'])}, {r['estimate']}"
    return ""


def _performance(f: Facts) -> Verdict:
    said = _best_row(f)
    if said:
        return done(f"For instance {said}", _where(f, *_MEASURED))
    return partly("Only apparent figures on the patients that the models were fitted on", _where(f, "cox", *_NAMES))


def _performance_subgroups(f: Facts) -> Verdict:
    told = _performance(f)
    return partly(f"{told.evidence}; not in groups of people", told.anchor)


def _calibration(f: Facts) -> Verdict:
    found = f.of("calibrate")
    if not found:
        return not_done("Calibration was not judged", _where(f, *_NAMES))
    slopes = found[0].table("measures")
    slopes = slopes[slopes["measure"] == "slope"] if "measure" in slopes else pd.DataFrame()
    told = ""
    if len(slopes):
        r = slopes.iloc[-1]
        told = f": slope of {r['model']} {interval(r['value'], r['lower'], r['upper'])} in the {r['split']} patients"
    return done(f"Calibration was judged{told}", "performance")


def _rqs_calibration(f: Facts) -> Verdict:
    told = _calibration(f)
    if told.status != "done":
        return Verdict(told.status, told.evidence, told.anchor, (0, 0))
    resampled = any(r.settings.get("bootstrap") for r in f.of("calibrate"))
    return done(told.evidence + ("; resampled" if resampled else ""), told.anchor, (2, 2) if resampled else (1, 1))


def _rqs_discrimination(f: Facts) -> Verdict:
    said = _best_row(f)
    if not said:
        return not_done("No discrimination beyond apparent figures", _where(f, *_NAMES), (0, 0))
    resampled = f.folds or any(r.settings.get("bootstrap") for r in f.results)
    return done(f"For instance {said}", _where(f, *_MEASURED), (2, 2) if resampled else (1, 1))


def _rqs_validation(f: Facts) -> Verdict:
    parts = f.judged_on("signature", "evaluate", "combined_cindex", "cox", "calibrate")
    if not parts:
        crossed = "; cross-validation refits the model, which is no validation here" if f.folds else ""
        return not_done(f"No model was judged on held-out patients{crossed}", _where(f, *_NAMES), (-5, -5))
    sizes = listed((f"{f.parts[p]} {p}" for p in parts), most=3)
    if "external" in parts:
        return partly(f"Judged on {sizes} patients; from which institutes is not stored", _where(f, *_MEASURED), (2, 5))
    return done(f"Judged on {sizes} patients of the same source", _where(f, *_MEASURED), (2, 2))


def _utility(f: Facts) -> Verdict:
    if f.has("decision_curve"):
        return done("Net benefit is compared with treating everyone and nobody by decision curves", "performance")
    return not_done("No decision curve was made", _where(f, *_NAMES))


def _gold_standard(f: Facts) -> Verdict:
    judged, tested = _compared(f)
    if clinical := _clinical(f, tested):
        return partly(f"Compared with {listed(clinical, most=4)}; whether that is the gold standard is not stored",
                      _where(f, "delong", "combined_cindex"))  # fmt: skip
    if clinical := _clinical(f, judged):
        return partly(f"Judged beside {listed(clinical, most=4)}, not compared by a test", _where(f, *_MEASURED))
    return not_done("No comparison with clinical practice", _where(f, *_NAMES))


def _multivariable(f: Facts) -> Verdict:
    mixed = []
    for found in f.of("cox", "nomogram", "stepwise_cox"):
        terms = [str(v) for v in found.settings.get("variables") or found.settings.get("terms") or []]
        if set(terms) & f.image_columns and set(terms) & set(f.other_variables):
            mixed.append(f"{found.key} ({listed(terms, most=4)})")
    if mixed:
        return done(f"Features of images and clinical variables together: {listed(mixed, most=2)}",
                    _where(f, "nomogram", "cox", "stepwise_cox"))  # fmt: skip
    return not_done("No model has features of images and clinical variables together", _where(f, *_NAMES))


#: Results that set features or groups against biology, what each is and where it stands.
_BIOLOGY = (
    ("enrich", "gene sets", "enrichment"),
    ("differential_expression", "genes", "expression"),
    ("correlate", "radiogenomic map", "map"),
    ("associate", "associations with clinical findings", "associations"),
)


def _biology(f: Facts) -> Verdict:
    said = []
    for kind, what, anchor in _BIOLOGY:
        if f.has(kind):
            said.append((what, anchor))
    if not said:
        return not_done("Nothing biological was set against the features")
    found = listed((what for what, _ in said), most=4)
    verdict = done if f.has("enrich", "differential_expression", "correlate") else partly
    return verdict(f"Set against biology: {found}", said[0][1])


def _cut_off(f: Facts) -> Verdict:
    said = [f"{r.key} is cut at {cut}" for r in f.of("signature") if (cut := r.settings.get("cutoff_from"))]
    # Survival outcomes have no threshold, whatever their settings say.
    binary = [r.settings for r in f.of("evaluate") if r.settings.get("kind") == "binary"]
    thresholds = [str(s["threshold"]) for s in binary if s.get("threshold")]
    said += [f"threshold: {listed(dict.fromkeys(thresholds))}, from training patients"] if thresholds else []
    if said:
        return done(f"Risk groups: {'; '.join(said)}", _where(f, "signature", "evaluate"))
    if f.has("combined_cindex", "nomogram"):
        return done("Risks are continuous and are not cut", _where(f, "nomogram", "combined_cindex"))
    return not_done("No risk was cut or given as a number", "methods")


def _reduction_or_adjustment(f: Facts) -> Verdict:
    said = reductions(f)
    adjusted = [r for r in f.results if any("p_adjusted" in table for _, table in r.tables())]
    if adjusted:
        said.append(f"p-values adjusted in {count(len(adjusted), 'result')}")
    if not said:
        return not_done("Features were not reduced and p-values not adjusted", "methods", (-3, -3))
    text = "; ".join(said)
    return done(text[0].upper() + text[1:], "methods", (3, 3))


def _feature_statistics(f: Facts) -> Verdict:
    said = []
    for found in f.of("signature"):
        n = int((found.table("coefficients")["coefficient"] != 0).sum())
        said.append(f"{count(n, 'feature')} of {found.key} with how often they were chosen")
    if f.has("icc"):
        said.append("the ICC of every feature")
    if f.has("combined_cindex", "consensus_cluster") and not said:
        return partly("Features enter as groups of patients; each is listed with whether it was kept", "features")
    anchor = "models" if f.has("signature") else "reproducibility"
    return done(f"Tabled: {listed(said)}", anchor) if said else not_done("No statistics of single features")


def _sizes(f: Facts) -> Verdict:
    found = next((r for k in ("cox", "logistic", "nomogram", "combined_cindex", "signature") for r in f.of(k)), None)
    said = "Every table of models gives patients and events"
    if found is not None:
        table = next((t for p in ("fit", "models", "performance") if len(t := found.table(p)) and "n" in t), None)
        if table is not None:
            events = table.iloc[0].get("events", table.iloc[0].get("n_events"))
            n = count(table.iloc[0]["n"], "patient")
            said += f" ({found.key}: {n}, {int(events)} events)" if pd.notna(events) else ""
    return done(said, _where(f, *_NAMES))


def _full_model(f: Facts) -> Verdict:
    said = [r.key for r in f.of("signature", "nomogram", "logistic", "cox")]
    if not said:
        return not_done("No model with all its coefficients is stored", _where(f, *_NAMES))
    return partly(
        f"Coefficients are tabled of {listed(said, most=5)}", _where(f, "signature", "nomogram", "logistic", "cox")
    )


def _initial_predictors(f: Facts) -> Verdict:
    said = [f"{name}: {n:,} features" for name, n in f.n_features().items()]
    said += [f"clinical: {listed(f.other_variables, most=6)}"] if f.other_variables else []
    return partly(f"Candidates: {'; '.join(said)}", "methods") if said else not_done("No candidate is named")


def _predictors_defined(f: Facts) -> Verdict:
    said = "Features by the settings of their extraction" if f.extraction else "Features by name alone (a ready table)"
    return partly(said + (f"; {listed(f.other_variables, most=6)} by column" if f.other_variables else ""), "methods")


def _other_predictors(f: Facts) -> Verdict:
    if f.other_variables:
        return partly(f"By column: {listed(f.other_variables, most=8)}", "methods")
    return not_applicable("No predictor outside the matrices was used")


def _predictor_handling(f: Facts) -> Verdict:
    checked = f.of("cox")
    said = f.transforms_told()
    if any(len(r.table("functional_form")) for r in checked):
        said.append("functional form of numbers checked in Cox models")
    text = "; ".join(said)
    return done(f"Transformed: {text}", "methods") if said else partly("Predictors were used as they are", "methods")


def _data_use(f: Facts) -> Verdict:
    return COHORT_RULES["split"](f)


def _updating(f: Facts) -> Verdict:
    if not f.held_out:
        return not_applicable("No model was evaluated in other data")
    return not_done("No model was updated or recalibrated", "")


def _predictions_made(f: Facts) -> Verdict:
    if not f.held_out:
        return not_applicable("No model was evaluated in other data")
    return done("Held-out patients were transformed and scored by what training patients taught, unchanged", "methods")


def _cautions(f: Facts) -> Verdict:
    apparent = sum(bool(r.settings.get("apparent")) for r in f.results)
    text = f"The page marks what is apparent ({count(apparent, 'result')}), small groups and null results"
    return partly(text, "glance")


def _share_model(f: Facts) -> Verdict:
    said = listed((r.key for r in f.of("signature", "nomogram", "logistic", "cox")), most=4)
    if not said:
        return not_done("No model with all its coefficients is stored", "")
    return partly(f"The tables hold the coefficients of {said}, fit to be shared; that they are is not known", "files")


def _share_features(f: Facts) -> Verdict:
    return partly(
        "The file cohort.h5mu holds all features and labels, fit to be shared; that it is is not known", "files"
    )


def _share_settings(f: Facts) -> Verdict:
    return partly("All settings stand in the methods, fit to be shared; that they are is not known", "methods")


def _share_code(f: Facts) -> Verdict:
    seed = f"; seed {f.seed()}" if f.seed() else ""
    own = (f.provenance.get("versions") or {}).get("radiogenomics")
    who = f"radiogenomics {own}" if own else "radiogenomics"
    return partly(f"The analysis is a study of {who}{seed}; that it was published is not known", "software")


MODEL_RULES: dict[str, Rule] = {
    "algorithms": _of_models(_algorithms),
    "biology": _biology,
    "calibration": _of_models(_calibration),
    "cautions": _cautions,
    "cut_off": _of_models(_cut_off),
    "data_use": _of_models(_data_use),
    "feature_statistics": _feature_statistics,
    "full_model": _of_models(_full_model),
    "gold_standard": _of_models(_gold_standard),
    "initial_predictors": _of_models(_initial_predictors),
    "interpretability": _of_models(_interpretability),
    "measures": _of_models(_measures),
    "model_choice": _of_models(_model_choice),
    "model_comparison": _of_models(_model_comparison),
    "multivariable": _of_models(_multivariable),
    "other_methods": _of_models(_other_methods),
    "other_methods_result": _of_models(_other_methods_result),
    "other_predictors": _other_predictors,
    "performance": _of_models(_performance),
    "performance_subgroups": _of_models(_performance_subgroups),
    "predictions_made": _of_models(_predictions_made),
    "predictor_handling": _of_models(_predictor_handling),
    "predictors_defined": _of_models(_predictors_defined),
    "reduction_or_adjustment": _reduction_or_adjustment,
    "rqs_calibration": _of_models(_rqs_calibration),
    "rqs_discrimination": _of_models(_rqs_discrimination),
    "rqs_validation": _of_models(_rqs_validation),
    "share_code": _share_code,
    "share_features": _share_features,
    "share_model": _share_model,
    "share_settings": _share_settings,
    "simple_model": _of_models(_simple_model),
    "sizes": _of_models(_sizes),
    "tuning": _of_models(_tuning),
    "uncertainty": _of_models(_uncertainty),
    "updating": _of_models(_updating),
    "utility": _of_models(_utility),
}
