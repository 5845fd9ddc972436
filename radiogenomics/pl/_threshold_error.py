"""Error of a classifier of groups along its thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def threshold_error(data: Cohort, *, key: str = "shrunken_centroids", ax: Axes | None = None) -> Axes:
    """Share of patients told wrongly at each threshold, and how many genes are left.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.shrunken_centroids` was run.
    key
        Name of the result.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The cross-validated error with its standard error over folds, the apparent error of the training patients, the
        chosen threshold, and the error of classifiers made without the patient as a line across.
    """
    stored = result_of(data, key, made_by="shrunken_centroids")
    path, errors, settings = frame_of(stored, "path"), frame_of(stored, "errors"), settings_of(stored)
    axes = new_axes(ax, width=6.4, height=4.2)
    at = path["threshold"].to_numpy(dtype=float)
    if path["cv_error"].notna().any():
        error, se = 100 * path["cv_error"].to_numpy(dtype=float), 100 * path["cv_error_se"].to_numpy(dtype=float)
        axes.fill_between(at, np.clip(error - se, 0, None), error + se, color=PALETTE[0], alpha=0.15, linewidth=0)
        axes.plot(at, error, color=PALETTE[0], marker="o", markersize=3, label="cross-validated (± standard error)")
    axes.plot(at, 100 * path["training_error"], color=MUTED, linestyle="--", label="apparent (training patients)")
    by_name = errors.drop_duplicates("estimate").set_index("estimate")["error"]
    honest = "remade" if "remade" in by_name else "nested"
    label = {"remade": "groups remade in the folds", "nested": "threshold chosen in the folds"}[honest]
    axes.axhline(100 * by_name[honest], color=PALETTE[1], linewidth=1.2, label=label)
    axes.axvline(settings["threshold_used"], color="#000000", linestyle=":", linewidth=1, label="chosen threshold")
    axes.set_xlabel("Threshold")
    axes.set_ylabel("Patients told wrongly (%)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    tidy(axes)
    _genes_above(axes, at, path["n_genes"].to_numpy(dtype=int))
    return axes


def _genes_above(axes: Axes, at: np.ndarray, n_genes: np.ndarray) -> None:
    """Numbers of genes left, on an axis above."""
    chosen = np.unique(np.linspace(0, len(at) - 1, 7).round().astype(int))
    above = axes.secondary_xaxis("top")
    above.set_xticks(at[chosen], [f"{n:,}" for n in n_genes[chosen]], fontsize=8)
    above.set_xlabel("Genes left", fontsize=9)
    above.spines["top"].set_visible(False)
