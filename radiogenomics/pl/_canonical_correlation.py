"""Scores of two modalities against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics import _keys as keys
from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics._words import modality_words
from radiogenomics.get import canonical_correlation as table_of
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def canonical_correlation(
    data: Cohort, *, key: str = "canonical_correlation", component: int = 1, ax: Axes | None = None
) -> Axes:
    """Draw the two scores of every patient; those of a training set lie close to a line by construction.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.canonical_correlation`.
    key
        Name under which it is stored.
    component
        Pair of scores, 1 the first.
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
    settings = settings_of(result_of(data, key, made_by="canonical_correlation"), keys.SETTINGS)
    table, found = table_of(data, key=key), table_of(data, key=key, table="scores")
    if component not in set(table["component"]):
        raise unknown_name("component", str(component), sorted({str(c) for c in table["component"]}))
    rows = table[table["component"] == component]
    scores = found[found["component"] == component]
    ax = new_axes(ax, width=4.6, height=4.2)
    parts = [s for s in ("all", *keys.SPLITS) if s in set(scores["split"])]
    for part, colour in zip(parts, PALETTE, strict=False):
        some = scores[scores["split"] == part]
        label = None if part == "all" else f"{part} (n = {len(some)})"
        points = ax.scatter(some["x"], some["y"], s=16, c=colour, alpha=0.75, linewidths=0, label=label)
        scores_of = zip(some["x"], some["y"], strict=True)
        name_marks(
            points, some[keys.PATIENT], [f"{value_text('scores', x)}, {value_text('', y)}" for x, y in scores_of]
        )
    first = rows.iloc[0]
    note = f"r {first['r']:.2f} in the patients that chose the weights"
    if first["r_held_out"] == first["r_held_out"]:
        note += f"\nheld out {first['r_held_out']:.2f} (95 % CI {first['lower']:.2f} to {first['upper']:.2f})"
    for row in rows.iloc[1:].itertuples():
        note += f"\n{row.split} {row.r:.2f}"
    ax.annotate(
        note, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", fontsize="x-small",
        color=MUTED, annotation_clip=False,
    )  # fmt: skip
    if parts != ["all"]:
        ax.legend(frameon=False, fontsize="x-small")
    ax.set_xlabel(f"Score {component} of {modality_words(settings['x'])}")
    ax.set_ylabel(f"Score {component} of {modality_words(settings['y'])}")
    return tidy(ax)
