"""How the stored tables of prediction models stand in the page."""

from __future__ import annotations

from radiogenomics.report._views import VIEWS, View

_WHO = (("model", "Model"), ("estimate", "Estimate"))
_TERM = (("variable", "Variable"), ("level", "Level"), ("reference", "Against"))

MODEL_VIEWS: dict[tuple[str, str], View] = {
    ("signature", "performance"): View(
        "How well the score does",
        (("estimate", "Estimate"), ("n", "Patients"), ("n_events", "Events"), ("measure", "Measure"),
         ("interval:value", "Value (95 % CI)")),
    ),
    ("signature", "coefficients"): View(
        "Features of the score, the strongest first",
        (("feature", "Feature"), ("source", "From"), ("coefficient", "Coefficient"),
         ("coefficient_raw", "Per unit as measured"), ("stability", "Share of half-samples"),
         ("selected_folds", "Share of training folds")),
        most=30,
    ),
    ("compare_models", "best"): View(
        "The best model: as it seems, and picked without its test patients",
        (("how", "How it was found"), ("model", "Model"), ("label", "Estimate"), ("interval:auc", "AUC (95 % CI)")),
    ),
    ("compare_models", "models"): View(
        "AUC of every model",
        (("classifier", "Classifier"), ("features", "Features"), ("sequences", "Sequences"), ("sampling", "Sampling"),
         ("estimate", "Estimate"), ("n", "Patients"), ("n_positive", "Positive"), ("interval:auc", "AUC (95 % CI)")),
        folded=True,
    ),
    ("compare_models", "selection"): View(
        "Features chosen",
        (("features", "Set"), ("sequences", "Sequences"), ("feature", "Feature"), ("frequency", "Share of the folds"),
         ("in_all", "On all training patients")),
        most=30,
        folded=True,
    ),
    ("logistic", "univariable"): View(
        "Each variable alone",
        (*_TERM, ("n", "Patients"), ("events", "Positive"), ("interval:or", "Odds ratio (95 % CI)"), ("p_value", "p"),
         ("p_adjusted", "Adjusted p"), ("note", "Note")),
    ),
    ("logistic", "multivariable"): View(
        "The variables that are left, together",
        (*_TERM, ("n", "Patients"), ("events", "Positive"), ("interval:or", "Odds ratio (95 % CI)"), ("p_value", "p"),
         ("estimate", "Estimate"), ("note", "Note")),
    ),
    ("logistic", "choice"): View(
        "Choice of the variables",
        (("step", "Step"), ("action", "Action"), ("variable", "Variable"), ("p_value", "p"), ("selected", "Left"),
         ("selected_folds", "Share of training folds")),
        folded=True,
    ),
    ("logistic", "lasso"): View(
        "LASSO of all variables (no p-values: there are none)",
        (*_TERM, ("or", "Odds ratio"), ("selected", "Left")),
        folded=True,
    ),
    ("nomogram", "coefficients"): View(
        "Terms of the nomogram",
        (*_TERM, ("n", "Patients"), ("events", "Events"), ("interval:or", "Odds ratio (95 % CI)"),
         ("interval:hr", "Hazard ratio (95 % CI)"), ("p_value", "p"), ("note", "Note")),
    ),
    ("nomogram", "points"): View(
        "Points of each value", (("term", "Term"), ("value", "Value"), ("points", "Points")), folded=True
    ),
    ("nomogram", "total"): View(
        "Total points of round probabilities",
        (("horizon", "By"), ("probability", "Probability"), ("points", "Total points")),
        folded=True,
    ),
    ("evaluate", "measures"): View(
        "Measures",
        (*_WHO, ("measure", "Measure"), ("n", "Of"), ("interval:value", "Value (95 % CI)"), ("method", "Interval by"),
         ("note", "Note")),
        most=200,
    ),
    ("evaluate", "confusion"): View(
        "Predicted and observed",
        (*_WHO, ("observed", "Observed"), ("predicted", "Predicted"), ("n", "Patients"), ("share", "Share")),
        folded=True,
    ),
    ("evaluate", "groups"): View(
        "Groups that the models tell",
        (*_WHO, ("group", "Group"), ("n", "Patients (mean over repeats)"), ("events", "Events (mean over repeats)"),
         ("test", "Test"), ("p_value", "p")),
    ),
    ("delong", "pairs"): View(
        "Differences of AUC",
        (("estimate", "Estimate"), ("model", "Model"), ("reference", "Less"), ("n", "Patients"),
         ("interval:difference", "Difference (95 % CI)"), ("p_value", "p"), ("p_adjusted", "Adjusted p"),
         ("note", "Note")),
    ),
    ("calibrate", "measures"): View(
        "Calibration",
        (*_WHO, ("horizon", "By"), ("measure", "Measure"), ("interval:value", "Value (95 % CI)"), ("n", "Patients"),
         ("events", "Events"), ("event_free", "Known to be without"), ("note", "Note")),
    ),
    ("calibrate", "test"): View(
        "Hosmer and Lemeshow's test",
        (*_WHO, ("groups", "Groups"), ("statistic", "χ²"), ("df", "df"), ("p_value", "p"), ("note", "Note")),
    ),
    ("calibrate", "groups"): View(
        "Groups of predicted probability",
        (*_WHO, ("horizon", "By"), ("group", "Group"), ("n", "Patients (mean over repeats)"),
         ("predicted", "Predicted"),
         ("interval:observed", "Observed (95 % CI)")),
        folded=True,
    ),
    ("decision_curve", "summary"): View(
        "Thresholds at which a model is above treating everyone and nobody",
        (*_WHO, ("horizon", "By"), ("n", "Patients"), ("events", "Events"),
         ("event_free", "Known to be without"), ("prevalence", "Share with it"),
         ("useful_from", "From"), ("useful_to", "To"), ("note", "Note")),
    ),
    ("time_roc", "auc"): View(
        "Areas over time",
        (*_WHO, ("horizon", "Until"), ("cases", "Cases"), ("controls", "Controls"), ("interval:value", "AUC (95 % CI)"),
         ("note", "Note")),
    ),
    ("time_roc", "comparisons"): View(
        "Differences of areas",
        (("estimate", "Estimate"), ("horizon", "Until"), ("model", "Model"), ("reference", "Less"),
         ("interval:difference", "Difference (95 % CI)"), ("p_value", "p"), ("p_adjusted", "Adjusted p")),
        folded=True,
    ),
}  # fmt: skip

ALL_VIEWS = VIEWS | MODEL_VIEWS
