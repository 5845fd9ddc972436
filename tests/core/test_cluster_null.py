import numpy as np
import pytest
from scipy.stats import skew

from radiogenomics._errors import InputError
from radiogenomics.core.cluster_null import compare_with_null, fit_null, judge


def test_null_keeps_correlation_spread_and_skew_of_the_features() -> None:
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(400, 1))
    x = factor + 0.7 * rng.normal(size=(400, 6))
    x[:, 3:] = 5 * np.exp(0.6 * x[:, 3:])
    model = fit_null(x)
    drawn = np.concatenate([model.draw(np.random.default_rng(s)) for s in range(20)])
    np.testing.assert_allclose(drawn.std(axis=0), x.std(axis=0), rtol=0.12)
    ours, theirs = (
        np.corrcoef(np.argsort(np.argsort(x, axis=0), axis=0).T),
        np.corrcoef(np.argsort(np.argsort(drawn, axis=0), axis=0).T),
    )
    np.testing.assert_allclose(ours, theirs, atol=0.05)
    assert np.abs(skew(drawn)[:3]).max() < 0.4
    assert skew(drawn)[3:].min() > 1.5


def test_null_of_two_peaks_has_one() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 4)) + np.where(np.arange(300) < 150, -4, 4)[:, None]
    drawn = fit_null(x).draw(np.random.default_rng(2))
    middle = np.abs(drawn[:, 0]) < 1.0
    assert (np.abs(x[:, 0]) < 1.0).mean() < 0.02
    assert middle.mean() > 0.12


NULL = np.tile(np.linspace(0.10, 0.14, 19)[:, None], (1, 3))


def test_without_a_positive_stability_index_the_silhouette_decides() -> None:
    """A null of one large group and odd patients is less ambiguous than the data at every k."""
    sharpness = np.vstack([[0.25, 0.25, 0.25], NULL])
    pac = np.vstack([[0.4, 0.3, 0.2], np.full((19, 3), 0.1)])
    found = judge(sharpness, pac, silhouette=np.array([0.5, 0.3, 0.2]), alpha=0.05)
    assert (found.rcsi < 0).all()
    assert found.best == 0


def test_judge_by_hand() -> None:
    """Data as row 0: sharper than every null at the second k only, whatever the silhouette."""
    sharpness = np.vstack([[0.11, 0.25, 0.11], NULL])
    pac = np.vstack([[0.3, 0.05, 0.01], np.full((19, 3), 0.5)])
    found = judge(sharpness, pac, silhouette=np.array([0.9, 0.1, 0.9]), alpha=0.05)
    np.testing.assert_allclose(found.p_value, [15 / 20, 1 / 20, 15 / 20])
    assert found.p_value_overall == pytest.approx(1 / 20)
    assert found.best == 1
    np.testing.assert_allclose(found.rcsi, np.log10([0.5 / 0.3, 0.5 / 0.05, 0.5 / 0.01]))


def test_of_about_equally_stable_k_the_larger_silhouette() -> None:
    sharpness = np.vstack([[0.25, 0.25, 0.25], NULL])
    pac = np.vstack([[0.05, 0.08, 0.3], np.full((19, 3), 0.5)])
    assert judge(sharpness, pac, silhouette=np.array([0.1, 0.2, 0.3]), alpha=0.05).best == 1


def test_one_p_value_over_all_k_is_the_rank_of_the_largest() -> None:
    """Row 0 is largest at no k but second at each; one other row is largest at both."""
    sharpness = np.array([[2.0, 2.0], [3.0, 3.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    found = judge(sharpness, np.full((5, 2), 0.4), silhouette=np.zeros(2), alpha=0.3)
    assert found.p_value_overall == pytest.approx(2 / 5)
    np.testing.assert_allclose(found.p_value, 2 / 5)


def test_too_few_null_data_sets() -> None:
    base = {"method": "pam", "metric": "pearson", "linkage": "average", "sample_fraction": 0.8, "feature_fraction": 1.0}
    with pytest.raises(InputError, match="at least 99"):
        compare_with_null(np.zeros((5, 5)), [2], silhouette=np.zeros(1), n_null=50, alpha=0.01, rng=0, **base)
