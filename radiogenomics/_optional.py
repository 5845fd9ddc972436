"""Optional dependencies: one message that names the extra to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from radiogenomics._errors import MissingDependencyError

_EXTRA_OF = {
    "SimpleITK": "imaging",
    "radiomics": "imaging",
    "pydicom": "imaging",
    "pywt": "imaging",
    "torch": "deep",
    "monai": "deep",
    "lightning": "deep",
    "imblearn": "models",
    "shap": "models",
    "inmoose": "counts",
    "mofapy2": "mofa",
    "dask": "distributed",
    "distributed": "distributed",
    "jupytext": "notebook",
    "nbformat": "notebook",
}


def optional_import(name: str, *, needed_for: str) -> ModuleType:
    """Import ``name`` or say which extra of this package brings it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        root = name.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != root:
            raise
        extra = _EXTRA_OF[root]
        raise MissingDependencyError(
            f"{needed_for} needs the package {root!r}, which is not installed; "
            f"install it with: pip install 'radiogenomics[{extra}]'"
        ) from error
