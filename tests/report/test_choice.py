"""What the report says of stepwise choices, competing events and the checks of Cox models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics.report._figures import draw, plans
from radiogenomics.report._summarize import summarize


@pytest.fixture(scope="module")
def cohort() -> AnnData:
    rng = np.random.default_rng(0)
    n = 160
    obs = pd.DataFrame({"marker": pd.Categorical(np.array(list("ABC"))[rng.integers(0, 3, n)])})
    obs["age"] = rng.normal(60, 10, n)
    obs["noise"] = rng.choice(["x", "y"], n)
    first = rng.exponential(np.exp(-1.2 * obs["marker"].cat.codes.to_numpy(dtype=float)))
    death, end = rng.exponential(4, n), rng.uniform(0.2, 3, n)
    obs["time"] = np.minimum(np.minimum(first, death), end)
    obs["cause"] = np.select([obs["time"] == first, obs["time"] == death], [1, 2], 0)
    obs["event"] = (obs["cause"] > 0).astype(int)
    obs.index = [f"P{i}" for i in range(n)]
    data = AnnData(np.zeros((n, 1)), obs=obs)
    causes = '{"relapse": 1, "death": 2}'
    data.uns["outcomes"] = {
        "efs": {"kind": "survival", "time": "time", "event": "event", "unit": "years", "order": 0},
        "first": {"kind": "competing", "time": "time", "event": "cause", "causes": causes, "unit": "years", "order": 1},
    }
    rg.tl.kaplan_meier(data, "marker", horizon=[0.5, 1])
    rg.tl.cox(data, ["marker", "age"])
    rg.tl.stepwise_cox(data, ["marker", "age", "noise"], bootstrap=50, rng=0)
    rg.tl.cumulative_incidence(data, "marker", horizon=1)
    rg.tl.cumulative_incidence(data, key_added="everybody")
    rg.tl.fine_gray(data, ["marker", "age"])
    return data


def test_sentences(cohort: AnnData) -> None:
    page = summarize(cohort)
    said = " ".join(
        text for s in page["sections"] for part in [s, *s["parts"]] for text in [*part["findings"], *part["warnings"]]
    )
    for expected in (
        "Backward choice by AIC keeps", "Apparent: the variables were chosen on the patients",
        "in the cumulative incidence of relapse between the groups of marker (Gray's χ²",
        "with the incidence of relapse: marker", "pairs of groups", "change with time",
        "Events of first in 160 patients",
    ):  # fmt: skip
        assert expected in said, expected
    methods = " ".join(p["text"] for p in page["methods"]["paragraphs"])
    for expected in ("Gray's test", "Fine and Gray's model", "bootstrap samples", "proportional hazards were tested"):
        assert expected in methods, expected


def test_figures_and_tables(cohort: AnnData) -> None:
    drawn = {p.name: p for p in plans(cohort)}
    for name in ("stepwise", "cumulative_incidence_all", "everybody_all", "cox_form"):
        match = [p for n, p in drawn.items() if n == name or n == name.removesuffix("_all")]
        assert match, (name, list(drawn))
        assert draw(match[0]).svg
    titles = {b["title"] for s in summarize(cohort)["sections"] for part in [s, *s["parts"]] for b in part["blocks"]
              if b["kind"] == "table"}  # fmt: skip
    for expected in (
        "Log-rank tests of every two groups", "Survival at the horizons", "Gray's tests", "Steps",
        "How often resamples keep each variable", "Do effects change with time? (test of proportional hazards)",
        "Fine-Gray regression (all terms together)", "Mean survival time up to the horizon",
    ):  # fmt: skip
        assert expected in titles, expected
