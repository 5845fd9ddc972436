"""Slices beside what an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, modality_of, result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._montage import frame, montage, place_of
from radiogenomics.pl._style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_WORDS = ("slice", "reconstruction", "error")
_ABOVE = 0.12


def reconstructions(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "reconstructions",
    patients: Sequence[str] | None = None,
    n: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw slices, their reconstructions and the difference, from the best to the worst patient.

    Parameters
    ----------
    data
        Cohort or features on which `rg.im.reconstruct` was run.
    modality
        Where the features are, in a cohort.
    key
        Name of the result.
    patients
        Whom to show; by default patients at even steps from the least mean squared error to the greatest.
    n
        How many, if none are named.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A row per patient: slice with the outline of the tumour, reconstruction, and error (reconstruction minus slice:
        blue too dark, red too bright), with the mean squared error of the whole slice.
    """
    stored = result_of(modality_of(data, modality), key, made_by="reconstruct", package="im")
    table = frame_of(stored, "table")
    rows = _rows(table, patients, n)
    images, found = np.asarray(stored["images"], dtype=float), np.asarray(stored["reconstructions"], dtype=float)
    masks = np.asarray(stored["masks"], dtype=bool)
    size = images.shape[1]
    axes = new_axes(ax, width=6.4, height=0.4 + 2.1 * len(rows))
    pairs = [[images[i], found[i]] for i in rows]
    brightest = max(float(np.max(pairs)), 1e-6)
    montage(axes, pairs, above=_ABOVE, masks=[[masks[i], masks[i]] for i in rows], limits=(0.0, brightest))
    errors = [found[i] - images[i] for i in rows]
    reach = max(float(np.abs(errors).max()), 1e-6)
    drawn = montage(axes, [[e] for e in errors], above=_ABOVE, limits=(-reach, reach), cmap="RdBu_r", first=2)
    for place, i in enumerate(rows):
        left, top = place_of(place, 0, size, above=_ABOVE)
        text = f"{table[PATIENT].iloc[i]}   mean squared error {table['mse'].iloc[i]:.2g}"
        label = axes.text(left, top - 0.02 * size, text, ha="left", va="bottom", fontsize=8)
        told = value_text("mean squared error", float(table["mse"].iloc[i]))
        name_marks(label, [table[PATIENT].iloc[i]], [told])
    frame(axes, len(rows), 3, size, above=_ABOVE)
    for column, word in enumerate(_WORDS):
        left, _ = place_of(0, column, size)
        bottom = place_of(len(rows) - 1, 0, size, above=_ABOVE)[1] + size * 1.04
        axes.text(left + size / 2, bottom, word, ha="center", va="top", fontsize=8)
    about = settings_of(stored)
    axes.set_title(f"{about['model'].upper()}, {about['sequence']}", fontsize=9, loc="left")
    figure = axes.get_figure()
    assert figure is not None
    figure.colorbar(drawn, ax=axes, shrink=0.5, label="reconstruction minus slice")
    return axes


def _rows(table: pd.DataFrame, patients: Sequence[str] | None, n: int) -> list[int]:
    """Positions of the patients to show."""
    if patients is not None:
        known = list(table[PATIENT].astype(str))
        for patient in patients:
            if patient not in known:
                raise unknown_name("patients", str(patient), known)
        return [known.index(p) for p in patients]
    if n < 1:
        raise InputError("n", Fault(str(n), "1 or more"))
    order = np.argsort(table["mse"].to_numpy(dtype=float), kind="stable")
    return [int(order[i]) for i in np.unique(np.linspace(0, len(order) - 1, min(n, len(order))).round().astype(int))]
