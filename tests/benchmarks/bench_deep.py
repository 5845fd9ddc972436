"""Training of the autoencoder: slices per second, the share of time that goes to loading, how busy a GPU is."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks._framework import Row, benchmark

N_PATIENTS, PER_PATIENT, SIZE, EPOCHS = 200, 6, 64, 2
#: One CPU-sized training of the demo model: 25 patients, a tiny network.
DEMO_PATIENTS, DEMO_EPOCHS = 25, 30


def slices(n_patients: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, 1, size, size) discs in noise, and the patient of each."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(n_patients), PER_PATIENT)
    y, x = np.meshgrid(*[np.arange(size) - size / 2] * 2, indexing="ij")
    inside = x**2 + y**2 <= (size * rng.uniform(0.1, 0.45, n_patients))[patients][:, None, None] ** 2
    return (inside * rng.random(inside.shape, dtype=np.float32))[:, None].astype(np.float32), patients


class Watch:
    """Samples a GPU's utilisation (percent) while it is entered."""

    def __init__(self, device: str) -> None:
        self.device, self.seen, self._stop = device, list[int](), threading.Event()

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._sample, daemon=True)
        if self.device == "cuda":
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self.device == "cuda":
            self._thread.join()

    def _sample(self) -> None:
        import torch

        while not self._stop.wait(0.05):
            try:
                self.seen.append(torch.cuda.utilization())
            except (ModuleNotFoundError, RuntimeError):  # needs NVIDIA's library; the row then says so
                return

    @property
    def text(self) -> str:
        if self.device != "cuda":
            return "CPU"
        return (
            f"GPU {np.mean(self.seen):.0f} % busy" if self.seen else "GPU (utilisation unknown: install nvidia-ml-py)"
        )


@benchmark("deep")
def training() -> Iterator[Row]:
    if any(importlib.util.find_spec(name) is None for name in ("torch", "monai", "lightning")):
        yield Row("autoencoder: torch is not installed", float("nan"), note="pip install 'radiogenomics[deep]'")
        return
    from radiogenomics.nn._module import Batches, EpochOrder, loader
    from radiogenomics.nn._train import _Data, device_of
    from radiogenomics.schemas.deep import AutoencoderSettings

    images, patients = slices(N_PATIENTS, SIZE)
    teach = patients < N_PATIENTS - 20
    device = device_of("auto")
    settings = AutoencoderSettings(epochs=EPOCHS)
    _time(images, patients, teach, settings.model_copy(update={"epochs": 1}), device)  # starts what starts once
    with Watch(device) as watch:
        seconds = _time(images, patients, teach, settings, device)
    data = _Data(images, patients, teach, ~teach, None)
    order = EpochOrder(len(data.teach), settings.batch_size, 0, shuffle=True)
    began = time.perf_counter()
    for _ in range(EPOCHS):
        for _ in loader(Batches(data.x, data.codes, data.values, data.teach), order):
            pass
    loading = time.perf_counter() - began
    rate = EPOCHS * int(teach.sum()) / seconds
    yield Row(
        f"autoencoder, an epoch of {int(teach.sum()):,} slices of {SIZE} x {SIZE}", seconds / EPOCHS,
        note=f"{rate:,.0f} slices per second, {loading / seconds:.1%} of the time loading, {watch.text}",
    )  # fmt: skip
    small, owners = slices(DEMO_PATIENTS, 32)
    tiny = AutoencoderSettings(epochs=DEMO_EPOCHS, latent_dim=16, widths=(8, 16, 32))
    yield Row(
        f"tiny autoencoder, {len(small)} slices of 32 x 32, {DEMO_EPOCHS} epochs",
        _time(small, owners, owners < DEMO_PATIENTS - 4, tiny, "cpu"), goal_seconds=90,
    )  # fmt: skip


def _time(images: np.ndarray, patients: np.ndarray, teach: np.ndarray, settings: object, device: str) -> float:
    from radiogenomics.nn._train import train_autoencoder

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        train_autoencoder(images, patients, teach, ~teach, settings, folder=Path(folder), seed=0, device=device)  # type: ignore[arg-type]
        return time.perf_counter() - began
