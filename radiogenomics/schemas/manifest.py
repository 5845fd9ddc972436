"""manifest.csv: which image and mask belong to which patient and sequence."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from radiogenomics.schemas._base import Model, Name


class ManifestRow(Model):
    """One image with its mask."""

    patient_id: Name = Field(description="The same id as in the clinical table.")
    sequence: Name = Field(description="T1, T2, CE-T1, CT, PET ...; features of the same sequence are compared.")
    image: Name = Field(description="Volume or DICOM folder, relative to the folder of the manifest.")
    mask: Name = Field(
        description="Tumour mask: a label volume on the grid of the image, an RTSTRUCT or a DICOM SEG (file or folder "
        "that holds one), relative to the folder of the manifest."
    )
    series: Name | None = Field(
        default=None,
        description="Series of a DICOM folder: SeriesInstanceUID or description (or a pattern, as for roi, of all "
        "of it); needed where the folder has several.",
    )
    intensity: Literal["stored", "suv"] | None = Field(
        default=None, description="stored (also where empty), or suv: of a DICOM PET series, by body weight in g/mL."
    )
    roi: Name | None = Field(
        default=None,
        description="Structure of an RTSTRUCT or segment of a SEG: its name, or a pattern that matches the whole name "
        "of exactly one: a regular expression, or with * for any letters.",
    )
    reference_region: Name | None = Field(
        default=None, description="Mask of normal tissue that intensities are normalised to, like the tumour mask."
    )
    label: int | None = Field(
        default=None,
        ge=1,
        description="Value of the tumour in a mask of several labels; number of a structure or segment.",
    )
    resample_mask: bool | None = Field(
        default=None, description="true: a mask on another grid is taken to the image's; otherwise it is refused."
    )
    reader: Name | None = Field(default=None, description="Who drew the mask.")
    reading: Name | None = Field(default=None, description="Which of several masks by one reader.")
    scanner: Name | None = Field(default=None, description="Batch for harmonisation.")
    centre: Name | None = Field(default=None, description="Hospital.")
    visit: Name | None = Field(default=None, description="Which of several examinations.")
