"""The simulated cohort, real cohorts and gene sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.datasets._msigdb import msigdb
    from radiogenomics.datasets._resnet_weights import resnet_weights
    from radiogenomics.datasets._simulate_cohort import simulate_cohort
    from radiogenomics.datasets._sts_mri import sts_mri

__all__ = [
    "msigdb",
    "resnet_weights",
    "simulate_cohort",
    "sts_mri",
]

_WHERE = {
    "msigdb": "_msigdb",
    "resnet_weights": "_resnet_weights",
    "simulate_cohort": "_simulate_cohort",
    "sts_mri": "_sts_mri",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
