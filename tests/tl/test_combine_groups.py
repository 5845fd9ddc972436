from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError
from tests.tl._cohorts import cohort


def example() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": pd.Categorical(["A", "A", "B", "B", None, "A"], categories=["B", "A"]),
            "b": ["x", "y", "x", "x", "x", None],
            "time": [1.0, 2, 3, 4, 5, 6],
            "event": [1, 0, 1, np.nan, 1, 1],
        },
        index=[f"P{i}" for i in range(6)],
    )


def test_labels_sizes_and_left_out() -> None:
    data = cohort(example())
    rg.tl.combine_groups(data, ["a", "b"])
    assert data.obs["combined"].astype(object).where(data.obs["combined"].notna(), None).tolist() == [
        "A x x", "A x y", "B x x", "B x x", None, None,
    ]  # fmt: skip
    assert list(data.obs["combined"].cat.categories) == ["B x x", "A x x", "A x y"]  # the declared order of a
    sizes = frame_of(data.uns["combined"], "sizes").set_index("group")
    assert sizes["n"].to_dict() == {"B x x": 2, "A x x": 1, "A x y": 1}
    assert sizes["n_events"].to_dict() == {"B x x": 1, "A x x": 1, "A x y": 0}
    left_out = frame_of(data.uns["combined"], "left_out")
    assert dict(left_out.to_numpy()) == {"P4": "no group in a", "P5": "no group in b"}


def test_without_an_outcome_nothing_is_said_about_events() -> None:
    data = cohort(example().drop(columns=["time", "event"]))
    rg.tl.combine_groups(data, ["a", "b"], key_added="joint")
    assert "n_events" not in data.uns["joint"]["sizes"]


@pytest.mark.parametrize("groupby", [["a"], ["a", "a"]])
def test_needs_two_groupings(groupby: list[str]) -> None:
    with pytest.raises(InputError, match="two or more"):
        rg.tl.combine_groups(cohort(example()), groupby)


def test_groupings_that_share_no_patient() -> None:
    obs = example()
    obs["c"] = [None, None, None, None, "u", None]
    with pytest.raises(InputError, match="share no patients"):
        rg.tl.combine_groups(cohort(obs), ["a", "c"])


def test_events_without_a_time_are_not_counted() -> None:
    obs = example()
    obs.loc["P0", "time"] = np.nan
    data = cohort(obs)
    rg.tl.combine_groups(data, ["a", "b"])
    sizes = frame_of(data.uns["combined"], "sizes").set_index("group")
    assert sizes["n_events"].to_dict() == {"B x x": 1, "A x x": 0, "A x y": 0}


def test_patients_in_no_part_of_the_split_are_named() -> None:
    data = cohort(example().assign(split=["training", None, "training", "internal", None, "training"]))
    data.uns["split"] = {"column": "split"}
    rg.tl.combine_groups(data, ["a", "b"])
    left_out = dict(frame_of(data.uns["combined"], "left_out").to_numpy())
    assert left_out == {
        "P1": "in no part of the split: labelled, but not in the sizes", "P4": "no group in a", "P5": "no group in b",
    }  # fmt: skip
    assert data.obs.loc["P1", "combined"] == "A x y"
    assert frame_of(data.uns["combined"], "sizes")["n"].sum() == 3
