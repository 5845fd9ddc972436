import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

from radiogenomics._errors import InputError
from radiogenomics.ml import ConsensusClusterer

SIZES = (30, 20, 14)


def planted(seed: int = 0, shift: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(3), SIZES)
    x = rng.normal(size=(len(truth), 60))
    for group in range(3):
        x[truth == group, 12 * group : 12 * group + 12] += shift
    return x, truth


def skewed(seed: int) -> np.ndarray:
    """One population: correlated log-normal features."""
    rng = np.random.default_rng(seed)
    x = np.exp(0.5 * (rng.normal(size=(64, 4)) @ rng.normal(size=(4, 60)) / 2 + rng.normal(size=(64, 60))))
    return (x - x.mean(axis=0)) / x.std(axis=0)


@pytest.mark.parametrize("method", ["hierarchical", "kmeans", "pam"])
def test_three_planted_groups_are_found_and_predicted(method: str) -> None:
    x, truth = planted()
    model = ConsensusClusterer("auto", method=method, n_resamples=200, n_null=19, max_clusters=5, random_state=0).fit(x)
    assert model.n_clusters_ == 3
    assert model.p_value_ == pytest.approx(1 / 20)
    assert adjusted_rand_score(truth, model.labels_) > 0.9
    assert np.bincount(model.labels_).tolist() == sorted(np.bincount(model.labels_), reverse=True)
    new, new_truth = planted(seed=1)
    assert adjusted_rand_score(new_truth, model.predict(new)) > 0.85


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["gaussian", "skewed"])
def test_data_without_groups_is_one_group(kind: str, seed: int) -> None:
    x = skewed(seed) if kind == "skewed" else np.random.default_rng(seed).normal(size=(64, 60))
    model = ConsensusClusterer("auto", n_resamples=60, n_null=19, max_clusters=5, random_state=seed).fit(x)
    assert model.n_clusters_ == 1
    assert model.labels_.max() == 0
    assert model.p_value_ > 0.05
    assert model.predict(x).max() == 0
    assert model.consensus_k_ >= 2


def test_same_seed_same_result_whatever_the_workers() -> None:
    x, _ = planted()
    base = ConsensusClusterer("auto", n_resamples=60, n_null=19, max_clusters=4, random_state=3)
    one, two = base.fit(x), clone(base).set_params(n_jobs=2).fit(x)
    np.testing.assert_array_equal(one.consensus_matrices_, two.consensus_matrices_)
    for name, values in one.evidence_.items():
        np.testing.assert_array_equal(values, two.evidence_[name])


@pytest.mark.parametrize("metric", ["pearson", "spearman", "euclidean"])
def test_predict_is_the_nearest_mean_of_the_group(metric: str) -> None:
    x, _ = planted()
    model = ConsensusClusterer(3, method="pam", metric=metric, n_resamples=50, random_state=0).fit(x)
    d = model.distances(x)
    assert d.shape == (64, 3)
    rows = np.argsort(np.argsort(x, axis=1), axis=1) if metric == "spearman" else x
    if metric != "euclidean":
        rows = (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
    means = np.stack([rows[model.labels_ == g].mean(axis=0) for g in range(3)])
    for i in range(0, 64, 9):
        for g in range(3):
            expected = (
                np.linalg.norm(x[i] - means[g]) if metric == "euclidean" else 1 - np.corrcoef(rows[i], means[g])[0, 1]
            )
            assert d[i, g] == pytest.approx(expected)


def test_evidence_covers_every_k() -> None:
    x, _ = planted()
    model = ConsensusClusterer(3, n_resamples=80, max_clusters=5, random_state=0).fit(
        pd.DataFrame(x).rename(columns=str)
    )
    assert model.evidence_["k"].tolist() == [2, 3, 4, 5]
    assert model.feature_names_in_[0] == "0"
    assert model.evidence_["pac"][1] == model.evidence_["pac"].min()
    indices = {"silhouette", "cophenetic", "calinski_harabasz", "davies_bouldin"}
    assert set(model.evidence_) == {"k", "pac", "area", "delta_area", *indices}
    np.testing.assert_array_equal(model.consensus_matrix_, model.consensus_matrices_[1])
    assert model.item_consensus_.shape == (64,)
    assert model.cluster_consensus_.shape == (3,)


def test_small_cohort_has_evidence_as_far_as_it_goes() -> None:
    x = np.random.default_rng(0).normal(size=(6, 5))
    assert ConsensusClusterer(2, n_resamples=80, random_state=0).fit(x).evidence_["k"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("wrong", ["three", 1, 2.5, True])
def test_number_of_groups_that_is_none(wrong: object) -> None:
    with pytest.raises(InputError, match="'auto'"):
        ConsensusClusterer(wrong).fit(np.random.default_rng(0).normal(size=(10, 4)))  # type: ignore[arg-type]


def test_given_distances() -> None:
    x, truth = planted()
    d = 1 - np.corrcoef(x)
    np.fill_diagonal(d, 0)
    model = ConsensusClusterer(3, metric="precomputed", n_resamples=80, random_state=0).fit(d)
    assert adjusted_rand_score(truth, model.labels_) > 0.8
    with pytest.raises(InputError, match="no centroids"):
        model.predict(d)
    with pytest.raises(InputError, match="auto"):
        ConsensusClusterer("auto", metric="precomputed", n_resamples=20).fit(d)
