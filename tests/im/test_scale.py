"""Many and large cases: workers, clusters, threads, margins, memory; PyRadiomics' values from compiled code."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics.im import _case, _features
from radiogenomics.im._case import CaseFeatures, extract_case
from radiogenomics.im._crop import Box, whole
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import cases_of
from radiogenomics.schemas.radiomics import radiomics_settings

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]


@pytest.mark.slow
def test_cluster_of_processes_gives_the_same(cohort: pd.DataFrame) -> None:
    distributed = pytest.importorskip("distributed")
    settings = {"image_types": ["original", "wavelet"], "bin_count": 16}
    here = im.extract_radiomics(cohort, settings=settings)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        there = im.extract_radiomics(cohort, settings=settings)
        done = client.run(lambda: "radiogenomics.im._case" in sys.modules)
    assert any(done.values())  # the work was the cluster's
    np.testing.assert_array_equal(there.X, here.X)


def test_one_thread_of_each_library_while_a_case_is_worked_on() -> None:
    from threadpoolctl import threadpool_info

    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    with quiet_single_thread():
        assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 1
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1}
        # Filters that exist already take the number from when they were made; ours are made in here.
        assert sitk.LaplacianRecursiveGaussianImageFilter().GetNumberOfThreads() == 1
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before


def test_no_kernel_starts_threads_of_its_own() -> None:
    """Compiled code runs in the worker's thread: none is compiled with numba's ``parallel``."""
    source = (Path(_case.__file__).parents[1] / "core" / "_jit.py").read_text()
    assert "parallel" not in source
    for kernels in (Path(_case.__file__).parents[1] / "core").glob("*.py"):
        assert "prange" not in kernels.read_text(), kernels.name


@pytest.mark.parametrize("corner", [(30, 34, 28), (2, 34, 28), (30, 60, 50)])
def test_margins_leave_the_features_unchanged(
    write_case: Write, monkeypatch: pytest.MonkeyPatch, corner: tuple[int, int, int]
) -> None:
    """A region within a large image, cut to what the filters must see, and not cut at all."""
    rng = np.random.default_rng(3)
    values = rng.normal(100, 10, (64, 72, 68)).astype(np.float32)
    mask = np.zeros(values.shape, dtype=np.uint8)
    z, y, x = corner
    mask[z : z + 9, y : y + 8, x : x + 10] = 1
    mask[z, y, x] = 0
    case = cases_of(pd.DataFrame([write_case(values=values, mask=mask)]).assign(row="P1"))[0]
    settings = radiomics_settings(
        {"image_types": ["original", "wavelet", "log"], "log_sigmas": [0.8], "bin_count": 8, "feature_set": "ibsi",
         "feature_classes": ["shape", "local", "firstorder", "glcm", "gldzm"]}
    )  # fmt: skip
    cut = extract_case(case, settings)
    seen = []

    def all_of_it(roi: Any, size: Any, *_: Any) -> Any:
        seen.append(size)
        return Box((0, 0, 0), tuple(size))

    monkeypatch.setattr(_case, "needed_box", lambda mask, _: whole(mask))
    monkeypatch.setattr(_features, "wavelet_box", all_of_it)
    monkeypatch.setattr(_features, "log_box", all_of_it)
    uncut = extract_case(case, settings)
    assert set(seen) == {(68, 72, 64)}
    assert isinstance(cut, CaseFeatures)
    assert isinstance(uncut, CaseFeatures)
    filtered = [name for name in cut.features if name.startswith("log")]
    exact = [name for name in cut.features if not name.startswith("log")]
    assert len(filtered) > 50
    for names, tolerance in ((exact, 1e-13), (filtered, 1e-5)):
        np.testing.assert_allclose(
            [cut.features[n] for n in names], [uncut.features[n] for n in names], rtol=tolerance, atol=1e-5 * tolerance
        )


def test_settings_that_are_hard_on_pyradiomics(write_case: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Where regions, levels or images are degenerate, values and gaps are PyRadiomics' own."""
    rng = np.random.default_rng(7)
    shape = (20, 24, 26)
    thin = np.zeros(shape, dtype=np.uint8)
    thin[9, 5:15, 6:17] = 1
    few = np.zeros(shape, dtype=np.uint8)
    few[9, 9, 9:11] = few[10, 10, 9] = 1
    apart = np.zeros(shape, dtype=np.uint8)
    apart[5, 5, 5] = apart[9, 12, 9] = apart[14, 5, 12] = 1
    noise = rng.normal(-50, 20, shape).astype(np.float32)
    cases = {
        "one slice": (noise, thin, {"binCount": 16}, {"bin_count": 16}),
        "three voxels": (noise, few, {"binCount": 4}, {"bin_count": 4}),
        "voxels without neighbours": (noise, apart, {"binCount": 4}, {"bin_count": 4}),
        "negative, wide bins": (noise, None, {"binWidth": 7.3}, {"bin_width": 7.3}),
        "whole numbers": (noise.round().astype(np.int16), None, {"binCount": 32}, {"bin_count": 32}),
        "two levels": ((noise > -50).astype(np.float32), None, {"binCount": 8}, {"bin_count": 8}),
        "other distances": (noise, None, {"binCount": 8, "distances": [1, 3]}, {"bin_count": 8, "distances": [1, 3]}),
        "slices": (noise, None, {"binCount": 8, "force2D": True}, {"bin_count": 8, "aggregation": "2.5d_d_mrg"}),
    }
    caplog.set_level(logging.CRITICAL, logger="radiomics")
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    for name, (values, mask, theirs, ours) in cases.items():
        row = write_case(name.replace(" ", ""), values=values, mask=mask, spacing=(1.0, 0.9, 2.0))
        with quiet_single_thread():
            plain = RadiomicsFeatureExtractor(additionalInfo=False, **theirs)
            expected = {k: float(v) for k, v in plain.execute(row["image"], row["mask"]).items()}
        case = cases_of(pd.DataFrame([row]).assign(row="P"))[0]
        found = extract_case(case, radiomics_settings({"ibsi": "pyradiomics", **ours}))
        assert isinstance(found, CaseFeatures), found
        for key, value in expected.items():
            np.testing.assert_allclose(found.features[key], value, rtol=1e-6, atol=1e-6, err_msg=f"{name}: {key}")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_cases(write_case: Write) -> None:
    """A process that works on eight cases needs hardly more than for one."""
    rng = np.random.default_rng(0)
    mask = np.pad(np.ones((20, 50, 50), dtype=np.uint8), ((10,), (20,), (20,)))
    volumes = [rng.normal(0, 1, mask.shape).astype(np.float32) for _ in range(8)]
    rows = [write_case(f"P{i}", values=v, mask=mask) for i, v in enumerate(volumes)]
    code = (
        "import sys, json, resource\n"
        "import pandas as pd\n"
        "from radiogenomics import im\n"
        "rows = json.loads(sys.argv[1])\n"
        "im.extract_radiomics(pd.DataFrame(rows), n_jobs=1, settings={'image_types': ['original', 'wavelet']})\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, json.dumps(rows[:n])], check=True, capture_output=True, encoding="utf-8"
            ).stdout
        )
        for n in (1, 8)
    ]
    assert peaks[1] < 1.15 * peaks[0]
