"""Settings of the steps on expression: its quality, its scale, the genes of a group."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas._step_fields import Length, Level, Positive, PositiveTime, Share, Switch


def _or_paths(schema: dict[str, Any]) -> None:
    block = {key: schema.pop(key) for key in ("type", "additionalProperties", "minProperties") if key in schema}
    schema["anyOf"] = [block, {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]


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


class ExpressionSettings(Model):
    """Genes of the worst group against the others: ``rg.tl.differential_expression``."""

    groupby: str | None = Field(
        None, description="Grouping; by default the (first) combined groups, else those of a modality."
    )
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
