"""Types that signatures share."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData

    Cohort: TypeAlias = AnnData | MuData

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
StrPath: TypeAlias = str | PathLike[str]
RNG: TypeAlias = int | np.random.Generator | None
JSON: TypeAlias = dict[str, Any]
TimeUnit: TypeAlias = Literal["days", "weeks", "months", "years"]
