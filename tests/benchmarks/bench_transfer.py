"""Transfer features of ResNet-34, random weights: a batch at a time beside a slice at a time, and maps of a feature.

Where CUDA is found the network runs there too. With ``RADIOGENOMICS_DATA`` also the 49 sarcomas from the volumes on.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from radiogenomics import im, io
from tests.benchmarks._framework import Row, benchmark, compare

SLICES, SIZE = 16, 224


@benchmark("transfer")
def transfer() -> Iterator[Row]:
    if importlib.util.find_spec("torch") is None:
        return
    import torch

    from radiogenomics.nn._gradcam import resnet_maps
    from radiogenomics.nn._resnet import empty_resnet, resnet_features

    torch.manual_seed(0)
    network = empty_resnet("resnet34")
    images = np.random.default_rng(0).random((SLICES, SIZE, SIZE)).astype(np.float32)
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        row = compare(
            f"{SLICES} slices of {SIZE} x {SIZE} on {device}",
            lambda device=device: resnet_features(network, images, device=device),
            lambda device=device: [resnet_features(network, images[i : i + 1], device=device) for i in range(SLICES)],
            peer_name="one slice at a time",
        )
        yield _with_rate(row, SLICES)
    coefficients = np.eye(512)[0]
    yield _with_rate(
        compare(f"maps of a feature of {SLICES} slices", lambda: resnet_maps(network, images, coefficients), None), 16
    )
    if os.environ.get("RADIOGENOMICS_DATA"):
        yield _real(network)


def _with_rate(row: Row, n: int) -> Row:
    return Row(row.name, row.ours, row.peer, row.peer_name, note=f"{n / row.ours:.1f} slices per second")


def _real(network: object) -> Row:
    """T1 of the sarcomas, volumes to table, and again with what was kept."""
    import torch

    table = io.read_manifest(Path(os.environ["RADIOGENOMICS_DATA"]) / "sts_mri" / "manifest.csv")
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "random34.pth"
        torch.save(network.state_dict(), weights)  # type: ignore[attr-defined]
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            im.extract_transfer(table, weights=weights, sequences=["T1"], n_jobs=2, cache_dir=Path(folder) / "cache")
            seconds.append(time.perf_counter() - start)
    return Row("49 sarcomas, T1, volumes to features", seconds[0], note=f"again from the cache: {seconds[1]:.1f} s")
