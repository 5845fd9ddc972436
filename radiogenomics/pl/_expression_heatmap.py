"""Expression of the first genes of a comparison in every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics.pl._style import new_axes
from radiogenomics.pl._volcano import DOWN, UP, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_MOST = 2.5  # standard deviations at which the colours end


def expression_heatmap(
    data: Cohort, *, key: str = "differential_expression", n_genes: int = 30, ax: Axes | None = None
) -> Axes:
    """Heatmap of the genes of smallest p-value, half of each direction: z-scores over the patients compared.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.differential_expression` was run.
    key
        Name of the result.
    n_genes
        At most so many genes; 50 are kept.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Patients in columns, those of the group left of the line, within either side by the mean of the genes higher in
        the group less that of the genes lower. Genes chosen by the comparison they are shown in look tidy whether they
        are true or not.
    """
    if n_genes < 1:
        raise InputError("n_genes", Fault(str(n_genes), "at least 1"))
    stored = result_of(data, key, made_by="differential_expression")
    settings = settings_of(stored)
    long = frame_of(stored, "profiles")
    if long.empty:
        why = (
            "no gene could be tested" if frame_of(stored, "table")["p_value"].isna().all() else "no gene differs at all"
        )
        raise DegenerateInputError("expression_heatmap", f"{why}, so there is none to draw")
    table = frame_of(stored, "table").set_index("gene")
    wide = long.pivot(index="gene", columns="patient_id", values="value").loc[list(dict.fromkeys(long["gene"]))]
    change = table.loc[wide.index, "log2_fold_change"]
    up, down = wide.index[change > 0][: n_genes - n_genes // 2], wide.index[change < 0][: n_genes // 2]
    wide = wide.loc[[*up, *down]]
    centred = wide.sub(wide.mean(axis=1), axis=0)
    scores = centred.div(wide.std(axis=1).replace(0.0, 1.0), axis=0)
    order = scores.mul(np.where(wide.index.isin(up), 1.0, -1.0), axis=0).mean(axis=0)
    side = long.drop_duplicates("patient_id").set_index("patient_id")["side"]
    ranked = [
        order[side[side == s].index].sort_values(ascending=False, kind="stable").index for s in ("group", "reference")
    ]
    shown = scores[[*ranked[0], *ranked[1]]].to_numpy(dtype=float)
    axes = new_axes(ax, width=7.0, height=1.6 + 0.17 * len(shown))
    image = axes.imshow(
        shown, aspect="auto", cmap="RdBu_r", vmin=-_MOST, vmax=_MOST, interpolation="nearest", rasterized=True
    )
    n, total = len(ranked[0]), shown.shape[1]
    axes.axvline(n - 0.5, color="black", linewidth=1.2)
    other = "the rest" if settings["reference"] == "rest" else settings["reference"]
    for start, stop, name, colour in ((0, n, settings["group"], UP), (n, total, other, DOWN)):
        axes.plot(
            [start - 0.4, stop - 0.6], [-1.0, -1.0], color=colour, linewidth=4, solid_capstyle="butt", clip_on=False
        )
        axes.text((start + stop - 1) / 2, -1.5, f"{name} ({stop - start})", ha="center", va="bottom", fontsize=8)
    names = table["symbol"].where(table["symbol"].notna(), table.index.to_series()).reindex(wide.index).astype(str)
    axes.set_yticks(np.arange(len(names)), list(names), fontsize=7)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title_of(settings), fontsize=9, loc="left", pad=22)
    axes.set_xlabel(f"{total} patients", fontsize=8.5)
    figure = axes.get_figure(root=True)
    if figure is not None:
        bar = figure.colorbar(image, ax=axes, shrink=0.5, aspect=16, pad=0.02, extend="both")
        bar.set_label("z-score", fontsize=8)
        bar.ax.tick_params(labelsize=7)
    return axes
