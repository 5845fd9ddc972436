from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from tests.tl._cohorts import cohort, simulated

R = Path(__file__).parents[1] / "reference" / "stepwise"


def r_cohort(name: str) -> tuple[pd.DataFrame, list[str]]:
    obs = pd.read_csv(R / f"data_{name}.csv")
    return obs, [c for c in obs if c not in ("time", "event", "entry")]


@pytest.mark.parametrize("name", ["veteran", "colon_ties", "mgus_entry"])
def test_equals_r(name: str) -> None:
    obs, names = r_cohort(name)
    data = cohort(obs)
    rg.tl.stepwise_cox(data, names, entry="entry" if "entry" in obs else None, bootstrap=0)
    final = pd.read_csv(R / "final.csv").set_index(["data", "direction", "by"]).loc[(name, "backward", "aic")]
    inclusion = rg.get.stepwise_cox(data)
    assert set(inclusion.loc[inclusion["selected"].astype(bool), "variable"]) == set(final["variables"].split())
    path = rg.get.stepwise_cox(data, table="path")
    assert path["loglik"].iloc[-1] == pytest.approx(final["loglik"], rel=1e-8)
    coefficients = rg.get.stepwise_cox(data, table="coefficients")
    assert set(coefficients["variable"]) == set(final["variables"].split())
    assert inclusion["frequency"].isna().all()


def test_frequencies_tell_signal_from_noise() -> None:
    obs = simulated(300, effect=0.9, seed=0, n_noise=3)
    data = cohort(obs)
    rg.tl.stepwise_cox(data, ["noise", "noise1", "noise2", "marker", "age"], criterion="bic", bootstrap=100, rng=1)
    table = rg.get.stepwise_cox(data).set_index("variable")
    assert table.loc["marker", "frequency"] == 1.0
    assert table.drop("marker")["frequency"].max() < 0.4
    assert (table["n_samples"] == 100).all()
    models = rg.get.stepwise_cox(data, table="models")
    assert models.loc[models["chosen"].astype(bool), "model"].tolist() == ["marker"]
    ax = rg.pl.stepwise_cox(data)
    assert ax.get_yticklabels()[0].get_text() == "marker"


def test_workers_and_seed() -> None:
    data = cohort(simulated(120, effect=0.4, seed=1, n_noise=2))
    names = ["marker", "age", "noise", "noise1"]
    found = []
    for jobs in (1, 2):
        rg.tl.stepwise_cox(data, names, bootstrap=40, rng=5, n_jobs=jobs)
        found.append(rg.get.stepwise_cox(data))
    pd.testing.assert_frame_equal(*found)


def test_keep_and_nothing_left() -> None:
    obs, names = r_cohort("noise")
    data = cohort(obs)
    rg.tl.stepwise_cox(data, names, criterion="bic", bootstrap=0)
    assert rg.get.stepwise_cox(data, table="coefficients").empty
    assert rg.get.stepwise_cox(data, table="path")["action"].tolist() == ["start", *["drop"] * 4]
    rg.tl.stepwise_cox(data, names, criterion="bic", keep=["noise2"], bootstrap=0)
    assert rg.get.stepwise_cox(data, table="coefficients")["variable"].tolist() == ["noise2"]


def test_bad_input() -> None:
    obs = simulated(60, effect=0.5, seed=2, n_noise=1)
    data = cohort(obs)
    for arguments, match in (
        ({"direction": "forward"}, "'backward' or 'both'"), ({"criterion": "p"}, "'aic' or 'bic'"),
        ({"keep": ["x"]}, "keep"), ({"bootstrap": -1}, "bootstrap"), ({"strata": "marker"}, "none of them the strata"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=match):
            rg.tl.stepwise_cox(data, ["marker", "noise"], **arguments)  # type: ignore[arg-type]
    with pytest.raises(DegenerateInputError, match="leave the variable out"):
        rg.tl.stepwise_cox(cohort(obs.assign(one=1.0)), ["marker", "one"])
    with pytest.raises(DegenerateInputError, match="twice"):
        rg.tl.stepwise_cox(cohort(obs.assign(twice=2 * obs["age"])), ["age", "twice"])
    assert "stepwise" not in data.uns
    few = cohort(obs.iloc[:14])
    with pytest.warns(RadiogenomicsWarning, match="largely chance"):
        rg.tl.stepwise_cox(few, ["marker", "age"], bootstrap=0)
    separated = obs.assign(bad=np.where(obs["event"] == 1, "yes", "no"))
    with pytest.warns(RadiogenomicsWarning, match="bad: the hazard ratio runs to infinity"):
        rg.tl.stepwise_cox(cohort(separated), ["age", "bad"], bootstrap=0)
