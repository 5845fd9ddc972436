"""The words under which things are stored in a cohort (DESIGN: the data model)."""

from __future__ import annotations

from typing import Final

OUTCOMES: Final = "outcomes"
SPLIT: Final = "split"
AUDIT: Final = "audit"
PIPELINE: Final = "pipeline"
SETTINGS: Final = "settings"
LEFT_OUT: Final = "left_out"
COUNTS: Final = "counts"
GROUPS: Final = "groups"

RADIOMICS: Final = "radiomics"
DEEP: Final = "deep"
RNA: Final = "rna"

PATIENT: Final = "patient_id"
SPLITS: Final = ("training", "internal", "external")
#: Part of a patient whom the split does not mention (no clinical row).
NO_PART: Final = "none"

#: Where a study keeps the comparison of models that ignores the strata of the one beside it.
CINDEX_WITHOUT_STRATA: Final = "combined_cindex_without_strata"

#: Places of ``uns`` that hold the cohort itself, so that no result may take their names.
RESERVED: Final = (
    OUTCOMES, SPLIT, AUDIT, PIPELINE, "expression", "failures", "left_out_columns", "not_finite", "skipped", "source",
    "study",
)  # fmt: skip
