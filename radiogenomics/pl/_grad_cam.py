"""What in a slice raised a network's score, drawn over the slice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import FloatArray
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._slices import outlines_of
from radiogenomics.pl._style import PALETTE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics.im import GradCam

_GAP, _TITLE = 0.08, 0.26  # of a slice's side
_DARKEST = 0.65  # most of a slice that its map may hide


def grad_cam(
    found: GradCam,
    *,
    patients: Sequence[str] | None = None,
    columns: int = 4,
    scale: Literal["slice", "all"] = "slice",
    ax: Axes | None = None,
) -> Axes:
    """Draw each slice twice: as it is with the tumour's outline, and as the network sees it under its map.

    Slices are ordered by score, the highest first; the number beside a patient is the score. The map of a low score
    may be empty: no place raises it. ``rectify=False`` of :func:`radiogenomics.im.grad_cam` shows what lowers it.

    Parameters
    ----------
    found
        Of :func:`radiogenomics.im.grad_cam`.
    patients
        Whose slices; by default all.
    columns
        Pairs of pictures side by side.
    scale
        Of the colours: each ``"slice"`` to its own largest value, which shows where; or one scale for ``"all"``, which
        also shows how much.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If a patient has no map, or an argument is at fault.
    """
    if columns < 1 or scale not in ("slice", "all"):
        raise InputError("grad_cam", Fault(f"columns={columns!r}, scale={scale!r}", "1 or more; 'slice' or 'all'"))
    rows = _chosen(found.table, patients)
    across = min(columns, len(rows))
    down = math.ceil(len(rows) / across)
    width, height = 2 + 2 * _GAP, 1 + _TITLE
    ax = new_axes(ax, width=across * width * 1.15 + 0.8, height=down * height * 1.15 + 0.2)
    shared = float(np.abs(found.maps[rows]).max())
    signed = bool((found.maps < 0).any())
    several = found.table["sequence"].nunique() > 1
    for i, row in enumerate(rows):
        left, top = (i % across) * width, (i // across) * height + _TITLE
        limit = shared if scale == "all" else float(np.abs(found.maps[row]).max())
        _pair(ax, found, int(row), left, top, limit, signed)
        about = found.table.iloc[row]
        name = f"{about[PATIENT]} {about['sequence']}" if several else f"{about[PATIENT]}"
        empty = "" if found.maps[row].any() else " (nothing raises it)"
        told = f"{name}: {about['score']:.3g}{empty}"
        text = ax.text(left + 1, top - 0.04, told, ha="center", va="bottom", fontsize=7)
        name_marks(text, [about[PATIENT]], [value_text("score", float(about["score"]))])
    ax.set_xlim(-0.02, across * width)
    ax.set_ylim(down * height + 0.02, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    _colour_bar(ax, shared if scale == "all" else None, signed)
    return ax


def _chosen(table: pd.DataFrame, patients: Sequence[str] | None) -> np.ndarray:
    """Rows of the slices, by score."""
    order = table["score"].sort_values(ascending=False, kind="stable").index.to_numpy()
    if patients is None:
        return order
    wanted = [str(p) for p in patients]
    for patient in wanted:
        if patient not in set(table[PATIENT]):
            raise unknown_name("patient", patient, dict.fromkeys(table[PATIENT]))
    return order[table[PATIENT].iloc[order].isin(wanted).to_numpy()]


def _pair(ax: Axes, found: GradCam, row: int, left: float, top: float, limit: float, signed: bool) -> None:
    from matplotlib.collections import LineCollection

    grey = np.repeat(found.images[row].clip(0, 1)[:, :, None], 3, axis=2)
    places = [(left, left + 1, top + 1, top), (left + 1 + _GAP / 2, left + 2 + _GAP / 2, top + 1, top)]
    seen = grey * found.masks[row][:, :, None] if found.settings["mask"] == "multiply" else grey
    for picture, place in zip((grey, under(seen, found.maps[row], limit, signed)), places, strict=True):
        ax.imshow(picture, extent=place, interpolation="nearest")
        lines = [np.asarray(line + 0.5) / found.images.shape[1] + (place[0], place[3])
                 for line in outlines_of(found.masks[row])]  # fmt: skip
        ax.add_collection(LineCollection(lines, colors=PALETTE[5], linewidths=0.7), autolim=False)


def under(grey: FloatArray, values: FloatArray, limit: float, signed: bool) -> FloatArray:
    """A picture (h, w, 3) under its map: the larger the value, the less of the picture is seen."""
    from matplotlib import colormaps

    share = np.zeros_like(values) if limit == 0 else np.clip(values / limit, -1, 1)
    colour = colormaps[_colours(signed)]((share + 1) / 2 if signed else share)[:, :, :3]
    cover = (_DARKEST * np.abs(share))[:, :, None]
    return np.clip(grey * (1 - cover) + colour * cover, 0, 1)


def _colours(signed: bool) -> str:
    return "RdBu_r" if signed else "inferno"


def _colour_bar(ax: Axes, limit: float | None, signed: bool) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    top = 1.0 if limit is None else limit
    scale = ScalarMappable(Normalize(-top if signed else 0, top), _colours(signed))
    figure = ax.get_figure()
    if figure is None:
        return
    bar = figure.colorbar(scale, ax=ax, shrink=0.6, aspect=25, pad=0.01)
    direction = "lowers (-) or raises the score" if signed else "raises the score"
    bar.set_label(direction + ("" if limit is not None else ", of the slice's largest"), fontsize=7)
    bar.ax.tick_params(labelsize=6)
