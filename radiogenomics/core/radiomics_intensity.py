"""Features of a region's intensities: statistics, histogram, intensity-volume histogram and local peaks."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core._texture_kernels import sphere_means
from radiogenomics.core.radiomics_levels import Levels

# Radius of a sphere of 1 cm3, mm.
PEAK_RADIUS = (3.0 / (4.0 * np.pi)) ** (1.0 / 3.0) * 10.0


def intensity_statistics(values: FloatArray) -> dict[str, float]:
    """Moments, percentiles and spreads of intensities.

    Parameters
    ----------
    values
        (n,) intensities of the region.

    Returns
    -------
    Value by feature name. ``Kurtosis`` is the excess over a normal distribution's; skewness and kurtosis of a
    constant are 0. Percentiles interpolate linearly.
    """
    x = np.asarray(values, dtype=np.float64)
    mean, variance = float(x.mean()), float(x.var())
    centred = x - mean
    square = centred * centred  # products: powers take several times as long
    varies = variance > 1e-20 * max(mean * mean, 1e-300)
    low, q1, median, q3, high = np.percentile(x, [10, 25, 50, 75, 90])
    middle = x[(x >= low) & (x <= high)]
    return {
        "Mean": mean,
        "Variance": variance,
        "Skewness": float((square * centred).mean() / variance**1.5) if varies else 0.0,
        "Kurtosis": float((square * square).mean() / variance**2 - 3.0) if varies else 0.0,
        "Median": float(median),
        "Minimum": float(x.min()),
        "10Percentile": float(low),
        "25Percentile": float(q1),
        "75Percentile": float(q3),
        "90Percentile": float(high),
        "Maximum": float(x.max()),
        "InterquartileRange": float(q3 - q1),
        "Range": float(x.max() - x.min()),
        "MeanAbsoluteDeviation": float(np.abs(centred).mean()),
        "RobustMeanAbsoluteDeviation": float(np.abs(middle - middle.mean()).mean()) if len(middle) else float("nan"),
        "MedianAbsoluteDeviation": float(np.abs(x - median).mean()),
        "CoefficientOfVariation": _ratio(np.sqrt(variance), mean),
        "QuartileCoefficientOfDispersion": _ratio(float(q3 - q1), float(q3 + q1)),
        "Energy": float((x**2).sum()),
        "RootMeanSquared": float(np.sqrt((x**2).mean())),
    }


def histogram_features(levels: Levels) -> dict[str, float]:
    """The same statistics of the grey levels, and the form of their histogram."""
    counts = level_counts(levels)
    grey = np.arange(1.0, len(counts) + 1.0)
    values = np.repeat(grey, counts.astype(np.int64))
    statistics = intensity_statistics(values)
    for absent in ("Energy", "RootMeanSquared"):
        del statistics[absent]
    modes = grey[counts == counts.max()]
    gradient = np.gradient(counts) if len(counts) > 1 else np.zeros(1)
    return statistics | {
        "Mode": float(modes[np.argmin(np.abs(modes - statistics["Mean"]))]),
        **level_disorder(levels),
        "MaximumGradient": float(gradient.max()),
        "MaximumGradientLevel": float(grey[np.argmax(gradient)]),
        "MinimumGradient": float(gradient.min()),
        "MinimumGradientLevel": float(grey[np.argmin(gradient)]),
    }


def level_disorder(levels: Levels) -> dict[str, float]:
    """Entropy (bits) and uniformity of the grey levels."""
    counts = level_counts(levels)
    p = counts[counts > 0] / counts.sum()
    return {"Entropy": float(-(p * np.log2(p)).sum()), "Uniformity": float((p**2).sum())}


def level_counts(levels: Levels) -> FloatArray:
    """(n_levels,) voxels of each level, from 1."""
    counts = np.bincount(levels.index[levels.index >= 0], minlength=len(levels.grey)).astype(np.float64)
    full = np.zeros(levels.n_levels)
    full[levels.grey.astype(np.int64) - 1] = counts
    return full


def volume_histogram_features(values: FloatArray, *, low: float, high: float, width: float) -> dict[str, float]:
    """Features of the intensity-volume histogram: how much of the region has at least an intensity.

    Parameters
    ----------
    values
        (n,) intensities, already at the centres of their bins where they are binned.
    low, high
        Ends of the intensity scale: of fraction 0 and of fraction 1.
    width
        Distance between the intensities the histogram has.
    """
    n_bins = int(np.floor((high - low) / width + 0.5)) + 1
    scale = low + width * np.arange(n_bins)
    place = np.clip(np.floor((values - low) / width + 0.5).astype(np.int64), 0, n_bins - 1)
    counts = np.bincount(place, minlength=n_bins)
    volume = 1.0 - (np.cumsum(counts) - counts) / len(values)
    fraction = (scale - low) / (high - low) if high > low else np.ones(1)

    def volume_at(share: float) -> float:
        return float(volume[fraction >= share - 1e-12].max(initial=0.0))

    def intensity_at(share: float) -> float:
        under = scale[volume <= share + 1e-12]
        return float(under.min()) if len(under) else float(scale[-1] + width)

    v10, v90, i10, i90 = volume_at(0.1), volume_at(0.9), intensity_at(0.1), intensity_at(0.9)
    return {
        "VolumeAtIntensityFraction10": v10,
        "VolumeAtIntensityFraction90": v90,
        "IntensityAtVolumeFraction10": i10,
        "IntensityAtVolumeFraction90": i90,
        "VolumeFractionDifference": v10 - v90,
        "IntensityFractionDifference": i10 - i90,
    }


def peak_features(image: FloatArray, mask: BoolArray, spacing: FloatArray) -> dict[str, float]:
    """Mean intensity in a sphere of 1 cm3 around the brightest voxel, and the highest such mean in the region.

    Parameters
    ----------
    image, mask
        (z, y, x); the image reaches as far beyond the region as there is any, up to the sphere's radius.
    spacing
        (3,) voxel size in mm, z, y, x.
    """
    reach = np.floor(PEAK_RADIUS / spacing).astype(np.int64)
    steps = np.stack(np.meshgrid(*[np.arange(-r, r + 1) for r in reach], indexing="ij"), axis=-1).reshape(-1, 3)
    offsets = steps[((steps * spacing) ** 2).sum(axis=1) <= PEAK_RADIUS**2]
    voxels = np.argwhere(mask)
    means = sphere_means(np.ascontiguousarray(image, dtype=np.float64), voxels, offsets)
    values = image[mask]
    return {
        "LocalIntensityPeak": float(means[values == values.max()].max()),
        "GlobalIntensityPeak": float(means.max()),
    }


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator != 0 else float("nan")
