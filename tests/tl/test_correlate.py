"""The radiogenomic map on cohorts: who is used, what is found, what is said and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import stats

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics._errors import DegenerateInputError, InputError, UnknownNameError
from radiogenomics.report._figures import draw, plans
from radiogenomics.report._summarize import summarize


def cohort(*, n: int = 80, signal: float = 1.5, split: bool = False, seed: int = 0) -> MuData:
    """Features f0 to f2 follow the volume, f3 and f4 the genes g0 and g1; the gene g2 follows the volume.

    Patients 0 to 4 have no RNA, 5 and 6 no images, 7 no age.
    """
    rng = np.random.default_rng(seed)
    ids = [f"P{i:03d}" for i in range(n)]
    volume = rng.lognormal(size=n)
    x, y = rng.normal(size=(n, 12)), rng.normal(size=(n, 20))
    x[:, :3] += 2 * np.log(volume)[:, None]
    y[:, 2] += 2 * np.log(volume)
    x[:, 3:5] += signal * y[:, :2]
    x = np.column_stack([x, volume, np.full(n, 3.0)])
    features = [*(f"f{i}" for i in range(12)), "Volume", "same"]
    clinical = pd.DataFrame({"age": rng.normal(60, 9, n), "centre": rng.choice(["a", "b"], n)}, index=ids)
    clinical["days"], clinical["dead"] = rng.exponential(900, n), 1
    clinical.loc[ids[7], "age"] = np.nan
    if split:
        clinical["split"] = np.where(np.arange(n) % 3 == 2, "internal", "training")
    outcomes = {"os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days"}}
    keep = [i for i in range(n) if i not in (5, 6)]
    radiomics = AnnData(x[keep], obs=pd.DataFrame(index=[ids[i] for i in keep]), var=pd.DataFrame(index=features))
    rna = AnnData(y[5:], obs=pd.DataFrame(index=ids[5:]), var=pd.DataFrame(index=[f"g{i}" for i in range(20)]))
    return rg.io.assemble_cohort(
        clinical, outcomes=outcomes, split="split" if split else None, radiomics=radiomics, rna=rna
    )


def cohort_of(modalities: dict[str, AnnData]) -> MuData:
    with own_columns():
        return MuData(modalities)


def pairs(data: MuData) -> set[tuple[str, str]]:
    table = rg.get.correlate(data)
    table = table[table["significant"] & table["split"].isin(["all", "training"])]
    return set(zip(table["x"], table["y"], strict=True))


@pytest.fixture(scope="module")
def mapped() -> MuData:
    data = cohort()
    rg.tl.correlate(data, n_permutations=200)
    rg.tl.correlate(data, covariates=["radiomics:Volume"], n_permutations=200, key_added="given")
    return data


def test_finds_what_is_planted(mapped: MuData) -> None:
    assert pairs(mapped) >= {("f3", "g0"), ("f4", "g1"), ("f0", "g2"), ("Volume", "g2")}
    summary = rg.get.correlate(mapped, table="summary").iloc[0]
    assert (summary["n"], summary["n_x"], summary["n_y"], summary["n_tests"]) == (73, 13, 20, 260)
    removed = rg.get.correlate(mapped, table="removed")
    assert removed["feature"].tolist() == ["same"]
    left_out = rg.get.correlate(mapped, table="left_out").set_index("patient_id")["reason"]
    assert left_out["P000"] == "no rna"
    assert left_out["P005"] == "no radiomics"
    assert len(left_out) == 7
    hubs = rg.get.correlate(mapped, table="y_hubs")
    assert hubs["feature"].iloc[0] == "g2"
    assert hubs["n_partners"].iloc[0] >= 4
    assert summary["n_family_wise"] >= 4
    assert summary["mean_by_chance"] < 1


def test_covariates_take_the_volume_out(mapped: MuData) -> None:
    table = rg.get.correlate(mapped, key="given")
    found = set(zip(*table.loc[table["significant"], ["x", "y"]].to_numpy().T, strict=True))
    assert found >= {("f3", "g0"), ("f4", "g1")}
    assert not any(y == "g2" for _, y in found)
    assert set(rg.get.correlate(mapped, key="given", table="removed")["feature"]) == {"same", "Volume"}


def test_numbers_are_scipys(mapped: MuData) -> None:
    both = mapped.obs_names[[i for i in range(80) if i > 6]]
    for _, row in rg.get.correlate(mapped).iloc[::40].iterrows():
        u = mapped["radiomics"][both, row["x"]].X[:, 0]
        v = mapped["rna"][both, row["y"]].X[:, 0]
        r, p = stats.spearmanr(u, v)
        assert (row["r"], row["p_value"]) == pytest.approx((r, p), abs=1e-10)


def test_scaling_does_not_matter() -> None:
    data, scaled = cohort(), cohort()
    for one in (data, scaled):
        rg.pp.clean_features(one, modality="radiomics")
    rg.pp.scale(scaled, modality="radiomics", method="rank_normal")
    for method in ("spearman", "pearson"):
        for one in (data, scaled):
            rg.tl.correlate(one, method=method, n_permutations=0)  # type: ignore[arg-type]
        assert rg.get.correlate(data)["r"].tolist() == pytest.approx(rg.get.correlate(scaled)["r"].tolist())


def test_training_patients_decide_and_others_stand_beside() -> None:
    data = cohort(split=True, n=150)
    rg.tl.correlate(data, covariates=["age", "centre"], n_permutations=50, top=40)
    table = rg.get.correlate(data)
    assert table["split"].value_counts().to_dict() == {"training": 40, "internal": 40}
    first, second = (table[table["split"] == part].reset_index(drop=True) for part in ("training", "internal"))
    assert first[["x", "y"]].equals(second[["x", "y"]])
    # The other patients do not matter to the map.
    rows = (data.obs["split"] == "training").to_numpy()
    alone = cohort_of({m: a[a.obs_names.isin(data.obs_names[rows])].copy() for m, a in data.mod.items()})
    for column in ("age", "centre"):
        alone.obs[column] = data.obs[column].reindex(alone.obs_names)
    rg.tl.correlate(alone, covariates=["age", "centre"], n_permutations=50, top=40)
    own = rg.get.correlate(alone)
    np.testing.assert_allclose(first[["r", "p_adjusted", "p_family_wise"]], own[["r", "p_adjusted", "p_family_wise"]])
    # The same pairs among the others, computed as a map of their own.
    rows = (data.obs["split"] == "internal").to_numpy()
    others = cohort_of({m: a[a.obs_names.isin(data.obs_names[rows])].copy() for m, a in data.mod.items()})
    for column in ("age", "centre"):
        others.obs[column] = data.obs[column].reindex(others.obs_names)
    rg.tl.correlate(others, covariates=["age", "centre"], n_permutations=0)
    expected = rg.get.correlate(others).set_index(["x", "y"]).loc[list(zip(second["x"], second["y"], strict=True))]
    np.testing.assert_allclose(second["r"], expected["r"])
    np.testing.assert_allclose(second["p_value"], expected["p_value"])
    assert second["p_adjusted"].notna().equals(first["significant"])
    summary = rg.get.correlate(data, table="summary").set_index("split")
    assert summary.loc["internal", "n_tests"] == first["significant"].sum()
    assert summary.loc["internal", "n_same_sign"] >= 4
    assert "no age" in set(rg.get.correlate(data, table="left_out")["reason"])
    said = " ".join(text for s in summarize(data)["sections"] for text in s["findings"])
    assert "have a correlation of the same sign" in said


def test_scores_of_any_kind() -> None:
    data = cohort()
    ids = list(data.obs_names[8:])
    scores = pd.DataFrame({"HYPOXIA": data["rna"][ids, "g0"].X[:, 0], "OTHER": np.arange(72.0) % 7}, index=ids)
    rg.tl.correlate(data, y=scores, n_permutations=0)
    assert pairs(data) == {("f3", "HYPOXIA")}
    assert len(rg.get.correlate(data, table="null")) == 0
    data["rna"].obsm["pathways"] = data["rna"].X[:, :2]
    rg.tl.correlate(data, x="rna:pathways", y="radiomics", n_permutations=0)
    assert ("pathways_1", "f3") in pairs(data)
    single = AnnData(data["rna"].X, obs=pd.DataFrame(index=data["rna"].obs_names))
    single.obsm["a"], single.obsm["b"] = single.X[:, :3], single.X[:, 2:5] ** 3
    rg.tl.correlate(single, "a", "b", n_permutations=0)
    assert pairs(single) == {("a_3", "b_1")}


def test_same_seed_same_result_and_files(tmp_path) -> None:
    data, again = cohort(), cohort()
    for one in (data, again):
        rg.tl.correlate(one, n_permutations=20, rng=4)
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    read = rg.io.read_cohort(tmp_path / "c.h5mu")
    for table in ("table", "summary", "x_hubs", "y_hubs", "map", "null", "removed", "left_out"):
        own = rg.get.correlate(data, table=table)  # type: ignore[arg-type]
        assert own.equals(rg.get.correlate(again, table=table)), table  # type: ignore[arg-type]
        assert own.equals(rg.get.correlate(read, table=table)), table  # type: ignore[arg-type]


def test_report_figure_and_words(mapped: MuData) -> None:
    page = summarize(mapped)
    section = next(s for s in page["sections"] if s["id"] == "map")
    said = " ".join(text for part in [section, *section["parts"]] for text in part["findings"])
    for expected in ("pass a false discovery rate of", "Most partners have", "permuted patients have", "given radio"):
        assert expected in said, expected
    methods = " ".join(p["text"] for p in page["methods"]["paragraphs"])
    assert "Spearman's rank correlation" in methods
    assert "of the residuals that the covariates leave" in methods
    plan = next(p for p in plans(mapped) if p.name == "correlation")
    assert draw(plan).svg
    ax = rg.pl.correlate(mapped, n_x=5, n_y=4)
    assert len(ax.get_yticklabels()) == 5
    assert "g2" in [t.get_text() for t in ax.get_xticklabels()]
    with pytest.raises(InputError, match="n_x"):
        rg.pl.correlate(mapped, n_x=0)


def test_nothing_is_said_as_nothing() -> None:
    rng = np.random.default_rng(1)
    ids = [f"P{i}" for i in range(40)]
    data = cohort_of({m: AnnData(rng.normal(size=(40, 6)), obs=pd.DataFrame(index=ids)) for m in ("radiomics", "rna")})
    rg.tl.correlate(data, n_permutations=50)
    assert not pairs(data)
    said = " ".join(t for s in summarize(data)["sections"] for part in [s, *s["parts"]] for t in part["findings"])
    assert "no evidence of a correlation in any of 36 pairs" in said.lower()
    assert "No evidence that a single pair" in said
    assert "no pair is significant" in rg.pl.correlate(data).texts[0].get_text()


def test_refusals() -> None:
    data = cohort()
    data.obs["twice"], data.obs["one"] = 2 * data.obs["age"], "same"
    data.obs["twice"] += 1
    for arguments, error, text in (
        ({"x": "radiomic"}, UnknownNameError, "'radiomics'"),
        ({"covariates": ["radiomics:Volum"]}, UnknownNameError, "Volume"),
        ({"covariates": ["agee"]}, UnknownNameError, "'age'"),
        ({"covariates": ["age", "twice"]}, DegenerateInputError, "'twice'.*Leave it out"),
        ({"covariates": ["one"]}, DegenerateInputError, "'one'"),
        ({"covariates": "age"}, InputError, "a list"),
        ({"covariates": ["age"], "categorical": ["sex"]}, InputError, "sex"),
        ({"method": "kendall"}, InputError, "kendall"),
        ({"top": 0, "alpha": 2.0}, InputError, "2 faults"),
        ({"y": pd.DataFrame({"s": [1.0]}, index=["nobody"])}, DegenerateInputError, "no patient has both"),
        ({"y": pd.DataFrame({"s": [1.0, 2, 3]}, index=data.obs_names[7:10])}, DegenerateInputError, "at least 4"),
        ({"y": pd.DataFrame({"s": 1.0}, index=data.obs_names)}, DegenerateInputError, "no feature varies"),
        ({"y": pd.DataFrame({"s": "text"}, index=data.obs_names)}, InputError, "no numbers"),
        ({"key_added": "outcomes"}, InputError, "outcomes"),
    ):
        before = set(data.uns)
        with pytest.raises(error, match=text):
            rg.tl.correlate(data, **arguments)  # type: ignore[arg-type]
        assert set(data.uns) == before
    data["rna"].X[20, 3] = np.nan
    with pytest.raises(InputError, match=r"1 of 20 features: 'g3'.*rg.pp.impute"):
        rg.tl.correlate(data)


def test_real_head_and_neck(real_data) -> None:
    folder = real_data / "tcga_hnsc_ct_rna"
    radiomics = rg.io.read_features(folder / "radiomics.csv", id="ID")
    rna = rg.io.read_counts(folder / "rnaseq_fpkm.csv", id="ID", kind="normalized")
    clinical = rg.io.read_clinical(folder / "clinical_cdr.csv", id="ID")
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=radiomics, rna=rna)
    for modality in ("radiomics", "rna"):
        rg.pp.clean_features(data, modality=modality)
        rg.pp.impute(data, modality=modality)
    rg.tl.correlate(data, n_permutations=0)
    summary = rg.get.correlate(data, table="summary").iloc[0]
    assert (summary["n"], summary["n_tests"]) == (106, 525_525)
    assert summary["n_significant"] == 545
    given = ["radiomics:shapeSize_Volume", "age_at_initial_pathologic_diagnosis"]
    rg.tl.correlate(data, covariates=given, n_permutations=0)
    assert rg.get.correlate(data, table="summary")["n_significant"].iloc[0] == 0


def test_control_stands_beside_by_family() -> None:
    data = cohort(n=100)
    data["radiomics"].var["feature_class"] = [*["glcm"] * 12, "shape", "shape"]
    control = pd.DataFrame(data["radiomics"].X, index=data["radiomics"].obs_names, columns=data["radiomics"].var_names)
    texture = control.columns[:12]
    control[texture] = np.random.default_rng(9).permutation(control[texture].to_numpy())
    rg.tl.correlate(data, control=control, n_permutations=20)
    table = rg.get.correlate(data, table="control").set_index("family")
    summary = rg.get.correlate(data, table="summary").iloc[0]
    assert list(table.index) == ["all", "glcm", "shape"]
    assert table.loc["all", "n_significant"] == summary["n_significant"]
    assert table.loc["glcm", "n_significant"] >= 5
    assert table.loc["glcm", "n_significant_control"] < table.loc["glcm", "n_significant"] / 2
    assert table.loc["shape", "n_significant"] == table.loc["shape", "n_significant_control"] >= 1
    assert table.loc["shape", ["n_features", "n_tests"]].tolist() == [2, 20]
    said = " ".join(t for s in summarize(data)["sections"] for part in [s, *s["parts"]] for t in part["findings"])
    assert "does not come from texture" in said
    alone = cohort(n=100)
    rg.tl.correlate(alone, n_permutations=0)
    assert pairs(alone) == pairs(data)
    with pytest.raises(InputError, match="features of the same names"):
        rg.tl.correlate(data, control=control.add_prefix("other_"))
    with pytest.raises(UnknownNameError, match="control="):
        rg.tl.correlate(data, control="shuffled")
