"""How well features repeat, by class and design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics._cohort import modality_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.get import icc as table_of
from radiogenomics.pl._style import MUTED, group_colours, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

#: Classes of features beyond this number would not be told apart in one figure.
_MOST = 16


def icc(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "icc",
    by: Literal["feature_class", "image_type", "sequence"] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Box plots of the intraclass correlations over the features of each class, for each design.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.pp.filter_icc`.
    modality
        Modality it was made of; required for a MuData.
    key
        Its ``key_added``.
    by
        What classes are; by default ``feature_class`` where it is known, all features in one otherwise.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Boxes span the quartiles, whiskers the 5th to the 95th percentile; the dashed line is the threshold. Beside each
        class stands how many of its features stay, by all designs.
    """
    from matplotlib.patches import Patch

    table = table_of(data, modality=modality, key=key)
    settings = settings_of(result_of(modality_of(data, modality), key, made_by="filter_icc", package="pp"))
    table = _classed(table, by)
    value = "icc" if settings["rule"] == "value" else "lower"
    designs = list(dict.fromkeys(table["design"]))
    classes = _in_order(table)
    colours = group_colours(designs)
    ax = new_axes(ax, width=6.2, height=1.1 + 0.34 * max(2.0, len(classes) * (0.5 + 0.5 * len(designs))))
    width = 0.8 / len(designs)
    for i, name in enumerate(classes):
        for j, design in enumerate(designs):
            own = table[(table["class"] == name) & (table["design"] == design)][value].dropna()
            if own.empty:
                continue
            at = i + (j - (len(designs) - 1) / 2) * width
            box = ax.boxplot(
                [own.to_numpy(dtype=float)], positions=[at], widths=0.8 * width, whis=(5, 95), showfliers=False,
                patch_artist=True, orientation="horizontal", medianprops={"color": "black"}, manage_ticks=False,
            )  # fmt: skip
            box["boxes"][0].set(facecolor=colours[design], edgecolor="black", linewidth=0.8)
    line = ax.axvline(settings["threshold"], color=MUTED, linestyle="--", linewidth=1.2, zorder=0)
    once = table[table["design"] == designs[0]]
    kept = once.groupby("class")["kept"].agg(["sum", "size"])
    ax.set_yticks(range(len(classes)), [f"{n}\n{kept.loc[n, 'sum']} of {kept.loc[n, 'size']} stay" for n in classes])
    ax.tick_params(axis="y", labelsize="small", length=0)
    ax.set_ylim(len(classes) - 0.4, -0.6)
    ax.set_xlim(max(-1.0, min(-0.02, float(table[value].quantile(0.02)))), 1.02)
    forms = settings["form"] if isinstance(settings["form"], str) else " / ".join(settings["form"].values())
    label = _FORMS.get(forms, forms)
    ax.set_xlabel(
        label if value == "icc" else f"{label}, lower bound of its {100 * settings['confidence']:g} % interval"
    )
    ax.set_title(f"{settings['n_kept']:,} of {settings['n_features']:,} features stay", loc="left", fontsize="medium")
    handles: list[Artist] = [Patch(facecolor=colours[d], edgecolor="black", label=d) for d in designs]
    line.set_label("threshold")
    ax.legend(handles=[*handles, line], frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return tidy(ax)


_FORMS = {
    "icc1": "ICC(1,1)", "icc2": "ICC(2,1)", "icc3": "ICC(3,1)", "icc1k": "ICC(1,k)", "icc2k": "ICC(2,k)",
    "icc3k": "ICC(3,k)",
}  # fmt: skip


def _classed(table: pd.DataFrame, by: str | None) -> pd.DataFrame:
    known = [name for name in ("feature_class", "image_type", "sequence") if name in table]
    if by is None:
        return table.assign(**{"class": table.get("feature_class", "all features")})
    if by not in known:
        expected = f"one of {', '.join(known)}" if known else "features whose class the cohort knows; leave it out"
        raise InputError("by", Fault(repr(by), expected))
    return table.assign(**{"class": table[by]})


def _in_order(table: pd.DataFrame) -> list[str]:
    """Classes from the most to the least repeatable."""
    medians = table.assign(icc=table["icc"].astype(float)).groupby("class")["icc"].median()
    return [str(name) for name in medians.sort_values(ascending=False).index[:_MOST]]
