"""Cox models of one variable each, for every feature of a matrix."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault
from radiogenomics.core._univariate import UnivariateFits, fits_of
from radiogenomics.core._univariate_kernels import cox_columns
from radiogenomics.core.cox import check_cox, sort_rows


def univariate_cox(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    ties: Literal["efron", "breslow"] = "efron",
    confidence: float = 0.95,
) -> UnivariateFits:
    """Cox regression of each feature alone :cite:p:`Cox1972,Efron1977,Breslow1974`; see :func:`fit_cox`.

    Parameters
    ----------
    x
        (n, p) features without missing values.
    time
        (n,) follow-up in any unit, at least 0.
    event
        (n,) 1 for an event, 0 for censoring.
    ties
        How tied events are treated.
    confidence
        Level of the intervals, in (0, 1).

    Returns
    -------
    UnivariateFits
        Positive coefficients mean that higher values go with earlier events. A feature without an estimate has NaN and
        a reason; nothing is refused for it.

    Raises
    ------
    InputError
        Lengths, times, events or values are at fault.
    DegenerateInputError
        No events.
    """
    faults = level_faults(confidence)
    matrix, outcome = check_cox("univariate_cox", x, time, event, None, ties, None, None, 0.0, None, faults)
    rows = sort_rows(outcome)
    found = np.full((matrix.shape[1], 4), np.nan)
    status = np.empty(matrix.shape[1], dtype=np.int64)
    cox_columns(matrix, rows.order, rows.event, rows.starts, ties == "efron", found, status)
    return fits_of(found, status, confidence)


def level_faults(confidence: float) -> list[Fault]:
    """A fault unless ``confidence`` is a level of intervals."""
    return [] if 0 < confidence < 1 else [Fault(repr(confidence), "a level in (0, 1)", column="confidence")]
