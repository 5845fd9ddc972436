"""Arguments of the wrong kind are refused in words, whatever the function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics import core
from radiogenomics._cohort import near_names
from radiogenomics._errors import InputError, RadiogenomicsWarning


@pytest.fixture
def cohort() -> Any:
    rng = np.random.default_rng(0)
    ids = [f"P{i:02d}" for i in range(40)]
    clinical = pd.DataFrame(
        {
            "days": rng.integers(1, 900, 40),
            "event": np.tile([0, 1], 20),
            "age": np.arange(40),
            "grade": np.arange(40) % 3,
        },
        index=ids,
    )
    features = pd.DataFrame(rng.normal(size=(40, 6)), index=ids, columns=list("abcdef"))
    outcomes = {"os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}}
    return rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=features)


def test_a_continuous_column_is_no_grouping(cohort: Any) -> None:
    with pytest.raises(InputError, match=r"a continuous column \(40 different numbers\).*Cut it into groups first"):
        rg.tl.kaplan_meier(cohort, "age")
    rg.tl.kaplan_meier(cohort, "grade")


def test_follow_up_is_no_variable(cohort: Any) -> None:
    with pytest.warns(RadiogenomicsWarning, match=r"'days' is the time of outcome 'os' and 'event' is the event"):
        rg.tl.associate(cohort, "grade", variables=["days", "event", "age"], rng=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda data: rg.tl.kaplan_meier(data, "grade"),
        lambda data: rg.tl.consensus_cluster(data, modality="radiomics"),
        lambda data: rg.pp.scale(data, modality="radiomics"),
        lambda data: rg.tl.cox(data, ["grade"]),
        lambda data: rg.tl.associate(data, "grade", variables=["age"]),
        lambda data: rg.get.kaplan_meier(data),
        lambda data: rg.pl.kaplan_meier(data),
    ],
)
@pytest.mark.parametrize("data", ["cohort.h5mu", None, pd.DataFrame({"grade": [1, 2]})])
def test_what_is_no_cohort_is_refused(call: Any, data: Any) -> None:
    with pytest.raises(
        InputError, match=rf"data: found {type(data).__name__}; expected a cohort from .* or an AnnData"
    ):
        call(data)


def test_one_modality_is_not_called_several(cohort: Any) -> None:
    with pytest.raises(InputError, match="a cohort needs modality='radiomics'"):
        rg.tl.consensus_cluster(cohort)


@pytest.mark.parametrize("rng", ["a", -1, 1.5])
def test_a_seed_is_a_whole_number(cohort: Any, rng: Any) -> None:
    with pytest.raises(InputError, match=r"rng: found .*; expected a whole number"):
        rg.tl.associate(cohort, "grade", variables=["age"], rng=rng)


def test_the_order_of_the_arguments_of_a_cox_fit_is_told() -> None:
    rng = np.random.default_rng(0)
    x, time, event = rng.normal(size=(30, 2)), rng.exponential(size=30), np.tile([0, 1], 15)
    with pytest.raises(InputError, match=r"x \(n, p\), time \(n,\), event \(n,\), in this order"):
        core.fit_cox(time, event, x)
    with pytest.raises(InputError, match="Covariates come first, then time, then event"):
        core.fit_cox(x, event, time)


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("age", ["age_at_initial_pathologic_diagnosis", "stage", "sex"], "age_at_initial_pathologic_diagnosis"),
        ("AGE", ["stage", "age"], "age"),
        ("stage", ["pathologic_stage", "sex"], "pathologic_stage"),
        ("mfss", ["os", "mfs"], "mfs"),
    ],
)
def test_near_names(name: str, known: list[str], near: str) -> None:
    assert near_names(name, known)[0] == near
