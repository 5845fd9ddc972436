"""Permutation test of a canonical correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._errors import InputError
from radiogenomics.get import canonical_correlation as table_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def canonical_null(data: Cohort, *, key: str = "canonical_correlation", ax: Axes | None = None) -> Axes:
    """Draw what is tested, of the real patients and of every permutation: the largest z over the penalties.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.canonical_correlation`.
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
        If there is no such result.
    InputError
        If it was made without permutations.
    """
    null = table_of(data, key=key, table="null")["largest_z"]
    if not len(null):
        raise InputError("n_permutations", "patients were not permuted; there is nothing to draw")
    observed = float(table_of(data, key=key, table="penalties")["z"].max())
    p = float(table_of(data, key=key)["p_value"].iloc[0])
    ax = new_axes(ax, width=4.8, height=3.2)
    ax.hist(null, bins=min(30, max(8, len(null) // 12)), color=MUTED, alpha=0.6)
    ax.axvline(observed, color=PALETTE[1])
    ax.annotate(
        f"real patients: {observed:.2f}, p {'< 0.001' if p < 0.001 else f'= {p:.3f}'} ({len(null)} permutations)",
        (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", fontsize="x-small", color=MUTED,
        annotation_clip=False,
    )  # fmt: skip
    ax.set_xlabel("Largest standardised statistic over the penalties")
    ax.set_ylabel("Permutations")
    return tidy(ax)
