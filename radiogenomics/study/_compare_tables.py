"""How two tables of the same name differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

_ZERO = 1e-12
"""Numbers nearer than this are taken for equal whatever the tolerance: differences of rounding around zero."""

_TIMINGS = ("seconds",)
"""Columns that tell how long something took, which is another time every time."""


@dataclass(frozen=True)
class TableChange:
    """How a table of run B differs from that of run A.

    Attributes
    ----------
    n_compared, n_changed
        Cells that both tables have, and those that differ (numbers: beyond the tolerance).
    largest
        Largest relative difference of a number, in [0, 2]; NaN where no number differs.
    where
        Column and row of it.
    rows_a, rows_b, columns_a, columns_b
        How many rows, and which columns, only one of them has.
    """

    n_compared: int
    n_changed: int
    largest: float
    where: str
    rows_a: int
    rows_b: int
    columns_a: tuple[str, ...]
    columns_b: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.n_changed or self.rows_a or self.rows_b or self.columns_a or self.columns_b)

    def told(self) -> str:
        """The change in words."""
        parts = []
        if self.n_changed:
            number = f", by up to {_percent(self.largest)} ({self.where})" if np.isfinite(self.largest) else ""
            parts.append(f"{self.n_changed} of {self.n_compared} values differ{number}")
        for name, n, columns in (("A", self.rows_a, self.columns_a), ("B", self.rows_b, self.columns_b)):
            if n:
                parts.append(f"{n} {'row' if n == 1 else 'rows'} only in {name}")
            if columns:
                parts.append(f"only in {name}: {'column' if len(columns) == 1 else 'columns'} {', '.join(columns)}")
        return "; ".join(parts)


def compare_tables(a: Path, b: Path, tolerance: float) -> TableChange:
    """Compare two CSV files; rows are matched by their leading columns that tell them apart, else by their place."""
    left, right = _read(a), _read(b)
    columns = [name for name in left if name in right]
    keys = _keys(left[columns], right[columns])
    left_rows, right_rows = _rows(left, keys), _rows(right, keys)
    both = left_rows.intersection(right_rows, sort=False)
    at_left, at_right = left_rows.get_indexer(both), right_rows.get_indexer(both)
    changed, largest, where = 0, np.nan, ""
    values = [name for name in columns if name not in keys and name not in _TIMINGS]
    for name in values:
        differs, size = _differences(left[name].iloc[at_left], right[name].iloc[at_right], tolerance)
        changed += int(differs.sum())
        if np.isfinite(size[differs]).any():
            at = int(np.nanargmax(np.where(differs, size, np.nan)))
            if not size[at] <= largest:
                row = both[at] if keys else int(both[at]) + 1
                told = " ".join(map(str, row)) if isinstance(row, tuple) else str(row)
                largest, where = float(size[at]), f"{name}, row {told}"
    return TableChange(
        len(values) * len(both),
        changed,
        largest,
        where,
        len(left_rows) - len(both),
        len(right_rows) - len(both),
        tuple(str(name) for name in left if name not in right),
        tuple(str(name) for name in right if name not in left),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, low_memory=False, float_precision="round_trip")
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _keys(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
    """The fewest leading columns without fractions that name each row of both tables; none where they do not."""
    keys: list[str] = []
    for name in left:
        if any(pd.api.types.is_float_dtype(table[name]) and table[name].notna().any() for table in (left, right)):
            continue
        keys.append(str(name))
        if not left.duplicated(keys).any() and not right.duplicated(keys).any():
            return keys
    return []


def _rows(table: pd.DataFrame, keys: list[str]) -> pd.Index:
    if not keys:
        return pd.RangeIndex(len(table))
    # Text, because a column can be numbers in one table and text in the other.
    return pd.Index(list(zip(*(table[key].fillna("").astype(str) for key in keys), strict=True)), tupleize_cols=False)


def _differences(a: pd.Series, b: pd.Series, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Which cells differ, and by how much relative to the larger of the two (NaN where they are no numbers)."""
    if _is_number(a) and _is_number(b):
        x, y = a.to_numpy(dtype=float), b.to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            gap, scale = np.abs(x - y), np.maximum(np.abs(x), np.abs(y))
            size = np.where(gap <= _ZERO, 0.0, gap / scale)
        endless = (np.isinf(x) | np.isinf(y)) & (x != y)
        differs = (size > tolerance) | endless | (np.isnan(x) != np.isnan(y))
        return differs, np.where(np.isfinite(size), size, np.nan)
    differs = (a.fillna("").astype(str).to_numpy() != b.fillna("").astype(str).to_numpy()).astype(bool)
    return differs, np.full(len(differs), np.nan)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.2g} %"
