"""What authors state in reporting checklists, which the software cannot know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from radiogenomics.schemas._base import Model, Name
from radiogenomics.schemas._paths import PathText

ChecklistName = Literal["clear", "metrics", "tripod_ai", "rqs"]


class ChecklistAnswer(Model):
    """The authors' answer to one item; it replaces what the software found and is shown as theirs."""

    text: Name = Field(description="What the authors state, as a sentence.")
    status: Literal["done", "partly", "not done", "not applicable"] = "done"
    points: int | None = Field(None, description="Points of RQS, where an item has several.")


Answer = Annotated[str, Field(min_length=1)] | ChecklistAnswer


class ChecklistSettings(Model):
    """Reporting checklists in the report: ``rg.report.checklist``."""

    which: list[ChecklistName] = Field(
        default=["clear", "metrics", "tripod_ai", "rqs"],
        description="Checklists to fill; an empty list for none.",
    )
    answers: dict[ChecklistName, dict[str, Answer]] | PathText | None = Field(
        default=None,
        description="Answers by checklist and item number (in quotes), or the path of a YAML file of them.",
    )
