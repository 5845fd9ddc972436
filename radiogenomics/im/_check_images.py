"""Quality control of images and masks: one row per case, what is unusual in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import ndimage

from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._types import BoolArray, StrPath
from radiogenomics.im._case import Case, Failure, Steps
from radiogenomics.im._clean_masks import component_sizes
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._derived import case_rows, read_case
from radiogenomics.im._itk import quiet_single_thread

if TYPE_CHECKING:
    from SimpleITK import Image

#: Robust z beyond which a value is an outlier (Iglewicz and Hoaglin).
OUTLYING = 3.5
#: A cohort that hardly varies makes outliers of trifles; differences below this share of the median are none.
TRIFLING = 0.05
FEW_VOXELS = 64
#: A property this share of the other cases has too is a protocol of its own and no outlier.
SECOND_PROTOCOL = 0.1
#: Properties of the protocol that are compared with the cohort, and what they are called.
_COMPARED = {
    "spacing_x": "spacing x", "spacing_y": "spacing y", "spacing_z": "spacing z",
    "extent_x": "field of view x", "extent_y": "field of view y", "extent_z": "field of view z",
    "intensity_median": "median intensity", "intensity_high": "99th percentile of intensity",
    "tumour_mean": "mean intensity of the tumour",
}  # fmt: skip
_SIDES = (("x", "first", "last"), ("y", "first", "last"), ("z", "first", "last"))


def check(
    manifest: StrPath | pd.DataFrame, *, sequences: Sequence[str] | None = None, n_jobs: int | None = None
) -> pd.DataFrame:
    """Look at every image and mask of a manifest: one row per case, with what is unusual about it in words.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    sequences
        Sequences to look at; by default all.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    In the manifest's order: ``patient_id``, ``sequence``, ``reader``; ``size_*`` (voxels), ``spacing_*`` and
    ``extent_*`` (mm) of the image; ``intensity_low``, ``_median``, ``_high`` (percentiles 1, 50, 99 of the image) and
    ``tumour_low``, ``_mean``, ``_high`` (least, mean, greatest inside the mask); of the mask ``voxels``,
    ``volume_ml``, ``slices`` and ``slice_share`` (slices of the image that it reaches), ``components``,
    ``largest_share`` (of the voxels, in the largest component), ``holes`` (enclosed voxels), ``touches_border``
    (``x first``, ``z last`` ...); ``z_*``: robust z within the sequence (difference from the median over 1.4826 times
    the median absolute deviation :cite:p:`Iglewicz1993`; NaN for what is unlike the others where those are all
    alike); ``remarks``: what is unusual, in words; what a
    tenth of the others have too where most have something else (the voxel spacing of a second scanner) is not remarked
    on. A case that cannot be read has nothing but its remark.

    Raises
    ------
    InputError
        If the manifest is at fault.
    """
    table, cases = case_rows(manifest, sequences)
    found = parallel_map(_look, [(c,) for c in cases], n_jobs=n_jobs, description="Checking images")
    rows = []
    for case, row, result in zip(cases, table.to_dict("records"), found, strict=True):
        reader = row.get("reader")
        about = {PATIENT: case.patient_id, "sequence": case.sequence,
                 "reader": "" if reader is None or pd.isna(reader) else str(reader)}  # fmt: skip
        rows.append({**about, **({"failure": result.message} if isinstance(result, Failure) else result)})
    checked = pd.DataFrame(rows)
    failure = checked.pop("failure") if "failure" in checked else pd.Series(None, index=checked.index, dtype=object)
    for name in _COMPARED:
        values = checked[name] if name in checked else pd.Series(np.nan, index=checked.index)
        checked[f"z_{name}"] = values.groupby(checked["sequence"]).transform(robust_z)
    names, by_sequence = [c for c in _COMPARED if c in checked], checked.groupby("sequence")
    median = by_sequence[names].transform("median")
    alike = pd.DataFrame({name: by_sequence[name].transform(_share_alike) for name in names})
    checked["remarks"] = [
        f"cannot be used: {failure[i]}" if isinstance(failure[i], str)
        else "; ".join(_of_the_mask(checked.loc[i]) + _of_the_protocol(checked.loc[i], median.loc[i], alike.loc[i]))
        for i in checked.index
    ]  # fmt: skip
    infinite = [f"z_{name}" for name in _COMPARED]
    checked[infinite] = checked[infinite].replace(
        [np.inf, -np.inf], np.nan
    )  # no spread to measure by: the remark says it
    return checked


def robust_z(values: pd.Series) -> pd.Series:
    """Differences from the median in robust standard deviations; infinite where all others are the same."""
    off = values - values.median()
    spread = 1.4826 * off.abs().median()
    scaled = off / spread if spread > 0 else np.sign(off) * np.where(off != 0, np.inf, 0.0)
    trifling = off.abs() <= TRIFLING * abs(values.median())
    return scaled.where(~trifling | (scaled.abs() <= OUTLYING), np.sign(off) * OUTLYING)


def _look(case: Case) -> dict[str, Any] | Failure:
    steps = Steps()
    try:
        with quiet_single_thread():
            return _facts(*read_case(case, steps))
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _facts(image: Image, mask: Image) -> dict[str, Any]:
    sitk = optional_import("SimpleITK", needed_for="images")
    values = sitk.GetArrayViewFromImage(image)
    inside = sitk.GetArrayViewFromImage(mask) != 0
    facts: dict[str, Any] = {}
    for axis, n, mm in zip("xyz", image.GetSize(), image.GetSpacing(), strict=True):
        facts |= {f"size_{axis}": int(n), f"spacing_{axis}": float(mm), f"extent_{axis}": float(n * mm)}
    low, median, high = (float(p) for p in np.percentile(values, [1, 50, 99]))
    tumour = values[inside]
    part = sitk.GetArrayFromImage(bounding_box(mask).cut(mask)) != 0
    sizes = component_sizes(part)
    slices = int(inside.any(axis=(1, 2)).sum())
    return facts | {
        "intensity_low": low, "intensity_median": median, "intensity_high": high,
        "tumour_low": float(tumour.min()), "tumour_mean": float(tumour.mean()), "tumour_high": float(tumour.max()),
        "voxels": int(inside.sum()), "volume_ml": float(inside.sum() * np.prod(image.GetSpacing()) / 1000),
        "slices": slices, "slice_share": slices / len(inside), "components": len(sizes),
        "largest_share": sizes[0] / sum(sizes), "holes": int((ndimage.binary_fill_holes(part) & ~part).sum()),
        "touches_border": ", ".join(_touched(inside)),
    }  # fmt: skip


def _touched(inside: BoolArray) -> list[str]:
    """Sides of the image that the region reaches."""
    found = []
    for axis, (name, first, last) in zip((2, 1, 0), _SIDES, strict=True):
        planes = np.moveaxis(inside, axis, 0)
        found += [f"{name} {side}" for side, plane in ((first, planes[0]), (last, planes[-1])) if plane.any()]
    return found


def _share_alike(values: pd.Series) -> pd.Series:
    """Share of the others that have the same value within 1 %."""
    known = values.to_numpy(dtype=float)
    same = np.isclose(known[:, None], known[None, :], rtol=0.01, atol=0).sum(axis=1) - 1
    return pd.Series(same / max(int(np.isfinite(known).sum()) - 1, 1), index=values.index)


def _of_the_mask(row: pd.Series) -> list[str]:
    said = []
    if row["voxels"] < FEW_VOXELS:
        said.append(f"only {int(row['voxels'])} voxels in the mask")
    if row["slices"] == 1:
        said.append("the mask lies in one slice")
    if row["components"] > 1:
        apart = round(row["voxels"] * (1 - row["largest_share"]))
        said.append(f"{int(row['components'])} separate parts, {apart} of {int(row['voxels'])} voxels off the largest")
    if row["holes"]:
        said.append(f"holes of {int(row['holes'])} voxels in the mask")
    if row["touches_border"]:
        said.append(f"the mask touches the image's border ({row['touches_border']})")
    if row["tumour_low"] == row["tumour_high"]:
        said.append("the same intensity everywhere in the mask")
    return said


def _of_the_protocol(row: pd.Series, median: pd.Series, alike: pd.Series) -> list[str]:
    """Values unlike the cohort's; what a tenth of the cohort has too is a second protocol and no outlier."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, words in _COMPARED.items():
        z = row[f"z_{name}"]
        if abs(z) <= OUTLYING or pd.isna(z) or (np.isinf(z) and alike[name] >= SECOND_PROTOCOL):
            continue
        unit = " mm" if name.startswith(("spacing", "extent")) else ""
        usual = f"most others have {median[name]:.4g}" if np.isinf(z) else f"median of all {median[name]:.4g}, "
        usual += unit if np.isinf(z) else f"robust z {z:+.1f}"
        what, _, axis = words.rpartition(" ") if unit else (words, "", "")
        said.setdefault((what, f"{row[name]:.4g}{unit} ({usual})"), []).append(axis)
    return [f"{what}{' ' * any(axes)}{' and '.join(filter(None, axes))} {text}" for (what, text), axes in said.items()]
