"""Volumes with a bright ball that is not in their middle, and settings that are trained on them in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk

TINY: dict[str, Any] = {
    "preset": "reduced", "spacing": [2, 2, 2], "patch": [16, 16, 16], "steps": 36, "checkpoint_every": 12,
    "blocks": [1, 1], "learning_rate": 0.05, "flips": [], "augmentation": False, "overlap": 0.25,
}  # fmt: skip
TINY_STAGES: dict[str, Any] = {
    **TINY, "blocks": [1, 1], "margin": 6, "dropout": 0.0, "learning_rate": 0.02,
    "coarse": {"spacing": [4, 4, 4], "patch": [16, 16, 16], "steps": 36, "checkpoint_every": 12, "blocks": [1, 1],
               "learning_rate": 0.02, "dropout": 0.0},
}  # fmt: skip


def volume(i: int, size: tuple[int, int, int] = (14, 20, 24)) -> tuple[np.ndarray, np.ndarray]:
    """(z, y, x) noise with a ball, and the ball."""
    rng = np.random.default_rng(i)
    middle = np.array(size) / 2 + rng.uniform(-2, 2, 3)
    z, y, x = np.meshgrid(*[np.arange(n) for n in size], indexing="ij")
    inside = (z - middle[0]) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2 < rng.uniform(3.5, 5) ** 2
    return (rng.normal(100, 5, size) + 80 * inside).astype(np.float32), inside.astype(np.uint8)


def write_volume(array: np.ndarray, path: Path, like: int = 0) -> None:
    """A volume with a geometry of its own: oblique, with a spacing that single precision does not hold."""
    image = sitk.GetImageFromArray(array)
    turn = 0.1 * (like % 3)
    image.SetSpacing((2.1, 1.9, 2.3))
    image.SetOrigin((10.123456789 * like, -3.3, 7.77))
    image.SetDirection((np.cos(turn), -np.sin(turn), 0, np.sin(turn), np.cos(turn), 0, 0, 0, 1))
    sitk.WriteImage(image, str(path))


def write_balls(folder: Path, n: int = 8, suffix: str = ".nrrd") -> pd.DataFrame:
    """Files of ``n`` patients, and their manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for i in range(n):
        image, mask = volume(i)
        paths = {"image": folder / f"{i}{suffix}", "mask": folder / f"{i}_mask{suffix}"}
        write_volume(image, paths["image"], i)
        write_volume(mask, paths["mask"], i)
        rows.append({"patient_id": f"P{i}", "sequence": "T1", **{k: str(v) for k, v in paths.items()}})
    return pd.DataFrame(rows)
