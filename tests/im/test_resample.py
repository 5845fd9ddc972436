"""Resampling: the IBSI's centred grid, interpolators, masks."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics.im._crop import Box
from radiogenomics.im._resample import centred_grid, is_same_grid, resample_image, resample_mask

sitk = pytest.importorskip("SimpleITK")


def to_image(values: np.ndarray, spacing: tuple[float, ...]):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    image.SetOrigin((3.0, 4.0, 5.0))
    image.SetDirection((0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    return image


def centre(image) -> np.ndarray:
    return np.array(image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()]))


def test_grid_of_the_ibsi_manual_by_hand() -> None:
    # 4 voxels of 3 mm to 2 mm: ceil(12 / 2) = 6 voxels around the same centre, at (1.5 - 2.5 * 2 / 3) = -1/6, ...
    grid = centred_grid(to_image(np.zeros((2, 3, 4), dtype=np.float32), (3.0, 1.0, 2.0)), (2.0, 0.0, 5.0))
    assert grid.size.tolist() == [6, 3, 1]
    np.testing.assert_allclose(grid.coordinates[0], np.array([-1, 3, 7, 11, 15, 19]) / 6)
    np.testing.assert_allclose(grid.coordinates[1], [0, 1, 2])
    np.testing.assert_allclose(grid.coordinates[2], [0.5])
    np.testing.assert_allclose(grid.spacing, [2, 1, 5])


def test_size_is_not_rounded_up_by_floating_point() -> None:
    image = to_image(np.zeros((1, 1, 30), dtype=np.float32), (0.1, 1.0, 1.0))
    assert centred_grid(image, (1.0, 1.0, 1.0)).size.tolist() == [3, 1, 1]


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 4.0), (0.7, 1.3, 2.0), (2.0, 2.0, 0.0)])
def test_image_and_mask_land_on_the_same_grid_with_the_same_centre(spacing: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    image = to_image(rng.normal(size=(9, 14, 11)).astype(np.float32), (0.9, 0.8, 3.3))
    mask = to_image((rng.random((9, 14, 11)) < 0.5).astype(np.uint8), (0.9, 0.8, 3.3))
    grid = centred_grid(image, spacing)
    new, new_mask = resample_image(image, grid), resample_mask(mask, grid)
    assert new.GetSize() == new_mask.GetSize() == tuple(grid.size)
    for get in ("GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(new, get)(), getattr(new_mask, get)())
    np.testing.assert_allclose(centre(new), centre(image), atol=1e-9)
    assert set(np.unique(sitk.GetArrayFromImage(new_mask))) <= {0, 1}


def test_part_of_the_grid_equals_the_same_part_of_the_whole() -> None:
    image = to_image(np.random.default_rng(2).normal(100, 20, (12, 15, 17)).astype(np.float32), (0.9, 0.8, 3.3))
    grid = centred_grid(image, (1.0, 1.0, 2.0))
    box = Box((3, 2, 4), (9, 10, 13))
    whole = sitk.GetArrayFromImage(resample_image(image, grid))
    part = resample_image(image, grid, box=box)
    np.testing.assert_allclose(sitk.GetArrayFromImage(part), whole[4:13, 2:10, 3:9], rtol=1e-6)


def test_smooth_image_is_kept_by_the_spline_better_than_by_lines() -> None:
    x = np.arange(40)
    wave = np.sin(2 * np.pi * x / 12)
    image = to_image(np.tile(wave.astype(np.float64), (3, 3, 1)), (1.0, 1.0, 1.0))
    grid = centred_grid(image, (0.5, 1.0, 1.0))
    inner = slice(20, 60)
    true = np.sin(2 * np.pi * grid.coordinates[0] / 12)[inner]
    errors = {
        name: np.abs(sitk.GetArrayFromImage(resample_image(image, grid, interpolator=name))[1, 1, inner] - true).max()
        for name in ("bspline", "linear", "nearest")
    }
    assert errors["bspline"] < 0.002 < errors["linear"] < errors["nearest"]


def test_constant_image_stays_so_up_to_its_edges() -> None:
    image = to_image(np.full((5, 5, 5), 7, dtype=np.int16), (1.0, 1.0, 1.0))
    for name in ("bspline", "linear", "nearest"):
        new = sitk.GetArrayFromImage(resample_image(image, centred_grid(image, (0.7, 1.7, 3.0)), interpolator=name))
        assert new.dtype == np.float32
        np.testing.assert_allclose(new, 7, rtol=1e-6)


def test_mask_at_one_half_by_hand() -> None:
    # Along x: voxels 0 0 1 1 1 0 at 1 mm; 0.5 mm centres lie at -0.25, 0.25, 0.75, ..., 5.25.
    mask = to_image(np.array([[[0, 0, 1, 1, 1, 0]]], dtype=np.uint8), (1.0, 1.0, 1.0))
    grid = centred_grid(mask, (0.5, 1.0, 1.0))
    expected = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]
    for name in ("nearest", "linear"):
        assert sitk.GetArrayFromImage(resample_mask(mask, grid, interpolator=name))[0, 0].tolist() == expected
    # 2 mm centres lie half way between old ones: nearest takes the higher neighbour, half covered is inside for linear.
    grid = centred_grid(mask, (2.0, 1.0, 1.0))
    assert grid.coordinates[0].tolist() == [0.5, 2.5, 4.5]
    for name in ("nearest", "linear"):
        new = sitk.GetArrayFromImage(resample_mask(mask, grid, interpolator=name))[0, 0].tolist()
        assert new == ([0, 1, 0] if name == "nearest" else [0, 1, 1])


def test_nearest_neighbour_is_itk_s_away_from_ties() -> None:
    rng = np.random.default_rng(3)
    mask = to_image((rng.random((9, 14, 11)) < 0.5).astype(np.uint8), (0.9, 0.8, 3.3))
    grid = centred_grid(mask, (1.0, 0.61, 2.0))
    itk = sitk.GetArrayFromImage(resample_image(mask, grid, interpolator="nearest"))
    own = sitk.GetArrayFromImage(resample_mask(mask, grid))
    inside = [slice(1, -1)] * 3  # outermost centres may lie outside the image, where a mask ends
    np.testing.assert_array_equal(own[tuple(inside)], itk[tuple(inside)])


@pytest.mark.parametrize("interpolator", ["nearest", "linear"])
def test_volume_of_a_ball_is_kept(interpolator: str) -> None:
    z, y, x = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in (20, 60, 60)], indexing="ij")
    ball = ((3 * z) ** 2 + y**2 + x**2 <= 25**2).astype(np.uint8)
    mask = to_image(ball, (1.0, 1.0, 3.0))
    new = sitk.GetArrayFromImage(resample_mask(mask, centred_grid(mask, (1.5, 1.5, 2.0)), interpolator=interpolator))
    assert new.sum() * 4.5 == pytest.approx(ball.sum() * 3.0, rel=0.02)


def test_same_spacing_is_recognised() -> None:
    image = to_image(np.zeros((3, 3, 3), dtype=np.float32), (1.0, 1.0, 4.0))
    assert is_same_grid(image, centred_grid(image, (1.0, 1.0, 0.0)))
    assert not is_same_grid(image, centred_grid(image, (1.0, 1.0, 3.9)))
