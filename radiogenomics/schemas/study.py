"""The study file: what the data are, which steps are done with which settings, where the output goes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from radiogenomics.schemas.steps import Steps, Strict

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def _resolved(value: str, info: ValidationInfo) -> str:
    """Expand ``${VARIABLE}`` and take a relative path from the folder of the study file (validation context)."""
    unset = [name for name in _VARIABLE.findall(value) if not os.environ.get(name)]
    if unset:
        names = " and ".join(unset)
        raise PydanticCustomError(
            "unset_variable",
            "a path whose variables are set; the environment variable {names} is not set",
            {"names": names},
        )
    folder = (info.context or {}).get("folder")
    if folder is None:
        return value
    path = Path(_VARIABLE.sub(lambda match: os.environ[match.group(1)], value)).expanduser()
    return str(path if path.is_absolute() else Path(folder) / path)


PathText: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_resolved)]
"""A path: relative to the study file, ``~`` and ``${VARIABLE}`` expanded."""


class TableSource(Strict):
    """A table with one row per patient."""

    path: PathText
    id: str = "patient_id"


class RnaSource(TableSource):
    """A table of gene expression."""

    kind: Literal["counts", "normalized"] = "counts"
    scale: Literal["linear", "log2"] | None = None


class ImageSource(Strict):
    """A manifest of images and masks."""

    manifest: PathText
    sequences: list[str] | None = None


class _Outcome(Strict):
    pass


class SurvivalSource(_Outcome):
    """Time to an event, with the columns that hold them."""

    kind: Literal["survival"]
    time: str
    event: str
    unit: str = "days"


class BinarySource(_Outcome):
    """A yes-or-no outcome; ``positive`` is the value that means yes."""

    kind: Literal["binary"]
    column: str
    positive: bool | int | float | str = 1


class CompetingSource(_Outcome):
    """Time to the first of several events; ``causes`` names the codes of the event column."""

    kind: Literal["competing"]
    time: str
    event: str
    causes: dict[str, int | str]
    unit: str = "days"


Outcome: TypeAlias = Annotated[SurvivalSource | BinarySource | CompetingSource, Field(discriminator="kind")]


class Split(Strict):
    """Which patients are kept for judging: an expression over clinical columns, or a share drawn at random."""

    external: str | None = None
    internal: Annotated[float, Field(gt=0, lt=1)] | str | None = None


class Data(Strict):
    """Where the data are."""

    clinical: TableSource
    outcomes: Annotated[dict[str, Outcome], Field(min_length=1)]
    split: Split | None = None
    images: ImageSource | None = None
    radiomics: TableSource | None = None
    deep: TableSource | None = None
    rna: RnaSource | None = None

    def tables(self) -> dict[str, TableSource]:
        """Ready feature tables by modality."""
        found = {"radiomics": self.radiomics, "deep": self.deep, "rna": self.rna}
        return {name: source for name, source in found.items() if source is not None}


def _name(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[\w][\w .+-]*", value):
        raise PydanticCustomError("study_name", "letters, digits, spaces, and . + - _")
    return value


class StudyFile(Strict):
    """A whole study file."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Study file")

    name: Annotated[str, BeforeValidator(_name)]
    data: Data
    steps: Steps
    output: PathText = "results"
    rng: Annotated[int, Field(ge=0)] = 0

    def modalities(self) -> list[str]:
        """Modalities the cohort will have, in the order of the data model."""
        have = set(self.data.tables())
        if self.steps.extract is not None:
            have.add("radiomics")
        return [name for name in ("radiomics", "deep", "rna") if name in have]


__all__ = ["Data", "Outcome", "PathText", "Split", "StudyFile", "TableSource"]
