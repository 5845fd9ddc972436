"""How far the surfaces of two masks lie apart, in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.mask_overlap import as_masks


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances between two surfaces, in the unit of the spacing.

    Attributes
    ----------
    hausdorff
        The largest distance from either surface to the other.
    hausdorff_percentile
        The larger of the two directed percentiles.
    mean
        Mean over the voxels of both surfaces together.
    n_a, n_b
        Voxels of either surface.
    """

    hausdorff: float
    hausdorff_percentile: float
    mean: float
    n_a: int
    n_b: int


def surface_distances(
    a: ArrayLike, b: ArrayLike, spacing: Sequence[float], *, percentile: float = 95.0
) -> SurfaceDistances:
    """Hausdorff distances and mean surface distance of two masks :cite:p:`Huttenlocher1993,Heimann2009`.

    A surface is the marked voxels with a face towards one that is not marked, or towards the outside of the array; a
    distance is that of a voxel's centre to the nearest centre of the other surface.

    Parameters
    ----------
    a, b
        Arrays of one shape; what is not 0 is marked.
    spacing
        Of the voxels along each axis of the arrays.
    percentile
        Of the directed distances, in (0, 100]; linear between ranks.

    Raises
    ------
    InputError
        If the shapes differ, or the spacing or the percentile are none.
    DegenerateInputError
        If a mask is empty: there is no distance to a surface that does not exist.
    """
    x, y = as_masks(a, b)
    faults = []
    sides = np.asarray(spacing, dtype=np.float64)
    if sides.shape != (x.ndim,) or not (np.isfinite(sides) & (sides > 0)).all():
        faults.append(Fault(str(list(spacing)), f"{x.ndim} numbers above 0", column="spacing"))
    if not 0 < percentile <= 100:
        faults.append(Fault(repr(percentile), "in (0, 100]", column="percentile"))
    if faults:
        raise InputError("surface_distances", faults)
    for name, mask in (("the first", x), ("the second", y)):
        if not mask.any():
            raise DegenerateInputError("masks", Fault(f"{name} mask is empty", "a marked voxel in both"))
    # Surfaces outside the box of both masks do not exist; one empty voxel around it keeps the array's border a face.
    box = tuple(slice(int(n.min()), int(n.max()) + 1) for n in np.nonzero(x | y))
    x, y = (np.pad(m[box], 1) for m in (x, y))
    edge_x, edge_y = _surface(x), _surface(y)
    to_y, to_x = _distance_to(edge_y, sides)[edge_x], _distance_to(edge_x, sides)[edge_y]
    return SurfaceDistances(
        float(max(to_y.max(), to_x.max())),
        float(max(np.percentile(to_y, percentile), np.percentile(to_x, percentile))),
        float(np.concatenate([to_y, to_x]).mean()),
        int(to_y.size),
        int(to_x.size),
    )


def _surface(mask: BoolArray) -> BoolArray:
    return np.asarray(mask & ~ndimage.binary_erosion(mask))


def _distance_to(surface: BoolArray, spacing: FloatArray) -> FloatArray:
    return np.asarray(ndimage.distance_transform_edt(~surface, sampling=spacing))
