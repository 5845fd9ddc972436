"""What changes in a slice when one latent feature changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, modality_of, result_of, settings_of
from radiogenomics.pl._montage import frame, montage, place_of
from radiogenomics.pl._style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def latent_traversal(
    data: Cohort, *, modality: str | None = None, key: str = "traversals", ax: Axes | None = None
) -> Axes:
    """Draw the slices that a decoder makes along single latent features.

    Parameters
    ----------
    data
        Cohort or features on which `rg.im.traverse` was run.
    modality
        Where the features are, in a cohort.
    key
        Name of the result.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A row per latent feature, from low to high values in standard deviations of the patients, and to the right
        where the slice changes most over the row (standard deviation of each pixel).
    """
    stored = result_of(modality_of(data, modality), key, made_by="traverse", package="im")
    table, images = frame_of(stored, "table"), np.asarray(stored["images"], dtype=float)
    features = list(dict.fromkeys(table["feature"]))
    rows = [images[table["feature"].to_numpy() == feature] for feature in features]
    steps = table["step"].to_numpy(dtype=float)[: len(rows[0])]
    size = images.shape[1]
    axes = new_axes(ax, width=1.1 * (len(steps) + 1) + 1.3, height=0.9 + 1.1 * len(rows))
    montage(axes, [list(row) for row in rows], limits=(0.0, max(float(images.max()), 1e-6)))
    changes = [row.std(axis=0) for row in rows]
    montage(axes, [[c] for c in changes], limits=(0.0, max(float(np.max(changes)), 1e-6)), cmap="magma",
            first=len(steps))  # fmt: skip
    frame(axes, len(rows), len(steps) + 1, size)
    for i, feature in enumerate(features):
        axes.text(-0.06 * size, place_of(i, 0, size)[1] + size / 2, feature, ha="right", va="center", fontsize=8)
    below = place_of(len(rows) - 1, 0, size)[1] + size * 1.08
    for j, text in enumerate([*["mean" if abs(s) < 1e-9 else f"{s:+.2g} SD" for s in steps], "change"]):
        axes.text(place_of(0, j, size)[0] + size / 2, below, text, ha="center", va="top", fontsize=8)
    about = settings_of(stored)
    axes.set_title(f"Along single latent features of {about['model'].upper()}, {about['sequence']}", fontsize=9)
    return axes
