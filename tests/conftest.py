"""Shared fixtures: the folder of real data, quiet progress bars."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import matplotlib as mpl
import pytest

mpl.use("Agg")

# The same examples in every run; `--hypothesis-profile=searching` looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("searching", derandomize=False)
hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real cohorts; tests that need it are skipped, saying so, where it is not set."""
    folder = os.environ.get("RADIOGENOMICS_DATA")
    if not folder:
        pytest.skip("RADIOGENOMICS_DATA is not set: no real data here")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"RADIOGENOMICS_DATA={folder} is not a folder")
    return path


@pytest.fixture(autouse=True)
def _quiet() -> None:
    from radiogenomics import settings

    settings.progress = False


@pytest.fixture(scope="session")
def dicom() -> Any:
    """Functions that write DICOM files (``tests/dicom_writing.py``)."""
    pytest.importorskip("pydicom")
    pytest.importorskip("SimpleITK")
    spec = importlib.util.spec_from_file_location("dicom_writing", Path(__file__).with_name("dicom_writing.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Planted:
    cohort: Any
    gmt_path: Path
    sets: dict[str, list[str]]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """Cohort of 90 patients, 70 with expression, whose group C relapses early and expresses set UP more, DOWN less.

    Groups stand in ``obs["risk"]`` (no patient of ``P000`` to ``P002`` has one); the GMT file is ``planted.gmt_path``.
    """
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    from radiogenomics.io import assemble_cohort

    rng = np.random.default_rng(11)
    patients = [f"P{i:03d}" for i in range(90)]
    group = np.array(["A", "B", "C"])[rng.permutation(90) % 3]
    time = rng.exponential(1000 / np.where(group == "C", 4.0, 1.0))
    censoring = rng.uniform(300, 1500, 90)
    clinical = pd.DataFrame(
        {"days": np.ceil(np.minimum(time, censoring)), "event": (time <= censoring).astype(int), "risk": group},
        index=pd.Index(patients, name="patient_id"),
    )
    clinical.loc[patients[:3], "risk"] = None
    x = rng.normal(6, 1, (90, 400))
    x[np.ix_(group == "C", np.arange(0, 30))] += 2.0
    x[np.ix_(group == "C", np.arange(30, 50))] -= 2.0
    genes = [f"GENE{i:03d}" for i in range(400)]
    rna = AnnData(x[:70], obs=pd.DataFrame(index=patients[:70]), var=pd.DataFrame(index=genes))
    sizes = AnnData(rng.normal(size=(90, 3)), obs=pd.DataFrame(index=patients), var=pd.DataFrame(index=list("xyz")))
    outcomes = {"relapse": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}}
    cohort = assemble_cohort(clinical, outcomes=outcomes, rna=rna, radiomics=sizes)
    sets = {"UP": genes[:30], "DOWN": genes[30:50]}
    sets |= {f"DECOY{i}": sorted(rng.choice(genes[50:], 25, replace=False).tolist()) for i in range(10)}
    cohort_gmt = tmp_path / "planted.gmt"
    cohort_gmt.write_text("".join(f"{name}\tplanted\t" + "\t".join([*s, "OTHER1"]) + "\n" for name, s in sets.items()))
    return Planted(cohort, cohort_gmt, sets)
