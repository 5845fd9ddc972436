"""Which radiomic features come out the same from automatic masks as from a reader's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.core.icc import FORMS, icc
from radiogenomics.im._extract_radiomics import extract_radiomics
from radiogenomics.im._manifest_rows import manifest_frame
from radiogenomics.im._mask_pairs import mask_pairs
from radiogenomics.schemas.radiomics import RadiomicsSettings

FEWEST = 3


@dataclass(frozen=True)
class MaskReproducibility:
    """Agreement of features between two masks of the same images.

    Attributes
    ----------
    features
        A row per feature: ``feature``, ``sequence``, ``image_type``, ``feature_class``, ``icc`` with its interval
        (``lower``, ``upper``), ``n`` patients and ``reproducible`` (above the threshold).
    classes
        A row per class of features: ``n_features``, ``n_reproducible``, ``share``, ``median_icc``, ``q1``, ``q3``.
    readings
        The features by reference and by automatic masks: what ``rg.ml.ICCFilter`` and ``rg.pp.filter_icc`` take as a
        design.
    left_out
        Patients without features from both masks, and why.
    """

    features: pd.DataFrame
    classes: pd.DataFrame
    readings: tuple[pd.DataFrame, pd.DataFrame]
    left_out: pd.DataFrame
    settings: dict[str, Any]


def mask_reproducibility(
    automatic: StrPath | pd.DataFrame,
    reference: StrPath | pd.DataFrame,
    *,
    settings: RadiomicsSettings | Mapping[str, Any] | str | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    sequences: Sequence[str] | None = None,
    form: str = "icc2",
    threshold: float = 0.75,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> MaskReproducibility:
    """Intraclass correlation of radiomic features between automatic and reference masks :cite:p:`Shrout1979,Koo2016`.

    A Dice that looks high can still move texture features; what a study may use of automatic masks is told by this.

    Parameters
    ----------
    automatic, reference
        Manifests, as of :func:`evaluate_masks`.
    settings
        Of the extraction, as of :func:`extract_radiomics`.
    reader, reading
        Which masks of the reference.
    sequences
        Sequences to use; by default those in both.
    form
        Which ICC: ``"icc1"``, ``"icc2"``, ``"icc3"`` or with ``k`` behind it (see :class:`radiogenomics.core.ICC`).
    threshold
        ICC above which a feature counts as reproducible.
    confidence
        Level of the intervals.
    n_jobs, cache_dir
        As of :func:`extract_radiomics`.

    Returns
    -------
    MaskReproducibility

    Raises
    ------
    InputError
        If arguments or manifests are at fault.
    DegenerateInputError
        If fewer than three patients have features from both masks.
    """
    if form not in FORMS:
        raise InputError("form", Fault(repr(form), f"one of {', '.join(FORMS)}"))
    pairs = mask_pairs(automatic, reference, reader=reader, reading=reading, sequences=sequences)
    both = {name[:2] for name in pairs.names}
    own, other = manifest_frame(automatic), manifest_frame(reference)
    wanted = {"settings": settings, "n_jobs": n_jobs, "cache_dir": cache_dir}
    made = extract_radiomics(_of(own, both), **wanted)  # type: ignore[arg-type]
    right = extract_radiomics(_of(other, both), reader=reader, reading=reading, **wanted)  # type: ignore[arg-type]
    first, second = (
        pd.DataFrame(a.X, index=a.obs_names.astype(str), columns=a.var_names.astype(str)) for a in (right, made)
    )
    patients = [p for p in first.index if p in second.index]
    if len(patients) < FEWEST:
        found = f"{len(patients)} patient(s) with features from both masks"
        raise DegenerateInputError("mask_reproducibility", Fault(found, f"{FEWEST} or more"))
    columns = [c for c in first if c in second]
    first, second = first.loc[patients, columns], second.loc[patients, columns]
    stack = np.stack([first.to_numpy(dtype=float).T, second.to_numpy(dtype=float).T], axis=2)
    stack[~np.isfinite(stack)] = np.nan
    value = icc(stack, confidence=confidence)
    one = getattr(value, form)
    about = right.var.loc[columns, ["sequence", "image_type", "feature_class", "feature"]].astype(str)
    features = about.assign(
        name=columns, icc=one.value, lower=one.lower, upper=one.upper, n=value.n_patients,
        reproducible=(one.value > threshold) & (value.n_patients >= FEWEST),
    ).reset_index(drop=True)  # fmt: skip
    lost = [(p, "no features from the automatic mask") for p in first_names(right) if p not in set(second.index)]
    lost += [(p, "no features from the reference mask") for p in first_names(made) if p not in set(first.index)]
    lost += [(str(row[0]), str(row[-1])) for row in pairs.left_out.itertuples(index=False, name=None)]
    lost += [(name[0], message) for name, message in pairs.failed]
    return MaskReproducibility(
        features, _classes(features), (first, second), pd.DataFrame(lost, columns=[PATIENT, "reason"], dtype=object),
        {"form": form, "threshold": threshold, "confidence": confidence, "reader": reader, "reading": reading,
         "n_patients": len(patients)},
    )  # fmt: skip


def first_names(data: Any) -> list[str]:
    """Patients of a feature table."""
    return [str(p) for p in data.obs_names]


def _of(table: pd.DataFrame, both: set[tuple[str, ...]]) -> pd.DataFrame:
    """Rows of images that have both masks."""
    keep = [pair in both for pair in table[[PATIENT, "sequence"]].itertuples(index=False, name=None)]
    return table[keep].reset_index(drop=True)


def _classes(features: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, own in features.groupby("feature_class", sort=False):
        known = own["icc"].dropna()
        q1, median, q3 = np.percentile(known, [25, 50, 75]) if len(known) else (np.nan,) * 3
        n = int(own["reproducible"].sum())
        rows.append({"feature_class": str(name), "n_features": len(own), "n_reproducible": n, "share": n / len(own),
                     "median_icc": median, "q1": q1, "q3": q3})  # fmt: skip
    return pd.DataFrame(rows)
