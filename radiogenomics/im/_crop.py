"""Boxes of voxels, and how much of an image each filter must see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._optional import optional_import

if TYPE_CHECKING:
    from collections.abc import Sequence

    from SimpleITK import Image

Triple = tuple[int, int, int]

# The recursive Gaussian's response falls as exp(-1.7 x / sigma): 2e-12 at 16 sigma, far under single precision.
LOG_MARGIN_SIGMAS = 16.0


@dataclass(frozen=True)
class Box:
    """Voxels ``start`` to ``stop`` (exclusive) along x, y, z."""

    start: Triple
    stop: Triple

    @property
    def size(self) -> Triple:
        """Voxels along each axis."""
        return _triple([b - a for a, b in zip(self.start, self.stop, strict=True)])

    def union(self, other: Box) -> Box:
        """Smallest box around both."""
        return Box(
            _triple([min(a, b) for a, b in zip(self.start, other.start, strict=True)]),
            _triple([max(a, b) for a, b in zip(self.stop, other.stop, strict=True)]),
        )

    def within(self, outer: Box) -> Box:
        """The same voxels, counted from the corner of ``outer``."""
        return Box(
            _triple([a - o for a, o in zip(self.start, outer.start, strict=True)]),
            _triple([b - o for b, o in zip(self.stop, outer.start, strict=True)]),
        )

    def cut(self, image: Image) -> Image:
        """That part of an image, with its place in space."""
        (x0, y0, z0), (x1, y1, z1) = self.start, self.stop
        part: Image = image[x0:x1, y0:y1, z0:z1]
        return part


def whole(image: Image) -> Box:
    """All of an image."""
    return Box((0, 0, 0), _triple(image.GetSize()))


def bounding_box(mask: Image) -> Box:
    """Smallest box around the marked voxels of a mask that has some."""
    sitk = optional_import("SimpleITK", needed_for="image processing")
    values = sitk.GetArrayViewFromImage(mask)
    start, stop = [], []
    for axis in (2, 1, 0):
        others = tuple(a for a in range(3) if a != axis)
        marked = np.flatnonzero(values.any(axis=others))
        start.append(int(marked[0]))
        stop.append(int(marked[-1]) + 1)
    return Box(_triple(start), _triple(stop))


def wavelet_box(roi: Box, size: Sequence[int], wavelet: str) -> Box:
    """What the undecimated wavelet transform must see so that the region's coefficients are those of the whole image.

    The filters reach at most their own length. The transform wraps around at the image's border, so an axis along
    which the region lies closer to it than that is kept whole.
    """
    pywt = optional_import("pywt", needed_for="wavelet images")
    reach = int(pywt.Wavelet(wavelet).dec_len)
    start, stop = [], []
    for a, b, n in zip(roi.start, roi.stop, size, strict=True):
        fits = a - reach >= 0 and b + reach <= n
        start.append(a - reach if fits else 0)
        stop.append(b + reach if fits else int(n))
    return Box(_triple(start), _triple(stop))


def log_box(roi: Box, size: Sequence[int], spacing: Sequence[float], sigma: float) -> Box:
    """What the Laplacian of Gaussian must see: the region and ``LOG_MARGIN_SIGMAS`` widths around it."""
    return margin_box(roi, size, spacing, LOG_MARGIN_SIGMAS * sigma)


def margin_box(roi: Box, size: Sequence[int], spacing: Sequence[float], margin: float) -> Box:
    """The region and all within ``margin`` mm of it, as far as there is an image."""
    reach = [int(np.ceil(margin / s)) + 1 for s in spacing]
    return Box(
        _triple([max(a - r, 0) for a, r in zip(roi.start, reach, strict=True)]),
        _triple([min(b + r, int(n)) for b, r, n in zip(roi.stop, reach, size, strict=True)]),
    )


def _triple(values: Sequence[int]) -> Triple:
    x, y, z = (int(v) for v in values)
    return x, y, z
