"""One self-contained HTML report of everything a cohort holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.report._checklist import checklist, checklist_score
    from radiogenomics.report._write import write

__all__ = [
    "checklist",
    "checklist_score",
    "write",
]

_WHERE = {
    "checklist": "_checklist",
    "checklist_score": "_checklist",
    "write": "_write",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
