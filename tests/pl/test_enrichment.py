"""Dot plot and running scores of gene sets."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning, UnknownNameError


@pytest.fixture
def tested(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    for method in ("ora", "prerank"):
        rg.tl.enrich(data, planted.gmt_path, method=method, n_permutations=100, key_added=method)
    return data


def test_over_representation_shows_sets_with_hits(tested):
    axes = rg.pl.enrichment(tested, key="ora")
    table = rg.get.enrich(tested, key="ora").query("overlap > 0")
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert len(labels) == min(len(table), 15)
    assert "up ↑ 30/30" in labels
    assert "down ↓ 20/20" in labels
    x = axes.collections[0].get_offsets()[:, 0]
    shown = dict(zip(labels, x, strict=True))
    score = table.set_index(["term", "direction"])["score"]
    assert shown["up ↑ 30/30"] == pytest.approx(np.log2(score[("UP", "up")]))
    assert "log2 odds ratio" in axes.get_xlabel()


def test_prerank_shows_normalised_scores(tested):
    axes = rg.pl.enrichment(tested, key="prerank", n_terms=3)
    assert len(axes.get_yticklabels()) == 3
    assert "normalised enrichment score" in axes.get_xlabel()
    assert axes.get_title(loc="left") == "Preranked GSEA: C against the rest"
    with pytest.raises(InputError, match="n_terms"):
        rg.pl.enrichment(tested, key="prerank", n_terms=0)


def test_nothing_to_show_is_said(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna", group="A", reference="B")
    with pytest.warns(RadiogenomicsWarning, match="no significant gene"):
        rg.tl.enrich(data, planted.gmt_path)
    axes = rg.pl.enrichment(data)
    assert axes.texts[0].get_text() == "no gene set holds a significant gene"


def test_running_scores_reach_the_enrichment_score(tested):
    axes = rg.pl.enrichment_running(tested, key="prerank", terms=["UP", "DOWN"])
    table = rg.get.enrich(tested, key="prerank").set_index("term")
    for line, term in zip(axes.lines, ["UP", "DOWN"], strict=False):
        y = np.asarray(line.get_ydata())
        assert y[np.argmax(np.abs(y))] == pytest.approx(table.loc[term, "enrichment_score"])
    assert axes.get_legend().get_texts()[0].get_text().startswith("UP  NES ")


def test_running_scores_need_prerank_and_a_stored_set(tested):
    with pytest.raises(InputError, match="prerank"):
        rg.pl.enrichment_running(tested, key="ora")
    with pytest.raises(UnknownNameError, match="DECOY99"):
        rg.pl.enrichment_running(tested, key="prerank", terms=["DECOY99"])
