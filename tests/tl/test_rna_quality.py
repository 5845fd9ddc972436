import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.core.sample_outliers import sample_outliers

Y = ["RPS4Y1", "DDX3Y", "KDM5D"]
GENES = ["XIST", *Y, "MT-CO1", *(f"g{i}" for i in range(95))]


def counts(n: int = 40, seed: int = 0) -> AnnData:
    """Counts of ``n`` patients, women and men in turns."""
    rng = np.random.default_rng(seed)
    mu = np.tile(rng.gamma(1, 400, 100), (n, 1))
    women = np.arange(n) % 2 == 0
    mu[:, 0] = np.where(women, 800, 0)
    mu[:, 1:4] = np.where(women, 0, 500)[:, None]
    x = rng.poisson(mu * rng.gamma(8, 1 / 8, size=(n, 100)))
    data = AnnData(x.astype(float), var=pd.DataFrame(index=GENES))
    data.obs_names = [f"P{i:02}" for i in range(n)]
    data.layers["counts"] = x
    data.obs["sex"] = np.where(women, "F", "male")
    return data


def test_counts_by_hand() -> None:
    data = counts()
    rg.tl.rna_quality(data)
    table = rg.get.rna_quality(data).set_index("patient_id")
    x = data.layers["counts"]
    np.testing.assert_array_equal(table["depth"], x.sum(axis=1))
    np.testing.assert_array_equal(table["detected"], (x > 0).sum(axis=1))
    np.testing.assert_allclose(table["mitochondrial"], x[:, 4] / x.sum(axis=1))
    np.testing.assert_allclose(table["xist"], np.log2(x[:, 0] / x.sum(axis=1) * 1e6 + 1))
    assert (table["sex_check"] == "agrees").all()
    assert table["sex_expressed"].tolist()[:2] == ["female", "male"]
    assert settings_of(data.uns["rna_quality"])["sex"] == "sex"
    summary = rg.get.rna_quality(data, table="summary").iloc[0]
    assert (summary["n"], summary["n_sex_checked"], summary["n_sex_mismatch"]) == (40, 40, 0)


def test_exchanged_samples_are_named_and_lost_y_is_unclear() -> None:
    data = counts()
    data.obs.loc["P02", "sex"] = "m"
    data.layers["counts"][3, :4] = 3  # lost Y, a few normal cells
    data.layers["counts"][5, :4] = 0
    data.obs.loc["P07", "sex"] = None
    with pytest.warns(RadiogenomicsWarning, match=r"sex of 1 patient\(s\): P02 \(male in the clinical table\)"):
        rg.tl.rna_quality(data)
    checks = rg.get.rna_quality(data).set_index("patient_id")["sex_check"]
    assert checks[["P02", "P03", "P05", "P07"]].tolist() == ["mismatch", "unclear", "unclear", "unknown"]
    assert (checks.drop(["P02", "P03", "P05", "P07"]) == "agrees").all()


def test_codes_of_sex() -> None:
    data = counts()
    data.obs["sex"] = np.where(data.obs["sex"] == "F", 2.0, 1.0)
    rg.tl.rna_quality(data)
    assert "unknown meaning" in settings_of(data.uns["rna_quality"])["not_done"]["clinical sex"]
    with pytest.raises(InputError, match=r"values '1', '2'; expected male and female. Say it with sex_codes="):
        rg.tl.rna_quality(data, sex="sex")
    rg.tl.rna_quality(data, sex_codes={1: "male", 2: "female"})
    assert (rg.get.rna_quality(data)["sex_check"] == "agrees").all()
    with pytest.raises(InputError, match="'male' or 'female'"):
        rg.tl.rna_quality(data, sex_codes={1: "man", 2: "female"})
    data.obs["gender"] = data.obs["sex"]
    rg.tl.rna_quality(data)
    assert "several columns" in settings_of(data.uns["rna_quality"])["not_done"]["clinical sex"]
    with pytest.raises(InputError, match="sex"):
        rg.tl.rna_quality(data, sex="sexe")


def test_outliers_are_found_and_test_patients_judged_by_the_training_ones() -> None:
    data = counts(60)
    rng = np.random.default_rng(1)
    for i in (10, 55):
        data.layers["counts"][i] = rng.poisson(data.layers["counts"][i] * rng.gamma(0.3, 1 / 0.3, 100) + 1)
    data.obs["split"] = pd.Categorical(["training"] * 40 + ["external"] * 20)
    data.uns["split"] = {"column": "split"}
    rg.tl.rna_quality(data)
    table = rg.get.rna_quality(data).set_index("patient_id")
    assert table.loc[["P10", "P55"], "outlier"].all()
    assert table["outlier"].sum() <= 5
    assert table["split"].value_counts().to_dict() == {"training": 40, "external": 20}
    alone = counts(60)[:40].copy()
    alone.layers["counts"][:] = data.layers["counts"][:40]
    rg.tl.rna_quality(alone)
    np.testing.assert_allclose(rg.get.rna_quality(alone)["distance"], table["distance"][:40])


def test_false_alarms_are_as_rare_as_said() -> None:
    rng = np.random.default_rng(5)
    flagged = [
        (sample_outliers(x, x, n_components=5).p_value < 0.01).mean()
        for x in (rng.normal(size=(100, 200)) * rng.gamma(1, 1, 200) for _ in range(20))
    ]
    assert 0.004 < np.mean(flagged) < 0.04


def test_normalised_values_without_counts() -> None:
    data = counts()
    data.X = np.log2(data.layers.pop("counts") / 7 + 1)
    rg.tl.rna_quality(data)
    table = rg.get.rna_quality(data)
    assert table["depth"].isna().all()
    linear = np.exp2(data.X) - 1
    np.testing.assert_allclose(table["mitochondrial"], linear[:, 4] / linear.sum(axis=1))
    assert (table["sex_check"] == "agrees").all()
    data.X = np.exp2(data.X) * 1e3
    with pytest.raises(InputError, match=r"expected values on the log2 scale.*layers\['counts'\]"):
        rg.tl.rna_quality(data)


def test_bad_settings_and_too_few() -> None:
    data = counts()
    with pytest.raises(InputError, match="3 faults"):
        rg.tl.rna_quality(data, n_components=0, n_genes=1, alpha=0)
    with pytest.raises(DegenerateInputError, match="three training patients"):
        rg.tl.rna_quality(data[:2].copy())
    data.layers["counts"][:] = 5
    with pytest.raises(DegenerateInputError, match="fewer than two genes"):
        rg.tl.rna_quality(data)


@pytest.mark.parametrize(("name", "unclear", "outliers"), [("UVM", 3, ["TCGA-YZ-A980"]), ("ACC", 2, [])])
def test_real_sex_agrees(real_data: Path, name: str, unclear: int, outliers: list[str]) -> None:
    folder = real_data / "tcga_rna"
    clinical = rg.io.read_clinical(folder / f"{name}_clinical_cdr.csv", id="bcr_patient_barcode")
    rna = rg.io.read_counts(folder / f"{name}_rsem_normalized.csv.gz", kind="rsem")
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, rna=rna)
    rg.tl.rna_quality(data, modality="rna")
    table = rg.get.rna_quality(data)
    found = table["sex_check"].value_counts().to_dict()
    assert found == {"agrees": len(table) - unclear, "unclear": unclear}
    assert table.loc[table["outlier"], "patient_id"].tolist() == outliers


@pytest.mark.parametrize("show", ["components", "sex", "depth"])
def test_figures(show: str) -> None:
    data = counts()
    data.obs.loc["P02", "sex"] = "m"
    with pytest.warns(RadiogenomicsWarning):
        rg.tl.rna_quality(data)
    axes = rg.pl.rna_quality(data, show=show)
    assert sum(len(c.get_offsets()) for c in axes.collections) == 40
    if show == "sex":
        assert [t.get_text() for t in axes.texts] == ["P02"]
    with pytest.raises(InputError, match="components, sex, depth"):
        rg.pl.rna_quality(data, show="pca")


def test_stored_result_reads_back(tmp_path: Path) -> None:
    data = counts()
    rg.tl.rna_quality(data)
    data.write_h5ad(tmp_path / "q.h5ad")
    import anndata

    again = anndata.read_h5ad(tmp_path / "q.h5ad")
    pd.testing.assert_frame_equal(rg.get.rna_quality(again), rg.get.rna_quality(data))
    assert json.loads(again.uns["rna_quality"]["settings"])["counts"]


def test_what_is_no_count_is_refused_and_an_empty_patient_named() -> None:
    for wrong in (-1, np.nan):
        data = counts()
        data.layers["counts"] = data.layers["counts"].astype(float)
        data.layers["counts"][2, 7] = wrong
        with pytest.raises(InputError, match=r"column 'g2'.*of 'P02'"):
            rg.tl.rna_quality(data)
    data = counts()
    data.layers["counts"][4] = 0
    with pytest.warns(RadiogenomicsWarning, match="no expression of any gene: P04"):
        rg.tl.rna_quality(data)
    data = counts()
    data.obs_names = ["P00", *data.obs_names[:-1]]
    with pytest.raises(InputError, match=r"1 patient\(s\) more than once \(P00\)"):
        rg.tl.rna_quality(data)
