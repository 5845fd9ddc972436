"""Sparse canonical correlation: combinations of few features of two matrices with the largest covariance.

The penalised matrix decomposition of Witten, Tibshirani and Hastie treats the covariance within each matrix as the
identity, so that it maximises the covariance of two scores under bounds on the sum of the sizes of the weights. Many
decompositions (permuted patients, several penalties) are iterated together as matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._sparse_cca_kernels import bound_rows

#: Single or double precision.
Floats = NDArray[Any]
Deflation = Literal["product", "scores"]


@dataclass(frozen=True)
class SparseCCAFit:
    """Weights of the components.

    Attributes
    ----------
    x_weights, y_weights
        (p, K), (q, K) of length 1; the largest of each column of ``x_weights`` is positive.
    x_rotations, y_rotations
        (p, K), (q, K): the matrix times these gives the scores. The weights, unless ``deflation="scores"``.
    covariance
        (K,) inner product of the two scores, in what earlier components left.
    correlation
        (K,) of the two scores.
    converged
        (K,) whether the weights stood still within the iterations.
    """

    x_weights: FloatArray
    y_weights: FloatArray
    x_rotations: FloatArray
    y_rotations: FloatArray
    covariance: FloatArray
    correlation: FloatArray
    converged: np.ndarray


def sparse_cca(
    x: ArrayLike,
    y: ArrayLike,
    *,
    penalty: tuple[float, float] = (0.3, 0.3),
    n_components: int = 1,
    deflation: Deflation = "product",
    tol: float = 1e-9,
    max_iter: int = 2000,
) -> SparseCCAFit:
    """Sparse canonical correlation by penalised matrix decomposition :cite:p:`Witten2009`.

    Parameters
    ----------
    x, y
        (n, p) and (n, q), columns centred and of one scale (a column of zeros gets no weight).
    penalty
        For each matrix a share in (0, 1]: the sizes of the weights sum to at most that share of the square root of the
        number of columns (at least 1, which is one feature). 1 is no penalty.
    n_components
        Pairs of scores.
    deflation
        What later components come from: ``"product"`` takes each component off ``x.T @ y`` (the decomposition proper);
        ``"scores"`` takes each score off its own matrix, so that scores of one matrix do not correlate with each other
        (PLS canonical mode :cite:p:`LeCao2009`).
    tol
        The weights stand still when the largest changes by less.
    max_iter
        Iterations of a component.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or nothing covaries.
    """
    x, y = _checked(x, y)
    if not all(0 < share <= 1 for share in penalty):
        raise ValueError(f"penalty is {penalty}; expected two shares in (0, 1]")
    if not 1 <= n_components <= min(x.shape[1], y.shape[1], len(x) - 1):
        most = min(x.shape[1], y.shape[1], len(x) - 1)
        raise ValueError(f"n_components is {n_components}; expected 1 to {most}")
    bounds = [np.array([bound_of(s, m.shape[1])]) for s, m in zip(penalty, (x, y), strict=True)]
    starts = right_vectors(x, y, n_components) if deflation == "product" else None
    left_x, left_y = x, y
    order = np.arange(len(x))[None]
    us, vs, loads, covariance, converged = [], [], [], [], []
    for k in range(n_components):
        start = right_vectors(left_x, left_y, 1)[0] if starts is None else starts[k]
        rows = np.arange(len(left_x))[None] if len(left_x) > len(x) else order
        u, v, still = iterate(left_x, left_y, rows, bounds[0], bounds[1], start[None], tol=tol, max_iter=max_iter)
        u, v = u[0], v[0]
        sign = np.sign(u[np.argmax(np.abs(u))])
        u, v = sign * u, sign * v
        s, t = left_x @ u, left_y @ v
        d = float(s @ t)
        if not d > 0:
            raise ValueError(f"component {k + 1}: nothing is left that covaries; ask for fewer components")
        us.append(u)
        vs.append(v)
        covariance.append(d)
        converged.append(bool(still[0]))
        if deflation == "product":
            left_x = np.vstack([left_x, np.sqrt(d) * u])
            left_y = np.vstack([left_y, -np.sqrt(d) * v])
        else:
            p_load, q_load = left_x.T @ s / (s @ s), left_y.T @ t / (t @ t)
            loads.append((p_load, q_load))
            left_x, left_y = left_x - np.outer(s, p_load), left_y - np.outer(t, q_load)
    u, v = np.column_stack(us), np.column_stack(vs)
    rotations = [u, v]
    if deflation == "scores":
        for i, w in enumerate((u, v)):
            rotations[i] = w @ np.linalg.pinv(np.column_stack([pair[i] for pair in loads]).T @ w)
    r = [_correlation(x @ a, y @ b) for a, b in zip(rotations[0].T, rotations[1].T, strict=True)]
    return SparseCCAFit(u, v, rotations[0], rotations[1], np.array(covariance), np.array(r), np.array(converged))


def bound_of(share: float, n_columns: int) -> float:
    """Bound on the sum of the sizes of the weights."""
    return max(1.0, share * float(np.sqrt(n_columns)))


def _checked(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < 3:
        raise ValueError(f"x has shape {x.shape}, y {y.shape}; expected two matrices of the same 3 or more patients")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("x or y has missing or infinite values; expected finite numbers")
    if not (x.any() and y.any()):
        raise ValueError("no column of x, or none of y, varies")
    return x, y


def right_vectors(x: FloatArray, y: FloatArray, n: int) -> FloatArray:
    """(n, q) first right singular vectors of ``x.T @ y``, found among the patients where these are fewer."""
    from scipy.linalg import eigh

    if min(x.shape[1], y.shape[1]) < len(x):
        return np.asarray(np.linalg.svd(x.T @ y, full_matrices=False)[2][:n])
    values, vectors = np.linalg.eigh(x @ x.T)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    size = len(x)
    top = eigh(root @ (y @ y.T) @ root, subset_by_index=(size - n, size - 1))[1][:, ::-1]
    found = (y.T @ (root @ top)).T
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def first_component(y: FloatArray) -> FloatArray:
    """(q,) first principal direction."""
    if y.shape[1] < len(y):
        return np.asarray(np.linalg.eigh(y.T @ y)[1][:, -1])
    found = y.T @ np.linalg.eigh(y @ y.T)[1][:, -1]
    return np.asarray(found / np.linalg.norm(found))


def iterate(
    x: Floats, y: Floats, orders: IntArray, x_bounds: FloatArray, y_bounds: FloatArray, start: Floats,
    *, tol: float, max_iter: int, basis: Floats | None = None, scales: Floats | None = None,
) -> tuple[Floats, Floats, np.ndarray]:  # fmt: skip
    """First components of many decompositions of ``x`` with reordered rows of ``y``.

    Parameters
    ----------
    orders
        (B, n) order of the rows of ``y``.
    x_bounds, y_bounds, start
        (B,), (B,) and (B, q).
    basis, scales
        (n, k) orthonormal columns that are taken out of the reordered rows, and (B, q) what its columns are then
        multiplied by.

    Returns
    -------
    (B, p) and (B, q) weights; (B,) whether they stood still.
    """
    u, v = np.zeros((len(orders), x.shape[1]), dtype=x.dtype), start.copy()
    still = np.zeros(len(orders), dtype=bool)
    back = np.argsort(orders, axis=1)
    active = np.arange(len(orders))
    for _ in range(max_iter):
        t = scores_of(y, v[active], orders[active], basis, None if scales is None else scales[active])
        new_u = t @ x
        bound_rows(new_u, x_bounds[active])
        s = new_u @ x.T
        if basis is not None:
            s -= (s @ basis) @ basis.T
        new_v = np.take_along_axis(s, back[active], axis=1) @ y
        if scales is not None:
            new_v *= scales[active]
        bound_rows(new_v, y_bounds[active])
        moved = np.abs(new_v - v[active]).max(axis=1)
        u[active], v[active] = new_u, new_v
        still[active] = moved < tol
        active = active[moved >= tol]
        if not active.size:
            break
    return u, v, still


def scores_of(y: Floats, v: Floats, orders: IntArray, basis: Floats | None, scales: Floats | None) -> Floats:
    """(B, n) scores of reordered patients."""
    t = np.take_along_axis((v if scales is None else v * scales) @ y.T, orders, axis=1)
    return t if basis is None else t - (t @ basis) @ basis.T


def row_correlations(s: Floats, t: Floats) -> Floats:
    """(B,) Pearson correlations of rows; 0 where one does not vary."""
    s, t = s - s.mean(axis=1, keepdims=True), t - t.mean(axis=1, keepdims=True)
    size = np.linalg.norm(s, axis=1) * np.linalg.norm(t, axis=1)
    return np.asarray(np.clip((s * t).sum(axis=1) / np.where(size > 0, size, 1.0), -1, 1))


def _correlation(s: Floats, t: Floats) -> float:
    return float(row_correlations(s[None], t[None])[0])
