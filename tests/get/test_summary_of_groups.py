"""One row on stored groups: how many, of how many patients, and the p-value over all numbers of groups."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import UnknownNameError
from tests.tl._planted import FAST, cohort, frame


def test_p_value_behind_one_group_needs_no_settings() -> None:
    noise = frame().apply(lambda column: np.random.default_rng(len(str(column.name))).permutation(column.to_numpy()))
    adata = cohort(noise)
    rg.tl.consensus_cluster(adata, n_clusters="auto", n_null=19, **FAST)
    row = rg.get.consensus_cluster(adata, table="summary")
    settings = settings_of(adata.uns["groups"])
    assert len(row) == 1
    assert row.loc[0, "p_value"] == settings["p_value"]
    assert row.loc[0, "n_clusters"] == adata.uns["groups"]["n_clusters"]
    assert row.loc[0, "n_patients"] == adata.n_obs


def test_number_set_beforehand_has_no_p_value_and_other_results_no_summary() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    row = rg.get.consensus_cluster(adata, table="summary")
    assert row.loc[0, "n_clusters"] == 3
    assert row["p_value"].isna().all()
    adata.uns["other"] = {"settings": "{}"}
    with pytest.raises(UnknownNameError, match="holds no groups"):
        rg.get.consensus_cluster(adata, key="other", table="summary")
