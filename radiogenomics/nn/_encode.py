"""Slices through a trained autoencoder, and the latent space of one network in the terms of another."""

from __future__ import annotations

import numpy as np
import torch

from radiogenomics._types import FloatArray
from radiogenomics.nn._architecture import CAE, HSCAE

_BATCH = 256


def encode(network: CAE, images: FloatArray, *, device: str = "cpu") -> FloatArray:
    """Latent features (n, latent_dim) of slices (n, channels, size, size)."""
    return _through(network, images, network.latent_dim, device, "encode")


def reconstruct(network: CAE, images: FloatArray, *, device: str = "cpu") -> FloatArray:
    """Reconstructions (n, size, size) in [0, 1]."""
    return _through(network, images, 0, device, "reconstruct")


def decode(network: CAE, latent: FloatArray) -> FloatArray:
    """Slices (n, size, size) of latent features (n, latent_dim)."""
    with torch.inference_mode():
        out: FloatArray = network.decode(torch.as_tensor(np.asarray(latent, dtype=np.float32)))[:, 0].numpy()
    return out


def scores(network: HSCAE, latent: FloatArray) -> FloatArray:
    """What the head says of latent features: (n, outputs) logits, or log hazards."""
    with torch.inference_mode():
        out: FloatArray = network.predict(torch.as_tensor(np.asarray(latent, dtype=np.float32))).numpy()
    return out


def _through(network: CAE, images: FloatArray, width: int, device: str, what: str) -> FloatArray:
    parts = []
    network = network.to(device).eval()
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            x = torch.as_tensor(np.asarray(images[start : start + _BATCH], dtype=np.float32)).to(device)
            parts.append((network.encode(x) if what == "encode" else network(x)[0][:, 0]).cpu().numpy())
    network.to("cpu")
    return np.concatenate(parts) if parts else np.empty((0, width))
