"""Z-score, histogram matching and bias correction do what they promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError
from radiogenomics.im._clip import clip, percentile_limits, sigma_limits
from radiogenomics.im._n4 import correct_bias
from radiogenomics.im._nyul import to_standard_scale
from radiogenomics.im._standard import brought_to, landmarks_of, learned
from radiogenomics.im._within import foreground, voxels_within
from radiogenomics.im._zscore import zscore
from radiogenomics.schemas.preprocess import N4Settings

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
    source = image(head(0, gain=3.0, offset=-50.0))
    scaled, told = zscore(source, voxels_within(source, within, where="x"))
    values = sitk.GetArrayFromImage(scaled)
    inside = values if within == "image" else values[3:13, 4:26, 4:26]
    assert inside.mean() == pytest.approx(0, abs=1e-4)
    assert inside.std() == pytest.approx(1, abs=1e-4)
    assert told["zscore_mean"] == pytest.approx(voxels_within(source, within, where="x").mean())


def test_zscore_within_a_reference_region() -> None:
    source = image(head(0))
    region = np.zeros((16, 30, 30), dtype=np.uint8)
    region[3:5, 4:26, 4:26] = 1
    inside = voxels_within(source, "reference_region", where="x", region=sitk.GetImageFromArray(region))
    scaled = sitk.GetArrayFromImage(zscore(source, inside)[0])
    assert scaled[region > 0].mean() == pytest.approx(0, abs=1e-4)
    assert scaled[region > 0].std() == pytest.approx(1, abs=1e-4)
    assert scaled[7, 15, 15] == pytest.approx(10, abs=4)  # 500 is ten standard deviations of 20 above 300
    with pytest.raises(DegenerateInputError, match="no reference region"):
        voxels_within(source, "reference_region", where="x")


def test_clipping() -> None:
    values = np.arange(1000.0).reshape(10, 10, 10)
    inside = values.ravel()
    clipped, told = clip(image(values), percentile_limits(inside, (5, 90)))
    out = sitk.GetArrayFromImage(clipped)
    assert out.min() == pytest.approx(np.percentile(inside, 5), abs=1e-3)
    assert out.max() == pytest.approx(np.percentile(inside, 90), abs=1e-3)
    assert told["clipped_share"] == pytest.approx(0.15)
    values[0, 0, 0] = 1e5
    low, high = sigma_limits(values.ravel(), 3)
    mean, sd = values.mean(), values.std()
    assert (low, high) == (pytest.approx(mean - 3 * sd), pytest.approx(mean + 3 * sd))
    out = sitk.GetArrayFromImage(clip(image(values), (low, high))[0])
    np.testing.assert_array_equal(out.ravel()[1:], values.ravel()[1:])
    assert out[0, 0, 0] == pytest.approx(high, rel=1e-6)


def marks(source, method: str, within: str = "foreground") -> np.ndarray:
    return landmarks_of(voxels_within(source, within, where="x"), method)


@pytest.mark.parametrize("method", ["histogram", "nyul"])
def test_matching_undoes_a_gain_and_offset(method: str) -> None:
    reference, other = image(head(0)), image(head(0, gain=2.5, offset=40.0))
    standard = learned(marks(reference, method), method, "")
    matched = sitk.GetArrayFromImage(brought_to(other, marks(other, method), standard.values, method))
    same = sitk.GetArrayFromImage(brought_to(reference, marks(reference, method), standard.values, method))
    np.testing.assert_allclose(matched, same, atol=0.01)
    if method == "histogram":
        np.testing.assert_allclose(matched, head(0), atol=0.01)


@pytest.mark.parametrize("method", ["histogram", "nyul"])
def test_matching_gives_the_standard_s_percentiles_and_keeps_the_order(method: str) -> None:
    other = image(np.sqrt(head(1)))
    standard = learned(marks(image(head(0)), method), method, "").values
    matched = brought_to(other, marks(other, method), standard, method)
    np.testing.assert_allclose(marks_of(matched, other, method), standard, rtol=1e-3, atol=1e-3)
    before, after = np.sqrt(head(1)).ravel(), sitk.GetArrayFromImage(matched).ravel()
    assert (np.diff(after[np.argsort(before, kind="stable")]) >= -1e-3).all()


def marks_of(matched, other, method: str) -> np.ndarray:
    """Landmarks over the voxels that were foreground before."""
    inside = foreground(sitk.GetArrayFromImage(other))
    return landmarks_of(sitk.GetArrayFromImage(matched)[inside].astype(float), method)


def test_stepped_histogram_has_one_target_per_step() -> None:
    values = np.repeat([0.0, 10.0, 20.0, 30.0], 250).reshape(10, 10, 10)
    own = marks(image(values), "histogram", "image")
    matched = sitk.GetArrayFromImage(brought_to(image(values), own, own * 2, "histogram"))
    steps = [np.unique(matched[values == v]) for v in (0, 10, 20, 30)]
    assert [s.size for s in steps] == [1, 1, 1, 1]
    np.testing.assert_allclose(np.concatenate(steps), [0, 20, 40, 60], atol=1e-4)


def test_histogram_matching_agrees_with_itk() -> None:
    """ITK matches quantiles of a binned histogram and the extremes; between the 2nd and 98th percentile both agree."""
    source, target = np.sqrt(head(1)), head(0)
    inside = source > 0
    filter_ = sitk.HistogramMatchingImageFilter()
    filter_.SetNumberOfHistogramLevels(4096)
    filter_.SetNumberOfMatchPoints(99)
    filter_.ThresholdAtMeanIntensityOff()
    tissue = [image(v[v > 0].reshape(10, 22, 22)) for v in (source, target)]
    theirs = sitk.GetArrayFromImage(filter_.Execute(*tissue)).ravel()
    own, standard = (landmarks_of(v[v > 0], "histogram") for v in (source, target))
    ours = sitk.GetArrayFromImage(brought_to(image(source), own, standard, "histogram"))[inside]
    values = source[inside]
    middle = (values > np.percentile(values, 2)) & (values < np.percentile(values, 98))
    difference = np.abs(ours - theirs)[middle]
    spread = np.ptp(head(0)[head(0) > 0])
    assert np.quantile(difference, 0.99) < 0.01 * spread


def test_nyul_agrees_with_the_reference_implementation() -> None:
    """Landmarks and images of the package intensity-normalization; see tests/reference/nyul."""
    folder = Path(__file__).parents[1] / "reference" / "nyul"
    theirs = pd.read_csv(folder / "standard.csv")
    mapped = pd.read_csv(folder / "mapped.csv")
    images = [head(seed, gain, offset) ** 0.9 for seed, gain, offset in ((0, 1.0, 0.0), (1, 2.5, 30.0), (2, 0.4, 5.0))]
    own = np.array([landmarks_of(v[v > v.min()], "nyul") for v in images])
    standard = learned(dict(zip("abc", own, strict=True)), "nyul", "")
    ours = 1 + standard.values * 0.99  # theirs goes from 1 to 100
    np.testing.assert_allclose(ours, theirs["value"], rtol=5e-6)  # single precision
    at = mapped["index"].to_numpy()
    for name, values, marks_ in zip("abc", images, own, strict=True):
        done = 1 + 0.99 * to_standard_scale(values.ravel()[at], marks_, standard.values)
        np.testing.assert_allclose(done, mapped[name], rtol=2e-5)


def test_constant_image_is_refused() -> None:
    flat = image(np.full((5, 5, 5), 3.0))
    with pytest.raises(DegenerateInputError, match="same intensity"):
        voxels_within(flat, "image", where="flat.nii")
    with pytest.raises(DegenerateInputError, match="same intensity 3"):
        correct_bias(flat, N4Settings(), where="flat.nii")


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
    corrected = (
        sitk.GetArrayFromImage(correct_bias(image(values * field + offset), N4Settings(), where="x")[0]) - offset
    )

    def spread(v: np.ndarray) -> float:
        return float(v[tissue].std() / v[tissue].mean())

    assert spread(corrected) < 0.35 * spread(values * field)
    everything = values > 0
    assert corrected[everything].mean() == pytest.approx((values * field)[everything].mean(), rel=0.02)
