import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics._errors import InputError
from radiogenomics.io._split import split_patients, where_true


def table(n: int = 40) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "centre": (["A", "B", "C", "A", None] * n)[:n],
            "year": np.arange(2000, 2000 + n),
            "OS.time": np.arange(n, dtype=float),
            "dead": ([1, 0, 0, 0] * n)[:n],
        },
        index=[f"P{i:03}" for i in range(n)],
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("centre == 'B'", lambda t: t["centre"] == "B"),
        ("centre in ['B', 'C'] and year >= 2010", lambda t: t["centre"].isin(["B", "C"]) & (t["year"] >= 2010)),
        ("not (centre == 'A' or year < 2005)", lambda t: ~((t["centre"] == "A") | (t["year"] < 2005))),
        ("(centre == 'A') | (year > 2030)", lambda t: (t["centre"] == "A") | (t["year"] > 2030)),
        ("`OS.time` > 3.5", lambda t: t["OS.time"] > 3.5),
    ],
)
def test_conditions(condition: str, expected: object) -> None:
    t = table()
    assert where_true(t, condition).tolist() == expected(t).tolist()  # type: ignore[operator]


@pytest.mark.parametrize(
    "condition",
    [
        "@pd.read_csv('x')",
        "centre.to_csv('stolen.csv')",
        "__import__('os').system('true')",
        "centre[0] == 'A'",
        "(lambda: True)()",
        "year ** 9 > 1",
        "f'{centre}' == 'A'",
        "[x for x in centre]",
    ],
)
def test_conditions_hold_no_code(condition: str) -> None:
    with pytest.raises(InputError, match="external"):
        where_true(table(), condition)


def test_conditions_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"'center'.*Did you mean 'centre'"):
        where_true(table(), "center == 'B'")
    with pytest.raises(InputError, match="a condition"):
        where_true(table(), "centre > 3")
    with pytest.raises(InputError, match="found 0 of 40 patients; expected some, not all"):
        split_patients(table(), table().index, {"external": "centre == 'Z'"}, table()["dead"])


def test_internal_takes_the_same_share_of_events_whatever_the_order() -> None:
    t = table(200)
    parts = split_patients(t, t.index, {"external": "year >= 2160", "internal": 0.25, "rng": 3}, t["dead"])
    assert parts.value_counts().to_dict() == {"training": 120, "external": 40, "internal": 40}
    inside = t[parts != "external"]
    assert inside.loc[parts == "internal", "dead"].mean() == pytest.approx(inside["dead"].mean())
    shuffled = t.sample(frac=1, random_state=1)
    again = split_patients(
        shuffled, shuffled.index, {"external": "year >= 2160", "internal": 0.25, "rng": 3}, shuffled["dead"]
    )
    assert again.reindex(parts.index).tolist() == parts.tolist()
    other = split_patients(t, t.index, {"internal": 0.25, "rng": 4}, t["dead"])
    assert (other != parts).any()


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.05, 0.9), events=st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=12, max_size=60))
def test_strata_are_within_one_patient_of_their_share(share: float, events: list[float]) -> None:
    t = pd.DataFrame({"dead": events}, index=[f"P{i}" for i in range(len(events))])
    if not 0 < round(share * len(t)) < len(t):
        return
    parts = split_patients(t, t.index, {"internal": share}, t["dead"])
    assert int((parts == "internal").sum()) == round(share * len(t))
    for _, members in parts.groupby(t["dead"].fillna(-1)):
        assert abs(int((members == "internal").sum()) - share * len(members)) < 1 + 1e-9


def test_column_and_series() -> None:
    t = table(4)
    t["part"] = ["training", "internal", "training", "external"]
    assert split_patients(t, t.index, "part", t["dead"]).tolist() == t["part"].tolist()
    patients = t.index.append(pd.Index(["new"]))
    assert split_patients(t, patients, "part", t["dead"]).isna().tolist() == [False] * 4 + [True]
    given_parts = pd.Series({**t["part"], "new": "external"})
    assert split_patients(t, patients, given_parts, t["dead"])["new"] == "external"
    t["part"] = ["training", "test", None, "external"]
    t.attrs["rows"] = {"P001": 3}
    with pytest.raises(InputError) as caught:
        split_patients(t, t.index, "part", t["dead"])
    assert "row 3: found 'test' for patient 'P001'; expected training or internal or external" in str(caught.value)
    assert "nothing for patient 'P002'" in str(caught.value)
    with pytest.raises(InputError, match="no training patient"):
        split_patients(t, t.index, pd.Series("external", index=t.index), t["dead"])
    with pytest.raises(InputError, match="Did you mean 'part'"):
        split_patients(t, t.index, "parts", t["dead"])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"internal": 1.5}, "internal"),
        ({}, "external, internal or both"),
        ({"intern": 0.2}, "intern"),
        ({"internal": 0.001}, "0 of 40 patients"),
    ],
)
def test_rules_are_checked(rule: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as caught:
        split_patients(table(), table().index, rule, table()["dead"])
    assert said in str(caught.value)
