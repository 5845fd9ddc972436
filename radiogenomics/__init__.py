"""radiogenomics: from MRI volumes, RNA-seq counts and follow-up to a radiogenomic study.

Submodules load on first use, so ``import radiogenomics as rg`` stays fast:

``rg.io``  read and write, assemble a cohort · ``rg.im``  images to features · ``rg.pp``  transforms of matrices ·
``rg.tl``  analyses · ``rg.get``  tidy results · ``rg.pl``  figures · ``rg.report``  the HTML report ·
``rg.ml``  scikit-learn estimators · ``rg.core``  the mathematics on plain arrays ·
``rg.datasets``  cohorts and gene sets ·
``rg.study``  study files · ``rg.settings``  progress bars, workers.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

from radiogenomics._settings import settings

if TYPE_CHECKING:
    from radiogenomics import core, datasets, get, im, io, ml, pl, pp, report, schemas, study, tl

__version__ = _version("radiogenomics")

_SUBMODULES = ("core", "datasets", "get", "im", "io", "ml", "pl", "pp", "report", "schemas", "study", "tl")

__all__ = [
    "__version__",
    "core",
    "datasets",
    "get",
    "im",
    "io",
    "ml",
    "pl",
    "pp",
    "report",
    "schemas",
    "settings",
    "study",
    "tl",
]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"radiogenomics.{name}")
    raise AttributeError(f"module 'radiogenomics' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
