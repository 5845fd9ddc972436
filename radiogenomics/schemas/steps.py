"""Settings of every step of a study; their fields and defaults are those of the functions the steps call."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Strict(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


NOT_AVAILABLE = (
    "segment", "autoencoder", "transfer", "icc", "harmonise", "integrate", "correlate", "stepwise", "signature",
    "models", "evaluate", "nomogram", "centroids",
)  # fmt: skip
"""Steps that the design names and this version does not have."""


def _switch(value: Any) -> Any:
    """``false`` switches a step off; an empty entry is refused, because it may mean either."""
    if value is False:
        return None
    if value is None or value is True:
        raise PydanticCustomError("switch", "settings, {} for all defaults, or false to switch the step off")
    return value


def _unavailable(value: Any) -> Any:
    if value is False:
        return None
    raise PydanticCustomError("unavailable", "a step that is available in this version; set it to false or remove it")


def _switch_schema(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
    options = [option for option in schema.pop("anyOf", []) if option != {"type": "null"}]
    schema["anyOf"] = [*options, {"const": False}]


def _off_schema(schema: dict[str, Any]) -> None:
    for key in ("default", "type", "anyOf"):
        schema.pop(key, None)
    schema["const"] = False


T = TypeVar("T")
Switch: TypeAlias = Annotated[T | None, BeforeValidator(_switch), Field(json_schema_extra=_switch_schema)]
Unavailable: TypeAlias = Annotated[None, BeforeValidator(_unavailable), Field(json_schema_extra=_off_schema)]
Positive: TypeAlias = Annotated[int, Field(gt=0)]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]


class CheckSettings(Strict):
    """Every input file is read and compared before anything is computed."""


class PreprocessSettings(Strict):
    """Volumes before features: ``rg.im.preprocess``."""

    spacing: tuple[float, float, float] | None = None
    bias_correction: bool = False
    normalization: Literal["zscore", "histogram"] | None = None


class ExtractSettings(Strict):
    """Handcrafted features: ``rg.im.extract_radiomics`` with a preset, or with settings of one's own."""

    preset: str | None = None
    settings: dict[str, Any] | None = None


class CleanSettings(Strict):
    """Feature matrix of one modality: ``rg.pp.clean_features``, then ``impute``, then ``scale``."""

    impute: bool = True
    scale: bool = True


class NormaliseSettings(Strict):
    """Raw counts of one modality to the log2 scale: ``rg.pp.normalize_counts``."""

    method: str = "log_cpm"


class ClusterSettings(Strict):
    """Groups of patients of one modality: ``rg.tl.consensus_cluster``."""

    method: Literal["hierarchical", "kmeans"] = "hierarchical"
    metric: str = "pearson"
    linkage: str = "average"
    n_clusters: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    n_resamples: Positive = 1000
    sample_fraction: Share = 0.8
    feature_fraction: Share = 1.0


class AssociateSettings(Strict):
    """Groups against clinical variables and each other: ``rg.tl.associate``."""

    variables: list[str] = []
    alpha: float = 0.05


class SurvivalSettings(Strict):
    """Kaplan-Meier curves and Cox models of every grouping: ``rg.tl.kaplan_meier``, ``rg.tl.cox``."""

    outcomes: list[str] | None = None
    adjust: list[str] = []
    horizon: float | None = None


class CombinedCindexSettings(Strict):
    """Whether the modalities together predict better than each alone: ``rg.tl.combined_cindex``."""

    outcome: str | None = None
    covariates: list[str] = []
    folds: Annotated[int, Field(ge=2)] = 5
    repeats: Positive = 20
    bootstrap: Positive = 1000


class ExpressionSettings(Strict):
    """Genes of the worst group against the others: ``rg.tl.differential_expression``."""

    groupby: str | None = None
    group: str | None = None
    method: Literal["ttest"] = "ttest"
    fold_change: float = 2.0
    alpha: float = 0.05


class EnrichmentSettings(Strict):
    """Gene sets of those genes: ``rg.tl.enrich``."""

    gene_sets: str
    method: Literal["ora", "prerank"] = "ora"


class ReportSettings(Strict):
    """The report, with every table and figure: ``rg.report.write``."""

    title: str | None = None


class Steps(Strict):
    """Steps by name; a step that is not named is not done."""

    check: Switch[CheckSettings] = None
    preprocess: Switch[PreprocessSettings] = None
    segment: Unavailable = None
    extract: Switch[ExtractSettings] = None
    autoencoder: Unavailable = None
    transfer: Unavailable = None
    clean: Switch[dict[str, CleanSettings]] = None
    icc: Unavailable = None
    harmonise: Unavailable = None
    normalise: Switch[dict[str, NormaliseSettings]] = None
    cluster: Switch[dict[str, ClusterSettings]] = None
    integrate: Unavailable = None
    associate: Switch[AssociateSettings] = None
    correlate: Unavailable = None
    survival: Switch[SurvivalSettings] = None
    stepwise: Unavailable = None
    combined_cindex: Switch[CombinedCindexSettings] = None
    signature: Unavailable = None
    models: Unavailable = None
    evaluate: Unavailable = None
    nomogram: Unavailable = None
    expression: Switch[ExpressionSettings] = None
    enrichment: Switch[EnrichmentSettings] = None
    centroids: Unavailable = None
    report: Switch[ReportSettings] = None

    def named(self) -> dict[str, BaseModel | dict[str, BaseModel]]:
        """Settings of the steps that are switched on, in the order of the design."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}
