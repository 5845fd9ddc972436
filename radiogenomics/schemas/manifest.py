"""manifest.csv: which image and mask belong to which patient and sequence."""

from __future__ import annotations

from pydantic import Field

from radiogenomics.schemas._base import Model, Name


class ManifestRow(Model):
    """One image with its mask."""

    patient_id: Name = Field(description="The same id as in the clinical table.")
    sequence: Name = Field(description="T1, T2, CE-T1, CT, PET ...; features of the same sequence are compared.")
    image: Name = Field(description="Volume, relative to the folder of the manifest.")
    mask: Name = Field(description="Tumour mask on the grid of the image, relative to the folder of the manifest.")
    label: int | None = Field(default=None, ge=1, description="Value of the tumour in a mask of several labels.")
    reader: Name | None = Field(default=None, description="Who drew the mask.")
    reading: Name | None = Field(default=None, description="Which of several masks by one reader.")
    scanner: Name | None = Field(default=None, description="Batch for harmonisation.")
    centre: Name | None = Field(default=None, description="Hospital.")
    visit: Name | None = Field(default=None, description="Which of several examinations.")
