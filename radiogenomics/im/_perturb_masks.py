"""Masks as other readers might have drawn them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import ndimage

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._random import spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, StrPath
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._derived import Work, case_rows, new_masks, write_manifest
from radiogenomics.im._distance import box_around, dice, filled_in, surface_distance, volume_ml

if TYPE_CHECKING:
    from SimpleITK import Image

ORIGINAL = "original"


def perturb_masks(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    n_readers: int = 2,
    contour: float = 1.0,
    smoothness: float = 5.0,
    margin: float | tuple[float, float] = 0.0,
    translation: float = 0.5,
    rotation: float = 2.0,
    include_original: bool = True,
    sequences: Sequence[str] | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Masks of made-up readers, for the ICC of features without a second reader :cite:p:`Zwanenburg2019`.

    Each new mask is the region turned and moved, grown or shrunk, with a contour that wanders in and out.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``masks/``, ``manifest.csv``, ``cases.csv`` and ``failures.csv``.
    n_readers
        Perturbed masks per case.
    contour
        Standard deviation in mm by which the contour wanders.
    smoothness
        Distance in mm over which it wanders (width of the Gaussian that smooths the noise).
    margin
        Growth in mm (negative shrinks): a number for all, or a pair between which it is drawn for each mask.
    translation
        Standard deviation of the shift along each axis, in mm.
    rotation
        Standard deviation of the turn about each axis through the region's centre, in degrees.
    include_original
        Whether the masks of the manifest stay, as the first reader.
    sequences
        Sequences to use; by default all.
    rng
        Seed or Generator; what a case gets does not depend on the other cases or on the number of workers.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest with a row per case and reader (``original``, ``perturbed-1``, ...), for
    ``rg.im.extract_radiomics(..., reader="all")``. ``attrs["cases"]`` (also ``cases.csv``): ``dice`` with the
    original, ``volume_ratio``, ``surface_distance_mm`` (mean over the new surface), and what was drawn
    (``margin_mm``, ``shift_mm``, ``turn_degrees``); ``attrs["failures"]``.

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    bounds = tuple(margin) if isinstance(margin, Sequence) else (float(margin), float(margin))
    faults = [
        Fault(repr(value), "a number of at least 0", column=name)
        for name, value in (("contour", contour), ("translation", translation), ("rotation", rotation))
        if not (np.isfinite(value) and value >= 0)
    ]
    if not smoothness > 0:
        faults.append(Fault(repr(smoothness), "a number above 0", column="smoothness"))
    if n_readers < 1:
        faults.append(Fault(repr(n_readers), "one or more", column="n_readers"))
    if len(bounds) != 2 or not bounds[0] <= bounds[1]:
        faults.append(Fault(repr(margin), "a number, or two with the lower first", column="margin"))
    if not faults and not (contour or translation or rotation or any(bounds)):
        faults.append(Fault("nothing to change", "contour, margin, translation or rotation above 0"))
    if faults:
        raise InputError("perturb_masks", faults)
    table, cases = case_rows(manifest, sequences)
    settings = {"contour": float(contour), "smoothness": float(smoothness), "margin": [float(b) for b in bounds],
                "translation": float(translation), "rotation": float(rotation)}  # fmt: skip
    base = spawn_seeds(rng, 1)[0]
    new, _ = new_masks(
        table, cases, out_dir, _perturbed, names=[f"perturbed-{i + 1}" for i in range(n_readers)],
        made_by="perturb_masks", settings=settings | {"seed": base}, base_seed=base, n_jobs=n_jobs,
        description="Perturbing",
    )  # fmt: skip
    return write_manifest(_with_originals(table, new) if include_original else new, out_dir)


def _with_originals(table: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The rows of the manifest before those made of them; what failed is in neither."""
    kept = table.loc[new["_row"].unique()].assign(_row=new["_row"].unique())
    named = kept["reader"] if "reader" in kept else pd.Series(None, index=kept.index, dtype=object)
    kept = kept.assign(reader=named.where(named.notna(), ORIGINAL))
    both = pd.concat([kept, new], ignore_index=True).sort_values("_row", kind="stable")
    both.attrs = dict(new.attrs)
    return both


def _perturbed(
    image: Image, mask: Image, work: Work, settings: Mapping[str, Any]
) -> list[tuple[Image, dict[str, Any]]]:
    del image
    return [perturbed(mask, settings, np.random.default_rng([*work.seed, i])) for i in range(len(work.outs))]


def perturbed(mask: Image, settings: Mapping[str, Any], rng: np.random.Generator) -> tuple[Image, dict[str, Any]]:
    """One perturbed mask and how it differs.

    Raises
    ------
    DegenerateInputError
        If nothing is left of the region.
    """
    sitk = optional_import("SimpleITK", needed_for="masks")
    growth = float(rng.uniform(*settings["margin"]))
    shift = rng.normal(0, 1, 3) * settings["translation"]
    turn = rng.normal(0, 1, 3) * settings["rotation"]
    extent = max(n * s for n, s in zip(bounding_box(mask).size, mask.GetSpacing(), strict=True))
    swing = extent * np.sin(min(np.deg2rad(np.abs(turn).sum()), np.pi / 2))
    box = box_around(mask, abs(growth) + 4 * settings["contour"] + float(np.abs(shift).max()) + float(swing) + 2)
    part = box.cut(mask)
    before = sitk.GetArrayViewFromImage(part) != 0
    own = surface_distance(part, abs(growth) + 4 * settings["contour"])
    distance = _moved(own, part, shift, np.deg2rad(turn)) if shift.any() or turn.any() else own
    if settings["contour"] > 0:
        distance = distance + settings["contour"] * _noise(part, settings["smoothness"], rng)
    after = distance <= growth
    if not after.any():
        raise DegenerateInputError("mask", Fault("nothing left of the region", "a smaller change"))
    new = filled_in(after, box, mask)
    about = {"dice": dice(before, after), "volume_ratio": volume_ml(new) / volume_ml(mask),
             "surface_distance_mm": _apart(own, after), "margin_mm": growth,
             "shift_mm": float(np.linalg.norm(shift)), "turn_degrees": float(np.linalg.norm(turn))}  # fmt: skip
    return new, about


def _apart(distance: FloatArray, region: BoolArray) -> float:
    """Mean distance in mm of a region's surface, half-way between its voxels and their neighbours, from another's."""
    found = []
    for axis in range(3):
        inside, own = (np.moveaxis(v, axis, 0) for v in (region, distance))
        crossed = inside[:-1] != inside[1:]
        found.append(np.abs(own[:-1][crossed] + own[1:][crossed]) / 2)
    return float(np.concatenate(found).mean())


def _moved(distance: FloatArray, part: Image, shift: FloatArray, turn: FloatArray) -> FloatArray:
    """Distances turned about the region's centre and shifted, in physical space."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    field = sitk.GetImageFromArray(distance.astype(np.float32))
    field.CopyInformation(part)
    z, y, x = (float(c) for c in np.argwhere(distance <= 0).mean(axis=0))
    centre = part.TransformContinuousIndexToPhysicalPoint((x, y, z))
    rigid = sitk.Euler3DTransform(centre, *(float(a) for a in turn), [float(s) for s in shift])
    far = float(distance.max())
    moved = sitk.Resample(field, field, rigid.GetInverse(), sitk.sitkLinear, far, sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(moved), dtype=np.float64)


def _noise(part: Image, smoothness: float, rng: np.random.Generator) -> FloatArray:
    """Smooth Gaussian noise of mean 0 and standard deviation 1 (z, y, x)."""
    widths = [smoothness / s for s in part.GetSpacing()[::-1]]
    pad = [int(np.ceil(2 * w)) for w in widths]
    shape = [n + 2 * p for n, p in zip(part.GetSize()[::-1], pad, strict=True)]
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), widths, mode="wrap", truncate=3.0)
    # The theoretical standard deviation: that of one draw varies with the few bumps there are.
    norm = np.prod([_gain(w, n) for w, n in zip(widths, shape, strict=True)])
    inner = tuple(slice(p, n - p) for p, n in zip(pad, shape, strict=True))
    return np.asarray(smooth[inner] / norm, dtype=np.float64)


def _gain(width: float, n: int) -> float:
    """Standard deviation that smoothing along one axis leaves of white noise."""
    line = np.zeros(max(n, 1))
    line[0] = 1.0
    return float(np.sqrt((ndimage.gaussian_filter1d(line, width, mode="wrap", truncate=3.0) ** 2).sum()))
