"""Cases that failed, in the words of the provenance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radiogenomics._errors import one_line
from radiogenomics.study._files import make_folder, whole_file

FAILURES = "failures.csv"
FAILURE_COLUMNS = ["step", "patient_id", "sequence", "reason"]


def write_failures(output: Path, failures: Sequence[dict[str, str]]) -> Path:
    """Table of the failed cases, one line each; written as soon as they are known, for a run that stops later."""
    path = make_folder(output / "tables", what="output") / FAILURES
    with whole_file(path) as part:
        pd.DataFrame(failures, columns=FAILURE_COLUMNS).to_csv(part, index=False)
    return path


def features_file(modality: str) -> str:
    """Where a step keeps the features of a modality that it made, in its own folder."""
    return f"{modality}.h5ad"


def case_failures(table: pd.DataFrame | list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows ``patient_id``, ``sequence``, ``reason`` from a table of failures, or its records."""
    records = table.to_dict("records") if isinstance(table, pd.DataFrame) else table
    return [
        {
            "patient_id": str(row["patient_id"]),
            "sequence": str(row["sequence"]),
            "reason": f"{row['step']}: {one_line(str(row['message']))}",
        }
        for row in records
    ]
