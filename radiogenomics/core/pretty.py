"""Round numbers for an axis."""

from __future__ import annotations

import numpy as np

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray


def pretty(low: float, high: float, n: int = 8) -> FloatArray:
    """Rising round numbers (1, 2 or 5 times a power of ten apart), about ``n`` of them, that cover ``low`` to ``high``.

    Raises
    ------
    InputError
        Limits that are not finite or do not rise, or fewer than 2 numbers.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high) or n < 2:
        raise InputError("pretty", Fault(f"{low:g} to {high:g}, n={n}", "finite limits that rise, and n of at least 2"))
    raw = (high - low) / n
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * min((1.0, 2.0, 5.0, 10.0), key=lambda s: abs(np.log(s * power / raw)))
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    values = np.arange(first, last + 1) * step
    # 0.30000000000000004 is no round number.
    return np.asarray([float(f"{v:.12g}") for v in values])
