"""What pydantic found, in this package's form of error message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault

_EXPECTED = {
    "missing": "a value; it is required",
    "extra_forbidden": "a known name",
    "string_type": "text",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_too_short": "text that is not empty",
}


def faults_of(error: ValidationError, *, row: int | None = None, model: type[BaseModel] | None = None) -> list[Fault]:
    """One fault per argument or cell; its place in the document becomes the column (``data.outcomes.mfs.time``).

    ``model``, where it is given, lists the names that an unknown one may mean.
    """
    faults: dict[str, Fault] = {}
    for found in error.errors():
        parts = [str(part) for i, part in enumerate(found["loc"]) if i == 0 or not _is_branch(part)]
        if _of_a_list(found):
            parts = parts[:-1]
        place = ".".join(parts)
        new = _fault(found, parts, row, model)
        old = faults.get(place)
        if old is not None and place and new.expected not in old.expected:
            new = replace(old, expected=f"{old.expected}, or {new.expected}")
        faults[place or f"#{len(faults)}"] = new
    # A whole whose part is refused is refused with it, and another branch of a union is beside the point.
    return [fault for place, fault in faults.items() if not any(other.startswith(f"{place}.") for other in faults)]


def _is_branch(part: int | str) -> bool:
    """Whether a part of pydantic's place is the name of a type in a union and nothing of the user's."""
    text = str(part)
    return "[" in text or text in ("bool", "int", "float", "str") or text.endswith("Settings")


def _of_a_list(found: Any) -> bool:
    """Whether a list of fixed length is too short."""
    return bool(found["type"] == "missing" and found["loc"] and isinstance(found["loc"][-1], int))


def _fault(found: Any, parts: list[str], row: int | None, model: type[BaseModel] | None) -> Fault:
    column = ".".join(parts) or None
    if _of_a_list(found):
        return Fault("too few values", f"{found['loc'][-1] + 1} or more", row=row, column=column)
    if found["type"] == "missing":
        return Fault("nothing", expected_words(found), row=row, column=column)
    if found["type"] == "extra_forbidden" and model is not None and len(parts) == 1:
        known = list(model.model_fields)
        near = near_names(parts[0], known, at_most=2)
        return Fault("an unknown name", f"one of {', '.join(known)}", row=row, column=column, hint=meant(near))
    if found["type"] == "union_tag_invalid":
        name, tags = tag_of(found)
        hint = meant(near_names(name, tags, at_most=1))
        return Fault(f"kind {name!r}", f"one of {', '.join(tags)}", row=row, column=column, hint=hint)
    return Fault(_shown(found["input"]), expected_words(found), row=row, column=column, hint=meant(near_choices(found)))


def tag_of(found: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The kind that is none, and those there are."""
    context = found["ctx"]
    return str(context["tag"]), str(context["expected_tags"]).replace("'", "").split(", ")


def expected_words(found: Mapping[str, Any]) -> str:
    """What a finding says is expected, without pydantic's own terms."""
    kind, context = found["type"], found.get("ctx") or {}
    if kind in ("tuple_type", "list_type", "set_type"):
        return "a list of values"
    if kind == "too_short":
        return f"a list of at least {context['min_length']} value(s)"
    if kind == "too_long":
        return f"a list of at most {context['max_length']} value(s)"
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind == "dict_type":
        return "a mapping of names to values"
    said = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    said = _lower_first(re.sub(r", unable to parse .*$", "", said))
    return f"a number {said}" if said.startswith(("greater", "less")) else said


def near_choices(found: Mapping[str, Any]) -> list[str]:
    """Choices that a text that is none of them may mean: ``z-score``, ``ZSCORE`` for ``zscore``."""
    if found["type"] != "literal_error" or not isinstance(found["input"], str):
        return []
    choices = re.findall(r"'([^']*)'", str(found["ctx"]["expected"]))
    plain = re.sub(r"[^a-z0-9]", "", found["input"].lower())
    same = [c for c in choices if re.sub(r"[^a-z0-9]", "", c.lower()) == plain]
    return same or near_names(found["input"], choices, at_most=2)


def meant(near: Sequence[str]) -> str:
    """The question whether one of these was meant."""
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
