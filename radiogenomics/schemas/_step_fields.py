"""Types that the settings of several steps share."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def _switch(value: Any) -> Any:
    """``false`` switches a step off; an empty entry is refused, because it may mean either."""
    if value is False:
        return None
    if value is None or value is True:
        raise PydanticCustomError("switch", "settings, {} for all defaults, or false to switch the step off")
    return value


def _switch_schema(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
    options = [option for option in schema.pop("anyOf", []) if option != {"type": "null"}]
    schema["anyOf"] = [*options, {"const": False}]


T = TypeVar("T")
Switch: TypeAlias = Annotated[T | None, BeforeValidator(_switch), Field(json_schema_extra=_switch_schema)]
Positive: TypeAlias = Annotated[int, Field(gt=0)]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Level: TypeAlias = Annotated[float, Field(gt=0, lt=1)]
Length: TypeAlias = Annotated[float, Field(ge=0)]
PositiveTime: TypeAlias = Annotated[float, Field(gt=0)]
