"""A study file, its ordered, cached and resumable steps, and the recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.study._compare import compare
    from radiogenomics.study._load import load
    from radiogenomics.study._run import run

__all__ = [
    "compare",
    "load",
    "run",
]

_WHERE = {
    "compare": "_compare",
    "load": "_load",
    "run": "_run",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
