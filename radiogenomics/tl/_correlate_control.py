"""The same map with a control in the place of the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import is_multimodal, patients_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._correlate_input import Side

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_FAMILY = "feature_class"


def control_table(
    data: Cohort, x: str | pd.DataFrame, side: Side, control: Side, found: core.CorrelationMap, training: BoolArray,
    y: FloatArray, z: FloatArray, method: Any, alpha: float,
) -> pd.DataFrame:  # fmt: skip
    """Significant pairs of the features and of their control, by family; features that both have are compared.

    The false discovery rate is controlled in each map as a whole.
    """
    place = control.features.get_indexer(side.features)
    both = place >= 0
    if not both.any():
        hint = "Take the control's features with the settings of the features"
        found_names = f"no feature of {side.name} among {list(control.features[:5])} ..."
        raise InputError("control", Fault(found_names, "features of the same names", hint=hint))
    columns: IntArray = np.asarray(place[both], dtype=np.int64)
    values = control.values_of(patients_of(data)[training], columns)
    again = core.correlation_map(values, y, method=method, covariates=z, alpha=alpha, top=1)
    family = pd.Series("all", index=side.features)
    if isinstance(x, str) and is_multimodal(data) and x in data.mod and _FAMILY in data.mod[x].var:
        known = data.mod[x].var[_FAMILY].astype(object)
        named = known.notna() & (known != "")
        if named.any():
            family = known.where(named, "other").reindex(side.features).astype(str)
    table = pd.DataFrame(
        {
            "family": family[both].to_numpy(),
            "varies": found.x_varies[both],
            "varies_control": again.x_varies,
            "n_significant": found.x_partners.sum(axis=1)[both],
            "n_significant_control": again.x_partners.sum(axis=1),
            "largest_r": np.abs(found.x_best_r[both]),
            "largest_r_control": np.abs(again.x_best_r),
        }
    )
    n_y = int(found.y_varies.sum())
    rows = []
    families = [] if (table["family"] == "all").all() else list(table.groupby("family", sort=True))
    for name, own in [("all", table), *families]:
        rows.append(
            {
                "family": name,
                "n_features": len(own),
                "n_tests": int(own["varies"].sum()) * n_y,
                "n_significant": int(own["n_significant"].sum()),
                "n_tests_control": int(own["varies_control"].sum()) * n_y,
                "n_significant_control": int(own["n_significant_control"].sum()),
                "largest_r": own["largest_r"].max(),
                "largest_r_control": own["largest_r_control"].max(),
            }
        )
    return pd.DataFrame(rows)
