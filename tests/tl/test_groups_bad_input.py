"""Input that cannot be grouped or related is named, with the next step; what can be is done and counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics._errors import (
    DegenerateGroupsError,
    DegenerateInputError,
    InputError,
    RadiogenomicsWarning,
)

N = 40
QUICK: dict[str, Any] = {"n_permutations": 5}
CLUSTER: dict[str, Any] = {"modality": "radiomics", "n_resamples": 30, "n_clusters": 2}


def cohort(seed: int = 0) -> MuData:
    """Two modalities with the same two groups of 20 patients."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"P{i:02d}" for i in range(N)])
    group = np.arange(N) % 2
    modalities = {}
    for name, letter in (("radiomics", "f"), ("rna", "g")):
        x = rng.normal(size=(N, 12))
        x[:, :6] += 3 * group[:, None]
        var = pd.DataFrame(index=[f"{letter}{i}" for i in range(12)])
        modalities[name] = AnnData(x, obs=pd.DataFrame(index=ids), var=var)
    with own_columns():
        data = MuData(modalities)
    data.obs["group"] = np.where(group, "A", "B")
    data.obs["copy"] = data.obs["group"]
    data.obs["alone"] = ["X", *["Y"] * (N - 1)]
    data.obs["first_half"] = [*["A", "B"] * 10, *[None] * 20]
    data.obs["second_half"] = [*[None] * 20, *["A", "B"] * 10]
    data.obs["everyone"], data.obs["same"], data.obs["unknown"] = "A", 1.0, np.nan
    data.obs["age"] = rng.normal(size=N)
    return data


def apart() -> MuData:
    data = cohort()
    with own_columns():
        return MuData({"radiomics": data["radiomics"][:20].copy(), "rna": data["rna"][20:].copy()})


def changed(modality: str, rows: Any, columns: Any, value: Any) -> MuData:
    data = cohort()
    data[modality].X[rows, columns] = value
    return data


def with_distances(i: int, j: int, value: float, *, both: bool = True) -> MuData:
    data = cohort()
    x = data["radiomics"].X
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    d[i, j] = value
    if both:
        d[j, i] = value
    data["radiomics"].obsp["distances"] = d
    return data


def small(n: int) -> MuData:
    data = cohort()
    with own_columns():
        return MuData({m: a[:n].copy() for m, a in data.mod.items()})


EVERY = slice(None)
cluster = rg.tl.consensus_cluster
snf: dict[str, Any] = {"method": "snf", "n_clusters": 2}
concat: dict[str, Any] = {"method": "concat", "n_clusters": 2, "n_resamples": 20}

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "cluster, NaN": (lambda: cluster(changed("radiomics", 2, 4, np.nan), **CLUSTER), InputError, r"'f4'.*rg.pp.impute"),
    "cluster, identical patients": (
        lambda: cluster(changed("radiomics", EVERY, EVERY, np.arange(12.0)), **CLUSTER), DegenerateInputError,
        r"0 feature\(s\) vary between patients",
    ),
    "cluster, one value per patient": (
        lambda: cluster(changed("radiomics", EVERY, EVERY, np.arange(40.0)[:, None]), **CLUSTER), DegenerateInputError,
        "one value in every feature.*euclidean",
    ),
    "cluster, k above the resample": (
        lambda: cluster(small(8), **{**CLUSTER, "n_clusters": 7}), InputError, "found 7; expected at most 5",
    ),
    "cluster, largest k above the resample": (
        lambda: cluster(small(8), modality="radiomics", n_resamples=20, max_clusters=9), InputError,
        "max_clusters.*of whom a resample has 6",
    ),
    "cluster, distances not symmetric": (
        lambda: cluster(with_distances(0, 1, 9.0, both=False), metric="precomputed", **CLUSTER), InputError,
        "not symmetric",
    ),
    "cluster, distances with NaN": (
        lambda: cluster(with_distances(0, 1, np.nan), metric="precomputed", **CLUSTER), InputError,
        r"obsp\['distances'\].*2 patients \(P00, P01\)",
    ),
    "cluster, negative distances": (
        lambda: cluster(with_distances(0, 1, -1.0), metric="precomputed", **CLUSTER), InputError, "2 negative entries",
    ),
    "cluster, distance to itself": (
        lambda: cluster(with_distances(3, 3, 2.0), metric="precomputed", **CLUSTER), InputError, "diagonal",
    ),
    "cluster, no distances": (lambda: cluster(cohort(), metric="precomputed", **CLUSTER), InputError, "not there"),
    "integrate, NaN": (lambda: rg.tl.integrate(changed("rna", 2, 3, np.nan), **snf), InputError, "'g3'"),
    "integrate, one modality does not vary": (
        lambda: rg.tl.integrate(changed("rna", EVERY, EVERY, 1.0), **snf), DegenerateInputError, "rna: no feature",
    ),
    "integrate, k above the patients": (
        lambda: rg.tl.integrate(cohort(), method="snf", n_clusters=50), InputError, "2 to 39",
    ),
    "integrate snf, no patient in common": (lambda: rg.tl.integrate(apart(), **snf), DegenerateInputError, "share no"),
    "integrate concat, no patient in common": (
        lambda: rg.tl.integrate(apart(), **concat), DegenerateInputError, "they share no patients",
    ),
    "correlate, no patient in common": (
        lambda: rg.tl.correlate(apart(), **QUICK), DegenerateInputError, "no patient has both radiomics and rna",
    ),
    "correlate, identical patients": (
        lambda: rg.tl.correlate(changed("rna", EVERY, EVERY, 1.0), **QUICK), DegenerateInputError,
        "rna: no feature varies among the 40 patients",
    ),
    "correlate, NaN": (lambda: rg.tl.correlate(changed("rna", 2, 3, np.nan), **QUICK), InputError, "'g3'"),
    "correlate, constant covariate": (
        lambda: rg.tl.correlate(cohort(), covariates=["same"], **QUICK), DegenerateInputError, "'same'.*Leave it out",
    ),
    "correlate, collinear covariates": (
        lambda: rg.tl.correlate(cohort(), covariates=["group", "copy"], **QUICK), DegenerateInputError, "'copy B'",
    ),
    "correlate, unknown covariate values": (
        lambda: rg.tl.correlate(cohort(), covariates=["unknown"], **QUICK), DegenerateInputError, "every covariate",
    ),
    "canonical, no patient in common": (
        lambda: rg.tl.canonical_correlation(apart()), DegenerateInputError, "no patient has both",
    ),
    "canonical, identical patients": (
        lambda: rg.tl.canonical_correlation(changed("rna", EVERY, EVERY, 1.0)), DegenerateInputError,
        "rna: found 0 features vary",
    ),
    "canonical, collinear covariates": (
        lambda: rg.tl.canonical_correlation(cohort(), covariates=["group", "copy"]), DegenerateInputError, "'copy B'",
    ),
    "agreement, no patient in common": (
        lambda: rg.tl.agreement(cohort(), ["first_half", "second_half"], **QUICK), InputError, "no patient has two",
    ),
    "agreement, one group": (
        lambda: rg.tl.agreement(cohort(), ["everyone", "group"], **QUICK), DegenerateGroupsError, "at least 2",
    ),
    "associate, one group": (
        lambda: rg.tl.associate(cohort(), "everyone", ["age"]), DegenerateGroupsError, "at least 2",
    ),
    "associate, measurements as groups": (
        lambda: rg.tl.associate(cohort(), "age", ["group"]), InputError, "continuous",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case: str) -> None:
    call, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        call()


def grouped(data: MuData) -> MuData:
    cluster(data, **CLUSTER)
    return data


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ((2, 3, np.nan), InputError, "'f3'.*1 patients with NaN or Inf"),
        ((EVERY, EVERY, 1.0), DegenerateInputError, "40 patient.*one value in every feature"),
    ],
)
def test_new_patients_refused_by_name(change: Any, error: type[Exception], text: str) -> None:
    reference = grouped(cohort())
    with pytest.raises(error, match=text):
        rg.tl.assign_clusters(changed("radiomics", *change), reference, modality="radiomics")


def test_a_constant_feature_of_new_patients_is_a_value_like_any_other() -> None:
    data = changed("radiomics", EVERY, 3, 1.0)
    rg.tl.assign_clusters(data, grouped(cohort()), modality="radiomics")
    assert data["radiomics"].obs.filter(like="groups").iloc[:, 0].notna().all()


def test_constant_features_are_left_out_and_counted() -> None:
    data = grouped(changed("radiomics", EVERY, 3, 5.0))
    assert json.loads(data["radiomics"].uns["groups"]["settings"])["n_constant_features"] == 1
    for arguments in (snf, concat):
        rg.tl.integrate(data, **arguments)
        sources = rg.get.integrate(data, table="sources").set_index("modality")
        assert sources["n_constant"].to_dict() == {"radiomics": 1, "rna": 0}
    rg.tl.correlate(data, **QUICK)
    assert rg.get.correlate(data, table="removed")["feature"].tolist() == ["f3"]
    rg.tl.canonical_correlation(data, n_permutations=20, folds=3, repeats=1)
    assert rg.get.canonical_correlation(data, table="removed")["feature"].tolist() == ["f3"]


def test_identical_patients_share_a_group() -> None:
    data = cohort()
    data["radiomics"].X[1] = data["radiomics"].X[0]
    for method, metric in (("hierarchical", "pearson"), ("pam", "euclidean"), ("kmeans", "euclidean")):
        cluster(data, **CLUSTER, method=method, metric=metric)
        assert data["radiomics"].obs["groups"].iloc[:2].nunique() == 1
    data["radiomics"].X[1:] = data["radiomics"].X[1]
    data["radiomics"].X[0] += np.arange(12)
    cluster(data, modality="radiomics", n_resamples=30, n_null=20)
    assert data["radiomics"].obs["groups"].nunique() == 1, "one patient apart is no group"


def test_a_group_of_one_patient_is_warned_about() -> None:
    data = cohort()
    with pytest.warns(RadiogenomicsWarning, match=r"one patient: 'X' of alone \(all\).*merge"):
        rg.tl.associate(data, "alone", ["age", "group"])
    table = rg.get.associate(data)
    assert table["n"].tolist() == [N, N]
    assert "X (n = 1)" in rg.get.table_one(data, "alone").columns
    rg.tl.agreement(data, ["alone", "group"], **QUICK)
    assert rg.get.agreement(data)["p_value"].item() == 1


def test_an_odd_patient_alone_in_a_group_of_auto_is_warned_about() -> None:
    data = cohort()
    x = data["radiomics"].X
    x[:, :6] *= 2
    x[7] = 0.0
    x[7, 6:] = [40, -40, 40, -40, 40, -40]
    with pytest.warns(RadiogenomicsWarning, match=r"1 of 3 groups have one patient \(P07\)"):
        rg.tl.consensus_cluster(
            data, modality="radiomics", metric="euclidean", max_clusters=4, n_resamples=50, n_null=19, rng=0
        )


def test_what_cannot_be_tested_is_warned_about_and_stays_in_the_table() -> None:
    data = cohort()
    with pytest.warns(RadiogenomicsWarning, match=r"2 association.*group x same.*group x unknown.*Leave"):
        rg.tl.associate(data, "group", ["same", "unknown", "age"])
    table = rg.get.associate(data).set_index("variable")
    assert table["p_value"].isna().to_dict() == {"same": True, "unknown": True, "age": False}
    said = rg.get.table_one(data, "group", ["unknown", "age"])
    assert said["variable"].iloc[0] == "unknown"
