"""Settings of the steps that relate groups and variables to survival."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Length, Level, PositiveTime


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

    groups: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="Modalities whose groups are chosen from; by default all that were grouped."
    )
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
    folds: Annotated[int, Field(ge=2)] | None = Field(
        None, description="5; of groups of an autoencoder's features, made again: those of the encoder."
    )
    repeats: Annotated[int, Field(ge=2)] | None = Field(None, description="20; with the encoder's folds, 1.")
    bootstrap: Annotated[int, Field(ge=2)] = 1000
    confidence: Level = 0.95
    refit_groups: bool = Field(False, description="Form the groups anew in every training fold.")
    ridge: Annotated[float, Field(gt=0)] = 0.01
