"""Settings of steps are those of the functions they call: same names, same defaults."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import radiogenomics as rg
from radiogenomics.schemas import steps as s
from radiogenomics.study._plan import ORDER
from radiogenomics.study.steps import ALWAYS, STEPS

#: Model, function, arguments that the step itself gives, fields that are the step's own.
PAIRS: list[tuple[Any, Any, set[str], set[str]]] = [
    (s.PreprocessSettings, rg.im.preprocess, {"manifest", "out_dir", "learn_from", "sequences", "n_jobs"}, set()),
    (s.QualitySettings, rg.tl.rna_quality, {"data", "modality", "key_added"}, set()),
    (s.GeneFilterSettings, rg.pp.filter_genes, {"data", "modality", "key_added"}, set()),
    (s.NormaliseSettings, rg.pp.normalize_counts, {"data", "modality", "key_added"}, {"filter"}),
    (
        s.HarmoniseSettings,
        rg.pp.combat,
        {"data", "modality", "method", "key_added"},
        {"compare", "covariates", "categorical"},
    ),
    (
        s.AutoencoderStep,
        rg.im.train_autoencoder,
        {"manifest", "out_dir", "model", "test", "rng", "device", "n_jobs", "cache_dir"},
        {"estimate", "pooling"},
    ),
    (s.TransferStep, rg.im.extract_transfer, {"manifest", "device", "n_jobs", "cache_dir"}, set()),
    (s.IccSettings, rg.pp.filter_icc, {"data", "modality", "key_added"}, {"designs"}),
    (
        s.PerturbedSettings,
        rg.im.perturb_masks,
        {"manifest", "out_dir", "include_original", "sequences", "rng", "n_jobs"},
        {"n_patients"},
    ),
    (s.ClusterSettings, rg.tl.consensus_cluster, {"data", "modality", "rng", "n_jobs", "key_added"}, set()),
    (s.AssociateSettings, rg.tl.associate, {"data", "groupby", "rng", "key_added"}, set()),
    (s.CorrelateSettings, rg.tl.correlate, {"data", "rng", "key_added"}, {"canonical"}),
    (
        s.CanonicalSettings,
        rg.tl.canonical_correlation,
        {"data", "x", "y", "covariates", "categorical", "rng", "key_added"},
        set(),
    ),
    (
        s.StepwiseSettings,
        rg.tl.stepwise_cox,
        {"data", "variables", "rng", "n_jobs", "key_added"},
        {"variables", "groups"},
    ),
    (
        s.CombinedCindexSettings,
        rg.tl.combined_cindex,
        {"data", "groupby", "combine", "rng", "n_jobs", "key_added"},
        set(),
    ),
    (s.ExpressionSettings, rg.tl.differential_expression, {"data", "modality", "n_jobs", "key_added"}, {"groupby"}),
    (
        s.EnrichmentSettings,
        rg.tl.enrich,
        {"data", "key", "modality", "to_obs", "rng", "n_jobs", "key_added"},
        {"scores"},
    ),
    (
        s.CentroidsSettings,
        rg.tl.shrunken_centroids,
        {"data", "rng", "n_jobs", "key_added"},
        {"groupby", "modality"},
    ),
    (s.SignatureSettings, rg.tl.signature, {"data", "rng", "n_jobs", "key_added"}, set()),
    (s.ModelsSettings, rg.tl.compare_models, {"data", "rng", "n_jobs", "key_added"}, set()),
    (s.LogisticSettings, rg.tl.logistic, {"data", "rng", "key_added"}, set()),
    (s.NomogramSettings, rg.tl.nomogram, {"data", "rng", "key_added"}, set()),
    (
        s.EvaluateSettings,
        rg.tl.evaluate,
        {"data", "rng", "key_added"},
        {"delong", "calibrate", "decision_curve", "time_roc", "curves", "cindex"},
    ),
    (s.DelongSettings, rg.tl.delong, {"data", "predictions", "models", "outcome", "key_added"}, set()),
    (s.CalibrateSettings, rg.tl.calibrate, {"data", "predictions", "models", "outcome", "rng", "key_added"}, set()),
    (
        s.DecisionCurveSettings,
        rg.tl.decision_curve,
        {"data", "predictions", "models", "outcome", "rng", "key_added"},
        set(),
    ),
    (s.TimeRocSettings, rg.tl.time_roc, {"data", "predictions", "models", "outcome", "rng", "key_added"}, set()),
    (s.ReportSettings, rg.report.write, {"data", "out", "provenance", "contact_sheets", "answers"}, {"checklists"}),
]


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(("model", "function", "given", "own"), PAIRS, ids=lambda v: getattr(v, "__name__", ""))
def test_fields_mirror_the_function(model: Any, function: Any, given: set[str], own: set[str]) -> None:
    parameters = inspect.signature(function).parameters
    assert set(model.model_fields) - own == set(parameters) - given - own
    for name, field in model.model_fields.items():
        if name not in own and not field.is_required():
            assert plain(field.default) == plain(parameters[name].default), name


def test_every_step_of_the_design_is_done_or_refused() -> None:
    done = {step.name for step in STEPS}
    assert done - {"assemble", "outputs"} == set(ORDER)
    assert done >= ALWAYS
    named = [step.name for step in STEPS if step.name in ORDER]
    assert named == [name for name in ORDER if name in named], "the order of the design"
