"""Repeated readings as text, so that a recorded ICC filter can be refitted wherever its cohort goes."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from radiogenomics._errors import InputError


def packed_readings(designs: Mapping[str, Sequence[pd.DataFrame]], features: Sequence[str]) -> str:
    """Text of the readings of every design: ``features`` are the columns, NaN where a reading lacks one.

    A table that several designs share is kept once.
    """
    tables: dict[int, int] = {}
    kept: list[dict[str, object]] = []
    places: dict[str, list[int]] = {}
    for name, readings in designs.items():
        for table in readings:
            if id(table) not in tables:
                tables[id(table)] = len(kept)
                values = table.reindex(columns=list(features)).to_numpy(dtype="<f8")
                text = base64.b64encode(zlib.compress(values.tobytes(), 6)).decode("ascii")
                kept.append({"patients": [str(p) for p in table.index], "values": text})
            places.setdefault(name, []).append(tables[id(table)])
    return json.dumps({"features": [str(f) for f in features], "tables": kept, "designs": places})


@lru_cache(maxsize=4)  # every training fold of a cross-validation reads the same text
def unpacked_readings(text: str) -> dict[str, list[pd.DataFrame]]:
    """The tables that :func:`packed_readings` made text of, by design; not to be changed."""
    try:
        content = json.loads(text)
        names = [str(name) for name in content["features"]]
        tables = []
        for table in content["tables"]:
            values = np.frombuffer(zlib.decompress(base64.b64decode(table["values"])), dtype="<f8")
            rows = [str(patient) for patient in table["patients"]]
            tables.append(pd.DataFrame(values.reshape(len(rows), len(names)), index=rows, columns=names))
        return {str(name): [tables[at] for at in places] for name, places in content["designs"].items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, zlib.error) as error:
        raise InputError("ICCFilter", f"its designs are no readings as a pipeline records them: {error}") from error
