"""Rings around the tumour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import ndimage

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, StrPath
from radiogenomics.im._derived import Work, case_rows, new_masks, write_manifest
from radiogenomics.im._distance import box_around, filled_in, surface_distance, volume_ml
from radiogenomics.im._within import foreground

if TYPE_CHECKING:
    from SimpleITK import Image


def peritumoral_masks(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    inner: float = 0.0,
    outer: float = 5.0,
    within: Literal["image", "body"] = "image",
    sequence_suffix: str = "",
    sequences: Sequence[str] | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Masks of the ring around each region: voxels whose centres lie ``inner`` to ``outer`` mm from its surface.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``masks/``, ``manifest.csv``, ``cases.csv`` and ``failures.csv``.
    inner, outer
        Distances from the region's surface in mm, negative inside: ``inner=-2, outer=2`` is the tumour's margin.
    within
        ``"body"`` leaves out air (as ``normalize_within="foreground"`` of :func:`preprocess`, holes filled slice by
        slice), which suits MRI; the ring never goes beyond the image.
    sequence_suffix
        Added to the sequence's name: with ``"-ring"`` the rows can be joined with those of the manifest, so that
        features of the tumour (``T1``) and of the ring (``T1-ring``) stand side by side.
    sequences
        Sequences to use; by default all.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest with the new masks; ``reader`` says which they are. ``attrs["cases"]`` (also ``cases.csv``):
    ``volume_ml``, ``cut_off_share`` (share of the ring that lies beyond the image or body); ``attrs["failures"]``.

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    if not inner < outer:
        raise InputError("peritumoral_masks", Fault(f"inner={inner:g}, outer={outer:g}", "inner below outer"))
    if within not in ("image", "body"):
        raise InputError("peritumoral_masks", Fault(repr(within), "'image' or 'body'", column="within"))
    table, cases = case_rows(manifest, sequences)
    settings = {"inner": float(inner), "outer": float(outer), "within": within}
    new, _ = new_masks(
        table, cases, out_dir, _ring_of_case, names=[f"ring {inner:g} to {outer:g} mm"], made_by="peritumoral_masks",
        settings=settings, n_jobs=n_jobs, description="Rings",
    )  # fmt: skip
    new["sequence"] = new["sequence"] + sequence_suffix
    return write_manifest(new, out_dir)


def _ring_of_case(
    image: Image, mask: Image, work: Work, settings: Mapping[str, Any]
) -> list[tuple[Image, dict[str, Any]]]:
    del work
    ring, cut_off = ring_of(image, mask, settings["inner"], settings["outer"], within=settings["within"])
    return [(ring, {"volume_ml": volume_ml(ring), "cut_off_share": cut_off})]


def ring_of(image: Image, mask: Image, inner: float, outer: float, *, within: str) -> tuple[Image, float]:
    """The ring as a mask, and the share of it that is missing because the image or the body ends.

    Raises
    ------
    DegenerateInputError
        If no voxel lies in it.
    """
    sitk = optional_import("SimpleITK", needed_for="masks")
    reach = [int(np.ceil(max(outer, 0) / s)) + 1 for s in mask.GetSpacing()]
    padded = sitk.ConstantPad(mask, reach, reach, 0)
    box = box_around(padded, max(outer, 0))
    distance = surface_distance(box.cut(padded), max(abs(inner), abs(outer)))
    ring = (distance > inner) & (distance <= outer)
    everything = int(np.count_nonzero(ring))
    on_image = sitk.GetArrayFromImage(filled_in(ring, box, padded)) != 0
    x, y, z = reach
    on_image = on_image[z : on_image.shape[0] - z, y : on_image.shape[1] - y, x : on_image.shape[2] - x]
    if within == "body":
        on_image &= body(image)
    left = int(np.count_nonzero(on_image))
    if left == 0:
        raise DegenerateInputError(
            "ring", Fault(f"no voxel {inner:g} to {outer:g} mm from the region", "a wider ring, or a larger image")
        )
    result: Image = sitk.GetImageFromArray(on_image.astype(np.uint8))
    result.CopyInformation(mask)
    return result, 1 - left / everything


def body(image: Image) -> BoolArray:
    """Voxels that are not air, with what each slice encloses (z, y, x)."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    found = foreground(sitk.GetArrayViewFromImage(image))
    return np.stack([ndimage.binary_fill_holes(s) for s in found])
