"""Image and mask must share a grid, within what file formats round away."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics._errors import GeometryError
from radiogenomics.im._geometry import check_same_grid

sitk = pytest.importorskip("SimpleITK")


def image():
    made = sitk.GetImageFromArray(np.zeros((4, 5, 6), dtype=np.uint8))
    made.SetSpacing((0.5, 0.5, 3.0))
    return made


def test_rounding_passes() -> None:
    mask = image()
    mask.SetSpacing((0.5 + 1e-4, 0.5, 3.0))
    mask.SetOrigin((0.004, 0, 0))
    mask.SetDirection((1, 5e-4, 0, -5e-4, 1, 0, 0, 0, 1))
    check_same_grid(image(), mask, where="mask")


def test_every_difference_is_named() -> None:
    mask = image()[:5, :, :]
    mask.SetSpacing((0.5, 0.5, 3.01))
    mask.SetOrigin((0, 0.006, 0))
    mask.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    with pytest.raises(GeometryError) as caught:
        check_same_grid(image(), mask, where="P1_mask.nii")
    text = str(caught.value)
    assert "P1_mask.nii: 4 faults" in text
    assert "mask size (5, 5, 4); expected the image's (6, 5, 4)" in text
    for name in ("spacing", "origin", "direction"):
        assert f"mask {name}" in text
