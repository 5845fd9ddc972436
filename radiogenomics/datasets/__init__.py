"""The simulated cohort, real cohorts and gene sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.datasets._msigdb import msigdb
    from radiogenomics.datasets._simulate_cohort import simulate_cohort
    from radiogenomics.datasets._sts_mri import sts_mri

__all__ = [
    "msigdb",
    "simulate_cohort",
    "sts_mri",
]

_WHERE = {
    "msigdb": "_msigdb",
    "simulate_cohort": "_simulate_cohort",
    "sts_mri": "_sts_mri",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
