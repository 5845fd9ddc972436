from itertools import pairwise

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import radiogenomics as rg
from radiogenomics._errors import UnknownNameError
from tests.tl._planted import FAST, cohort, frame, multimodal


def test_ordered_by_group_with_bar_and_k() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    ax = rg.pl.consensus_matrix(adata)
    shown = ax.images[0].get_array()
    counts = adata.obs["groups"].value_counts()[["A", "B", "C"]].tolist()
    edges = np.cumsum([0, *counts])
    blocks = [shown[a:b, a:b].mean() for a, b in pairwise(edges)]
    assert min(blocks) > 0.8
    assert shown[: edges[1], edges[1] :].mean() < 0.2
    assert "k = 3" in ax.get_title(loc="left")
    assert [t.get_text() for t in ax.texts] == [f"{g} ({n})" for g, n in zip("ABC", counts, strict=True)]
    assert [round(p.get_width()) for p in ax.patches if isinstance(p, Rectangle)] == counts


def test_one_group_says_so() -> None:
    data = frame()
    data[:] = np.random.default_rng(3).normal(size=data.shape)
    adata = cohort(data)
    rg.tl.consensus_cluster(adata, n_null=19, max_clusters=3, **FAST)
    ax = rg.pl.consensus_matrix(adata)
    assert "no evidence of groups (p = " in ax.get_title(loc="left")
    rg.pl.consensus_cdf(adata).figure.draw_without_rendering()
    assert "one group" in rg.pl.consensus_cdf(adata).get_title(loc="left")


def test_test_patients_are_not_in_the_matrix() -> None:
    mdata = multimodal(frame(), split=True)
    rg.tl.consensus_cluster(mdata, modality="radiomics", n_clusters=3, **FAST)
    ax = rg.pl.consensus_matrix(mdata, modality="radiomics")
    assert ax.images[0].get_array().shape == (37, 37)
    ax.figure.draw_without_rendering()


def test_without_result() -> None:
    with pytest.raises(UnknownNameError, match="consensus_cluster"):
        rg.pl.consensus_matrix(cohort(frame()))
