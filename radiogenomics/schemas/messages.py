"""What pydantic found, in this package's form of error message."""

from __future__ import annotations

from pydantic import ValidationError

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
    "string_too_short": "text that is not empty",
}


def faults_of(error: ValidationError, *, row: int | None = None) -> list[Fault]:
    """One fault per finding; the place in the document becomes the column (``data.outcomes.mfs.time``)."""
    return [
        Fault(
            found="nothing" if found["type"] == "missing" else _shown(found["input"]),
            expected=_EXPECTED.get(found["type"], _lower_first(found["msg"].removeprefix("Value error, "))),
            row=row,
            column=".".join(str(part) for part in found["loc"]) or None,
        )
        for found in error.errors()
    ]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
