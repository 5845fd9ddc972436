"""The one way this package compiles: cached on disk, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def jit(function: F) -> F:
    """Compile ``function`` on its first call; exact IEEE arithmetic, so results do not depend on the machine."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
