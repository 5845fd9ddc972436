"""Strata that leave nobody to compare with."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError
from tests.tl._cohorts import cohort, simulated


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_strata_of_one_patient_each_are_refused(penalty: str | None) -> None:
    rng = np.random.default_rng(0)
    for n in (12, 80, 300):
        x, time, event = rng.normal(60, 8, n), rng.exponential(size=n), rng.integers(0, 2, n)
        with pytest.raises(DegenerateInputError, match="one value in every set of patients at risk at an event"):
            rg.core.fit_cox(x, time, event, strata=np.arange(n), penalty=penalty)


def test_the_variable_is_named() -> None:
    obs = simulated(80, effect=0.5, seed=1)
    obs["each"] = [f"p{i}" for i in range(80)]
    with pytest.raises(DegenerateInputError, match=r"'age'.*drop or merge the strata"):
        rg.tl.cox(cohort(obs), "age", strata="each")


def test_matched_pairs_are_kept() -> None:
    rng = np.random.default_rng(0)
    fit = rg.core.fit_cox(rng.normal(size=80), rng.exponential(size=80), np.ones(80), strata=np.arange(80) // 2)
    assert fit.converged
    assert fit.se[0] < 1
