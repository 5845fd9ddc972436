"""What is said once of each figure of a kind of stored result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from radiogenomics.report._found import Found


@dataclass(frozen=True)
class Kind:
    """One figure of one kind of result: function of ``rg.pl``, caption, alt text, data.

    ``suffix`` ends the name of the file; ``when`` says whether a result has what the figure shows; with ``per_split``
    there is one figure for each part of the split that this table has;
    ``options`` go to the function, and the result's key unless it is not ``keyed``.
    """

    result: str
    function: str
    caption: Callable[[Found], str]
    alt: Callable[[Found], str]
    data: Callable[[Any, Found], pd.DataFrame]
    suffix: str = ""
    when: Callable[[Found], bool] = lambda found: True
    per_split: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    keyed: bool = True


def part(name: str) -> Callable[[Any, Found], pd.DataFrame]:
    """The numbers of a figure that shows one stored table."""
    return lambda data, found: found.table(name)
