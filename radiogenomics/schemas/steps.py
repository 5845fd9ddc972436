"""The steps of a study; their fields and defaults are those of the functions the steps call."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Switch
from radiogenomics.schemas.checklists import ChecklistSettings
from radiogenomics.schemas.preprocess import PreprocessSettings
from radiogenomics.schemas.steps_biology import (
    CentroidsSettings,
    EnrichmentSettings,
    ExpressionSettings,
    GeneFilterSettings,
    NormaliseSettings,
    QualitySettings,
)
from radiogenomics.schemas.steps_deep import AutoencoderStep, SegmentStep, TransferStep
from radiogenomics.schemas.steps_features import CleanSettings, ExtractSettings, HarmoniseSettings
from radiogenomics.schemas.steps_groups import (
    AssociateSettings,
    CanonicalSettings,
    ClusterSettings,
    CombineSettings,
    CorrelateSettings,
    IntegrateSettings,
)
from radiogenomics.schemas.steps_icc import IccDesign, IccSettings, PerturbedSettings
from radiogenomics.schemas.steps_models import (
    CalibrateSettings,
    DecisionCurveSettings,
    DelongSettings,
    EvaluateSettings,
    LogisticSettings,
    ModelsSettings,
    NomogramSettings,
    SignatureSettings,
    TimeRocSettings,
)
from radiogenomics.schemas.steps_prognosis import CombinedCindexSettings, StepwiseSettings, SurvivalSettings

__all__ = [
    "AssociateSettings",
    "AutoencoderStep",
    "CalibrateSettings",
    "CanonicalSettings",
    "CentroidsSettings",
    "CheckSettings",
    "CleanSettings",
    "ClusterSettings",
    "CombineSettings",
    "CombinedCindexSettings",
    "CorrelateSettings",
    "DecisionCurveSettings",
    "DelongSettings",
    "EnrichmentSettings",
    "EvaluateSettings",
    "ExpressionSettings",
    "ExtractSettings",
    "GeneFilterSettings",
    "HarmoniseSettings",
    "IccDesign",
    "IccSettings",
    "IntegrateSettings",
    "LogisticSettings",
    "ModelsSettings",
    "NomogramSettings",
    "NormaliseSettings",
    "PerturbedSettings",
    "PreprocessSettings",
    "QualitySettings",
    "ReportSettings",
    "SegmentStep",
    "SignatureSettings",
    "Steps",
    "StepwiseSettings",
    "SurvivalSettings",
    "TimeRocSettings",
    "TransferStep",
]


class CheckSettings(Model):
    """Every input file is read and compared before anything is computed; images are looked at: ``rg.im.check``."""

    images: bool = Field(True, description="Table of what is unusual of each image and mask, and contact sheets.")


class ReportSettings(Model):
    """The report, with every table and figure: ``rg.report.write``."""

    title: str | None = None
    checklists: ChecklistSettings = ChecklistSettings()


class Steps(Model):
    """Steps by name; a step that is not named is not done."""

    check: Switch[CheckSettings] = None
    preprocess: Switch[PreprocessSettings] = None
    segment: Switch[SegmentStep] = None
    extract: Switch[ExtractSettings] = None
    autoencoder: Switch[Annotated[dict[str, AutoencoderStep], Field(min_length=1)]] = None
    transfer: Switch[TransferStep] = None
    quality: Switch[QualitySettings] = None
    normalise: Switch[NormaliseSettings] = None
    clean: Switch[dict[str, CleanSettings]] = None
    icc: Switch[IccSettings] = None
    harmonise: Switch[dict[str, HarmoniseSettings]] = None
    cluster: Switch[dict[str, ClusterSettings]] = None
    combine: Switch[CombineSettings] = None
    integrate: Switch[IntegrateSettings] = None
    associate: Switch[AssociateSettings] = None
    correlate: Switch[CorrelateSettings] = None
    survival: Switch[SurvivalSettings] = None
    stepwise: Switch[StepwiseSettings] = None
    combined_cindex: Switch[CombinedCindexSettings] = None
    signature: Switch[Annotated[dict[str, SignatureSettings], Field(min_length=1)]] = None
    models: Switch[Annotated[dict[str, ModelsSettings], Field(min_length=1)]] = None
    logistic: Switch[Annotated[dict[str, LogisticSettings], Field(min_length=1)]] = None
    nomogram: Switch[Annotated[dict[str, NomogramSettings], Field(min_length=1)]] = None
    evaluate: Switch[Annotated[dict[str, EvaluateSettings], Field(min_length=1)]] = None
    expression: Switch[ExpressionSettings] = None
    enrichment: Switch[EnrichmentSettings] = None
    centroids: Switch[CentroidsSettings] = None
    report: Switch[ReportSettings] = None

    def named(self) -> dict[str, BaseModel | dict[str, BaseModel]]:
        """Settings of the steps that are switched on, in the order of the design."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}
