"""The files of the simulated cohort: manifest, counts, truth, study file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.datasets import _simulate_clinical as follow_up
from radiogenomics.datasets import _simulate_counts as rna
from radiogenomics.datasets import _simulate_images as imaging
from radiogenomics.datasets import _simulate_outcomes as outcomes


def centre_name(index: int) -> str:
    """Letter of a centre."""
    return chr(ord("A") + int(index))


def manifest_of(
    patients: Sequence[str],
    sequences: Sequence[str],
    scanner: Sequence[str],
    centre: Sequence[int],
    readers: Sequence[str],
    reread: set[str],
) -> pd.DataFrame:
    """A row per patient, read and sequence."""
    rows = []
    for patient, machine, where in zip(patients, scanner, centre, strict=True):
        reads = [(readers[0], 1, f"mask_{readers[0]}")]
        if patient in reread:
            reads += [(reader, 1, f"mask_{reader}") for reader in readers[1:]]
            reads.append((readers[0], 2, f"mask_{readers[0]}_{imaging.SECOND}"))
        folder = f"images/{patient}"
        rows += [
            (patient, sequence, f"{folder}/{sequence}.nii.gz", f"{folder}/{mask}.nii.gz", reader, reading, machine,
             centre_name(where))
            for reader, reading, mask in reads for sequence in sequences
        ]  # fmt: skip
    columns = [keys.PATIENT, "sequence", "image", "mask", "reader", "reading", "scanner", "centre"]
    return pd.DataFrame(rows, columns=columns)


def write_counts(counts: pd.DataFrame, path: Path) -> None:
    """Genes x samples, packed."""
    # mtime=0: the same seed gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        packed.write(counts.to_csv().encode())


def write_truth(
    folder: Path,
    factors: pd.DataFrame,
    biology: rna.Biology,
    hazards: pd.DataFrame,
    scanners: list[imaging.Scanner],
) -> None:
    """The hidden factors, a table each, and the sizes of the planted effects."""
    tables = {"imaging": factors, "biology": biology.patients, "hazards": hazards, "genes": biology.genes}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
    settings = {
        "log_hazard_ratio": {"imaging": follow_up.IMAGING_EFFECT, "rna": follow_up.RNA_EFFECT},
        "log_hazard_ratio_recurrence": outcomes.RECURRENCE_EFFECT,
        "log_odds_ratio_grade_resected": outcomes.RESECTION_EFFECT,
        "programme_difference_log2": rna.PROGRAMMES,
        "scanners": [vars(s) for s in scanners],
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def write_study(path: Path, sequences: tuple[str, ...], reader: str, n_sequenced: int) -> None:
    """A study file ready to run."""
    import yaml

    data: dict[str, Any] = {
        "clinical": {"path": "clinical.csv", "id": keys.PATIENT},
        "outcomes": {
            "mfs": {"kind": "survival", "time": "mfs_days", "event": "mfs_event", "unit": "days"},
            "os": {"kind": "survival", "time": "os_days", "event": "os_event", "unit": "days"},
            "lung": {"kind": "binary", "column": "lung_metastasis", "positive": 1},
        },
        "images": {"manifest": "manifest.csv", "sequences": list(sequences)},
    }
    cluster: dict[str, Any] = {"radiomics": {"method": "hierarchical", "metric": "pearson", "n_clusters": 3}}
    steps: dict[str, Any] = {
        "preprocess": {"spacing": [1.5, 1.5, 4], "bias_correction": False, "normalization": "zscore"},
        "extract": {"reader": reader, "reading": 1},
        "clean": {"radiomics": {"scale": True}, **({"rna": {}} if n_sequenced else {})},
        "cluster": cluster,
        "associate": {"variables": ["grade", "sex", "histology", "age_years", "size_mm", "centre"]},
        "survival": {"adjust": ["age_years", "grade"]},
    }
    if n_sequenced:
        data["rna"] = {"path": "counts.csv.gz", "kind": "counts"}
        steps["normalise"] = {}
        cluster["rna"] = {"method": "kmeans", "n_clusters": 2}
        steps["combined_cindex"] = {"folds": 5, "repeats": 10, "bootstrap": 500}
        steps["expression"] = {"method": "ttest", "fold_change": 2}
        steps["enrichment"] = {"gene_sets": "gene_sets.gmt", "method": "ora"}
    steps["report"] = {}
    study = {"name": "simulated-cohort", "data": data, "steps": steps, "output": "results/", "rng": 0}
    path.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
