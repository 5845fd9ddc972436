"""Z-score, histogram matching and bias correction do what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics._errors import DegenerateInputError
from radiogenomics.im._n4 import correct_bias
from radiogenomics.im._normalize import intensity_percentiles, match_histogram, voxels_within, zscore

sitk = pytest.importorskip("SimpleITK")


def head(seed: int, gain: float = 1.0, offset: float = 0.0) -> np.ndarray:
    """Tissue of two kinds in air."""
    rng = np.random.default_rng(seed)
    values = np.zeros((16, 30, 30))
    values[3:13, 4:26, 4:26] = rng.normal(300, 20, (10, 22, 22))
    values[6:10, 10:20, 10:20] = rng.normal(500, 30, (4, 10, 10))
    return values * gain + offset


def image(values: np.ndarray):
    return sitk.GetImageFromArray(values.astype(np.float32))


def test_foreground_leaves_out_air() -> None:
    values = head(0)
    inside = voxels_within(image(values), "foreground", where="x")
    assert inside.size == 10 * 22 * 22
    assert voxels_within(image(values), "image", where="x").size == values.size


@pytest.mark.parametrize("within", ["foreground", "image"])
def test_zscore(within: str) -> None:
    scaled = zscore(image(head(0, gain=3.0, offset=-50.0)), within, where="x")
    values = sitk.GetArrayFromImage(scaled)
    inside = values if within == "image" else values[3:13, 4:26, 4:26]
    assert inside.mean() == pytest.approx(0, abs=1e-4)
    assert inside.std() == pytest.approx(1, abs=1e-4)


def test_histogram_matching_undoes_a_gain_and_offset() -> None:
    reference, other = image(head(0)), image(head(0, gain=2.5, offset=40.0))
    own, target = (intensity_percentiles(i, "foreground", where="x") for i in (other, reference))
    matched = sitk.GetArrayFromImage(match_histogram(other, own, target))
    np.testing.assert_allclose(matched, head(0), atol=0.01)


def test_histogram_matching_gives_the_reference_s_percentiles_and_keeps_the_order() -> None:
    other = image(np.sqrt(head(1)))
    own = intensity_percentiles(other, "foreground", where="x")
    target = intensity_percentiles(image(head(0)), "foreground", where="x")
    matched = match_histogram(other, own, target)
    np.testing.assert_allclose(intensity_percentiles(matched, "foreground", where="x"), target, rtol=1e-3)
    before, after = np.sqrt(head(1)).ravel(), sitk.GetArrayFromImage(matched).ravel()
    assert (np.diff(after[np.argsort(before, kind="stable")]) >= -1e-3).all()


def test_stepped_histogram_has_one_target_per_step() -> None:
    values = np.repeat([0.0, 10.0, 20.0, 30.0], 250).reshape(10, 10, 10)
    own = intensity_percentiles(image(values), "image", where="x")
    matched = sitk.GetArrayFromImage(match_histogram(image(values), own, own * 2))
    assert np.isfinite(matched).all()
    steps = [np.unique(matched[values == v]) for v in (0, 10, 20, 30)]
    assert [s.size for s in steps] == [1, 1, 1, 1]
    np.testing.assert_allclose(np.concatenate(steps), [0, 20, 40, 60], atol=1e-4)


def test_constant_image_is_refused() -> None:
    flat = image(np.full((5, 5, 5), 3.0))
    for function in (zscore, intensity_percentiles):
        with pytest.raises(DegenerateInputError, match="same intensity"):
            function(flat, "image", where="flat.nii")
    with pytest.raises(DegenerateInputError, match="same intensity 3"):
        correct_bias(flat, where="flat.nii")


@pytest.mark.parametrize("offset", [0.0, -500.0])
def test_n4_removes_most_of_a_smooth_field(offset: float) -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 48)
    field = np.exp(0.4 * x)[None, None, :] * np.exp(0.2 * x)[None, :, None]
    values = np.zeros((24, 48, 48))
    values[4:20, 6:42, 6:42] = rng.normal(400, 8, (16, 36, 36))
    values[10:16, 18:30, 18:30] += 200
    tissue = np.zeros(values.shape, dtype=bool)
    tissue[4:20, 6:42, 6:42] = True
    tissue[10:16, 18:30, 18:30] = False
    corrected = sitk.GetArrayFromImage(correct_bias(image(values * field + offset), where="x")) - offset

    def spread(v: np.ndarray) -> float:
        return float(v[tissue].std() / v[tissue].mean())

    assert spread(corrected) < 0.35 * spread(values * field)
    everything = values > 0
    assert corrected[everything].mean() == pytest.approx((values * field)[everything].mean(), rel=0.02)
