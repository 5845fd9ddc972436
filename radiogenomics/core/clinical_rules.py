"""Clinical variables that follow from others by a published rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._types import FloatArray

_T_LIMITS = (5.0, 10.0, 15.0)  # cm


def semantic_radiophenotype(heterogeneous_t2: ArrayLike, necrosis: ArrayLike, enhancement: ArrayLike) -> FloatArray:
    """High risk (1) with at least two of three signs on MRI, else low (0) :cite:p:`Crombe2019`.

    A patient with an unknown sign has an answer where the other two settle it, else NaN.

    Parameters
    ----------
    heterogeneous_t2, necrosis, enhancement
        (n,) heterogeneous T2 signal, necrosis and peritumoral enhancement: 0 absent, 1 present, NaN unknown.

    Raises
    ------
    ValueError
        Any other value.
    """
    signs = np.stack([_whole(x, 0, 1) for x in (heterogeneous_t2, necrosis, enhancement)])
    present, unknown = np.nansum(signs, axis=0), np.isnan(signs).sum(axis=0)
    out: FloatArray = np.where(present >= 2, 1.0, np.where(present + unknown < 2, 0.0, np.nan))
    return out


def fnclcc_grade(differentiation: ArrayLike, mitoses: ArrayLike, necrosis: ArrayLike) -> FloatArray:
    """Grade 1 to 3 of a soft-tissue sarcoma from its three scores :cite:p:`Trojani1984,Guillou1997`.

    The scores are added: 2 or 3 is grade 1, 4 or 5 grade 2, 6 to 8 grade 3. NaN where a score is.

    Parameters
    ----------
    differentiation, mitoses, necrosis
        (n,) scores of tumour differentiation (1 to 3), mitotic count (1 to 3) and tumour necrosis (0 to 2).

    Raises
    ------
    ValueError
        A score out of its range.
    """
    total = _whole(differentiation, 1, 3) + _whole(mitoses, 1, 3) + _whole(necrosis, 0, 2)
    out: FloatArray = np.where(np.isnan(total), np.nan, 1.0 + (total >= 4) + (total >= 6))
    return out


def t_stage(size: ArrayLike) -> FloatArray:
    """T category 1 to 4 of a soft-tissue sarcoma of the trunk or extremities :cite:p:`Amin2017`.

    T1 up to 5 cm, T2 up to 10, T3 up to 15, T4 above; NaN stays NaN.

    Parameters
    ----------
    size
        (n,) greatest dimension in cm.

    Raises
    ------
    ValueError
        A size that is not positive and finite.
    """
    x = np.asarray(size, dtype=float)
    known = ~np.isnan(x)
    if (x[known] <= 0).any() or np.isinf(x[known]).any():
        raise ValueError("a size must be a positive number of centimetres")
    out: FloatArray = np.where(known, 1.0 + np.searchsorted(_T_LIMITS, np.where(known, x, 1.0), side="left"), np.nan)
    return out


def _whole(score: ArrayLike, lowest: int, highest: int) -> FloatArray:
    x = np.asarray(score, dtype=float)
    bad = ~np.isnan(x) & ~np.isin(x, np.arange(lowest, highest + 1))
    if bad.any():
        shown = ", ".join(f"{v:g}" for v in np.unique(x[bad])[:5])
        raise ValueError(f"found {shown}; a whole number from {lowest} to {highest} was expected")
    return x
