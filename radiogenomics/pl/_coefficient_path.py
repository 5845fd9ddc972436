"""Coefficients of a signature along its penalties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, result_of
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics.pl._labels import inches_of
from radiogenomics.pl._legend import under
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, right_of, text_colour, tidy
from radiogenomics.pl._text import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

#: Features drawn in colour and named: those of the largest effect at the penalty used.
_NAMED = 8
_WIDE = 2.6  # inches; a narrower panel has fewer numbers of features
_CHARACTER, _LINE = 0.057, 0.13  # inches of a letter and of a line of a name
#: The axis ends at this multiple of the largest effect at the penalty used: effects that hardly any penalty holds back
#: can be hundreds of times as large, and would leave a flat line of those used.
_TALLEST = 4.0


def coefficient_path(data: Cohort, *, key: str = "signature", model: str | None = None, ax: Axes | None = None) -> Axes:
    """Coefficient of each feature at each penalty, and the cross-validated deviance that chose one.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.signature` was run.
    key
        Name of the result.
    model
        Model whose path is drawn; by default the first.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Standardised coefficients against the penalty (large to small, so that features enter from the left), with the
        numbers of features above, a dotted line at the penalty used, and the names of the features with the largest
        effect there; what grows beyond four times that effect leaves the figure. Where the penalty was chosen, a panel
        to the right has the deviance of left-out patients with its standard error, and the two penalties that the rules
        choose.
    """
    stored = result_of(data, key, made_by="signature")
    path, cv = frame_of(stored, "path"), frame_of(stored, "cv")
    present = list(dict.fromkeys(cv["model"].astype(str)))
    if not present:
        hint = "A signature that selected nothing before the lasso has none."
        raise DegenerateInputError("coefficient_path", Fault(f"no path under {key!r}", "penalties", hint=hint))
    if model is not None and model not in present:
        raise InputError("coefficient_path", Fault(repr(model), f"one of {', '.join(present)}", column="model"))
    chosen = present[0] if model is None else model
    cv = cv[cv["model"].astype(str) == chosen].sort_values("lambda", ascending=False)
    path = path[path["model"].astype(str) == chosen]
    cross_validated = bool(cv["deviance"].notna().any())
    axes = new_axes(ax, width=9.6 if cross_validated else 5.6, height=5.6)
    beside = right_of(axes, widths=(1, 1)) if cross_validated else None
    _coefficients(axes, path, cv)
    if beside is not None:
        _deviance(beside, cv)
    return axes


def _coefficients(axes: Axes, path: pd.DataFrame, cv: pd.DataFrame) -> None:
    used = float(cv.loc[cv["is_used"].astype(bool), "lambda"].iloc[0])
    wide = path.pivot(index="lambda", columns="feature", values="standardized").sort_index(ascending=False)
    named: list[str] = []
    wide_inches, high_inches = inches_of(axes)
    characters = max(int((wide_inches - 0.75) / _CHARACTER), 12)
    if len(wide.columns):
        effect = np.abs(wide.loc[[used]].to_numpy(dtype=float)[0])
        order = np.argsort(-effect, kind="stable")[:_NAMED]
        named = _with_room([str(wide.columns[j]) for j in order if effect[j] > 0], characters, 0.25 * high_inches)
        if named:
            reach = _TALLEST * float(effect.max())
            low, high = float(wide.to_numpy().min()), float(wide.to_numpy().max())
            pad = 0.05 * (min(high, reach) - max(low, -reach))
            axes.set_ylim(max(low, -reach) - pad, min(high, reach) + pad)
    for feature in wide.columns:
        if str(feature) not in named:
            axes.plot(wide.index, wide[feature], color=MUTED, linewidth=0.5, alpha=0.5)
    for i, feature in enumerate(named):
        name = wrapped(feature, characters)
        axes.plot(wide.index, wide[feature], color=PALETTE[i % len(PALETTE)], linewidth=1.4, label=name)
    axes.axhline(0, color="#000000", linewidth=0.6)
    axes.axvline(used, color="#000000", linestyle=":", linewidth=1)
    axes.set_ylabel("Coefficient (per SD)")
    if named:
        legend = under(axes, size=7)
        for i, text in enumerate(legend.get_texts()):
            text.set_color(text_colour(PALETTE[i % len(PALETTE)]))
    else:
        axes.text(0.03, 0.95, "no feature at\nthe penalty used", transform=axes.transAxes, va="top", fontsize=8)
    _penalties(axes, cv)


def _with_room(names: list[str], characters: int, inches: float) -> list[str]:
    """The first names, at least one, whose lines fit into that height."""
    lines = np.cumsum([wrapped(name, characters).count("\n") + 1 for name in names])
    return names[: max(int((lines * _LINE <= inches).sum()), 1)]


def _deviance(axes: Axes, cv: pd.DataFrame) -> None:
    at, middle, se = (cv[c].to_numpy(dtype=float) for c in ("lambda", "deviance", "se"))
    axes.fill_between(at, middle - se, middle + se, color=PALETTE[0], alpha=0.15, linewidth=0)
    axes.plot(at, middle, color=PALETTE[0], marker="o", markersize=2.5, linewidth=1, label="mean ± SE")
    for column, label, style in (("is_min", "least", "--"), ("is_1se", "within one SE", "-.")):
        where = cv.loc[cv[column].astype(bool), "lambda"]
        if len(where):
            axes.axvline(float(where.iloc[0]), color=PALETTE[1], linestyle=style, linewidth=1, label=label)
    axes.axvline(
        float(cv.loc[cv["is_used"].astype(bool), "lambda"].iloc[0]), color="#000000", linestyle=":", label="used"
    )
    # The nearly unpenalised end can be off by orders of magnitude: the chosen part is what is to be seen.
    low, start = float(np.nanmin(middle - se)), float(middle[0] + se[0])
    height = max(start - low, float(np.nanmax(se[: int(np.nanargmin(middle)) + 1])))
    top = min(float(np.nanmax(middle + se)), low + 3 * height)
    axes.set_ylim(low - 0.05 * (top - low), top + 0.05 * (top - low))
    axes.set_ylabel("Left-out deviance")
    under(axes, size=7)
    _penalties(axes, cv)


def _penalties(axes: Axes, cv: pd.DataFrame) -> None:
    """Logarithmic axis from large to small, and the numbers of features above."""
    at = cv["lambda"].to_numpy(dtype=float)
    axes.set_xscale("log")
    pad = (at[0] / at[-1]) ** 0.02 if len(at) > 1 else 1.1
    axes.set_xlim(at[0] * pad, at[-1] / pad)
    axes.set_xlabel("Penalty λ")
    tidy(axes)
    chosen = np.unique(np.linspace(0, len(at) - 1, 7 if inches_of(axes)[0] >= _WIDE else 3).round().astype(int))
    above = axes.secondary_xaxis("top")
    above.set_xticks(at[chosen], [f"{n:,}" for n in cv["n_features"].to_numpy(dtype=int)[chosen]], fontsize=8)
    above.set_xticks([], minor=True)
    above.set_xlabel("Features", fontsize=9)
    above.spines["top"].set_visible(False)
