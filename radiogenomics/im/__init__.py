"""Images: preprocessing and feature extraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.im._extract_radiomics import extract_radiomics
    from radiogenomics.im._preprocess import preprocess

__all__ = [
    "extract_radiomics",
    "preprocess",
]

_WHERE = {
    "extract_radiomics": "_extract_radiomics",
    "preprocess": "_preprocess",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
