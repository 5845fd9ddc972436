"""Read and write files; assemble a cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.io._assemble import assemble_cohort
    from radiogenomics.io._clinical import read_clinical
    from radiogenomics.io._cohort_files import read_cohort, write_cohort
    from radiogenomics.io._counts import read_counts
    from radiogenomics.io._features import read_features
    from radiogenomics.io._gene_sets import read_gmt
    from radiogenomics.io._images import read_image, read_mask
    from radiogenomics.io._manifest import read_manifest
    from radiogenomics.io._models import read_model, write_model

__all__ = [
    "assemble_cohort",
    "read_clinical",
    "read_cohort",
    "read_counts",
    "read_features",
    "read_gmt",
    "read_image",
    "read_manifest",
    "read_mask",
    "read_model",
    "write_cohort",
    "write_model",
]

_WHERE = {
    "assemble_cohort": "_assemble",
    "read_clinical": "_clinical",
    "read_cohort": "_cohort_files",
    "read_counts": "_counts",
    "read_features": "_features",
    "read_gmt": "_gene_sets",
    "read_image": "_images",
    "read_manifest": "_manifest",
    "read_mask": "_images",
    "read_model": "_models",
    "write_cohort": "_cohort_files",
    "write_model": "_models",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
