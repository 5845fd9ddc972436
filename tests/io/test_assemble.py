from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import outcome_of, survival_outcome
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning

#: The cohorts here have patients without a clinical row on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*no clinical row")

OS = {"os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days"}}


def clinical(n: int = 6) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "days": [10.0, 20, 30, np.nan, 50, 60][:n],
            "dead": [1, 0, 1, 0, 1, 0][:n],
            "centre": ["A", "B", "A", None, "B", "A"][:n],
            "age": [50, 60, 70, 80, 90, 40][:n],
        },
        index=[f"P{i}" for i in range(1, n + 1)],
    )


def features(ids: list[str], seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(len(ids), 3))
    return pd.DataFrame(values, index=ids, columns=["f1", "f2", "f3"])


def test_partial_modalities_and_audit() -> None:
    radiomics, rna = features(["P2", "P1", "P3"]), features(["P3", "p4_T", "P5"], 1)
    mdata = rg.io.assemble_cohort(clinical(), outcomes=OS, radiomics=radiomics, rna=rna)
    assert list(mdata.obs_names) == ["P1", "P2", "P3", "P5", "p4_T"]
    assert list(mdata["radiomics"].obs_names) == ["P1", "P2", "P3"]
    np.testing.assert_array_equal(mdata["radiomics"]["P2"].X[0], radiomics.loc["P2"])
    np.testing.assert_array_equal(mdata["rna"]["p4_T"].X[0], rna.loc["p4_T"])
    assert mdata.obs.loc["P5", "age"] == 90
    assert np.isnan(mdata.obs.loc["p4_T", "age"])
    audit = rg.get.audit(mdata).set_index("patient_id")
    assert list(audit.index) == ["P1", "P2", "P3", "P4", "P5", "P6", "p4_T"]
    assert audit["reason"].to_dict() == {
        "P1": "", "P2": "", "P3": "", "P4": "no modality", "P5": "", "P6": "no modality", "p4_T": "no clinical row",
    }  # fmt: skip
    assert audit.loc["p4_T", "note"] == "looks like P4"
    assert audit.loc["P4", "note"] == "looks like p4_T"
    assert audit["kept"].tolist() == [True, True, True, False, True, False, True]
    assert audit["has_radiomics"].sum() == 3
    assert set(audit["split"]) == {"all"}


def test_column_kinds_are_settled() -> None:
    table = clinical()
    table["grade"] = pd.Categorical(["lo", "hi"] * 3, categories=["lo", "hi"], ordered=True)
    table["nullable"] = pd.array([1, None, 3, 4, 5, 6], dtype="Int64")
    table["flag"] = [True, False] * 3
    everyone = rg.io.assemble_cohort(table, outcomes=OS, rna=features(list(table.index)))
    kinds = everyone.obs.dtypes.astype(str).to_dict()
    assert kinds == {
        "days": "float64", "dead": "int64", "centre": "category", "age": "int64", "grade": "category",
        "nullable": "float64", "flag": "bool",
    }  # fmt: skip
    assert everyone.obs["grade"].cat.ordered
    stranger = rg.io.assemble_cohort(table, outcomes=OS, rna=features([*table.index, "X"]))
    assert stranger.obs["age"].dtype == "float64"
    assert stranger.obs["flag"].dtype == "float64"


def test_what_was_given_is_not_changed() -> None:
    table, adata = clinical(), anndata.AnnData(features([f" P{i}" for i in range(1, 7)]))
    before = table.copy()
    rg.io.assemble_cohort(table, outcomes=OS, rna=adata)
    pd.testing.assert_frame_equal(table, before)
    assert adata.obs_names[0] == " P1"


def test_outcomes_are_registered_in_order() -> None:
    table = clinical()
    table["status"] = ["Dead", "Alive", "Dead", None, "Dead", "Alive"]
    table["cause"] = [1, 0, 2, 0, 1, 0]
    outcomes = {
        "z_vital": {
            "kind": "survival",
            "time": "days",
            "event": "status",
            "unit": "days",
            "codes": {"Dead": 1, "Alive": 0},
        },
        "from_b": {"kind": "binary", "column": "centre", "positive": "B"},
        "cause": {
            "kind": "competing",
            "time": "days",
            "event": "cause",
            "causes": {"relapse": 1, "death": 2},
            "unit": "days",
        },
    }
    mdata = rg.io.assemble_cohort(table, outcomes=outcomes, rna=features(list(table.index)))
    assert mdata.obs["z_vital:event"].tolist()[:3] == [1, 0, 1]
    survival = survival_outcome(mdata)
    assert survival.name == "z_vital"
    assert int(survival.known.sum()) == 5
    assert int(survival.event[survival.known].sum()) == 3
    assert outcome_of(mdata, None, kinds=("competing",))[1]["causes"] == '{"relapse": 1, "death": 2}'


def test_faults_of_outcomes_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "clinical.csv"
    path.write_text("patient_id,days,dead,stage\na,-5,1,x\nb,10,2,y\nc,20,0,x\n")
    table = rg.io.read_clinical(path)
    outcomes = {
        **OS,
        "pfs": {"kind": "survival", "time": "pfs_days", "event": "dead", "unit": "days"},
        "late": {"kind": "binary", "column": "stage", "positive": "z"},
        "text": {"kind": "survival", "time": "stage", "event": "dead", "unit": "days"},
    }
    with pytest.raises(InputError) as caught:
        rg.io.assemble_cohort(table, outcomes=outcomes, rna=features(list("abc")))
    said = str(caught.value)
    assert str(path) in said
    assert "row 2, column 'days': found -5 for patient 'a'; expected a time, 0 or more" in said
    assert "row 3, column 'dead': found 2 for patient 'b'; expected one of the codes 0 (censored), 1 (event)" in said
    assert "found 'pfs_days'" in said
    assert "column 'stage': found no patient with 'z'; expected one of the values there: x, y" in said
    assert "row 2, column 'stage': found 'x' for patient 'a'; expected a number, 0 or more" in said
    assert said.count("found 2 for patient 'b'") == 1


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ({}, "at least one outcome"),
        ({"os": {"kind": "survival", "time": "days"}}, "column 'os.survival.event': found nothing"),
        ({"os": {"kind": "surival", "time": "days", "event": "dead"}}, "'surival'"),
        ({"os": {**OS["os"], "evnt": 1}}, "evnt"),
        ({"os": {**OS["os"], "codes": {"Dead": 1}}}, "at least one event (1) and one censoring (0)"),
        ({"c": {"kind": "competing", "time": "days", "event": "dead", "causes": {"x": 0, "y": 1}}}, "none of them 0"),
    ],
)
def test_declarations_are_checked(outcomes: dict[str, dict[str, object]], said: str) -> None:
    with pytest.raises(InputError) as caught:
        rg.io.assemble_cohort(clinical(), outcomes=outcomes, rna=features(["P1", "P2"]))
    assert said in str(caught.value)


def test_no_events() -> None:
    table = clinical()
    with pytest.raises(DegenerateInputError, match="no event among 2 patients with a modality with follow-up"):
        rg.io.assemble_cohort(table, outcomes=OS, rna=features(["P2", "P6"]))
    with pytest.raises(DegenerateInputError, match="0 positive of 2"):
        rg.io.assemble_cohort(
            table, outcomes={"b": {"kind": "binary", "column": "centre", "positive": "B"}}, rna=features(["P1", "P3"])
        )


def test_no_patient_in_common_names_near_misses() -> None:
    table = clinical().set_axis([f"TCGA-BA-407{i}" for i in range(6)])
    samples = features([f"TCGA-BA-407{i}-01" for i in range(6)])
    with pytest.raises(InputError) as caught:
        rg.io.assemble_cohort(table, outcomes=OS, rna=samples)
    assert "'TCGA-BA-4074-01' looks like 'TCGA-BA-4074'" in str(caught.value)
    assert "id_pattern=" in str(caught.value)
    mended = rg.io.assemble_cohort(table, outcomes=OS, id_pattern=r"TCGA-\w\w-\w{4}", rna=samples)
    assert list(mended.obs_names) == list(table.index)
    with pytest.raises(InputError, match="an id that contains"):
        rg.io.assemble_cohort(table, outcomes=OS, id_pattern=r"XX(\d)", rna=samples)
    with pytest.raises(InputError, match="no regular expression"):
        rg.io.assemble_cohort(table, outcomes=OS, id_pattern="(", rna=samples)
    with pytest.raises(InputError, match="they look like"):
        rg.io.assemble_cohort(table, outcomes=OS, rna=features(["x", "y"]))


def test_doubles_and_wrong_kinds() -> None:
    with pytest.raises(InputError, match="patient 'P1' in several rows"):
        rg.io.assemble_cohort(clinical(), outcomes=OS, rna=features(["P1", "P1"]))
    doubled = clinical()
    doubled.index = ["P1", *doubled.index[:-1]]
    with pytest.raises(InputError, match="patient 'P1' in several rows"):
        rg.io.assemble_cohort(doubled, outcomes=OS, rna=features(["P1"]))
    with pytest.raises(InputError, match="no modality"):
        rg.io.assemble_cohort(clinical(), outcomes=OS)
    with pytest.raises(InputError, match="found str"):
        rg.io.assemble_cohort(clinical(), outcomes=OS, rna="rna.csv")
    with pytest.raises(InputError, match="no numbers: f1"):
        rg.io.assemble_cohort(clinical(), outcomes=OS, rna=features(["P1"]).astype({"f1": str}))


def test_hnsc(real_data: Path) -> None:
    folder = real_data / "tcga_hnsc_ct_rna"
    table = rg.io.read_clinical(folder / "clinical_cdr.csv", id="ID")
    outcomes = {
        name: {"kind": "survival", "time": f"{name}.time", "event": name, "unit": "days"} for name in ("OS", "PFI")
    }
    mdata = rg.io.assemble_cohort(
        table,
        outcomes=outcomes,
        radiomics=rg.io.read_features(folder / "radiomics.csv"),
        rna=rg.io.read_counts(folder / "rnaseq_fpkm.csv", kind="normalized"),
    )
    assert {name: adata.shape for name, adata in mdata.mod.items()} == {"radiomics": (106, 540), "rna": (106, 976)}
    assert [int(survival_outcome(mdata, name).event.sum()) for name in outcomes] == [38, 36]
    assert rg.get.audit(mdata)["kept"].all()


def test_glioma(real_data: Path) -> None:
    folder = real_data / "tcga_glioma_mri_rna"
    table = rg.io.read_clinical(folder / "clinical_cdr.csv", id="bcr_patient_barcode")
    mdata = rg.io.assemble_cohort(
        table,
        outcomes={"OS": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}},
        split={"external": "type == 'GBM'", "internal": 0.25},
        radiomics=rg.io.read_features([folder / f"TCGA_{t}_radiomicFeatures.csv" for t in ("GBM", "LGG")]),
        rna=rg.io.read_counts(folder / "rnaseq_cbioportal_z.csv.gz", kind="zscore"),
    )
    audit = rg.get.audit(mdata)
    assert int((audit["has_radiomics"] & audit["has_rna"]).sum()) == 77
    assert audit.loc[audit["reason"] != "", "patient_id"].tolist() == ["TCGA-12-1601"]
    assert int(np.nansum(survival_outcome(mdata).event)) == 106
    assert mdata.obs["split"].value_counts().to_dict() == {"external": 101, "training": 49, "internal": 16}


def test_names_that_files_cannot_hold_are_named_all_at_once() -> None:
    table = clinical().rename(columns={"centre": "ER/PR"}).assign(_index=1)
    outcomes = {"os/all": OS["os"]}
    with pytest.raises(InputError, match=r"(?s)4 faults.*'ER/PR'.*'ER-PR'.*'_index'.*'os/all'.*'r/na'"):
        rg.io.assemble_cohort(table, outcomes=outcomes, **{"r/na": features(["P1", "P2"])})


def test_patients_without_a_clinical_row_are_warned_of() -> None:
    clinical = pd.DataFrame({"days": [1.0, 2.0, 3.0], "event": [1, 0, 1]}, index=["P1", "P2", "P3"])
    features = pd.DataFrame(np.eye(4), index=["P1", "P2", "p3", "X"], columns=list("abcd"))
    outcomes = {"os": {"kind": "survival", "time": "days", "event": "event", "unit": "months"}}
    with pytest.warns(
        RadiogenomicsWarning, match=r"2 of 4 patients with radiomics have no clinical row.*'p3' looks like 'P3'"
    ):
        rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=features)
