"""Settings of the survival step are those of both functions it calls."""

from __future__ import annotations

import inspect

import pytest

import radiogenomics as rg
from radiogenomics.schemas import steps as s


def test_survival_mirrors_both_of_its_functions() -> None:
    settings = s.SurvivalSettings.model_validate({})
    for function, passed, absent in (
        (
            rg.tl.cox,
            settings.cox_settings(),
            {"data", "variables", "formula", "outcome", "time_transform", "key_added"},
        ),
        (rg.tl.kaplan_meier, settings.curve_settings(), {"data", "groupby", "outcome", "adjust", "trend", "key_added"}),
    ):
        parameters = inspect.signature(function).parameters
        assert set(passed) == set(parameters) - absent
        for name, value in passed.items():
            assert value == parameters[name].default or (name, value) == ("categorical", []), name
    with pytest.raises(ValueError, match="one penalty at most"):
        s.SurvivalSettings.model_validate({"ridge": 1.0, "penalty": "firth"})
