"""Settings of every step of a study; their fields and defaults are those of the functions the steps call."""

from __future__ import annotations

import difflib
import math
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas.preprocess import PreprocessSettings
from radiogenomics.schemas.radiomics import PRESETS, RadiomicsSettings, over_preset

NOT_AVAILABLE = (
    "segment", "autoencoder", "transfer", "icc", "signature",
    "models", "evaluate", "nomogram",
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


def _or_paths(schema: dict[str, Any]) -> None:
    block = {key: schema.pop(key) for key in ("type", "additionalProperties", "minProperties") if key in schema}
    schema["anyOf"] = [block, {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]


T = TypeVar("T")
Switch: TypeAlias = Annotated[T | None, BeforeValidator(_switch), Field(json_schema_extra=_switch_schema)]
Unavailable: TypeAlias = Annotated[None, BeforeValidator(_unavailable), Field(json_schema_extra=_off_schema)]
Positive: TypeAlias = Annotated[int, Field(gt=0)]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Level: TypeAlias = Annotated[float, Field(gt=0, lt=1)]
Length: TypeAlias = Annotated[float, Field(ge=0)]
PositiveTime: TypeAlias = Annotated[float, Field(gt=0)]


class CheckSettings(Model):
    """Every input file is read and compared before anything is computed; images are looked at: ``rg.im.check``."""

    images: bool = Field(True, description="Table of what is unusual of each image and mask, and contact sheets.")


class ExtractSettings(RadiomicsSettings):
    """Handcrafted features: ``rg.im.extract_radiomics``; a preset, and what differs from it."""

    reader: str | None = Field(None, description="Whose masks to use, where the manifest has several readers.")
    reading: str | int | None = Field(None, description="Which reading, where the manifest has several.")
    preset: str = Field("default", description=f"One of {', '.join(PRESETS)}.")
    control: Literal["shuffled"] | None = Field(
        None,
        description="shuffled adds modality radiomics_shuffled: the same features after rg.im.shuffle_voxels, for "
        "control of step correlate.",
    )

    @model_validator(mode="after")
    def _control_as_it_is(self) -> ExtractSettings:
        if self.control is not None and self.normalize:
            raise ValueError("control: shuffled needs normalize: false; normalise in step preprocess")
        return self

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        preset = value.get("preset", "default")
        if preset not in PRESETS:
            near = difflib.get_close_matches(str(preset), PRESETS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"preset: one of {', '.join(PRESETS)} (found {preset!r}{hint})")
        return over_preset(str(preset), value)

    def radiomics(self) -> RadiomicsSettings:
        """What is computed: everything but the preset's name, the choice of masks and the control."""
        return RadiomicsSettings.model_validate(self.model_dump(exclude={"preset", "reader", "reading", "control"}))


class CleanSettings(Model):
    """Feature matrix of one modality: ``rg.pp.clean_features``, then ``impute``, then ``scale``."""

    max_missing: Fraction = Field(0.2, description="Largest share of patients without a value.")
    max_zeros: Fraction = Field(0.95, description="Largest share of zeros.")
    drop_constant: bool = True
    drop_duplicated: bool = False
    impute: Literal["median", "mean", "knn"] | Literal[False] = Field("median", description="false leaves gaps.")
    n_neighbors: Positive = Field(5, description="For impute: knn.")
    scale: bool | Literal["zscore", "robust", "minmax", "rank_normal"] | None = Field(
        None, description="true means zscore; by default features are scaled and expression is not."
    )

    def scaling(self, modality: str) -> str | None:
        """Method of scaling for a modality, ``None`` for none."""
        if isinstance(self.scale, str):
            return self.scale
        return "zscore" if (modality != "rna" if self.scale is None else self.scale) else None


class QualitySettings(Model):
    """Each patient's expression as it was read (modality rna): ``rg.tl.rna_quality``."""

    sex: str | None = Field(None, description="Clinical column; by default the one called sex or gender.")
    sex_codes: dict[str | int, Literal["male", "female"]] | None = Field(None, description="What its values mean.")
    n_components: Positive = Field(5, description="Principal components of the outlier search.")
    n_genes: Annotated[int, Field(ge=2)] = Field(2000, description="Its genes: those that vary most.")
    alpha: Level = Field(0.001, description="Share of normal patients below which a patient is an outlier.")


class GeneFilterSettings(Model):
    """Genes that too few training patients express: ``rg.pp.filter_genes``."""

    method: Literal["filter_by_expr", "count", "cpm", "value"] | None = Field(
        None, description="By default filter_by_expr of counts, value otherwise."
    )
    minimum: PositiveTime | None = Field(None, description="What a patient must reach; by default 10 counts, else 1.")
    min_share: Share | None = Field(None, description="Share of patients who must reach it; by default 0.2.")
    min_total: Length | None = Field(None, description="Of filter_by_expr: counts in all; by default 15.")
    smallest_group: Positive | None = Field(None, description="Of filter_by_expr: patients; by default a fifth.")


class NormaliseSettings(Model):
    """Raw counts (modality rna) to the log2 scale: ``rg.pp.normalize_counts``."""

    method: Literal["log_cpm", "size_factors", "tmm", "vst"] | Literal[False] = Field(
        "log_cpm", description="false leaves values that are normalised already, and only filters."
    )
    pseudocount: Annotated[float, Field(gt=0)] | None = Field(None, description="By default 1; 2 of tmm.")
    filter: Switch[GeneFilterSettings] = Field(None, description="Genes to leave out first; {} for all defaults.")

    @model_validator(mode="after")
    def _something_to_do(self) -> NormaliseSettings:
        if self.method is False and self.filter is None:
            raise ValueError("a method, or filter (with method: false), without which there is nothing to do")
        if self.pseudocount is not None and self.method in (False, "vst"):
            raise ValueError(f"no pseudocount with method {'false' if self.method is False else self.method}")
        return self


class HarmoniseSettings(Model):
    """Batches (scanners, centres, runs) of one modality: ``rg.pp.combat``, after cleaning and before scaling."""

    batch: str = Field(description="Clinical column with the batch of each patient.")
    covariates: list[str] = Field([], description="Clinical columns whose effects are kept; no outcome.")
    categorical: list[str] = Field([], description="Which of the columns are categories although they are numbers.")
    compare: list[str] = Field([], description="Further columns whose share of the variance is shown beside.")
    parametric: bool = True
    mean_only: bool = Field(False, description="Remove offsets, leave variances.")
    reference: str | int | None = Field(None, description="Batch to which the others are brought.")
    unseen: Literal["error", "reference", "transductive"] = Field(
        "error", description="Batches without training patients: refused, left, or estimated from their own features."
    )

    @model_validator(mode="after")
    def _reference_where_it_is_needed(self) -> HarmoniseSettings:
        if self.unseen == "reference" and self.reference is None:
            raise ValueError("reference: a batch, with unseen: reference")
        stray = [name for name in self.categorical if name not in [*self.covariates, *self.compare]]
        if stray:
            raise ValueError(f"categorical: names among covariates and compare (found {', '.join(stray)})")
        return self

    def combat_settings(self) -> dict[str, Any]:
        """What ``rg.pp.combat`` takes."""
        given = self.model_dump(exclude={"compare", "categorical", "reference"})
        reference = None if self.reference is None else str(self.reference)
        return {**given, "reference": reference, "categorical": [c for c in self.categorical if c in self.covariates]}


class ClusterSettings(Model):
    """Groups of patients of one modality: ``rg.tl.consensus_cluster``."""

    n_clusters: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    max_clusters: Annotated[int, Field(ge=2)] = 6
    method: Literal["hierarchical", "kmeans", "pam"] = "hierarchical"
    metric: Literal["pearson", "spearman", "euclidean"] = "pearson"
    linkage: Literal["average", "complete", "single", "weighted", "ward", "centroid", "median"] = "average"
    n_resamples: Positive = 1000
    sample_fraction: Share = 0.8
    feature_fraction: Share = 1.0
    n_null: Positive = 100
    alpha: Level = 0.05

    @model_validator(mode="after")
    def _enough_null_data(self) -> ClusterSettings:
        needed = math.ceil(round(1 / self.alpha, 6)) - 1
        if self.n_clusters == "auto" and self.n_null < needed:
            raise ValueError(f"n_null of {needed} or more, without which no p-value can reach {self.alpha:g}")
        return self


class IntegrateSettings(Model):
    """Joint groups of several modalities, and how far they agree with those of each: ``rg.tl.integrate``."""

    modalities: Annotated[list[str], Field(min_length=2)] | None = Field(
        None, description="By default all but radiomics_shuffled."
    )
    method: Literal["snf", "coca", "concat", "mofa"] = "snf"
    n_clusters: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    max_clusters: Annotated[int, Field(ge=2)] = 6
    n_neighbors: Positive | None = Field(None, description="Of snf; by default 20, at most a quarter of the patients.")
    n_iterations: Positive | None = Field(None, description="Of snf; by default 20.")
    mu: Level | None = Field(None, description="Of snf; by default 0.5.")
    weights: dict[str, PositiveTime] | None = Field(None, description="Of concat: variance by modality; by default 1.")
    n_factors: Positive | None = Field(None, description="Of mofa; by default 10.")
    metric: Literal["pearson", "spearman", "euclidean"] | None = Field(None, description="Of concat and mofa.")
    linkage: Literal["average", "complete", "single", "weighted", "ward", "centroid", "median"] | None = Field(
        None, description="Of concat and mofa; by default average."
    )
    n_resamples: Positive | None = Field(None, description="Of coca, concat and mofa; by default 1000.")
    sample_fraction: Share | None = Field(None, description="Of coca, concat and mofa; by default 0.8.")
    n_null: Positive | None = Field(None, description="Null cohorts of auto; by default 100.")
    alpha: Level | None = Field(None, description="Level of auto; by default 0.05.")
    n_permutations: Annotated[int, Field(ge=0)] = Field(1000, description="Of the agreement with the groups of each.")


class AssociateSettings(Model):
    """Groups against clinical variables and each other: ``rg.tl.associate``."""

    variables: list[str] = Field([], description="Clinical columns.")
    categorical: list[str] = Field([], description="Which of them are categories although they are numbers.")
    ordered: list[str] | dict[str, list[str]] = Field(
        [], description="Which of them are ordered categories, with the order of those that are text."
    )
    numeric: Literal["kruskal", "anova", "wilcoxon"] = Field("kruskal", description="Test of numbers.")
    adjust: Literal["benjamini-hochberg", "holm"] = "benjamini-hochberg"


class CanonicalSettings(Model):
    """Scores of the two sides of a map that go together: ``rg.tl.canonical_correlation``."""

    method: Literal["scca", "spls", "pls"] = "scca"
    n_components: Positive = 2
    penalty: tuple[Share, Share] | Literal["auto"] = Field(
        "auto", description="Shares for x and y, the smaller the fewer features; or chosen by permutations."
    )
    statistic: Literal["covariance", "correlation"] = Field(
        "covariance", description="What is compared with permuted patients."
    )
    scale: Literal["zscore", "rank_normal"] = "rank_normal"
    n_permutations: Annotated[int, Field(ge=0)] = 500
    folds: Annotated[int, Field(ge=2)] = 5
    repeats: Annotated[int, Field(ge=0)] = Field(5, description="0 for no cross-validation.")


class CorrelateSettings(Model):
    """Every feature of one modality against every feature of another: ``rg.tl.correlate``."""

    x: str = Field("radiomics", description="A modality.")
    y: str = Field("rna", description="The other modality.")
    method: Literal["spearman", "pearson"] = "spearman"
    covariates: list[str] = Field(
        [], description="Clinical columns, or features as modality:feature, whose effect is taken out of both sides."
    )
    categorical: list[str] = Field([], description="Which of them are categories although they are numbers.")
    alpha: Level = Field(0.05, description="False discovery rate.")
    top: Positive = Field(10_000, description="Pairs to keep, the most correlated.")
    n_permutations: Annotated[int, Field(ge=0)] = Field(1000, description="For family-wise p-values; 0 for none.")
    control: str | None = Field(
        None, description="A modality with the features of x taken from images without texture (shuffled voxels)."
    )
    canonical: Switch[CanonicalSettings] = Field(
        None, description="Sparse canonical correlation of the same sides and covariates; {} for all defaults."
    )


class SurvivalSettings(Model):
    """Kaplan-Meier curves and Cox models of every grouping: ``rg.tl.kaplan_meier``, ``rg.tl.cox``."""

    outcomes: list[str] | None = Field(None, description="Survival outcomes; by default all.")
    adjust: list[str] = Field([], description="Clinical columns of the Cox models, beside the groups.")
    preset: Literal["sarculator", "management"] | None = Field(
        None, description="Covariates of the Cox models beside adjust, as rg.tl.cox names them."
    )
    columns: dict[str, str] | None = Field(None, description="Column of each covariate of the preset.")
    horizon: PositiveTime | Annotated[list[PositiveTime], Field(min_length=1)] | None = Field(
        None, description="Time or times at which survival is reported."
    )
    tau: PositiveTime | None = Field(None, description="Time up to which mean survival is taken.")
    entry: str | None = Field(None, description="Column of the time at which patients came under observation.")
    landmark: Length | None = Field(None, description="Time from which survival is counted, of those at risk then.")
    categorical: list[str] = Field([], description="Numeric columns of adjust that are categories.")
    reference: dict[str, str] | None = Field(None, description="Reference category by column.")
    strata: str | None = Field(
        None, description="Column within whose levels groups are compared, and baseline hazards of the Cox models."
    )
    weighting: Literal["fleming-harrington", "gehan", "tarone-ware", "peto"] | None = Field(
        None, description="Weights of the log-rank tests."
    )
    rho: Length | None = Field(
        None, description="Of fleming-harrington: stresses early events; 1 unless it or gamma is given."
    )
    gamma: Length | None = Field(None, description="Of fleming-harrington: stresses late events; 0 unless given.")
    ties: Literal["efron", "breslow"] = "efron"
    penalty: Literal["firth"] | None = None
    ridge: Length = Field(0.0, description="Penalty on the squared coefficients of the Cox models; not beside firth.")

    @model_validator(mode="after")
    def _one_penalty(self) -> SurvivalSettings:
        if self.ridge and self.penalty is not None:
            raise ValueError("one penalty at most: ridge, or penalty: firth")
        return self

    @model_validator(mode="after")
    def _exponents_of_their_weighting(self) -> SurvivalSettings:
        if self.weighting != "fleming-harrington" and (self.rho, self.gamma) != (None, None):
            raise ValueError("rho and gamma with weighting: fleming-harrington, and with no other")
        return self

    def cox_settings(self) -> dict[str, Any]:
        """What ``rg.tl.cox`` takes."""
        names = {"categorical", "reference", "strata", "ties", "penalty", "ridge", "preset", "columns", "entry"}
        return self.model_dump(include=names | {"landmark"})

    def curve_settings(self) -> dict[str, Any]:
        """What ``rg.tl.kaplan_meier`` takes."""
        return self.model_dump(include={"horizon", "tau", "entry", "landmark", "strata", "weighting", "rho", "gamma"})


class StepwiseSettings(Model):
    """Which variables a stepwise Cox model keeps, and how often resamples keep them: ``rg.tl.stepwise_cox``."""

    variables: list[str] = Field([], description="Clinical columns to choose from, beside the groups.")
    direction: Literal["backward", "both"] = "backward"
    criterion: Literal["aic", "bic"] = "aic"
    keep: list[str] = Field([], description="Variables that stay whatever happens.")
    outcome: str | None = Field(None, description="Survival outcome; by default the first.")
    categorical: list[str] = Field([], description="Which of the variables are categories although they are numbers.")
    reference: dict[str, str] | None = Field(None, description="Reference category by column.")
    strata: str | None = None
    ties: Literal["efron", "breslow"] = "efron"
    entry: str | None = Field(None, description="Column of the time at which patients came under observation.")
    landmark: Length | None = Field(None, description="Time from which survival is counted, of those at risk then.")
    bootstrap: Annotated[int, Field(ge=0)] = Field(500, description="Bootstrap samples; 0 for none.")


class CombinedCindexSettings(Model):
    """Whether the modalities together predict better than each alone: ``rg.tl.combined_cindex``."""

    outcome: str | None = Field(None, description="Survival outcome; by default the first.")
    interaction: bool = True
    covariates: list[str] = Field([], description="Clinical columns.")
    categorical: list[str] = Field([], description="Which of them are categories although they are numbers.")
    strata: str | None = Field(
        None,
        description="Column whose levels have a baseline hazard each, compared within; what the c-index is when it is "
        "ignored is reported beside.",
    )
    entry: str | None = Field(None, description="Column of the time at which patients came under observation.")
    landmark: Length | None = Field(None, description="Time from which survival is counted, of those at risk then.")
    horizon: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Time of Uno's c, AUC and Brier score; by default one that a quarter of the patients reaches."
    )
    folds: Annotated[int, Field(ge=2)] = 5
    repeats: Annotated[int, Field(ge=2)] = 20
    bootstrap: Annotated[int, Field(ge=2)] = 1000
    confidence: Level = 0.95
    refit_groups: bool = Field(False, description="Form the groups anew in every training fold.")
    ridge: Annotated[float, Field(gt=0)] = 0.01


class ExpressionSettings(Model):
    """Genes of the worst group against the others: ``rg.tl.differential_expression``."""

    groupby: str | None = Field(None, description="Grouping; by default the combined groups, else those of a modality.")
    group: str = Field("worst", description="A group, or worst: the group of the highest hazard.")
    reference: str = Field("rest", description="A group, or rest: all others.")
    method: Literal["ttest", "welch", "wilcoxon", "limma_trend", "deseq2"] = "ttest"
    covariates: list[str] = Field(
        [], description="Clinical columns or groupings to adjust for; with limma_trend and deseq2."
    )
    fold_change: Annotated[float, Field(ge=1)] = 2.0
    alpha: Level = 0.05
    outcome: str | None = Field(
        None, description="Survival outcome that tells which group is worst; by default the first."
    )
    min_patients: Positive = 10
    min_events: Positive = 5
    apparent: bool | None = Field(None, description="Label of the p-values; by default found out.")

    @model_validator(mode="after")
    def _adjusted_by_models(self) -> ExpressionSettings:
        if self.covariates and self.method not in ("limma_trend", "deseq2"):
            raise ValueError("covariates with method: limma_trend or deseq2, and with no other")
        return self


class EnrichmentSettings(Model):
    """Gene sets of those genes: ``rg.tl.enrich``."""

    gene_sets: dict[str, PathText] = Field(
        min_length=1,
        description="GMT files by name of the collection; a path or a list of paths is named by its files.",
        json_schema_extra=_or_paths,
    )
    method: Literal["ora", "prerank"] = "ora"
    directions: list[Literal["up", "down", "all"]] = Field(["up", "down"], min_length=1)
    min_size: Positive = 5
    max_size: Positive = 500
    n_permutations: Annotated[int, Field(ge=100)] = 1000
    scores: Literal["ssgsea", "gsva"] | None = Field(
        None, description="Also score the sets in every patient, into obsm['gene_set_scores'] of modality rna."
    )

    @field_validator("gene_sets", mode="before")
    @classmethod
    def _named_by_file(cls, value: Any) -> Any:
        paths = [value] if isinstance(value, str) else value
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            return value
        names = [path.replace("\\", "/").rpartition("/")[2].removesuffix(".gz").removesuffix(".gmt") for path in paths]
        if len(set(names)) < len(names):
            raise ValueError("files of different names, or a block that names each collection")
        return dict(zip(names, paths, strict=True))


class CentroidsSettings(Model):
    """A classifier that tells the groups by few genes: ``rg.tl.shrunken_centroids``."""

    groupby: str | None = Field(None, description="Grouping; by default the groups of the modality.")
    modality: str = Field("rna", description="The modality that tells them.")
    threshold: Length | Literal["cv"] = Field("cv", description="By how much centroids are shrunken; cv: chosen.")
    n_thresholds: Annotated[int, Field(ge=2)] = 30
    rule: Literal["min_error", "one_se"] = Field(
        "min_error",
        description="Smallest cross-validated error, or the fewest genes within one standard error of it.",
    )
    priors: Literal["empirical", "uniform"] = "empirical"
    folds: Annotated[int, Field(ge=2)] = 10
    repeats: Positive = Field(5, description="Divisions into training folds, in which groups are made anew too.")


class ReportSettings(Model):
    """The report, with every table and figure: ``rg.report.write``."""

    title: str | None = None


class Steps(Model):
    """Steps by name; a step that is not named is not done."""

    check: Switch[CheckSettings] = None
    preprocess: Switch[PreprocessSettings] = None
    segment: Unavailable = None
    extract: Switch[ExtractSettings] = None
    autoencoder: Unavailable = None
    transfer: Unavailable = None
    quality: Switch[QualitySettings] = None
    normalise: Switch[NormaliseSettings] = None
    clean: Switch[dict[str, CleanSettings]] = None
    icc: Unavailable = None
    harmonise: Switch[dict[str, HarmoniseSettings]] = None
    cluster: Switch[dict[str, ClusterSettings]] = None
    integrate: Switch[IntegrateSettings] = None
    associate: Switch[AssociateSettings] = None
    correlate: Switch[CorrelateSettings] = None
    survival: Switch[SurvivalSettings] = None
    stepwise: Switch[StepwiseSettings] = None
    combined_cindex: Switch[CombinedCindexSettings] = None
    signature: Unavailable = None
    models: Unavailable = None
    evaluate: Unavailable = None
    nomogram: Unavailable = None
    expression: Switch[ExpressionSettings] = None
    enrichment: Switch[EnrichmentSettings] = None
    centroids: Switch[CentroidsSettings] = None
    report: Switch[ReportSettings] = None

    def named(self) -> dict[str, BaseModel | dict[str, BaseModel]]:
        """Settings of the steps that are switched on, in the order of the design."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}
