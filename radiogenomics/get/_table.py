"""One table of a stored result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._cohort import frame_of, result_of, settings_of, unknown_name
from radiogenomics._errors import UnknownNameError

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def stored_table(
    data: Cohort, key: str, table: str, *, tables: Sequence[str], made_by: str, package: str = "tl"
) -> pd.DataFrame:
    """Table ``table`` (one of ``tables``) of the result that ``rg.<package>.<made_by>`` stored under ``key``."""
    if table not in tables:
        raise unknown_name("table", table, tables)
    result = result_of(data, key, made_by=made_by, package=package)
    if table not in result:
        said = f"rg.{package}.{made_by} was not asked for it, or another function made the result"
        raise UnknownNameError("result", f"{key!r} has no table {table!r}: {said}")
    return frame_of(result, table)


def summary_of(data: Cohort, key: str, *, made_by: str) -> pd.DataFrame:
    """One row on groups that ``rg.tl.<made_by>`` stored: how many patients and groups, and the p-value behind one."""
    result = result_of(data, key, made_by=made_by)
    if "n_clusters" not in result or "members" not in result:
        raise UnknownNameError("result", f"{key!r} holds no groups of rg.tl.{made_by}: another function made it")
    settings = settings_of(result)
    names = ("n_patients", "n_features", "mean_adjusted_rand", "p_value", "alpha")
    row = {name: settings[name] for name in names if name in settings}
    for name in ("p_value", "alpha"):
        row[name] = float("nan") if row.get(name) is None else row[name]
    return pd.DataFrame([{"n_clusters": int(result["n_clusters"]), **row}])
