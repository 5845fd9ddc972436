"""Agglomerative trees of a distance matrix, cut at several numbers of groups at once (compiled)."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

#: Linkages by code. The last two can merge below an earlier merge, which the nearest-neighbour chain cannot follow.
LINKAGES = ("average", "complete", "single", "weighted", "ward", "centroid", "median")
_SQUARED = 4  # from this code on the update formula is one of squared distances


@jit
def _updated(code: int, dx: float, dy: float, dxy: float, nx: float, ny: float, nz: float) -> float:
    """Distance of cluster z to the union of x and y (Lance and Williams)."""
    if code == 0:
        return (nx * dx + ny * dy) / (nx + ny)
    if code == 1:
        return max(dx, dy)
    if code == 2:
        return min(dx, dy)
    if code == 3:
        return 0.5 * (dx + dy)
    if code == 4:
        return ((nx + nz) * dx + (ny + nz) * dy - nz * dxy) / (nx + ny + nz)
    if code == 5:
        return (nx * dx + ny * dy - nx * ny / (nx + ny) * dxy) / (nx + ny)
    return 0.5 * (dx + dy) - 0.25 * dxy


@jit
def _join(d: FloatArray, size: FloatArray, active: IntArray, n_active: int, x: int, y: int, code: int) -> int:
    """Merge x into y in ``d`` and drop x from the active list."""
    dxy = d[x, y]
    position = 0
    for a in range(n_active):
        z = active[a]
        if z == x:
            position = a
        elif z != y:
            new = _updated(code, d[x, z], d[y, z], dxy, size[x], size[y], size[z])
            d[y, z] = new
            d[z, y] = new
    size[y] += size[x]
    for a in range(position, n_active - 1):
        active[a] = active[a + 1]
    return n_active - 1


@jit
def _chain(d: FloatArray, code: int, pairs: IntArray, heights: FloatArray) -> None:
    """Nearest-neighbour chain: O(n^2) for linkages whose merges never come closer."""
    m = d.shape[0]
    size = np.ones(m)
    active = np.arange(m)
    n_active = m
    chain = np.empty(m, dtype=np.int64)
    length = 0
    for t in range(m - 1):
        if length == 0:
            chain[0] = active[0]
            length = 1
        while True:
            x = chain[length - 1]
            # On a tie the previous element wins, otherwise the chain could run in a circle.
            y = chain[length - 2] if length > 1 else -1
            best = d[x, y] if length > 1 else np.inf
            for a in range(n_active):
                z = active[a]
                if z != x and d[x, z] < best:
                    best = d[x, z]
                    y = z
            if length > 1 and y == chain[length - 2]:
                break
            chain[length] = y
            length += 1
        length -= 2
        pairs[t, 0] = x
        pairs[t, 1] = y
        heights[t] = best
        n_active = _join(d, size, active, n_active, x, y, code)


@jit
def _nearest_first(d: FloatArray, code: int, pairs: IntArray, heights: FloatArray) -> None:
    """Search the closest pair anew at each merge: O(n^3), for linkages that can invert."""
    m = d.shape[0]
    size = np.ones(m)
    active = np.arange(m)
    n_active = m
    for t in range(m - 1):
        best = np.inf
        x = -1
        y = -1
        for a in range(n_active):
            for b in range(a + 1, n_active):
                if d[active[a], active[b]] < best:
                    best = d[active[a], active[b]]
                    x = active[a]
                    y = active[b]
        pairs[t, 0] = x
        pairs[t, 1] = y
        heights[t] = best
        n_active = _join(d, size, active, n_active, x, y, code)


@jit
def _root(parent: IntArray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@jit
def merge_tree(d: FloatArray, code: int) -> tuple[IntArray, FloatArray]:
    """Merges from the closest to the farthest: pairs of members (m - 1, 2) and their heights. Overwrites ``d``."""
    m = d.shape[0]
    pairs = np.empty((m - 1, 2), dtype=np.int64)
    heights = np.empty(m - 1)
    if code >= _SQUARED:
        for i in range(m):
            for j in range(m):
                d[i, j] *= d[i, j]
    if code <= _SQUARED:
        _chain(d, code, pairs, heights)
        order = np.argsort(heights, kind="mergesort")
        pairs = pairs[order]
        heights = heights[order]
    else:
        _nearest_first(d, code, pairs, heights)
    if code >= _SQUARED:
        for t in range(m - 1):
            heights[t] = np.sqrt(max(heights[t], 0.0))
    return pairs, heights


@jit
def cut_tree(pairs: IntArray, ks: IntArray, out: IntArray) -> None:
    """Labels 0..k-1, numbered by first member, into ``out[j]`` for every ``ks[j]`` (any order)."""
    m = pairs.shape[0] + 1
    parent = np.arange(m)
    name = np.empty(m, dtype=np.int64)
    done = 0
    for j in np.argsort(-ks, kind="mergesort"):
        while done < m - ks[j]:
            parent[_root(parent, pairs[done, 0])] = _root(parent, pairs[done, 1])
            done += 1
        name[:] = -1
        used = 0
        for i in range(m):
            root = _root(parent, i)
            if name[root] < 0:
                name[root] = used
                used += 1
            out[j, i] = name[root]


def tree_labels(d: FloatArray, n_clusters: int, linkage: str = "average") -> IntArray:
    """Cut the tree of the distances ``d`` (n, n) into ``n_clusters`` groups; labels numbered by first member."""
    out = np.empty((1, d.shape[0]), dtype=np.int64)
    pairs, _ = merge_tree(np.array(d, dtype=float), LINKAGES.index(linkage))
    cut_tree(pairs, np.array([n_clusters]), out)
    labels: IntArray = out[0]
    return labels
