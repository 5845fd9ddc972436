"""Groups of patients against the groups a classifier tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._cohort import frame_of, result_of, settings_of, unknown_name
from radiogenomics.pl._confusion import draw_counts
from radiogenomics.pl._style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_TITLES = {
    "apparent": "Training patients (apparent)",
    "nested": "Held-out patients",
    "remade": "Held-out patients, groups remade",
    "internal": "Internal test patients",
    "external": "External test patients",
}


def class_confusion(
    data: Cohort, *, key: str = "shrunken_centroids", estimate: str | None = None, ax: Axes | None = None
) -> Axes:
    """Confusion matrix of a classifier of groups.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.shrunken_centroids` was run.
    key
        Name of the result.
    estimate
        ``"apparent"``, ``"nested"``, ``"remade"``, ``"internal"`` or ``"external"``; by default ``"remade"`` where
        groups were remade, else ``"nested"``.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Groups in rows; patients, as means over the repeats, and their share of the group, which the colour shows.
    """
    stored = result_of(data, key, made_by="shrunken_centroids")
    table, groups = frame_of(stored, "confusion"), list(settings_of(stored)["groups"])
    known = list(dict.fromkeys(table["estimate"]))
    estimate = ("remade" if "remade" in known else "nested") if estimate is None else estimate
    if estimate not in known:
        raise unknown_name("estimate", estimate, known)
    own = table[table["estimate"] == estimate]
    counts = own.pivot(index="group", columns="predicted", values="n").loc[groups, groups].to_numpy(dtype=float)
    axes = new_axes(ax, width=1.8 + 0.8 * len(groups), height=1.5 + 0.7 * len(groups))
    draw_counts(axes, counts, groups)
    axes.set_xlabel("Group told")
    axes.set_ylabel("Group")
    axes.set_title(_TITLES[estimate], fontsize=10, loc="left")
    return axes
