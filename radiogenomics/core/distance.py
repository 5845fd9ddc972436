"""Distances between patients, and the inner products in which k-means works."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray

METRICS = ("pearson", "spearman", "euclidean", "precomputed")


def profiles(x: FloatArray, metric: str) -> FloatArray:
    """Rows whose straight-line geometry is that of ``metric``.

    Parameters
    ----------
    x
        Patients in rows, features in columns.
    metric
        ``"pearson"``: rows centred and scaled to length 1, so that the inner product is the correlation;
        ``"spearman"``: the same of the ranks within each row; ``"euclidean"``: ``x`` as it is.

    Raises
    ------
    DegenerateInputError
        If a patient has one value in all features, which has no correlation with anything.
    """
    if metric == "euclidean":
        return x
    values = rankdata(x, axis=1) if metric == "spearman" else x
    centred = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    flat = length <= 1e-12 * np.maximum(1.0, np.abs(values).max(axis=1, initial=0.0)) * np.sqrt(x.shape[1])
    if flat.any():
        rows = ", ".join(str(i) for i in np.flatnonzero(flat)[:10])
        raise DegenerateInputError(
            "x",
            Fault(
                f"{int(flat.sum())} patient(s) with one value in every feature (rows {rows})",
                f"values that vary, since metric={metric!r} correlates patients",
                hint="Leave these patients out or take metric='euclidean'.",
            ),
        )
    out: FloatArray = centred / length[:, None]
    return out


def gram_matrix(x: FloatArray, metric: str) -> FloatArray:
    """Inner products of the patients' :func:`profiles`, (n, n); Euclidean ones about the mean patient."""
    rows = profiles(x, metric)
    if metric == "euclidean":
        rows = rows - rows.mean(axis=0)
    out: FloatArray = rows @ rows.T
    return out


def distance_matrix(x: FloatArray, metric: str) -> FloatArray:
    """Distances between patients.

    Parameters
    ----------
    x
        (n, p) patients by features, or the (n, n) distances themselves with ``metric="precomputed"``.
    metric
        ``"pearson"`` or ``"spearman"``: 1 minus the correlation across features, in [0, 2]; ``"euclidean"``.

    Returns
    -------
    (n, n) symmetric, zero diagonal.
    """
    if metric == "precomputed":
        return checked_distances(x)
    gram = gram_matrix(x, metric)
    if metric == "euclidean":
        square = np.diag(gram)
        out = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2.0 * gram, 0.0))
    else:
        out = np.clip(1.0 - gram, 0.0, 2.0)
    np.fill_diagonal(out, 0.0)
    return out


def distance_between(a: FloatArray, b: FloatArray, metric: str) -> FloatArray:
    """Distances of the rows of ``a`` to the rows of ``b``, both :func:`profiles` of ``metric``."""
    if metric == "euclidean":
        square = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)[None, :]
        out: FloatArray = np.sqrt(np.maximum(square - 2.0 * (a @ b.T), 0.0))
        return out
    return np.clip(1.0 - profiles(a, "pearson") @ profiles(b, "pearson").T, 0.0, 2.0)


def checked_distances(d: FloatArray) -> FloatArray:
    """``d`` if it is a matrix of distances, else an error that says what is wrong."""
    faults = []
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise InputError("x", Fault(f"shape {d.shape}", "a square matrix of distances with metric='precomputed'"))
    scale = float(np.abs(d).max(initial=0.0))
    if not np.allclose(d, d.T, rtol=0.0, atol=1e-8 * scale):
        faults.append(Fault("a matrix that is not symmetric", "the same distance in both directions"))
    if (d < 0).any():
        faults.append(Fault(f"{int((d < 0).sum())} negative entries", "distances of at least 0"))
    if np.abs(np.diag(d)).max(initial=0.0) > 1e-8 * scale:
        faults.append(Fault("a diagonal that is not zero", "distance 0 of a patient to itself"))
    if faults:
        raise InputError("x", faults)
    return d
