"""Surface mesh of a region: its area and volume, and the region's diameters, without a search over all pairs."""

from __future__ import annotations

from functools import cache

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._mesh_kernels import count_cubes, farthest, plane_hulls, row_ends

# Marching cubes (Lorensen and Cline, 1987). Corner ``4 z + 2 y + 1 - x`` of a cube of eight voxel centres is the bit of
# that value; an edge is a letter, by its two corners. Each word holds the triangles (three letters each) of the cubes
# 0 to 127, of which corner 7 is outside; a cube with corner 7 inside has those of its complement, turned over. Which
# way a surface of four or more edges is cut into triangles is not given by the method: these cuts are the ones that
# give PyRadiomics' areas and volumes, which reproduce the IBSI's reference values.
_EDGES = ((0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 3), (2, 6), (3, 7), (4, 5), (4, 6), (5, 7), (6, 7))
_TRIANGLES = """
- abc eda cedcdb bfg afgagc edabfg cegedfefg hfd abchfd ehfefa cehchfcfb bdhbhg adhahchgc ehgegbeba cehchg jic abjaji
edajic jiejedjdb bfgjic afifgjfji edabfgjic dfgdgjdjidie jichfd abjajihfd ehfefajic jiejefehfjfb bdhbhgjic
adhahjhgjaji ehgegbebajic hgegjigie eik abceik ikdida cikckbkdb bfgeik afgagceik ikdidabfg cikckfkdfcfg hfdeik
abchfdeik ikhihfifa cikckhchfcfb bdhbhgeik adhahchgceik ikhihbhgbiba cikckhchg jkejec abkbjkake cjdjkdcda jkdjdb
bfgjkejec afgagkgjkake cjdjkdcdabfg dfgdgjdjk jkejechfd abkbjkakehfd cjkckhchfcfa jkbkhfkfb bdhbhgjkejec
adhahgagjajkake cjajkakhahgagba jkhjhg glj abcglj edaglj cedcdbglj bflblj aflaljajc edabflblj cedcdldflclj hfdglj
abchfdglj ehfefaglj cehchfcfbglj bdjdhldlj adhahlaljajc ehlelbljbeba cehchlclj gligic abgaglali edagligic gligiegedgdb
bfiflibic aflali edabfiflibic dfiflidie gligichfd abgaglalihfd ehfefagligic glblibiebehbhfb bdhbhihlibic adhahlali
ehbhlblibicbeba hlihie eikglj abceikglj ikdidaglj cikckbkdbglj bflbljeik aflaljajceik ikdidabflblj cikckdcdfcflclj
hfdeikglj abchfdeikglj ikhihfifaglj cikckhchfcfbglj bdjdhldljeik adhahlaljajceik ikhihahljhjbhba cikckhchlclj
glkgkegec abgaglalkake cglcldlkdcda glkgkbkdb bflblkbkebec aflalkake cbfcflclkckdcda dfldlk glkgkegechfd
abgaglalkakehfd cgkglkckakhfkfa glkgkbkhfkfb bdldhlblclkelec adhahlalkake cbahlk hlk
"""


def mesh_size(mask: BoolArray, spacing: FloatArray) -> tuple[float, float]:
    """Area (mm2) and volume (mm3) of the surface mesh of a region.

    Where two voxels touch by an edge only, the surface need not be closed, as in PyRadiomics; the volume then depends
    on the place in the array a little, and regions are to be cut to their box, as it does.

    Parameters
    ----------
    mask
        (z, y, x) region.
    spacing
        (3,) voxel size in mm, z, y, x.
    """
    counts, places = count_cubes(np.pad(mask, 1))
    triangles, owner = _triangles()
    a, b, c = np.moveaxis(triangles * spacing, 1, 0)
    normal = np.cross(a - c, b - c)
    area = float(counts[owner] @ np.sqrt((normal**2).sum(axis=1))) / 2.0
    # A triangle moved by its cube's place adds the place times its normal to six times the volume under it.
    here = counts[owner] @ (np.cross(a, b) * c).sum(axis=1)
    moved = (places[owner] * spacing * normal).sum()
    return area, float(here + moved) / 6.0


def mesh_diameters(mask: BoolArray, spacing: FloatArray) -> tuple[dict[str, float], IntArray]:
    """Largest distances between vertices of the mesh, and a few vertices that hold the corners of their hull.

    Parameters
    ----------
    mask
        (z, y, x) region.
    spacing
        (3,) voxel size in mm, z, y, x.

    Returns
    -------
    ``Maximum3DDiameter``, and within planes of one z, y and x ``Maximum2DDiameterSlice``, ``...Column`` and
    ``...Row``, mm. (n, 3) vertices in half voxels from the voxel at the array's corner, z, y, x.
    """
    padded = np.pad(mask, 1)
    size = 2 * np.array(padded.shape)
    names = ("Maximum2DDiameterSlice", "Maximum2DDiameterColumn", "Maximum2DDiameterRow")
    diameters: dict[str, float] = {}
    kept = np.zeros(0, dtype=np.int64)
    for name, order in zip(names, ((0, 1, 2), (1, 0, 2), (2, 0, 1)), strict=True):
        ends = row_ends(np.ascontiguousarray(padded.transpose(order)))
        square, corners = plane_hulls(ends, spacing[order[1]], spacing[order[2]])
        diameters[name] = float(np.sqrt(square))
        codes = np.ravel_multi_index(tuple(corners[:, np.argsort(order)].T), tuple(size))
        # A corner of the hull in space is one of the hulls in all three planes through it.
        kept = np.unique(codes) if order[0] == 0 else np.intersect1d(kept, codes)
    vertices = np.stack(np.unravel_index(kept, tuple(size)), axis=1).astype(np.int64)
    diameters["Maximum3DDiameter"] = float(np.sqrt(farthest(vertices, np.asarray(spacing, dtype=np.float64))))
    return diameters, vertices - 2


@cache
def _triangles() -> tuple[FloatArray, IntArray]:
    """(n, 3, 3) triangles of all cubes in voxels from the cube's corner (triangle, vertex, axis), and their cube."""
    corners = np.array([(z, y, 1 - x) for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float64)
    middle = {chr(97 + e): corners[[a, b]].mean(axis=0) for e, (a, b) in enumerate(_EDGES)}
    found, owner = [], []
    for cube, word in enumerate(_TRIANGLES.split()):
        for k in range(0, len(word) - 2, 3):
            triangle = [middle[letter] for letter in word[k : k + 3]]
            found += [triangle, triangle[::-1]]
            owner += [cube, 255 - cube]
    return np.array(found), np.array(owner, dtype=np.int64)
