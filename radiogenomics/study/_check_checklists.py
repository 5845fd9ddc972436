"""What the authors state in reporting checklists, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.checklists import ChecklistSettings
from radiogenomics.schemas.study import StudyFile


def answers_of(settings: ChecklistSettings) -> Mapping[str, Any] | str | None:
    """What the authors state in checklists, as ``rg.report.write`` takes it."""
    if not isinstance(settings.answers, dict):
        return settings.answers
    return {
        name: {item: one if isinstance(one, str) else one.model_dump() for item, one in items.items()}
        for name, items in settings.answers.items()
    }


def answer_paths(file: StudyFile) -> list[Path]:
    """The file of answers, where there is one."""
    report = file.steps.report
    given = None if report is None else report.checklists.answers
    return [Path(given)] if isinstance(given, str) else []


def check_answers(file: StudyFile) -> None:
    """Refuse answers to checklists and items that there are not.

    Raises
    ------
    InputError
        With every fault, under the file of answers or its place in the study file.
    """
    from radiogenomics.report.checklists._answers import read_answers

    if file.steps.report is None:
        return
    given = answers_of(file.steps.report.checklists)
    try:
        read_answers(given)
    except InputError as error:
        if isinstance(given, str):
            raise
        at = "steps.report.checklists.answers"
        told = [Fault(f.found, f.expected, key=f"{at}.{f.key}", hint=f.hint) for f in error.faults]
        raise InputError("steps", told) from error
