"""Scores of gene sets by patient: R's GSVA, a naive twin, and what other functions do with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning, UnknownNameError

REFERENCE = Path(__file__).parents[1] / "reference" / "enrichment"


@pytest.fixture
def simulated():
    values = pd.read_csv(REFERENCE / "values.csv", index_col=0).T
    obs = pd.DataFrame({"late": [0] * 7 + [1] * 7}, index=values.index)
    return AnnData(values.to_numpy(), obs=obs, var=pd.DataFrame(index=values.columns))


@pytest.mark.parametrize(("method", "factor"), [("gsva", 1.0), ("ssgsea", 300.0)])
def test_equal_to_r(simulated, method, factor):
    expected = pd.read_csv(REFERENCE / f"{method}.csv", index_col=0)
    rg.tl.enrich(simulated, REFERENCE / "sets.gmt", method=method, min_size=1)
    scores = simulated.obsm["enrichment"]
    np.testing.assert_allclose(scores.T.loc[expected.index] * factor, expected, rtol=1e-6, atol=1e-9)
    assert scores.abs().to_numpy().max() <= 1
    late = scores["SHIFTED"].groupby(simulated.obs["late"]).mean()
    assert late[1] > late[0] + 0.1


def _naive(values: pd.Series, genes: list[str]) -> float:
    """Barbie's score, walking down the genes of one patient: mean gap between what is in the set and what is not."""
    ranks = values.rank()
    inside = outside = total = 0.0
    weight = sum(ranks[g] ** 0.25 for g in genes)
    for gene in ranks.sort_values(ascending=False).index:
        if gene in genes:
            inside += ranks[gene] ** 0.25 / weight
        else:
            outside += 1 / (len(values) - len(genes))
        total += inside - outside
    return total / len(values)


def test_ssgsea_is_of_one_patient_alone(simulated):
    sets = rg.io.read_gmt(REFERENCE / "sets.gmt")
    rg.tl.enrich(simulated, REFERENCE / "sets.gmt", method="ssgsea")
    scores = simulated.obsm["enrichment"]
    frame = simulated.to_df()
    for patient in frame.index[:2]:
        for term in ("SHIFTED", "RANDOM3"):
            assert scores.loc[patient, term] == pytest.approx(_naive(frame.loc[patient], sets[term]))
    one = simulated[:1].copy()
    rg.tl.enrich(one, REFERENCE / "sets.gmt", method="ssgsea")
    pd.testing.assert_frame_equal(one.obsm["enrichment"], scores.iloc[:1])


def test_scores_go_on_into_cox_associate_and_correlate(planted, tmp_path):
    data = planted.cohort
    rg.tl.enrich(data, planted.gmt_path, method="ssgsea", modality="rna", to_obs=["UP", "DOWN"], key_added="paths")
    assert data.obs["UP"].notna().sum() == 70
    left = rg.get.enrich(data, key="paths", table="left_out")
    assert left["reason"].unique().tolist() == ["no expression"]
    assert len(left) == 20
    data.obs["up_10"] = 10 * data.obs["UP"]
    rg.tl.cox(data, ["up_10"])
    assert rg.get.cox(data)["hr"].iloc[0] > 1
    rg.tl.associate(data, "risk", ["UP"])
    assert rg.get.associate(data)["p_value"].min() < 1e-6
    rg.tl.correlate(data, "radiomics", "rna:paths")
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    again = rg.io.read_cohort(tmp_path / "c.h5mu")
    pd.testing.assert_frame_equal(again["rna"].obsm["paths"], data["rna"].obsm["paths"])
    pd.testing.assert_frame_equal(
        rg.get.enrich(again, key="paths", table="sets"), rg.get.enrich(data, key="paths", table="sets")
    )
    # The same key again replaces the earlier scores.
    rg.tl.enrich(data, planted.gmt_path, method="gsva", modality="rna", to_obs="UP", key_added="paths")
    assert settings_of(data.uns["paths"])["method"] == "gsva"


def test_names_of_two_collections_and_of_symbols(simulated):
    simulated.var["symbol"] = [*simulated.var_names[:-1], simulated.var_names[0]]
    simulated.var_names = [f"ENSG{i:011d}" for i in range(300)]
    gmt = REFERENCE / "sets.gmt"
    rg.tl.enrich(simulated, {"one": gmt, "two": gmt}, method="ssgsea")
    assert "one:SHIFTED" in simulated.obsm["enrichment"]
    sets = rg.get.enrich(simulated, table="sets")
    assert len(sets) == 16
    settings = settings_of(simulated.uns["enrichment"])
    assert settings["identifier"] == "symbol"
    assert settings["n_duplicated_names"] == 1


def test_low_coverage_is_warned_of_where_the_user_calls(simulated):
    small = simulated[:, :100].copy()
    with pytest.warns(RadiogenomicsWarning, match="were measured") as caught:
        rg.tl.enrich(small, REFERENCE / "sets.gmt", method="ssgsea")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"key": "differential_expression"}, InputError, "'key': .*method='ssgsea'"),
        ({"to_obs": ["NONE"]}, UnknownNameError, "NONE"),
        ({"to_obs": ["late"]}, UnknownNameError, "late"),
        ({"method": "ora", "to_obs": ["SHIFTED"]}, InputError, "to_obs"),
        ({"method": "prerank", "modality": "rna"}, InputError, "modality"),
        ({"min_size": 200}, InputError, "the largest has 42"),
    ],
)
def test_bad_arguments(simulated, changed, error, message):
    with pytest.raises(error, match=message):
        rg.tl.enrich(simulated, REFERENCE / "sets.gmt", **({"method": "ssgsea"} | changed))
    assert not simulated.obsm
    assert "enrichment" not in simulated.uns


def test_bad_input(simulated):
    gmt = REFERENCE / "sets.gmt"
    simulated.obs["SHIFTED"] = 1.0
    with pytest.raises(InputError, match="no score"):
        rg.tl.enrich(simulated, gmt, method="ssgsea", to_obs="SHIFTED")
    with pytest.raises(DegenerateInputError, match="5 patients are too few"):
        rg.tl.enrich(simulated[:5].copy(), gmt, method="gsva")
    simulated.obsm["enrichment"] = np.zeros((14, 2))
    with pytest.raises(InputError, match="already holds"):
        rg.tl.enrich(simulated, gmt, method="ssgsea")
    simulated.X[0, 0] = np.nan
    with pytest.raises(InputError, match="missing values"):
        rg.tl.enrich(simulated, gmt, method="ssgsea", key_added="other")


def test_gsva_does_not_cross_a_split(simulated):
    simulated.obs["split"] = ["training"] * 10 + ["external"] * 4
    simulated.uns["split"] = {"column": "split"}
    with pytest.raises(InputError, match="test patients would shape"):
        rg.tl.enrich(simulated, REFERENCE / "sets.gmt", method="gsva")
    rg.tl.enrich(simulated, REFERENCE / "sets.gmt", method="ssgsea")
    assert len(simulated.obsm["enrichment"]) == 14


def test_cinsarc_tells_survival_in_adrenocortical_carcinoma(real_data):
    """The mitosis signature of sarcomas: the known marker of this cancer's prognosis is proliferation."""
    clinical = rg.io.read_clinical(real_data / "tcga_rna" / "ACC_clinical_cdr.csv", id="bcr_patient_barcode")
    rna = rg.io.read_counts(real_data / "tcga_rna" / "ACC_rsem_normalized.csv.gz", kind="normalized")
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, rna=rna)
    rg.tl.enrich(
        data,
        real_data / "msigdb" / "cinsarc.gmt",
        method="ssgsea",
        modality="rna",
        to_obs="CINSARC",
        key_added="cinsarc",
    )
    assert rg.get.enrich(data, key="cinsarc", table="sets")["measured"].item() >= 60
    data.obs["cinsarc_tenths"] = 10 * data.obs["CINSARC"]
    rg.tl.cox(data, ["cinsarc_tenths"])
    row = rg.get.cox(data).iloc[0]
    assert row["lower"] > 2
    assert row["p_value"] < 1e-6
