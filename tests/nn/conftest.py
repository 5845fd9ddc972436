"""Slices of few patients, and what a small training needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

N_PATIENTS, PER_PATIENT, SIZE = 12, 3, 16


@pytest.fixture(scope="session")
def discs() -> tuple[np.ndarray, np.ndarray]:
    """(36, 1, 16, 16) bright discs of twelve patients, and the patient of each."""
    rng = np.random.default_rng(0)
    y, x = np.meshgrid(*[np.arange(SIZE) - (SIZE - 1) / 2] * 2, indexing="ij")
    patients = np.repeat(np.arange(N_PATIENTS), PER_PATIENT)
    radius = rng.uniform(3, 7, N_PATIENTS)[patients]
    inside = x**2 + y**2 <= radius[:, None, None] ** 2
    noise = rng.uniform(0, 0.1, inside.shape)
    return (inside * (0.5 + noise))[:, None].astype(np.float32), patients


@pytest.fixture
def train(discs: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> Callable[..., Any]:
    """Train a small network into a folder of ``tmp_path``; patients 9 to 11 tell when to stop."""
    from radiogenomics.nn._train import train_autoencoder
    from radiogenomics.schemas.deep import AutoencoderSettings

    images, patients = discs

    def run(folder: str = "a", *, labels: Any = None, seed: int = 1, **settings: Any) -> Any:
        chosen = {"epochs": 4, "latent_dim": 4, "widths": (4, 8), "batch_size": 8, **settings}
        return train_autoencoder(
            images, patients, patients < 9, patients >= 9, AutoencoderSettings(**chosen), labels=labels,
            folder=tmp_path / folder, seed=seed, device="cpu",
        )  # fmt: skip

    return run
