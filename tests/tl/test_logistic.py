"""tl.logistic: odds ratios equal to R, the choice by p-values, its repetition in folds, the LASSO beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning, UnknownNameError

REFERENCE = Path(__file__).parents[1] / "reference" / "logistic"
TERMS = ["age", "size", "sex", "grade"]
QUICK = {"folds": 2, "repeats": 1, "lasso": False}


def cohort(obs: pd.DataFrame | None = None) -> AnnData:
    if obs is None:
        obs = pd.read_csv(REFERENCE / "data.csv")
        obs["grade"] = pd.Categorical(obs["grade"])
    obs.index = pd.Index([f"P{i}" for i in range(len(obs))])
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    data.uns["outcomes"] = {"lung": {"kind": "binary", "column": "y", "positive": 1, "order": 0}}
    return data


def planted(n: int, seed: int, *, effect: float = 1.5, noise: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    obs = pd.DataFrame(rng.normal(size=(n, noise + 1)), columns=["marker", *[f"noise{k}" for k in range(noise)]])
    obs["y"] = (rng.random(n) < 1 / (1 + np.exp(-effect * obs["marker"]))).astype(int)
    return obs


@pytest.mark.filterwarnings("ignore:.*events of the rarer class")
@pytest.mark.parametrize(("model", "penalty"), [("glm_plain", None), ("logistf_plain", "firth")])
def test_equals_r(model: str, penalty: str | None) -> None:
    data = cohort()
    rg.tl.logistic(data, TERMS, p_enter=None, p_keep=None, penalty=penalty, **QUICK)
    expected = pd.read_csv(REFERENCE / "fits.csv").query("model == @model and term != 'intercept'")
    found = rg.get.logistic(data)
    np.testing.assert_allclose(found["coef"], expected["coef"], rtol=1e-8)
    np.testing.assert_allclose(found["or"], np.exp(expected["coef"]), rtol=1e-8)
    np.testing.assert_allclose(found[["lower", "upper"]], np.exp(expected[["lower", "upper"]]), rtol=1e-6)
    if penalty:
        np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-6)
    assert set(found["estimate"]) == {"all variables"}
    assert found["level"].fillna("").tolist() == ["", "", "", "2", "3"]
    rg.tl.logistic(data, TERMS, p_enter=None, p_keep=None, interval="wald", **QUICK)
    wald = rg.get.logistic(data)
    if penalty is None:
        np.testing.assert_allclose(wald["p_value"], expected["p_value"], rtol=1e-8)
    assert set(wald["interval"]) == {"wald"}


def test_counts_and_variables() -> None:
    data = cohort()
    rg.tl.logistic(data, ["grade"], p_enter=None, p_keep=None, reference={"grade": "3"}, **QUICK)
    found = rg.get.logistic(data, table="univariable")
    y, grade = data.obs["y"], data.obs["grade"].astype(int)
    assert found["n"].tolist() == [(grade == 1).sum(), (grade == 2).sum()]
    assert found["events"].tolist() == [y[grade == 1].sum(), y[grade == 2].sum()]
    assert found["n_reference"].tolist() == [(grade == 3).sum()] * 2
    assert found["p_variable"].nunique() == 1
    odds = [y[grade == g].sum() / (1 - y[grade == g]).sum() for g in (1, 2, 3)]
    np.testing.assert_allclose(found["or"], [odds[0] / odds[2], odds[1] / odds[2]], rtol=1e-9)


def test_choice_by_p_values() -> None:
    """The marker stays; its noisy copy enters alone and is dropped beside it; noise is skipped."""
    obs = planted(300, 1)
    obs["copy"] = obs["marker"] + np.random.default_rng(2).normal(0, 0.7, 300)
    data = cohort(obs)
    rg.tl.logistic(data, ["marker", "copy", "noise0", "noise1"], folds=5, repeats=2)
    choice = rg.get.logistic(data, table="choice")
    assert choice["action"].tolist() == ["enter", "enter", "skip", "skip", "drop"]
    assert choice["variable"].iloc[-1] == "copy"
    assert rg.get.logistic(data)["variable"].tolist() == ["marker"]
    assert set(rg.get.logistic(data)["estimate"]) == {"apparent"}
    settings = settings_of(data.uns["logistic"])
    assert settings["selected"] == ["marker"]
    assert "chosen on the patients" in settings["apparent_reason"]
    assert choice.set_index("variable")["selected_folds"]["marker"].max() == 1.0
    rg.tl.logistic(data, ["marker", "copy", "noise0"], keep=["noise0"], p_keep=0.05, **QUICK)
    assert rg.get.logistic(data)["variable"].tolist() == ["marker", "noise0"]


def test_apparent_auc_beats_the_honest_one_on_noise() -> None:
    """The whole choice is repeated in the folds: on noise the out-of-fold AUC is about 0.5, the apparent one is not."""
    apparent, honest = [], []
    for seed in range(6):
        obs = planted(80, seed, effect=0.0, noise=12)
        data = cohort(obs)
        names = [c for c in obs if c != "y"]
        with pytest.warns(RadiogenomicsWarning):
            rg.tl.logistic(data, names, p_enter=0.3, p_keep=None, folds=4, repeats=1, lasso=False, univariable=False)
        table = rg.get.logistic(data, table="predictions")
        for estimate, into in (("apparent", apparent), ("out_of_fold", honest)):
            own = table[table["estimate"] == estimate]
            for _, fold in own.groupby("fold"):
                into.append(rg.core.delong(data.obs.loc[fold["patient_id"], "y"], fold["score"].to_numpy()).auc[0])
    assert np.mean(apparent) > 0.62
    assert abs(np.mean(honest) - 0.5) < 3 * np.std(honest) / np.sqrt(len(honest))
    assert "univariable" not in data.uns["logistic"]


def test_lasso_stands_beside() -> None:
    data = cohort(planted(150, 3))
    rg.tl.logistic(data, ["marker", "noise0", "noise1", "noise2"], folds=3, repeats=1)
    found = rg.get.logistic(data, table="lasso")
    assert found["variable"].tolist() == ["marker", "noise0", "noise1", "noise2"]
    assert found["selected"].iloc[0]
    assert found["coef"].iloc[0] > 0
    table = rg.get.logistic(data, table="predictions")
    assert set(table["model"]) == {"logistic", "logistic lasso"}
    for _, own in table.groupby("model"):
        assert set(own["estimate"]) == {"apparent", "out_of_fold"}
    rg.tl.evaluate(data, "logistic", bootstrap=100)
    assert set(rg.get.evaluate(data)["model"]) == {"logistic"}, "nobody asked for the LASSO"
    rg.tl.delong(data, "logistic", models=["logistic", "logistic lasso"])
    pair = rg.get.delong(data).iloc[0]
    assert "logistic lasso" in set(pair)


@pytest.mark.filterwarnings("ignore:.*events of the rarer class")
def test_separated_variable_by_firth() -> None:
    data = cohort()
    with pytest.warns(RadiogenomicsWarning, match="mark: the odds ratio runs to infinity.*Firth"):
        rg.tl.logistic(data, [*TERMS, "mark"], p_enter=None, p_keep=None, **QUICK)
    found = rg.get.logistic(data)
    expected = pd.read_csv(REFERENCE / "fits.csv").query("model == 'logistf_marked' and term != 'intercept'")
    np.testing.assert_allclose(found["coef"], expected["coef"], rtol=1e-8)
    np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-6)
    assert set(found["method"]) == {"firth"}
    assert set(found["interval"]) == {"profile"}
    alone = rg.get.logistic(data, table="univariable").set_index("variable")["method"]
    assert alone["mark"] == "firth"
    assert alone["age"] == "maximum likelihood"


def test_nothing_left() -> None:
    data = cohort(planted(60, 0, effect=0.0))
    with pytest.warns(RadiogenomicsWarning, match="no variable is left"):
        rg.tl.logistic(data, ["noise0", "noise1"], p_enter=1e-6, **QUICK)
    with pytest.warns(RadiogenomicsWarning, match="left no variable.*table='univariable'"):
        assert rg.get.logistic(data).empty
    table = rg.get.logistic(data, table="predictions").query("estimate == 'apparent'")
    np.testing.assert_allclose(table["probability"], data.obs["y"].mean())
    assert (table["group"] == "low").all()


def test_training_patients_fit_and_test_patients_are_scored() -> None:
    data, other = cohort(planted(120, 5)), cohort(planted(120, 5))
    for made in (data, other):
        made.obs["part"] = ["training"] * 80 + ["external"] * 40
        made.uns["split"] = {"column": "part"}
    other.obs.loc[other.obs["part"] == "external", "y"] = 1
    for made in (data, other):
        rg.tl.logistic(made, ["marker", "noise0"], p_enter=None, p_keep=None, folds=2, repeats=1)
    for table in ("multivariable", "univariable", "lasso", "predictions"):
        first, second = (rg.get.logistic(made, table=table) for made in (data, other))
        pd.testing.assert_frame_equal(first, second)
    held = rg.get.logistic(data, table="predictions").query("estimate == 'held_out' and model == 'logistic'")
    assert len(held) == 40
    fit = rg.core.fit_logistic(data.obs[["marker", "noise0"]][:80], data.obs["y"][:80])
    expected = fit.probability(data.obs.loc[held["patient_id"], ["marker", "noise0"]])
    np.testing.assert_allclose(held["probability"], expected, rtol=1e-9)
    assert rg.get.logistic(data)["n"].iloc[0] == 80


def test_missing_values_are_counted() -> None:
    data = cohort(planted(80, 6))
    data.obs.loc["P3", "noise0"] = np.nan
    rg.tl.logistic(data, ["marker", "noise0"], p_enter=None, p_keep=None, **QUICK)
    assert rg.get.logistic(data, table="left_out")["reason"].tolist() == ["no noise0"]
    assert rg.get.logistic(data, table="univariable")["n"].tolist() == [80, 79]
    assert np.isnan(data.obs.loc["P3", "logistic"])


def test_the_same_seed_gives_the_same_folds() -> None:
    data = cohort(planted(60, 7))
    tables = []
    for rng in (4, 4, 5):
        rg.tl.logistic(data, ["marker"], rng=rng, folds=3, repeats=2, lasso=False, p_keep=None)
        tables.append(rg.get.logistic(data, table="predictions"))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0]["patient_id"].equals(tables[2]["patient_id"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"variables": []}, InputError, "at least one column"),
        ({"variables": ["agee"]}, UnknownNameError, "Did you mean 'age'"),
        ({"variables": ["y"]}, InputError, "of the outcome 'lung' itself"),
        ({"p_enter": 0}, InputError, "argument 'p_enter': found 0"),
        ({"p_keep": 5, "p_enter": -1}, InputError, "2 faults"),
        ({"interval": "bca"}, InputError, "'profile' or 'wald'"),
        ({"keep": ["mark"]}, InputError, "keep: found"),
        ({"outcome": "os"}, UnknownNameError, "'os'"),
        ({"folds": 60}, DegenerateInputError, "at least 60"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*events of the rarer class")
def test_bad_input(change: dict[str, object], error: type[Exception], message: str) -> None:
    data = cohort()
    with pytest.raises(error, match=message):
        rg.tl.logistic(data, change.pop("variables", TERMS), **change)
    assert "logistic" not in data.uns


def test_degenerate_variables() -> None:
    data = cohort()
    data.obs["one"], data.obs["half"] = "a", data.obs["age"] / 2
    with pytest.raises(DegenerateInputError, match="one level 'a'"):
        rg.tl.logistic(data, ["age", "one"], **QUICK)
    with pytest.raises(DegenerateInputError, match=r"half.*linear combination of age"):
        rg.tl.logistic(data, ["age", "half"], p_enter=None, **QUICK)


@pytest.mark.filterwarnings("ignore:.*events of the rarer class")
@pytest.mark.filterwarnings("ignore:.*odds ratio runs to infinity")
def test_lung_metastasis_of_real_patients(real_data: Path) -> None:
    """No patient with a low-grade tumour has a metastasis: Firth. Older patients have more; the folds keep age."""
    clinical = pd.read_csv(real_data / "sts_mri" / "clinical.csv", index_col="patient_id")
    data = AnnData(np.zeros((len(clinical), 1)), obs=clinical)
    data.uns["outcomes"] = {"lung": {"kind": "binary", "column": "lung_metastasis", "positive": 1, "order": 0}}
    rg.tl.logistic(data, ["age_years", "sex", "grade"], folds=3, repeats=2, lasso=False)
    alone = rg.get.logistic(data, table="univariable").set_index(["variable", "level"])
    assert alone["n"].iloc[0] == 51
    assert alone.loc[("grade", "low"), ["n", "events", "method"]].tolist() == [5, 0, "firth"]
    assert 0 < alone.loc[("grade", "low"), "or"] < 1
    left = rg.get.logistic(data)
    assert left["variable"].tolist() == ["age_years", "sex"]
    assert left["n"].tolist() == [48, 23]
    assert 1.02 < left["or"].iloc[0] < 1.12
