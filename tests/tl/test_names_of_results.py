"""What ``key_added`` may not overwrite, and tables asked of a result of another kind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl._planted import FAST, cohort, frame, multimodal

CALLS: dict[str, Callable[[Any, str], None]] = {
    "consensus_cluster": lambda data, key: rg.tl.consensus_cluster(
        data, modality="radiomics", n_clusters=2, key_added=key, **FAST
    ),
    "combine_groups": lambda data, key: rg.tl.combine_groups(data, ["one", "two"], key_added=key),
    "associate": lambda data, key: rg.tl.associate(data, ["one", "two"], key_added=key),
    "differential_expression": lambda data, key: rg.tl.differential_expression(
        data, "one", group="A", modality="radiomics", fold_change=1, key_added=key
    ),
    "impute": lambda data, key: rg.pp.impute(data, modality="radiomics", key_added=key),
}


def grouped() -> Any:
    mdata = multimodal(frame(), split=True)
    for seed, name in enumerate(("one", "two")):
        mdata.obs[name] = pd.Categorical(np.random.default_rng(seed).choice(["A", "B"], mdata.n_obs))
    return mdata


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("key", ["split", "outcomes", "pipeline", "a/b", ""])
def test_no_result_takes_the_place_of_the_cohort_itself(call: str, key: str) -> None:
    mdata = grouped()
    before = (set(mdata.uns), set(mdata["radiomics"].uns), mdata.obs.copy())
    with pytest.raises(InputError, match="key_added"):
        CALLS[call](mdata, key)
    assert (set(mdata.uns), set(mdata["radiomics"].uns)) == before[:2]
    pd.testing.assert_frame_equal(mdata.obs, before[2])


def test_columns_of_the_clinical_table_are_not_overwritten_but_earlier_results_are() -> None:
    mdata = grouped()
    mdata.obs["grade"] = "G1"
    with pytest.raises(InputError, match=r"'grade', a column of obs that is no result"):
        rg.tl.combine_groups(mdata, ["one", "two"], key_added="grade")
    rg.tl.combine_groups(mdata, ["one", "two"])
    rg.tl.combine_groups(mdata, ["two", "one"])
    adata = mdata["radiomics"]
    adata.obs["groups"] = "A"
    with pytest.raises(InputError, match="'groups'"):
        rg.tl.consensus_cluster(adata, n_clusters=2, **FAST)
    with pytest.raises(InputError, match="'groups'"):
        rg.tl.assign_clusters(adata, cohort(frame()), key="groups")


def test_a_result_of_another_function_is_named() -> None:
    adata, new = cohort(frame()), cohort(frame(seed=5, prefix="new"))
    rg.tl.consensus_cluster(adata, n_clusters=2, **FAST)
    rg.tl.assign_clusters(new, adata)
    with pytest.raises(UnknownNameError, match=r"no table 'members': rg\.tl\.consensus_cluster"):
        rg.get.consensus_cluster(new)
    with pytest.raises(UnknownNameError, match=r"no table 'assigned': rg\.tl\.assign_clusters"):
        rg.get.assign_clusters(adata)
    with pytest.raises(UnknownNameError, match="'evidence'"):
        rg.get.consensus_cluster(adata, table="evidense")  # type: ignore[arg-type]
