"""Features of the size and form of a region, and of how its intensities lie in space."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfftn, next_fast_len, rfftn
from scipy.spatial import ConvexHull, QhullError
from scipy.special import eval_legendre

from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.radiomics_mesh import mesh_diameters

# Terms of the series for an ellipsoid's surface; the IBSI's reference values use as many.
_SERIES = 20


def mesh_features(mask: BoolArray, spacing: FloatArray, *, area: float, volume: float) -> dict[str, float]:
    """Features of the region's surface and principal axes :cite:p:`Zwanenburg2020`.

    Parameters
    ----------
    mask
        (z, y, x) region.
    spacing
        (3,) voxel size in mm, z, y, x.
    area, volume
        Of the surface mesh of the mask, mm2 and mm3.

    Returns
    -------
    Value by feature name, lengths in mm. Densities are NaN for a region without thickness.
    """
    voxels = int(mask.sum())
    major, minor, least = _axes(mask, spacing)
    sphere = (36.0 * np.pi * volume**2) ** (1.0 / 3.0)  # surface of the ball of this volume
    features = {
        "MeshVolume": volume,
        "VoxelVolume": voxels * float(np.prod(spacing)),
        "SurfaceArea": area,
        "SurfaceVolumeRatio": area / volume,
        "Compactness1": volume / (np.sqrt(np.pi) * area**1.5),
        "Compactness2": 36.0 * np.pi * volume**2 / area**3,
        "SphericalDisproportion": area / sphere,
        "Sphericity": sphere / area,
        "Asphericity": (area**3 / (36.0 * np.pi * volume**2)) ** (1.0 / 3.0) - 1.0,
        "MajorAxisLength": major,
        "MinorAxisLength": minor,
        "LeastAxisLength": least,
        "Elongation": minor / major,
        "Flatness": least / major,
    }
    return features | _densities(mask, spacing, area, volume, (major / 2.0, minor / 2.0, least / 2.0))


def spatial_features(
    image: FloatArray, region: BoolArray, mask: BoolArray, spacing: FloatArray, *, volume: float
) -> dict[str, float]:
    """How intensities lie in space: shift of the centre of mass, their integral, Moran's I and Geary's C.

    Parameters
    ----------
    image
        (z, y, x) intensities.
    region
        Voxels whose intensity counts.
    mask
        The region's form.
    spacing
        (3,) voxel size in mm, z, y, x.
    volume
        Of the surface mesh, mm3.
    """
    values = image[region].astype(np.float64)
    inside = np.argwhere(region) * spacing
    weight = values.sum()
    centre = (inside * values[:, None]).sum(axis=0) / weight if weight != 0 else np.full(3, np.nan)
    moran, geary = _autocorrelation(image, region, spacing)
    return {
        "CentreOfMassShift": float(np.linalg.norm((np.argwhere(mask) * spacing).mean(axis=0) - centre)),
        "IntegratedIntensity": float(values.mean() * volume),
        "MoransI": moran,
        "GearysC": geary,
    }


def _axes(mask: BoolArray, spacing: FloatArray) -> tuple[float, float, float]:
    """Lengths of the axes of the ellipsoid with the region's second moments."""
    at = np.argwhere(mask) * spacing
    centred = at - at.mean(axis=0)
    # The sample covariance (n - 1), as the IBSI's reference values have it.
    eigenvalues = np.sort(np.linalg.eigvalsh(centred.T @ centred / max(len(at) - 1, 1)))[::-1]
    major, minor, least = 4.0 * np.sqrt(np.maximum(eigenvalues, 0.0))
    return float(major), float(minor), float(least)


def _densities(
    mask: BoolArray, spacing: FloatArray, area: float, volume: float, half_axes: tuple[float, float, float]
) -> dict[str, float]:
    """Diameters; volume and surface as shares of those of the bounding box, the ellipsoid and the convex hull."""
    diameters, corners = mesh_diameters(mask, spacing)
    vertices = corners / 2.0 * spacing
    sides = np.ptp(vertices, axis=0)
    box_area = 2.0 * (sides[0] * sides[1] + sides[1] * sides[2] + sides[0] * sides[2])
    hull_volume = hull_area = float("nan")
    try:
        hull = ConvexHull(vertices)
    except QhullError:
        pass  # a region without thickness has no hull; its densities stay undefined
    else:
        hull_volume, hull_area = float(hull.volume), float(hull.area)
    a, b, c = half_axes
    ellipsoid = 4.0 / 3.0 * np.pi * a * b * c
    return diameters | {
        "VolumeDensityBox": volume / float(np.prod(sides)),
        "AreaDensityBox": area / box_area,
        "VolumeDensityEllipsoid": volume / ellipsoid if ellipsoid > 0 else float("nan"),
        "AreaDensityEllipsoid": area / _ellipsoid_area(a, b, c) if c > 0 else float("nan"),
        "VolumeDensityHull": volume / hull_volume,
        "AreaDensityHull": area / hull_area,
    }


def _ellipsoid_area(a: float, b: float, c: float) -> float:
    """Surface of an ellipsoid with half axes a >= b >= c, by the IBSI's series of Legendre polynomials."""
    alpha, beta = np.sqrt(1.0 - (b / a) ** 2), np.sqrt(1.0 - (c / a) ** 2)
    if alpha * beta == 0.0:
        series = 1.0 if beta == 0.0 else 1.0 - beta**2 / 6.0 - beta**4 / 40.0 - beta**6 / 112.0
        return float(4.0 * np.pi * a * b * series)
    order = np.arange(_SERIES + 1)
    terms = (alpha * beta) ** order / (1.0 - 4.0 * order**2)
    return float(4.0 * np.pi * a * b * (terms * eval_legendre(order, (alpha**2 + beta**2) / (2 * alpha * beta))).sum())


def _autocorrelation(image: FloatArray, region: BoolArray, spacing: FloatArray) -> tuple[float, float]:
    """Moran's I and Geary's C with weights 1 / distance, over all pairs by convolution."""
    where = np.argwhere(region)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    m = region[box].astype(np.float64)
    n = m.sum()
    x = np.where(region[box], image[box] - image[region].mean(dtype=np.float64), 0.0)
    shape = [next_fast_len(2 * s, real=True) for s in m.shape]
    steps = [np.minimum(np.arange(s), s - np.arange(s)) * d for s, d in zip(shape, spacing, strict=True)]
    distance = np.sqrt(steps[0][:, None, None] ** 2 + steps[1][None, :, None] ** 2 + steps[2][None, None, :] ** 2)
    with np.errstate(divide="ignore"):
        weight = np.where(distance > 0, 1.0 / distance, 0.0)
    kernel = rfftn(weight)

    def around(values: FloatArray) -> FloatArray:
        spread: FloatArray = irfftn(rfftn(values, shape) * kernel, shape)
        return spread[: m.shape[0], : m.shape[1], : m.shape[2]]

    neighbours, pulled = around(m), around(x)
    weights, square, product = (m * neighbours).sum(), (x**2).sum(), (x * pulled).sum()
    if square <= 0.0 or weights <= 0.0:
        return float("nan"), float("nan")
    apart = 2.0 * (x**2 * neighbours).sum() - 2.0 * product
    return float(n / weights * product / square), float((n - 1.0) / (2.0 * weights) * apart / square)
