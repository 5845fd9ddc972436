from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError, UnknownNameError
from tests.tl._cohorts import cohort


def example(n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    a = rng.choice(list("ABC"), n)
    b = np.where(rng.random(n) < 0.7, a, "A").astype(object)
    b[:5] = None
    return pd.DataFrame({"a": a, "b": b, "c": rng.choice(list("xy"), n)}, index=[f"P{i}" for i in range(n)])


def test_pairs_flows_and_missing_values() -> None:
    obs = example()
    data = cohort(obs)
    rg.tl.agreement(data, ["a", "b", "c"], n_permutations=200)
    table = rg.get.agreement(data).set_index(["first", "second"])
    assert table["n"].to_dict() == {("a", "b"): 75, ("a", "c"): 80, ("b", "c"): 75}
    assert table.loc[("a", "b"), "n_missing"] == 5
    assert table.loc[("a", "b"), "p_value"] == pytest.approx(1 / 201)
    assert table.loc[("a", "b"), "p_adjusted"] == pytest.approx(3 / 201)
    assert table.loc[("a", "c"), "p_value"] > 0.05
    flows = rg.get.agreement(data, table="flows")
    assert flows.groupby("step")["n"].sum().tolist() == [75, 75]
    counts = pd.crosstab(obs["a"][5:], obs["b"][5:]).stack()
    own = flows[flows["step"] == 0].set_index(["first_group", "second_group"])["n"]
    assert own.to_dict() == counts.to_dict()


def test_split_and_bad_input() -> None:
    obs = example().assign(split=np.where(np.arange(80) < 50, "training", "external"))
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.agreement(data, ["a", "c"], n_permutations=0)
    table = rg.get.agreement(data)
    assert table.set_index("split")["n"].to_dict() == {"training": 50, "external": 30}
    assert table["p_value"].isna().all()
    for arguments, error, said in (
        ((["a"],), InputError, "two or more"),
        ((["a", "a"],), InputError, "more than once"),
        ((["a", "d"],), UnknownNameError, "'d'"),
    ):
        with pytest.raises(error, match=said):
            rg.tl.agreement(data, *arguments)
    with pytest.raises(InputError, match="adjust"):
        rg.tl.agreement(data, ["a", "c"], adjust="none")  # type: ignore[arg-type]


def test_flow_figure_is_as_high_as_it_has_patients() -> None:
    data = cohort(example())
    rg.tl.agreement(data, ["a", "b", "c"], n_permutations=0)
    ax = rg.pl.flow(data)
    bars = [p for p in ax.patches if p.get_height() > 0]
    flows = rg.get.agreement(data, table="flows")
    largest = flows[flows["step"] == 1].groupby("second_group")["n"].sum()
    right = sorted(p.get_height() for p in bars if abs(p.get_x() + p.get_width() / 2 - 2) < 1e-9)
    np.testing.assert_allclose(right, np.sort(largest) / 75 * 0.97)
    bands = flows[flows["n"] > 0]
    assert len(ax.collections) == len(bands)
    words = {t.get_text() for t in ax.texts}
    assert {f"x ({largest['x']})", "n = 75"} <= words
    with pytest.raises(InputError, match="training"):
        rg.pl.flow(data, split="training")


def test_no_patient_with_all_groupings_cannot_flow() -> None:
    obs = example().assign(d=np.where(np.arange(80) < 5, "u", None))
    obs.loc["P1", "d"] = "v"
    data = cohort(obs)
    rg.tl.agreement(data, ["a", "b", "d"], n_permutations=0)
    with pytest.raises(DegenerateInputError, match="all the groupings"):
        rg.pl.flow(data)
    notes = rg.get.agreement(data).set_index(["first", "second"])["note"]
    assert notes[("b", "d")] == "no patient has both"
