"""Patients in the order of one latent feature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, modality_of, raw_features, result_of, unknown_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._montage import frame, montage, place_of
from radiogenomics.pl._style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_ABOVE = 0.24


def latent_order(
    data: Cohort,
    feature: str,
    *,
    modality: str | None = None,
    key: str = "reconstructions",
    n: int = 24,
    columns: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Draw the slices of patients in the order of a latent feature.

    Parameters
    ----------
    data
        Cohort or features on which `rg.im.reconstruct` was run.
    feature
        Name of a feature, before any transform.
    modality
        Where the features are, in a cohort.
    key
        Name of the result of `rg.im.reconstruct`.
    n
        Patients to show at most, at even steps of the order.
    columns
        Pictures side by side.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Slices from the lowest value (upper left) to the highest, each with its value, and the outline of the tumour.
    """
    if n < 2 or columns < 1:
        raise InputError("latent_order", Fault(f"n={n}, columns={columns}", "2 patients and 1 column, or more"))
    stored = result_of(modality_of(data, modality), key, made_by="reconstruct", package="im")
    values = raw_features(data, modality)
    if feature not in values:
        raise unknown_name("feature", feature, values.columns)
    own = values[feature].reindex(frame_of(stored, "table")[PATIENT].astype(str)).to_numpy(dtype=float)
    order = [int(i) for i in np.argsort(own, kind="stable") if np.isfinite(own[i])]
    if len(order) < 2:
        raise DegenerateInputError(feature, Fault(f"{len(order)} patient(s) with a value and a slice", "two or more"))
    shown = [order[i] for i in np.unique(np.linspace(0, len(order) - 1, min(n, len(order))).round().astype(int))]
    images, masks = np.asarray(stored["images"], dtype=float), np.asarray(stored["masks"], dtype=bool)
    size, across = images.shape[1], min(columns, len(shown))
    lines = [shown[i : i + across] for i in range(0, len(shown), across)]
    axes = new_axes(ax, width=0.3 + 1.15 * across, height=0.5 + 1.45 * math.ceil(len(shown) / across))
    montage(
        axes,
        [[images[i] for i in line] for line in lines],
        above=_ABOVE,
        masks=[[masks[i] for i in line] for line in lines],
        limits=(0.0, max(float(images[shown].max()), 1e-6)),
    )
    names = frame_of(stored, "table")[PATIENT].astype(str).tolist()
    for row, line in enumerate(lines):
        for column, i in enumerate(line):
            left, top = place_of(row, column, size, above=_ABOVE)
            text = axes.text(left + size / 2, top - 0.02 * size, f"{names[i]}\n{own[i]:.3g}", ha="center", va="bottom",
                             fontsize=6)  # fmt: skip
            name_marks(text, [names[i]], [value_text(feature, float(own[i]))])
    frame(axes, len(lines), across, size, above=_ABOVE)
    axes.set_title(f"{len(shown)} of {len(order)} patients from low to high {feature}", fontsize=9)
    return axes
