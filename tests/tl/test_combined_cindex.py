from __future__ import annotations

import json
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns, settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.tl._cindex_models import Model, design_of, models_of, pairs_of, risks_of
from tests.tl._cohorts import cohort, simulated


def test_models_and_their_comparisons() -> None:
    models = models_of(["a", "b"], ["age"], interaction=True)
    assert [m.name for m in models] == [
        "a", "b", "a + b", "a x b", "clinical", "clinical + a + b", "clinical + a x b",
    ]  # fmt: skip
    assert models[-1].terms == "age + a x b"
    names = {(models[i].name, models[j].name) for i, j in pairs_of(models)}
    assert {("a + b", "a"), ("a x b", "a + b"), ("b", "a"), ("clinical + a + b", "clinical")} <= names
    assert ("clinical", "a") not in names
    assert ("a", "a") not in names
    assert [m.name for m in models_of(["a"], ["age"], interaction=True)] == ["a", "clinical", "clinical + a"]
    assert [m.name for m in models_of(["a", "b"], [], interaction=False)] == ["a", "b", "a + b"]


def test_design_has_the_interaction_of_combinations_that_exist() -> None:
    factors = {"a": np.array([0, 1, 2, 0, 1, 2]), "b": np.array([0, 0, 0, 1, 1, 0])}
    design = design_of(Model("a x b", ("a", "b"), interaction=True), factors)
    # A1, A2, B1, and A1 with B1; nobody has A2 with B1.
    np.testing.assert_array_equal(
        design.x, np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1, 1], [0, 1, 0, 0]])
    )


def test_a_level_without_training_patients_has_the_mean_effect() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 60)
    time = rng.exponential(np.exp(-codes))
    event = np.ones(60)
    for missing in range(3):
        train = (codes != missing)[None]
        design = design_of(Model("a", ("a",)), {"a": codes})
        fit = risks_of(design, time, event, train, ridge=0.01)
        seen = fit.risk[0, train[0]]
        np.testing.assert_allclose(fit.risk[0, ~train[0]], seen.mean(), atol=1e-8)
        assert fit.converged.all()


def test_a_level_without_events_in_training_has_the_lowest_risk_and_is_counted() -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, 90)
    time = rng.exponential(1.0, 90)
    event = np.where(codes == 2, 0.0, 1.0)
    fit = risks_of(design_of(Model("a", ("a",)), {"a": codes}), time, event, np.ones((1, 90), dtype=bool), ridge=0.01)
    assert fit.separated.tolist() == [True]
    assert fit.converged.tolist() == [True]
    assert fit.risk[0, codes == 2].max() < fit.risk[0, codes != 2].min() - 2


def naive(data: AnnData, columns: dict[str, list[str]], ridge: float) -> dict[str, float]:
    """lifelines fold by fold on the stored folds, pairs counted one by one."""
    from lifelines import CoxPHFitter

    risks = rg.get.combined_cindex(data, table="risks")
    obs = data.obs
    time, event = obs["time"].to_numpy(), obs["event"].to_numpy()
    dummies = pd.get_dummies(obs[["marker", "noise"]], drop_first=True, dtype=float)
    dummies["marker_B_noise_B"] = dummies["marker_B"] * dummies["noise_B"]
    dummies["marker_C_noise_B"] = dummies["marker_C"] * dummies["noise_B"]
    out = {}
    for model, used in columns.items():
        c = []
        for _, own in risks.groupby("repeat"):
            fold = own.set_index("patient_id")["fold"].loc[obs.index].to_numpy()
            concordant = comparable = 0.0
            for k in np.unique(fold):
                train = dummies.loc[fold != k, used].assign(time=time[fold != k], event=event[fold != k])
                # lifelines penalises n / 2 times its penalizer.
                fitter = CoxPHFitter(penalizer=ridge / len(train), l1_ratio=0.0)
                fitter.fit(train, "time", "event", fit_options={"precision": 1e-10})
                test = np.flatnonzero(fold == k)
                risk = np.round(dummies[used].to_numpy() @ fitter.params_[used].to_numpy(), 6)
                for i in test:
                    for j in test:
                        if event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j] and i != j)):
                            comparable += 1
                            concordant += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
            c.append(concordant / comparable)
        out[model] = float(np.mean(c))
    return out


def test_equals_a_lifelines_loop() -> None:
    obs = simulated(60, effect=0.8, seed=3)
    obs["time"] = obs["time"].round(2) + 0.01
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="46 events are fewer than 10 for each coefficient of marker x noise"):
        rg.tl.combined_cindex(data, ["marker", "noise"], folds=3, repeats=2, bootstrap=20, ridge=0.1, rng=0)
    both = ["marker_B", "marker_C", "noise_B"]
    expected = naive(
        data,
        {
            "marker": both[:2],
            "noise": both[2:],
            "marker + noise": both,
            "marker x noise": [*both, "marker_B_noise_B", "marker_C_noise_B"],
        },
        ridge=0.1,
    )
    got = rg.get.combined_cindex(data).set_index("model")["c"]
    for model, c in expected.items():
        assert got[model] == pytest.approx(c, abs=1e-9), model


def test_a_true_marker_beats_noise_and_noise_is_chance() -> None:
    c_noise = []
    for seed in range(6):
        data = cohort(simulated(150, effect=0.8, seed=seed))
        rg.tl.combined_cindex(data, ["marker", "noise"], repeats=4, bootstrap=300, rng=seed)
        models = rg.get.combined_cindex(data).set_index("model")
        assert models.loc["marker", "c"] > 0.6
        assert models.loc["marker", "lower"] > 0.55
        c_noise.append(models.loc["noise", "c"])
        row = rg.get.combined_cindex(data, table="comparisons").set_index(["model", "reference"])
        assert row.loc[("noise", "marker"), "p_adjusted"] < 0.1
        assert row.loc[("marker + noise", "noise"), "lower"] > 0
        assert models.loc["marker x noise", "apparent_c"] > models.loc["marker x noise", "c"]
    assert 0.43 < np.mean(c_noise) < 0.54


def test_two_parts_beat_one() -> None:
    rng = np.random.default_rng(0)
    n = 240
    a, b = rng.integers(0, 2, n), rng.integers(0, 2, n)
    time, end = rng.exponential(np.exp(-1.0 * a - 1.0 * b)), rng.exponential(1.0, n)
    obs = pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end) * 1.0, "a": a, "b": b})
    obs = obs.astype({"a": str, "b": str})
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["a", "b"], repeats=5, bootstrap=500, rng=0)
    row = rg.get.combined_cindex(data, table="comparisons").set_index(["model", "reference"])
    for alone in ("a", "b"):
        assert row.loc[("a + b", alone), "difference"] > 0.03
        assert row.loc[("a + b", alone), "p_adjusted"] < 0.05


def test_the_seed_decides_everything() -> None:
    obs = simulated(80, effect=0.5, seed=0)
    results = []
    for seed in (1, 1, 2):
        data = cohort(obs)
        rg.tl.combined_cindex(data, ["marker", "noise"], repeats=2, bootstrap=50, rng=seed)
        results.append(data.uns["combined_cindex"])
    for table in ("models", "comparisons", "risks"):
        pd.testing.assert_frame_equal(results[0][table], results[1][table])
    assert not results[0]["models"]["c"].equals(results[2]["models"]["c"])


def test_covariates_and_left_out_patients() -> None:
    obs = simulated(100, effect=0.5, seed=0)
    obs.loc["P3", "age"] = np.nan
    obs.loc["P4", "noise"] = np.nan
    obs.loc["P5", "time"] = np.nan
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["marker", "noise"], covariates=["age"], repeats=2, bootstrap=20, rng=0)
    models = rg.get.combined_cindex(data)
    assert len(models) == 7
    assert (models["n"] == 97).all()
    assert (models["groups"] == "fixed").all()
    left_out = dict(rg.get.combined_cindex(data, table="left_out").to_numpy())
    assert left_out == {"P3": "no age", "P4": "no noise", "P5": "no follow-up (os)"}
    risks = rg.get.combined_cindex(data, table="risks")
    assert len(risks) == 2 * 97
    assert set(models["model"]) <= set(risks.columns)
    assert "out of" not in settings_of(data.uns["combined_cindex"])["estimand"]


def test_test_patients_are_judged_by_the_model_of_the_training_patients() -> None:
    obs = simulated(200, effect=0.8, seed=5)
    obs["split"] = np.where(np.arange(200) < 140, "training", "external")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.combined_cindex(data, ["marker", "noise"], repeats=2, bootstrap=50, rng=0)
    alone = cohort(obs.iloc[:140])
    rg.tl.combined_cindex(alone, ["marker", "noise"], repeats=2, bootstrap=50, rng=0)
    models = rg.get.combined_cindex(data)
    training = models[models["split"] == "training"].reset_index(drop=True)
    pd.testing.assert_series_equal(training["c"], rg.get.combined_cindex(alone)["c"])
    row = models[(models["split"] == "external") & (models["model"] == "marker")].iloc[0]
    fit = rg.core.fit_cox(
        pd.get_dummies(obs["marker"], drop_first=True, dtype=float)[:140], obs["time"][:140], obs["event"][:140]
    )
    risk = np.array([0, *fit.coef])[obs["marker"].cat.codes[140:]]
    assert row["c"] == pytest.approx(rg.core.concordance_index(obs["time"][140:], obs["event"][140:], risk).c)
    assert row["estimate"] == "test"


def two_modalities(n: int = 60) -> MuData:
    """Groups in ``x`` drive survival; ``y`` has groups too, which do not."""
    rng = np.random.default_rng(0)
    names = [f"P{i}" for i in range(n)]
    first, second = rng.integers(0, 2, n), rng.integers(0, 2, n)
    mods = {}
    for name, group in (("x", first), ("y", second)):
        centre = rng.normal(0, 1.5, (2, 12))
        values = centre[group] + rng.normal(size=(n, 12))
        mods[name] = AnnData(
            values, obs=pd.DataFrame(index=names), var=pd.DataFrame(index=[f"{name}{k}" for k in range(12)])
        )
    with own_columns():
        data = MuData(mods)
    time, end = rng.exponential(np.exp(-1.2 * first)), rng.exponential(1.5, n)
    data.obs["time"], data.obs["event"] = np.minimum(time, end), (time <= end) * 1.0
    data.uns["outcomes"] = {"os": {"kind": "survival", "time": "time", "event": "event", "unit": "years", "order": 0}}
    return data


def test_groups_are_formed_anew_in_every_training_fold() -> None:
    data = two_modalities()
    for modality in ("x", "y"):
        rg.pp.scale(data, modality=modality)
        rg.tl.consensus_cluster(data, modality=modality, n_clusters=2, metric="euclidean", n_resamples=50, rng=0)
    groups = ["x:groups", "y:groups"]
    rg.tl.combined_cindex(
        data, groups, folds=3, repeats=2, bootstrap=100, refit_groups=True, rng=0, n_jobs=1, key_added="refitted"
    )
    models = rg.get.combined_cindex(data, key="refitted").set_index("model")
    assert (models["groups"] == "refitted").all()
    assert models.loc["x:groups", "c"] > 0.55
    rg.tl.combined_cindex(data, groups, folds=3, repeats=2, bootstrap=100, rng=0)
    assert (rg.get.combined_cindex(data)["groups"] == "apparent").all()
    assert "all these patients" in settings_of(data.uns["combined_cindex"])["estimand"]
    assert "training folds" in settings_of(data.uns["refitted"])["estimand"]


def test_workers_do_not_change_the_result() -> None:
    data = two_modalities()
    rg.tl.consensus_cluster(data, modality="x", n_clusters=2, metric="euclidean", n_resamples=20, rng=0)
    results = []
    for jobs in (1, 2):
        with joblib.parallel_config(backend="threading"):  # processes would take seconds to start
            rg.tl.combined_cindex(
                data, "x:groups", folds=3, repeats=2, bootstrap=20, refit_groups=True, rng=0, n_jobs=jobs
            )
        results.append(rg.get.combined_cindex(data, table="risks"))
    pd.testing.assert_frame_equal(results[0], results[1])


def test_a_number_of_groups_chosen_on_all_patients_is_said() -> None:
    data = two_modalities()
    rg.tl.consensus_cluster(data, modality="x", n_clusters=2, metric="euclidean", n_resamples=20, rng=0)
    stored = data.mod["x"].uns["groups"]
    stored["settings"] = json.dumps({**settings_of(stored), "n_clusters": "auto"})
    rg.tl.combined_cindex(data, "x:groups", folds=3, repeats=2, bootstrap=20, refit_groups=True, rng=np.int64(4))
    assert (rg.get.combined_cindex(data)["groups"] == "refitted, k apparent").all()
    settings = settings_of(data.uns["combined_cindex"])
    assert "their number chosen on all training patients" in settings["estimand"]
    assert settings["rng"] == 4


def test_refitting_repeats_the_transforms_of_the_clustering() -> None:
    from radiogenomics.tl._cindex_refit import recipe_of

    data = two_modalities()
    rg.tl.consensus_cluster(data, modality="x", n_clusters=2, metric="euclidean", n_resamples=20, rng=0)
    rg.pp.scale(data, modality="x")
    assert "FeatureScaler" not in recipe_of(data, "x:groups").pipeline


def test_the_cohorts_own_places_are_no_names_for_results() -> None:
    with pytest.raises(InputError, match="key_added"):
        rg.tl.combined_cindex(two_modalities(), "time", key_added="outcomes")


def test_refitting_never_sees_the_test_patients() -> None:
    """Whatever the test patients' features are, groups of the training patients stay the same."""
    from radiogenomics.tl._cindex_refit import groups_without, recipe_of

    data = two_modalities()
    rg.pp.scale(data, modality="x")
    rg.tl.consensus_cluster(data, modality="x", n_clusters=2, metric="euclidean", n_resamples=50, rng=0)
    recipe = recipe_of(data, "x:groups")
    patients = [str(p) for p in data.obs_names]
    test, train = patients[:20], patients[20:]
    before = groups_without(recipe, test, train, 0)
    recipe.features.loc[test] *= -1000.0
    np.testing.assert_array_equal(groups_without(recipe, test, train, 0), before)


def test_bad_input() -> None:
    obs = simulated(80, effect=0.5, seed=0)
    data = cohort(obs)
    with pytest.raises(InputError, match=r"2 faults(.|\n)*folds(.|\n)*ridge"):
        rg.tl.combined_cindex(data, ["marker"], folds=1, ridge=0.0)
    with pytest.raises(InputError, match=r"none of .*consensus_cluster"):
        rg.tl.combined_cindex(data, ["marker"], refit_groups=True)
    with pytest.raises(InputError, match="more than once"):
        rg.tl.combined_cindex(data, ["marker", "marker"])
    few = obs.copy()
    few["event"] = np.where(np.arange(80) < 3, 1.0, 0.0)
    with pytest.raises(DegenerateInputError, match=r"3 event\(s\).*5 folds need one each"):
        rg.tl.combined_cindex(cohort(few), ["marker"])
    with pytest.raises(DegenerateInputError, match="'age': one value"):
        rg.tl.combined_cindex(cohort(obs.assign(age=1.0)), ["marker"], covariates=["age"])
    assert "combined_cindex" not in data.uns


def test_sparse_combinations_do_not_warn_of_numbers() -> None:
    rng = np.random.default_rng(0)
    obs = simulated(40, effect=0.3, seed=9)
    obs["many"] = rng.choice(list("uvwxyz"), 40, p=[0.5, 0.3, 0.1, 0.04, 0.03, 0.03])
    data = cohort(obs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "33 events are fewer than 10 for each coefficient", RadiogenomicsWarning)
        rg.tl.combined_cindex(data, ["marker", "many"], repeats=3, bootstrap=50, rng=0)
    models = rg.get.combined_cindex(data)
    assert np.isfinite(models[["c", "lower", "upper", "apparent_c"]].to_numpy()).all()
    assert (models["separated_fits"] > 0).any()
