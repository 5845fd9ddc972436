from __future__ import annotations

import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import UnknownNameError
from tests.tl._cohorts import cohort, simulated


def test_tables_of_a_result() -> None:
    data = cohort(simulated(60, effect=0.5, seed=0))
    rg.tl.kaplan_meier(data, "marker")
    for table in ("summary", "curves", "test", "left_out"):
        found = rg.get.kaplan_meier(data, table=table)
        assert isinstance(found, pd.DataFrame)
        assert not any(isinstance(d, pd.CategoricalDtype) for d in found.dtypes)
    found.loc[0, "patient_id"] = "changed"  # a copy
    assert rg.get.kaplan_meier(data, table="left_out").empty


def test_unknown_tables_and_results() -> None:
    data = cohort(simulated(60, effect=0.5, seed=0))
    with pytest.raises(UnknownNameError, match=r"rg\.tl\.kaplan_meier"):
        rg.get.kaplan_meier(data)
    rg.tl.kaplan_meier(data, "marker")
    with pytest.raises(UnknownNameError, match="summary"):
        rg.get.kaplan_meier(data, table="sumary")  # type: ignore[arg-type]


def test_results_read_back_equal(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import anndata

    data = cohort(simulated(80, effect=0.5, seed=0))
    rg.tl.kaplan_meier(data, "marker", horizon=0.1)
    rg.tl.cox(data, ["marker"])
    rg.tl.associate(data, "marker", ["noise", "age"])
    rg.tl.combine_groups(data, ["marker", "noise"])
    rg.tl.combined_cindex(data, ["marker", "noise"], repeats=2, bootstrap=20, rng=0)
    data.write_h5ad(tmp_path / "cohort.h5ad")
    again = anndata.read_h5ad(tmp_path / "cohort.h5ad")
    for name, tables in {
        "kaplan_meier": ("summary", "curves", "test"),
        "cox": ("univariable", "multivariable", "model", "fit"),
        "associate": ("table", "counts"),
        "combined_cindex": ("models", "comparisons", "risks"),
    }.items():
        for table in tables:
            get = getattr(rg.get, name)
            pd.testing.assert_frame_equal(get(again, table=table), get(data, table=table), check_dtype=False)
