"""Kernels of the radiomic features against slow twins written from the definitions, and cases counted by hand."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.radiomics_cooccurrence import cooccurrence_features
from radiogenomics.core.radiomics_intensity import (
    PEAK_RADIUS,
    histogram_features,
    intensity_statistics,
    peak_features,
    volume_histogram_features,
)
from radiogenomics.core.radiomics_levels import levels_of, neighbour_offsets
from radiogenomics.core.radiomics_shape import mesh_features, spatial_features
from radiogenomics.core.radiomics_sizes import dependence_features, run_features, zone_features
from radiogenomics.core.radiomics_tones import tone_features

AROUND = [o for o in itertools.product((-1, 0, 1), repeat=3) if o != (0, 0, 0)]
FORWARD = [o for o in AROUND if o > (0, 0, 0)]


def patch(seed: int, size: tuple[int, int, int] = (3, 5, 4)) -> tuple[np.ndarray, np.ndarray]:
    """Whole intensities and a ragged region."""
    rng = np.random.default_rng(seed)
    mask = rng.random(size) < 0.75
    mask[1, 1:3, 1:3] = True
    return rng.integers(1, 6, size).astype(float), mask


def grey_of(image: np.ndarray, mask: np.ndarray) -> dict[tuple[int, ...], int]:
    low = image[mask].min()
    return {tuple(v): int(image[tuple(v)] - low) + 1 for v in np.argwhere(mask).tolist()}


def plus(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i + j for i, j in zip(a, b, strict=True))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_pairs_as_counted_one_by_one(seed: int) -> None:
    image, mask = patch(seed)
    grey = grey_of(image, mask)
    found = cooccurrence_features(levels_of(image, mask, bin_width=1.0))
    per_direction = []
    for step in FORWARD:
        pairs: Counter[tuple[int, int]] = Counter()
        for v, level in grey.items():
            if plus(v, step) in grey:
                pairs[level, grey[plus(v, step)]] += 1
                pairs[grey[plus(v, step)], level] += 1
        total = sum(pairs.values())
        if total:
            p = {k: n / total for k, n in pairs.items()}
            mean = sum(q * i for (i, _), q in p.items())
            entropy = -sum(q * np.log2(q) for q in p.values())
            per_direction.append((
                sum(q * (i - j) ** 2 for (i, j), q in p.items()), entropy,
                sum(q * (i + j - 2 * mean) ** 3 for (i, j), q in p.items()),
            ))  # fmt: skip
    expected = np.mean(per_direction, axis=0)
    names = ("Contrast", "JointEntropy", "ClusterShade")
    np.testing.assert_allclose([found[n] for n in names], expected, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_runs_as_counted_one_by_one(seed: int) -> None:
    image, mask = patch(seed)
    grey = grey_of(image, mask)
    found = run_features(levels_of(image, mask, bin_width=1.0), aggregation="3d_v_mrg")
    runs = []
    for step in FORWARD:
        back = tuple(-s for s in step)
        for v, level in grey.items():
            if grey.get(plus(v, back)) == level:
                continue
            length, at = 1, plus(v, step)
            while grey.get(at) == level:
                length, at = length + 1, plus(at, step)
            runs.append((level, length))
    level, length = np.array(runs, dtype=float).T
    assert found["RunPercentage"] == pytest.approx(len(runs) / (13 * mask.sum()))
    assert found["ShortRunEmphasis"] == pytest.approx((1 / length**2).mean())
    assert found["LongRunHighGrayLevelEmphasis"] == pytest.approx((level**2 * length**2).mean())
    assert found["RunVariance"] == pytest.approx(length.var())


@given(seed=st.integers(0, 10_000), flat=st.booleans())
@settings(max_examples=20, deadline=None)
def test_zones_and_their_distances_as_grown_one_by_one(seed: int, flat: bool) -> None:
    image, mask = patch(seed, (4, 6, 6))
    grey = grey_of(image, mask)
    steps = [o for o in AROUND if not flat or o[0] == 0]
    faces = [o for o in steps if sum(map(abs, o)) == 1]
    layer = dict.fromkeys(grey, 0)  # steps to leave the region, by peeling it
    left, depth = set(grey), 0
    while left:
        depth += 1
        border = {v for v in left if any(plus(v, f) not in left for f in faces)}
        layer |= dict.fromkeys(border, depth)
        left -= border
    zones, seen = [], set()
    for v, level in grey.items():
        if v in seen:
            continue
        zone, todo = {v}, [v]
        while todo:
            at = todo.pop()
            new = {w for s in steps if (w := plus(at, s)) not in zone and grey.get(w) == level}
            zone |= new
            todo += new
        seen |= zone
        zones.append((level, len(zone), min(layer[w] for w in zone)))
    level, size, distance = np.array(zones, dtype=float).T
    by_size, by_distance = zone_features(
        levels_of(image, mask, bin_width=1.0), mask, aggregation="2.5d_v_mrg" if flat else "3d_avg"
    )
    assert by_size["ZonePercentage"] == pytest.approx(len(zones) / mask.sum())
    assert by_size["ZoneVariance"] == pytest.approx(size.var())
    assert by_size["SmallAreaHighGrayLevelEmphasis"] == pytest.approx((level**2 / size**2).mean())
    assert by_distance["LargeDistanceEmphasis"] == pytest.approx((distance**2).mean())
    assert by_distance["SmallDistanceLowGrayLevelEmphasis"] == pytest.approx((1 / distance**2 / level**2).mean())


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_neighbourhoods_as_looked_at_one_by_one(seed: int) -> None:
    image, mask = patch(seed)
    grey = grey_of(image, mask)
    levels = levels_of(image, mask, bin_width=1.0)
    alike, tones = [], {}
    for v, level in grey.items():
        near = [grey[plus(v, o)] for o in AROUND if plus(v, o) in grey]
        alike.append((level, 1 + near.count(level)))
        if near:
            tones.setdefault(level, []).append(abs(level - np.mean(near)))
    level, like = np.array(alike, dtype=float).T
    found = dependence_features(levels)
    assert found["LargeDependenceEmphasis"] == pytest.approx((like**2).mean())
    assert found["SmallDependenceHighGrayLevelEmphasis"] == pytest.approx((level**2 / like**2).mean())
    assert found["DependencePercentage"] == 1
    n = sum(map(len, tones.values()))
    p = {g: len(d) / n for g, d in tones.items()}
    s = {g: sum(d) for g, d in tones.items()}
    own = tone_features(levels)
    assert own["Coarseness"] == pytest.approx(1 / sum(p[g] * s[g] for g in p))
    assert own["Strength"] == pytest.approx(sum((p[a] + p[b]) * (a - b) ** 2 for a in p for b in p) / sum(s.values()))
    swings = sum(abs(a * p[a] - b * p[b]) for a in p for b in p)
    assert own["Busyness"] == pytest.approx(sum(p[g] * s[g] for g in p) / swings if len(p) > 1 else 0)


@pytest.mark.parametrize("aggregation", ["2d_avg", "2d_s_mrg"])
def test_slices_are_averaged_and_stacked(aggregation: str) -> None:
    image, mask = patch(3, (4, 7, 6))
    image[0, 0, 0], mask[0, 0, 0] = 1, True
    low = float(image[mask].min())
    whole = levels_of(image, mask, bin_width=1.0)
    each = [levels_of(image[z : z + 1], mask[z : z + 1], bin_width=1.0, start=low) for z in range(4)]
    for features in (
        lambda x: run_features(x, aggregation=aggregation),
        lambda x: dependence_features(x, aggregation=aggregation),
        lambda x: tone_features(x, aggregation=aggregation),
    ):
        expected = {k: np.mean([features(one)[k] for one in each]) for k in features(whole)}
        assert features(whole) == pytest.approx(expected)


def test_merged_slices_are_the_slices_counts_together() -> None:
    """Slices far apart in space give the merged two-dimensional matrix, whatever the distance is."""
    image, mask = patch(5, (3, 6, 6))
    spread, spread_mask = np.zeros((5, 6, 6)), np.zeros((5, 6, 6), dtype=bool)
    spread[::2], spread_mask[::2] = image, mask
    merged = dependence_features(levels_of(image, mask, bin_width=1.0), aggregation="2.5d_v_mrg")
    # In space the distance-1 neighbours of a slice whose neighbours are empty are those in the slice.
    assert merged == pytest.approx(dependence_features(levels_of(spread, spread_mask, bin_width=1.0)))


def test_levels_by_hand() -> None:
    image, mask = np.array([[[0.0, 4.9, 5.0, 9.9, 10.0]]]), np.ones((1, 1, 5), dtype=bool)
    fixed = levels_of(image, mask, bin_width=5.0)
    assert fixed.grey[fixed.index].ravel().tolist() == [1, 1, 2, 2, 3]
    assert fixed.n_levels == 3
    started = levels_of(image, mask, bin_width=5.0, start=-5.0)
    assert started.grey[started.index].ravel().tolist() == [2, 2, 3, 3, 4]
    counted = levels_of(image, mask, bin_count=2)
    assert counted.grey[counted.index].ravel().tolist() == [1, 1, 2, 2, 2]
    assert levels_of(np.full((1, 1, 5), 7.0), mask, bin_count=8).grey.tolist() == [1]
    # 0.3 / 0.1 is less than 3 in binary.
    assert levels_of(np.array([[[0.0, 0.3]]]), mask[..., :2], bin_width=0.1).n_levels == 4


def test_levels_that_cannot_be() -> None:
    image, mask = np.arange(5000.0).reshape(1, 50, 100), np.ones((1, 50, 100), dtype=bool)
    with pytest.raises(InputError, match="exactly one"):
        levels_of(image, mask)
    with pytest.raises(InputError, match="at least the first edge"):
        levels_of(image, mask, bin_width=1.0, start=3.0)
    with pytest.raises(DegenerateInputError, match="5000 levels"):
        levels_of(image, mask, bin_width=1.0)


@pytest.mark.parametrize(("distances", "n"), [((1,), 13), ((2,), 49), ((1, 2), 62)])
def test_offsets(distances: tuple[int, ...], n: int) -> None:
    assert len(neighbour_offsets(distances, flat=False, half=True)) == n
    assert len(neighbour_offsets(distances, flat=False, half=False)) == 2 * n


def test_region_of_one_level_and_lone_voxels() -> None:
    image, mask = np.full((2, 3, 3), 4.0), np.ones((2, 3, 3), dtype=bool)
    flat = cooccurrence_features(levels_of(image, mask, bin_count=8))
    assert (flat["Correlation"], flat["MCC"], flat["JointEntropy"], flat["Imc1"]) == (1, 1, 0, 0)
    assert tone_features(levels_of(image, mask, bin_count=8)) == {
        "Coarseness": 1e6, "Contrast": 0, "Busyness": 0, "Complexity": 0, "Strength": 0,
    }  # fmt: skip
    apart = np.zeros((1, 5, 5), dtype=bool)
    apart[0, 0, 0] = apart[0, 4, 4] = True
    lone = levels_of(np.arange(25.0).reshape(1, 5, 5), apart, bin_count=2)
    assert all(np.isnan(v) for v in cooccurrence_features(lone).values())
    assert all(np.isnan(v) for v in tone_features(lone).values())
    assert run_features(lone)["RunPercentage"] == 1


def test_ball_has_the_form_of_a_ball() -> None:
    radius, spacing = 11.7, np.array([1.0, 0.5, 0.5])
    z, y, x = np.meshgrid(
        *[(np.arange(n) - n // 2) * s for n, s in zip((29, 57, 57), spacing, strict=True)], indexing="ij"
    )
    mask = z**2 + y**2 + x**2 <= radius**2
    area, volume = 4 * np.pi * radius**2, 4 / 3 * np.pi * radius**3
    found = mesh_features(mask, spacing, area=area, volume=volume)
    assert found["Sphericity"] == pytest.approx(1)
    assert found["Compactness2"] == pytest.approx(1)
    assert found["Asphericity"] == pytest.approx(0, abs=1e-12)
    assert 2 * radius - 1 < found["Maximum3DDiameter"] < 2 * radius + 1  # of voxels up to half of one further out
    assert found["VolumeDensityBox"] == pytest.approx(np.pi / 6, rel=0.03)
    assert found["VolumeDensityHull"] == pytest.approx(1, rel=0.06)
    # A solid ball's second moments are those of an ellipsoid with axes 4 / sqrt(5) radii long.
    assert found["MajorAxisLength"] == pytest.approx(4 / np.sqrt(5) * radius, rel=0.01)
    assert found["Flatness"] == pytest.approx(1, rel=0.01)
    assert found["AreaDensityEllipsoid"] == pytest.approx((np.sqrt(5) / 2) ** 2, rel=0.02)


def test_spatial_correlation_as_summed_over_all_pairs() -> None:
    image, mask = patch(8, (4, 5, 6))
    spacing = np.array([2.0, 1.0, 0.7])
    at, x = np.argwhere(mask) * spacing, image[mask]
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    weight = np.divide(1.0, distance, where=distance > 0, out=np.zeros_like(distance))
    centred, n = x - x.mean(), len(x)
    moran = n / weight.sum() * (weight * np.outer(centred, centred)).sum() / (centred**2).sum()
    geary = (n - 1) / (2 * weight.sum()) * (weight * (x[:, None] - x[None]) ** 2).sum() / (centred**2).sum()
    found = spatial_features(image, mask, mask, spacing, volume=3.0)
    assert found["MoransI"] == pytest.approx(moran)
    assert found["GearysC"] == pytest.approx(geary)
    assert found["IntegratedIntensity"] == pytest.approx(3 * x.mean())
    centre = (at * x[:, None]).sum(axis=0) / x.sum()
    assert found["CentreOfMassShift"] == pytest.approx(np.linalg.norm(at.mean(axis=0) - centre))


def test_peaks_as_averaged_over_all_voxels() -> None:
    rng = np.random.default_rng(1)
    image, spacing = rng.normal(10, 3, (6, 9, 9)), np.array([3.0, 2.0, 2.0])
    mask = np.zeros(image.shape, dtype=bool)
    mask[2:4, 3:6, 3:6] = True
    where = np.indices(image.shape).reshape(3, -1).T * spacing

    def mean_around(v: np.ndarray) -> float:
        return float(image.ravel()[np.linalg.norm(where - v * spacing, axis=1) <= PEAK_RADIUS].mean())

    voxels = np.argwhere(mask)
    found = peak_features(image, mask, spacing)
    assert found["GlobalIntensityPeak"] == pytest.approx(max(map(mean_around, voxels)))
    assert found["LocalIntensityPeak"] == pytest.approx(mean_around(voxels[image[mask].argmax()]))
    assert pytest.approx(6.2, abs=0.01) == PEAK_RADIUS


def test_statistics_and_histograms_by_hand() -> None:
    x = np.array([1.0, 2, 2, 3, 12])
    found = intensity_statistics(x)
    assert (found["Mean"], found["Median"], found["Range"], found["Energy"]) == (4, 2, 11, 162)
    assert found["Variance"] == pytest.approx(16.4)
    assert found["Kurtosis"] == pytest.approx(((x - 4) ** 4).mean() / 16.4**2 - 3)
    assert found["MedianAbsoluteDeviation"] == pytest.approx(2.4)
    constant = intensity_statistics(np.full(4, 3.0))
    assert (constant["Skewness"], constant["Kurtosis"], constant["CoefficientOfVariation"]) == (0, 0, 0)
    assert np.isnan(intensity_statistics(np.array([-1.0, 1.0]))["CoefficientOfVariation"])
    histogram = histogram_features(levels_of(x.reshape(1, 1, 5), np.ones((1, 1, 5), dtype=bool), bin_width=1.0))
    assert (histogram["Mode"], histogram["Maximum"]) == (2, 12)
    assert histogram["Entropy"] == pytest.approx(-(3 * 0.2 * np.log2(0.2) + 0.4 * np.log2(0.4)))
    assert (histogram["MaximumGradient"], histogram["MinimumGradientLevel"]) == (1, 3)


def test_volume_histogram_by_hand() -> None:
    found = volume_histogram_features(np.array([0.0, 5, 5, 10]), low=0.0, high=10.0, width=1.0)
    assert found["VolumeAtIntensityFraction10"] == 0.75
    assert found["VolumeAtIntensityFraction90"] == 0.25
    assert found["IntensityAtVolumeFraction10"] == 11  # even the brightest intensity is in a quarter of the volume
    assert found["IntensityAtVolumeFraction90"] == 1
    assert found["VolumeFractionDifference"] == 0.5
