"""The tables a study brings: clinical, features, expression."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from radiogenomics.schemas._base import Model, Name

Paths = Name | list[Name]


class ClinicalTable(Model):
    """One row per patient."""

    path: Name = Field(description="csv, tsv, or either as .gz.")
    id: Name = Field(default="patient_id", description="Column of the patient ids.")
    sep: Name | None = Field(default=None, description="Delimiter; found from the header by default.")
    numeric: list[Name] = Field(default_factory=list, description="Columns that must be numbers.")
    text: list[Name] = Field(default_factory=list, description="Columns kept as text although they look like numbers.")
    missing: list[str] = Field(default_factory=list, description="Further words that mean: no value.")


class FeatureTable(Model):
    """Patients in rows, numeric features in columns."""

    path: Paths = Field(description="csv, tsv, or either as .gz; several files with the same columns are stacked.")
    id: Name | None = Field(default=None, description="Column of the patient ids; the first by default.")
    drop: list[Name] = Field(
        default_factory=list, description="Columns to leave out: names, or patterns such as diag*."
    )


class CountsTable(Model):
    """Expression of genes in patients."""

    path: Paths = Field(
        description="A table (csv, tsv, either as .gz, h5ad), or one file per patient of STAR, featureCounts, RSEM, "
        "salmon, kallisto or the GDC: their folder, or a list of them."
    )
    id: Name | None = Field(default=None, description="Column that names the rows; the first by default.")
    kind: Literal["counts", "expected_counts", "normalized", "rsem", "fpkm", "tpm", "log2", "zscore"] = Field(
        default="counts",
        description="counts: raw integers; expected_counts: those of RSEM, salmon or kallisto, which are rounded; "
        "normalized, rsem, fpkm, tpm: linear values; log2: logarithms; zscore: standardised.",
    )
    orientation: Literal["genes_x_samples", "samples_x_genes"] | None = Field(
        default=None, description="What stands in rows x columns; needed only where the ids do not tell."
    )
    strandedness: Literal["unstranded", "forward", "reverse"] | None = Field(
        default=None, description="Which counts of STAR's or the GDC's files are meant; needed for those alone."
    )

    def counted(self) -> bool:
        """Whether it holds counts."""
        return self.kind in ("counts", "expected_counts")
