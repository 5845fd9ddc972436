from __future__ import annotations

import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl._cohorts import cohort
from tests.tl.test_associate import example


def test_rows_columns_and_counts_by_hand() -> None:
    obs = example()
    obs.loc["P7", "a"] = None
    data = cohort(obs)
    rg.tl.associate(data, "a", ["grade", "sex", "age"], categorical=["grade"])
    table = rg.get.table_one(data, "a")
    kept = obs.drop(index="P7")
    sizes = kept["a"].value_counts()
    assert table.columns.tolist() == [
        "variable", "level", "All (n = 89)", *[f"{g} (n = {sizes[g]})" for g in "ABC"], "p", "test",
    ]  # fmt: skip
    assert table["level"].tolist() == ["1", "2", "3", "f", "m", "median [quartiles]", "missing"]
    assert table["variable"].tolist() == ["grade", "", "", "sex", "", "age", ""]
    inside = kept["a"] == "B"
    n = int((kept["sex"][inside] == "f").sum())
    assert table.loc[3, f"B (n = {sizes['B']})"] == f"{n} ({100 * n / inside.sum():.1f})"
    low, middle, high = kept["age"][inside].quantile([0.25, 0.5, 0.75])
    assert table.loc[5, f"B (n = {sizes['B']})"] == f"{middle:.1f} [{low:.1f}, {high:.1f}]"
    assert table.loc[6, f"B (n = {sizes['B']})"] == str(kept["age"][inside].isna().sum())
    tests = rg.get.associate(data).set_index("variable")
    assert table.loc[3, "p"] == f"{tests.loc['sex', 'p_value']:.2f}"
    assert table.loc[3, "test"] == "chi-squared"
    assert (table["p"] != "").sum() == 3


def test_chosen_variables_parts_and_bad_names() -> None:
    obs = example().assign(split=["training", "external"] * 45)
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.associate(data, "a", ["sex", "dead"])
    table = rg.get.table_one(data, "a", ["dead"], split="external", adjusted=True)
    assert table["level"].tolist() == ["0", "1"]
    assert "All (n = 45)" in table
    assert "p (adjusted)" in table
    assert "p" not in table
    with pytest.raises(UnknownNameError, match="Did you mean 'dead'"):
        rg.get.table_one(data, "a", ["daed"])
    with pytest.raises(UnknownNameError, match=r"'age'.*rg.tl.associate"):
        rg.get.table_one(data, "a", ["age"])
    with pytest.raises(UnknownNameError, match="'b'"):
        rg.get.table_one(data, "b")
    with pytest.raises(InputError, match="internal"):
        rg.get.table_one(data, "a", split="internal")


@pytest.mark.parametrize("variable", ["sex", "age"])
def test_groups_that_changed_since_the_test_are_refused(variable: str) -> None:
    data = cohort(example())
    rg.tl.associate(data, "a", ["sex", "age"])
    rg.get.table_one(data, "a", [variable])
    sizes = data.obs["a"].value_counts()
    data.obs["a"] = data.obs["a"].sample(frac=1, random_state=0).to_numpy()
    assert data.obs["a"].value_counts().equals(sizes)
    with pytest.raises(InputError, match=r"changed since the test; run rg.tl.associate again"):
        rg.get.table_one(data, "a", [variable])
