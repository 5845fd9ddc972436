"""What authors state of items that the software cannot know, checked against the checklists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.report.checklists._load import NAMES, checklist_named
from radiogenomics.schemas.checklists import ChecklistAnswer

Answers = Mapping[str, Mapping[str, ChecklistAnswer]]


def read_answers(given: Mapping[str, Any] | StrPath | None) -> dict[str, dict[str, ChecklistAnswer]]:
    """Answers by checklist and item, from a mapping or a YAML file.

    An answer is a sentence (the item is then done), or ``status``, ``text`` and, for RQS, ``points``.

    Raises
    ------
    InputError
        If the file cannot be read, or a checklist, item or answer is not one: all faults at once.
    """
    if given is None:
        return {}
    where = "answers" if isinstance(given, Mapping) else str(given)
    told = given if isinstance(given, Mapping) else _file(Path(given))
    faults: list[Fault] = []
    out: dict[str, dict[str, ChecklistAnswer]] = {}
    for name, items in told.items():
        if name not in NAMES:
            faults.append(Fault(f"{name!r}", f"a checklist: {', '.join(NAMES)}", key=str(name)))
        elif not isinstance(items, Mapping):
            faults.append(Fault(f"a {type(items).__name__}", "answers by item number", key=str(name)))
        else:
            out[str(name)] = {}
            for item, value in items.items():
                answer = _answer(str(name), str(item), value, faults)
                if answer is not None:
                    out[str(name)][str(item)] = answer
    if faults:
        raise InputError(where, faults)
    return out


def _file(path: Path) -> Mapping[str, Any]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), Fault(error.strerror or str(error), "a YAML file of answers")) from error
    except yaml.YAMLError as error:
        raise InputError(str(path), Fault(f"no YAML: {error}", "answers by checklist and item")) from error
    if not isinstance(told, Mapping):
        raise InputError(str(path), Fault(f"a {type(told).__name__}", "answers by checklist and item"))
    return told


def _answer(name: str, item: str, value: Any, faults: list[Fault]) -> ChecklistAnswer | None:
    """One checked answer; what is wrong with it goes to ``faults``."""
    key = f"{name}.{item}"
    known = {one.item: one for one in checklist_named(name).items}
    if item not in known:
        near = near_names(item, known)
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        faults.append(Fault(f"item {item!r}", f"one of {min(known)} to {list(known)[-1]}", key=key, hint=hint))
        return None
    try:
        answer = ChecklistAnswer.model_validate({"text": value} if isinstance(value, str) else value)
    except ValidationError as error:
        faults += [Fault(_found(one["input"]), one["msg"], key=".".join([key, *map(str, one["loc"])]))
                   for one in error.errors()]  # fmt: skip
        return None
    if answer.points is not None and answer.points not in known[item].points:
        allowed = ", ".join(map(str, known[item].points))
        expected = f"one of {allowed}" if checklist_named(name).score == "points" else "no points (RQS alone has them)"
        faults.append(Fault(f"{answer.points} points", expected, key=f"{key}.points"))
        return None
    return answer


def _found(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
