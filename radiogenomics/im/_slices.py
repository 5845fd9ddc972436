"""Slices through the tumour, centred on it, all of one size in pixels and scaled to [0, 1]."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter, map_coordinates

from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._types import BoolArray, FloatArray, IntArray, StrPath
from radiogenomics.im._cache import content_hash, entry_key, read_arrays, write_arrays
from radiogenomics.im._case import Case, Failure, Steps, checked_pair, told
from radiogenomics.im._crop import bounding_box, margin_box
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.schemas.deep import SliceSettings

FEWEST_VOXELS = 16
PLANES = ("axial", "coronal", "sagittal")
_CUT_SHARE = 0.02  # of a tumour's area in a slice that may lie beyond the slice's border without a warning


@dataclass(frozen=True)
class Slices:
    """Slices of many patients.

    Attributes
    ----------
    images
        (n, size, size) float32 intensities in [0, 1], the whole field of view, whatever the use of the mask.
    masks
        (n, size, size) tumour.
    table
        A row per slice: ``patient_id``, ``row`` (of the feature table), ``sequence``, ``plane``, ``position`` (index
        along the plane's normal), ``area_mm2`` of the tumour, ``field_of_view_mm``, ``cut_share`` (of the tumour's area
        beyond the border).
    failures
        ``patient_id``, ``sequence``, ``step``, ``error``, ``message``.
    settings
        As used: with the field of view in mm unless it is each tumour's own.
    """

    images: FloatArray
    masks: BoolArray
    table: pd.DataFrame
    failures: pd.DataFrame
    settings: SliceSettings

    def inputs(self) -> FloatArray:
        """(n, channels, size, size) what a network sees: the mask multiplied, as second channel, or left out."""
        if self.settings.mask == "multiply":
            return (self.images * self.masks)[:, None]
        if self.settings.mask == "channel":
            return np.stack([self.images, self.masks.astype(self.images.dtype)], axis=1)
        return self.images[:, None]

    def of(self, patients: Sequence[str]) -> Slices:
        """Those of some patients."""
        return self.take(np.flatnonzero(self.table[PATIENT].isin(list(patients))))

    def take(self, rows: IntArray) -> Slices:
        """Some slices, by position."""
        return replace(
            self, images=self.images[rows], masks=self.masks[rows], table=self.table.iloc[rows].reset_index(drop=True)
        )


def prepare_slices(
    cases: Sequence[Case],
    settings: SliceSettings,
    *,
    measured: Sequence[str] | None = None,
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> Slices:
    """Slices of all cases, kept on disk where a folder is named.

    Parameters
    ----------
    cases
        Images and masks.
    settings
        How slices are cut.
    measured
        Patients whose tumours decide on the field of view ``"cohort"``; by default all.
    n_jobs
        Workers.
    cache_dir
        Folder for the slices of each case.

    Warns
    -----
    RadiogenomicsWarning
        If cases fail, or tumours are larger than the field of view: what lies beyond it is cut off.

    Raises
    ------
    InputError
        If every case fails.
    """
    optional_import("SimpleITK", needed_for="slices of images")
    if settings.field_of_view == "cohort":
        settings = settings.model_copy(update={"field_of_view": _cohort_view(cases, settings, measured, n_jobs)})
    cache = None if cache_dir is None else Path(cache_dir)
    results = parallel_map(
        _kept_slices, [(case, settings, cache) for case in cases], n_jobs=n_jobs, description="Slicing"
    )
    failures = pd.DataFrame(
        [
            (c.patient_id, c.sequence, r.step, r.error, r.message)
            for c, r in zip(cases, results, strict=True)
            if isinstance(r, Failure)
        ],
        columns=[PATIENT, "sequence", "step", "error", "message"],
        dtype=object,
    )
    done = [(c, r) for c, r in zip(cases, results, strict=True) if not isinstance(r, Failure)]
    rows = failures[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None)
    if not done:
        raise InputError("images", f"all {len(failures)} cases failed:\n{told(rows)}")
    if len(failures):
        warnings.warn(f"{len(failures)} case(s) have no slices:\n{told(rows)}", RadiogenomicsWarning, stacklevel=2)
    owners = [{PATIENT: c.patient_id, "row": c.row or c.patient_id, "sequence": c.sequence} for c, _ in done]
    table = pd.concat([r[2].assign(**own) for (_, r), own in zip(done, owners, strict=True)])
    table = table[[PATIENT, "row", "sequence", "plane", "position", "area_mm2", "field_of_view_mm", "cut_share"]]
    slices = Slices(
        np.concatenate([r[0] for _, r in done]), np.concatenate([r[1] for _, r in done]),
        table.reset_index(drop=True), failures, settings,
    )  # fmt: skip
    _warn_of_cut(slices.table)
    return slices


def _cohort_view(
    cases: Sequence[Case], settings: SliceSettings, measured: Sequence[str] | None, n_jobs: int | None
) -> float:
    """Side in mm that holds the tumours with their margin, rounded up to whole millimetres."""
    wanted = None if measured is None else set(measured)
    asked = [(case, settings) for case in cases if wanted is None or case.patient_id in wanted]
    extents = [e for e in parallel_map(_extent, asked, n_jobs=n_jobs, description="Measuring") if e is not None]
    if not extents:
        raise InputError("images", "no case has a tumour that can be measured; rg.im.check tells why")
    return float(np.ceil(max(extents) + 2 * settings.margin))


def _extent(case: Case, settings: SliceSettings) -> float | None:
    """Largest side in mm of the tumour's box in the slices chosen; ``None`` if the case cannot be read."""
    try:
        with quiet_single_thread():
            image, mask, _ = checked_pair(case, FEWEST_VOXELS, Steps())
            sitk = optional_import("SimpleITK", needed_for="slices of images")
            marked = sitk.GetArrayViewFromImage(mask) != 0
            spacing = tuple(reversed(image.GetSpacing()))
            return max(_box(marked, spacing, axis, at)[1] for axis, at in _chosen(marked, settings))
    except Exception:  # the same fault fails the case again when its slices are cut, and is reported there
        return None


def _kept_slices(
    case: Case, settings: SliceSettings, cache: Path | None
) -> tuple[FloatArray, BoolArray, pd.DataFrame] | Failure:
    steps = Steps()
    try:
        with quiet_single_thread():
            path = None if cache is None else cache / f"{_key(case, settings)}.npz"
            kept = None if path is None else read_arrays(path)
            if kept is None:
                kept = _cut(case, settings, steps)
                if path is not None:
                    steps.enter("cache")
                    write_arrays(path, kept)
            return (
                kept["images"],
                kept["masks"].astype(bool),
                pd.DataFrame({k: v for k, v in kept.items() if k not in ("images", "masks")}),
            )
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _key(case: Case, settings: SliceSettings) -> str:
    view = settings.model_dump(mode="json", exclude={"mask"})  # its use comes later
    return entry_key("slices", content_hash(Path(case.image)), content_hash(Path(case.mask)), case.choices, view)


def _cut(case: Case, settings: SliceSettings, steps: Steps) -> dict[str, Any]:
    """Arrays of one case by name."""
    image, mask, _ = checked_pair(case, FEWEST_VOXELS, steps)
    steps.enter("slices")
    sitk = optional_import("SimpleITK", needed_for="slices of images")
    values = sitk.GetArrayFromImage(image).astype(np.float32)
    marked = sitk.GetArrayFromImage(mask) != 0
    around = margin_box(bounding_box(mask), image.GetSize(), image.GetSpacing(), settings.margin).cut(image)
    low, high = np.percentile(sitk.GetArrayViewFromImage(around), settings.percentiles)
    if not high > low:
        raise DegenerateInputError(case.image, Fault(f"one intensity ({low:g}) around the tumour", "an image"))
    values = np.clip((values - low) / (high - low), 0, 1)
    spacing = tuple(reversed(image.GetSpacing()))
    out: dict[str, list[Any]] = {
        name: [] for name in ("images", "masks", "plane", "position", "area_mm2", "field_of_view_mm", "cut_share")
    }
    for axis, at in _chosen(marked, settings):
        pixel = tuple(s for a, s in enumerate(spacing) if a != axis)
        centre, extent = _box(marked, spacing, axis, at)
        view = extent + 2 * settings.margin if settings.field_of_view == "tumour" else float(settings.field_of_view)
        tumour = marked.take(at, axis)
        area = float(tumour.sum() * pixel[0] * pixel[1])
        seen = _sampled(tumour.astype(np.float32), centre, pixel, view, settings.size, smooth=False) >= 0.5
        out["images"].append(_sampled(values.take(at, axis), centre, pixel, view, settings.size, smooth=True))
        out["masks"].append(seen)
        out["plane"].append(PLANES[axis])
        out["position"].append(at)
        out["area_mm2"].append(area)
        out["field_of_view_mm"].append(view)
        out["cut_share"].append(_beyond(tumour, centre, pixel, view))
    arrays = {name: np.array(value) for name, value in out.items()}
    return {**arrays, "images": arrays["images"].astype(np.float32)}


def _chosen(marked: BoolArray, settings: SliceSettings) -> list[tuple[int, int]]:
    """(axis, position) of the slices: axis 0 is axial, 1 coronal, 2 sagittal."""
    areas = [marked.sum(axis=tuple(b for b in range(3) if b != axis)) for axis in range(3)]
    if settings.choice == "all":
        enough = areas[0] >= max(1.0, settings.min_area_share * float(areas[0].max()))
        return [(0, int(at)) for at in np.flatnonzero(enough)]
    axes = range(3) if settings.choice == "orthogonal" else range(1)
    return [(axis, int(np.argmax(areas[axis]))) for axis in axes]


def _box(marked: BoolArray, spacing: Sequence[float], axis: int, at: int) -> tuple[tuple[float, float], float]:
    """Centre (pixels) and longer side (mm) of the tumour's box in a slice."""
    pixel = [s for a, s in enumerate(spacing) if a != axis]
    rows, columns = np.nonzero(marked.take(at, axis))
    sides = [(int(n.min()), int(n.max())) for n in (rows, columns)]
    lengths = [(high - low + 1) * s for (low, high), s in zip(sides, pixel, strict=True)]
    return (sum(sides[0]) / 2, sum(sides[1]) / 2), max(lengths)


def _sampled(
    values: FloatArray, centre: tuple[float, float], pixel: Sequence[float], view: float, size: int, *, smooth: bool
) -> FloatArray:
    """The square of ``view`` mm around the centre as (size, size); 0 beyond the image."""
    step = view / size
    if smooth:  # what is finer than the new pixels would come out as noise
        wide = [0.5 * max(step / p - 1, 0) for p in pixel]
        values = gaussian_filter(values, wide) if max(wide) > 0 else values
    offsets = (np.arange(size) + 0.5) * step - view / 2
    grid = np.meshgrid(*[c + offsets / p for c, p in zip(centre, pixel, strict=True)], indexing="ij")
    out: FloatArray = map_coordinates(values, grid, order=1, mode="constant", cval=0.0)
    return out


def _beyond(tumour: BoolArray, centre: tuple[float, float], pixel: Sequence[float], view: float) -> float:
    """Share of the tumour's pixels that lie beyond the border of the square."""
    places = np.nonzero(tumour)
    far = [np.abs(n - c) * p for n, c, p in zip(places, centre, pixel, strict=True)]
    return float(np.mean(np.maximum(*far) > view / 2))


def _warn_of_cut(table: pd.DataFrame) -> None:
    cut = table[table["cut_share"] > _CUT_SHARE]
    if cut.empty:
        return
    worst = cut.sort_values("cut_share", ascending=False).iloc[0]
    patients = list(dict.fromkeys(cut[PATIENT]))
    shown = ", ".join(patients[:5]) + (" ..." if len(patients) > 5 else "")
    warnings.warn(
        f"the tumour is larger than the field of view ({worst['field_of_view_mm']:g} mm) in {len(cut)} slice(s) of "
        f"{len(patients)} patient(s) ({shown}) and is cut off at its border, at most {worst['cut_share']:.0%} "
        f"({worst[PATIENT]}); widen field_of_view",
        RadiogenomicsWarning,
        stacklevel=3,
    )
