"""RTSTRUCT and SEG to masks: shapes of known volume, holes, the right structure, and what does not fit the image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics import io
from radiogenomics._errors import DegenerateInputError, GeometryError, InputError
from radiogenomics.io._contours import fill

sitk = pytest.importorskip("SimpleITK")
SPACING, ORIGIN = (0.8, 1.1, 2.5), (-12.0, 30.0, 5.0)
TURNED = np.array([[0.0, -1.0, 0.0], [0.6, 0.0, -0.8], [0.8, 0.0, 0.6]])  # columns are the axes
PLACE = {"spacing": SPACING, "origin": ORIGIN, "axes": TURNED}


def crossing_number(contours: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Naive twin: for each centre, count the edges that a ray to the left crosses; a centre on an edge is inside."""
    out = np.zeros(shape, dtype=bool)
    for y, x in np.ndindex(shape):
        edges = [edge for c in contours for edge in zip(c, np.roll(c, -1, axis=0), strict=True)]
        for (ax, ay), (bx, by) in edges:
            if (ay <= y < by or by <= y < ay) and ax + (y - ay) / (by - ay) * (bx - ax) <= x:
                out[y, x] ^= True
        for (ax, ay), (bx, by) in edges:
            beside = (bx - ax) * (y - ay) == (by - ay) * (x - ax)
            between = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
            out[y, x] |= beside and between
    return out


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(*[st.integers(-24, 96)] * 2), min_size=3, max_size=8), min_size=1, max_size=3),
    st.booleans(),
)
def test_fill_equals_its_naive_twin(contours: list[list[tuple[int, int]]], aside: bool) -> None:
    # Corners on centres, rows and between them; or, by an irrational step aside, no centre on any edge.
    arrays = [np.array(c) / 8 + np.array([np.sqrt(2) / 30 * aside, 0]) for c in contours]
    twin = crossing_number(arrays, (9, 10))
    filled = fill(arrays, (9, 10))
    # Centres nearer to an edge than files can tell are inside in one, and need not be in the other.
    assert not (twin & ~filled).any()
    aside_x = np.array([0.02, 0])
    near = fill([a + aside_x for a in arrays], (9, 10)) & fill([a - aside_x for a in arrays], (9, 10))
    assert not (filled & ~twin & near).any()


def test_contours_through_the_centres_of_the_outermost_voxels() -> None:
    """As tools that trace masks draw them, the contour of a hole through the voxels around it."""
    mask = np.zeros((12, 13), dtype=bool)
    mask[2:10, 3:11] = True
    mask[5:7, 6:9] = False
    outer = np.array([[3.0, 2], [10, 2], [10, 9], [3, 9]])
    hole = np.array([[5.0, 4], [9, 4], [9, 7], [5, 7]])
    np.testing.assert_array_equal(fill([outer, hole], mask.shape), mask)
    rounded = [c + np.random.default_rng(0).uniform(-0.004, 0.004, c.shape) for c in (outer, hole)]
    np.testing.assert_array_equal(fill(rounded, mask.shape), mask)
    diamond = np.array([[5.0, 1], [9, 5], [5, 9], [1, 5]])
    assert fill([diamond], (11, 11)).sum() == 41
    assert fill([diamond + np.array([0.1, 0])], (11, 11)).sum() < 41


def test_holes() -> None:
    outer = np.array([[0.5, 0.5], [8.5, 0.5], [8.5, 8.5], [0.5, 8.5]])
    inner = np.array([[2.5, 2.5], [5.5, 2.5], [5.5, 5.5], [2.5, 5.5]])
    xor = fill([outer, inner], (10, 10))
    assert xor.sum() == 64 - 9
    assert fill([outer[::-1], inner], (10, 10)).sum() == 64 - 9  # whichever way round
    keyhole = np.vstack([outer, outer[:1], inner, inner[:1]])
    np.testing.assert_array_equal(fill([keyhole], (10, 10)), xor)


def blank(shape: tuple[int, int, int] = (12, 40, 44)) -> np.ndarray:
    return np.random.default_rng(1).normal(50, 9, shape)


@pytest.fixture
def image(dicom: Any, tmp_path: Path) -> Path:
    return dicom.write_series(tmp_path / "image", blank(), **PLACE)


def circle(dicom: Any, radius: float, k: float, n: int = 90) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    voxels = np.column_stack([20.3 + radius * np.cos(angle), 18.6 + radius * np.sin(angle), np.full(n, k)])
    return dicom.to_mm(voxels, SPACING, ORIGIN, TURNED)


def mask_of(path: Path, image: Path, **how: Any) -> np.ndarray:
    return sitk.GetArrayFromImage(io.read_mask(path, image=image, **how))


def test_cylinder_and_ellipsoid_have_their_volume(dicom: Any, tmp_path: Path, image: Path) -> None:
    heights = (np.arange(2, 11) - 6) / 5  # of an ellipsoid whose radius along z is 5 slices
    contours = {
        "cylinder": [circle(dicom, 12.3, k) for k in range(3, 9)],
        "ellipsoid": [circle(dicom, 15 * np.sqrt(1 - h**2), k) for h, k in zip(heights, range(2, 11), strict=True)],
    }
    path = dicom.write_rtstruct(tmp_path / "rs.dcm", contours)
    voxel = np.prod(SPACING)
    cylinder = mask_of(path, image, roi="cylinder")
    assert cylinder[3:9].sum() == cylinder.sum()
    assert cylinder.sum() * voxel == pytest.approx(np.pi * 12.3**2 * 6 * voxel, rel=0.01)
    ellipsoid = mask_of(path, image, roi="ellipsoid").sum() * voxel
    assert ellipsoid == pytest.approx(4 / 3 * np.pi * 15 * 15 * 5 * voxel, rel=0.015)
    mask = io.read_mask(path, image=image, roi="cylinder")
    np.testing.assert_allclose(mask.GetDirection(), TURNED.ravel(), atol=1e-6)


def test_structure_is_chosen_by_name_pattern_or_number(dicom: Any, tmp_path: Path, image: Path) -> None:
    rings = {"GTV (T1)": [circle(dicom, 9, 4)], "GTV-2": [circle(dicom, 5, 4)], "Edema": [circle(dicom, 12, 4)]}
    path = dicom.write_rtstruct(tmp_path / "rs.dcm", rings)
    sizes = {name: round(np.pi * r**2) for name, r in (("GTV (T1)", 9), ("GTV-2", 5), ("Edema", 12))}
    for how, name in (({"roi": "GTV (T1)"}, "GTV (T1)"), ({"roi": "gtv-\\d"}, "GTV-2"), ({"label": 3}, "Edema")):
        assert int(mask_of(path, image, **how).sum()) == pytest.approx(sizes[name], abs=7)
    with pytest.raises(InputError, match=r"2 structures that fit 'gtv\.\*': 'GTV \(T1\)' \(1\), 'GTV-2' \(2\)"):
        mask_of(path, image, roi="gtv.*")
    with pytest.raises(InputError, match=r"3 structures: .*column 'roi'"):
        mask_of(path, image)
    for missing in ("CTV", "("):
        with pytest.raises(
            InputError, match=r"no structures that fit .* one of: 'GTV \(T1\)' \(1\), 'GTV-2' \(2\), 'Edema'"
        ):
            mask_of(path, image, roi=missing)
    with pytest.raises(InputError, match="an RTSTRUCT and no image"):
        io.read_mask(path, roi="Edema")


def test_contours_that_do_not_fit(dicom: Any, tmp_path: Path, image: Path) -> None:
    def refused(contours: list[np.ndarray], **how: Any) -> str:
        with pytest.raises(InputError) as caught:
            mask_of(dicom.write_rtstruct(tmp_path / "x.dcm", {"GTV": contours}, **how), image)
        return f"{type(caught.value).__name__}: {caught.value}"

    tilted = circle(dicom, 9, 4) + np.linspace(0, 1, 90)[:, None] * TURNED[:, 2]
    assert "GeometryError" in refused([tilted])
    assert "1 of 2 contours not parallel" in refused([tilted, circle(dicom, 9, 4)])
    text = refused([circle(dicom, 9, 4.5), circle(dicom, 9, 5)])
    assert "1 of 2 contours between slices, by up to 0.5 of their distance" in text
    assert "1 of 2 contours beyond the image" in refused([circle(dicom, 9, 11), circle(dicom, 9, 12)])
    assert "1 of 1 contours beyond the image" in refused([circle(dicom, 25, 3)])
    assert "contours on every 2. slice only" in refused([circle(dicom, 9, k) for k in (2, 4, 6)])
    assert "in another frame of reference; expected the image's" in refused([circle(dicom, 9, 4)], frame="1.9.9")
    assert "contours of type POINT" in refused([circle(dicom, 9, 4)[:1]], kind="POINT")
    assert "DegenerateInputError" in refused([circle(dicom, 0.1, 4) + 0.3])
    assert "without contours" in refused([])
    assert "one or two points" in refused([circle(dicom, 9, 4)[:2]])


def blob(shape: tuple[int, int, int] = (12, 40, 44)) -> np.ndarray:
    z, y, x = np.indices(shape)
    ball = (z - 6) ** 2 / 9 + (y - 18) ** 2 / 100 + (x - 21) ** 2 / 144 <= 1
    return ball & ~((abs(z - 6) <= 1) & ((y - 18) ** 2 + (x - 20) ** 2 <= 9))


def test_mask_through_contours_and_back(dicom: Any, tmp_path: Path, image: Path) -> None:
    mask = blob()
    contours = [dicom.to_mm(c, SPACING, ORIGIN, TURNED) for c in dicom.outlines(mask)]
    path = dicom.write_rtstruct(tmp_path / "rt" / "rs.dcm", {"GTV": contours})
    np.testing.assert_array_equal(mask_of(path, image), mask)
    np.testing.assert_array_equal(mask_of(tmp_path / "rt", image), mask)  # the folder that holds it
    on = io.read_image(image)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(io.read_mask(path, image=on)), mask)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
def test_seg_is_exact(dicom: Any, tmp_path: Path, image: Path, kind: str) -> None:
    other = np.roll(blob(), 2, axis=2)
    path = dicom.write_seg(tmp_path / "seg.dcm", {"tumour": blob(), "oedema": other}, kind=kind, **PLACE)
    np.testing.assert_array_equal(mask_of(path, image, roi="tumour"), blob())
    np.testing.assert_array_equal(mask_of(path, image, label=2), other)
    with pytest.raises(InputError, match=r"2 segments: 'tumour' \(1\), 'oedema' \(2\)"):
        mask_of(path, image)
    with pytest.raises(InputError, match=r"no segments that fit 'necrosis'; expected one of: 'tumour' \(1\)"):
        mask_of(path, image, roi="necrosis")
    alone = io.read_mask(path, label=1)
    assert alone.GetSize() == (44, 40, 7)
    assert sitk.GetArrayFromImage(alone).sum() == blob().sum()


def test_seg_cropped_turned_or_of_one_slice_lands_on_the_image(dicom: Any, tmp_path: Path, image: Path) -> None:
    mask = blob()
    crop = mask[:, 5:35, 8:40]
    start = dicom.to_mm(np.array([8.0, 5.0, 0.0]), SPACING, ORIGIN, TURNED)
    path = dicom.write_seg(tmp_path / "crop.dcm", {"a": crop}, spacing=SPACING, origin=start, axes=TURNED)
    np.testing.assert_array_equal(mask_of(path, image), mask)
    # Seen from the other side: rows and slices run the other way.
    corner = dicom.to_mm(np.array([43.0, 0.0, 11.0]), SPACING, ORIGIN, TURNED)
    flipped = dicom.write_seg(
        tmp_path / "flip.dcm", {"a": mask[::-1, :, ::-1]}, spacing=SPACING, origin=corner, axes=TURNED * [-1, 1, -1]
    )
    np.testing.assert_array_equal(mask_of(flipped, image), mask)
    one = mask & (np.arange(12) == 4)[:, None, None]
    np.testing.assert_array_equal(mask_of(dicom.write_seg(tmp_path / "one.dcm", {"a": one}, **PLACE), image), one)
    apart = mask & np.isin(np.arange(12), (3, 6, 8))[:, None, None]
    np.testing.assert_array_equal(mask_of(dicom.write_seg(tmp_path / "apart.dcm", {"a": apart}, **PLACE), image), apart)


def test_seg_at_fault(dicom: Any, tmp_path: Path, image: Path) -> None:
    with pytest.raises(GeometryError, match=r"segment 'a' in another frame of reference"):
        mask_of(dicom.write_seg(tmp_path / "a.dcm", {"a": blob()}, frame="1.9", **PLACE), image)
    with pytest.raises(DegenerateInputError, match="segment 'a' without any marked voxel"):
        mask_of(dicom.write_seg(tmp_path / "b.dcm", {"a": blob() & False, "b": blob()}, **PLACE), image, roi="a")
    shifted = dicom.write_seg(tmp_path / "c.dcm", {"a": blob()}, **{**PLACE, "origin": (-12.3, 30.0, 5.0)})
    assert io.read_mask(shifted, image=image).GetSize() != (44, 40, 12)  # its own grid, to be compared with the image's


def test_folder_of_several_segmentations(dicom: Any, tmp_path: Path, image: Path) -> None:
    dicom.write_seg(tmp_path / "m" / "seg.dcm", {"tumour": blob()}, **PLACE)
    dicom.write_rtstruct(tmp_path / "m" / "rs.dcm", {"GTV": [circle(dicom, 9, 4)]})
    with pytest.raises(InputError, match=r"2 segmentations: rs\.dcm \(RTSTRUCT: 'GTV'\); seg\.dcm \(SEG: 'tumour'\)"):
        mask_of(tmp_path / "m", image)
    assert mask_of(tmp_path / "m", image, roi="tumour").sum() == blob().sum()


def test_dicom_series_of_labels(dicom: Any, tmp_path: Path) -> None:
    values = blob().astype(np.int16) * 3
    folder = dicom.write_series(tmp_path / "labels", values)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(io.read_mask(folder)), blob())
    with pytest.raises(InputError, match="roi 'GTV' for a label volume"):
        io.read_mask(folder, roi="GTV")
    with pytest.raises(InputError, match="no label 1; expected one of 3"):
        io.read_mask(folder, label=1)
