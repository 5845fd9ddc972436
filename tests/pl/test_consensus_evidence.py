import matplotlib
import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError
from tests.tl._planted import FAST, cohort, frame


def test_p_values_of_every_k_and_over_all() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, max_clusters=5, **FAST)
    ax = rg.pl.consensus_evidence(adata)
    assert isinstance(ax, matplotlib.axes.Axes)
    ax.figure.draw_without_rendering()
    evidence = rg.get.consensus_cluster(adata, table="evidence")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), evidence["p_value"])
    assert ax.lines[1].get_xdata().tolist() == [adata.uns["groups"]["n_clusters"]]
    said = [t.get_text() for t in ax.texts]
    assert any(t.startswith("all k together") for t in said)
    assert "level 0.05" in said
    low, high = ax.get_ylim()
    assert low > 1 > high  # smaller p-values stand higher


def test_a_given_number_has_no_evidence_against_a_null() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=3, max_clusters=4, **FAST)
    with pytest.raises(InputError, match="auto"):
        rg.pl.consensus_evidence(adata)
