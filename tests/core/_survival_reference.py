"""What R's survival package says, and the data it said it about (tests/reference/survival)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parents[1] / "reference" / "survival"
DATA = ("lung", "veteran", "ovarian", "colon_ties", "heart_entry", "mgus_entry")


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=["NA", "NaN"])


def data(name: str) -> pd.DataFrame:
    return table(f"data_{name}")


def follow_up(name: str) -> dict[str, Any]:
    frame = data(name)
    outcome: dict[str, Any] = {"time": frame["time"].to_numpy(), "event": frame["event"].to_numpy()}
    if "entry" in frame:
        outcome["entry"] = frame["entry"].to_numpy()
    return outcome


def values(frame: pd.DataFrame, column: str) -> Any:
    return frame[column].to_numpy(dtype=np.float64)
