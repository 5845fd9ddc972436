"""Masks without stray voxels and holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import ndimage

from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, StrPath
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._derived import Work, case_rows, new_masks, write_manifest
from radiogenomics.im._distance import filled_in, volume_ml

if TYPE_CHECKING:
    from SimpleITK import Image

#: Voxels that share a corner belong together.
TOUCHING = np.ones((3, 3, 3), dtype=bool)


def clean_masks(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    largest_component: bool = True,
    fill_holes: bool = True,
    sequences: Sequence[str] | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Masks reduced to their largest connected part, with enclosed holes filled.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``masks/``, ``manifest.csv``, ``cases.csv`` and ``failures.csv``.
    largest_component
        Keep the largest part alone; voxels that share a corner belong together.
    fill_holes
        Mark what a region encloses on all sides.
    sequences
        Sequences to use; by default all.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest with the new masks; ``reader`` says which they are. ``attrs["cases"]`` (also ``cases.csv``):
    ``components`` and ``holes`` (enclosed voxels) found, ``volume_before_ml``, ``volume_ml``; ``attrs["failures"]``.

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    if not (largest_component or fill_holes):
        raise InputError("clean_masks", Fault("nothing to do", "largest_component or fill_holes"))
    table, cases = case_rows(manifest, sequences)
    done = [name for name, wanted in (("largest part", largest_component), ("filled", fill_holes)) if wanted]
    new, _ = new_masks(
        table, cases, out_dir, _clean, names=[", ".join(done)], made_by="clean_masks",
        settings={"largest_component": largest_component, "fill_holes": fill_holes}, n_jobs=n_jobs,
        description="Masks",
    )  # fmt: skip
    return write_manifest(new, out_dir)


def _clean(image: Image, mask: Image, work: Work, settings: Mapping[str, Any]) -> list[tuple[Image, dict[str, Any]]]:
    del image, work
    sitk = optional_import("SimpleITK", needed_for="masks")
    box = bounding_box(mask)
    values = sitk.GetArrayFromImage(box.cut(mask)) != 0
    sizes = component_sizes(values)
    holes = ndimage.binary_fill_holes(values) & ~values
    if settings["largest_component"]:
        values = largest(values)
    if settings["fill_holes"]:
        values = np.asarray(ndimage.binary_fill_holes(values))
    cleaned = filled_in(values, box, mask)
    about = {"components": len(sizes), "holes": int(np.count_nonzero(holes)), "volume_before_ml": volume_ml(mask),
             "volume_ml": volume_ml(cleaned)}  # fmt: skip
    return [(cleaned, about)]


def component_sizes(values: BoolArray) -> list[int]:
    """Voxels of each connected part, the largest first."""
    labels, n = ndimage.label(values, structure=TOUCHING)
    return sorted((int(c) for c in np.bincount(labels.ravel())[1 : n + 1]), reverse=True)


def largest(values: BoolArray) -> BoolArray:
    """The largest connected part; of equal ones the first in z, y, x order."""
    labels, _ = ndimage.label(values, structure=TOUCHING)
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    return np.asarray(labels == int(np.argmax(counts)))
