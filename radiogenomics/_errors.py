"""One form of error message: where, what was found, what was expected, what to do next; all faults at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what the user gave.

    Attributes
    ----------
    found, expected
        What stands there, and what may stand there.
    row
        Line of the file as an editor or spreadsheet numbers it: the header is row 1.
    column
        Column or argument.
    argument
        Argument of a function that takes several.
    key
        Place in a study file or other nested settings, such as ``steps.cluster.rna``; ``row`` is then its line.
    hint
        The next step, as a sentence.
    """

    found: str
    expected: str
    row: int | None = None
    column: str | None = None
    hint: str = ""
    key: str | None = None
    argument: str | None = None

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                f"{'row' if self.key is None else 'line'} {self.row}" if self.row is not None else "",
                f"column {self.column!r}" if self.column is not None else "",
                f"argument {self.argument!r}" if self.argument is not None else "",
                self.key or "",
            )
            if part
        )
        text = f"found {self.found}; expected {self.expected}"
        return (f"{place}: " if place else "") + text + (f". {self.hint}" if self.hint else "")


_SHOWN_OF_A_KIND = 10
_SHOWN = 60


def listed_faults(faults: Iterable[Fault]) -> list[str]:
    """A line per fault; of many alike (same column, same expectation) the first ten and how many more there are."""
    faults = list(faults)
    total = Counter((fault.column, fault.argument, fault.expected) for fault in faults)
    so_far: Counter[tuple[str | None, str | None, str]] = Counter()
    lines: list[str] = []
    for fault in faults:
        kind = (fault.column, fault.argument, fault.expected)
        so_far[kind] += 1
        if so_far[kind] <= _SHOWN_OF_A_KIND:
            lines.append(f"  - {fault}")
        elif so_far[kind] == _SHOWN_OF_A_KIND + 1:
            where = f" in column {fault.column!r}" if fault.column is not None else ""
            lines.append(f"  and {total[kind] - _SHOWN_OF_A_KIND} more like these{where}")
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"  and {more} more lines"]


def one_line(message: str) -> str:
    """A message of several lines as one."""
    first, *rest = [line.strip().removeprefix("- ") for line in message.splitlines() if line.strip()] or [""]
    return f"{first} {'; '.join(rest)}" if rest else first


class RadiogenomicsError(Exception):
    """Anything this package raises on purpose; its text is meant for the user and needs no traceback."""

    def __str__(self) -> str:  # KeyError would show the repr
        return str(self.args[0]) if self.args else ""


class InputError(RadiogenomicsError, ValueError):
    """What the user gave is at fault. ``where`` names the file or argument; ``faults`` lists every fault found."""

    def __init__(self, where: str, faults: Iterable[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            self.faults: tuple[Fault, ...] = ()
            message = f"{where}: {faults}"
        else:
            self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
            if len(self.faults) == 1:
                message = f"{where}: {self.faults[0]}"
            else:
                message = "\n".join([f"{where}: {len(self.faults)} faults:", *listed_faults(self.faults)])
        self.where = where
        super().__init__(message)


class UnknownNameError(InputError, KeyError):
    """A column, modality, outcome or result of that name does not exist."""


class GeometryError(InputError):
    """Image and mask do not lie on the same grid."""


class DegenerateInputError(InputError):
    """The data cannot answer the question: no events, one group, a constant feature, complete separation."""


class DegenerateGroupsError(DegenerateInputError):
    """Fewer groups or patients per group than the analysis needs."""


class StudyError(RadiogenomicsError):
    """A step of a study could not be done; what was computed before it is kept."""


class MissingDependencyError(RadiogenomicsError, ImportError):
    """An optional dependency is not installed; the message names the extra."""


class RadiogenomicsWarning(UserWarning):
    """A result that needs care; the text says why and what to do."""
