"""Differential expression of a group of patients."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import radiogenomics as rg
from radiogenomics._cohort import settings_of, to_uns
from radiogenomics._errors import DegenerateGroupsError, InputError, RadiogenomicsWarning, UnknownNameError


def _settings(data, key="differential_expression"):
    return settings_of(data.uns[key])


def test_finds_the_worst_group_and_its_genes(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    table = rg.get.differential_expression(data).set_index("gene")
    settings = _settings(data)
    assert settings["group"] == "C"
    assert "highest hazard ratio of 3 groups" in settings["chosen_by"]
    assert not settings["apparent"]
    up = table.index[table["significant"] & (table["log2_fold_change"] > 0)]
    down = table.index[table["significant"] & (table["log2_fold_change"] < 0)]
    assert set(up) == set(planted.sets["UP"])
    assert set(down) == set(planted.sets["DOWN"])
    assert (settings["n_up"], settings["n_down"]) == (30, 20)
    assert list(rg.get.differential_expression(data, table="candidates")["group"]) == ["A", "B", "C"]


@pytest.mark.parametrize("method", ["ttest", "welch"])
def test_agrees_with_scipy(planted, method):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna", group="A", reference="B", method=method)
    table = rg.get.differential_expression(data)
    labels = data.obs["risk"].reindex(data["rna"].obs_names)
    x = np.asarray(data["rna"].X)
    a, b = x[(labels == "A").to_numpy()], x[(labels == "B").to_numpy()]
    expected = stats.ttest_ind(a, b, equal_var=method == "ttest")
    np.testing.assert_allclose(table["statistic"], expected.statistic)
    np.testing.assert_allclose(table["p_value"], expected.pvalue)
    np.testing.assert_allclose(table["log2_fold_change"], a.mean(0) - b.mean(0))
    np.testing.assert_allclose(table["p_adjusted"], stats.false_discovery_control(expected.pvalue))
    assert (_settings(data)["n_group"], _settings(data)["n_reference"]) == (len(a), len(b))


def test_every_patient_left_out_has_a_reason(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna", group="A", reference="C")
    reasons = rg.get.differential_expression(data, table="left_out").set_index("patient_id")["reason"]
    assert reasons["P080"] == "no expression"
    assert reasons["P001"] == "no group in risk"
    obs = data.obs.iloc[3:70]
    assert (reasons[obs.index[obs["risk"] == "B"]] == "neither A nor C").all()
    used = _settings(data)["n_group"] + _settings(data)["n_reference"]
    assert used + len(reasons) == data.n_obs


def test_thresholds_include_their_edge(planted):
    adata = planted.cohort["rna"][:20, :3].copy()
    adata.obs["risk"] = ["A"] * 10 + ["B"] * 10
    wobble = np.tile([-0.01, 0.01], 10)
    step = np.repeat([1.0, 0.0], 10)
    adata.X = np.column_stack([wobble + step, wobble + 0.99 * step, wobble])
    rg.tl.differential_expression(adata, "risk", group="A")
    assert rg.get.differential_expression(adata)["significant"].tolist() == [True, False, False]
    rg.tl.differential_expression(adata, "risk", group="A", fold_change=1)
    assert rg.get.differential_expression(adata)["significant"].tolist() == [True, True, False]


def test_constant_genes_are_counted_not_called_zero(planted):
    data = planted.cohort
    data["rna"].X[:, 5] = 0.0
    with pytest.warns(RadiogenomicsWarning, match=r"1 of 400 genes have no test.*GENE005"):
        rg.tl.differential_expression(data, "risk", modality="rna")
    row = rg.get.differential_expression(data).set_index("gene").loc["GENE005"]
    assert np.isnan(row["p_value"])
    assert not row["significant"]
    assert _settings(data)["n_degenerate"] == 1


def test_apparent_where_the_genes_made_the_groups(planted):
    data = planted.cohort
    data.obs["rna:groups"] = data.obs["risk"]
    data.obs["radiomics:groups"] = pd.Categorical(np.where(np.arange(90) % 2, "X", "Y"))
    rg.tl.combine_groups(data, ["radiomics:groups", "rna:groups"])
    cases = {"rna:groups": True, "combined": True, "radiomics:groups": False, "risk": False}
    for groupby, expected in cases.items():
        rg.tl.differential_expression(data, groupby, modality="rna", min_patients=5, min_events=2)
        assert _settings(data)["apparent"] is expected, groupby
    rg.tl.differential_expression(data, "risk", modality="rna", apparent=True)
    assert _settings(data)["apparent"]
    assert "set by the caller" in _settings(data)["apparent_reason"]
    adata = data["rna"].copy()
    adata.obs["groups"] = data.obs["risk"].reindex(adata.obs_names)
    rg.tl.differential_expression(adata, "groups", group="C")
    assert not _settings(adata)["apparent"]
    adata.uns["groups"] = to_uns(evidence=pd.DataFrame({"k": [3]}), members=pd.DataFrame({"group": ["C"]}))
    rg.tl.differential_expression(adata, "groups", group="C")
    assert _settings(adata)["apparent"]


def test_only_training_patients_choose_genes(planted):
    data = planted.cohort
    data.obs["split"] = np.where(np.arange(90) < 45, "training", "external")
    data.uns["split"] = {"column": "split"}
    rg.tl.differential_expression(data, "risk", modality="rna")
    assert _settings(data)["n_group"] + _settings(data)["n_reference"] == 42
    reasons = rg.get.differential_expression(data, table="left_out")["reason"]
    assert reasons.str.contains("external part").sum() == 25


def test_scales_that_have_no_fold_change_are_refused(planted):
    data = planted.cohort
    before = dict(data.uns)
    data["rna"].X *= 10
    with pytest.raises(InputError, match=r"log2 scale.*normalize_counts"):
        rg.tl.differential_expression(data, "risk", modality="rna")
    data["rna"].X /= 10
    data["rna"].uns["expression"] = json.dumps({"scale": "zscore"})
    with pytest.raises(InputError, match="z-scores"):
        rg.tl.differential_expression(data, "risk", modality="rna")
    assert data.uns.keys() == before.keys()
    rg.tl.differential_expression(data, "risk", modality="rna", fold_change=1)
    assert _settings(data)["scale"] == "zscore"


def test_scaled_genes_are_compared_as_they_were_before(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    before = rg.get.differential_expression(data)
    rg.pp.clean_features(data, modality="rna")
    rg.pp.scale(data, modality="rna")
    rg.tl.differential_expression(data, "risk", modality="rna")
    assert _settings(data)["scale"] == "log2, from before scaling"
    after = rg.get.differential_expression(data)
    kept = before.set_index("gene").loc[after["gene"]]
    np.testing.assert_allclose(after["log2_fold_change"], kept["log2_fold_change"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(after["p_value"], kept["p_value"], rtol=1e-7)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"group": "Z"}, UnknownNameError, "'Z'"),
        ({"group": "A", "reference": "A"}, InputError, "both sides"),
        ({"method": "limma"}, InputError, "method"),
        ({"fold_change": 0.5, "alpha": 2}, InputError, "2 faults"),
        ({"modality": "protein"}, UnknownNameError, "modality"),
        ({"min_patients": 80}, DegenerateGroupsError, "Name the group"),
    ],
)
def test_bad_arguments(planted, changed, error, message):
    with pytest.raises(error, match=message):
        rg.tl.differential_expression(planted.cohort, "risk", **({"modality": "rna"} | changed))


def test_group_of_one_patient(planted):
    data = planted.cohort
    data.obs["risk"] = ["A"] + ["B"] * 89
    with pytest.raises(DegenerateGroupsError, match=r"1 patient.*'A'"):
        rg.tl.differential_expression(data, "risk", modality="rna", group="A")


def test_reads_back_equal(planted, tmp_path):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    again = rg.io.read_cohort(tmp_path / "c.h5mu")
    pd.testing.assert_frame_equal(rg.get.differential_expression(data), rg.get.differential_expression(again))
    assert _settings(data) == _settings(again)


def test_uveal_melanoma_chromosome_3(real_data):
    """BAP1 (3p21) is lower in uveal melanomas that metastasise: monosomy 3, the known biology of this cancer."""
    clinical = rg.io.read_clinical(real_data / "tcga_rna" / "UVM_clinical_cdr.csv", id="bcr_patient_barcode")
    rna = rg.io.read_counts(real_data / "tcga_rna" / "UVM_rsem_normalized.csv.gz", kind="normalized")
    outcomes = {"pfi": {"kind": "survival", "time": "PFI.time", "event": "PFI", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, rna=rna)
    expression = data["rna"][:, "BAP1"].to_df()["BAP1"].reindex(data.obs_names)
    data.obs["bap1"] = np.where(expression < expression.median(), "low", "high")
    rg.tl.differential_expression(data, "bap1", modality="rna", apparent=True)
    assert _settings(data)["group"] == "low"
    table = rg.get.differential_expression(data).set_index("gene")
    # Genes of the class 2 and class 1 expression signatures.
    assert table.loc["HTR2B", "log2_fold_change"] > 2
    assert table.loc["HTR2B", "significant"]
    assert table.loc["LTA4H", "log2_fold_change"] < 0
    assert table.loc["BAP1", "statistic"] < 0


def test_groups_assigned_by_the_genes_are_apparent_too(planted):
    data = planted.cohort["rna"].copy()
    data.obs["given"] = np.where(np.arange(data.n_obs) % 2, "A", "B")
    data.uns["given"] = to_uns(assigned=pd.DataFrame({"patient_id": data.obs_names, "group": data.obs["given"]}))
    rg.tl.differential_expression(data, "given", group="A")
    assert _settings(data)["apparent"]


def test_the_outcome_is_recorded_where_it_is_read_and_refused_where_not(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    assert _settings(data)["outcome"] == "relapse"
    rg.tl.differential_expression(data, "risk", modality="rna", group="A")
    assert _settings(data)["outcome"] is None
    with pytest.raises(InputError, match="'relapse' with the named group 'A'"):
        rg.tl.differential_expression(data, "risk", modality="rna", group="A", outcome="relapse")


@pytest.mark.parametrize(("word", "what"), [("worst", "group"), ("rest", "reference")])
def test_a_group_of_the_name_of_a_word_is_refused(planted, word, what):
    data = planted.cohort
    data.obs["risk"] = data.obs["risk"].cat.rename_categories({"A": word})
    with pytest.raises(InputError, match=f"{what}: .*{word}"):
        rg.tl.differential_expression(data, "risk", modality="rna")


@pytest.mark.parametrize("centred", [True, False])
def test_what_scanpy_scaled_is_no_logarithm(centred):
    rng = np.random.default_rng(1)
    logged = np.log1p(rng.poisson(20, (30, 12)).astype(float))
    scaled = (logged - logged.mean(axis=0) * centred) / logged.std(axis=0, ddof=1)
    obs = pd.DataFrame({"kind": ["a", "b", "b"] * 10}, index=[f"P{i}" for i in range(30)])
    adata = AnnData(logged.copy(), obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(12)]))
    adata.uns["log1p"] = {"base": None}
    rg.tl.differential_expression(adata, "kind", group="a")
    expected = rg.get.differential_expression(adata)
    adata.X = scaled
    with pytest.raises(InputError, match=r"standardised values, although uns\['log1p'\].*adata.raw"):
        rg.tl.differential_expression(adata, "kind", group="a")
    before = adata.copy()
    before.X = logged
    adata.raw = before
    rg.tl.differential_expression(adata, "kind", group="a")
    pd.testing.assert_frame_equal(rg.get.differential_expression(adata), expected)
    assert settings_of(adata.uns["differential_expression"])["scale"].endswith("kept in raw")
