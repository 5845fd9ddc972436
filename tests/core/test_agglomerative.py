import numpy as np
import pytest
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

from radiogenomics.core.agglomerative import LINKAGES, merge_tree, tree_labels


@pytest.mark.parametrize("name", LINKAGES)
def test_trees_and_cuts_are_those_of_scipy(name: str) -> None:
    x = np.random.default_rng(3).normal(size=(40, 6))
    condensed = pdist(x)
    reference = linkage(condensed, name)
    _, heights = merge_tree(squareform(condensed), LINKAGES.index(name))
    np.testing.assert_allclose(heights, reference[:, 2], rtol=1e-9)
    for k in (2, 3, 7, 20):
        found = tree_labels(squareform(condensed), k, name)
        assert len(set(found)) == k
        if name not in ("centroid", "median"):  # scipy's cut goes by height, which inverts
            assert adjusted_rand_score(found, cut_tree(reference, n_clusters=k).ravel()) == 1.0


def test_labels_are_numbered_by_first_member_and_distances_stay() -> None:
    d = squareform(pdist(np.array([[0.0], [10.0], [0.1], [10.1], [20.0]])))
    before = d.copy()
    assert tree_labels(d, 3).tolist() == [0, 1, 0, 1, 2]
    np.testing.assert_array_equal(d, before)


def test_identical_points() -> None:
    assert tree_labels(np.zeros((5, 5)), 2).max() == 1
