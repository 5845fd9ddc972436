"""One table of a stored result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._cohort import frame_of, result_of, unknown_name
from radiogenomics._errors import UnknownNameError

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def stored_table(data: Cohort, key: str, table: str, *, tables: Sequence[str], made_by: str) -> pd.DataFrame:
    """Table ``table`` (one of ``tables``) of the result that ``rg.tl.<made_by>`` stored under ``key``."""
    if table not in tables:
        raise unknown_name("table", table, tables)
    result = result_of(data, key, made_by=made_by)
    if table not in result:
        said = f"rg.tl.{made_by} was not asked for it, or another function made the result"
        raise UnknownNameError("result", f"{key!r} has no table {table!r}: {said}")
    return frame_of(result, table)
