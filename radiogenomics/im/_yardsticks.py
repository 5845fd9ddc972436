"""What an autoencoder must beat: the mean slice, and as many principal components as it has latent features."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import BoolArray, FloatArray


def squared_errors(wanted: FloatArray, found: FloatArray, masks: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Mean squared error of each slice (n, size, size): over all pixels, and over those of the tumour."""
    error = (np.asarray(wanted, dtype=float) - found) ** 2
    pixels = masks.sum(axis=(1, 2))
    inside = np.divide((error * masks).sum(axis=(1, 2)), pixels, out=np.full(len(pixels), np.nan), where=pixels > 0)
    return error.mean(axis=(1, 2)), inside


def mean_slice(training: FloatArray, n: int) -> FloatArray:
    """The mean of the training slices, for each of ``n`` slices."""
    return np.broadcast_to(training.mean(axis=0), (n, *training.shape[1:]))


def principal_components(training: FloatArray, others: FloatArray, n_components: int) -> tuple[FloatArray, int]:
    """Other slices through the first principal components of the training slices.

    Returns
    -------
    Reconstructions, and the components used: at most one fewer than there are different training slices.
    """
    flat = training.reshape(len(training), -1).astype(float)
    centre = flat.mean(axis=0)
    flat = flat - centre
    few = len(flat) <= flat.shape[1]  # the small side decides on the cost
    values, vectors = np.linalg.eigh(flat @ flat.T if few else flat.T @ flat)
    # Slices that stand there twice add no direction: what is left along one is rounding, not a component.
    rank = int((values > max(flat.shape) * np.finfo(float).eps * max(float(values[-1]), 0.0)).sum())
    used = min(n_components, len(flat) - 1, rank)
    top = vectors[:, ::-1][:, :used]
    axes = (top.T @ flat) / np.sqrt(values[::-1][:used])[:, None] if few else top.T
    rows = others.reshape(len(others), -1) - centre
    return ((rows @ axes.T) @ axes + centre).reshape(others.shape), used
