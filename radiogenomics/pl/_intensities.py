"""Intensities of every image of a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._derived import case_rows
from radiogenomics.im._within import voxels_within
from radiogenomics.io._images import read_volume
from radiogenomics.pl._style import PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 120


def intensities(
    manifest: StrPath | pd.DataFrame,
    *,
    sequence: str | None = None,
    within: Literal["foreground", "image"] = "foreground",
    ax: Axes | None = None,
) -> Axes:
    """Draw the histogram of every image of a sequence, to see what normalisation did.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    sequence
        Sequence to draw; may be left out if there is only one.
    within
        Voxels that count, as for :func:`radiogenomics.im.preprocess`.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the manifest or an argument is at fault.
    """
    sitk = optional_import("SimpleITK", needed_for="figures of images")
    table, cases = case_rows(manifest, None if sequence is None else [sequence])
    names = list(dict.fromkeys(table["sequence"]))
    if len(names) > 1:
        raise InputError("intensities", Fault(f"sequences {', '.join(names)}", "one of them in sequence="))
    by_image = {case.image: case for case in cases}
    drawn = []
    for case in by_image.values():
        image = read_volume(case.image, series=case.series, intensity=case.intensity).image
        drawn.append(voxels_within(sitk.Cast(image, sitk.sitkFloat32), within, where=case.image))
    low, high = np.percentile(np.concatenate([np.percentile(v, [0.5, 50, 99.5]) for v in drawn]), [0, 100])
    edges = np.linspace(low, high, BINS + 1)
    ax = new_axes(ax, width=4.6, height=3.2)
    for values in drawn:
        ax.stairs(np.histogram(values, edges, density=True)[0], edges, color=PALETTE[0], alpha=0.35, linewidth=0.8)
    ax.set_xlabel(f"Intensity of {names[0]}")
    ax.set_ylabel("Density")
    ax.set_yticks([])
    return tidy(ax)
