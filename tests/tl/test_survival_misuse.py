"""Every survival function on every kind of bad input: a named error, or a warning that says what to do."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import InputError, RadiogenomicsError, RadiogenomicsWarning

N = 48

FUNCTIONS: dict[str, Callable[[AnnData], None]] = {
    "kaplan_meier": lambda data: rg.tl.kaplan_meier(data, "group", outcome="os"),
    "cox": lambda data: rg.tl.cox(data, ["group", "age"], outcome="os"),
    "stepwise_cox": lambda data: rg.tl.stepwise_cox(data, ["group", "age"], outcome="os", bootstrap=20, rng=0),
    "combined_cindex": lambda data: rg.tl.combined_cindex(
        data, ["group", "score"], outcome="os", interaction=False, repeats=2, bootstrap=20, rng=0
    ),
    "cumulative_incidence": lambda data: rg.tl.cumulative_incidence(data, "group", outcome="first"),
    "fine_gray": lambda data: rg.tl.fine_gray(data, ["group", "age"], outcome="first"),
}
REGRESSIONS = {"cox", "stepwise_cox", "fine_gray"}


def good() -> pd.DataFrame:
    """48 patients in two groups, half of them with the event; also as one of two competing events."""
    rng = np.random.default_rng(4)
    event = np.tile([1, 0, 1, 0], N // 4)
    obs = pd.DataFrame(
        {
            "days": rng.integers(30, 2000, N).astype(float),
            "event": event,
            "cause": np.where(event == 1, 1, np.tile([0, 0, 0, 2], N // 4)),
            "group": np.repeat(["A", "B"], N // 2),
            "age": rng.normal(60, 8, N).round(1),
            "score": rng.normal(size=N),
        },
        index=[f"P{i:02d}" for i in range(N)],
    )
    return obs.sample(frac=1.0, random_state=1)


def cohort(obs: pd.DataFrame, unit: str = "days") -> AnnData:
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    data.uns["outcomes"] = {
        "os": {"kind": "survival", "time": "days", "event": "event", "unit": unit, "order": 0},
        "first": {
            "kind": "competing", "time": "days", "event": "cause", "unit": unit, "order": 1,
            "causes": json.dumps({"relapse": 1, "death": 2}),
        },
    }  # fmt: skip
    return data


def one_group_only(obs: pd.DataFrame) -> pd.DataFrame:
    return obs.assign(
        event=obs["event"].where(obs["group"] == "A", 0), cause=obs["cause"].where(obs["group"] == "A", 0)
    )


def separated(obs: pd.DataFrame) -> pd.DataFrame:
    """Everyone of A has the event before the first of B."""
    first = obs["group"] == "A"
    return obs.assign(
        event=first.astype(int), cause=first.astype(int), days=obs["days"].where(~first, obs["days"] / 100).add(1.0),
        score=first + obs["score"] / 100,
    )  # fmt: skip


def few_events(obs: pd.DataFrame) -> pd.DataFrame:
    """Five events, seven levels beside the age."""
    kept = np.isin(np.arange(N), np.flatnonzero(obs["event"] == 1)[:5])
    cause = np.where(kept, 1, np.where(obs["cause"] == 2, 2, 0))
    return obs.assign(event=kept.astype(int), cause=cause, group=np.array(list("ABCDEFG"))[np.arange(N) % 7])


def at(obs: pd.DataFrame, patient: str, **values: Any) -> pd.DataFrame:
    out = obs.copy()
    for column, value in values.items():
        out[column] = out[column].astype(object) if isinstance(value, str) else out[column].astype(float)
        out.loc[patient, column] = value
    return out


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], dict[str, str | None]]] = {
    # for each input: what it does to the table, and what each function must say ("*": all others; None: nothing)
    "no events": (lambda o: o.assign(event=0, cause=0), {"*": r"none of the 48 patients"}),
    "all events at one time": (
        lambda o: o.assign(days=o["days"].where(o["cause"] == 0, 500.0)),
        {"*": r"outcome '.*': all (24|36) events are at one time, 500 days: who had the event earlier cannot be told"},
    ),
    "all times equal": (
        lambda o: o.assign(days=500.0),
        {"combined_cindex": r"whose event comes first is unknown",
         "*": r"events are at one time, 500 days, as is all follow-up \(48 patients\)"},
    ),
    "events in one group only": (
        one_group_only,
        {**dict.fromkeys(("kaplan_meier", "cumulative_incidence", "combined_cindex"), r"only group A has events"),
         "*": r"group( B)?: the .*ratio runs to infinity"},
    ),
    "time 0": (lambda o: at(o, "P00", days=0.0), {"*": r"1 patient\(s\) with a time of 0, . with the event \(P00\)"}),
    "a negative time": (
        lambda o: at(o, "P07", days=-3.0),
        {"*": r"column 'days': found -3 for patient 'P07'; expected a time, 0 or more"},
    ),
    "a time that is a word": (
        lambda o: at(o, "P07", days="alive"),
        {"*": r"column 'days': found 'alive' for patient 'P07'; expected a time, 0 or more"},
    ),
    "an undeclared code": (
        lambda o: at(o, "P07", event=3, cause=3),
        {"*": r"column '(event|cause)': found 3 for patient 'P07'; expected one of 0 \(censored\), 1 "},
    ),
    "fewer events than parameters": (
        few_events,
        {"kaplan_meier": None, "cumulative_incidence": None, "combined_cindex": r"fewer than the coefficients",
         "*": r"5 events.* for 7 .*, fewer events than parameters"},
    ),
    "perfect separation": (
        separated,
        {**dict.fromkeys(("kaplan_meier", "cumulative_incidence", "combined_cindex"), r"only group A has events"),
         "*": r"group( B)?: the .*ratio runs to infinity"},
    ),
    "collinear covariates": (
        lambda o: o.assign(age=(o["group"] == "A") * 2.0, score=(o["group"] == "A") * 1.0),
        {"kaplan_meier": None, "cumulative_incidence": None,
         "combined_cindex": r"'score' is, in part or whole, a linear combination of \['group'\]",
         "*": r"age.*a linear combination of group [AB]"},
    ),
    "an identifier for a group": (
        lambda o: o.assign(group=o.index),
        {"*": r"found 48 levels over 48 patients; expected levels that patients share"},
    ),
    "missing groups": (lambda o: o.assign(group=o["group"].where(o.index != "P05", None)), {"*": None}),
}  # fmt: skip


def said(function: str, data: AnnData) -> str:
    """What the function says on the way, or as it refuses; anything but an error or warning of ours fails."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            FUNCTIONS[function](data)
        except RadiogenomicsError as error:
            assert function not in data.uns, "a result was written before the error"
            return str(error)
    strange = [w for w in caught if not issubclass(w.category, RadiogenomicsWarning)]
    assert not strange, strange[0].message
    return "\n".join(str(w.message) for w in caught)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bad", BAD)
def test_bad_input_is_named(function: str, bad: str) -> None:
    spoil, expected = BAD[bad]
    data = cohort(spoil(good()))
    text = said(function, data)
    pattern = expected.get(function, expected["*"])
    if pattern is not None:
        assert re.search(pattern, text), text
    else:
        key = {"stepwise_cox": "stepwise"}.get(function, function)
        assert key in data.uns, text


@pytest.mark.parametrize("function", FUNCTIONS)
def test_good_input_is_not_warned_of_and_missing_groups_are_counted(function: str) -> None:
    key = {"stepwise_cox": "stepwise"}.get(function, function)
    data = cohort(good())
    assert said(function, data) == ""
    missing = cohort(BAD["missing groups"][0](good()))
    said(function, missing)
    left = missing.uns[key]["left_out"]
    assert left["patient_id"].tolist() == ["P05"]
    assert "no group" in str(left["reason"].iloc[0])


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("unit", "meant"), [("mounths", "months"), ("day", "days"), ("yrs", "years")])
def test_an_unknown_unit_is_refused_with_the_one_meant(function: str, unit: str, meant: str) -> None:
    text = said(function, cohort(good(), unit))
    assert f"column 'unit': found {unit!r}; expected one of 'days', 'weeks', 'months', 'years'" in text
    assert f"Did you mean {meant!r}?" in text


@pytest.mark.parametrize("function", FUNCTIONS)
def test_times_of_zero_are_counted(function: str) -> None:
    key = {"stepwise_cox": "stepwise"}.get(function, function)
    data = cohort(at(good(), "P00", days=0.0, event=1, cause=1))
    said(function, data)
    assert settings_of(data.uns[key])["time_zero"] == {"patients": 1, "events": 1}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_faults_of_a_column_changed_since_are_told_at_once(function: str) -> None:
    data = cohort(good())
    data.obs.loc["P03", "days"] = -1.0
    data.obs.loc["P09", "days"] = np.inf
    data.obs["event"] = data.obs["event"].astype(float)
    data.obs.loc["P04", "event"] = data.obs.loc["P04", "cause"] = 7
    text = said(function, data)
    for found in ("3 faults", "-1 for patient 'P03'", "inf for patient 'P09'", "7 for patient 'P04'"):
        assert found in text, text


@pytest.mark.parametrize("name", ["days", "event", "cause"])
def test_follow_up_is_no_covariate(name: str) -> None:
    data = cohort(good())
    of = f"'{name}', the (time|event) of outcome"
    with pytest.raises(InputError, match=of):
        rg.tl.cox(data, ["age", name], outcome="os")
    with pytest.raises(InputError, match=of):
        rg.tl.cox(data, formula=f"age + log({name} + 1)", outcome="os")
    with pytest.raises(InputError, match=of):
        rg.tl.stepwise_cox(data, ["age", name], outcome="os", bootstrap=0)
    with pytest.raises(InputError, match=of):
        rg.tl.combined_cindex(data, ["group"], covariates=name, outcome="os", repeats=2, bootstrap=20, rng=0)
    with pytest.raises(InputError, match=of):
        rg.tl.fine_gray(data, ["age", name], outcome="first")


def test_groups_of_one_patient_are_named() -> None:
    obs = good()
    obs.loc[obs.index[0], "group"] = "C"
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="'group': only one patient in C"):
        rg.tl.kaplan_meier(data, "group", outcome="os")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        rg.tl.cox(data, ["group", "age"], outcome="os")
    assert any("'group': only one patient in C" in str(w.message) for w in told)


def test_strata_named_twice_are_at_fault() -> None:
    with pytest.raises(InputError, match=r"strata: found 'group', which groupby also names"):
        rg.tl.combined_cindex(cohort(good()), ["group"], strata="group", outcome="os")
