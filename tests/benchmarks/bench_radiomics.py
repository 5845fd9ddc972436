"""Radiomic features of sarcomas beside a serial loop over PyRadiomics' own extractor, and nyxus where it is found.

Needs ``RADIOGENOMICS_DATA``. Six cases of all sizes; ``radiomics-all`` takes the 49. ``RADIOGENOMICS_NYXUS`` may name
the interpreter of an environment that has nyxus and SimpleITK.
"""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from radiogenomics import im, io
from radiogenomics.im._itk import quiet_single_thread
from tests.benchmarks._framework import Row, benchmark

JOBS = 2
SIGMAS = [1.0, 2.0, 3.0]
SETTINGS = {"image_types": ["original", "wavelet", "log"], "log_sigmas": SIGMAS, "bin_count": 64,
            "spacing": (1, 1, 4), "ibsi": "pyradiomics"}  # fmt: skip
MEMORY = 1.5 * 1024**3


def cases(n: int | None) -> pd.DataFrame:
    """T1 cases, from the smallest to the largest file."""
    table = io.read_manifest(Path(os.environ["RADIOGENOMICS_DATA"]) / "sts_mri" / "manifest.csv")
    table = table[table["sequence"] == "T1"]
    order = np.argsort([Path(p).stat().st_size for p in table["mask"]], kind="stable")
    if n is not None:
        order = order[np.linspace(0, len(order) - 1, n).astype(int)]
    return table.iloc[order].reset_index(drop=True)


def plain_loop(table: pd.DataFrame) -> list[dict[str, float]]:
    """As PyRadiomics' manual has it, one case after another, ITK with one thread."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(binCount=64, resampledPixelSpacing=[1, 1, 4], additionalInfo=False)
    extractor.enableImageTypeByName("Wavelet")
    extractor.enableImageTypeByName("LoG", customArgs={"sigma": SIGMAS})
    with quiet_single_thread():
        rows = zip(table["image"], table["mask"], strict=True)
        return [{k: float(v) for k, v in extractor.execute(i, m).items()} for i, m in rows]


def worker_peak(case: pd.DataFrame) -> int:
    """Most memory of a process that extracts the features of one case, in bytes."""
    code = (
        "import sys; from tests.benchmarks._framework import own_peak; from tests.benchmarks.bench_radiomics import *\n"
        "im.extract_radiomics(pd.read_json(sys.argv[1], dtype=False), settings=SETTINGS, n_jobs=1); print(own_peak())"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.json"
        case.to_json(path)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], check=True, capture_output=True, encoding="utf-8"
        )
    return int(done.stdout)


def nyxus(table: pd.DataFrame) -> float | None:
    """Seconds of nyxus' 3-D features of the original, resampled images, where an environment has it."""
    python = os.environ.get("RADIOGENOMICS_NYXUS")
    if not python:
        return None
    import SimpleITK as sitk
    from radiomics.imageoperations import resampleImage

    with tempfile.TemporaryDirectory() as folder, quiet_single_thread():
        for part in ("image", "mask"):
            (Path(folder) / part).mkdir()
        for i, (image, mask) in enumerate(zip(table["image"], table["mask"], strict=True)):
            pair = resampleImage(sitk.ReadImage(image), sitk.Cast(sitk.ReadImage(mask), sitk.sitkUInt8),
                                 resampledPixelSpacing=[1, 1, 4], interpolator="sitkBSpline")  # fmt: skip
            for part, volume in zip(("image", "mask"), pair, strict=True):
                sitk.WriteImage(volume, str(Path(folder) / part / f"p{i}.nii.gz"))
        code = (
            "import sys, time; from nyxus import Nyxus3D\n"
            "nyx = Nyxus3D(['*3D_ALL*'], n_feature_calc_threads=2)\n"
            "start = time.perf_counter()\n"
            "found = nyx.featurize_directory(sys.argv[1] + '/image', sys.argv[1] + '/mask', 'p[0-9]+\\\\.nii\\\\.gz')\n"
            "assert len(found) >= int(sys.argv[2]), len(found)\n"
            "print(); print(time.perf_counter() - start)"
        )
        done = subprocess.run([python, "-c", code, folder, str(len(table))], capture_output=True, encoding="utf-8")
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def share_equal(ours: pd.DataFrame, theirs: list[dict[str, float]]) -> tuple[float, int]:
    """Share of values within 1e-6 of the peer's, and how many there are."""
    expected = pd.DataFrame(theirs).add_prefix("T1_")
    found = ours[expected.columns].to_numpy()
    close = np.isclose(found, expected.to_numpy(), rtol=1e-6, atol=0, equal_nan=True)
    return float(close.mean()), close.size


def user_seconds() -> float:
    """Processor time of this process and of the children that have ended."""
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def rows_of(n: int | None) -> Iterator[Row]:
    table = cases(n)
    what = f"{len(table)} sarcomas, T1, 1130 features"
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        im.extract_radiomics(table.head(2), settings=SETTINGS, n_jobs=JOBS)  # workers start, kernels load
        start = time.perf_counter()
        ours = im.extract_radiomics(table, settings=SETTINGS, n_jobs=JOBS, cache_dir=folder)
        seconds = time.perf_counter() - start
        begun = time.process_time()
        im.extract_radiomics(table, settings=SETTINGS, n_jobs=1)
        own_cpu = time.process_time() - begun
        start, begun = time.perf_counter(), time.process_time()
        theirs = plain_loop(table)
        peer, peer_cpu = time.perf_counter() - start, time.process_time() - begun
        share, n_values = share_equal(ours.to_df(), theirs)
        if share < 0.999:
            raise RuntimeError(f"{share:.4%} of {n_values} values equal PyRadiomics'; the goal is 99.9 %")
        yield Row(
            f"{what}, {JOBS} workers", seconds, peer, "PyRadiomics, serial loop", goal_ratio=2.5,
            note=f"{share:.3%} of {n_values:,} values within 1e-6; CPU {own_cpu:.1f} s, peer {peer_cpu:.1f} s",
        )  # fmt: skip
        start = time.perf_counter()
        again = im.extract_radiomics(table, settings=SETTINGS, n_jobs=JOBS, cache_dir=folder)
        yield Row(f"{what}, from the cache", time.perf_counter() - start, goal_seconds=2)
        np.testing.assert_array_equal(again.X, ours.X)
        peak = worker_peak(table.tail(1))
        if peak > MEMORY:
            raise RuntimeError(f"a worker took {peak / 1024**3:.2f} GiB; the goal is 1.5 GiB")
        original = {**SETTINGS, "image_types": ["original"], "ibsi": "correct"}
        start = time.perf_counter()
        im.extract_radiomics(table, settings=original, n_jobs=JOBS)
        yield Row(
            f"{len(table)} sarcomas, T1, original image, 107 features", time.perf_counter() - start, nyxus(table),
            "nyxus 3-D", note=f"nyxus: 2 threads, resampled before; a worker took {peak / 1024**3:.2f} GiB",
        )  # fmt: skip


@benchmark("radiomics")
def a_slice() -> Iterator[Row]:
    yield from rows_of(6)


@benchmark("radiomics-all", long=True)
def all_of_them() -> Iterator[Row]:
    yield from rows_of(None)
