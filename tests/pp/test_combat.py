import importlib.util
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import refuse_whole_cohort, to_uns
from radiogenomics._errors import DegenerateInputError, InputError, MissingDependencyError, RadiogenomicsWarning
from radiogenomics.core import combat
from radiogenomics.get._unscaled import features_after


def cohort(*, split: bool = False, n: int = 80, seed: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"P{i:02d}" for i in range(n)], name="patient_id")
    site = np.array(["A", "B", "C", "D"])[np.arange(n) % 4]
    sick = rng.random(n) < 0.5
    clinical = pd.DataFrame(
        {"site": site, "grade": np.where(sick, "high", "low"), "days": rng.integers(10, 2000, n),
         "event": rng.integers(0, 2, n), "centre": np.where(site == "D", "outside", "inside"),
         "age": rng.normal(60, 8, n)},
        index=ids,
    )  # fmt: skip
    x = rng.normal(5, 1, (n, 60)) + 1.5 * (site == "B")[:, None]
    x[:, :30] += 2 * sick[:, None]
    features = AnnData(x, obs=pd.DataFrame(index=ids), var=pd.DataFrame(index=[f"f{i}" for i in range(60)]))
    return rg.io.assemble_cohort(
        clinical, outcomes={"os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}},
        split={"external": "centre == 'outside'"} if split else None, radiomics=features,
    )  # fmt: skip


def test_recorded_and_kept(tmp_path: Any) -> None:
    mdata = cohort()
    before = mdata.mod["radiomics"].X.copy()
    rg.pp.combat(mdata, modality="radiomics", batch="site", covariates=["grade"])
    adata = mdata.mod["radiomics"]
    expected = combat(before, mdata.obs["site"], (mdata.obs["grade"] == "low").astype(float))
    np.testing.assert_allclose(adata.X, expected, atol=1e-10)
    np.testing.assert_array_equal(adata.raw.X, before)
    step = json.loads(adata.uns["pipeline"])[-1]
    assert step["columns"] == {"batch": "site", "covariates": ["grade"], "categorical": []}
    batches = adata.uns["combat"]["batches"]
    assert batches["n_training"].tolist() == [20] * 4
    assert batches.set_index("batch")["offset"].idxmax() == "B"
    path = tmp_path / "c.h5mu"
    rg.io.write_cohort(mdata, path)
    np.testing.assert_allclose(features_after(rg.io.read_cohort(path), "radiomics", 1), adata.X)


def test_training_patients_alone_teach_and_a_new_centre_is_told() -> None:
    mdata = cohort(split=True)
    with pytest.raises(InputError, match="20 patient"):
        rg.pp.combat(mdata, modality="radiomics", batch="site")
    assert "pipeline" not in mdata.mod["radiomics"].uns
    rg.pp.combat(mdata, modality="radiomics", batch="site", unseen="transductive")
    adata = mdata.mod["radiomics"]
    batches = adata.uns["combat"]["batches"].set_index("batch")
    assert batches.loc["D", "estimated_from"] == "own patients (transductive)"
    assert batches.loc["D", ["n", "n_training"]].tolist() == [20, 0]
    # What test patients have does not change what the others become.
    changed = cohort(split=True)
    outside = (changed.obs["site"] == "D").to_numpy()
    changed.mod["radiomics"].X[outside] *= 7
    rg.pp.combat(changed, modality="radiomics", batch="site", unseen="transductive")
    np.testing.assert_array_equal(changed.mod["radiomics"].X[~outside], adata.X[~outside])


def test_folds_harmonise_anew() -> None:
    """Features of test patients must not reach what the training patients become inside a fold."""
    from radiogenomics.tl._cindex_refit import groups_without, recipe_of

    mdata = cohort()
    rg.pp.combat(mdata, modality="radiomics", batch="site")
    rg.pp.scale(mdata, modality="radiomics")
    rg.tl.consensus_cluster(mdata, modality="radiomics", n_clusters=2, n_resamples=20)
    recipe = recipe_of(mdata, "radiomics:groups")
    assert list(recipe.obs) == ["site"]
    patients = mdata.obs_names.tolist()
    test = patients[::5]
    once = groups_without(recipe, test, patients, 1)
    recipe.features.loc[test] += 100.0
    again = groups_without(recipe, test, patients, 1)
    learned = ~np.isin(patients, test)
    np.testing.assert_array_equal(once[learned], again[learned])
    rg.tl.combined_cindex(mdata, "radiomics:groups", folds=3, repeats=2, bootstrap=20, refit_groups=True)


def test_new_patients_are_harmonised_before_they_are_assigned() -> None:
    reference, new = cohort(), cohort(seed=9)
    rg.pp.combat(reference, modality="radiomics", batch="site")
    rg.tl.consensus_cluster(
        reference, modality="radiomics", n_clusters=2, n_resamples=20, method="kmeans", metric="euclidean"
    )
    rg.tl.assign_clusters(new, reference, modality="radiomics")
    found = new.obs["radiomics:groups"].astype(str)
    share = pd.crosstab(found, new.obs["grade"]).to_numpy().max(axis=1).sum() / len(found)
    assert share > 0.9
    del new.obs["site"]
    with pytest.raises(InputError, match="'site'"):
        rg.tl.assign_clusters(new, reference, modality="radiomics")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"batch": "site", "covariates": ["event"]}, "'event', of the outcome 'os'"),
        ({"batch": "days"}, "'days', of the outcome 'os'"),
        ({"batch": "site", "covariates": ["centre"]}, "covariate 'centre': it is confounded with the batches"),
        ({"batch": "site", "covariates": ["site"]}, "the batch itself"),
        ({"batch": "sight"}, "'site'"),
        ({"batch": "site", "categorical": ["grade"]}, "categorical"),
        ({"batch": "gaps"}, "2 patient(s) without a value (P00, P01)"),
        ({"batch": "site", "method": "quantile"}, "combat, combat_seq"),
        ({"batch": "site", "method": "combat_seq"}, "layers['counts']"),
        ({"batch": "site", "method": "combat_seq", "mean_only": True}, "combat_seq takes neither"),
        ({"batch": "centre", "reference": "nowhere"}, "'nowhere'"),
    ],
)  # fmt: skip
def test_refusals(given: Any, said: str) -> None:
    mdata = cohort()
    mdata.obs["gaps"] = mdata.obs["site"].where(~mdata.obs_names.isin(["P00", "P01"]))
    with pytest.raises((InputError, DegenerateInputError)) as caught:
        rg.pp.combat(mdata, modality="radiomics", **given)
    assert said in str(caught.value)
    assert "combat" not in mdata.mod["radiomics"].uns


def test_covariate_close_to_the_batches_is_warned_about() -> None:
    mdata = cohort()
    mdata.obs["close"] = np.where(mdata.obs["site"].isin(["A", "B"]) ^ (mdata.obs_names == "P00"), "x", "y")
    with pytest.warns(RadiogenomicsWarning, match=r"the batches explain 95 % of 'close'"):
        rg.pp.combat(mdata, modality="radiomics", batch="site", covariates=["close"])


def counts() -> AnnData:
    rng = np.random.default_rng(5)
    batch = np.repeat(["a", "b"], 15)
    # Gene by gene: a factor of all genes would be sequencing depth, which ComBat-seq leaves to the normalisation.
    shift = np.where((batch == "b")[:, None], np.tile([4.0, 0.25], 40), 1.0)
    mean = rng.gamma(2, 100, 80) * shift * rng.lognormal(0, 0.1, (30, 80))
    values = rng.poisson(mean).astype(float)
    adata = AnnData(values, obs=pd.DataFrame({"run": batch}, index=[f"P{i}" for i in range(30)]))
    adata.layers["counts"] = values.copy()
    return adata


def test_raw_counts_are_no_input_of_combat() -> None:
    with pytest.raises(InputError, match="Normalise them first"):
        rg.pp.combat(counts(), batch="run")


@pytest.mark.skipif(importlib.util.find_spec("inmoose") is not None, reason="inmoose is installed")
def test_combat_seq_names_its_package() -> None:
    with pytest.raises(MissingDependencyError, match=r"radiogenomics\[counts\]"):
        rg.pp.combat(counts(), batch="run", method="combat_seq")


def test_combat_seq() -> None:
    pytest.importorskip("inmoose.pycombat", reason="ComBat-seq needs inmoose (extra 'counts')")
    adata = counts()
    came = adata.layers["counts"].copy()
    rg.pp.combat(adata, batch="run", method="combat_seq")
    made, second = adata.layers["counts"], (adata.obs["run"] == "b").to_numpy()
    np.testing.assert_array_equal(adata.layers["counts_before_combat"], came)
    assert (made == np.round(made)).all()
    assert (made >= 0).all()

    def away(x: Any) -> float:
        share = x / x.sum(axis=1, keepdims=True)
        return float(np.median(np.abs(np.log2(share[second].mean(axis=0) / share[~second].mean(axis=0)))))

    assert away(came) > 0.9
    assert away(made) < 0.2
    with pytest.raises(InputError, match="combat_seq of all patients together"):
        refuse_whole_cohort(adata, None, "refit_groups")
    rg.pp.normalize_counts(adata)


def test_patients_twice_are_refused_and_whole_numbers_warned_about() -> None:
    mdata = cohort()
    adata = mdata.mod["radiomics"].copy()
    adata.obs["site"] = mdata.obs["site"].to_numpy()
    twice = adata.copy()
    twice.obs_names = ["P01", *twice.obs_names[1:]]
    with pytest.raises(InputError, match=r"1 patient\(s\) more than once \(P01\)"):
        rg.pp.combat(twice, batch="site")
    adata.X = np.random.default_rng(0).poisson(80, adata.shape).astype(float)
    with pytest.warns(RadiogenomicsWarning, match="like raw counts"):
        rg.pp.combat(adata, batch="site")


def test_combat_seq_names_the_count_at_fault() -> None:
    adata = counts()
    adata.layers["counts"] = adata.layers["counts"].astype(float)
    adata.layers["counts"][3, 2] = -1
    with pytest.raises(InputError, match=f"'{adata.var_names[2]}'.*negative, the first -1 of patient"):
        rg.pp.combat(adata, batch="run", method="combat_seq")


def test_what_scanpy_normalised_is_harmonised() -> None:
    sc = pytest.importorskip("scanpy")
    adata = counts()
    adata.X = adata.layers["counts"].astype(float)
    sc.pp.normalize_total(adata, target_sum=1e6)
    sc.pp.log1p(adata)
    before = np.asarray(adata.X).copy()
    rg.pp.combat(adata, batch="run")
    np.testing.assert_allclose(adata.X, combat(before, adata.obs["run"]), atol=1e-8)


def test_the_same_batch_is_not_taken_out_twice() -> None:
    mdata = cohort()
    rg.pp.combat(mdata, modality="radiomics", batch="site")
    with pytest.raises(InputError, match="harmonised for 'site' already"):
        rg.pp.combat(mdata, modality="radiomics", batch="site", key_added="again")
    rg.pp.combat(mdata, modality="radiomics", batch="grade", key_added="other")  # another batch may follow
    counts = cohort()
    adata = counts.mod["radiomics"]
    adata.layers["counts_before_combat"] = adata.X.copy()
    settings = {"method": "combat_seq", "batch": "site"}
    adata.uns["seq"] = to_uns(batches=pd.DataFrame(), features=pd.DataFrame(), settings=settings)
    with pytest.raises(InputError, match="harmonised for 'site' already"):
        rg.pp.combat(counts, modality="radiomics", batch="site")
