"""Form of a numeric variable's effect in a Cox model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics import _keys as keys
from radiogenomics._cohort import unknown_name
from radiogenomics._errors import DegenerateInputError
from radiogenomics.get import cox as table_of
from radiogenomics.pl._marks import name_marks, value_text
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def functional_form(data: Cohort, *, variable: str | None = None, key: str = "cox", ax: Axes | None = None) -> Axes:
    """Draw martingale residuals of the model without a variable against it :cite:p:`Therneau1990`.

    A straight smooth line says that the hazard ratio per unit is the same everywhere; a bent one shows which
    transform, or which cut, would describe the effect.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.cox`.
    variable
        One of its numeric variables; by default the first.
    key
        Name under which it is stored.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result or variable.
    DegenerateInputError
        If the model has no numeric variable of at least five values.
    """
    table = table_of(data, key=key, table="functional_form")
    names = list(dict.fromkeys(table["variable"]))
    if not names:
        raise DegenerateInputError("functional_form", "the model has no numeric variable of at least five values")
    name = names[0] if variable is None else variable
    if name not in names:
        raise unknown_name("variable", name, names)
    own = table[table["variable"] == name].sort_values("value", kind="stable")
    ax = new_axes(ax, width=4.8, height=3.6)
    ax.axhline(0, color=MUTED, linewidth=0.9, linestyle="--")
    (points,) = ax.plot(own["value"], own["residual"], "o", color=MUTED, markersize=3.2, alpha=0.6, label="patients")
    pairs = zip(own["value"], own["residual"], strict=True)
    told = [f"{value_text(str(name), value)}, {value_text('residual', left)}" for value, left in pairs]
    name_marks(points, own[keys.PATIENT], told)
    ax.plot(own["value"], own["smooth"], color=PALETTE[1], linewidth=1.8, label="local regression")
    ax.set_xlabel(name)
    ax.set_ylabel("Martingale residual without it")
    ax.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    return tidy(ax)
