"""MA plot, heatmap of genes, map of gene sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError


@pytest.fixture
def compared(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna")
    return data


def test_ma_shows_every_tested_gene(compared):
    axes = rg.pl.ma(compared)
    assert sum(len(c.get_offsets()) for c in axes.collections) == 400
    assert "30 higher (orange), 20 lower (blue)" in axes.get_title(loc="left")
    assert len(axes.texts) > 3


def test_heatmap_orders_sides_and_directions(compared):
    axes = rg.pl.expression_heatmap(compared, n_genes=20)
    shown = np.asarray(axes.images[0].get_array())
    profiles = rg.get.differential_expression(compared, table="profiles")
    n = profiles.query("side == 'group'")["patient_id"].nunique()
    assert shown.shape == (20, 67)
    assert shown[:10, :n].mean() > 0.5 > -0.5 > shown[10:, :n].mean()
    np.testing.assert_allclose(shown.mean(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(shown.std(axis=1, ddof=1), 1.0)
    with pytest.raises(InputError, match="n_genes"):
        rg.pl.expression_heatmap(compared, n_genes=0)


def test_map_joins_sets_that_share_genes(compared, planted, tmp_path):
    up, down = planted.sets["UP"], planted.sets["DOWN"]
    gmt = tmp_path / "m.gmt"
    sets = {"UP_A": up[:20], "UP_B": up[4:24], "UP_C": up[20:], "DOWN": down}
    gmt.write_text("".join(f"{name}\tx\t" + "\t".join(genes) + "\n" for name, genes in sets.items()))
    rg.tl.enrich(compared, gmt)
    axes = rg.pl.enrichment_map(compared, min_overlap=0.5)
    assert len(axes.collections[0].get_offsets()) == 4
    assert len(axes.lines) == 1  # A and B share 16 of 20; B and C 4 of 10
    assert len(rg.pl.enrichment_map(compared, min_overlap=0.3).lines) == 2
    with pytest.raises(InputError, match="min_overlap"):
        rg.pl.enrichment_map(compared, min_overlap=0.0)


def test_heatmap_says_why_there_is_nothing_to_draw() -> None:
    x = np.repeat(np.random.default_rng(0).normal(6, 1, (4, 12)), 2, axis=0)
    data = AnnData(x, obs=pd.DataFrame({"g": ["a", "b"] * 4}, index=[f"P{i}" for i in range(8)]))
    rg.tl.differential_expression(data, "g", group="a")
    with pytest.raises(DegenerateInputError, match="no gene differs at all"):
        rg.pl.expression_heatmap(data)
