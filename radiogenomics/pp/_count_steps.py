"""Steps that start from raw counts: whatever was made of them before is made anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    modality_of,
    patients_of,
    pipeline_of,
    raw_features,
    replace_modality,
    settings_of,
    to_uns,
    training_patients,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from radiogenomics._types import Cohort

#: Estimators that are applied to counts, before any other.
ON_COUNTS = ("GeneFilter", "CountNormalizer")
_SCALES = {
    "log_cpm": "log2(counts per million + {added:g})",
    "size_factors": "log2(counts / size factor + {added:g})",
    "tmm": "log2(TMM-normalised counts per million), prior count {added:g}",
    "vst": "variance-stabilised counts (log2 scale)",
}


def earlier_steps(data: Cohort, modality: str | None) -> list[dict[str, Any]]:
    """Recorded steps, all of them on counts; refuses what cannot be made anew, and a modality without counts."""
    adata = modality_of(data, modality)
    if keys.COUNTS not in adata.layers:
        hint = "rg.io.read_counts keeps them; for counts in X, set layers['counts'] = X.copy()"
        raise InputError("data", f"there is no layers['counts']; only raw counts can be normalised. {hint}")
    steps: list[dict[str, Any]] = json.loads(pipeline_of(data, modality))
    if any(step["estimator"] not in ON_COUNTS for step in steps):
        done = ", ".join(step["estimator"] for step in steps)
        raise InputError("data", f"features were already transformed ({done}); normalise the counts before that")
    return steps


def counts_of(data: Cohort, modality: str | None) -> pd.DataFrame:
    """Raw counts of every gene that came, patients x genes."""
    adata = modality_of(data, modality)
    if json.loads(pipeline_of(data, modality)):
        return raw_features(data, modality)
    counts = pd.DataFrame(
        dense(adata.layers[keys.COUNTS]), index=patients_of(adata), columns=adata.var_names.astype(str)
    )
    check_counts(counts)
    return counts


def check_counts(counts: pd.DataFrame) -> None:
    """Refuse what is no matrix of counts, with patients and genes named."""
    x = counts.to_numpy()
    faults = [
        Fault(f"{what} {name!r} more than once", "each once")
        for what, names in (("patient", counts.index), ("gene", counts.columns))
        for name in names[names.duplicated()].unique()[:10]
    ]
    kinds = {"missing": np.isnan(x), "negative": x < 0, "not whole": np.isfinite(x) & (x != np.rint(x))}
    for what, cells in kinds.items():
        if cells.any():
            i, j = (int(k) for k in np.argwhere(cells)[0])
            found = f"{int(cells.sum())} values that are {what}, the first {x[i, j]:g} of patient {counts.index[i]!r}"
            faults.append(Fault(found, "raw counts", column=str(counts.columns[j])))
    faults += [Fault(f"no count at all for patient {p!r}", "a sequenced patient")
               for p in counts.index[np.flatnonzero(~(x > 0).any(axis=1))]]  # fmt: skip
    if faults:
        raise InputError("layers['counts']", faults)


def training_of(data: Cohort, modality: str | None) -> BoolArray:
    """Patients to learn from; refuses a modality without any."""
    training = training_patients(data, modality_of(data, modality))
    if not training.any():
        where = f"modality {modality!r}" if modality else "data"
        raise DegenerateInputError(where, "none of its patients is in the training part of the split")
    return training


def write_from_counts(
    data: Cohort,
    modality: str | None,
    estimators: Sequence[BaseEstimator],
    counts: pd.DataFrame,
    result: pd.DataFrame,
    results: Mapping[str, Mapping[str, object]],
) -> None:
    """Put ``result`` (made of ``counts`` by ``estimators``, the last a CountNormalizer) in the place of ``X``."""
    from anndata import AnnData

    adata = modality_of(data, modality)
    for key in results:
        check_key(adata, key)
    anew = bool(json.loads(pipeline_of(data, modality)))
    var = adata.raw.var if anew else adata.var
    new = adata[:, list(result.columns)].copy()
    new.raw = AnnData(counts.to_numpy(), obs=adata.obs[[]], var=var)
    new.X = result.to_numpy()
    steps = [{"estimator": type(e).__name__, "params": e.get_params(deep=False)} for e in estimators]
    new.uns[keys.PIPELINE] = json.dumps(steps)
    note = settings_of(new.uns, "expression") if "expression" in new.uns else {}
    new.uns.update(to_uns(expression={**note, "kind": "counts", "scale": "log2", "x": _scale_of(estimators[-1])}))
    for key, parts in results.items():
        new.uns[key] = to_uns(**parts)
    replace_modality(data, modality, new)


def _scale_of(normalizer: BaseEstimator) -> str:
    from radiogenomics.ml._count_normalizer import PSEUDOCOUNTS

    params = normalizer.get_params(deep=False)
    method, given = params["method"], params["pseudocount"]
    return _SCALES[method].format(added=PSEUDOCOUNTS.get(method, 0.0) if given is None else given)
