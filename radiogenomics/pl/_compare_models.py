"""AUC of the models of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.get import compare_models as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy
from radiogenomics.pl._text import estimate_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_MOST_ROWS = 20
_SHORT = {
    "logistic_regression": "logistic", "decision_tree": "tree", "random_forest": "forest", "extra_trees": "ExtraTrees",
    "svm": "SVM", "adaboost": "AdaBoost", "gradient_boosting": "boosting",
}  # fmt: skip


def compare_models(
    data: Cohort,
    *,
    key: str = "models",
    split: str | None = None,
    kind: Literal["intervals", "heatmap"] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the AUC of every model of `rg.tl.compare_models`, on patients who took no part in making it.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    split
        Part of the split to draw; by default the training patients (cross-validated), or all without a split.
    kind
        ``"intervals"``: a row per model with its interval, hollow: apparent, judged on the patients of the fit;
        ``"heatmap"``: classifiers in columns, features and sampling in rows. By default intervals of up to 20 models.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result.
    InputError
        If there is no such part of the split or kind.
    """
    settings = settings_of(result_of(data, key, made_by="compare_models"))
    block, part = block_of(table_of(data, key=key), split)
    if kind not in (None, "intervals", "heatmap"):
        raise InputError("kind", Fault(repr(kind), "'intervals' or 'heatmap'"))
    honest = block[block["estimate"] != "apparent"].reset_index(drop=True)
    apparent = block[block["estimate"] == "apparent"].set_index("model")["auc"]
    if kind is None:
        kind = "intervals" if len(honest) <= _MOST_ROWS else "heatmap"
    first = honest.iloc[0]
    how = {"out_of_fold": "out of fold", "held_out": "held-out patients"}[str(first["estimate"])]
    who = f"{first['n']} patients, {first['n_positive']} positive"
    label = f"AUC, {how} ({settings['outcome']}; {who if part == 'all' else f'{part}: {who}'})"
    if kind == "heatmap":
        return _heatmap(honest, label, ax)
    return _intervals(honest, apparent, label, round(100 * float(settings["confidence"])), ax)


def _intervals(models: pd.DataFrame, apparent: pd.Series, label: str, level: int, ax: Axes | None) -> Axes:
    ax = new_axes(ax, width=8.0, height=1.2 + 0.3 * len(models))
    for y, (_, row) in enumerate(models.iterrows()):
        own = row["classifier"] == ""
        colour = PALETTE[1] if own else PALETTE[0]
        text = (
            f"honest, {level} % interval" if y == 0 else "the same, picked anew in each training set" if own else None
        )
        ax.plot([row["lower"], row["upper"]], [y, y], color=colour, linewidth=1.6)
        ax.plot([row["auc"]], [y], "D" if own else "o", color=colour, markersize=6, label=text)
        if row["model"] in apparent.index:
            text = "apparent (same patients)" if y == 0 else None
            ax.plot([apparent[row["model"]]], [y], "o", mfc="white", mec=MUTED, markersize=6, label=text)
        ax.annotate(
            estimate_text(row["auc"], row["lower"], row["upper"]), (1, y), xycoords=("axes fraction", "data"),
            xytext=(12, 0), textcoords="offset points", va="center", fontsize="small", annotation_clip=False,
        )  # fmt: skip
    ax.axvline(0.5, color=MUTED, linewidth=0.9, linestyle="--")
    least = np.nanmin([*models["lower"], 0.42])
    ax.set_xlim(max(0.0, float(least) - 0.02), 1.02)
    ax.set_ylim(len(models) - 0.4, -0.6)
    ax.set_yticks(range(len(models)), [_words(str(m)) for m in models["model"]], fontsize="small")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(label)
    ax.legend(
        frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2,
        handletextpad=0.3, columnspacing=1.2,
    )  # fmt: skip
    return tidy(ax)


def _words(model: str) -> str:
    first, sign, rest = model.partition(" | ")
    return f"{_SHORT.get(first, first)}{sign}{rest}".replace("smote", "SMOTE")


def _heatmap(models: pd.DataFrame, label: str, ax: Axes | None) -> Axes:
    own = models[models["classifier"] == ""].iloc[0]
    others = models[models["classifier"] != ""]
    names = [
        " | ".join(part for part in (f, s, "SMOTE" if how == "smote" else "") if part)
        for f, s, how in zip(others["features"], others["sequences"], others["sampling"], strict=True)
    ]
    rows, columns = list(dict.fromkeys(names)), list(dict.fromkeys(others["classifier"]))
    values = np.full((len(rows), len(columns)), np.nan)
    for name, classifier, auc in zip(names, others["classifier"], others["auc"], strict=True):
        values[rows.index(name), columns.index(classifier)] = auc
    ax = new_axes(ax, width=3.2 + 0.75 * len(columns), height=1.9 + 0.32 * len(rows))
    # Symmetric about a coin's 0.5, so that what is worse than chance does not look like a little of something.
    reach = max(0.2, float(np.nanmax(np.abs(values - 0.5))) if np.isfinite(values).any() else 0.2)
    image = ax.imshow(values, cmap="RdBu_r", vmin=0.5 - reach, vmax=0.5 + reach, aspect="auto")
    for i, j in np.ndindex(values.shape):
        if np.isfinite(values[i, j]):
            dark = abs(values[i, j] - 0.5) > 0.7 * reach
            ax.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", fontsize="small",
                    color="white" if dark else "black")  # fmt: skip
    ax.set_xticks(range(len(columns)), [_SHORT.get(c, c) for c in columns], rotation=30, ha="right", fontsize="small")
    ax.set_yticks(range(len(rows)), rows, fontsize="small")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    figure = ax.get_figure()
    if figure is not None:
        figure.colorbar(image, ax=ax, label="AUC", shrink=0.8)
    ax.set_title(
        f"{label}\npicked by inner folds: {estimate_text(own['auc'], own['lower'], own['upper'])}", fontsize="small",
        loc="left",
    )  # fmt: skip
    return ax
