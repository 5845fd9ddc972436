"""The study file: what the data are, which steps are done with which settings, where the output goes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas.outcomes import Outcome
from radiogenomics.schemas.split import Split
from radiogenomics.schemas.steps import Steps
from radiogenomics.schemas.tables import ClinicalTable, CountsTable, FeatureTable


class ClinicalSource(ClinicalTable):
    """The clinical table of a study."""

    path: PathText = Field(description="csv, tsv, or either as .gz; relative to the study file.")


class FeatureSource(FeatureTable):
    """A ready table of features."""

    path: PathText | list[PathText] = Field(description="One or several files; relative to the study file.")


class RnaSource(CountsTable):
    """A table of gene expression."""

    path: PathText | list[PathText] = Field(
        description="A table (csv, tsv, either as .gz, h5ad), or one file per patient of STAR, featureCounts, RSEM, "
        "salmon, kallisto or the GDC: their folder, or a list of them; relative to the study file."
    )


class ImageSource(Model):
    """A manifest of images and masks."""

    manifest: PathText
    sequences: list[str] | None = None
    suv: list[str] = Field([], description="Sequences whose DICOM PET is read as SUV by body weight.")
    resample_mask: bool = Field(
        False, description="Masks on another grid are taken to their image's; otherwise those cases fail."
    )


class Data(Model):
    """Where the data are."""

    clinical: ClinicalSource
    outcomes: Annotated[dict[str, Outcome], Field(min_length=1)]
    split: Split | None = None
    images: ImageSource | None = None
    radiomics: FeatureSource | None = None
    deep: FeatureSource | None = None
    rna: RnaSource | None = None

    def tables(self) -> dict[str, FeatureSource | RnaSource]:
        """Ready tables by modality."""
        found: dict[str, FeatureSource | RnaSource | None]
        found = {"radiomics": self.radiomics, "deep": self.deep, "rna": self.rna}
        return {name: source for name, source in found.items() if source is not None}


#: Those of the data model, in its order; autoencoders come before the last.
_MODALITIES = ("radiomics", "radiomics_shuffled", "deep", "rna")


def _name(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[\w][\w .+-]*", value):
        raise PydanticCustomError("study_name", "letters, digits, spaces, and . + - _")
    return value


class StudyFile(Model):
    """A whole study file."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Study file")

    name: Annotated[str, BeforeValidator(_name)]
    data: Data
    steps: Steps
    output: PathText = Field("results", validate_default=True, description="Folder of the results.")
    rng: Annotated[int, Field(ge=0)] = 0

    def modalities(self) -> list[str]:
        """Modalities the cohort will have, in the order of the data model."""
        have = set(self.data.tables())
        if self.steps.extract is not None:
            have.add("radiomics")
            if self.steps.extract.control is not None:
                have.add("radiomics_shuffled")
        if self.steps.transfer is not None:
            have.add("deep")
        learned = [name for name in self.steps.autoencoder or {} if name not in _MODALITIES]
        return [name for name in (*_MODALITIES[:-1], *learned, _MODALITIES[-1]) if name in {*have, *learned}]

    def computed(self) -> list[str]:
        """Modalities that steps of the study make, whose features are not known before."""
        steps = self.steps
        extracted = [] if steps.extract is None else ["radiomics", "radiomics_shuffled"]
        transferred = [] if steps.transfer is None else ["deep"]
        made = [*extracted, *transferred, *(steps.autoencoder or {})]
        return [name for name in self.modalities() if name in made]
