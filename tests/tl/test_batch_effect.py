from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import DegenerateGroupsError, InputError, UnknownNameError
from radiogenomics.report._found import results_in
from radiogenomics.report._sentences import findings


def cohort(*, split: bool = False) -> Any:
    rng = np.random.default_rng(4)
    n = 90
    ids = pd.Index([f"P{i:02d}" for i in range(n)], name="patient_id")
    site = np.array(["A", "B", "C"])[np.arange(n) % 3]
    clinical = pd.DataFrame(
        {"site": site, "age": rng.normal(60, 8, n), "country": np.where(site == "A", "x", "y"),
         "days": np.where(site == "A", 100, 1000) + rng.integers(1, 99, n), "event": 1, "part": np.arange(n) % 5,
         "sick": rng.integers(0, 2, n)},
        index=ids,
    )  # fmt: skip
    x = rng.normal(0, 1, (n, 50)) + (site == "B")[:, None] + 0.1 * (clinical["age"].to_numpy() - 60)[:, None]
    features = AnnData(x, obs=pd.DataFrame(index=ids), var=pd.DataFrame(index=[f"f{i}" for i in range(50)]))
    outcomes = {
        "os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"},
        "ill": {"kind": "binary", "column": "sick", "positive": 1},
    }
    given = {"external": "part == 0"} if split else None
    return rg.io.assemble_cohort(clinical, outcomes=outcomes, split=given, radiomics=features)


def test_before_and_after() -> None:
    mdata = cohort()
    now = mdata.mod["radiomics"].X.copy()
    rg.pp.combat(mdata, modality="radiomics", batch="site", covariates=["age"])
    rg.pp.scale(mdata, modality="radiomics")
    rg.tl.batch_effect(mdata, modality="radiomics", batch="site", variables=["age", "country"])
    summary = rg.get.batch_effect(mdata, modality="radiomics").set_index(["stage", "variable"])
    assert summary.loc[("before", "site"), "median"] > 0.1
    assert summary.loc[("after", "site"), "median"] < summary.loc[("after", "site"), "by_chance"]
    assert summary.loc[("before", "site"), "by_chance"] == pytest.approx(1 - 0.5 ** (1 / 43.5))
    assert summary.loc[("after", "age"), "median"] > summary.loc[("before", "age"), "median"]
    variance = rg.get.batch_effect(mdata, modality="radiomics", table="variance")
    one = variance.query("stage == 'before' and variable == 'site' and feature == 'f0'")["r2"].item()
    groups = [now[(mdata.obs["site"] == s).to_numpy(), 0] for s in "ABC"]
    between = sum(len(g) * (g.mean() - now[:, 0].mean()) ** 2 for g in groups)
    assert one == pytest.approx(between / ((now[:, 0] - now[:, 0].mean()) ** 2).sum())
    said = rg.get.batch_effect(mdata, modality="radiomics", table="associations").set_index("variable")
    assert bool(said.loc["country", "confounded"])
    assert not said.loc["age", "confounded"]
    assert said.loc["os", "p_value"] < 1e-6
    assert bool(said.loc["ill", "outcome"])
    text = " ".join(findings(next(f for f in results_in(mdata) if f.kind == "batch_effect")))
    assert "low by construction" in text
    assert "Site and country cannot be told apart" in text
    assert "Site goes together with os" in text


def test_parts_of_a_split_and_figures() -> None:
    mdata = cohort(split=True)
    rg.pp.combat(mdata, modality="radiomics", batch="site")
    rg.tl.batch_effect(mdata, modality="radiomics", batch="site")
    summary = rg.get.batch_effect(mdata, modality="radiomics")
    assert summary.groupby("split", sort=False)["n"].first().to_dict() == {"all": 90, "training": 72, "external": 18}
    for split in (None, "external"):
        ax = rg.pl.batch_pca(mdata, modality="radiomics", split=split)
        assert len(ax.figure.axes) == 2
        assert ax.figure.axes[1].get_title(loc="left").endswith("after")
        assert len(rg.pl.batch_effect(mdata, modality="radiomics", split=split).get_legend().get_texts()) == 3
    with pytest.raises(InputError, match="internal"):
        rg.pl.batch_pca(mdata, modality="radiomics", split="internal")


def test_without_harmonisation_and_without_batch() -> None:
    mdata = cohort()
    mdata.obs["site"] = mdata.obs["site"].where(mdata.obs_names != "P04")
    rg.tl.batch_effect(mdata, modality="radiomics", batch="site")
    assert set(rg.get.batch_effect(mdata, modality="radiomics")["stage"]) == {"before"}
    assert rg.get.batch_effect(mdata, modality="radiomics", table="left_out")["patient_id"].tolist() == ["P04"]
    assert len(rg.pl.batch_pca(mdata, modality="radiomics").figure.axes) == 1
    mdata.obs["one"] = "x"
    with pytest.raises(DegenerateGroupsError):
        rg.tl.batch_effect(mdata, modality="radiomics", batch="one")
    with pytest.raises(UnknownNameError, match=r"rg\.tl\.batch_effect"):
        rg.pl.batch_effect(cohort(), modality="radiomics")
