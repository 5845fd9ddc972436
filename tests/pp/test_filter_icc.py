"""filter_icc: what stays, what is kept for a refit, and that no fold learns from readings of its test patients."""

from __future__ import annotations

import json
from pathlib import Path

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import pipeline_of, raw_features
from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import icc
from radiogenomics.ml import build_pipeline

N, P = 60, 30
#: Standard deviation of the reader's error of each feature, against 1 between patients.
NOISE = np.repeat([0.1, 0.5, 2.0], 10)


def truth(prefix: str = "P", n: int = N, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        random.normal(size=(n, P)), index=[f"{prefix}{i:02d}" for i in range(n)], columns=[f"f{j}" for j in range(P)]
    )


def reader(seed: int, of: pd.DataFrame, noise: np.ndarray = NOISE) -> pd.DataFrame:
    return of + np.random.default_rng(seed).normal(size=of.shape) * noise


def cohort(*, split: bool = False) -> mudata.MuData:
    x = reader(1, truth()).assign(constant=1.0)
    clinical = pd.DataFrame(
        {"centre": np.where(np.arange(N) < 40, "A", "B"), "time": np.arange(1.0, N + 1), "event": 1}, index=x.index
    )
    var = pd.DataFrame({"feature_class": ["shape"] * 15 + ["glcm"] * 16, "sequence": "T1"}, index=x.columns)
    return rg.io.assemble_cohort(
        clinical,
        outcomes={"os": {"kind": "survival", "time": "time", "event": "event", "unit": "days"}},
        split={"external": "centre == 'B'"} if split else None,
        radiomics=AnnData(x, var=var),
    )


def readings(rows: slice = slice(0, 30)) -> dict[str, list[pd.DataFrame]]:
    again = truth().iloc[rows].assign()
    return {"inter": [reader(seed, again).assign(constant=1.0) for seed in (1, 2)],
            "intra": [reader(seed, again).assign(constant=1.0) for seed in (1, 3)]}  # fmt: skip


def test_features_stay_that_pass_every_design() -> None:
    data, designs = cohort(), readings()
    rg.pp.clean_features(data, modality="radiomics")
    rg.pp.filter_icc(data, designs, modality="radiomics")
    table = rg.get.icc(data, modality="radiomics")
    expected = {
        name: icc(np.stack([t.drop(columns="constant").to_numpy() for t in tables], axis=2).transpose(1, 0, 2)).icc2
        for name, tables in designs.items()
    }
    for name, form in expected.items():
        own = table[table["design"] == name]
        np.testing.assert_allclose(own["icc"], form.value, rtol=1e-12)
        np.testing.assert_allclose(own["lower"], form.lower, rtol=1e-12)
    passed = (expected["inter"].value >= 0.75) & (expected["intra"].value >= 0.75)
    assert list(data.mod["radiomics"].var_names) == [f"f{j}" for j in np.flatnonzero(passed)]
    assert 8 < passed.sum() < 25
    assert data.mod["radiomics"].raw.shape == (N, P + 1)
    assert set(table["feature_class"]) == {"shape", "glcm"}
    by_design = rg.get.icc(data, modality="radiomics", table="designs").set_index("design")
    assert by_design.loc["inter", ["n_patients", "n_readings", "n_set_apart"]].tolist() == [30, 2, 0]
    assert by_design.loc["intra", "n_reached"] == (expected["intra"].value >= 0.75).sum()


def test_one_table_with_all_readings_of_an_extraction() -> None:
    data, designs = cohort(), readings()
    made = [AnnData(t.set_axis([f"{p}|r{i}" for p in t.index]), obs=pd.DataFrame({"patient_id": t.index}, index=[
        f"{p}|r{i}" for p in t.index])) for i, t in enumerate(designs["inter"])]  # fmt: skip
    rg.pp.filter_icc(data, {"inter": made}, modality="radiomics")
    other = cohort()
    rg.pp.filter_icc(other, {"inter": designs["inter"]}, modality="radiomics")
    pd.testing.assert_frame_equal(rg.get.icc(data, modality="radiomics"), rg.get.icc(other, modality="radiomics"))


def test_test_patients_of_a_split_teach_nothing() -> None:
    data = cohort(split=True)
    rg.pp.filter_icc(data, readings(slice(25, 55)), modality="radiomics")  # 15 of centre A, 15 of B
    alone = cohort(split=True)
    rg.pp.filter_icc(alone, readings(slice(25, 40)), modality="radiomics")
    names = ["feature", "icc", "kept"]
    pd.testing.assert_frame_equal(
        rg.get.icc(data, modality="radiomics")[names], rg.get.icc(alone, modality="radiomics")[names]
    )
    left = rg.get.icc(data, modality="radiomics", table="left_out")
    assert list(left["patient_id"]) == [f"P{i}" for i in range(40, 55)]
    with pytest.raises(DegenerateInputError, match="15 others being set apart"):
        rg.pp.filter_icc(cohort(split=True), readings(slice(40, 55)), modality="radiomics")


def test_a_fold_refits_without_readings_of_its_test_patients() -> None:
    data, designs = cohort(), readings()
    # The readings of ten patients say that f29 repeats; without them it does not.
    for tables in designs.values():
        for table in tables:
            table.loc[table.index[:10], "f29"] = np.linspace(-40, 40, 10)
    rg.pp.clean_features(data, modality="radiomics")
    rg.pp.filter_icc(data, designs, modality="radiomics")
    rg.pp.scale(data, modality="radiomics")
    assert "f29" in data.mod["radiomics"].var_names
    raw, recorded = raw_features(data, "radiomics"), pipeline_of(data, "radiomics")
    learn = np.arange(N) >= 10
    framed = build_pipeline(recorded).fit(raw[learn])
    assert "f29" not in framed.get_feature_names_out()
    values = raw.to_numpy()
    plain = build_pipeline(recorded).fit(values[learn], obs=pd.DataFrame(index=raw.index[learn]))
    np.testing.assert_array_equal(plain.transform(values), framed.transform(raw))
    by_hand = {k: [t.iloc[10:] for t in tables] for k, tables in designs.items()}
    other = cohort()
    rg.pp.clean_features(other, modality="radiomics")
    rg.pp.filter_icc(other, by_hand, modality="radiomics")
    assert list(framed.get_feature_names_out()) == list(other.mod["radiomics"].var_names)
    with pytest.raises(InputError, match="patients of the rows"):
        build_pipeline(recorded).fit(values[learn])
    with pytest.raises(InputError, match="31 of the recorded matrix"):
        build_pipeline(recorded).fit(values[learn][:, :5], obs=pd.DataFrame(index=raw.index[learn]))


def test_readings_of_a_study_of_its_own_stay_in_every_fold() -> None:
    data = cohort()
    elsewhere = truth("Q", 20, seed=5)
    retest = {"retest": [reader(seed, elsewhere).assign(constant=1.0) for seed in (6, 7)]}
    rg.pp.filter_icc(data, retest, modality="radiomics")
    kept = list(data.mod["radiomics"].var_names)
    raw = raw_features(data, "radiomics")
    fold = build_pipeline(pipeline_of(data, "radiomics")).fit(raw.iloc[:12])
    assert list(fold.get_feature_names_out()) == kept
    assert rg.get.icc(data, modality="radiomics", table="left_out").empty


@pytest.mark.parametrize("ending", [".h5mu", ".zarr"])
def test_readings_survive_the_file(tmp_path: Path, ending: str) -> None:
    data = cohort()
    rg.pp.filter_icc(data, readings(), modality="radiomics")
    rg.io.write_cohort(data, tmp_path / f"cohort{ending}")
    back = rg.io.read_cohort(tmp_path / f"cohort{ending}")
    assert pipeline_of(back, "radiomics") == pipeline_of(data, "radiomics")
    pd.testing.assert_frame_equal(rg.get.icc(back, modality="radiomics"), rg.get.icc(data, modality="radiomics"))
    raw = raw_features(back, "radiomics")
    fold = build_pipeline(pipeline_of(back, "radiomics")).fit(raw.iloc[15:])
    first = build_pipeline(pipeline_of(data, "radiomics")).fit(raw.iloc[15:])
    assert list(fold.get_feature_names_out()) == list(first.get_feature_names_out())


def test_a_table_of_two_designs_is_kept_once() -> None:
    data, designs = cohort(), readings()
    designs["intra"][0] = designs["inter"][0]
    rg.pp.filter_icc(data, designs, modality="radiomics")
    recorded = json.loads(json.loads(pipeline_of(data, "radiomics"))[0]["params"]["designs"])
    assert len(recorded["tables"]) == 3
    assert recorded["designs"] == {"inter": [0, 1], "intra": [0, 2]}


def test_groups_formed_in_folds_and_features_before_scaling() -> None:
    data = cohort()
    rg.pp.clean_features(data, modality="radiomics")
    rg.pp.filter_icc(data, readings(), modality="radiomics")
    rg.pp.scale(data, modality="radiomics")
    rg.tl.consensus_cluster(data, modality="radiomics", n_clusters=2, n_resamples=20, rng=0, n_jobs=1)
    new = cohort()
    rg.tl.assign_clusters(new, reference=data, modality="radiomics")
    ours, theirs = data.obs["radiomics:groups"].astype(str), new.mod["radiomics"].obs["groups"].astype(str)
    assert (ours.to_numpy() == theirs.to_numpy()).mean() > 0.8


def test_bad_input_is_named() -> None:
    data, designs = cohort(), readings()
    first, second = designs["inter"]
    with pytest.raises(InputError, match="no list of tables"):
        rg.pp.filter_icc(data, {"inter": first}, modality="radiomics")
    with pytest.raises(InputError, match="by name"):
        rg.pp.filter_icc(data, [first, second], modality="radiomics")
    with pytest.raises(InputError, match=r"designs\['inter'\]\[1\].*2 feature\(s\) missing \(f3, f4\)"):
        rg.pp.filter_icc(data, {"inter": [first, second.drop(columns=["f3", "f4"])]}, modality="radiomics")
    with pytest.raises(InputError, match="patients twice"):
        rg.pp.filter_icc(data, {"inter": [first, pd.concat([second, second[:1]])]}, modality="radiomics")
    with pytest.raises(InputError, match="not numbers"):
        rg.pp.filter_icc(data, {"inter": [first, second.astype(str)]}, modality="radiomics")
    with pytest.raises(InputError, match="threshold"):
        rg.pp.filter_icc(data, designs, modality="radiomics", threshold=75)
    with pytest.raises(DegenerateInputError, match="lower the threshold"):
        rg.pp.filter_icc(data, {"inter": [first, second.sample(frac=1, random_state=0).set_axis(second.index)]},
                         modality="radiomics")  # fmt: skip
    assert data.mod["radiomics"].raw is None, "nothing is written before everything is computed"


def test_the_prostate_test_retest(real_data: Path) -> None:
    table = pd.read_csv(real_data / "qin_prostate_mri_testretest" / "t2ax_3D_bin15_102x1251.csv.gz")
    gland = table[table["segmentedStructure"] == "WholeGland"].sort_values("study")
    gland = gland.set_index(gland["study"].str.split("_").str[0])
    names = [column for column in table if column.startswith("original_")]
    first, second = (gland.groupby(level=0).nth(visit)[names] for visit in (0, 1))
    data = AnnData(first.copy())
    rg.pp.filter_icc(data, {"retest": [first, second]}, form="icc1")
    found = rg.get.icc(data)
    assert found["icc"].median() == pytest.approx(0.78, abs=0.005)
    assert data.shape == (15, int(found["kept"].sum()))
    assert data.n_vars == 49


def test_a_signature_judged_in_folds_reads_no_test_patient_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = cohort()
    data.obs["group"] = np.where(truth()["f0"] + truth()["f3"] > 0, "yes", "no")
    data.uns["outcomes"]["group"] = {"kind": "binary", "column": "group", "positive": "yes", "order": 1}
    rg.pp.clean_features(data, modality="radiomics")
    rg.pp.filter_icc(data, readings(slice(0, N)), modality="radiomics")
    rg.pp.scale(data, modality="radiomics")
    seen = []
    fit = rg.ml.ICCFilter.fit

    def watched(self, X, y=None, **given):
        made = fit(self, X, y, **given)
        seen.append((len(X), self.n_set_apart_["inter"], int(self.results_["inter"].n_patients.max())))
        return made

    monkeypatch.setattr(rg.ml.ICCFilter, "fit", watched)
    rg.tl.signature(data, ["radiomics"], outcome="group", folds=3, repeats=1, inner_folds=3, n_resamples=0, n_jobs=1)
    assert {(N, 0, N), (40, 20, 40)} <= set(seen)
    assert all(used == rows and used + apart == N for rows, apart, used in seen)
