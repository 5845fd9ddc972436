"""Settings of the steps that build prediction models and judge them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Level, Positive, PositiveTime, Share, Switch


def _several(value: Any) -> Any:
    """A single name stands for a list of one."""
    return [value] if isinstance(value, str) else value


Names: TypeAlias = Annotated[list[str], Field(min_length=1), BeforeValidator(_several)]
Selector: TypeAlias = Literal["univariate", "correlation", "mrmr", "lasso"]
Select: TypeAlias = Annotated[dict[Selector, dict[str, Any]], Field(min_length=1)]
Horizons: TypeAlias = PositiveTime | Annotated[list[PositiveTime], Field(min_length=1)] | None
Folds: TypeAlias = Annotated[int, Field(ge=2)]
Classifier: TypeAlias = Literal[
    "logistic_regression", "decision_tree", "random_forest", "extra_trees", "svm", "adaboost", "gradient_boosting"
]


class SignatureSettings(Model):
    """One signature, a linear score of few features by LASSO: ``rg.tl.signature``; written to models/NAME.json."""

    features: Names = Field(
        description="Modalities (radiomics), modalities of some sequences (radiomics@T1+T2), clinical columns."
    )
    outcome: str | None = Field(None, description="Binary or survival outcome; by default the first.")
    select: Select | None = Field(
        None, description="What is done before the LASSO, in this order: univariate, correlation, mrmr; with settings."
    )
    l1_ratio: Share = Field(1.0, description="1 is the LASSO; smaller is the elastic net.")
    rule: Literal["min", "1se"] = Field("min", description="Penalty of smallest deviance, or one standard error off.")
    inner_folds: Folds = Field(10, description="Folds that choose the penalty.")
    cut: Literal["median", "youden"] | float | None = Field(
        None, description="Of the groups high and low; by default youden of a binary outcome, median of survival."
    )
    folds: Folds | None = Field(
        None, description="Folds in which the whole chain is fitted anew and judged: 5, or those of an autoencoder."
    )
    repeats: Positive | None = Field(None, description="Divisions into folds: 5, or the one of an autoencoder.")
    horizons: Annotated[list[PositiveTime], Field(min_length=1)] | None = Field(
        None, description="Of survival: times by which the probability of an event is given."
    )
    n_resamples: Annotated[int, Field(ge=0)] = Field(100, description="Resamples that say how often a feature stays.")
    impute: Literal["median"] | None = Field(None, description="Fill missing values inside the training folds.")


class ModelsSettings(Model):
    """One comparison of classifiers: ``rg.tl.compare_models``."""

    feature_sets: Annotated[dict[str, Names], Field(min_length=1)] = Field(
        description="By name: modalities, modalities of some sequences, clinical columns."
    )
    outcome: str | None = Field(None, description="Binary outcome; by default the first.")
    classifiers: Annotated[list[Classifier], Field(min_length=1)] = Field(list(get_args(Classifier)))
    sampling: Annotated[list[Literal["none", "smote"]], Field(min_length=1), BeforeValidator(_several)] = Field(
        ["none", "smote"], description="smote: synthetic patients of the rarer class in the training folds."
    )
    sequences: Annotated[dict[str, Names], Field(min_length=1)] | None = Field(
        None, description="By name: sequences, crossed with the feature sets: {T1: [T1], both: [T1, T2]}."
    )
    select: Select | None = Field(None, description="univariate, correlation, mrmr, lasso, in this order.")
    tuning: bool | dict[Classifier, dict[str, list[Any]] | list[dict[str, Any]]] = Field(
        True, description="Settings are chosen by inner folds; or by classifier the values to try."
    )
    smote_neighbors: Positive = 5
    impute: Literal["median"] | None = Field(None, description="Fill missing values inside the training folds.")
    inner_folds: Folds = 5
    folds: Folds | None = Field(None, description="Folds that judge: 5, or those of an autoencoder.")
    repeats: Positive | None = Field(None, description="Divisions into folds: 1.")
    confidence: Level = 0.95


class LogisticSettings(Model):
    """One clinical model of a binary outcome: ``rg.tl.logistic``."""

    variables: Names = Field(description="Clinical columns; signatures of this study by name.")
    outcome: str | None = Field(None, description="Binary outcome; by default the first.")
    univariable: bool = True
    p_enter: Share | None = Field(0.1, description="Variables with a smaller p-value alone enter; null: all.")
    p_keep: Share | None = Field(0.05, description="Variables above are dropped, one by one; null: none.")
    keep: list[str] = Field([], description="Variables that stay whatever their p-values.")
    penalty: Literal["firth"] | None = None
    lasso: bool = Field(True, description="The LASSO of all variables beside it.")
    interval: Literal["profile", "wald"] = "profile"
    categorical: list[str] = Field([], description="Variables that are categories although they are numbers.")
    reference: dict[str, str] | None = Field(None, description="Reference category by variable.")
    folds: Folds = 5
    repeats: Positive = 5


class NomogramSettings(Model):
    """One nomogram: ``rg.tl.nomogram``; its model is written to models/NAME.json."""

    terms: Names = Field(description="Signatures of this study by name, their groups (NAME_group), clinical columns.")
    outcome: str | None = Field(None, description="Binary or survival outcome; by default the first.")
    horizons: Horizons = Field(None, description="Of survival; by default those of 1, 3 and 5 years that are reached.")
    apparent: bool = Field(
        False, description="Fit on the scores of signatures for the patients they learned from, as often published."
    )
    penalty: Literal["firth"] | None = None
    categorical: list[str] = Field([], description="Terms that are categories although they are numbers.")
    reference: dict[str, str] | None = Field(None, description="Reference category by term.")
    folds: Folds = 5
    repeats: Positive = 5


class DelongSettings(Model):
    """Areas under the ROC curve of every two models: ``rg.tl.delong``."""

    adjust: Literal["holm", "benjamini-hochberg"] = "holm"
    confidence: Level = 0.95


class CalibrateSettings(Model):
    """Predicted against observed: ``rg.tl.calibrate``."""

    horizons: Horizons = Field(None, description="Of survival; by default those of the models.")
    groups: Annotated[int, Field(ge=3)] | None = Field(None, description="By default 10; 5 of a survival outcome.")
    bootstrap: Annotated[int, Field(ge=100)] = 500
    confidence: Level = 0.95


class DecisionCurveSettings(Model):
    """Net benefit over the thresholds: ``rg.tl.decision_curve``."""

    horizons: Horizons = Field(None, description="Of survival; by default those of the models.")
    thresholds: Annotated[list[Level], Field(min_length=1)] | None = Field(None, description="By default 0.01 to 0.99.")
    bootstrap: Annotated[int, Field(ge=100)] = 500
    confidence: Level = 0.95


class TimeRocSettings(Model):
    """ROC curves at horizons: ``rg.tl.time_roc``."""

    horizons: Horizons = Field(None, description="By default those of the models.")
    every: PositiveTime | None = Field(None, description="Instead of horizons: all multiples of this time.")
    reference: str | None = Field(None, description="Model that the others are compared with; by default every two.")
    bootstrap: Annotated[int, Field(ge=100)] = 500
    confidence: Level = 0.95


class EvaluateSettings(Model):
    """Models judged together: ``rg.tl.evaluate``, and what is switched on of the functions beside it."""

    predictions: Names = Field(
        description="Signatures, comparisons of models, nomograms of this study by name; clinical columns that hold "
        "scores or probabilities."
    )
    models: Names | None = Field(None, description="Which of their models; by default all.")
    outcome: str | None = Field(None, description="By default the outcome that the models were made for.")
    threshold: Literal["youden"] | float = Field("youden", description="Of the probability; youden: each fit's own.")
    horizon: PositiveTime | None = Field(None, description="Of survival: time until which Uno's c counts events.")
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    confidence: Level = 0.95
    delong: Switch[DelongSettings] = None
    calibrate: Switch[CalibrateSettings] = None
    decision_curve: Switch[DecisionCurveSettings] = None
    time_roc: Switch[TimeRocSettings] = None
    curves: list[str] = Field(
        [],
        description="Columns of groups (NAME_group of a signature, clinical ones) whose survival curves are drawn.",
    )
    cindex: list[Names] = Field(
        [], description="Lists of columns (a signature's or nomogram's score, clinical columns) whose c-indices are "
        "compared, each column alone and all of a list together: rg.tl.combined_cindex."
    )  # fmt: skip
