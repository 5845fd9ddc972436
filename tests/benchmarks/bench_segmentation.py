"""Segmentation of one image: seconds of a small one by the reduced models, and memory of a large one.

Weights are those of untrained networks: neither time nor memory depends on them. Every row is measured in a process of
its own, whose peak of memory is in the note.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks._framework import Row, benchmark

#: (x, y, z) voxels and mm: the median of the T1 volumes of soft-tissue sarcomas, and a CT of a whole trunk.
CASE, CASE_SPACING = (141, 138, 59), (0.98, 0.98, 3.27)
LARGE, LARGE_SPACING = (512, 512, 300), (0.8, 0.8, 1.5)
MOST_SECONDS, MOST_GIB = 15.0, 8.0


@benchmark("segmentation", long=True)
def rows() -> Iterator[Row]:
    if importlib.util.find_spec("torch") is None:
        return
    for name, preset, model, size, spacing in (
        ("one T1 volume, reduced SegResNet, 5 networks", "reduced", "segresnet", CASE, CASE_SPACING),
        ("one T1 volume, reduced V-Nets, 5 networks", "reduced", "vnet_coarse_to_fine", CASE, CASE_SPACING),
        ("512 x 512 x 300, reduced SegResNet, 5 networks", "reduced", "segresnet", LARGE, LARGE_SPACING),
        (
            "512 x 512 x 300, full SegResNet at its own spacing, patches of 64, 1 network",
            "wide",
            "segresnet",
            LARGE,
            LARGE_SPACING,
        ),
    ):
        yield Row(name, *measured(preset, model, size, spacing), goal_seconds=MOST_SECONDS if size == CASE else None)


def measured(preset: str, model: str, size: tuple[int, ...], spacing: tuple[float, ...]) -> tuple[float, None, str]:
    """Seconds, no peer, and peak memory as its name."""
    call = f"from tests.benchmarks.bench_segmentation import once; once({preset!r}, {model!r}, {size}, {spacing})"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], None, f"peak {found['gib']:.2f} GiB"


def once(preset: str, model: str, size: tuple[int, int, int], spacing: tuple[float, float, float]) -> None:
    """Write an image and an untrained model, segment the one by the other, and print seconds and peak memory."""
    import resource
    import time

    import SimpleITK as sitk

    import radiogenomics as rg

    with tempfile.TemporaryDirectory() as folder:
        image = sitk.GetImageFromArray(noise(size))
        image.SetSpacing(spacing)
        sitk.WriteImage(image, f"{folder}/image.nrrd")
        del image
        untrained(Path(folder) / "model", preset, model, size, spacing)
        manifest = rg.io.read_manifest(_manifest(folder), masks=False)
        start = time.perf_counter()
        rg.im.segment(manifest, f"{folder}/model", out_dir=f"{folder}/out", device="cpu", n_jobs=1)
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


def noise(size: tuple[int, int, int]) -> np.ndarray:
    """(z, y, x) 16-bit noise around a ball."""
    x, y, z = size
    out = np.random.default_rng(0).integers(0, 400, (z, y, x), dtype=np.int16)
    out[z // 3 : z // 2, y // 3 : y // 2, x // 3 : x // 2] += 600
    return out


def _manifest(folder: str) -> Path:
    path = Path(folder) / "manifest.csv"
    path.write_text("patient_id,sequence,image\nA,T1,image.nrrd\n", encoding="utf-8")
    return path


def untrained(
    folder: Path, preset: str, model: str, size: tuple[int, int, int], spacing: tuple[float, float, float]
) -> None:
    """A model folder whose networks have the weights they begin with; every probability is cut to be a tumour's."""
    import pandas as pd
    import torch

    from radiogenomics.im._segment_images import Intensities
    from radiogenomics.im._segmenter_folder import TABLES, Segmenter, network_kind, write_segmenter
    from radiogenomics.im._segmenter_plan import Print, plan, summary
    from radiogenomics.im._train_segmenter import segmenter_settings
    from radiogenomics.nn._segmentation_networks import segmentation_network
    from radiogenomics.nn._store import write_weights

    wide = {"patch": (64, 64, 64), "spacing": spacing, "flips": ()}
    how = segmenter_settings(preset if preset != "wide" else wide, model)
    own = Print(spacing, size, (1.0, 1.0, 1.0), ((0.0, 1.0, -1.0, 1.0),), (1.0, 1.0, 1.0), 1.0)
    folds = {f"fold{i}": () for i in range(1 if preset == "wide" else 5)}
    torch.manual_seed(0)
    weights: dict[str, dict[str, str]] = {}
    for fold in folds:
        for name, stage in how.stages.items():
            network = segmentation_network(network_kind(how), stage, 1)
            last = network.conv_final[-1].conv if hasattr(network, "conv_final") else network.out_tr
            torch.nn.init.constant_(last.bias, 5.0)  # so that there is a mask to be cleaned and written
            weights.setdefault(fold, {})[name] = write_weights(network, folder / fold / name)
    plans = {name: plan([own], stage) for name, stage in how.stages.items()}
    done = Segmenter(
        folder, how, ("T1",), plans, Intensities(("zscore",), ((0.0, 1.0),)), folds, frozenset(), (), weights, {}
    )
    write_segmenter(done, {"fingerprint": summary([own])}, {name: pd.DataFrame({"a": []}) for name in TABLES})
