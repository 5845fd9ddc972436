"""The surface mesh and the diameters against slow twins and PyRadiomics' own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics.core.radiomics_mesh import mesh_diameters, mesh_size

NAMES = ("Maximum2DDiameterSlice", "Maximum2DDiameterColumn", "Maximum2DDiameterRow", "Maximum3DDiameter")


def ragged(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A region that fills its box, and a voxel size."""
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, 8, 3)) < rng.uniform(0.1, 1)
    mask[tuple(rng.integers(0, mask.shape))] = True
    where = np.argwhere(mask)
    inner = tuple(slice(a, b + 1) for a, b in zip(where.min(axis=0), where.max(axis=0), strict=True))
    return np.ascontiguousarray(mask[inner]), rng.uniform(0.3, 5.0, 3)


def vertices_of(mask: np.ndarray) -> np.ndarray:
    """Every vertex, in half voxels: midway between neighbours of which one is inside."""
    inside = {tuple(v) for v in np.argwhere(mask).tolist()}
    steps = [s for s in itertools.product((-1, 0, 1), repeat=3) if sum(map(abs, s)) == 1]
    return np.array([
        [2 * a + d for a, d in zip(v, s, strict=True)]
        for v in inside for s in steps if tuple(a + d for a, d in zip(v, s, strict=True)) not in inside
    ])  # fmt: skip


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_diameters_as_searched_among_all_pairs(seed: int) -> None:
    mask, spacing = ragged(seed)
    half = vertices_of(mask)
    square = ((half[:, None] / 2 * spacing - half[None] / 2 * spacing) ** 2).sum(axis=2)
    found, corners = mesh_diameters(mask, spacing)
    assert found["Maximum3DDiameter"] == pytest.approx(np.sqrt(square.max()), rel=1e-12)
    for axis, name in enumerate(NAMES[:3]):
        same = half[:, None, axis] == half[None, :, axis]
        assert found[name] == pytest.approx(np.sqrt(square[same].max()), rel=1e-12)
    assert {tuple(v) for v in corners.tolist()} <= {tuple(v) for v in half.tolist()}
    np.testing.assert_array_equal(corners.min(axis=0), half.min(axis=0))
    np.testing.assert_array_equal(corners.max(axis=0), half.max(axis=0))


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_equals_pyradiomics(seed: int) -> None:
    shape = pytest.importorskip("radiomics").cShape
    mask, spacing = ragged(seed)
    area, volume, diameters = shape.calculate_coefficients(np.pad(mask, 1), spacing)
    assert mesh_size(mask, spacing) == pytest.approx((area, volume), rel=1e-9)
    found, _ = mesh_diameters(mask, spacing)
    assert [found[n] for n in NAMES] == list(diameters)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (4.0, 0.9, 1.3)])
def test_every_cube_equals_pyradiomics(spacing: tuple[float, float, float]) -> None:
    shape = pytest.importorskip("radiomics").cShape
    for bits in range(1, 256):
        mask = np.array([bits >> b & 1 for b in range(8)], dtype=bool).reshape(2, 2, 2)
        area, volume, _ = shape.calculate_coefficients(np.pad(mask, 1), np.array(spacing))
        assert mesh_size(mask, np.array(spacing)) == pytest.approx((area, volume), rel=1e-9), bits


def test_one_voxel_is_an_octahedron() -> None:
    one, spacing = np.ones((1, 1, 1), dtype=bool), np.array([2.0, 1.0, 1.0])
    area, volume = mesh_size(one, spacing)
    assert volume == pytest.approx(2 * 1 * 1 / 6)
    assert area == pytest.approx(8 * 0.5 * np.sqrt(0.5**4 + 2 * 0.5**2))  # half the cross product of two edges
    found, corners = mesh_diameters(one, spacing)
    assert found == {NAMES[0]: 1, NAMES[1]: 2, NAMES[2]: 2, NAMES[3]: 2}
    assert sorted(map(tuple, corners.tolist())) == [
        (-1, 0, 0), (0, -1, 0), (0, 0, -1), (0, 0, 1), (0, 1, 0), (1, 0, 0),
    ]  # fmt: skip


def test_place_in_the_array_is_of_no_matter() -> None:
    z, y, x = np.ogrid[-4:5, -6:7, -5:6]
    mask, spacing = (z / 4) ** 2 + (y / 6) ** 2 + (x / 5) ** 2 <= 1, np.array([3.0, 0.7, 0.9])
    moved = np.pad(mask, ((3, 0), (1, 2), (4, 1)))
    assert mesh_size(moved, spacing) == pytest.approx(mesh_size(mask, spacing), rel=1e-12)
    assert mesh_diameters(moved, spacing)[0] == pytest.approx(mesh_diameters(mask, spacing)[0], rel=1e-12)
