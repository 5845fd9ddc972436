"""One self-contained HTML report of everything a cohort holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.report._write import write

__all__ = [
    "write",
]

_WHERE = {
    "write": "_write",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
