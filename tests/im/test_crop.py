"""Filters on a part of the image give what they give on the whole of it."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics.im._crop import Box, bounding_box, log_box, wavelet_box, whole

sitk = pytest.importorskip("SimpleITK")
operations = pytest.importorskip("radiomics.imageoperations")


def noise(shape: tuple[int, int, int]):
    image = sitk.GetImageFromArray(np.random.default_rng(0).normal(500, 100, shape).astype(np.float32))
    image.SetSpacing((1.0, 1.0, 2.0))
    return image


REGIONS = {
    "inner": Box((20, 22, 16), (29, 33, 21)),
    "touching the low border": Box((0, 22, 3), (9, 33, 9)),
    "touching the high border": Box((40, 40, 30), (51, 47, 37)),
    "of odd place and size": Box((17, 15, 13), (24, 20, 16)),
}


@pytest.mark.parametrize("wavelet", ["coif1", "haar", "db3"])
@pytest.mark.parametrize("where", REGIONS)
def test_wavelet_bands_are_identical(where: str, wavelet: str) -> None:
    image, roi = noise((37, 47, 51)), REGIONS[where]
    seen = wavelet_box(roi, image.GetSize(), wavelet)
    if where == "inner":
        assert seen != whole(image)
    part = seen.cut(image)
    full = operations.getWaveletImage(image, image, wavelet=wavelet)
    small = operations.getWaveletImage(part, part, wavelet=wavelet)
    n = 0
    for (a, name, _), (b, same_name, _) in zip(full, small, strict=True):
        assert name == same_name
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(roi.cut(a)), sitk.GetArrayFromImage(roi.within(seen).cut(b)), err_msg=name
        )
        n += 1
    assert n == 8


@pytest.mark.parametrize("sigma", [0.6, 1.0])
@pytest.mark.parametrize("where", REGIONS)
def test_laplacian_of_gaussian_is_the_same_to_single_precision(where: str, sigma: float) -> None:
    image, roi = noise((37, 47, 51)), REGIONS[where]
    seen = log_box(roi, image.GetSize(), image.GetSpacing(), sigma)
    assert seen != whole(image)
    part = seen.cut(image)
    (full, _, _), (small, _, _) = (next(operations.getLoGImage(i, i, sigma=[sigma])) for i in (image, part))
    expected = sitk.GetArrayFromImage(roi.cut(full))
    found = sitk.GetArrayFromImage(roi.within(seen).cut(small))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_bounding_box() -> None:
    values = np.zeros((5, 6, 7), dtype=np.uint8)
    values[1, 2, 3] = values[3, 2, 5] = 1
    box = bounding_box(sitk.GetImageFromArray(values))
    assert box == Box((3, 2, 1), (6, 3, 4))
    assert box.size == (3, 1, 3)
    assert box.union(Box((0, 4, 2), (1, 5, 3))) == Box((0, 2, 1), (6, 5, 4))
    assert box.within(Box((1, 1, 1), (9, 9, 9))) == Box((2, 1, 0), (5, 2, 3))
