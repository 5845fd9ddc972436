import numpy as np
from matplotlib.figure import Figure

import radiogenomics as rg
from tests.tl._planted import FAST, cohort, frame


def test_curves_and_gain_of_area() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=3, max_clusters=5, **FAST)
    ax = rg.pl.consensus_cdf(adata)
    evidence = rg.get.consensus_cluster(adata, table="evidence")
    ax.figure.draw_without_rendering()
    beside = ax.figure.axes[1]
    np.testing.assert_allclose(beside.lines[0].get_ydata(), evidence["delta_area"])
    assert beside.lines[1].get_xdata().tolist() == [3]
    curves = ax.lines[: len(evidence)]
    assert all(line.get_ydata()[-1] == 1.0 for line in curves)
    assert [t.get_text().split()[0] for t in ax.get_legend().get_texts()] == ["2", "3", "4", "5"]
    assert "k = 3" in ax.get_title(loc="left")


def test_given_axes_are_used() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=2, max_clusters=3, **FAST)
    figure = Figure(layout="constrained")
    ax = figure.add_subplot(1, 2, 1)
    assert rg.pl.consensus_cdf(adata, ax=ax) is ax
    fixed = Figure().add_axes((0.1, 0.1, 0.5, 0.8))
    assert rg.pl.consensus_cdf(adata, ax=fixed) is fixed
    assert rg.pl.consensus_matrix(adata, ax=figure.add_subplot(1, 2, 2)).figure is figure
