from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import radiogenomics as rg
from radiogenomics._errors import DegenerateGroupsError, InputError, RadiogenomicsWarning, UnknownNameError
from tests.tl._cohorts import cohort


def example() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 90
    group = rng.choice(list("ABC"), n)
    return pd.DataFrame(
        {
            "a": pd.Categorical(group),
            "b": pd.Categorical(np.where(rng.random(n) < 0.7, group, "A")),
            "grade": rng.integers(1, 4, n).astype(float),
            "sex": rng.choice(["f", "m"], n),
            "dead": rng.integers(0, 2, n),
            "rare": np.where(np.arange(n) < 4, "yes", "no"),
            "age": np.where(np.arange(n) % 10 == 0, np.nan, rng.normal(60, 9, n) + 5 * (group == "C")),
            "const": 1.0,
        },
        index=[f"P{i}" for i in range(n)],
    )


def test_every_pair_is_tested_by_the_fitting_test() -> None:
    obs = example()
    data = cohort(obs)
    rg.tl.associate(data, ["a", "b"], ["grade", "sex", "dead", "rare", "age"])
    table = rg.get.associate(data)
    pairs = list(zip(table["group"], table["variable"], strict=True))
    assert pairs[0] == ("a", "b")
    assert len(pairs) == len(set(pairs)) == 1 + 2 * 5
    rows = table.set_index(["group", "variable"])
    assert rows.loc[("a", "b"), "test"] == "chi-squared"
    assert rows.loc[("a", "rare"), "test"] == "Fisher-Freeman-Halton exact"
    assert rows.loc[("a", "age"), "test"] == "Kruskal-Wallis"
    assert rows.loc[("a", "dead"), "kind"] == "categorical"  # 0/1 are categories, 1/2/3 are numbers
    assert rows.loc[("a", "grade"), "kind"] == "numeric"
    assert rows.loc[("a", "age"), ["n", "n_missing"]].tolist() == [81, 9]
    expected = stats.chi2_contingency(pd.crosstab(obs["a"], obs["sex"]))
    assert rows.loc[("a", "sex"), "p_value"] == pytest.approx(expected.pvalue)
    kept = obs.dropna(subset=["age"])
    expected = stats.kruskal(*[g["age"] for _, g in kept.groupby("a", observed=True)])
    assert rows.loc[("a", "age"), "statistic"] == pytest.approx(expected.statistic)
    np.testing.assert_allclose(table["p_adjusted"], stats.false_discovery_control(table["p_value"]))


def test_counts_are_the_contingency_tables() -> None:
    obs = example()
    data = cohort(obs)
    rg.tl.associate(data, "a", ["sex", "age"])
    counts = rg.get.associate(data, table="counts")
    sex = counts[counts["variable"] == "sex"].set_index(["group_level", "variable_level"])["n"]
    assert sex.to_dict() == pd.crosstab(obs["a"], obs["sex"]).stack().to_dict()
    age = counts[counts["variable"] == "age"].set_index("group_level")
    assert age.loc["C", "median"] == pytest.approx(obs["age"][obs["a"] == "C"].median())


def test_numbers_as_categories_and_holm() -> None:
    data = cohort(example())
    rg.tl.associate(data, "a", ["grade", "sex"], categorical=["grade"], adjust="holm")
    table = rg.get.associate(data).set_index("variable")
    assert table.loc["grade", "effect_name"] == "cramers_v"
    smaller = table["p_value"].min()
    assert table["p_adjusted"].min() == pytest.approx(min(1, 2 * smaller))
    levels = rg.get.associate(data, table="counts").query("variable == 'grade'")["variable_level"]
    assert sorted(set(levels)) == ["1", "2", "3"]


def test_a_constant_variable_is_named_and_does_not_count_in_the_family() -> None:
    data = cohort(example())
    with pytest.warns(RadiogenomicsWarning, match=r"a x const .*fewer than two distinct values"):
        rg.tl.associate(data, "a", ["const", "sex"])
    table = rg.get.associate(data).set_index("variable")
    assert np.isnan(table.loc["const", "p_adjusted"])
    assert table.loc["sex", "p_adjusted"] == table.loc["sex", "p_value"]


def test_one_block_per_part_of_the_split() -> None:
    obs = example()
    obs["split"] = np.where(np.arange(len(obs)) < 60, "training", "external")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.associate(data, "a", ["sex", "dead"])
    table = rg.get.associate(data)
    assert table.groupby("split")["n"].unique().map(list).to_dict() == {"training": [60], "external": [30]}
    own = table[table["split"] == "external"]
    np.testing.assert_allclose(own["p_adjusted"], stats.false_discovery_control(own["p_value"]))


def test_patients_without_groups_are_left_out_and_counted() -> None:
    obs = example()
    obs.loc["P3", "a"] = np.nan
    data = cohort(obs)
    rg.tl.associate(data, "a", ["sex"])
    assert rg.get.associate(data, table="left_out")["patient_id"].tolist() == ["P3"]
    assert rg.get.associate(data)["n"].tolist() == [89]


def test_structureless_data_keep_the_level() -> None:
    rng = np.random.default_rng(1)
    obs = pd.DataFrame({"g": rng.choice(list("AB"), 80)}, index=[f"P{i}" for i in range(80)])
    for k in range(300):
        obs = (
            obs.assign(**{f"x{k}": rng.normal(size=80)})
            if k % 2
            else obs.assign(**{f"x{k}": rng.choice(list("uvw"), 80)})
        )
    data = cohort(obs)
    rg.tl.associate(data, "g", [f"x{k}" for k in range(300)])
    table = rg.get.associate(data)
    assert 0.02 < (table["p_value"] < 0.05).mean() < 0.09
    assert (table["p_adjusted"] < 0.05).sum() == 0


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("a",), InputError, "at least one variable"),
        (("a", ["sx"]), UnknownNameError, "sex"),
        ((["a", "b"], ["b"]), InputError, "more than once"),
        (("const", ["sex"]), DegenerateGroupsError, "at least 2"),
    ],
)
def test_bad_input(arguments, error, said) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=said):
        rg.tl.associate(cohort(example()), *arguments)


def test_bad_options() -> None:
    with pytest.raises(InputError, match="categorical"):
        rg.tl.associate(cohort(example()), "a", ["sex"], categorical=["grade"])
    with pytest.raises(InputError, match="adjust"):
        rg.tl.associate(cohort(example()), "a", ["sex"], adjust="none")  # type: ignore[arg-type]


def test_patients_in_no_part_of_the_split_are_left_out_by_name() -> None:
    obs = example()
    obs["split"] = np.where(np.arange(90) % 3, "training", "internal")
    obs.loc[["P4", "P5"], "split"] = None
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.associate(data, "a", "sex")
    left_out = rg.get.associate(data, table="left_out")
    assert dict(left_out.to_numpy()) == dict.fromkeys(("P4", "P5"), "in no part of the split")
    assert rg.get.associate(data)["n"].sum() == 88


def test_nobody_with_both_is_said_so() -> None:
    data = cohort(example().assign(empty=np.nan))
    with pytest.warns(RadiogenomicsWarning, match="a x empty .all, no patient has both"):
        rg.tl.associate(data, "a", "empty")


def test_groups_are_not_tested_against_what_they_were_made_from() -> None:
    data = cohort(example())
    rg.tl.combine_groups(data, ["a", "b"])
    with pytest.warns(RadiogenomicsWarning, match=r"a x combined \(all, one was made from the other\)"):
        rg.tl.associate(data, ["a", "combined"], ["sex"])
    rows = rg.get.associate(data).set_index(["group", "variable"])
    assert rows.loc[("a", "combined"), "test"] == "none: one was made from the other"
    assert np.isnan(rows.loc[("a", "combined"), "p_value"])
    assert rows.loc[[("a", "sex"), ("combined", "sex")], "p_value"].notna().all()


def test_groups_that_are_numbers_have_one_name_and_their_order() -> None:
    stage = np.arange(90) % 3 * 4.0 + 2.0  # 2, 6, 10; a gap makes the column float
    data = cohort(example().assign(stage=np.where(np.arange(90) == 7, np.nan, stage)))
    rg.tl.associate(data, "stage", "sex")
    counts = rg.get.associate(data, table="counts")
    assert counts["group_level"].unique().tolist() == ["2", "6", "10"]
    rg.tl.associate(data, "sex", "stage", categorical=["stage"])
    assert rg.get.associate(data, table="counts")["variable_level"].unique().tolist() == ["2", "6", "10"]


def test_ordered_categories_are_tested_for_trend() -> None:
    obs = example()
    obs["two"] = np.where(obs["a"] == "C", "yes", "no")
    obs["stage"] = pd.Categorical(np.array(["low", "mid", "high"])[obs["grade"].astype(int) - 1])
    obs["ranked"] = obs["stage"].cat.set_categories(["low", "mid", "high"], ordered=True)
    data = cohort(obs)
    order = {"stage": ["low", "mid", "high"], "grade": [1, 2, 3]}
    rg.tl.associate(data, ["a", "two"], ["stage", "ranked", "grade", "sex"], ordered=order)
    table = rg.get.associate(data).set_index(["group", "variable"])
    own = table.loc[[("two", v) for v in order]]
    assert set(own["test"]) == {"Cochran-Armitage trend"}
    score, yes = obs["grade"].to_numpy(), (obs["two"] == "yes").to_numpy()
    r = np.corrcoef(score, yes)[0, 1]
    np.testing.assert_allclose(own["statistic"], 90 * r**2)
    np.testing.assert_allclose(own["effect"], r)
    assert (own["effect_lower"] < r).all()
    assert (own["effect_upper"] > r).all()
    assert table.loc[("two", "ranked"), "p_value"] == pytest.approx(own["p_value"].iloc[0])
    h = stats.kruskal(*[g["grade"] for _, g in obs.groupby("a", observed=True)])
    assert table.loc[("a", "stage"), "statistic"] == pytest.approx(h.statistic)
    assert table.loc[("two", "sex"), "test"] == "chi-squared, Yates"
    assert len(rg.pl.associate(data).texts) == 10
    by_names = cohort(obs)
    rg.tl.associate(by_names, "two", ["grade", "ranked"], ordered=["grade"])
    np.testing.assert_allclose(rg.get.associate(by_names)["effect"], r)


def test_tests_of_numbers_and_their_effects() -> None:
    obs = example()
    obs["two"] = np.where(obs["a"] == "C", "yes", "no")
    kept = obs.dropna(subset=["age"])
    rows = {}
    for numeric in ("kruskal", "anova", "wilcoxon"):
        data = cohort(obs)
        rg.tl.associate(data, ["a", "two"], ["age"], numeric=numeric)  # type: ignore[arg-type]
        rows[numeric] = rg.get.associate(data).set_index(["group", "variable"])
    f = stats.f_oneway(*[g["age"] for _, g in kept.groupby("a", observed=True)])
    assert rows["anova"].loc[("a", "age"), "p_value"] == pytest.approx(f.pvalue)
    assert rows["anova"].loc[("a", "age"), "effect_name"] == "eta_squared"
    yes, no = (kept.loc[kept["two"] == v, "age"] for v in ("yes", "no"))
    u = stats.mannwhitneyu(yes, no)
    found = rows["wilcoxon"].loc[("two", "age")]
    assert (found["statistic"], found["test"]) == (u.statistic, "Wilcoxon rank-sum")
    assert found["effect"] == pytest.approx(2 * u.statistic / (len(yes) * len(no)) - 1)
    assert rows["wilcoxon"].loc[("a", "age"), "test"] == "Kruskal-Wallis"
    assert rows["kruskal"].loc[("two", "age"), "test"] == "Kruskal-Wallis"


def test_bad_orders_and_numeric_tests() -> None:
    data = cohort(example())
    for more, said in (
        ({"ordered": ["sex"]}, "Give the order"),
        ({"ordered": {"sex": ["f"]}}, "each of its levels"),
        ({"ordered": ["grade"]}, "names among"),
        ({"numeric": "t"}, "'kruskal' or 'anova' or 'wilcoxon'"),
    ):
        with pytest.raises(InputError, match=said):
            rg.tl.associate(data, "a", ["sex"], **more)  # type: ignore[arg-type]
    with pytest.warns(RadiogenomicsWarning, match="no variation within"):
        rg.tl.associate(cohort(example().assign(same=3.0 * (example()["a"] == "A") + (example()["a"] == "B"))),
                        "a", ["same", "sex"], numeric="anova")  # fmt: skip


def test_identifiers_and_numbers_read_as_text_are_named() -> None:
    obs = example()
    weight = pd.Series([f"{60 + i}" for i in range(len(obs))], index=obs.index)
    weight.iloc[4] = "about 70"
    data = cohort(obs.assign(code=[f"c{i}" for i in range(len(obs))], weight=weight))
    with pytest.warns(RadiogenomicsWarning) as told:
        rg.tl.associate(data, "a", ["sex", "code", "weight"], rng=0)
    said = " ".join(str(w.message) for w in told)
    assert f"'code' has {len(obs)} levels over {len(obs)} patients" in said
    assert f"'weight' holds numbers that were read as text, but for 'about 70' of {obs.index[4]}" in said
    assert "'sex'" not in said
