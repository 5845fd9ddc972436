"""Labels dealt by chance: a half-supervised network knows those it learned, and none of those it did not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
from sklearn.linear_model import RidgeClassifier  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402

from radiogenomics.nn import HSCAE  # noqa: E402
from radiogenomics.nn._encode import encode, scores  # noqa: E402
from radiogenomics.nn._module import Labels  # noqa: E402
from radiogenomics.nn._train import train_autoencoder  # noqa: E402
from radiogenomics.schemas.deep import AutoencoderSettings  # noqa: E402

N_FOLDS, PER_FOLD, N_SLICES, SIZE = 4, 20, 2, 16
SETTINGS = AutoencoderSettings(
    model="hscae", epochs=25, patience=25, latent_dim=16, widths=(8, 16), batch_size=32, learning_rate=0.01,
    supervision_weight=1.0, augmentation=False,
)  # fmt: skip
#: Of the mean of the folds' areas by chance: that of a rank sum, with as many of either class in each fold.
DEVIATION = np.sqrt((PER_FOLD + 1) / (12 * (PER_FOLD / 2) ** 2) / N_FOLDS)


def test_random_labels_are_known_in_sample_only(tmp_path: Path) -> None:
    """Each fold has as many of either class: the teaching patients' share of a class tells nothing of those left out.

    The areas are of one fold at a time, since scores of different networks have no scale in common. Chance stays within
    three of its standard deviations (0.5 +- 0.2); a network that had learned from the patients left out would have at
    least the area in-sample.
    """
    rng = np.random.default_rng(5)
    n = N_FOLDS * PER_FOLD
    patients, fold = np.repeat(np.arange(n), N_SLICES), np.arange(n) // PER_FOLD
    label = np.concatenate([rng.permutation(PER_FOLD) % 2 for _ in range(N_FOLDS)])
    images = _tumours(rng, n)[patients] + rng.uniform(0, 0.05, (len(patients), 1, SIZE, SIZE))
    known = Labels("binary", np.stack([label, np.ones(n)], axis=1)[patients].astype(float))
    found: dict[str, list[float]] = {"in-sample": [], "head": [], "ridge": []}
    for k in range(N_FOLDS):
        learners = np.flatnonzero(fold != k)
        judges = rng.choice(learners, 6, replace=False)
        teach = np.setdiff1d(learners, judges)
        network = train_autoencoder(
            images, patients, np.isin(patients, teach), np.isin(patients, judges), SETTINGS, labels=known,
            folder=tmp_path / str(k), seed=k, device="cpu",
        ).network  # fmt: skip
        assert isinstance(network, HSCAE)
        latent = encode(network, images)
        head = _by_patient(scores(network, latent)[:, 0], n)
        features, left_out = _by_patient(latent, n), fold == k
        ridge = RidgeClassifier().fit(features[teach], label[teach]).decision_function(features[left_out])
        found["in-sample"].append(float(roc_auc_score(label[teach], head[teach])))
        found["head"].append(float(roc_auc_score(label[left_out], head[left_out])))
        found["ridge"].append(float(roc_auc_score(label[left_out], ridge)))
    means = {name: float(np.mean(areas)) for name, areas in found.items()}
    assert means["in-sample"] > 0.8
    assert abs(means["head"] - 0.5) < 3 * DEVIATION
    assert abs(means["ridge"] - 0.5) < 3 * DEVIATION


def _tumours(rng: np.random.Generator, n: int) -> np.ndarray:
    """(n, 1, 16, 16) discs of different size, brightness and slope of brightness."""
    y, x = np.meshgrid(*[np.arange(SIZE) - (SIZE - 1) / 2] * 2, indexing="ij")
    radius, level, along, across = rng.uniform([3, 0.3, -0.03, -0.03], [7, 0.6, 0.03, 0.03], (n, 4)).T[..., None, None]
    return ((x**2 + y**2 <= radius**2) * (level + along * x + across * y)).clip(0, 0.95)[:, None]


def _by_patient(values: np.ndarray, n: int) -> np.ndarray:
    return values.reshape(n, N_SLICES, *values.shape[1:]).mean(axis=1)
