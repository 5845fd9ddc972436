"""Figures of judged models show what is stored."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import AnnData
from matplotlib.figure import Figure

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from radiogenomics._words import class_words
from tests.tl._judged import binary_cohort, store


@pytest.fixture(scope="module")
def judged() -> AnnData:
    data = binary_cohort(150, split=True, effect=1.2)
    store(data, {"both": ["x0", "x1"], "noise": ["x2", "x3"]})
    rg.tl.evaluate(data, ["signature", "x0"], bootstrap=100, confidence=0.9)
    return data


def test_the_apparent_curve_is_dashed_beside_the_honest_one(judged: AnnData) -> None:
    ax = rg.pl.roc(judged)
    assert ax.get_title(loc="left").startswith("Training patients (32 of 86")
    styles = {line.get_label(): (line.get_color(), line.get_linestyle()) for line in ax.lines[1:]}
    names = [label.split(":")[0] for label in styles]
    assert names == ["both, cross-validated", "both, apparent", "noise, cross-validated", "noise, apparent",
                     "x0, as given"]  # fmt: skip
    both = [style for label, style in styles.items() if label.startswith("both")]
    assert both[0][0] == both[1][0]
    assert [style[1] for style in both] == ["-", "--"]
    row = rg.get.evaluate(judged).iloc[0]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend[0].endswith(f"{row['value']:.2f} ({row['lower']:.2f}–{row['upper']:.2f})")
    assert ax.get_legend().get_title().get_text() == "AUC (90 % interval)"


def test_models_and_parts_can_be_chosen(judged: AnnData) -> None:
    ax = rg.pl.roc(judged, split="external", models=["x0"])
    assert len(ax.lines) == 2
    with pytest.raises(UnknownNameError, match="'both'"):
        rg.pl.roc(judged, models=["bth"])
    with pytest.raises(InputError, match="'test'; expected one of"):
        rg.pl.roc(judged, split="test")
    with pytest.raises(UnknownNameError, match=r"run rg\.tl\.evaluate first"):
        rg.pl.roc(judged, key="nothing")


def test_of_many_models_the_best_are_drawn() -> None:
    data = binary_cohort(80)
    for k in range(12):
        data.obs[f"m{k}"] = data.obs["x0"] * k + data.obs["x1"]
    rg.tl.evaluate(data, [f"m{k}" for k in range(12)], bootstrap=100)
    assert len(rg.pl.roc(data).lines) == 1 + 8


def test_confusion_shows_counts_and_shares(judged: AnnData) -> None:
    ax = rg.pl.confusion(judged, model="both", split="internal")
    table = rg.get.evaluate(judged, table="confusion").query("model == 'both' and split == 'internal'")
    shown = [text.get_text() for text in ax.texts]
    assert shown == [f"{n:.0f}\n{100 * s:.0f} %" for n, s in zip(table["n"], table["share"], strict=True)]
    assert rg.pl.confusion(judged).get_title(loc="left") == "both\nTraining patients, cross-validated"
    assert "apparent" in rg.pl.confusion(judged, estimate="apparent").get_title(loc="left")
    with pytest.raises(UnknownNameError, match="'both'"):
        rg.pl.confusion(judged, model="signature")
    with pytest.raises(UnknownNameError, match="'held_out'"):
        rg.pl.confusion(judged, split="internal", estimate="out_of_fold")


def test_measures_are_drawn_with_the_apparent_ones_hollow(judged: AnnData) -> None:
    ax = rg.pl.evaluate(judged, models=["both"], measures=["auc", "brier"])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["AUC", "Brier score"]
    honest, apparent = ax.lines[0], ax.lines[1]
    assert (honest.get_markerfacecolor(), apparent.get_markerfacecolor()) == (honest.get_color(), "white")
    table = rg.get.evaluate(judged).query("model == 'both' and split == 'training' and estimate == 'out_of_fold'")
    assert np.asarray(honest.get_xdata())[0] == table["value"].iloc[0]
    with pytest.raises(UnknownNameError, match="'accuracy'"):
        rg.pl.evaluate(judged, measures=["acuracy"])


def test_survival_models_have_their_measures() -> None:
    data = binary_cohort(100)
    store(data, {"both": ["x0", "x1"]}, kind="survival")
    rg.tl.evaluate(data, bootstrap=100)
    assert [t.get_text() for t in rg.pl.evaluate(data).get_yticklabels()] == ["Harrell's c", "Uno's c"]
    with pytest.raises(UnknownNameError, match="no table 'roc'"):
        rg.pl.roc(data)


def test_apparent_curves_can_be_left_out_and_the_legend_leaves_room(judged: AnnData) -> None:
    names = [line.get_label().split(":")[0] for line in rg.pl.roc(judged, apparent=False).lines[1:]]
    assert names == ["both, cross-validated", "noise, cross-validated", "x0, as given"]
    for size in ((6, 4), (4, 3)):
        ax = rg.pl.roc(judged, apparent=False, ax=Figure(figsize=size, layout="constrained").add_subplot())
        figure = ax.get_figure()
        figure.draw_without_rendering()
        box, legend = ax.get_window_extent(), ax.get_legend().get_window_extent()
        assert not box.overlaps(legend)
        assert legend.x0 >= 0
        assert legend.x1 <= figure.bbox.x1
        assert legend.y0 >= 0
        assert box.height > 0.4 * figure.bbox.height


def test_classes_are_called_by_the_positive_value() -> None:
    data = binary_cohort(80)
    data.obs["high_grade"] = np.where(data.obs["high_grade"] == 1, "G3", "G2")
    data.uns["outcomes"]["grade"]["positive"] = "G3"
    rg.tl.evaluate(data, ["x0"], outcome="grade", bootstrap=100)
    ax = rg.pl.confusion(data)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["G3", "not G3"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["G3\n(n = 32)", "not G3\n(n = 48)"]
    assert rg.pl.roc(data).get_title(loc="left") == "All patients (32 of 80 G3)"
    assert class_words("lung", 1) == class_words("lung", "True") == ("no lung", "lung")
