"""Distances between surfaces: by hand, by brute force, beside MONAI and SimpleITK."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import surface_distances


def plain(a: np.ndarray, b: np.ndarray, spacing: tuple[float, ...], percentile: float) -> tuple[float, float, float]:
    """Every distance from every surface voxel to every other."""

    def surface(mask: np.ndarray) -> np.ndarray:
        out = []
        for place in np.argwhere(mask):
            for axis, step in itertools.product(range(mask.ndim), (-1, 1)):
                near = place.copy()
                near[axis] += step
                if not (0 <= near[axis] < mask.shape[axis]) or not mask[tuple(near)]:
                    out.append(place * np.array(spacing))
                    break
        return np.array(out)

    one, two = surface(a), surface(b)
    apart = np.sqrt(((one[:, None] - two[None]) ** 2).sum(axis=2))
    first, second = apart.min(axis=1), apart.min(axis=0)
    return (
        max(first.max(), second.max()),
        max(np.percentile(first, percentile), np.percentile(second, percentile)),
        float(np.concatenate([first, second]).mean()),
    )


def blobs(seed: int, shape: tuple[int, ...] = (7, 9, 8)) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    out = []
    for _ in range(2):
        c, r = random.uniform(2, 5, 3), random.uniform(1.5, 3.5)
        out.append((z - c[0]) ** 2 + (y - c[1]) ** 2 + (x - c[2]) ** 2 <= r**2)
    return out[0], out[1]


def test_two_voxels_three_steps_apart() -> None:
    a, b = np.zeros((1, 1, 6)), np.zeros((1, 1, 6))
    a[0, 0, 1], b[0, 0, 4] = 1, 1
    found = surface_distances(a, b, (1.0, 1.0, 0.5))
    assert found.hausdorff == found.hausdorff_percentile == found.mean == pytest.approx(1.5)


def test_one_longer_rod() -> None:
    a, b = np.zeros((1, 1, 10)), np.zeros((1, 1, 10))
    a[0, 0, :4], b[0, 0, :6] = 1, 1  # the last two of b lie 2 and 4 mm from a
    found = surface_distances(a, b, (1.0, 1.0, 2.0), percentile=100)
    assert found.hausdorff == found.hausdorff_percentile == 4
    assert found.mean == pytest.approx((2 + 4) / 10)


@pytest.mark.parametrize("seed", range(8))
def test_every_pair_of_surface_voxels(seed: int) -> None:
    a, b = blobs(seed)
    spacing = (3.0, 0.7, 1.1)
    found = surface_distances(a, b, spacing)
    assert (found.hausdorff, found.hausdorff_percentile, found.mean) == pytest.approx(plain(a, b, spacing, 95.0))
    other = surface_distances(b, a, spacing)
    assert (found.hausdorff_percentile, found.mean) == pytest.approx((other.hausdorff_percentile, other.mean))


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")  # of MONAI, about itself
def test_equals_monai() -> None:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    for seed in range(5):
        a, b = blobs(seed, (9, 12, 10))
        spacing = (2.0, 1.0, 0.5)
        x, y = (torch.as_tensor(m[None, None].astype(np.float32)) for m in (a, b))
        found = surface_distances(a, b, spacing)
        hd = metrics.compute_hausdorff_distance(x, y, include_background=True, percentile=95, spacing=spacing)
        mean = metrics.compute_average_surface_distance(x, y, include_background=True, symmetric=True, spacing=spacing)
        assert found.hausdorff_percentile == pytest.approx(float(hd), abs=1e-5)
        assert found.mean == pytest.approx(float(mean), abs=1e-5)


def test_hausdorff_of_simpleitk() -> None:
    sitk = pytest.importorskip("SimpleITK")
    a, b = blobs(3, (9, 12, 10))
    images = [sitk.GetImageFromArray(m.astype(np.uint8)) for m in (a, b)]
    for image in images:
        image.SetSpacing((0.5, 1.0, 2.0))
    judge = sitk.HausdorffDistanceImageFilter()
    judge.Execute(*images)
    # ITK measures from every marked voxel, which is as far as from the surface where one mask does not hold the other.
    assert surface_distances(a, b, (2.0, 1.0, 0.5)).hausdorff == pytest.approx(judge.GetHausdorffDistance(), abs=1e-4)


def test_what_has_no_distance_is_named() -> None:
    a = np.ones((2, 2, 2))
    with pytest.raises(DegenerateInputError, match="the second mask is empty"):
        surface_distances(a, np.zeros_like(a), (1, 1, 1))
    with pytest.raises(InputError, match="3 numbers above 0") as caught:
        surface_distances(a, a, (1, 0, 1), percentile=0)
    assert "percentile" in str(caught.value)
    assert surface_distances(a, a, (1, 1, 1)).hausdorff == 0
