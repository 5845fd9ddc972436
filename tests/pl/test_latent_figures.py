"""Figures of autoencoders from stored results made by hand; no torch is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import to_uns
from radiogenomics._errors import InputError, UnknownNameError

N, SIZE = 6, 16


@pytest.fixture
def adata() -> AnnData:
    rng = np.random.default_rng(0)
    names = [f"P{i}" for i in range(N)]
    out = AnnData(
        rng.normal(size=(N, 2)),
        obs=pd.DataFrame(index=names),
        var=pd.DataFrame(index=["T1_cae_001", "T1_cae_002"]),
    )
    masks = np.zeros((N, SIZE, SIZE), dtype=bool)
    masks[:, 4:9, 5:12] = True
    images = masks * rng.random((N, SIZE, SIZE))
    table = pd.DataFrame({"patient_id": names, "mse": [3.0, 1, 6, 2, 5, 4], "network": "final"})
    out.uns["reconstructions"] = to_uns(
        images=images, reconstructions=images * 0.5, masks=masks, table=table,
        settings={"model": "cae", "sequence": "T1", "mask": "multiply"},
    )  # fmt: skip
    steps = pd.DataFrame(
        [(d, f"T1_cae_00{d}", s, s) for d in (1, 2) for s in (-1.0, 0.0, 1.0)],
        columns=["dimension", "feature", "step", "value"],
    )
    out.uns["traversals"] = to_uns(
        images=rng.random((6, SIZE, SIZE)), table=steps, settings={"model": "cae", "sequence": "T1", "reach": 1.0}
    )
    curves = [
        {"sequence": s, "network": n, "epoch": e, "training_mse": 1 / (e + 1), "training_loss": 1 / (e + 1),
         "validation_mse": 1.2 / (e + 1), "validation_loss": 1.2 / (e + 1)}
        for s in ("T1", "T2") for n in ("final", "repeat0_fold0") for e in range(3)
    ]  # fmt: skip
    errors = [("T1", m, v) for m, v in (("cae", 0.3), ("pca", 0.4), ("mean_slice", 0.9))]
    out.uns.update(to_uns(
        learning_curves=pd.DataFrame(curves), errors=pd.DataFrame(errors, columns=["sequence", "model", "mse"])
    ))  # fmt: skip
    return out


def texts(ax: Any) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_reconstructions_from_best_to_worst(adata: AnnData) -> None:
    ax = rg.pl.reconstructions(adata)
    assert [t.split()[0] for t in texts(ax) if t.startswith("P")] == ["P1", "P0", "P2"]
    assert len(ax.images) == 9
    error = ax.images[6].get_array()
    assert float(error.max()) <= 0  # half as bright as the slice
    chosen = rg.pl.reconstructions(adata, patients=["P4"])
    assert len(chosen.images) == 3
    with pytest.raises(UnknownNameError, match="P9"):
        rg.pl.reconstructions(adata, patients=["P9"])
    with pytest.raises(InputError, match="1 or more"):
        rg.pl.reconstructions(adata, n=0)


def test_outlines_lie_on_the_tumour(adata: AnnData) -> None:
    ax = rg.pl.reconstructions(adata, patients=["P0"])
    lines = np.concatenate([path.vertices for c in ax.collections for path in c.get_paths()][:1])
    left, right, bottom, top = ax.images[0].get_extent()
    assert lines[:, 0].min() - left == pytest.approx(5, abs=0.01)
    assert lines[:, 0].max() - left == pytest.approx(12, abs=0.01)
    assert lines[:, 1].min() - top == pytest.approx(4, abs=0.01)
    assert lines[:, 1].max() - top == pytest.approx(9, abs=0.01)
    assert right - left == bottom - top == SIZE


def test_traversal_has_a_row_per_feature(adata: AnnData) -> None:
    ax = rg.pl.latent_traversal(adata)
    assert texts(ax) == ["T1_cae_001", "T1_cae_002", "-1 SD", "mean", "+1 SD", "change"]
    assert len(ax.images) == 2 * 3 + 2
    change = np.asarray(adata.uns["traversals"]["images"][:3]).std(axis=0)
    assert np.allclose(ax.images[6].get_array(), change)


def test_patients_in_the_order_of_a_feature(adata: AnnData) -> None:
    adata.X[2, 0] = np.nan
    ax = rg.pl.latent_order(adata, "T1_cae_001", n=4, columns=3)
    shown = [t.split("\n") for t in texts(ax)]
    values = [float(v) for _, v in shown]
    assert values == sorted(values)
    own = pd.Series(adata.X[:, 0], index=adata.obs_names).dropna()
    assert shown[0][0] == own.idxmin()
    assert shown[-1][0] == own.idxmax()
    assert len(ax.images) == 4
    with pytest.raises(UnknownNameError, match="T1_cae_009"):
        rg.pl.latent_order(adata, "T1_cae_009")
    with pytest.raises(InputError, match="2 patients"):
        rg.pl.latent_order(adata, "T1_cae_001", n=1)


def test_learning_curve_beside_its_yardsticks(adata: AnnData) -> None:
    ax = rg.pl.learning_curve(adata)
    words = ax.get_legend_handles_labels()[1]
    assert words == [
        "teaching slices, final network",
        "slices that tell when to stop, final network",
        "mean slice, patients left out",
        "principal components, patients left out",
        "CAE, patients left out",
    ]
    assert ax.get_yscale() == "log"
    other = rg.pl.learning_curve(adata, sequence="T2", loss="loss")
    assert len(other.get_legend_handles_labels()[1]) == 2
    with pytest.raises(InputError, match="one of T1, T2"):
        rg.pl.learning_curve(adata, sequence="T9")
    with pytest.raises(InputError, match="one of mse, loss"):
        rg.pl.learning_curve(adata, loss="label_loss")


def test_results_that_are_not_there(adata: AnnData) -> None:
    adata.uns.clear()
    for draw, name in ((rg.pl.reconstructions, "reconstruct"), (rg.pl.latent_traversal, "traverse"),
                       (rg.pl.learning_curve, "encode")):  # fmt: skip
        with pytest.raises(UnknownNameError, match=f"run rg.im.{name} first"):
            draw(adata)
