"""Raw counts to the log2 scale."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Normalise the counts."""
    from radiogenomics import pp

    pp.normalize_counts(context.mdata, modality=keys.RNA, **context.settings.model_dump())


NORMALISE = Step("normalise", run, "cohort")
