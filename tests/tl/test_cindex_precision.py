"""Where a figure has no spread to judge it by, and who is compared with whom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics.tl._cindex_precision import Precision
from tests.tl._cohorts import cohort


def test_no_p_value_of_a_difference_without_spread() -> None:
    precision = Precision(7, 0.95)
    assert np.isnan(precision.p_value(0.3, 0.0, "greater"))
    assert np.isnan(precision.p_value(-0.3, 0.0, "two-sided"))
    assert precision.p_value(0.0, 0.0, "two-sided") == 1.0
    assert precision.p_value(-0.3, 0.0, "greater") == 1.0


def test_no_interval_where_the_error_is_unknown() -> None:
    single = Precision(1, 0.95)
    for value in (0.0, 0.7, 1.0):
        known = single.bounds_of_share(value, np.nan)
        assert np.isnan([known["lower"], known["upper"]]).all()
    exact = Precision(5, 0.95).bounds_of_share(1.0, 0.0)
    assert exact["lower"] == pytest.approx(0.025 ** (1 / 5))
    assert exact["upper"] == 1.0


def test_patients_without_a_stratum_are_no_stratum() -> None:
    """Of test patients, those whose stratum is unknown are not compared with one another."""
    rng = np.random.default_rng(0)
    n = 120
    obs = pd.DataFrame({"time": rng.exponential(10.0, n) + 1, "event": (np.arange(n) % 3 > 0) * 1.0})
    obs["age"] = rng.normal(60, 8, n)
    obs["type"] = pd.Categorical(rng.choice(["x", "y"], n))
    obs["split"] = np.repeat(["training", "internal"], n // 2)
    unknown = np.arange(n) >= n - 25
    obs.loc[unknown, "type"] = np.nan
    kept, whole = cohort(obs[~unknown]), cohort(obs)
    for data in (kept, whole):
        data.uns["split"] = {"column": "split"}
        rg.tl.cox(data, "age", strata="type")
    fits = [rg.get.cox(data, table="fit").set_index("split").loc["internal"] for data in (kept, whole)]
    assert fits[0]["n"] == fits[1]["n"] == 35
    assert fits[0]["c"] == fits[1]["c"]
