import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from radiogenomics.core import cluster_evidence as ce
from radiogenomics.core.distance import distance_matrix

#: Two pairs that keep together in 9 of 10 and 8 of 10 resamples, and meet in 2 of 10 otherwise.
FOUR = np.array([[1, 0.95, 0.2, 0.2], [0.95, 1, 0.2, 0.05], [0.2, 0.2, 1, 0.8], [0.2, 0.05, 0.8, 1]])


def test_hand_counted_curve() -> None:
    curve = ce.consensus_curve(FOUR)
    assert curve.area == pytest.approx(1 - (0.95 + 0.2 * 3 + 0.05 + 0.8) / 6)
    assert curve.pac == pytest.approx(4 / 6)
    assert curve.cdf[[0, 5, 20, 80, 95, 100]] == pytest.approx([0, 1 / 6, 4 / 6, 5 / 6, 1, 1])
    assert np.trapezoid(curve.cdf, curve.value) == pytest.approx(curve.area, abs=0.01)
    np.testing.assert_allclose(ce.delta_area(np.array([0.4, 0.6, 0.75])), [0.4, 0.5, 0.25])


def test_bounds_of_ambiguity_are_clear() -> None:
    assert ce.ambiguous_share(np.array([0.0, 0.1, 0.9, 1.0, 0.5])) == pytest.approx(0.2)


def test_groups_of_the_matrix_and_their_consensus() -> None:
    labels = ce.consensus_labels(FOUR, 2)
    assert labels.tolist() == [0, 0, 1, 1]
    items = ce.item_consensus(FOUR, labels)
    np.testing.assert_allclose(items, [[0.95, 0.2], [0.95, 0.125], [0.2, 0.8], [0.125, 0.8]])
    np.testing.assert_allclose(ce.cluster_consensus(FOUR, labels), [0.95, 0.8])
    alone = ce.item_consensus(FOUR, np.array([0, 0, 0, 1]))
    assert np.isnan(alone[3, 1])
    assert np.isnan(ce.cluster_consensus(FOUR, np.array([0, 0, 0, 1]))[1])


def test_largest_group_first_and_ties_by_first_patient() -> None:
    assert ce.by_size(np.array([5, 5, 2, 2, 2, 9, 9])).tolist() == [1, 1, 0, 0, 0, 2, 2]


def test_silhouette_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    d = distance_matrix(rng.normal(size=(20, 5)), "pearson")
    labels = np.r_[rng.integers(0, 3, 19), 3]
    np.testing.assert_allclose(ce.silhouette(d, labels), silhouette_samples(d, labels, metric="precomputed"))


def test_cophenetic_correlation() -> None:
    perfect = np.kron(np.eye(2), np.ones((3, 3)))
    assert ce.cophenetic_correlation(perfect) == pytest.approx(1.0)
    assert 0 < ce.cophenetic_correlation(FOUR) < 1
    assert np.isnan(ce.cophenetic_correlation(np.ones((4, 4))))


def test_confidence() -> None:
    found = ce.assignment_confidence(np.array([[0.0, 2.0], [1.0, 2.0], [3.0, 3.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [1.0, 0.5, 0.0, 0.0])
    assert np.isnan(ce.assignment_confidence(np.ones((3, 1)))).all()


def test_variance_ratio_and_davies_bouldin_equal_scikit_learn() -> None:
    from sklearn import metrics

    from radiogenomics.core.cluster_evidence import calinski_harabasz, davies_bouldin

    rng = np.random.default_rng(4)
    x = rng.normal(size=(40, 5))
    for k in (2, 3, 7):
        labels = np.arange(40) % k
        x[labels == 1] += 0.7
        assert calinski_harabasz(x, labels) == pytest.approx(metrics.calinski_harabasz_score(x, labels))
        assert davies_bouldin(x, labels) == pytest.approx(metrics.davies_bouldin_score(x, labels))
    same = np.repeat([[1.0, 2.0], [3.0, 5.0]], 3, axis=0)
    labels = np.repeat([0, 1], 3)
    assert calinski_harabasz(same, labels) == metrics.calinski_harabasz_score(same, labels)
    assert davies_bouldin(same, labels) == metrics.davies_bouldin_score(same, labels)
