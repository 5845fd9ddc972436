from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from sklearn.metrics import adjusted_rand_score

import radiogenomics as rg
from radiogenomics._cohort import own_columns, settings_of
from radiogenomics._errors import (
    DegenerateGroupsError,
    DegenerateInputError,
    InputError,
    MissingDependencyError,
    RadiogenomicsWarning,
    UnknownNameError,
)

METHODS = ("snf", "coca", "concat", "mofa")
FAST = {"snf": {}, "coca": {"n_resamples": 60}, "concat": {"n_resamples": 60}, "mofa": {"n_resamples": 60}}


def two(n: int = 60, *, effect: float = 1.5, seed: int = 0, lost: int = 4, split: bool = False) -> MuData:
    """Three joint groups in two modalities; the last ``lost`` patients have no b, the first ``lost`` no a."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    ids = [f"P{i:02d}" for i in range(n)]
    own = {}
    for name, p, rows in (("a", 20, slice(lost, n)), ("b", 30, slice(0, n - lost))):
        x = rng.normal(size=(n, p)) + effect * rng.normal(size=(3, p))[truth]
        obs = pd.DataFrame(index=ids[rows])
        own[name] = AnnData(x[rows], obs=obs, var=pd.DataFrame(index=[f"{name}{j}" for j in range(p)]))
    with own_columns():
        data = MuData(own)
    place = [int(p[1:]) for p in data.obs_names]
    data.obs["truth"] = pd.Categorical(np.array(list("xyz"))[truth[place]])
    if split:
        data.obs["split"] = np.where(np.array(place) % 4 == 3, "external", "training")
        data.uns["split"] = {"column": "split"}
    return data


def grouped(data: MuData) -> MuData:
    for name in data.mod:
        rg.tl.consensus_cluster(data, modality=name, n_clusters=3, n_resamples=40, rng=1)
    return data


def integrate(data: MuData, method: str, **more: object) -> pd.DataFrame:
    if method == "mofa":
        pytest.importorskip("mofapy2", reason="mofapy2 is not installed (extra mofa)")
    if method == "coca":
        grouped(data)
    rg.tl.integrate(data, method=method, **{**FAST[method], "n_clusters": 3, **more})  # type: ignore[arg-type]
    return rg.get.integrate(data)


@pytest.mark.parametrize("method", METHODS)
def test_joint_groups_are_found_and_stored(method: str, tmp_path: Path) -> None:
    data = two()
    members = integrate(data, method)
    kept = data.obs["integrated"].notna().to_numpy()
    partial = method in ("coca", "mofa")
    assert len(members) == kept.sum() == (60 if partial else 52)
    left_out = rg.get.integrate(data, table="left_out")
    assert len(left_out) == (0 if partial else 8)
    assert partial or set(left_out["reason"]) == {"no a data", "no b data"}
    both = (members["n_modalities"] == 2).to_numpy()
    truth = data.obs["truth"][members["patient_id"]].astype(str)
    assert adjusted_rand_score(truth[both], members["group"][both]) > 0.9
    sizes = members["group"].value_counts()
    assert sizes.index.tolist() == sorted(sizes.index)
    similarity = data.obsp["integrated_similarity"]
    assert np.isfinite(similarity[np.ix_(kept, kept)]).all()
    assert np.isnan(similarity[~kept]).all()
    assert members["confidence"].between(0, 1).all()
    rg.tl.agreement(data, ["integrated", "truth"], n_permutations=50)  # usable as any grouping
    path = tmp_path / "cohort.h5mu"
    rg.io.write_cohort(data, path)
    again = rg.io.read_cohort(path)
    pd.testing.assert_frame_equal(rg.get.integrate(again), members)


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_groups_and_test_patients_do_not_teach(method: str) -> None:
    data, changed = two(split=True), two(split=True)
    outside = (changed.obs["split"] == "external").to_numpy()
    for adata in changed.mod.values():
        own = np.isin(adata.obs_names, changed.obs_names[outside])
        adata.X[own] += 0.3 * np.random.default_rng(9).normal(size=adata.X[own].shape)
    first, second, third = (integrate(d, method) for d in (data, changed, two(split=True)))
    pd.testing.assert_frame_equal(first, third)
    training = (first["split"] == "training").to_numpy()
    pd.testing.assert_series_equal(first["group"][training], second["group"][training])
    both = (first["n_modalities"] == 2).to_numpy() & ~training
    truth = data.obs["truth"][first["patient_id"]].astype(str)
    assert both.sum() >= 10
    assert adjusted_rand_score(truth[both], first["group"][both]) > 0.9
    inside = data.obs["split"].to_numpy() == "external"
    assert np.isnan(data.obsp["integrated_similarity"][inside]).all()


@pytest.mark.parametrize(("method", "k"), [("snf", 3), ("coca", 3), ("concat", 3), ("mofa", 3)])
def test_the_number_of_groups_is_found(method: str, k: int) -> None:
    data = two(72, effect=2.0, lost=0)
    integrate(data, method, n_clusters="auto", max_clusters=5, n_null=20)
    assert data.uns["integrated"]["n_clusters"] == k
    evidence = rg.get.integrate(data, table="evidence")
    assert evidence.loc[evidence["chosen"].astype(bool), "k"].tolist() == [k]


@pytest.mark.parametrize("method", ["snf", "coca", "concat"])
def test_without_groups_one_is_answered(method: str) -> None:
    data = two(60, effect=0.0, seed=4, lost=4, split=True)
    members = integrate(data, method, n_clusters="auto", n_null=30, max_clusters=4)
    assert data.uns["integrated"]["n_clusters"] == 1
    assert set(members["group"]) == {"A"}
    assert not rg.get.integrate(data, table="evidence")["chosen"].any()
    assert settings_of(data.uns["integrated"])["p_value"] > 0.05


def test_groups_of_one_modality_only_are_no_joint_groups_of_coca() -> None:
    """Each modality has three groups; the patients of one are dealt anew to those of the other."""
    data = two(72, effect=2.0, lost=0)
    data.mod["b"].X = data.mod["b"].X[np.random.default_rng(0).permutation(72)]
    integrate(data, "coca", n_clusters="auto")
    assert data.uns["integrated"]["n_clusters"] == 1
    assert abs(settings_of(data.uns["integrated"])["mean_adjusted_rand"]) < 0.1


def test_same_seed_same_p_value_whatever_the_workers() -> None:
    found = []
    for n_jobs in (1, 2):
        data = two(40, effect=0.3, lost=0)
        integrate(data, "snf", n_clusters="auto", n_null=20, max_clusters=4, n_jobs=n_jobs)
        found.append(rg.get.integrate(data, table="evidence"))
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize("method", ["snf", "coca"])
def test_too_few_null_cohorts(method: str) -> None:
    with pytest.raises(InputError, match="n_null: found 10; expected at least 19"):
        integrate(two(40), method, n_clusters="auto", n_null=10)


def test_weight_moves_the_groups_towards_a_modality() -> None:
    data = two(60, effect=2.0, lost=0)
    rng = np.random.default_rng(1)
    other = rng.permutation(60) % 2
    data.mod["b"].X = rng.normal(size=(60, 30)) + 2.0 * rng.normal(size=(2, 30))[other]
    scores = []
    for weight in (0.05, 20.0):
        integrate(data, "concat", n_clusters=2, weights={"b": weight}, metric="euclidean", linkage="ward")
        scores.append(adjusted_rand_score(other, data.obs["integrated"]))
    assert scores[0] < 0.3 < 0.95 < scores[1]


def test_concat_does_not_depend_on_the_unit_of_a_modality() -> None:
    data, scaled = two(lost=0), two(lost=0)
    scaled.mod["b"].X = 1000.0 * scaled.mod["b"].X + 7.0
    pd.testing.assert_frame_equal(integrate(data, "concat"), integrate(scaled, "concat"))


def test_coca_compares_patients_on_what_both_have() -> None:
    data = two(12, lost=0)
    for name, labels in (("a", "AAAABBBB...."), ("b", "AA..BB..AABB")):
        values = [None if c == "." else c for c in labels]
        data.obs[f"{name}:groups"] = pd.Categorical(values)
    rg.tl.integrate(data, method="coca", n_clusters=2, n_resamples=100)
    assert data.obs["integrated"].astype(str).tolist() == list("AAAABBBBAABB")
    assert "0." in settings_of(data.uns["integrated"])["missing"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"method": "fusion"}, InputError, "'snf', 'coca', 'concat', 'mofa'"),
        ({"method": "snf", "linkage": "ward", "n_null": 3}, InputError, "linkage"),
        ({"modalities": ["a"]}, InputError, "two or more different modalities"),
        ({"modalities": ["a", "a"]}, InputError, "two or more different modalities"),
        ({"modalities": ["a", "c"]}, UnknownNameError, "'c'"),
        ({"n_clusters": 1}, InputError, "at least 2"),
        ({"n_clusters": 70}, InputError, "which the patients allow"),
        ({"n_neighbors": 60}, InputError, "1 to 51"),
        ({"mu": 2.0}, InputError, "between 0 and 1"),
        ({"method": "coca"}, InputError, "consensus_cluster"),
        ({"n_clusters": 2.5}, InputError, "integer"),
        ({"method": "concat", "weights": {"c": 1.0}}, InputError, "positive numbers"),
        ({"key_added": "truth"}, InputError, "no result"),
    ],
)
def test_bad_input(arguments, error, said) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=said):
        rg.tl.integrate(two(), **arguments)


def test_degenerate_cohorts() -> None:
    data = two()
    with pytest.raises(InputError, match="one modality"):
        rg.tl.integrate(data.mod["a"])
    data.mod["b"].X[3, 5] = np.nan
    with pytest.raises(InputError, match="b5"):
        rg.tl.integrate(data)
    with pytest.raises(DegenerateInputError, match="share no patients"):
        rg.tl.integrate(two(20, lost=10))
    data = two(lost=0)
    data.obs["a:groups"], data.obs["b:groups"] = "A", pd.Categorical(["A", "B"] * 30)
    with pytest.raises(DegenerateGroupsError, match="one group in a"):
        rg.tl.integrate(data, method="coca")
    data.mod["a"].X[:, 0] = 3.0
    rg.tl.integrate(data, n_clusters=2)
    sources = rg.get.integrate(data, table="sources").set_index("modality")
    assert sources["n_constant"].to_dict() == {"a": 1, "b": 0}


def test_mofa_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    real = importlib.import_module

    def absent(name: str, package: str | None = None) -> object:
        if name.startswith("mofapy2"):
            raise ModuleNotFoundError(f"No module named {name!r}", name="mofapy2")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingDependencyError, match=r"radiogenomics\[mofa\]"):
        rg.tl.integrate(two(lost=0), method="mofa", n_clusters=2)


def test_glioma_patients_with_both_modalities(real_data: Path) -> None:
    folder = real_data / "tcga_glioma_mri_rna"
    clinical = rg.io.read_clinical(folder / "clinical_cdr.csv", id="bcr_patient_barcode")
    radiomics = rg.io.read_features([folder / f"TCGA_{t}_radiomicFeatures.csv" for t in ("GBM", "LGG")])
    rna = rg.io.read_counts(folder / "rnaseq_cbioportal_z.csv.gz", kind="zscore")
    outcomes = {"OS": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    with pytest.warns(RadiogenomicsWarning, match="TCGA-12-1601"):  # no clinical row
        data = rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=radiomics, rna=rna)
    for name in data.mod:
        rg.pp.clean_features(data, modality=name)
        rg.pp.impute(data, modality=name)
    rg.tl.integrate(data, n_null=30)
    assert settings_of(data.uns["integrated"])["p_value"] > 0.05  # no evidence of groups beside what is correlated
    rg.tl.integrate(data, n_clusters=2)
    members = rg.get.integrate(data)
    assert members["group"].value_counts().to_dict() == {"A": 45, "B": 32}
    assert (rg.get.integrate(data, table="left_out")["reason"] == "no rna data").all()
    assert len(rg.get.integrate(data, table="left_out")) == 90
    rg.tl.kaplan_meier(data, "integrated")
    assert rg.get.kaplan_meier(data, table="test")["p_value"].item() < 1e-3
