"""Every tumour on one page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError, RadiogenomicsError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._case import Case
from radiogenomics.im._derived import case_rows, read_case
from radiogenomics.pl._slices import Tile, brightness, middle_slice, slice_of, tile
from radiogenomics.pl._style import PALETTE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TILE = 150  # pixels
GAP, TITLE = 6, 18


def contact_sheet(
    manifest: StrPath | pd.DataFrame,
    *,
    sequence: str | None = None,
    columns: int = 7,
    zoom: Literal["slice", "tumour"] = "slice",
    marked: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw the slice with most of the tumour, and its outline, of every case on one page.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    sequence
        Sequence to draw; may be left out if there is only one. Every row of it gets a picture.
    columns
        Pictures side by side.
    zoom
        The whole ``"slice"``, or the ``"tumour"`` with a margin of a quarter of its width.
    marked
        Patients whose names are coloured, for instance those that :func:`radiogenomics.im.check` remarks on.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the manifest or an argument is at fault. A case that cannot be read is an empty picture that says so.
    """
    table, cases = case_rows(manifest, None if sequence is None else [sequence])
    if table["sequence"].nunique() > 1:
        names = ", ".join(dict.fromkeys(table["sequence"]))
        raise InputError("contact_sheet", Fault(f"sequences {names}", "one of them in sequence="))
    if columns < 1 or zoom not in ("slice", "tumour"):
        raise InputError("contact_sheet", Fault(f"columns={columns!r}, zoom={zoom!r}",
                                                "1 column or more; 'slice' or 'tumour'"))  # fmt: skip
    _check_marked(marked, table)
    across = min(columns, len(cases))
    down = math.ceil(len(cases) / across)
    ax = new_axes(ax, width=across * 1.18, height=down * 1.3)
    sheet = np.full((down * (TILE + TITLE + GAP), across * (TILE + GAP)), np.nan)
    lines = []
    for i, (case, row) in enumerate(zip(cases, table.to_dict("records"), strict=True)):
        top, left = (i // across) * (TILE + TITLE + GAP) + TITLE, (i % across) * (TILE + GAP)
        reader = row.get("reader")
        name = case.patient_id if reader is None or pd.isna(reader) else f"{case.patient_id} {reader}"
        colour = PALETTE[1] if case.patient_id in marked else "black"
        ax.text(left + TILE / 2, top - 3, name, ha="center", va="bottom", fontsize=5.5, color=colour)
        try:
            drawn = _tile(case, zoom)
        except (RadiogenomicsError, OSError, RuntimeError):  # one unreadable file must not cost the whole page
            ax.text(left + TILE / 2, top + TILE / 2, "cannot be read", ha="center", va="center", fontsize=5.5,
                    color=PALETTE[1])  # fmt: skip
            continue
        sheet[top : top + TILE, left : left + TILE] = drawn.pixels
        lines += [np.add(line, (left, top)) for line in drawn.outlines]
    _draw(ax, sheet, lines)
    return ax


def _check_marked(marked: Sequence[str], table: pd.DataFrame) -> None:
    if isinstance(marked, str):
        raise InputError("marked", Fault(repr(marked), f"a list of patients, such as [{marked!r}]"))
    for name in marked:
        if name not in set(table[PATIENT]):
            raise unknown_name("marked", name, dict.fromkeys(table[PATIENT]))


def _draw(ax: Axes, sheet: np.ndarray, lines: list[np.ndarray]) -> None:
    from matplotlib.collections import LineCollection

    ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.add_collection(LineCollection(lines, colors=PALETTE[4], linewidths=0.7), autolim=False)
    ax.set_axis_off()


def _tile(case: Case, zoom: str) -> Tile:
    sitk = optional_import("SimpleITK", needed_for="figures of images")
    image, mask = read_case(case)
    low, high = np.percentile(sitk.GetArrayViewFromImage(image), [1, 99.5])
    index = middle_slice(mask)
    values, region = brightness(slice_of(image, index), float(low), float(high)), slice_of(mask, index) != 0
    if zoom == "tumour":
        rows, cols = (np.flatnonzero(region.any(axis=a)) for a in (1, 0))
        reach = [int(np.ceil(0.25 * (v[-1] - v[0] + 1))) + 1 for v in (rows, cols)]
        window = tuple(slice(max(v[0] - r, 0), v[-1] + r + 1) for v, r in zip((rows, cols), reach, strict=True))
        values, region = values[window], region[window]
    x, y, _ = image.GetSpacing()
    return tile(values, [region], (y, x), TILE)
