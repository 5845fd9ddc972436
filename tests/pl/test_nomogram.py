"""The drawn nomogram: every line is there, no words cover each other, whatever the number of terms."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl.test_nomogram import TERMS, cohort


def boxes(ax: Axes) -> Iterator[tuple[str, Bbox]]:
    figure = ax.get_figure(root=True)
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in [*ax.texts, *ax.get_yticklabels()]:
        yield text.get_text(), text.get_window_extent(renderer)


def crowded(n: int) -> AnnData:
    rng = np.random.default_rng(n)
    obs = pd.DataFrame({f"variable number {k}": rng.normal(size=300) for k in range(n)})
    names = ["undifferentiated sarcoma", "myxofibrosarcoma", "leiomyosarcoma", "liposarcoma", "synovial sarcoma"]
    obs["histology"] = rng.choice(names, 300)
    obs["margins"] = rng.choice(["R0", "R1"], 300)
    obs["time"] = rng.exponential(np.exp(-obs["variable number 0"])) * 3
    obs["event"] = (rng.random(300) < 0.7).astype(int)
    data = AnnData(np.zeros((300, 1)), obs=obs.set_index(obs.index.map(str)))
    data.uns["outcomes"] = {"pfs": {"kind": "survival", "time": "time", "event": "event", "unit": "years", "order": 0}}
    return data


def test_lines_of_a_cox_model() -> None:
    data = cohort()
    rg.tl.nomogram(data, TERMS, horizons=[12, 36, 7], repeats=1)
    ax = rg.pl.nomogram(data)
    names = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert names == [
        "Points", *TERMS, "Total points", "Linear predictor", "7-month overall survival (os)",
        "1-year overall survival (os)", "3-year overall survival (os)",
    ]  # fmt: skip
    written = [text.get_text() for text in ax.texts]
    for level in ("low", "intermediate", "high", "female", "male"):
        assert written.count(level) == 1
    event = rg.pl.nomogram(data, show="event")
    assert event.get_yticklabels()[-1].get_text().replace("\n", " ") == "3-year probability of event (os)"
    with pytest.raises(InputError, match="'survival' or 'event'"):
        rg.pl.nomogram(data, show="hazard")


def test_scales_stand_where_the_points_add_up() -> None:
    """A label of the probability scale lies under the total points at which it is reached."""
    data = cohort()
    rg.tl.nomogram(data, TERMS, outcome="lung", repeats=1)
    ax = rg.pl.nomogram(data)
    y = {label.get_text(): float(place) for label, place in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    at = {
        row: {t.get_text(): t.get_position()[0] for t in ax.texts if 0 < t.get_position()[1] - y[row] < 0.5}
        for row in ("Total points", "Probability of lung")
    }
    total = rg.get.nomogram(data, table="total").set_index("probability")["points"]
    per_point = at["Total points"]["100"] / 100
    assert at["Probability of lung"]["0.5"] == pytest.approx(total[0.5] * per_point)
    assert at["Probability of lung"]["0.9"] == pytest.approx(total[0.9] * per_point)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_words_do_not_cover_each_other(n: int) -> None:
    data = crowded(n)
    terms = [f"variable number {k}" for k in range(n)] + ["histology", "margins"]
    rg.tl.nomogram(data, terms, repeats=1, horizons=[1, 2, 3])
    found = list(boxes(rg.pl.nomogram(data)))
    touching = [
        (a, b) for (a, first), (b, second) in combinations(found, 2)
        if first.padded(-1.5).overlaps(second.padded(-1.5)) and a and b
    ]  # fmt: skip
    assert not touching


def test_given_axes() -> None:
    from matplotlib.figure import Figure

    data = crowded(1)
    rg.tl.nomogram(data, ["variable number 0", "margins"], repeats=1, horizons=[1])
    ax = Figure(figsize=(7, 4)).add_subplot()
    assert rg.pl.nomogram(data, ax=ax) is ax


def test_forest_of_odds_ratios() -> None:
    data = cohort()
    rg.tl.logistic(data, TERMS, p_enter=None, p_keep=None, lasso=False, folds=2, repeats=1)
    ax = rg.pl.forest(data, key="logistic")
    assert ax.get_xlabel() == "Odds ratio, adjusted for each other"
    assert "OR (95 % CI)" in [text.get_text() for text in ax.texts]


def test_long_names_break_after_signs_and_terms_can_be_renamed() -> None:
    data = cohort()
    data.obs["age_at_initial_pathologic_diagnosis"] = data.obs["age"]
    rg.tl.nomogram(data, ["age_at_initial_pathologic_diagnosis", "size"], repeats=1, horizons=[12])
    names = [label.get_text() for label in rg.pl.nomogram(data).get_yticklabels()]
    assert names[1] == "age_at_initial_pathologic_\ndiagnosis"
    ax = rg.pl.nomogram(data, labels={"age_at_initial_pathologic_diagnosis": "Age at diagnosis"})
    assert [label.get_text() for label in ax.get_yticklabels()][1:3] == ["Age at diagnosis", "size"]
    with pytest.raises(UnknownNameError, match="'size'"):
        rg.pl.nomogram(data, labels={"sise": "Size"})


def test_a_value_far_out_does_not_stretch_its_axis() -> None:
    data = cohort()
    before = data.obs["size"].max()
    data.obs.loc["P1", "size"] = 20 * before
    rg.tl.nomogram(data, ["age", "size"], repeats=1, horizons=[12])
    shown = rg.get.nomogram(data).query("term == 'size'")["number"]
    assert shown.max() < 1.5 * before
    name = rg.pl.nomogram(data).get_yticklabels()[2].get_text()
    assert name.startswith("size\n(values ")
    assert name.endswith(f" to {20 * before:.3g})")
