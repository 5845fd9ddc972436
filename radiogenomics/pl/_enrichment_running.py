"""Running scores of preranked GSEA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radiogenomics._cohort import frame_of, result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics.pl._style import MUTED, group_colours, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def enrichment_running(
    data: Cohort, *, key: str = "enrichment", terms: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Running enrichment score along the ranked genes, with a tick for every gene of the set.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.enrich` was run with ``method="prerank"``.
    key
        Name of the result.
    terms
        Sets to draw, of those whose running score is stored; by default the first four.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    stored = result_of(data, key, made_by="enrich")
    settings = settings_of(stored)
    if settings["method"] != "prerank":
        raise InputError("key", Fault(f"a result of method {settings['method']!r}", "one of method 'prerank'"))
    running = frame_of(stored, "running")
    available = list(dict.fromkeys(running["term"]))
    chosen = list(terms) if terms is not None else available[:4]
    for term in chosen:
        if term not in available:
            raise unknown_name("terms", term, available)
    table = frame_of(stored, "table").drop_duplicates("term").set_index("term")
    axes = new_axes(ax, width=6.6, height=4.2)
    colours = group_colours(chosen)
    lowest = min(0.0, float(running.loc[running["term"].isin(chosen), "score"].min()))
    step = 0.06
    for i, term in enumerate(chosen):
        line = running[running["term"] == term].drop_duplicates("rank").sort_values("rank")
        row = table.loc[term]
        label = f"{term}  NES {row['score']:.2f}, q {_short(float(row['p_adjusted']))}"
        axes.plot(line["rank"], line["score"], color=colours[term], linewidth=1.3, label=label)
        bottom = lowest - 0.06 - step * (i + 1)
        axes.vlines(
            line.loc[line["hit"].astype(bool), "rank"], bottom, bottom + 0.8 * step, color=colours[term], linewidth=0.5
        )
    axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=0)
    axes.margins(x=0.01)
    axes.set_yticks([tick for tick in axes.get_yticks() if lowest - 0.05 <= tick <= 1.0])
    expression = settings["expression"]
    other = "the rest" if expression["reference"] == "rest" else expression["reference"]
    axes.set_xlabel(f"rank of the gene: higher in {expression['group']} on the left, higher in {other} on the right")
    axes.set_ylabel("running enrichment score")
    title = f"Preranked GSEA: {expression['group']} against {other}"
    axes.set_title(f"{title} (apparent)" if expression["apparent"] else title, fontsize=10, loc="left")
    axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(0.0, -0.15))
    return tidy(axes)


def _short(q: float) -> str:
    return f"{q:.3f}" if q >= 0.001 else "< 0.001"
