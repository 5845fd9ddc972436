"""Torch modules and training; the only package that imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.nn._architecture import CAE, HSCAE

__all__ = ["CAE", "HSCAE"]

_WHERE = {"CAE": "_architecture", "HSCAE": "_architecture"}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
