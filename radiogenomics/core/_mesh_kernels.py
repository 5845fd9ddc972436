"""Kernels over the cubes and the vertices of a region's surface mesh.

Masks are (z, y, x) with an empty margin. Vertices lie midway between neighbouring voxels of which one is inside, so
in half voxels they have whole coordinates.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def count_cubes(mask: BoolArray) -> tuple[IntArray, IntArray]:
    """(256,) cubes of each kind, and (256, 3) the sum of their places; corner ``4 z + 2 y + 1 - x`` is a bit."""
    nz, ny, nx = mask.shape
    counts = np.zeros(256, dtype=np.int64)
    places = np.zeros((256, 3), dtype=np.int64)
    for z in range(nz - 1):
        for y in range(ny - 1):
            left = 0
            for x in range(nx):
                right = mask[z, y, x] + 4 * mask[z, y + 1, x] + 16 * mask[z + 1, y, x] + 64 * mask[z + 1, y + 1, x]
                cube = 2 * left + right
                left = right
                if x > 0 and 0 < cube < 255:
                    counts[cube] += 1
                    places[cube, 0] += z
                    places[cube, 1] += y
                    places[cube, 2] += x - 1
    return counts, places


@jit
def row_ends(mask: BoolArray) -> IntArray:
    """(planes, rows, 2) first and last vertex along x of every row of every plane, in half voxels; -1 without any."""
    nz, ny, nx = mask.shape
    ends = np.full((2 * nz - 1, 2 * ny - 1, 2), -1, dtype=np.int64)
    for plane in range(2 * nz - 1):
        z, up = plane // 2, plane % 2
        for row in range(2 * ny - 1):
            y, aside = row // 2, row % 2
            if up + aside == 2:
                continue
            first, last = -1, -1
            for x in range(nx):
                marked = mask[z, y, x] if up + aside == 0 else mask[z, y, x] != mask[z + up, y + aside, x]
                if marked:
                    last = x
                    if first < 0:
                        first = x
            if first >= 0:
                # Along the row itself the surface lies half a voxel beyond its first and last voxel.
                beyond = 1 if up + aside == 0 else 0
                ends[plane, row, 0], ends[plane, row, 1] = 2 * first - beyond, 2 * last + beyond
    return ends


@jit
def plane_hulls(ends: IntArray, row_spacing: float, along_spacing: float) -> tuple[float, IntArray]:
    """Largest squared distance between vertices of one plane; (n, 3) corners of the planes' convex hulls."""
    n_planes, n_rows = ends.shape[0], ends.shape[1]
    corners = np.empty((2 * n_planes * n_rows, 3), dtype=np.int64)
    found = 0
    largest = 0.0
    chain = np.empty((n_rows, 2), dtype=np.int64)
    for plane in range(n_planes):
        start = found
        for side in range(2):
            turn = 1 - 2 * side
            height = 0
            for row in range(n_rows):
                at = ends[plane, row, side]
                if at < 0:
                    continue
                while height > 1:
                    ay, ax = chain[height - 2, 0], chain[height - 2, 1]
                    by, bx = chain[height - 1, 0], chain[height - 1, 1]
                    if turn * ((by - ay) * (at - ax) - (bx - ax) * (row - ay)) > 0:
                        break
                    height -= 1
                chain[height, 0], chain[height, 1] = row, at
                height += 1
            for k in range(height):
                corners[found, 0], corners[found, 1], corners[found, 2] = plane, chain[k, 0], chain[k, 1]
                found += 1
        for i in range(start, found):
            for j in range(start, i):
                dy = corners[i, 1] / 2.0 * row_spacing - corners[j, 1] / 2.0 * row_spacing
                dx = corners[i, 2] / 2.0 * along_spacing - corners[j, 2] / 2.0 * along_spacing
                largest = max(largest, dy * dy + dx * dx)
    return largest, corners[:found]


@jit
def farthest(vertices: IntArray, spacing: FloatArray) -> float:
    """Largest squared distance between vertices in half voxels."""
    largest = 0.0
    for i in range(len(vertices)):
        for j in range(i):
            dz = vertices[i, 0] / 2.0 * spacing[0] - vertices[j, 0] / 2.0 * spacing[0]
            dy = vertices[i, 1] / 2.0 * spacing[1] - vertices[j, 1] / 2.0 * spacing[1]
            dx = vertices[i, 2] / 2.0 * spacing[2] - vertices[j, 2] / 2.0 * spacing[2]
            largest = max(largest, dz * dz + dy * dy + dx * dx)
    return largest
