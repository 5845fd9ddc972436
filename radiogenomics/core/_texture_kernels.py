"""Counting kernels of the texture matrices, over volumes of grey-level indices (z, y, x; -1 outside the region).

``offsets`` are rows of (dz, dy, dx). With ``by_slice`` the counts of each slice are kept apart (second axis), which is
for offsets within the slice; otherwise that axis has length one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

Index = NDArray[np.int32]


@jit
def cooccurrences(index: Index, offsets: IntArray, by_slice: bool, n: int) -> FloatArray:
    """(offsets, slices, n, n) symmetric counts of neighbouring pairs."""
    nz, ny, nx = index.shape
    counts = np.zeros((len(offsets), nz if by_slice else 1, n, n))
    for d in range(len(offsets)):
        dz, dy, dx = offsets[d, 0], offsets[d, 1], offsets[d, 2]
        for z in range(max(0, -dz), min(nz, nz - dz)):
            group = z if by_slice else 0
            for y in range(max(0, -dy), min(ny, ny - dy)):
                for x in range(max(0, -dx), min(nx, nx - dx)):
                    a = index[z, y, x]
                    if a >= 0:
                        b = index[z + dz, y + dy, x + dx]
                        if b >= 0:
                            counts[d, group, a, b] += 1.0
                            counts[d, group, b, a] += 1.0
    return counts


@jit
def run_lengths(index: Index, offsets: IntArray, by_slice: bool, n: int) -> FloatArray:
    """(offsets, slices, n, longest possible run) counts of maximal runs of one level."""
    nz, ny, nx = index.shape
    counts = np.zeros((len(offsets), nz if by_slice else 1, n, max(nz, ny, nx)))
    for d in range(len(offsets)):
        dz, dy, dx = offsets[d, 0], offsets[d, 1], offsets[d, 2]
        for z in range(nz):
            group = z if by_slice else 0
            for y in range(ny):
                for x in range(nx):
                    level = index[z, y, x]
                    if level < 0:
                        continue
                    pz, py, px = z - dz, y - dy, x - dx
                    inside = 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx
                    if inside and index[pz, py, px] == level:
                        continue  # not the first voxel of its run
                    length = 1
                    pz, py, px = z + dz, y + dy, x + dx
                    while 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx and index[pz, py, px] == level:
                        length += 1
                        pz, py, px = pz + dz, py + dy, px + dx
                    counts[d, group, level, length - 1] += 1.0
    return counts


@jit
def connected_zones(index: Index, offsets: IntArray, distance: Index) -> IntArray:
    """(zones, 4): level index, voxels, smallest ``distance`` and slice of the first voxel of every connected zone."""
    nz, ny, nx = index.shape
    free = index >= 0
    stack = np.empty((max(free.sum(), 1), 3), dtype=np.int64)
    zones = np.empty((max(free.sum(), 1), 4), dtype=np.int64)
    found = 0
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                if not free[z, y, x]:
                    continue
                level = index[z, y, x]
                free[z, y, x] = False
                stack[0, 0], stack[0, 1], stack[0, 2] = z, y, x
                height, size, nearest = 1, 0, distance[z, y, x]
                while height > 0:
                    height -= 1
                    cz, cy, cx = stack[height, 0], stack[height, 1], stack[height, 2]
                    size += 1
                    nearest = min(nearest, distance[cz, cy, cx])
                    for d in range(len(offsets)):
                        pz, py, px = cz + offsets[d, 0], cy + offsets[d, 1], cx + offsets[d, 2]
                        inside = 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx
                        if inside and free[pz, py, px] and index[pz, py, px] == level:
                            free[pz, py, px] = False
                            stack[height, 0], stack[height, 1], stack[height, 2] = pz, py, px
                            height += 1
                zones[found, 0], zones[found, 1], zones[found, 2], zones[found, 3] = level, size, nearest, z
                found += 1
    return zones[:found]


@jit
def tone_differences(index: Index, grey: FloatArray, offsets: IntArray, by_slice: bool) -> FloatArray:
    """(slices, n, 2): voxels with a neighbour, and their summed difference from the neighbours' mean, per level."""
    nz, ny, nx = index.shape
    found = np.zeros((nz if by_slice else 1, len(grey), 2))
    for z in range(nz):
        group = z if by_slice else 0
        for y in range(ny):
            for x in range(nx):
                level = index[z, y, x]
                if level < 0:
                    continue
                total, n = 0.0, 0
                for d in range(len(offsets)):
                    pz, py, px = z + offsets[d, 0], y + offsets[d, 1], x + offsets[d, 2]
                    if 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx and index[pz, py, px] >= 0:
                        total += grey[index[pz, py, px]]
                        n += 1
                if n > 0:
                    found[group, level, 0] += 1.0
                    found[group, level, 1] += abs(grey[level] - total / n)
    return found


@jit
def dependences(index: Index, grey: FloatArray, offsets: IntArray, by_slice: bool, coarseness: float) -> FloatArray:
    """(slices, n, 1 + offsets) counts of voxels by level and number of like voxels around them (itself is one)."""
    nz, ny, nx = index.shape
    counts = np.zeros((nz if by_slice else 1, len(grey), 1 + len(offsets)))
    for z in range(nz):
        group = z if by_slice else 0
        for y in range(ny):
            for x in range(nx):
                level = index[z, y, x]
                if level < 0:
                    continue
                alike = 0
                for d in range(len(offsets)):
                    pz, py, px = z + offsets[d, 0], y + offsets[d, 1], x + offsets[d, 2]
                    if 0 <= pz < nz and 0 <= py < ny and 0 <= px < nx:
                        other = index[pz, py, px]
                        if other >= 0 and abs(grey[other] - grey[level]) <= coarseness:
                            alike += 1
                counts[group, level, alike] += 1.0
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
