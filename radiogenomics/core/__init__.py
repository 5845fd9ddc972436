"""The mathematics: arrays in, frozen dataclasses or arrays out. One method per file.

Imported eagerly (not on first use) because functions and their files share names.
"""

from radiogenomics.core._univariate import UnivariateFits
from radiogenomics.core.agreement import Agreement, agreement
from radiogenomics.core.anova import AnovaResult, anova
from radiogenomics.core.bland_altman import BlandAltman, bland_altman
from radiogenomics.core.brier import BrierScore, brier_score
from radiogenomics.core.calibration import calibration_curve, calibration_line
from radiogenomics.core.clinical_rules import fnclcc_grade, semantic_radiophenotype, t_stage
from radiogenomics.core.combat import BatchEffect, ComBatFit, combat, fit_combat
from radiogenomics.core.concordance import concordance_batch, concordance_index
from radiogenomics.core.consensus import consensus_matrix
from radiogenomics.core.contingency import chi_squared, cramers_v, cramers_v_interval, expected_counts, fisher_exact
from radiogenomics.core.correlation_map import CorrelationMap, correlation_map
from radiogenomics.core.correlation_null import correlation_null, family_wise_p
from radiogenomics.core.cox import CoxFit, fit_cox, fit_cox_batch
from radiogenomics.core.cox_residuals import (
    baseline_hazard,
    dfbeta,
    linear_predictor,
    martingale_residuals,
    score_residuals,
)
from radiogenomics.core.cox_survival import CoxBaseline, cox_baseline, cox_survival
from radiogenomics.core.cumulative_incidence import cumulative_incidence
from radiogenomics.core.decision_curve import NetBenefit, net_benefit, survival_net_benefit
from radiogenomics.core.delong import DeLong, delong, fold_delong
from radiogenomics.core.fine_gray import fit_fine_gray
from radiogenomics.core.gray import gray_test
from radiogenomics.core.hosmer_lemeshow import HosmerLemeshow, hosmer_lemeshow
from radiogenomics.core.icc import ICC, ICCForm, icc
from radiogenomics.core.kruskal import kruskal
from radiogenomics.core.lasso_cox import lasso_cox, lasso_cox_cv
from radiogenomics.core.lasso_logistic import lasso_logistic, lasso_logistic_cv
from radiogenomics.core.lasso_path import LassoCV, LassoPath
from radiogenomics.core.logistic import LogisticFit, fit_logistic
from radiogenomics.core.logistic_profile import LogisticProfile, logistic_profile, logistic_term_test
from radiogenomics.core.logrank import logrank
from radiogenomics.core.mask_overlap import MaskOverlap, mask_overlap
from radiogenomics.core.mrmr import MRMRPath, mrmr
from radiogenomics.core.multiple_testing import benjamini_hochberg, holm
from radiogenomics.core.nearest_template import NearestTemplates, nearest_template, template_matrix
from radiogenomics.core.power import check_sample_size, cox_power, minimum_sample_size
from radiogenomics.core.procrustes import ProcrustesMap, procrustes
from radiogenomics.core.proportion import Proportion, wilson
from radiogenomics.core.rank_sum import RankSumResult, rank_sum
from radiogenomics.core.resampled_ttest import resampled_ttest
from radiogenomics.core.restricted_mean import restricted_mean, restricted_mean_difference
from radiogenomics.core.roc import ROCCurve, roc_curve, roc_threshold
from radiogenomics.core.schoenfeld import proportional_hazards
from radiogenomics.core.shrunken_centroids import (
    HeldOutClasses,
    ShrunkenCentroidsFit,
    balanced_folds,
    best_threshold,
    cross_validate_shrunken_centroids,
    fit_shrunken_centroids,
)
from radiogenomics.core.snf import eigengaps, fuse_networks, similarity_network, spectral_labels
from radiogenomics.core.sparse_cca import SparseCCAFit, sparse_cca
from radiogenomics.core.sparse_cca_null import SparseCCATest, sparse_cca_test
from radiogenomics.core.stepwise import stepwise_cox, stepwise_cox_batch
from radiogenomics.core.surface_distance import SurfaceDistances, surface_distances
from radiogenomics.core.survival_calibration import (
    survival_calibration_curve,
    survival_calibration_groups,
    survival_calibration_slope,
)
from radiogenomics.core.survival_curve import median_survival, survival_curve, survival_quantile
from radiogenomics.core.time_auc import TimeAUC, time_auc
from radiogenomics.core.time_roc import TimeROC, time_roc
from radiogenomics.core.trend import TrendTest, cochran_armitage
from radiogenomics.core.ttest import TTest, ttest
from radiogenomics.core.univariate_cox import univariate_cox
from radiogenomics.core.univariate_logistic import univariate_logistic

__all__ = [
    "ICC",
    "Agreement",
    "AnovaResult",
    "BatchEffect",
    "BlandAltman",
    "BrierScore",
    "ComBatFit",
    "CorrelationMap",
    "CoxBaseline",
    "CoxFit",
    "DeLong",
    "HeldOutClasses",
    "HosmerLemeshow",
    "ICCForm",
    "LassoCV",
    "LassoPath",
    "LogisticFit",
    "LogisticProfile",
    "MRMRPath",
    "MaskOverlap",
    "NearestTemplates",
    "NetBenefit",
    "ProcrustesMap",
    "Proportion",
    "ROCCurve",
    "RankSumResult",
    "ShrunkenCentroidsFit",
    "SparseCCAFit",
    "SparseCCATest",
    "SurfaceDistances",
    "TTest",
    "TimeAUC",
    "TimeROC",
    "TrendTest",
    "UnivariateFits",
    "agreement",
    "anova",
    "balanced_folds",
    "baseline_hazard",
    "benjamini_hochberg",
    "best_threshold",
    "bland_altman",
    "brier_score",
    "calibration_curve",
    "calibration_line",
    "check_sample_size",
    "chi_squared",
    "cochran_armitage",
    "combat",
    "concordance_batch",
    "concordance_index",
    "consensus_matrix",
    "correlation_map",
    "correlation_null",
    "cox_baseline",
    "cox_power",
    "cox_survival",
    "cramers_v",
    "cramers_v_interval",
    "cross_validate_shrunken_centroids",
    "cumulative_incidence",
    "delong",
    "dfbeta",
    "eigengaps",
    "expected_counts",
    "family_wise_p",
    "fisher_exact",
    "fit_combat",
    "fit_cox",
    "fit_cox_batch",
    "fit_fine_gray",
    "fit_logistic",
    "fit_shrunken_centroids",
    "fnclcc_grade",
    "fold_delong",
    "fuse_networks",
    "gray_test",
    "holm",
    "hosmer_lemeshow",
    "icc",
    "kruskal",
    "lasso_cox",
    "lasso_cox_cv",
    "lasso_logistic",
    "lasso_logistic_cv",
    "linear_predictor",
    "logistic_profile",
    "logistic_term_test",
    "logrank",
    "martingale_residuals",
    "mask_overlap",
    "median_survival",
    "minimum_sample_size",
    "mrmr",
    "nearest_template",
    "net_benefit",
    "procrustes",
    "proportional_hazards",
    "rank_sum",
    "resampled_ttest",
    "restricted_mean",
    "restricted_mean_difference",
    "roc_curve",
    "roc_threshold",
    "score_residuals",
    "semantic_radiophenotype",
    "similarity_network",
    "sparse_cca",
    "sparse_cca_test",
    "spectral_labels",
    "stepwise_cox",
    "stepwise_cox_batch",
    "surface_distances",
    "survival_calibration_curve",
    "survival_calibration_groups",
    "survival_calibration_slope",
    "survival_curve",
    "survival_net_benefit",
    "survival_quantile",
    "t_stage",
    "template_matrix",
    "time_auc",
    "time_roc",
    "ttest",
    "univariate_cox",
    "univariate_logistic",
    "wilson",
]
