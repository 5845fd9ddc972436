"""Settings of the steps that group patients and relate groups and features."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Level, Positive, PositiveTime, Share, Switch


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


def _pair(value: list[str]) -> list[str]:
    if len(set(value)) < len(value):
        raise ValueError("different modalities")
    return value


#: Modalities whose groups are crossed.
Crossed: TypeAlias = Annotated[list[str], Field(min_length=2), AfterValidator(_pair)]
#: Joint groups by name; without an entry, step cluster crosses those of the modalities, autoencoders' left out.
CombineSettings: TypeAlias = Annotated[
    dict[str, Crossed],
    Field(
        min_length=1,
        description="Groups of these modalities are crossed, by the name of the result: rg.tl.combine_groups. The "
        "c-indices are those of each modality named here, and of each of these combinations. The genes of the worst "
        "group are those of the first, unless expression.groupby names another.",
    ),
]


class AssociateSettings(Model):
    """Groups against clinical variables and each other: ``rg.tl.associate``."""

    variables: list[str] = Field([], description="Clinical columns; features, as radiomics:NAME.")
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
