"""A simulated tumour study, written as a hospital would hand it over, with the truth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._random import spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.datasets import _simulate_clinical as follow_up
from radiogenomics.datasets import _simulate_counts as rna
from radiogenomics.datasets import _simulate_images as imaging
from radiogenomics.datasets import _simulate_outcomes as outcomes
from radiogenomics.datasets._simulate_deep import draw_deep
from radiogenomics.datasets._simulate_files import centre_name, manifest_of, write_counts, write_study, write_truth

_REREAD_MM = 0.7  # how far the first reader strays in a second reading


@dataclass(frozen=True)
class SimulatedCohort:
    """Paths of what was written.

    Attributes
    ----------
    folder
        The folder itself; paths inside the files are relative to it.
    manifest, clinical, counts, gene_sets, study
        What the hospital hands over, and a study file ready for ``radiogenomics run``.
    deep
        Table in the form of deep features, ``<sequence>_resnet34_<dimension>``. It is made of the hidden factors and
        noise: no network saw the images.
    truth
        Folder of the hidden factors: ``imaging.csv``, ``biology.csv``, ``hazards.csv``, ``genes.csv``,
        ``settings.json``.
    """

    folder: Path
    manifest: Path
    clinical: Path
    counts: Path
    gene_sets: Path
    study: Path
    deep: Path
    truth: Path


def simulate_cohort(
    out_dir: StrPath,
    *,
    n_patients: int = 60,
    n_sequenced: int = 40,
    n_reread: int = 20,
    n_genes: int = 2000,
    sequences: Sequence[str] = ("T1", "T2", "CE-T1"),
    n_centres: int = 2,
    readers: Sequence[str] = ("reader1", "reader2"),
    shape: tuple[int, int, int] = (48, 48, 16),
    spacing: tuple[float, float, float] = (1.5, 1.5, 4.0),
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> SimulatedCohort:
    """Write a simulated cohort: volumes, masks, counts, clinical table, gene sets, study file, and the truth.

    Three imaging classes differ in tumour size, necrosis, texture, heterogeneity and rim enhancement; two RNA classes,
    in the same shares within each of them, differ in two of six gene programmes. Time to metastasis depends on both
    (and weakly on age), so that together they predict better than either alone. Grade follows the imaging class and
    histology the RNA class. With 40 sequenced patients the worst combination of classes has about ten.

    Local recurrence follows heterogeneity and rim enhancement of the tumour, and its grade; progression (``pfs_days``,
    ``pfs_event``) is recurrence or metastasis. ``grade`` is that of a biopsy and follows the images weakly,
    ``grade_resected`` that of the whole tumour, which follows its heterogeneity and necrosis. ``ajcc_stage`` is by size
    alone, at limits that fit tumours this small. ``radiophenotype`` is what a radiologist sees (the imaging class, with
    about one patient in seven read as another), ``risk_group`` a clinical score of age, size, grade and histology.

    Parameters
    ----------
    out_dir
        Folder to write into; made if needed. Files of the same names are replaced.
    n_patients
        Patients with images and follow-up, at least 12.
    n_sequenced
        Patients of these who also have counts; with 0 there are neither counts nor gene sets.
    n_reread
        Patients whose tumour was also contoured by the other readers, and a second time by the first (``reading`` 2).
    n_genes
        Genes measured, at least 200.
    sequences
        Any of T1, T2, CE-T1.
    n_centres
        Centres, each with its own scanner (gain, offset, noise, bias field).
    readers
        Names of the readers. The first draws the true border; each further one strays from it by 1 mm (standard
        deviation), the first one's second reading by 0.7 mm.
    shape, spacing
        Voxels, and their size in mm, along x, y, z. The tumour is kept inside a smaller volume by shrinking it.
    rng
        Seed or Generator: the same seed writes the same files, byte for byte, whatever `n_jobs` is.
    n_jobs
        Workers for the images; by default ``rg.settings.n_jobs``.

    Returns
    -------
    SimulatedCohort
        The paths.

    Raises
    ------
    InputError
        If a number is out of range or `out_dir` cannot be written.
    MissingDependencyError
        If SimpleITK (extra ``imaging``) is not installed.
    """
    optional_import("SimpleITK", needed_for="rg.datasets.simulate_cohort")
    sequences, readers = tuple(sequences), tuple(readers)
    _check(n_patients, n_sequenced, n_reread, n_genes, n_centres, sequences, readers, shape, spacing)
    out = _folder(out_dir)
    seeds = spawn_seeds(rng, 4 + n_patients)
    patients = [f"SIM-{i + 1:03d}" for i in range(n_patients)]
    factors = imaging.draw_imaging(patients, np.random.default_rng(seeds[0]))
    biology = rna.draw_biology(factors, n_genes, np.random.default_rng(seeds[1]))
    logistics = np.random.default_rng(seeds[2])
    scanners = imaging.make_scanners(n_centres)
    centre = logistics.permutation(np.arange(n_patients) % n_centres)
    sequenced = _sequenced(factors, biology, n_sequenced, logistics)
    reread = set(logistics.choice(patients, n_reread, replace=False).tolist())

    read_by = [readers if p in reread else readers[:1] for p in patients]
    rows = factors.set_index(keys.PATIENT)[list(imaging.FACTORS)].to_dict("records")
    # ITK already uses every core within a filter, but these are numpy's; workers share out the patients.
    sizes = parallel_map(
        imaging.write_patient,
        [
            (
                str(out / "images" / p),
                rows[i],
                sequences,
                scanners[centre[i]],
                tuple((r, 0.0 if r == readers[0] else 1.0) for r in read_by[i]),
                tuple(shape),
                tuple(spacing),
                seeds[4 + i],
                _REREAD_MM if p in reread else 0.0,
            )
            for i, p in enumerate(patients)
        ],
        n_jobs=n_jobs,
        description="Simulating images",
    )
    factors[["longest_mm", "volume_mm3", "necrotic_share"]] = np.array(sizes)
    factors["scanner"] = [scanners[c].name for c in centre]

    manifest = manifest_of(patients, sequences, [scanners[c].name for c in centre], centre.tolist(), readers, reread)
    clinical, hazards = _clinical(factors, biology, [centre_name(c) for c in centre], seeds[3])
    counts = rna.draw_counts(biology, sequenced, np.random.default_rng(seeds[1] + 1))
    paths = SimulatedCohort(
        folder=out,
        manifest=out / "manifest.csv",
        clinical=out / "clinical.csv",
        counts=out / "counts.csv.gz",
        gene_sets=out / "gene_sets.gmt",
        study=out / "study.yaml",
        deep=out / "deep.csv",
        truth=out / "truth",
    )
    manifest.to_csv(paths.manifest, index=False)
    clinical.to_csv(paths.clinical, index=False)
    deep = draw_deep(factors, sequences, centre.tolist(), np.random.default_rng([seeds[3], 2]))
    deep.to_csv(paths.deep, index=False, float_format="%.6g")
    if n_sequenced:
        write_counts(counts, paths.counts)
        lines = ("\t".join([name, "simulated", *genes]) for name, genes in biology.gene_sets.items())
        paths.gene_sets.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:  # those of an earlier call are of other patients
        paths.counts.unlink(missing_ok=True)
        paths.gene_sets.unlink(missing_ok=True)
    write_study(paths.study, sequences, readers[0], n_sequenced)
    write_truth(paths.truth, factors, biology, hazards, scanners)
    return paths


def _sequenced(factors: pd.DataFrame, biology: rna.Biology, n: int, rng: np.random.Generator) -> list[str]:
    """Patients with counts: every combination of the classes is represented in its share (systematic sampling)."""
    order = rng.permutation(len(factors))
    classes = (factors["imaging_class"] + biology.patients["rna_class"]).to_numpy()[order]
    sorted_patients = factors[keys.PATIENT].to_numpy()[order][np.argsort(classes, kind="stable")]
    picks = ((np.arange(n) + rng.random()) * len(factors) / max(n, 1)).astype(int)
    return sorted(str(p) for p in sorted_patients[picks])


def _check(
    n_patients: int,
    n_sequenced: int,
    n_reread: int,
    n_genes: int,
    n_centres: int,
    sequences: tuple[str, ...],
    readers: tuple[str, ...],
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
) -> None:
    for name in sequences:
        if name not in imaging.CONTRASTS:
            raise unknown_name("sequences", name, imaging.CONTRASTS)
    ranges = (
        ("n_patients", n_patients, 12, 100_000),
        ("n_sequenced", n_sequenced, 0, n_patients),
        ("n_reread", n_reread, 0, n_patients),
        ("n_genes", n_genes, 200, 99_000),
        ("n_centres", n_centres, 1, 26),
        ("sequences (how many)", len(set(sequences)), max(1, len(sequences)), 3),
        ("readers (how many different)", len(set(readers)), max(1, len(readers)), 99),
        ("shape (smallest)", min(shape), 8, 1024),
    )
    faults = [
        Fault(str(value), f"a number from {low} to {high}", column=name)
        for name, value, low, high in ranges
        if not low <= value <= high
    ]
    if not all(s > 0 for s in spacing):
        faults.append(Fault(str(tuple(spacing)), "three positive numbers of mm", column="spacing"))
    if faults:
        raise InputError("simulate_cohort", faults)


def _folder(out_dir: StrPath) -> Path:
    out = Path(out_dir)
    try:
        (out / "images").mkdir(parents=True, exist_ok=True)
        (out / "truth").mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(
            str(out), f"the folder cannot be written ({error.strerror}); choose another out_dir"
        ) from error
    return out


def _clinical(
    factors: pd.DataFrame, biology: rna.Biology, centre: list[str], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    covariates = follow_up.draw_covariates(factors, biology.patients, rng)
    columns, hazards = follow_up.draw_follow_up(covariates, factors, biology.patients, rng)
    clinical = follow_up.hide_some(covariates, rng)
    # Measured by hand on the images: to the millimetre, with an error of about two.
    clinical["size_mm"] = np.rint(factors["longest_mm"] + rng.normal(0.0, 2.0, len(factors))).clip(10).astype(int)
    clinical["ajcc_stage"] = outcomes.stage_of(factors)
    read = follow_up.read_images(factors, clinical, np.random.default_rng([seed, 3]))
    clinical["centre"] = centre
    further, truth = outcomes.draw_outcomes(covariates, factors, hazards, np.random.default_rng([seed, 1]))
    return pd.concat([clinical, columns, further, read], axis=1), hazards.merge(truth, on=keys.PATIENT)
