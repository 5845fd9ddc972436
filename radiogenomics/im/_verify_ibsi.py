"""The proof against the IBSI's phantoms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.im._case import Case, Failure, extract_case
from radiogenomics.im._catalogue import ORIGINAL, Feature, features
from radiogenomics.schemas.radiomics import ALL_CLASSES, PYRADIOMICS_CLASSES, Aggregation, radiomics_settings

_CT: dict[str, Any] = {"round_intensities": True}
# The manual's image-processing configurations, in this package's settings.
CONFIGURATIONS: Mapping[str, Mapping[str, Any]] = {
    "digital_phantom": {"bin_width": 1.0, "round_intensities": True},
    "ct_phantom_config_a": {**_CT, "resegment_range": (-500, 400), "bin_width": 25},
    "ct_phantom_config_b": {**_CT, "resegment_range": (-500, 400), "bin_count": 32, "spacing": (2, 2, 0),
                            "interpolator": "linear"},
    "ct_phantom_config_c": {**_CT, "resegment_range": (-1000, 400), "bin_width": 25, "spacing": (2, 2, 2),
                            "interpolator": "linear", "ivh_bin_width": 2.5},
    "ct_phantom_config_d": {**_CT, "resegment_sigma": 3, "bin_count": 32, "spacing": (2, 2, 2),
                            "interpolator": "linear"},
    "ct_phantom_config_e": {**_CT, "resegment_range": (-1000, 400), "resegment_sigma": 3, "bin_count": 32,
                            "spacing": (2, 2, 2), "interpolator": "bspline", "ivh_bin_count": 1000},
}  # fmt: skip
_FLAT: tuple[Aggregation, ...] = ("2d_avg", "2d_s_mrg", "2.5d_d_mrg", "2.5d_v_mrg")
_SPACE: tuple[Aggregation, ...] = ("3d_avg", "3d_v_mrg")
AGGREGATIONS: Mapping[str, tuple[Aggregation, ...]] = {
    "digital_phantom": _FLAT + _SPACE,
    "ct_phantom_config_a": _FLAT,
    "ct_phantom_config_b": _FLAT,
    **{f"ct_phantom_config_{c}": _SPACE for c in "cde"},
}
# Those that PyRadiomics has; the second is its force2D.
_OF_PYRADIOMICS = ("3d_avg", "2.5d_d_mrg")
_AGGREGATED = ("glcm", "glrlm", "glszm", "gldzm", "gldm", "ngtdm")


def verify_ibsi(folder: StrPath, *, ibsi: Literal["correct", "pyradiomics"] = "correct") -> pd.DataFrame:
    """Compare features of the IBSI's phantoms with the published reference values :cite:p:`Zwanenburg2020`.

    Parameters
    ----------
    folder
        The digital and the CT phantom (``digital_phantom_image.nii.gz``, ``..._mask.nii.gz``, ``ct_phantom_...``) and
        ``reference_values.csv`` (``dataset``, ``feature``, ``reference``, ``tolerance``).
    ibsi
        Whose values: ``"correct"``, this package's, or ``"pyradiomics"``, those that PyRadiomics has.

    Returns
    -------
    A row for each reference value of a feature that is computed: ``dataset``, ``feature_class``, ``feature``,
    ``ibsi_id``, ``aggregation`` (empty where it plays no part), ``value``, ``reference``, ``tolerance``, ``agrees``:
    whether the value, rounded to the three significant digits the references have, lies within the tolerance.
    ``attrs["without"]``: the reference values (``dataset``, ``feature``) of features that are not computed.

    Raises
    ------
    InputError
        If a file is missing or a phantom cannot be used.
    """
    where = Path(folder)
    file = where / "reference_values.csv"
    if not file.exists():
        raise InputError(str(file), Fault("no such file", "the IBSI's reference values"))
    references = pd.read_csv(file)
    references["tag"] = references["feature"].str.replace(r"_fb[sn]_[wn][\d.]+$", "", regex=True)
    found = [
        row
        for dataset in CONFIGURATIONS
        for i, aggregation in enumerate(a for a in AGGREGATIONS[dataset] if ibsi == "correct" or a in _OF_PYRADIOMICS)
        for row in _values(where, dataset, aggregation, ibsi, texture_only=i > 0)
    ]
    # Entropy and uniformity of the histogram are features of two families.
    values = pd.DataFrame(found).drop_duplicates(["dataset", "tag"])
    table = values.merge(references, on=["dataset", "tag"], suffixes=("", "_tag"), validate="one_to_one")
    table["agrees"] = _agree(table["value"], table["reference"], table["tolerance"])
    missing = references.merge(values[["dataset", "tag"]], how="left", indicator=True)
    columns = ["dataset", "feature_class", "feature", "ibsi_id", "aggregation", "value", "reference", "tolerance",
               "agrees"]  # fmt: skip
    result = table[columns].reset_index(drop=True)
    result.attrs["without"] = missing.loc[missing["_merge"] == "left_only", ["dataset", "feature"]]
    return result


def _values(
    folder: Path, dataset: str, aggregation: Aggregation, ibsi: str, *, texture_only: bool
) -> list[dict[str, Any]]:
    """Every feature of a phantom under one configuration, or those that the aggregation bears on."""
    correct = ibsi == "correct"
    families = [f for f in (ALL_CLASSES if correct else PYRADIOMICS_CLASSES) if not texture_only or f in _AGGREGATED]
    given = {**CONFIGURATIONS[dataset], "aggregation": aggregation, "ibsi": ibsi, "feature_classes": families,
             "feature_set": "ibsi" if correct else "pyradiomics"}  # fmt: skip
    phantom = "digital_phantom" if dataset == "digital_phantom" else "ct_phantom"
    image, mask = (str(folder / f"{phantom}_{part}.nii.gz") for part in ("image", "mask"))
    result = extract_case(Case(phantom, "phantom", image, mask), radiomics_settings(given))
    if isinstance(result, Failure):
        raise InputError(f"{phantom} at {result.step}", result.message)
    rows = []
    for feature in features():
        name = f"{ORIGINAL}_{feature.family}_{feature.name}"
        if feature.ibsi_id and name in result.features:
            tag, part = _tag(feature, aggregation)
            rows.append({"dataset": dataset, "tag": tag, "feature_class": feature.family, "feature": feature.name,
                         "ibsi_id": feature.ibsi_id, "aggregation": part, "value": result.features[name]})  # fmt: skip
    return rows


def _tag(feature: Feature, aggregation: Aggregation) -> tuple[str, str]:
    """The feature's name in the table of reference values, and the part of the aggregation that bears on it."""
    dimension = aggregation.split("_")[0]
    inserted, part = {
        "glcm": ("_d1", aggregation),
        "glrlm": ("", aggregation),
        "glszm": ("", dimension),
        "gldzm": ("", dimension),
        "ngtdm": ("", dimension),
        "gldm": ("_d1_a0.0", dimension),
    }.get(feature.family, ("", ""))
    return feature.reference + inserted + (f"_{part}" if part else ""), part


def _agree(value: pd.Series, reference: pd.Series, tolerance: pd.Series) -> pd.Series:
    rounded = value.map(lambda v: float(f"{v:.3g}"))
    # The last digit of a decimal number is not exact in binary.
    return (rounded - reference).abs() <= tolerance + 1e-9 * np.maximum(reference.abs(), tolerance)
