"""Gene counts of the simulated cohort: hidden biology, programmes of genes driven by it, negative-binomial counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.datasets._simulate_images import draw_classes

RNA_CLASSES = ("R1", "R2")
SHARES = (0.48, 0.52)

# Difference between the classes in the activity (log2) of each programme; the rest varies between patients only.
PROGRAMMES = {
    "PROLIFERATION": 2.8,
    "IMMUNE_RESPONSE": -2.4,
    "MATRIX_REMODELLING": 0.0,
    "HYPOXIA": 0.0,
    "ANGIOGENESIS": 0.0,
    "LIPID_METABOLISM": 0.0,
}
N_DECOYS = 20
# Share of each gene set that the assay did not measure, as with a real collection.
_UNMEASURED = 0.1


@dataclass(frozen=True)
class Biology:
    """Hidden biology and what it gives.

    Attributes
    ----------
    patients
        ``rna_class`` and the activity (log2) of each programme, one row per patient.
    genes
        ``gene``, ``programme`` (empty for the others), ``loading`` (log2 per unit of activity), ``mean``,
        ``dispersion``.
    gene_sets
        Programmes and decoys: set name to genes, unmeasured ones among them.
    """

    patients: pd.DataFrame
    genes: pd.DataFrame
    gene_sets: dict[str, list[str]]


def draw_biology(imaging: pd.DataFrame, n_genes: int, rng: np.random.Generator) -> Biology:
    """Hidden RNA class and programme activities of every patient, sequenced or not, and the genes' parameters.

    Each imaging class holds the same shares of the RNA classes: in a small cohort, chance would tie the two together.
    """
    patients = imaging[keys.PATIENT].tolist()
    classes = imaging["imaging_class"].to_numpy()
    labels = np.zeros(len(patients), dtype=int)
    for name in np.unique(classes):
        labels[classes == name] = draw_classes(int((classes == name).sum()), RNA_CLASSES, SHARES, rng)
    table = pd.DataFrame({keys.PATIENT: patients, "rna_class": [RNA_CLASSES[i] for i in labels]})
    for name, difference in PROGRAMMES.items():
        table[name.lower()] = difference * (labels - 0.5) + rng.normal(0.0, 0.4, len(patients))
    genes = _draw_genes(n_genes, rng)
    return Biology(table, genes, _draw_gene_sets(genes, rng))


def programme_size(n_genes: int) -> int:
    """Genes per programme: one gene in forty, at least 10."""
    return max(10, n_genes // 40)


def _draw_genes(n_genes: int, rng: np.random.Generator) -> pd.DataFrame:
    size = programme_size(n_genes)
    mean = np.exp(rng.normal(4.6, 1.4, n_genes))
    programme = np.full(n_genes, "", dtype=object)
    loading = np.zeros(n_genes)
    members = rng.permutation(n_genes)[: size * len(PROGRAMMES)].reshape(len(PROGRAMMES), size)
    for name, rows in zip(PROGRAMMES, members, strict=True):
        programme[rows] = name
        loading[rows] = rng.normal(1.0, 0.2, size).clip(0.4)
        mean[rows] = mean[rows].clip(20.0)
    # Dispersion falls with the mean towards a floor, as in real RNA-seq.
    dispersion = (0.08 + 2.0 / mean) * np.exp(rng.normal(0.0, 0.3, n_genes))
    return pd.DataFrame(
        {
            "gene": [f"SIMG{i + 1:05d}" for i in range(n_genes)],
            "programme": programme,
            "loading": loading,
            "mean": mean,
            "dispersion": dispersion,
        }
    )


def _draw_gene_sets(genes: pd.DataFrame, rng: np.random.Generator) -> dict[str, list[str]]:
    size = programme_size(len(genes))
    absent = max(1, round(size * _UNMEASURED))
    sets: dict[str, list[str]] = {}
    number = len(genes)

    def with_unmeasured(measured: Sequence[str]) -> list[str]:
        nonlocal number
        extra = [f"SIMG{number + i + 1:05d}" for i in range(absent)]
        number += absent
        return sorted([*measured, *extra])

    for name in PROGRAMMES:
        sets[f"PROGRAMME_{name}"] = with_unmeasured(list(genes.loc[genes["programme"] == name, "gene"]))
    for i in range(N_DECOYS):
        rows = rng.choice(len(genes), size, replace=False)
        sets[f"DECOY_{i + 1:02d}"] = with_unmeasured(list(genes["gene"].iloc[rows]))
    return sets


def draw_counts(biology: Biology, sequenced: list[str], rng: np.random.Generator) -> pd.DataFrame:
    """Counts, genes x samples: negative binomial around library size x gene mean x 2^(loading x activity)."""
    activity = biology.patients.set_index(keys.PATIENT).loc[sequenced, [p.lower() for p in PROGRAMMES]]
    genes = biology.genes
    effect = np.zeros((len(genes), len(sequenced)))
    for name in PROGRAMMES:
        rows = (genes["programme"] == name).to_numpy()
        effect[rows] = np.outer(genes.loc[rows, "loading"], activity[name.lower()])
    depth = np.exp(rng.normal(0.0, 0.3, len(sequenced)))
    mu = genes["mean"].to_numpy()[:, None] * depth * np.exp2(effect)
    # Gamma-Poisson mixture: variance mu + dispersion * mu^2.
    shape = 1.0 / genes["dispersion"].to_numpy()[:, None]
    counts = rng.poisson(rng.gamma(np.broadcast_to(shape, mu.shape), mu / shape))
    return pd.DataFrame(counts, index=pd.Index(genes["gene"], name="gene"), columns=sequenced)
