"""Masks taken from one sequence to another, before and after registration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._derived import CASES, case_rows
from radiogenomics.io._images import read_image, read_mask
from radiogenomics.pl._slices import brightness, middle_slice, slice_of, tile
from radiogenomics.pl._style import PALETTE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TILE, GAP = 360, 12


def mask_transfer(
    out_dir: StrPath, *, patient: str | None = None, own: StrPath | pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a transferred mask on the target's image: by the scanner's coordinates, and after registration.

    Parameters
    ----------
    out_dir
        Folder that :func:`radiogenomics.im.transfer_masks` wrote.
    patient
        Whose; by default the one whose registration moved the furthest.
    own
        Manifest whose masks of the target are drawn beside, dashed.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the folder holds no transferred masks.
    UnknownNameError
        If the patient is not among them.
    """
    folder = Path(out_dir)
    if not (folder / CASES).is_file() or not (folder / "manifest.csv").is_file():
        raise InputError(str(folder), Fault("no manifest.csv and cases.csv", "what rg.im.transfer_masks wrote"))
    numbers = pd.read_csv(folder / CASES, dtype={PATIENT: str})
    if "mutual_information_before" not in numbers:
        raise InputError(str(folder), Fault("masks of another function", "what rg.im.transfer_masks wrote"))
    table, _ = case_rows(folder / "manifest.csv", None)
    ids = list(numbers[PATIENT])
    name = ids[int(numbers["shift_mm"].argmax())] if patient is None else patient
    if name not in ids:
        raise unknown_name("patient", name, ids)
    row = table[table[PATIENT] == name].iloc[0]
    told = numbers[numbers[PATIENT] == name].iloc[0]
    ax = new_axes(ax, width=6.4, height=4.0)
    _draw(ax, row, _own_mask(own, name, str(row["sequence"])))
    for i, when in enumerate(("before", "after")):
        ax.text(i * (TILE + GAP) + TILE / 2, -6, _title(told, when), ha="center", va="bottom", fontsize="small")
    ax.set_xlim(-0.5, 2 * TILE + GAP)
    ax.set_ylim(TILE, -100)  # room for the words
    ax.text(TILE + GAP / 2, -78, f"{name}: mask {row['reader']} on {row['sequence']}", ha="center", va="bottom")
    return ax


def _draw(ax: Axes, row: pd.Series, own: Any) -> None:
    from matplotlib.collections import LineCollection

    sitk = optional_import("SimpleITK", needed_for="figures of images")
    image = read_image(row["image"])
    after = read_mask(row["mask"])
    before_path = Path(row["mask"]).with_name(Path(row["mask"]).name.replace(".nrrd", "_before.nrrd"))
    low, high = np.percentile(sitk.GetArrayViewFromImage(image), [1, 99.5])
    index = middle_slice(after)
    x, y, _ = image.GetSpacing()
    values = brightness(slice_of(image, index), float(low), float(high))
    sheet = np.full((TILE, 2 * TILE + GAP), np.nan)
    # Without registration the region may lie off the image, and its mask is empty.
    pictures = (sitk.ReadImage(str(before_path)), after)
    for i, mask in enumerate(pictures):
        drawn = tile(values, [slice_of(mask, index) != 0], (y, x), TILE)
        left = i * (TILE + GAP)
        sheet[:, left : left + TILE] = drawn.pixels
        moved = [np.add(line, (left, 0)) for line in drawn.outlines]
        ax.add_collection(LineCollection(moved, colors=PALETTE[4], linewidths=1.4), autolim=False)
        if own is not None:
            beside = tile(values, [slice_of(own, index) != 0], (y, x), TILE).outlines
            dashed = [np.add(line, (left, 0)) for line in beside]
            ax.add_collection(LineCollection(dashed, colors=PALETTE[5], linewidths=1.1, linestyles="--"), autolim=False)
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()


def _own_mask(own: StrPath | pd.DataFrame | None, patient: str, sequence: str) -> Any:
    if own is None:
        return None
    table, _ = case_rows(own, [sequence])
    rows = table[table[PATIENT] == patient]
    if rows.empty:
        raise InputError("own", Fault(f"no {sequence} of patient {patient}", "a manifest that has it"))
    label = rows.iloc[0].get("label")
    return read_mask(rows.iloc[0]["mask"], label=None if label is None or pd.isna(label) else int(label))


def _title(told: pd.Series, when: str) -> str:
    head = "Scanner's coordinates" if when == "before" else "After registration"
    if when == "after" and not told["registered"]:
        head = "Not moved"
    moved = (
        f", {told['shift_mm']:.1f} mm, {told['turn_degrees']:.1f}°" if when == "after" and told["registered"] else ""
    )
    information, bodies, own = (told[f"{name}_{when}"] for name in ("mutual_information", "dice_body", "dice_own"))
    return f"{head}{moved}\nmutual information {information:.3f}\nDice of bodies {bodies:.2f}, with own mask {own:.2f}"
