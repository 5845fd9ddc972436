"""Nearest-template prediction: the class whose marker genes a patient expresses most, with a p-value per patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.multiple_testing import benjamini_hochberg

_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class NearestTemplates:
    """Templates nearest to patients.

    Attributes
    ----------
    nearest
        (n,) template at the smallest distance.
    distance
        (n, K) cosine distance to each template, sqrt((1 - cosine) / 2): 0 the same direction, 1 the opposite.
    p_value, p_adjusted
        (n,) share of random gene sets whose nearest template is at least as near, and its Benjamini-Hochberg
        adjustment over the patients.
    """

    nearest: IntArray
    distance: FloatArray
    p_value: FloatArray
    p_adjusted: FloatArray


def nearest_template(
    x: ArrayLike, genes: ArrayLike, templates: ArrayLike, *, n_permutations: int = 1000, rng: RNG = None
) -> NearestTemplates:
    """Nearest template of each patient, and whether random genes come as near :cite:p:`Hoshida2010`.

    Parameters
    ----------
    x
        (n, p) centred expression (zero: as in the average patient), patients in rows.
    genes
        (m,) columns of `x` that the templates are made of; one that several templates share stands as often.
    templates
        (m, K) templates, none of them all zero.
    n_permutations
        Random sets of m genes out of the p. The same sets serve every patient, so that a patient's p-value does not
        depend on who else is in the cohort.
    rng
        Seed or Generator.

    Returns
    -------
    NearestTemplates
        A patient of zeros has NaN for everything and -1 as the nearest.

    Raises
    ------
    ValueError
        If a template is all zero, there are fewer genes than the templates need, or no permutation is asked for.
    """
    values, columns = np.asarray(x, dtype=float), np.asarray(genes)
    shapes = np.asarray(templates, dtype=float)
    lengths = np.linalg.norm(shapes, axis=0)
    if not (lengths > 0).all():
        raise ValueError("a template is all zero")
    if n_permutations < 1:
        raise ValueError(f"found {n_permutations} permutations; expected 1 or more")
    if len(columns) > values.shape[1]:
        raise ValueError(f"found templates of {len(columns)} genes for {values.shape[1]} measured ones")
    shapes = shapes / lengths
    random = generator(rng)
    # Genes shared by templates may be drawn twice, as they stand twice in the templates.
    repeated = len(np.unique(columns)) < len(columns)
    draws = np.stack(
        [random.choice(values.shape[1], len(columns), replace=repeated, shuffle=True) for _ in range(n_permutations)]
    )
    cosine = _cosine(values[:, columns], shapes)
    p_value = np.full(len(values), np.nan)
    block = max(1, _AT_ONCE // max(1, draws.shape[1]))
    for i in np.flatnonzero(np.isfinite(cosine).all(axis=1)):
        best = cosine[i].max()
        nearer = 0
        for start in range(0, n_permutations, block):
            by_chance = _cosine(values[i][draws[start : start + block]], shapes)
            # A set of zeros has no direction: it comes near to nothing.
            nearer += int((np.nan_to_num(by_chance, nan=-1.0).max(axis=1) >= best - 1e-12).sum())
        p_value[i] = (1 + nearer) / (1 + n_permutations)
    known = np.isfinite(p_value)
    nearest = np.where(known, np.argmax(np.where(known[:, None], cosine, 0.0), axis=1), -1)
    adjusted = np.full(len(values), np.nan)
    adjusted[known] = benjamini_hochberg(p_value[known])
    return NearestTemplates(nearest, np.sqrt(np.clip((1.0 - cosine) / 2.0, 0.0, 1.0)), p_value, adjusted)


def _cosine(values: FloatArray, shapes: FloatArray) -> FloatArray:
    """Cosines (n, K) of rows with templates of length 1; NaN for rows of zeros."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(lengths > 0, (values @ shapes) / lengths, np.nan))


def template_matrix(classes: ArrayLike, n_classes: int) -> FloatArray:
    """Templates (m, K) of marker genes: 1 for the markers of the class, 0 for the others, -1 where there are only two.

    Parameters
    ----------
    classes
        (m,) class that each gene marks, 0 to K - 1.
    n_classes
        K, at least 2.
    """
    marks = np.asarray(classes)[:, None] == np.arange(n_classes)
    return np.where(marks, 1.0, -1.0 if n_classes == 2 else 0.0)
