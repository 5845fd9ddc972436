"""Restricted cubic splines: smooth between knots, straight beyond the outer ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray

#: Number of knots -> quantiles at which they stand (Harrell 2015, table 2.3).
QUANTILES = {3: (0.10, 0.50, 0.90), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.50, 0.725, 0.95)}


def spline_knots(x: ArrayLike, n_knots: int) -> FloatArray:
    """Knots at quantiles of ``x`` (n,), the same at a tie counted once; fewer than 3 leave a straight line."""
    if n_knots not in QUANTILES:
        raise InputError("spline_knots", Fault(repr(n_knots), "3, 4 or 5", column="n_knots"))
    return np.unique(np.quantile(np.asarray(x, dtype=np.float64), QUANTILES[n_knots]))


def cubic_spline(x: ArrayLike, knots: ArrayLike) -> FloatArray:
    """Columns of a restricted cubic spline :cite:p:`Harrell2015`.

    Parameters
    ----------
    x
        (n,) values.
    knots
        (k,) increasing.

    Returns
    -------
    (n, k - 1): `x` itself, then the cubic terms over the squared distance of the outer knots, as R's ``rms::rcs``
    has them; with fewer than 3 knots `x` alone.
    """
    value, t = np.asarray(x, dtype=np.float64), np.asarray(knots, dtype=np.float64)
    if len(t) < 3:
        return value[:, None]
    if not (np.diff(t) > 0).all():
        raise InputError("cubic_spline", Fault("others", "increasing knots", column="knots"))
    cubes = np.maximum(value[:, None] - t, 0.0) ** 3
    last = t[-1] - t[-2]
    terms = (
        cubes[:, :-2]
        - cubes[:, -2:-1] * (t[-1] - t[:-2]) / last
        + cubes[:, -1:] * (t[-2] - t[:-2]) / last
    ) / (t[-1] - t[0]) ** 2  # fmt: skip
    return np.column_stack([value, terms])
