"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radiogenomics._errors import Fault, InputError


def make_folder(path: Path, *, what: str) -> Path:
    """The folder, made if need be and tried for writing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        trial = path / ".writable"
        trial.write_text("", encoding="utf-8")
        trial.unlink()
    except OSError as error:
        raise InputError(what, Fault(f"{str(path)!r} ({error.strerror})", "a folder that can be written")) from error
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; it takes the place of ``path`` once it is complete."""
    part = path.with_name(f".part-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one go."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
