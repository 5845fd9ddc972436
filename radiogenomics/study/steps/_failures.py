"""Cases that failed, in the words of the provenance."""

from __future__ import annotations

from typing import Any

import pandas as pd


def case_failures(table: pd.DataFrame | list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows ``patient_id``, ``sequence``, ``reason`` from a table of failures, or its records."""
    records = table.to_dict("records") if isinstance(table, pd.DataFrame) else table
    return [
        {
            "patient_id": str(row["patient_id"]),
            "sequence": str(row["sequence"]),
            "reason": f"{row['step']}: {row['message']}",
        }
        for row in records
    ]
