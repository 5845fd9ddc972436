"""What the report says beside the finding: terms that do not help, terms without an estimate, times of 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.report._found import Found, results_in
from radiogenomics.report._methods import methods_of
from radiogenomics.report._sentences import findings
from radiogenomics.report._sentences_cindex import _comparisons, _too_small
from radiogenomics.report._sentences_strata import _seeming
from radiogenomics.report._sentences_survival import _coefficients
from tests.tl._cohorts import cohort


def comparison(model: str, reference: str, difference: float, half_width: float, p: float) -> dict[str, Any]:
    return {
        "split": "all", "model": model, "reference": reference, "nested": True, "alternative": "greater",
        "difference": difference, "lower": difference - half_width, "upper": difference + half_width, "p_value": p,
        "p_adjusted": p,
    }  # fmt: skip


MODELS = pd.DataFrame({"model": ["a", "b", "a + b"], "lower": [0.55, 0.45, 0.56]})


def test_terms_that_do_not_help_are_said_beside_those_that_do() -> None:
    rows = pd.DataFrame([comparison("a + b", "b", 0.1, 0.05, 0.001), comparison("a + b", "a", -0.003, 0.02, 0.6)])
    assert _comparisons(rows, MODELS, None) == [
        "model a + b ranks patients better than b, which is itself not shown to rank better than chance (difference "
        "0.100, 95 % CI 0.050 to 0.150, one-sided adjusted p = 0.001).",
        "no evidence that a + b ranks patients better than a (difference −0.003, 95 % CI −0.023 to 0.017).",
    ]


def test_ignored_strata_make_no_claim_beside_an_interval_that_reaches_0() -> None:
    kept = pd.DataFrame([comparison("a + b", "a", 0.0, 0.05, 0.5)])
    open_ = pd.DataFrame([comparison("a + b", "a", 0.03, 0.033, 0.04)])
    clear = pd.DataFrame([comparison("a + b", "a", 0.03, 0.02, 0.01)])
    assert _seeming(open_, kept) == []
    assert _seeming(clear, kept) == [
        "model a + b seem to rank patients better than a (difference 0.030, 95 % CI 0.010 to 0.050, one-sided adjusted "
        "p = 0.010)"
    ]


def test_one_model_with_too_few_patients() -> None:
    row = {"model": "a", "n": 49, "events": 23, "n_needed": 260, "events_per_parameter": 11.5, "enough": False}
    assert _too_small(pd.DataFrame([row])) == [
        "49 patients with 23 events are fewer than the model would need for predictions that hold elsewhere: 260 "
        "patients; there are 12 events per coefficient."
    ]


def follow_up(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    obs = pd.DataFrame({"time": rng.exponential(100.0, n).round() + 1, "event": rng.integers(0, 2, n) * 1.0})
    obs["g"] = pd.Categorical(rng.choice(list("ABC"), n))
    obs.loc[obs["g"] == "C", "event"] = 0.0
    obs["age"] = rng.normal(60, 8, n)
    return obs


def found_in(data: object, kind: str) -> Found:
    return next(f for f in results_in(data) if f.kind == kind)  # type: ignore[arg-type]


def test_a_separated_term_is_named_with_its_events() -> None:
    obs = follow_up(100)
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="runs to infinity"):
        rg.tl.cox(data, ["g", "age"])
    n = int((obs["g"] == "C").sum())
    said = findings(found_in(data, "cox"))
    told = f"o finite hazard ratio of g C against A (0 of {n} with the event): it separates patients with the event"
    assert sum(told in text for text in said) == 1


@pytest.mark.parametrize("function", ["kaplan_meier", "cox", "combined_cindex"])
def test_times_of_0_have_a_sentence(function: str) -> None:
    obs = follow_up()
    obs["g"] = obs["g"].cat.rename_categories({"C": "Z"})
    obs.loc[obs["g"] == "Z", "event"] = (np.arange(60) % 2)[obs["g"] == "Z"]
    options: dict[str, Any] = {"repeats": 2, "bootstrap": 20, "rng": 0} if function == "combined_cindex" else {}
    expected = "of 0, 1 with the event, are kept: an event at 0 counts among everybody, who is censored at 0"
    for zeros in (0, 2):
        obs.loc[:1, "time"], obs.loc[:1, "event"] = (0.0, [1.0, 0.0]) if zeros else (5.0, [1.0, 0.0])
        data = cohort(obs)
        if zeros:
            with pytest.warns(RadiogenomicsWarning, match="time of 0"):
                getattr(rg.tl, function)(data, "g", **options)
        else:
            getattr(rg.tl, function)(data, "g", **options)
        said = [text for text in findings(found_in(data, function)) if expected in text]
        assert len(said) == (1 if zeros else 0)


def test_methods_say_from_when_models_count_and_how_estimates_are_penalised() -> None:
    obs = follow_up(90)
    obs["event"] = np.arange(90) % 2 * 1.0
    data = cohort(obs)
    rg.tl.combined_cindex(data, "g", landmark=5, repeats=2, bootstrap=20, rng=0)
    rg.tl.cox(data, ["g", "age"], ridge=0.5)
    found = list(results_in(data))
    text = " ".join(str(p["text"]) for p in methods_of(data, found)["paragraphs"])
    assert "stand beside; time was counted from a landmark at 5 days, of the patients still at risk then" in text
    assert "those with and without the event apart" in text
    assert "coefficients were drawn to 0 by a ridge penalty of 0.5" in text


def test_a_level_is_no_finding_where_the_variable_is_none() -> None:
    row = {"variable": "g", "reference": "A", "n": 20, "events": 10, "hr": 0.4, "lower": 0.16, "upper": 0.99}
    rows = pd.DataFrame(
        [
            row | {"level": "B", "p_value": 0.049, "p_variable": 0.092},
            row | {"level": "C", "p_value": 0.7, "p_variable": 0.092},
            row | {"variable": "age", "level": None, "reference": None, "p_value": 0.3, "p_variable": 0.3},
        ]
    )
    found = Found("cox", "cox", None, {"settings": '{"outcome": "os"}'})
    none, alone = _coefficients(found, rows, "adjusted for each other", "p_value", "60 patients, 30 events", 4)
    assert none.startswith(
        "adjusted for each other, no evidence that any of 3 terms is related to os (smallest p = 0.092 of the variable "
        "as a whole, g B against A: hazard ratio 0.40 "
    )
    assert alone == (
        "no finding, since the variable as a whole is not shown to be related to the outcome: g B against A (p = "
        "0.049; the variable p = 0.092)."
    )
    rows["p_variable"] = [0.01, 0.01, 0.3]
    (said,) = _coefficients(found, rows, "adjusted for each other", "p_value", "60 patients, 30 events", 4)
    assert "1 of 3 terms is related to os: g B against A" in said
