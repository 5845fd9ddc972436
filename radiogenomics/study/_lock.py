"""One run at a time in an output folder: a lock of the operating system, which ends with the process that holds it."""

from __future__ import annotations

import json
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning

_FAR = 1 << 20  # the byte that is locked lies beyond the text, which Windows then still lets others read


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold ``<folder>/lock`` while the block runs; a killed run leaves the file but never the lock.

    Raises
    ------
    InputError
        If another run holds it: says which.
    """
    path = folder / "lock"
    with path.open("a+", encoding="utf-8") as file:
        if not _taken(file):
            raise InputError(
                "output",
                Fault(
                    f"{str(folder.parent)!r}, where another run is at work{_holder(path)}",
                    "a folder of its own for each run",
                    hint="Wait until it has ended, or give another folder with --output.",
                ),
            )
        file.truncate(0)
        begun = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"process": os.getpid(), "machine": platform.node(), "begun": begun}))
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {held['process']} on {held['machine']}, begun {held['begun']})"
    except (OSError, ValueError, KeyError, TypeError):  # the other run is just writing it
        return ""


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[str]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            warnings.warn(
                f"the file system of {file.name} has no locks ({error.strerror}): see to it that no other run uses "
                "this output folder at the same time",
                RadiogenomicsWarning,
                stacklevel=4,
            )
        return True
