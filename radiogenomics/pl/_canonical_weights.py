"""Features that make the scores of a canonical correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._words import modality_words
from radiogenomics.get import canonical_correlation as table_of
from radiogenomics.pl._labels import fit_names, numbers_apart
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy
from radiogenomics.pl._text import elided

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_LONG = 44


def canonical_weights(
    data: Cohort, *, key: str = "canonical_correlation", component: int = 1, most: int = 15, ax: Axes | None = None
) -> Axes:
    """Draw the largest weights of both sides of a pair of scores.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.canonical_correlation`.
    key
        Name under which it is stored.
    component
        Pair of scores, 1 the first.
    most
        Features of each side.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result or component.
    """
    if most < 1:
        raise InputError("most", Fault(repr(most), "at least 1 feature"))
    settings = settings_of(result_of(data, key, made_by="canonical_correlation"), keys.SETTINGS)
    table = table_of(data, key=key, table="weights")
    own = table[table["component"] == component]
    if own.empty:
        raise unknown_name("component", str(component), sorted({str(c) for c in table["component"]}))
    sides = {side: own[own["side"] == side] for side in ("x", "y")}
    shown = pd.concat([rows.head(most) for rows in sides.values()])
    ax = new_axes(ax, width=6.6, height=1.2 + 0.19 * len(shown))
    place = np.arange(len(shown)) + (shown["side"] == "y").to_numpy() * 0.8
    ax.barh(place, shown["weight"], color=[PALETTE[0] if s == "x" else PALETTE[1] for s in shown["side"]], height=0.75)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.invert_yaxis()
    counts = [
        f"{modality_words(settings[side])}: {min(most, len(rows))} of {len(rows)} features weighted"
        for side, rows in sides.items()
    ]
    ax.set_title("\n".join(counts), loc="left", fontsize="x-small", color=MUTED)
    ax.set_xlabel(f"Weight in score {component}\n(standardised features)")
    fit_names(ax, place, [elided(str(name), _LONG) for name in shown["feature"]])
    numbers_apart(ax)  # names leave them little width
    return tidy(ax)
