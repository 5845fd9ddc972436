"""How each stored table stands in the page: its heading, its columns, its order."""

from __future__ import annotations

from dataclasses import dataclass

#: Rows of a table that stand in the page; the CSV file has them all.
MOST_ROWS = 100


@dataclass(frozen=True)
class View:
    """How a stored table stands in the page.

    Attributes
    ----------
    title
        Its caption.
    columns
        (column, heading); a column of the name ``"interval:x"`` shows ``x`` with ``lower`` and ``upper``,
        ``"with:x:y"`` shows ``x`` with ``y`` in brackets, and ``"term"`` a Cox term. Columns that the table does not
        have are not shown.
    sort_by
        Column that orders the rows, smallest first.
    most
        Rows shown.
    folded
        Stands folded away under the others.
    filled
        Column of counts; rows with none of it are counted under the table, and shown in the CSV file alone.
    """

    title: str
    columns: tuple[tuple[str, str], ...]
    sort_by: str | None = None
    most: int = MOST_ROWS
    folded: bool = False
    filled: str | None = None


_P = (("p_value", "p"), ("p_adjusted", "Adjusted p"))
_HUBS = (
    ("feature", "Feature"), ("n_partners", "Partners"), ("n_positive", "Positive"), ("n_negative", "Negative"),
    ("strongest_partner", "Strongest partner"), ("r", "r"),
)  # fmt: skip

VIEWS: dict[tuple[str, str], View] = {
    ("rna_quality", "summary"): View(
        "Quality of expression",
        (("n", "Patients"), ("median_depth", "Counts (median)"), ("median_detected", "Genes detected (median)"),
         ("median_mitochondrial", "Mitochondrial share (median)"), ("n_outliers", "Outliers"),
         ("n_sex_checked", "Sex checked"), ("n_sex_unclear", "Unclear"), ("n_sex_mismatch", "Contradicted")),
    ),
    ("rna_quality", "patients"): View(
        "Each patient, outliers first",
        (("patient_id", "Patient"), ("depth", "Counts"), ("detected", "Genes detected"),
         ("mitochondrial", "Mitochondrial share"), ("sex_expressed", "Sex by expression"),
         ("sex_clinical", "Clinical sex"), ("sex_check", "Sex check"), ("distance", "Distance"), ("p_value", "p"),
         ("outlier", "Outlier")),
        sort_by="p_value",
        most=30,
        folded=True,
    ),
    ("icc", "designs"): View(
        "What was read again",
        (("design", "Design"), ("form", "Form"), ("n_patients", "Patients"), ("n_readings", "Readings"),
         ("n_set_apart", "Test patients set apart"), ("n_unmatched", "Without all readings"),
         ("median_icc", "Median ICC"), ("n_reached", "Features at the threshold"), ("n_unknown", "Not told")),
    ),
    ("icc", "features"): View(
        "Each feature, the least repeatable first",
        (("design", "Design"), ("feature", "Feature"), ("feature_class", "Class"), ("interval:icc", "ICC"),
         ("n_patients", "Patients"), ("kept", "Kept")),
        sort_by="icc",
        most=30,
        folded=True,
    ),
    ("encoder", "summary"): View(
        "Mean squared error in patients left out, of the intensity range squared",
        (("sequence", "Sequence"), ("told", "Redrawn by"), ("mse", "Whole slice"), ("mse_tumour", "Inside the tumour")),
    ),
    ("batch_effect", "summary"): View(
        "Variance of the features that each column explains",
        (("split", "Part"), ("stage", "Stage"), ("variable", "Column"), ("n", "Patients"), ("n_features", "Features"),
         ("median", "Median R²"), ("lower_quartile", "Lower quartile"), ("upper_quartile", "Upper quartile"),
         ("by_chance", "By chance"), ("significant", "Share significant at 5 % (FDR)")),
    ),
    ("batch_effect", "batches"): View(
        "What was taken out of each batch",
        (("batch", "Batch"), ("n", "Patients"), ("n_training", "Training patients"), ("estimated_from", "Learned from"),
         ("offset", "Mean offset (SD)"), ("offset_rms", "Root mean square offset (SD)"),
         ("variance", "Variance ratio")),
    ),
    ("batch_effect", "associations"): View(
        "Whether batches go together with other columns and outcomes",
        (("split", "Part"), ("variable", "Column or outcome"), ("n", "Patients"), ("statistic", "Statistic"),
         ("effect", "Value"), ("p_value", "p"), ("confounded", "Cannot be told apart")),
    ),
    ("consensus_cluster", "evidence"): View(
        "Evidence for the number of groups",
        (
            ("chosen", "Chosen"),
            ("k", "k"),
            ("p_value", "p against no groups"),
            ("rcsi", "RCSI"),
            ("pac", "Ambiguous pairs (PAC)"),
            ("area", "Area under CDF"),
            ("delta_area", "Change in area"),
            ("silhouette", "Mean silhouette"),
            ("cophenetic", "Cophenetic correlation"),
            ("calinski_harabasz", "Calinski-Harabasz"),
            ("davies_bouldin", "Davies-Bouldin"),
        ),
    ),
    ("combine_groups", "sizes"): View(
        "Sizes of the combined groups", (("group", "Group"), ("n", "Patients"), ("n_events", "Events"))
    ),
    ("correlate", "summary"): View(
        "Pairs tested and found",
        (("n", "Patients"), ("n_tests", "Pairs"), ("n_significant", "Significant"),
         ("smallest_significant_r", "Smallest significant |r|"), ("mean_by_chance", "As correlated by chance"),
         ("n_family_wise", "Family-wise significant"), ("null_limit", "Family-wise limit of |r|"),
         ("n_same_sign", "Same sign as in training")),
    ),
    ("correlate", "table"): View(
        "Most correlated pairs",
        (("x", "Feature"), ("y", "With"), ("r", "r"), *_P, ("p_family_wise", "Family-wise p"), ("n", "Patients")),
    ),
    ("correlate", "x_hubs"): View("Features by their significant partners", _HUBS, folded=True),
    ("correlate", "y_hubs"): View("Features of the other side by their significant partners", _HUBS, folded=True),
    ("correlate", "control"): View(
        "Significant pairs of the features and of the control",
        (("family", "Family"), ("n_features", "Features"), ("n_tests", "Pairs"), ("n_significant", "Significant"),
         ("n_significant_control", "Of the control"), ("largest_r", "Largest |r|"),
         ("largest_r_control", "Of the control")),
    ),
    ("correlate", "removed"): View(
        "Features left out", (("side", "Side"), ("feature", "Feature"), ("reason", "Why")), folded=True
    ),
    ("canonical_correlation", "components"): View(
        "Pairs of scores",
        (("component", "Pair"), ("n", "Patients"), ("p_value", "p"), ("interval:r_held_out", "Held-out r (95 % CI)"),
         ("r", "r of the chosen weights"), ("n_x", "Features"), ("n_y", "Features of the other side")),
    ),
    ("canonical_correlation", "weights"): View(
        "Features that make the scores",
        (("component", "Pair"), ("side", "Side"), ("feature", "Feature"), ("weight", "Weight"),
         ("r_score", "r with the score")),
        most=60,
        folded=True,
    ),
    ("canonical_correlation", "penalties"): View(
        "Penalties tried",
        (("penalty_x", "Penalty"), ("penalty_y", "Of the other side"), ("covariance", "Covariance"),
         ("correlation", "Correlation"), ("covariance_permuted", "Permuted patients"),
         ("correlation_permuted", "Permuted patients"), ("z", "z"), ("chosen", "Chosen")),
        folded=True,
    ),
    ("integrate", "sources"): View(
        "Modalities",
        (("modality", "Modality"), ("n_patients", "Patients"), ("n_used", "Grouped"), ("n_features", "Features")),
    ),
    ("integrate", "evidence"): View(
        "Evidence for the number of joint groups",
        (("chosen", "Chosen"), ("k", "k"), ("eigengap", "Gap of the eigenvalues"), ("pac", "Ambiguous pairs (PAC)"),
         ("silhouette", "Mean silhouette"), ("rcsi", "RCSI"), ("z", "SDs from no groups"),
         ("p_value", "p against no groups")),
    ),
    ("integrate", "variance_explained"): View(
        "Variance that each factor explains",
        (("modality", "Modality"), ("factor", "Factor"), ("variance_explained", "%")),
        folded=True,
    ),
    ("agreement", "table"): View(
        "Agreement of the groupings",
        (("first", "Grouping"), ("second", "And"), ("adjusted_rand", "Adjusted Rand"),
         ("mutual_information", "Normalised mutual information"), ("cramers_v", "Cramér's V"), *_P, ("n", "Patients"),
         ("note", "Note")),
    ),
    ("associate", "table"): View(
        "Tests of association",
        (
            ("group", "Group"),
            ("variable", "Variable"),
            ("test", "Test"),
            ("with:statistic:df", "Statistic (df)"),
            *_P,
            ("with:effect:effect_name", "Effect size"),
            ("with:n:n_missing", "Patients (missing)"),
        ),
        sort_by="p_value",
    ),
    ("kaplan_meier", "test"): View(
        "Log-rank test",
        (("statistic", "χ²"), ("df", "df"), ("p_value", "p"), ("statistic_unstratified", "χ² without strata"),
         ("p_value_unstratified", "p without strata")),
        folded=True,
    ),
    ("kaplan_meier", "trend"): View(
        "Test for a trend over the groups", (("z", "z"), ("statistic", "χ²"), ("df", "df"), ("p_value", "p"))
    ),
    ("kaplan_meier", "summary"): View(
        "Groups and median survival",
        (("group", "Group"), ("n", "Patients"), ("events", "Events"), ("interval:median", "Median (95 % CI)"),
         ("interval:survival_at_horizon", "Survival at the horizon (95 % CI)"), ("note", "Note")),
    ),
    ("kaplan_meier", "pairwise"): View(
        "Log-rank tests of every two groups",
        (("group", "Group"), ("reference", "Against"), ("n", "Patients"), ("events", "Events"), ("statistic", "χ²"),
         *_P),
        folded=True,
    ),
    ("kaplan_meier", "horizons"): View(
        "Survival at the horizons",
        (("group", "Group"), ("time", "Time"), ("at_risk", "At risk"), ("interval:survival", "Survival (95 % CI)")),
        folded=True,
    ),
    ("kaplan_meier", "restricted_mean"): View(
        "Mean survival time up to the horizon",
        (("group", "Group"), ("tau", "Up to"), ("n", "Patients"), ("events", "Events"),
         ("interval:restricted_mean", "Mean (95 % CI)")),
        folded=True,
    ),
    ("kaplan_meier", "restricted_mean_differences"): View(
        "Differences of mean survival time",
        (("group", "Group"), ("reference", "Less"), ("tau", "Up to"), ("interval:difference", "Difference (95 % CI)"),
         *_P),
        folded=True,
    ),
    ("cumulative_incidence", "summary"): View(
        "Groups and events",
        (("group", "Group"), ("cause", "Event"), ("n", "Patients"), ("events", "Events"), ("note", "Note")),
    ),
    ("cumulative_incidence", "gray"): View(
        "Gray's tests", (("cause", "Event"), ("statistic", "χ²"), ("df", "df"), ("p_value", "p"))
    ),
    ("cumulative_incidence", "horizons"): View(
        "Incidence at the horizons",
        (("group", "Group"), ("cause", "Event"), ("time", "Time"), ("interval:incidence", "Incidence (95 % CI)")),
    ),
    ("fine_gray", "subdistribution"): View(
        "Fine-Gray regression (all terms together)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"),
         ("interval:shr", "Subdistribution hazard ratio (95 % CI)"), ("z", "z"), ("p_value", "p"), ("note", "Note")),
    ),
    ("stepwise_cox", "inclusion"): View(
        "How often resamples keep each variable",
        (("variable", "Variable"), ("selected", "In the model"), ("frequency", "Share of the bootstrap samples"),
         ("n_parameters", "Coefficients")),
    ),
    ("stepwise_cox", "path"): View(
        "Steps",
        (("step", "Step"), ("action", "Action"), ("variable", "Variable"), ("criterion", "Criterion"),
         ("loglik", "Log likelihood"), ("n_parameters", "Coefficients")),
    ),
    ("stepwise_cox", "coefficients"): View(
        "Hazard ratios of the chosen model (apparent: chosen and estimated on the same patients)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio (95 % CI)"),
         ("p_value", "p")),
    ),
    ("stepwise_cox", "models"): View(
        "Models most often chosen",
        (("model", "Model"), ("frequency", "Share of the bootstrap samples"), ("chosen", "Chosen on all patients")),
        folded=True,
    ),
    ("cox", "univariable"): View(
        "Univariable Cox regression (each term alone)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio (95 % CI)"),
         ("z", "z"), *_P, ("note", "Note")),
    ),
    ("cox", "multivariable"): View(
        "Multivariable Cox regression (all terms together)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio (95 % CI)"),
         ("z", "z"), ("p_value", "p"), ("p_variable", "p of the variable"), ("note", "Note")),
    ),
    ("cox", "model"): View(
        "Tests of the multivariable model",
        (("test", "Test"), ("statistic", "Statistic"), ("df", "df"), ("p_value", "p"), ("note", "Note")),
        folded=True,
    ),
    ("cox", "sample_size"): View(
        "Patients that a prediction model of as many coefficients would need",
        (("n", "Patients"), ("events", "Events"), ("n_parameters", "Coefficients"),
         ("events_per_parameter", "Events per coefficient"), ("n_needed", "Patients needed"), ("enough", "Enough")),
        folded=True,
    ),
    ("cox", "proportional_hazards"): View(
        "Do effects change with time? (test of proportional hazards)",
        (("variable", "Variable"), ("statistic", "χ²"), ("df", "df"), ("p_value", "p"), ("note", "Note")),
        folded=True,
    ),
    ("cox", "fit"): View(
        "Fit of the multivariable model",
        (("n", "Patients"), ("events", "Events"), ("n_parameters", "Coefficients"),
         ("loglik_null", "Log likelihood without terms"),
         ("loglik", "Log likelihood"), ("c", "C-index"), ("c_se", "Standard error"), ("estimate", "Estimate"),
         ("note", "Note")),
        folded=True,
    ),
    ("combined_cindex", "models"): View(
        "C-index of each model",
        (("model", "Model"), ("n_parameters", "Coefficients"), ("n", "Patients"), ("events", "Events"),
         ("interval:c", "C-index (95 % CI)"), ("estimate", "Estimate"), ("apparent_c", "Apparent c-index"),
         ("groups", "Groups"), ("caution", "Caution")),
    ),
    ("combined_cindex", "comparisons"): View(
        "Differences between models",
        (("model", "Model"), ("reference", "Less"), ("interval:difference", "Difference (95 % CI)"),
         ("alternative", "Side"), *_P, ("p_value_folds", "p, t-test over folds (tends to be too small)"),
         ("lr_p_value", "p, likelihood ratio (apparent)")),
    ),
    ("combined_cindex", "measures"): View(
        "Other measures of each model",
        (("model", "Model"), ("measure", "Measure"), ("horizon", "Until"), ("interval:value", "Value (95 % CI)")),
        folded=True,
    ),
    ("combined_cindex", "measure_differences"): View(
        "Differences in the other measures (intervals, no tests)",
        (("model", "Model"), ("reference", "Less"), ("measure", "Measure"),
         ("interval:difference", "Difference (95 % CI)")),
        folded=True,
    ),
    ("combined_cindex", "sample_size"): View(
        "Patients that each model would need",
        (("model", "Model"), ("n_parameters", "Coefficients"), ("n", "Patients"), ("n_needed", "Needed"),
         ("events", "Events"), ("events_needed", "Needed events"), ("events_per_parameter", "Events per coefficient"),
         ("enough", "Enough")),
        folded=True,
    ),
    ("differential_expression", "table"): View(
        "Genes with the smallest p-values",
        (("symbol", "Gene"), ("gene", "Identifier"), ("mean_group", "Mean in group"),
         ("mean_reference", "Mean in others"),
         ("log2_fold_change", "log₂ fold change"), ("statistic", "Statistic"), *_P, ("significant", "Significant")),
        sort_by="p_value",
        most=50,
    ),
    ("differential_expression", "candidates"): View(
        "Choice of the worst group",
        (("group", "Group"), ("n", "Patients"), ("events", "Events"),
         ("interval:hr", "Hazard ratio against the others (95 % CI)"),
         ("eligible", "Eligible"), ("reason", "Why not")),
    ),
    ("enrich", "coverage"): View(
        "Coverage: genes of the sets and genes measured",
        (("collection", "Collection"), ("n_sets", "Sets"), ("genes_in_sets", "Genes in sets"),
         ("genes_measured", "Genes measured"), ("genes_measured_in_sets", "Measured and in sets"),
         ("share", "Share of the sets' genes"), ("share_of_measured", "Share of the measured")),
    ),
    ("enrich", "table"): View(
        "Gene sets",
        (("term", "Gene set"), ("direction", "Direction"), ("set_size", "Genes in set"),
         ("measured", "Measured"), ("overlap", "Found"), ("score", "Score"), *_P),
        sort_by="p_value",
        most=50,
        filled="overlap",
    ),
    ("shrunken_centroids", "errors"): View(
        "Patients told to be of another group than theirs",
        (("estimate", "Estimate"), ("split", "Patients of"), ("n", "Patients"), ("interval:error", "Share (95 % CI)"),
         ("apparent", "Apparent"), ("what", "What it is")),
    ),
    ("shrunken_centroids", "genes"): View(
        "Genes of the classifier, the farthest apart first",
        (("symbol", "Symbol"), ("gene", "Gene"), ("group", "Group"), ("score", "Distance (standard deviations)"),
         ("centroid", "Shrunken mean"), ("frequency", "Share of the classifiers in folds")),
        most=30,
    ),
    ("shrunken_centroids", "path"): View(
        "Thresholds",
        (("threshold", "Threshold"), ("n_genes", "Genes"), ("training_error", "Apparent error"),
         ("cv_error", "Cross-validated error"), ("cv_error_se", "Standard error"), ("chosen", "Chosen")),
        folded=True,
    ),
}  # fmt: skip
