from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from radiogenomics import core

FOLDER = Path(__file__).parents[1] / "reference" / "snf"


def read(name: str) -> np.ndarray:
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",")


def test_networks_and_fusion_equal_snfpy() -> None:
    networks = []
    for i in (0, 1):
        x = read(f"data_{i}")
        networks.append(core.similarity_network(cdist(x, x), n_neighbors=8))
        np.testing.assert_allclose(networks[-1], read(f"network_{i}"), rtol=0, atol=1e-12)
    fused = core.fuse_networks(networks, n_neighbors=8)
    np.testing.assert_allclose(fused, read("fused"), rtol=0, atol=1e-8)
    np.testing.assert_array_equal(fused, fused.T)


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_spectral_labels_equal_scikit_learn(k: int) -> None:
    fused = read("fused")
    theirs = SpectralClustering(k, affinity="precomputed", assign_labels="cluster_qr", random_state=0)
    assert adjusted_rand_score(theirs.fit_predict(fused - np.diag(np.diag(fused))), core.spectral_labels(fused, k)) == 1


def test_planted_groups_are_found_and_largest_comes_first() -> None:
    fused = read("fused")
    assert int(np.argmax(core.eigengaps(fused, [2, 3, 4, 5]))) + 2 == 3
    assert adjusted_rand_score(np.arange(36) % 3, core.spectral_labels(fused, 3)) == 1
    labels = core.spectral_labels(fused[:30, :30], 2)
    assert (labels == 0).sum() >= (labels == 1).sum()


def test_patients_may_come_in_any_order() -> None:
    order = np.random.default_rng(0).permutation(36)
    networks = [core.similarity_network(cdist(x, x), n_neighbors=8) for x in (read("data_0"), read("data_1"))]
    fused = core.fuse_networks(networks, n_neighbors=8)
    other = core.fuse_networks([w[np.ix_(order, order)] for w in networks], n_neighbors=8)
    np.testing.assert_allclose(other, fused[np.ix_(order, order)], atol=1e-12)


def test_identical_patients_and_bad_input() -> None:
    x = np.repeat(read("data_0")[:6], 3, axis=0)
    network = core.similarity_network(cdist(x, x), n_neighbors=4)
    assert np.isfinite(core.fuse_networks([network, network], n_neighbors=4)).all()
    with pytest.raises(ValueError, match="1 to 17"):
        core.similarity_network(cdist(x, x), n_neighbors=18)
    with pytest.raises(ValueError, match="at least 2"):
        core.fuse_networks([network])
    with pytest.raises(ValueError, match="finite square"):
        core.similarity_network(np.full((4, 4), np.nan), n_neighbors=2)
    with pytest.raises(ValueError, match="19 groups of 18"):
        core.spectral_labels(network, 19)
