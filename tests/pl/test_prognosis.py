"""Figures of prognosis and relations: what they show is what is stored, and nothing falls off the page."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl._cohorts import cohort, simulated

#: The event stands in here for a categorical variable.
pytestmark = pytest.mark.filterwarnings("ignore:.*takes no account of censoring")


@pytest.fixture(scope="module")
def data():  # type: ignore[no-untyped-def]
    obs = simulated(240, effect=0.7, seed=0)
    obs["split"] = np.where(np.arange(240) < 160, "training", "external")
    made = cohort(obs, unit="years")
    made.uns["split"] = {"column": "split"}
    rg.tl.combine_groups(made, ["marker", "noise"])
    rg.tl.kaplan_meier(made, "marker")
    rg.tl.kaplan_meier(made, "combined", key_added="many")
    rg.tl.cox(made, ["marker", "noise", "age"])
    rg.tl.associate(made, ["marker", "noise"], ["age", "event"])
    rg.tl.combined_cindex(made, ["marker", "noise"], covariates=["age"], repeats=2, bootstrap=50, rng=0)
    return made


def texts(ax: Axes) -> list[str]:
    ax.figure.savefig(io.BytesIO(), format="svg")
    return [t.get_text() for t in [*ax.texts, ax.title, ax._left_title, *ax.get_yticklabels()]]


def test_kaplan_meier(data) -> None:  # type: ignore[no-untyped-def]
    ax = rg.pl.kaplan_meier(data, split="external")
    said = texts(ax)
    assert any(t.startswith("External patients. Log-rank p") for t in said)
    assert ax.get_xlabel() == "Time (years)"
    summary = rg.get.kaplan_meier(data).query("split == 'external'")
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == [f"{r.group} (n = {r.n}, {r.events} event{'s' * (r.events != 1)})" for r in summary.itertuples()]
    assert said.count("At risk") == 1
    for n in summary["n"]:
        assert str(n) in said  # everyone is at risk at time 0
    curve = rg.get.kaplan_meier(data, table="curves").query("split == 'external' and group == 'A'")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve["survival"])
    assert len(ax.collections) == 3


def test_numbers_at_risk_by_hand() -> None:
    obs = pd.DataFrame({"g": list("AAAABB"), "time": [1, 2, 2, 4, 1, 2], "event": [1, 1, 0, 1, 0, 1]})
    made = cohort(obs, unit="")
    rg.tl.kaplan_meier(made, "g")
    ax = rg.pl.kaplan_meier(made, interval=False)
    columns = {}
    for text in ax.texts:
        if text.get_text().isdigit():
            columns.setdefault(float(text.xy[0]), []).append(int(text.get_text()))
    assert columns[0.0] == [4, 2]
    assert columns[2.0] == [3, 1]  # those who leave at 2 are at risk at 2
    assert columns[3.0] == [1, 0]
    assert not rg.pl.kaplan_meier(made, interval=False).collections


def test_many_groups_have_their_legend_outside(data) -> None:  # type: ignore[no-untyped-def]
    ax = rg.pl.kaplan_meier(data, key="many")
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().x0 > ax.get_window_extent().x1
    assert not ax.collections


@pytest.mark.parametrize("table", ["multivariable", "univariable"])
def test_forest(data, table: str) -> None:  # type: ignore[no-untyped-def]
    ax = rg.pl.forest(data, table=table)  # type: ignore[arg-type]
    said = texts(ax)
    assert "marker: A (reference)" in said
    assert "age, per unit" in said
    first = rg.get.cox(data, table=table).iloc[0]  # type: ignore[arg-type]
    assert f"{first['hr']:.2f} ({first['lower']:.2f}–{first['upper']:.2f})" in said
    assert f"{first['events']} / {first['n']}" in said
    assert ax.get_xscale() == "log"


def test_combined_cindex(data) -> None:  # type: ignore[no-untyped-def]
    ax = rg.pl.combined_cindex(data)
    models = rg.get.combined_cindex(data).query("split == 'training'")
    said = texts(ax)
    assert said[-len(models) :] == models["model"].tolist()
    assert f"{models['c'].iloc[0]:.2f} ({models['lower'].iloc[0]:.2f}–{models['upper'].iloc[0]:.2f})" in said
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    np.testing.assert_array_equal([line.get_xdata()[0] for line in hollow], models["apparent_c"])
    assert "external" in rg.pl.combined_cindex(data, split="external").get_xlabel()


@pytest.mark.parametrize("colour", ["p_adjusted", "effect"])
def test_associate(data, colour: str) -> None:  # type: ignore[no-untyped-def]
    ax = rg.pl.associate(data, colour=colour)  # type: ignore[arg-type]
    said = texts(ax)
    table = rg.get.associate(data).query("split == 'training'").set_index(["group", "variable"])
    assert any(t.startswith(f"V = {table.loc[('marker', 'noise'), 'effect']:.2f}") for t in said)
    assert said[-3:] == ["noise", "age", "event"]


def test_draws_on_given_axes_without_pyplot(data) -> None:  # type: ignore[no-untyped-def]
    from matplotlib.figure import Figure

    for function in (rg.pl.kaplan_meier, rg.pl.forest, rg.pl.combined_cindex, rg.pl.associate):
        ax = Figure().add_subplot()
        assert function(data, ax=ax) is ax


def test_bad_input(data) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownNameError, match=r"rg\.tl\.cox"):
        rg.pl.forest(data, key="none")
    with pytest.raises(InputError, match="training"):
        rg.pl.kaplan_meier(data, split="all")
    with pytest.raises(InputError, match="colour"):
        rg.pl.associate(data, colour="red")  # type: ignore[arg-type]
