"""Paths as study files write them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

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
