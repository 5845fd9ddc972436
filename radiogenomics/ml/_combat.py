"""ComBat: batch effects learned from training patients and removed from others."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._cohort import group_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.combat import BatchEffect, fit_combat
from radiogenomics.ml._combat_design import Design
from radiogenomics.ml._matrix import feature_names, matrix_of, one_of

UNSEEN = ("error", "reference", "transductive")


class ComBat(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Harmonise batches (scanners, centres, sequencing runs) by empirical Bayes :cite:p:`Johnson2007`.

    Offsets and variances of each feature in each batch are shrunken towards those of the other features in that batch,
    and taken out; the effects of `covariates` are kept. On the patients it was fitted on, the numbers are those of
    ``sva::ComBat``.

    Parameters
    ----------
    parametric
        Normal and inverse gamma priors; otherwise the estimates of the other features serve as prior.
    mean_only
        Remove offsets, leave variances; needed where a batch has one patient.
    reference_batch
        Batch to which the others are brought; its values stay.
    unseen
        What becomes of patients of a batch without training patients. ``error``: they are refused. ``reference``: they
        are left as they are, as if measured like the reference batch. ``transductive``: the effect of their batch is
        estimated from themselves (from their features; no outcome is read), with the center, scale and covariate
        effects of the training patients. It then depends on who else of that batch is transformed with them. The
        training patients may then be all of `reference_batch`: one centre teaches, and another one is brought to it.

    Attributes
    ----------
    fit_ : radiogenomics.core.ComBatFit
        Effects of the batches, center and scale.
    adjusted_
        (n_features,) bool; features without spread in a batch of two or more patients are left as they are.
    """

    def __init__(
        self,
        parametric: bool = True,
        mean_only: bool = False,
        reference_batch: str | None = None,
        unseen: str = "error",
    ) -> None:
        self.parametric = parametric
        self.mean_only = mean_only
        self.reference_batch = reference_batch
        self.unseen = unseen

    def fit(self, X: Any, y: Any = None, *, batch: Any = None, covariates: Any = None) -> Self:
        """Learn from ``X`` (n_patients, n_features), NaN where missing.

        Parameters
        ----------
        X
            Features on a scale where batch effects add up (log2 expression, radiomic features).
        y
            Not used.
        batch
            (n_patients,) label of each patient's batch.
        covariates
            (n_patients, n_covariates) numbers, or a DataFrame of numbers and categories, whose effects are kept.
        """
        one_of(self, "unseen", UNSEEN)
        if self.unseen == "reference" and self.reference_batch is None:
            raise InputError("ComBat", Fault("unseen='reference' without one", "reference_batch"))
        x = matrix_of(self, X, reset=True)
        labels = _labels(batch, len(x))
        self._refuse_one_batch(labels)
        self.design_ = Design.of(covariates, len(x))
        self.design_.refuse_confounded(labels)
        self.fit_ = fit_combat(
            x, labels, self.design_.matrix(covariates, len(x)), parametric=self.parametric, mean_only=self.mean_only,
            reference=None if self.reference_batch is None else group_name(self.reference_batch),
            names=feature_names(self, x.shape[1]),
        )  # fmt: skip
        self.adjusted_: BoolArray = self.fit_.adjusted
        return self

    def _refuse_one_batch(self, labels: Any) -> None:
        """One batch teaches something only where others will be brought to it."""
        name = str(labels[0])
        if (labels != name).any() or (self.reference_batch is not None and self.unseen == "transductive"):
            return
        raise DegenerateInputError(
            "ComBat",
            f"one batch ({name!r}) among the training patients; there is nothing to harmonise. To bring patients of "
            f"another one to it, give it as the reference, and unseen='transductive'",
        )

    def transform(self, X: Any, *, batch: Any = None, covariates: Any = None) -> FloatArray:
        """``X`` (n_patients, n_features) without the effects of their batches; missing values stay missing."""
        check_is_fitted(self, "fit_")
        x = matrix_of(self, X, reset=False)
        effects = self.batch_effects(X, batch=batch, covariates=covariates)
        labels, design = _labels(batch, len(x)), self.design_.matrix(covariates, len(x))
        out = x.copy()
        for name, effect in effects.items():
            own = labels == name
            if effect is not None and name != self.fit_.reference:
                out[own] = self.fit_.adjust(x[own], effect, design[own])
        return out

    def fit_transform(self, X: Any, y: Any = None, *, batch: Any = None, covariates: Any = None) -> FloatArray:
        """:meth:`fit`, then :meth:`transform`."""
        given = {"batch": batch, "covariates": covariates}
        return self.fit(X, **given).transform(X, **given)

    def batch_effects(self, X: Any, *, batch: Any = None, covariates: Any = None) -> dict[str, BatchEffect | None]:
        """What is taken out of each batch among these patients, by label; ``None`` where they are left as they are."""
        check_is_fitted(self, "fit_")
        x = matrix_of(self, X, reset=False)
        labels, design = _labels(batch, len(x)), self.design_.matrix(covariates, len(x))
        known = self.fit_.batches
        present = [str(name) for name in np.unique(labels)]
        strange = [name for name in present if name not in known]
        if strange and self.unseen == "error":
            hint = (
                "Give unseen='transductive' to estimate their effects from their own patients"
                + (", or unseen='reference' to leave them as they are" if self.fit_.reference is not None else "")
            )  # fmt: skip
            found = f"{int(np.isin(labels, strange).sum())} patient(s) of batch(es) {', '.join(map(repr, strange))}"
            raise InputError(
                "batch", Fault(found, f"batches of the training patients ({', '.join(map(repr, known))})", hint=hint)
            )
        effects: dict[str, BatchEffect | None] = {name: known[name] for name in present if name in known}
        for name in strange:
            own = labels == name
            try:
                effects[name] = self.fit_.effect_of(x[own], design[own]) if self.unseen == "transductive" else None
            except DegenerateInputError as error:
                raise DegenerateInputError(f"batch {name!r}", str(error).removeprefix("ComBat: ")) from error
        return effects

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _labels(batch: Any, n: int) -> Any:
    """Batch of each patient as text; nobody may be without one."""
    if batch is None:
        raise InputError("batch", Fault("none", f"{n} labels, one per patient"))
    labels = pd.Series(np.asarray(batch, dtype=object))
    if len(labels) != n:
        raise InputError("batch", Fault(f"{len(labels)} labels", f"{n}, one per patient"))
    if labels.isna().any():
        hint = "Give them one (their own, if it is not known which), or leave them out"
        raise InputError(
            "batch", Fault(f"{int(labels.isna().sum())} patient(s) without one", "a batch each", hint=hint)
        )
    return labels.map(group_name).to_numpy(dtype=str)
