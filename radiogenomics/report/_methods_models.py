"""How prediction models were made and judged, for the methods text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from radiogenomics.report._format import count, listed, setting
from radiogenomics.report._found import Found

Said = tuple[str, str, tuple[str, ...]]

_SELECTORS = {
    "univariate": "a screen of each feature alone",
    "correlation": "pruning of correlated features",
    "mrmr": "mRMR",
    "lasso": "the LASSO",
}


def _selected(select: Mapping[str, Any] | None) -> str:
    def one(name: str, settings: Mapping[str, Any]) -> str:
        told = ", ".join(f"{k} {setting(v)}" for k, v in settings.items())
        return f"{_SELECTORS[name]}{f' ({told})' if told else ''}"

    return listed((one(name, settings or {}) for name, settings in (select or {}).items()), most=9)


def _signature(s: Mapping[str, Any], found: Found) -> Said:
    binary = s["kind"] == "binary"
    chosen = f", after {_selected(s['select'])}" if s["select"] else ""
    model = "logistic" if binary else "Cox"
    rule = "smallest deviance" if s["rule"] == "min" else "one standard error from the smallest"
    text = (
        f"Signatures are linear scores of features chosen by a {model} LASSO{chosen}, its penalty by "
        f"{s['inner_folds']} inner folds ({rule}); the "
        f"groups high and low are cut at {s['cutoff_from']}. Transforms, selection, penalty and cut-off were made anew "
        f"in the training folds of {s['folds']}-fold cross-validation ({count(s['repeats'], 'repetition')})"
    )
    return "Signatures", text, ("lasso", "friedman" if binary else "simon")


def _compare(s: Mapping[str, Any], found: Found) -> Said:
    sets = count(len(s["feature_sets"]), "feature set")
    text = (
        f"Classifiers ({listed(s['classifiers'], most=9)}) were compared on {sets}, sampling "
        f"{listed(s['sampling'] if isinstance(s['sampling'], list) else [s['sampling']])}"
    )
    text += f", after {_selected(s['select'])}" if s["select"] else ""
    text += (
        f"; selection, settings (by {s['inner_folds']} inner folds) and synthetic patients were made anew in the "
        f"training folds of {s['folds']}-fold cross-validation. The highest of many figures is apparent; beside it "
        "stands what inner folds pick"
    )
    smote = ("smote",) if "smote" in str(s["sampling"]) else ()
    return "Comparison of classifiers", text, ("sklearn", *smote)


def _logistic(s: Mapping[str, Any], found: Found) -> Said:
    text = (
        f"Clinical variables ({listed(s['variables'], most=99)}) were related to {s['outcome']} by logistic "
        f"regression, alone and, where their p-value is below {setting(s['p_enter'])}, together; those above "
        f"{setting(s['p_keep'])} were dropped one by one. The choice was repeated in cross-validation"
    )
    text += ", and the LASSO of all variables stands beside it" if s["lasso"] else ""
    return "Clinical models", text, ("cox1958", "lasso") if s["lasso"] else ("cox1958",)


def _nomogram(s: Mapping[str, Any], found: Found) -> Said:
    text = (
        f"Nomograms show {'logistic' if s['kind'] == 'binary' else 'Cox'} models of {listed(s['terms'], most=99)}, "
        "fitted on the training patients"
    )
    if s["signatures"]:
        how = "of models that had seen them (apparent)" if s["apparent"] else "of models that had not seen them"
        text += f" with their scores {how}"
        if s.get("signatures_refitted"):
            text += "; in each fold that judges them, signatures were made again without its patients"
    return "Nomograms", text, ("rms",)


def _evaluate(s: Mapping[str, Any], found: Found) -> Said:
    if s["kind"] == "binary":
        text = (
            "Models were judged by the AUC with DeLong's and bootstrap intervals, and by accuracy, sensitivity, "
            "specificity and predictive values with Wilson's intervals at a threshold from training patients"
        )
    else:
        text = "Models were judged by Harrell's and Uno's c-index and by the hazard ratio of the groups they tell"
    text += "; pairs of out-of-fold predictions are formed within folds, and intervals corrected for overlapping folds"
    return "Judgement of models", text, ("delong", "wilson") if s["kind"] == "binary" else ("harrell", "uno")


def _delong(s: Mapping[str, Any], found: Found) -> Said:
    return (
        "Comparison of AUCs",
        f"Areas were compared by DeLong's test, p-values adjusted ({s['adjust']})",
        (("delong", "holm") if s["adjust"] == "holm" else ("delong",)),
    )


def _calibrate(s: Mapping[str, Any], found: Found) -> Said:
    test = ", Hosmer and Lemeshow's test" if s["kind"] == "binary" else ""
    text = f"Calibration was judged by slope, mean and smooth curve, the Brier score{test}"
    return "Calibration", text, ("vancalster", "hosmer") if s["kind"] == "binary" else ("vancalster",)


def _decision(s: Mapping[str, Any], found: Found) -> Said:
    text = "Net benefit of treating by a model was compared with that of treating everyone and nobody"
    return "Decision curves", text, ("vickers",)


def _time_roc(s: Mapping[str, Any], found: Found) -> Said:
    text = (
        "ROC curves at horizons tell patients with the event by then from those followed beyond, weighted for censoring"
    )
    return "Time-dependent ROC curves", text, ("heagerty", "hung")


MODEL_METHODS: dict[str, Callable[[Mapping[str, Any], Found], Said]] = {
    "signature": _signature,
    "compare_models": _compare,
    "logistic": _logistic,
    "nomogram": _nomogram,
    "evaluate": _evaluate,
    "delong": _delong,
    "calibrate": _calibrate,
    "decision_curve": _decision,
    "time_roc": _time_roc,
}

MODEL_REFERENCES: dict[str, str] = {
    "lasso": "Tibshirani R. Regression shrinkage and selection via the lasso. Journal of the Royal Statistical "
    "Society B 1996;58:267–288. doi:10.1111/j.2517-6161.1996.tb02080.x",
    "friedman": "Friedman J, Hastie T, Tibshirani R. Regularization paths for generalized linear models via "
    "coordinate descent. Journal of Statistical Software 2010;33(1). doi:10.18637/jss.v033.i01",
    "simon": "Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox's proportional hazards "
    "model via coordinate descent. Journal of Statistical Software 2011;39(5). "
    "doi:10.18637/jss.v039.i05",
    "smote": "Chawla NV, Bowyer KW, Hall LO, Kegelmeyer WP. SMOTE: synthetic minority over-sampling technique. "
    "Journal of Artificial Intelligence Research 2002;16:321–357. doi:10.1613/jair.953",
    "delong": "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated "
    "receiver operating characteristic curves. Biometrics 1988;44:837–845. doi:10.2307/2531595",
    "wilson": "Wilson EB. Probable inference, the law of succession, and statistical inference. Journal of the "
    "American Statistical Association 1927;22:209–212. doi:10.1080/01621459.1927.10502953",
    "vancalster": "Van Calster B, Nieboer D, Vergouwe Y, et al. A calibration hierarchy for risk models was "
    "defined. Journal of Clinical Epidemiology 2016;74:167–176. doi:10.1016/j.jclinepi.2015.12.005",
    "vickers": "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. "
    "Medical Decision Making 2006;26:565–574. doi:10.1177/0272989X06295361",
    "heagerty": "Heagerty PJ, Lumley T, Pepe MS. Time-dependent ROC curves for censored survival data and a "
    "diagnostic marker. Biometrics 2000;56:337–344. doi:10.1111/j.0006-341X.2000.00337.x",
    "cox1958": "Cox DR. The regression analysis of binary sequences. Journal of the Royal Statistical Society B "
    "1958;20:215–242. doi:10.1111/j.2517-6161.1958.tb00292.x",
    "rms": "Harrell FE. Regression Modeling Strategies, 2nd edition. Springer, 2015. doi:10.1007/978-3-319-19425-7",
    "hosmer": "Hosmer DW, Lemeshow S. Goodness of fit tests for the multiple logistic regression model. Communications "
    "in Statistics - Theory and Methods 1980;9:1043–1069. doi:10.1080/03610928008827941",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics "
    "1979;6:65–70.",
    "firth": "Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox regression. Biometrics "
    "2001;57:114–119. doi:10.1111/j.0006-341X.2001.00114.x",
    "he": "He K, Zhang X, Ren S, Sun J. Deep residual learning for image recognition. Proceedings of the IEEE "
    "Conference on Computer Vision and Pattern Recognition 2016:770–778. doi:10.1109/CVPR.2016.90",
    "hung": "Hung H, Chiang CT. Estimation methods for time-dependent AUC models with survival data. Canadian "
    "Journal of Statistics 2010;38:8–26. doi:10.1002/cjs.10046",
}
