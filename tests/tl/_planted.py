"""Small cohorts with three planted groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData

from radiogenomics._cohort import own_columns

if TYPE_CHECKING:
    from mudata import MuData

SIZES = (24, 16, 12)
FAST: dict[str, Any] = {"n_resamples": 100, "rng": 0}


def frame(seed: int = 0, prefix: str = "p") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(3), SIZES)
    x = rng.normal(size=(len(truth), 45))
    for group in range(3):
        x[truth == group, 10 * group : 10 * group + 10] += 1.5
    order = rng.permutation(len(truth))
    out = pd.DataFrame(x[order], index=[f"{prefix}{i:02d}" for i in range(52)], columns=[f"f{j}" for j in range(45)])
    out.attrs["truth"] = truth[order]
    return out


def cohort(data: pd.DataFrame) -> AnnData:
    return AnnData(data.to_numpy(), obs=pd.DataFrame(index=data.index), var=pd.DataFrame(index=data.columns))


def multimodal(data: pd.DataFrame, *, split: bool = False, absent: int = 3) -> MuData:
    """Radiomics of all but the last patients; optionally every fourth patient is a test patient."""
    from mudata import MuData

    with own_columns():
        other = AnnData(np.zeros((len(data), 2)), obs=pd.DataFrame(index=data.index))
        other.var_names = ["x0", "x1"]
        mdata = MuData({"radiomics": cohort(data.iloc[: len(data) - absent]), "rna": other})
    if split:
        mdata.obs["split"] = np.where(np.arange(mdata.n_obs) % 4 == 3, "internal", "training")
        mdata.uns["split"] = {"column": "split"}
    return mdata
