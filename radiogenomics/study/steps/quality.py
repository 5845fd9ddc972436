"""Quality of expression, before anything is done to it."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Look at each patient's expression as it was read."""
    from radiogenomics import tl

    with context.unless_degenerate("quality of expression"):
        tl.rna_quality(context.mdata, modality=keys.RNA, **context.settings.model_dump())


QUALITY = Step("quality", run, "cohort")
