"""Counting kernels of the texture matrices, over volumes of grey-level indices (z, y, x; -1 outside the region).

``offsets`` are rows of (dz, dy, dx). With ``by_slice`` the counts of each slice are kept apart (second axis), which is
for offsets within the slice; otherwise that axis has length one. Volumes are given a margin as wide as the offsets
reach and are walked as one line, so that no neighbour has to be asked whether it exists.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

Index = NDArray[np.int32]


@jit
def padded(index: Index, offsets: IntArray) -> tuple[Index, IntArray, IntArray]:
    """The volume with a margin, as one line; places of the region's voxels in it; offsets along it."""
    reach = np.abs(offsets).max()
    nz, ny, nx = index.shape
    wide_y, wide_x = ny + 2 * reach, nx + 2 * reach
    line = np.full((nz + 2 * reach) * wide_y * wide_x, -1, dtype=np.int32)
    places = np.empty(index.size, dtype=np.int64)
    found = 0
    for z in range(nz):
        for y in range(ny):
            start = ((z + reach) * wide_y + y + reach) * wide_x + reach
            for x in range(nx):
                if index[z, y, x] >= 0:
                    line[start + x] = index[z, y, x]
                    places[found] = start + x
                    found += 1
    steps = (offsets[:, 0] * wide_y + offsets[:, 1]) * wide_x + offsets[:, 2]
    return line, places[:found], steps


@jit
def slice_of(index: Index, by_slice: bool) -> IntArray:
    """Group of each voxel of the region, in the order of ``padded``: its slice, or 0."""
    nz = index.shape[0]
    groups = np.zeros((index >= 0).sum(), dtype=np.int64)
    if by_slice:
        start = 0
        for z in range(nz):
            n = (index[z] >= 0).sum()
            groups[start : start + n] = z
            start += n
    return groups


@jit
def cooccurrences(index: Index, offsets: IntArray, by_slice: bool, n: int) -> FloatArray:
    """(offsets, slices, n, n) symmetric counts of neighbouring pairs."""
    line, places, steps = padded(index, offsets)
    groups = slice_of(index, by_slice)
    counts = np.zeros((len(steps), index.shape[0] if by_slice else 1, n, n))
    for d in range(len(steps)):
        step = steps[d]
        for v in range(len(places)):
            other = line[places[v] + step]
            if other >= 0:
                counts[d, groups[v], line[places[v]], other] += 1.0
        for group in range(counts.shape[1]):
            counts[d, group] += counts[d, group].T.copy()
    return counts


@jit
def run_lengths(index: Index, offsets: IntArray, by_slice: bool, n: int) -> FloatArray:
    """(offsets, slices, n, longest run) counts of maximal runs of one level."""
    line, places, steps = padded(index, offsets)
    groups = slice_of(index, by_slice)
    counts = np.zeros((len(steps), index.shape[0] if by_slice else 1, n, max(index.shape)))
    longest = 1
    for d in range(len(steps)):
        step = steps[d]
        for v in range(len(places)):
            at = places[v]
            level = line[at]
            if line[at - step] == level:
                continue  # not the first voxel of its run
            length = 1
            at += step
            while line[at] == level:
                length += 1
                at += step
            counts[d, groups[v], level, length - 1] += 1.0
            longest = max(longest, length)
    return counts[:, :, :, :longest].copy()


@jit
def connected_zones(index: Index, offsets: IntArray, distance: Index) -> IntArray:
    """(zones, 4): level index, voxels, smallest ``distance`` and slice of the first voxel of every connected zone.

    ``distance`` is of each voxel of the region in its order (z, y, x), or empty where it is of no interest.
    """
    line, places, steps = padded(index, offsets)
    groups = slice_of(index, True)
    near = np.zeros(len(line) if len(distance) else 0, dtype=np.int32)
    for v in range(len(distance)):
        near[places[v]] = distance[v]
    stack = np.empty(max(len(places), 1), dtype=np.int64)
    zones = np.empty((max(len(places), 1), 4), dtype=np.int64)
    found = 0
    for v in range(len(places)):
        level = line[places[v]]
        if level < 0:
            continue
        line[places[v]] = -1  # seen
        stack[0] = places[v]
        height, size, nearest = 1, 0, 2**31 - 1
        while height > 0:
            height -= 1
            at = stack[height]
            size += 1
            if len(near):
                nearest = min(nearest, near[at])
            for d in range(len(steps)):
                other = at + steps[d]
                if line[other] == level:
                    line[other] = -1
                    stack[height] = other
                    height += 1
        zones[found, 0], zones[found, 1], zones[found, 2], zones[found, 3] = level, size, nearest, groups[v]
        found += 1
    return zones[:found]


@jit
def tone_differences(index: Index, grey: FloatArray, offsets: IntArray, by_slice: bool) -> FloatArray:
    """(slices, n, 2): voxels with a neighbour, and their summed difference from the neighbours' mean, per level."""
    line, places, steps = padded(index, offsets)
    groups = slice_of(index, by_slice)
    value = np.append(grey, 0.0)  # of outside, which is -1
    found = np.zeros((index.shape[0] if by_slice else 1, len(grey), 2))
    for v in range(len(places)):
        at = places[v]
        level = line[at]
        total, n = 0.0, 0
        for d in range(len(steps)):
            other = line[at + steps[d]]
            total += value[other]
            n += other >= 0
        if n > 0:
            found[groups[v], level, 0] += 1.0
            found[groups[v], level, 1] += abs(grey[level] - total / n)
    return found


@jit
def dependences(index: Index, grey: FloatArray, offsets: IntArray, by_slice: bool, coarseness: float) -> FloatArray:
    """(slices, n, 1 + offsets) counts of voxels by level and number of like voxels around them (itself is one)."""
    line, places, steps = padded(index, offsets)
    groups = slice_of(index, by_slice)
    value = np.append(grey, np.inf)
    counts = np.zeros((index.shape[0] if by_slice else 1, len(grey), 1 + len(steps)))
    for v in range(len(places)):
        at = places[v]
        level = line[at]
        alike = 0
        if coarseness == 0.0:
            for d in range(len(steps)):
                alike += line[at + steps[d]] == level
        else:
            for d in range(len(steps)):
                alike += abs(value[line[at + steps[d]]] - grey[level]) <= coarseness
        counts[groups[v], level, alike] += 1.0
    return counts


@jit
def sphere_means(image: FloatArray, voxels: IntArray, offsets: IntArray) -> FloatArray:
    """Mean of the image over the ``offsets`` around each of the ``voxels``, as far as they lie in it."""
    nz, ny, nx = image.shape
    means = np.empty(len(voxels))
    for v in range(len(voxels)):
        total, n = 0.0, 0
        for d in range(len(offsets)):
            pz, py, px = voxels[v, 0] + offsets[d, 0], voxels[v, 1] + offsets[d, 1], voxels[v, 2] + offsets[d, 2]
            if 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx:
                total += image[pz, py, px]
                n += 1
        means[v] = total / n
    return means
