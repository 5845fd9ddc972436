"""Small synthetic cases: a textured ball in noise, written as NIfTI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

sitk = pytest.importorskip("SimpleITK")
pytest.importorskip("radiomics")


def to_image(
    values: np.ndarray, spacing: tuple[float, ...] = (1.0, 1.0, 1.0), origin: tuple[float, ...] = (5.0, -3.0, 2.0)
):
    """Image from an array in z, y, x order."""
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def ball(
    size: tuple[int, int, int] = (20, 24, 26), radius: float = 6.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Intensities (z, y, x) of a brighter, textured ball in noise, and its mask."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in size], indexing="ij")
    inside = z**2 + y**2 + x**2 <= radius**2
    values = rng.normal(100, 10, size) + inside * (60 + 20 * np.sin(x) * np.cos(y))
    return values.astype(np.float32), inside.astype(np.uint8)


@pytest.fixture
def write_case(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write one case and return its row of the manifest."""

    def write(
        patient: str = "P1", sequence: str = "T1", *, values: np.ndarray | None = None, mask: np.ndarray | None = None,
        spacing: tuple[float, ...] = (1.0, 1.0, 1.0), seed: int = 0, **columns: Any,
    ) -> dict[str, Any]:  # fmt: skip
        own_values, own_mask = ball(seed=seed)
        name = "_".join([patient, sequence, *map(str, columns.values())])
        image_path, mask_path = tmp_path / f"{name}.nii.gz", tmp_path / f"{name}_mask.nii.gz"
        sitk.WriteImage(to_image(own_values if values is None else values, spacing), str(image_path))
        sitk.WriteImage(to_image(own_mask if mask is None else mask, spacing), str(mask_path))
        return {
            "patient_id": patient,
            "sequence": sequence,
            "image": str(image_path),
            "mask": str(mask_path),
            **columns,
        }

    return write


@pytest.fixture
def cohort(write_case: Callable[..., dict[str, Any]]) -> pd.DataFrame:
    """Three patients with one sequence."""
    return pd.DataFrame([write_case(f"P{i}", seed=i) for i in (1, 2, 3)])
