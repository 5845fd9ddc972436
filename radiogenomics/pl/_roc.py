"""ROC curves of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics.get import evaluate as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._classes import classes_of
from radiogenomics.pl._legend import height_of, outside
from radiogenomics.pl._style import MUTED, group_colours, new_axes, tidy
from radiogenomics.pl._text import elided, estimate_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

ESTIMATE_WORDS = {
    "out_of_fold": "cross-validated", "held_out": "held-out", "apparent": "apparent", "given": "as given",
}  # fmt: skip
#: More colours cannot be told apart.
MOST_MODELS = 8
#: Of more models the apparent curves hide the others.
_FEW = 3
_LONGEST = 30


def roc(
    data: Cohort,
    *,
    key: str = "evaluate",
    split: str | None = None,
    models: Sequence[str] | None = None,
    apparent: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """ROC curves of one part of the split, the apparent ones dashed beside the honest ones.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.evaluate` was run for a binary outcome.
    key
        Name of the result.
    split
        Part of the split; by default the training patients, or all without a split.
    models
        Models to draw, in that order; by default all, of more than eight those with the largest AUC.
    apparent
        Draw apparent curves beside the honest ones; by default of at most three models. A model that has no other is
        drawn in any case.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        AUCs with DeLong's interval stand in the legend. Curves of out-of-fold predictions are averages over folds and
        repeats at each false-positive rate, so that the area below is the AUC.

    Raises
    ------
    UnknownNameError
        If there is no such result or model.
    InputError
        If there is no such part of the split.
    """
    points, _ = block_of(table_of(data, key=key, table="roc"), split)
    measures, part = block_of(table_of(data, key=key), split)
    areas = measures[measures["measure"] == "auc"].drop_duplicates(["model", "estimate"])
    shown = models_shown(areas, models)
    colours = group_colours(shown)
    areas = _drawn(areas[areas["model"].isin(shown)], len(shown) <= _FEW if apparent is None else apparent)
    axes = new_axes(ax, width=5.0, height=5.0 + height_of(len(areas) + 1))
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":")
    for model in shown:
        for _, row in areas[areas["model"] == model].iterrows():
            curve = points[(points["model"] == model) & (points["estimate"] == row["estimate"])]
            fitted = row["estimate"] == "apparent"
            label = f"{elided(model, _LONGEST)}, {ESTIMATE_WORDS[row['estimate']]}: {_area(row)}"
            axes.plot(
                curve["false_positive_rate"], curve["sensitivity"], color=colours[model], label=label,
                linestyle="--" if fitted else "-", linewidth=1.1 if fitted else 1.9, alpha=0.75 if fitted else 1,
                clip_on=False, zorder=2 if fitted else 3,
            )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_xlabel("1 - specificity")
    axes.set_ylabel("Sensitivity")
    settings = settings_of(result_of(data, key, made_by="evaluate"))
    outside(axes, title=f"AUC ({100 * settings['confidence']:.3g} % interval)")
    first = table_of(data, key=key, table="summary").query("split == @part").iloc[0]
    no, yes = classes_of(data, settings)
    positive = yes if no == f"not {yes}" else "positive"
    axes.set_title(f"{part_words(part)} ({first['positive']} of {first['n']} {positive})", fontsize=10, loc="left")
    return tidy(axes)


def _drawn(areas: pd.DataFrame, apparent: bool) -> pd.DataFrame:
    """Without the apparent estimates of models that have others, unless these are wanted."""
    if apparent:
        return areas
    honest = areas.groupby("model")["estimate"].transform(lambda own: (own != "apparent").any())
    return areas[~honest | (areas["estimate"] != "apparent")]


def part_words(part: str) -> str:
    """``Internal patients``, ``All patients``."""
    return f"{part.capitalize()} patients"


def models_shown(table: pd.DataFrame, models: Sequence[str] | None) -> list[str]:
    """The models asked for; by default all of a table of values, of many the best by an honest estimate."""
    known = list(dict.fromkeys(table["model"]))
    if models is not None:
        for model in models:
            if model not in known:
                raise unknown_name("models", model, known)
        return list(models)
    if len(known) <= MOST_MODELS:
        return known
    honest = table[table["estimate"] != "apparent"].groupby("model", sort=False)["value"].max()
    best = set(honest.sort_values(ascending=False).index[:MOST_MODELS])
    return [model for model in known if model in best]


def _area(row: pd.Series) -> str:
    return estimate_text(float(row["value"]), float(row["lower"]), float(row["upper"]))
