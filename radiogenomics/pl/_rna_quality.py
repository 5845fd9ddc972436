"""Quality of expression: principal components with outliers, XIST against the Y chromosome, depth or detected genes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from typing import Literal

    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_SHOWS = ("components", "sex", "depth")
_CHECKS = {"agrees": MUTED, "unclear": PALETTE[4], "mismatch": PALETTE[1], "unknown": "#B0B0B0"}
_MOST_NAMES = 8


def rna_quality(
    data: Cohort,
    *,
    key: str = "rna_quality",
    show: Literal["components", "sex", "depth"] = "components",
    ax: Axes | None = None,
) -> Axes:
    """Patients by the quality of their expression; outliers and mismatches are named.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.rna_quality`.
    key
        Its ``key_added``.
    show
        ``"components"``: the first two principal components, outliers marked. ``"sex"``: XIST against the mean of the
        Y genes, by clinical sex. ``"depth"``: detected genes, against the depth where there are counts.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if show not in _SHOWS:
        raise InputError("show", Fault(repr(show), f"one of {', '.join(_SHOWS)}"))
    result = result_of(data, key, made_by="rna_quality")
    table, settings = frame_of(result, "patients"), settings_of(result)
    axes = new_axes(ax, width=4.8, height=3.8)
    if show == "components":
        _components(axes, table, settings["variance_explained"])
    elif show == "sex":
        _sex(axes, table)
    else:
        _depth(axes, table)
    return tidy(axes)


def _points(axes: Axes, table: pd.DataFrame, x: str, y: str, colour: str, label: str, marker: str = "o") -> None:
    if len(table):
        points = axes.scatter(table[x], table[y], s=22, color=colour, marker=marker, label=label, lw=0, alpha=0.85)
        told = [f"{value_text('genes detected', n)}, {label}" for n in table["detected"]]
        name_marks(points, table["patient_id"], told)


def _name(axes: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    for row in table.head(_MOST_NAMES).to_dict("records"):
        axes.annotate(
            str(row["patient_id"]), (row[x], row[y]), xytext=(4, 3), textcoords="offset points", fontsize=6.5,
            annotation_clip=True,
        )  # fmt: skip


def _components(axes: Axes, table: pd.DataFrame, explained: list[float]) -> None:
    outlier = table["outlier"].astype(bool)
    table = table.assign(pc2=table.get("pc2", 0.0))
    _points(axes, table[~outlier], "pc1", "pc2", PALETTE[0], f"within ({int((~outlier).sum())})")
    _points(axes, table[outlier], "pc1", "pc2", PALETTE[1], f"outlier ({int(outlier.sum())})", "D")
    _name(axes, table[outlier].sort_values("distance", ascending=False), "pc1", "pc2")
    shares = [*explained, 0.0]
    axes.set_xlabel(f"component 1 ({shares[0]:.0%} of variance)")
    axes.set_ylabel(f"component 2 ({shares[1]:.0%})")
    axes.margins(0.12)
    axes.legend(fontsize=7.5, frameon=False)


def _sex(axes: Axes, table: pd.DataFrame) -> None:
    known = table[np.isfinite(table["xist"]) & np.isfinite(table["y_genes"])]
    if known.empty:
        raise InputError("show", "sex was not looked at: XIST or the Y genes were not measured on a log2 scale")
    for check, colour in _CHECKS.items():
        rows = known[known["sex_check"] == check]
        for sex, marker in (("female", "o"), ("male", "s"), ("", "^")):
            part = rows[rows["sex_clinical"].fillna("") == sex]
            said = f"{sex or 'sex not known'}, {check}" if check != "unknown" else (sex or "sex not known")
            _points(axes, part, "xist", "y_genes", colour, f"{said} ({len(part)})", marker)
    _name(axes, known[known["sex_check"] == "mismatch"], "xist", "y_genes")
    top = float(np.nanmax(known[["xist", "y_genes"]].to_numpy()))
    axes.plot([0, top], [0, top], color=MUTED, lw=0.8, ls=":", zorder=0)
    axes.set(xlabel="XIST (log2)", ylabel="Y chromosome (mean log2)")
    axes.legend(fontsize=7, frameon=False)


def _depth(axes: Axes, table: pd.DataFrame) -> None:
    if table["detected"].isna().all():
        raise InputError("show", "detected genes are not known of values that do not start at 0")
    outlier = table["outlier"].astype(bool)
    counted = bool(table["depth"].notna().any())
    shown = table.assign(x=table["depth"] / 1e6 if counted else np.arange(1.0, len(table) + 1))
    if not counted:
        shown = shown.assign(detected=shown["detected"].sort_values().to_numpy(), outlier=outlier)
        order = table["detected"].argsort().to_numpy()
        outlier = pd.Series(outlier.to_numpy()[order])
        shown["patient_id"] = table["patient_id"].to_numpy()[order]
    _points(axes, shown[~outlier], "x", "detected", PALETTE[0], "within")
    _points(axes, shown[outlier], "x", "detected", PALETTE[1], "outlier by components", "D")
    _name(axes, shown[outlier], "x", "detected")
    axes.set(xlabel="counts (millions)" if counted else "patients, by detected genes", ylabel="genes detected")
    axes.legend(fontsize=7.5, frameon=False)
