"""What a model rests on: bars of importance, or SHAP values of every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.get import explain as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def explain(
    data: Cohort,
    *,
    key: str = "explain",
    split: str | None = None,
    kind: Literal["bars", "beeswarm"] = "bars",
    n_features: int = 15,
    ax: Axes | None = None,
) -> Axes:
    """Draw the importance of features of a model, by `rg.tl.explain`.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    split
        Part of the split to draw; by default the training patients (out of fold), or all without a split.
    kind
        ``"bars"``: importance with its interval, and the apparent one hollow where it was asked for; ``"beeswarm"``
        (SHAP): a dot per patient, coloured by the feature's value.
    n_features
        Most features to draw.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result, or no SHAP values for a beeswarm.
    InputError
        If there is no such part of the split or kind.
    """
    settings = settings_of(result_of(data, key, made_by="explain"))
    if kind not in ("bars", "beeswarm"):
        raise InputError("kind", Fault(repr(kind), "'bars' or 'beeswarm'"))
    if not isinstance(n_features, int | np.integer) or n_features < 1:
        raise InputError("n_features", Fault(repr(n_features), "a whole number of at least 1"))
    block, part = block_of(table_of(data, key=key), split)
    honest = block[block["estimate"] != "apparent"].head(n_features).reset_index(drop=True)
    ax = new_axes(ax, width=7.0, height=1.3 + 0.27 * len(honest))
    if kind == "bars":
        _bars(ax, honest, block[block["estimate"] == "apparent"].set_index("feature")["value"])
        what = "AUC lost when shuffled" if settings["method"] == "permutation" else "mean absolute SHAP value"
        unit = "" if settings["method"] == "permutation" else f", {settings['unit']}"
    else:
        _swarm(ax, honest, _honest_values(data, key, part))
        what, unit = "SHAP value", f", {settings['unit']}"
    ax.axvline(0, color=MUTED, linewidth=0.9)
    ax.set_ylim(len(honest) - 0.4, -0.6)
    ax.set_yticks(range(len(honest)), [_wrapped(str(f)) for f in honest["feature"]], fontsize="small")
    ax.tick_params(axis="y", length=0)
    how = {"out_of_fold": "out of fold", "held_out": "held-out patients"}[str(honest["estimate"].iloc[0])]
    where = f"{honest['n'].iloc[0]} patients, {how}" + ("" if part == "all" else f", {part}")
    ax.set_xlabel(f"{what}{unit} ({where})")
    ax.set_title(str(settings["model"]), fontsize="medium", loc="left", pad=20 if kind == "bars" else 6)
    return tidy(ax)


def _bars(ax: Axes, honest: pd.DataFrame, apparent: pd.Series) -> None:
    y = np.arange(len(honest))
    reach = [honest["value"] - honest["lower"], honest["upper"] - honest["value"]]
    ax.barh(y, honest["value"], color=PALETTE[5], height=0.7, label="with interval over patients")
    ax.errorbar(honest["value"], y, xerr=reach, fmt="none", ecolor=PALETTE[0], elinewidth=1.2)
    if len(apparent):
        at = apparent.reindex(honest["feature"]).to_numpy()
        ax.plot(at, y, "o", mfc="white", mec=MUTED, markersize=5, label="apparent (same patients)")
    for i, share in enumerate(honest["frequency"]):
        ax.annotate(
            f"{100 * share:.0f} %", (1, i), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize="small", annotation_clip=False,
        )  # fmt: skip
    ax.annotate(
        "used by", (1, 1), xycoords="axes fraction", xytext=(6, 2), textcoords="offset points", fontsize="small",
        annotation_clip=False,
    )  # fmt: skip
    ax.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.1)


def _honest_values(data: Cohort, key: str, part: str) -> pd.DataFrame:
    values = table_of(data, key=key, table="values")
    return values[(values["split"] == part) & (values["estimate"] != "apparent")]


def _swarm(ax: Axes, honest: pd.DataFrame, values: pd.DataFrame) -> None:
    """Dots of one feature in a row, moved apart where many lie at one place; of several repeats, their mean."""
    mean = values.groupby(["feature", "patient_id"], sort=False)[["value", "shap"]].mean()
    span = float(mean["shap"].abs().max()) or 1.0
    dots: Any = None
    for y, feature in enumerate(honest["feature"]):
        own = mean.loc[feature].sort_values("shap")
        bins = np.round(own["shap"].to_numpy() / span * 40).astype(int)
        offset = np.zeros(len(own))
        for b in np.unique(bins):
            at = np.flatnonzero(bins == b)
            offset[at] = (np.arange(len(at)) - (len(at) - 1) / 2) * min(0.09, 0.8 / max(len(at), 1))
        dots = ax.scatter(own["shap"], y + offset, c=own["value"].clip(-2, 2), cmap="coolwarm", vmin=-2, vmax=2, s=11)
        name_marks(dots, own.index, [f"{feature}: {value_text('SHAP', v)}" for v in own["shap"]])
    figure = ax.get_figure()
    if dots is not None and figure is not None:
        figure.colorbar(dots, ax=ax, label="feature (standard deviations)", shrink=0.8)


def _wrapped(name: str, width: int = 44) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"
