"""A small cohort of ready tables, with planted groups, and its study file: runs in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml


def write_study(folder: Path, *, n: int = 60, effect: float = 2.0, seed: int = 1) -> Path:
    """Radiomics and RNA of ``n`` patients in two planted groups each; ``effect`` separates them."""
    rng = np.random.default_rng(seed)
    ids = [f"P{i:03d}" for i in range(n)]
    image_group, rna_group = np.arange(n) % 2, (np.arange(n) // 2) % 2
    pattern = rng.normal(size=(2, 30))
    radiomics = rng.normal(size=(n, 30)) + effect * pattern[image_group]
    genes = [f"GENE{i}" for i in range(80)]
    rna = rng.normal(5, 0.5, size=(n, 80))
    rna[:, :15] += effect * rna_group[:, None]
    time = rng.exponential(1000 / (1 + image_group + rna_group)).round() + 1
    clinical = pd.DataFrame(
        {
            "patient_id": ids,
            "age_years": rng.integers(30, 80, n),
            "grade": np.where(image_group == 1, "high", rng.choice(["low", "high"], n)),
            "mfs_days": time.astype(int),
            "mfs_event": (rng.random(n) < 0.7).astype(int),
        }
    )
    clinical.to_csv(folder / "clinical.csv", index=False)
    pd.DataFrame(radiomics, columns=[f"f{i}" for i in range(30)]).assign(patient_id=ids).to_csv(
        folder / "radiomics.csv", index=False
    )
    # The last patients were not sequenced.
    table = pd.DataFrame(2.0 ** np.clip(rna, 0, None) - 1, columns=genes).clip(lower=0).assign(patient_id=ids)
    table.iloc[: n - 6].set_index("patient_id").to_csv(folder / "rna.csv")
    sets = {"PLANTED": genes[:15], "OTHER": genes[40:60], "THIRD": genes[60:75]}
    (folder / "sets.gmt").write_text(
        "".join("\t".join([k, "test", *v]) + "\n" for k, v in sets.items()), encoding="utf-8"
    )
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study_text(), sort_keys=False), encoding="utf-8")
    return path


def study_text() -> dict[str, Any]:
    """The study file as data, to be changed by tests."""
    fast = {"n_clusters": 2, "n_resamples": 30}
    return {
        "name": "small",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {"mfs": {"kind": "survival", "time": "mfs_days", "event": "mfs_event", "unit": "days"}},
            "radiomics": {"path": "radiomics.csv", "id": "patient_id"},
            "rna": {"path": "rna.csv", "id": "patient_id", "kind": "normalized"},
        },
        "steps": {
            "clean": {"radiomics": {}},
            "cluster": {
                "radiomics": {"method": "hierarchical", "metric": "euclidean", "linkage": "ward", **fast},
                "rna": {"method": "kmeans", "metric": "euclidean", **fast},
            },
            "associate": {"variables": ["grade", "age_years"]},
            "survival": {"adjust": ["age_years"]},
            "combined_cindex": {"folds": 3, "repeats": 2, "bootstrap": 50},
            "expression": {"min_patients": 5, "min_events": 3},
            "enrichment": {"gene_sets": "sets.gmt"},
        },
        "output": "results",
        "rng": 0,
    }


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Study file of a fresh small cohort."""
    return write_study(tmp_path)


@pytest.fixture(scope="session")
def write_small_study() -> Callable[[Path], Path]:
    return write_study


@pytest.fixture
def template() -> dict[str, Any]:
    return study_text()
