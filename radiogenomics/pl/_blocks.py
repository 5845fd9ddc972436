"""One part of the split of a stored table."""

from __future__ import annotations

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError


def block_of(table: pd.DataFrame, split: str | None) -> tuple[pd.DataFrame, str]:
    """Rows of part ``split`` and its name; by default of all patients, or of the training patients of a split."""
    present = list(dict.fromkeys(table["split"].astype(str)))
    if split is None:
        split = next((s for s in ("all", *keys.SPLITS) if s in present), None)
    if split not in present:
        raise InputError("split", Fault(repr(split), f"one of {present}"))
    return table[table["split"].astype(str) == split].reset_index(drop=True), split
