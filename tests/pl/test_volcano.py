"""Volcano plot: counts, thresholds and labels that can be read."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._errors import UnknownNameError


def _texts(axes):
    return [t for t in axes.texts if t.get_text()]


def test_counts_thresholds_and_labels(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    axes = rg.pl.volcano(data, n_labels=10)
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels == ["higher in C (30)", "lower in C (20)", "not significant (350)"]
    vertical = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert sorted(vertical) == [-1.0, 1.0]
    table = rg.get.differential_expression(data)
    horizontal = next(line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1)
    assert horizontal == pytest.approx(-np.log10(table.loc[table["p_adjusted"] < 0.05, "p_value"].max()))
    names = {t.get_text() for t in _texts(axes)}
    significant = set(table.loc[table["significant"], "gene"])
    assert names <= significant
    assert len(names) >= 5
    assert "apparent" not in axes.get_title(loc="left")


def test_labels_do_not_cover_each_other_or_leave_the_axes(planted):
    rg.tl.differential_expression(planted.cohort, "risk", modality="rna")
    axes = rg.pl.volcano(planted.cohort, n_labels=40)
    figure = axes.get_figure()
    figure.canvas.draw()
    from matplotlib.text import Text

    boxes = [Text.get_window_extent(t) for t in _texts(axes)]
    inside = axes.get_window_extent()
    assert len(boxes) > 8
    for a, b in itertools.combinations(boxes, 2):
        assert not a.overlaps(b)
    for box in boxes:
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1


def test_title_says_apparent(planted):
    rg.tl.differential_expression(planted.cohort, "risk", modality="rna", apparent=True)
    axes = rg.pl.volcano(planted.cohort)
    title = axes.get_title(loc="left")
    assert "apparent" in title
    figure = axes.get_figure()
    figure.canvas.draw()
    # Nothing of it is cut off.
    written = next(t for t in axes.get_children() if getattr(t, "get_text", str)() == title)
    assert written.get_window_extent().x1 <= figure.bbox.x1


def test_nothing_significant(planted):
    rg.tl.differential_expression(planted.cohort, "risk", modality="rna", group="A", reference="B")
    axes = rg.pl.volcano(planted.cohort)
    assert not _texts(axes)
    assert not [line for line in axes.lines if len(set(line.get_ydata())) == 1]


def test_without_a_result(planted):
    with pytest.raises(UnknownNameError, match="differential_expression"):
        rg.pl.volcano(planted.cohort)
