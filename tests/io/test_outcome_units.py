"""The unit of time of an outcome: a closed list, and whether the times can be in it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.io._outcomes import register_outcomes


def clinical(longest: float, *, step: float | None = None) -> pd.DataFrame:
    time = np.linspace(longest / 20, longest, 20) if step is None else np.arange(1, 21) * step
    return pd.DataFrame({"t": time, "e": np.tile([0, 1], 10)}, index=[f"P{i}" for i in range(20)])


def register(table: pd.DataFrame, **more: object) -> None:
    register_outcomes(table, {"os": {"kind": "survival", "time": "t", "event": "e"} | more})


@pytest.mark.parametrize(
    ("unit", "meant"),
    [("day", "days"), ("mounths", "months"), ("Years", "years"), ("yrs", "years"), ("mo", "months"), ("wk", "weeks"),
     ("d", "days"), ("MONTHS ", "months")],
)  # fmt: skip
def test_a_misspelt_unit_is_refused_with_the_one_meant(unit: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        register(clinical(900), unit=unit)
    said = str(caught.value)
    assert f"found {unit!r}; expected one of 'days', 'weeks', 'months', 'years'. Did you mean {meant!r}?" in said


@pytest.mark.parametrize("unit", ["fortnights", "minutes", 3, None])
def test_an_unknown_unit_is_refused(unit: object) -> None:
    with pytest.raises(InputError, match=r"one of 'days', 'weeks', 'months', 'years'. Convert the times"):
        register(clinical(900), unit=unit)


def test_competing_outcomes_have_units_too() -> None:
    causes = {"relapse": 1, "death": 2}
    with pytest.raises(InputError, match="Did you mean 'months'"):
        register(clinical(900), kind="competing", causes=causes, unit="month")
    with pytest.warns(RadiogenomicsWarning, match="expected at most 120 years. If the times are in days or weeks"):
        register(clinical(3000), kind="competing", causes=causes, unit="years")


def test_a_unit_that_is_not_declared_is_warned_of() -> None:
    with pytest.warns(RadiogenomicsWarning, match=r"outcome 'os', column 't': no unit of time is declared.*unit="):
        register(clinical(900))


@pytest.mark.parametrize(
    ("longest", "unit", "said"),
    [
        (3000, "years", r"column 't': found a longest time of 3,000 \(of 20 patients\), declared in years; expected at "
                        r"most 120 years. If the times are in days or weeks, declare unit='days' or 'weeks'"),
        (2900, "months", r"longest time of 2,900 .*expected at most 1,440 months \(120 years\)"),
        (12, "days", r"longest time of 12 .*declared in days; expected at least 31 days. If .*'weeks' or 'months' or"),
        (0.9, "months", r"expected at least 1 months \(a month\)"),
        (110.3, "days", r"most with fractions; expected whole days. If the times are in months or years"),
    ],
)  # fmt: skip
def test_times_that_can_hardly_be_in_their_unit(longest: float, unit: str, said: str) -> None:
    with pytest.warns(RadiogenomicsWarning, match=said):
        register(clinical(longest), unit=unit)


@pytest.mark.parametrize(
    ("step", "unit"), [(100, "days"), (30, "days"), (12, "weeks"), (6.5, "months"), (0.9, "years"), (4.5, "years")]
)
def test_times_that_may_well_be_in_their_unit(step: float, unit: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register(clinical(0, step=step), unit=unit)
