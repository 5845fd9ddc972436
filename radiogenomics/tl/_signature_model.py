"""A signature as a formula, and as JSON with everything that is needed to compute it for a new patient."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._types import IntArray
from radiogenomics.tl._feature_sets import FeatureSet
from radiogenomics.tl._signature_fit import FittedSignature, Task


def formula_of(fitted: FittedSignature, scales: pd.DataFrame, *, digits: int = 6) -> str:
    """The rad-score as text, to be computed from the features as they were measured; the largest effect first.

    A feature whose transforms are no straight line stands as ``transformed(name)``.
    """
    effect = np.abs(fitted.coef * fitted.chain.x.std(axis=0))
    names = fitted.chain.names
    terms = [int(j) for j in np.argsort(-effect, kind="stable") if fitted.coef[j] != 0]
    rounding = 1e-12 * float(np.abs(fitted.coef).sum())
    text = f"rad-score = {fitted.intercept if abs(fitted.intercept) > rounding else 0.0:.{digits}g}"
    for j in terms:
        b, zero, per_unit = fitted.coef[j], float(scales["zero"].iloc[j]), float(scales["per_unit"].iloc[j])
        measured = f"transformed({names[j]})"
        if np.isfinite(zero) and np.isfinite(per_unit):
            b = b * per_unit
            # A zero far from 0 needs more digits than a coefficient: the difference is what counts.
            measured = f"({names[j]} {'+' if zero < 0 else '-'} {abs(zero):.10g})" if zero else names[j]
        text += f" {'-' if b < 0 else '+'} {abs(b):.{digits}g} * {measured}"
    return text


def model_of(fitted: FittedSignature, task: Task, scales: pd.DataFrame, training: IntArray) -> dict[str, Any]:
    """Terms, intercept, cut-off and baseline of the signature; ``score = intercept + sum of coefficient * value``.

    Of each term ``value = (measured - zero) * per_unit`` where both are told; where they are ``None`` the recorded
    transforms have to be applied as they were fitted.
    """
    terms = []
    levels = {v.name: v.levels for v in task.features.clinical}
    for j in np.flatnonzero(fitted.coef):
        column, scale = fitted.chain.columns[j], scales.iloc[int(j)]
        terms.append(
            {
                "name": column.name,
                "source": column.source,
                "feature": column.feature,
                "level": column.level,
                "levels": list(levels[column.feature] or ()) if column.level else None,
                "coefficient": float(fitted.coef[j]),
                **{name: _number(scale[name]) for name in ("zero", "per_unit", "low", "high", "mean", "sd")},
            }
        )
    return {
        "kind": fitted.kind,
        "outcome": task.target.name,
        "unit": task.target.unit,
        "intercept": fitted.intercept,
        "terms": terms,
        "cutoff": _number(fitted.cutoff),
        "threshold": _number(fitted.threshold),
        "horizons": list(task.horizons),
        "baseline_survival": fitted.baseline.tolist(),
        "patients": task.features.patients[training].tolist(),
    }


def pipeline_digests(features: FeatureSet) -> dict[str, str]:
    """Modality -> SHA-256 of its recorded transforms, by which a later change is noticed."""
    return {m.name: hashlib.sha256(m.pipeline.encode()).hexdigest() for m in features.modalities}


def _number(value: Any) -> float | None:
    """A number as JSON takes it: ``None`` of one that is none, or infinite."""
    return float(value) if np.isfinite(value) else None
