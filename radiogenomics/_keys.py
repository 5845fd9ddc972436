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
#: Where a modality says which transform learned from all of its patients at once.
WHOLE_COHORT: Final = "whole_cohort"

RADIOMICS: Final = "radiomics"
#: The same features of images whose voxels were shuffled inside the tumour: what to compare with, nothing to build on.
CONTROL: Final = "radiomics_shuffled"
#: Table of ``rg.im.check`` in a cohort.
IMAGE_CHECK: Final = "image_check"
#: Table of the masks that step segment made, in a cohort.
SEGMENTATION: Final = "segmentation"
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
    OUTCOMES, SPLIT, AUDIT, PIPELINE, "expression", "failures", "left_out_columns", "not_counted", "not_finite",
    "skipped", "source", "study", WHOLE_COHORT, IMAGE_CHECK, SEGMENTATION,
)  # fmt: skip
