"""Headers that keep their voxels in another file (MetaImage .mhd, NRRD .nhdr)."""

from __future__ import annotations

import re
from pathlib import Path

from radiogenomics._errors import Fault, InputError

_NAMED = {
    ".mhd": re.compile(r"^ElementDataFile\s*=\s*(\S.*?)\s*$", re.MULTILINE),
    ".nhdr": re.compile(r"^data ?file:\s*(\S.*?)\s*$", re.MULTILINE | re.IGNORECASE),
}


def named_files(path: Path) -> list[Path]:
    """Files beside a header that hold its voxels, of those that exist."""
    try:
        file = data_file(path)
    except InputError:  # told when the image is read
        return []
    return [] if file is None else [file]


def data_file(path: Path) -> Path | None:
    """File beside a header that holds its voxels; ``None`` for other formats and where they are within.

    Raises
    ------
    InputError
        If the header names a list of files, or one that does not exist.
    """
    pattern = _NAMED.get(path.suffix.lower())
    if pattern is None or not path.is_file():
        return None
    named = pattern.search(path.read_text(encoding="latin-1"))
    if named is None:
        raise InputError(str(path), Fault("a header that names no data file", "a whole MetaImage or NRRD header"))
    name = named.group(1)
    if name == "LOCAL":
        return None
    if name.startswith("LIST") or "%" in name:
        raise InputError(str(path), Fault(f"voxels in {name!r}", "one data file", hint="Write it again as one file"))
    file = path.parent / name
    if not file.is_file():
        raise InputError(str(path), Fault(f"no data file {name!r} beside it", "the file that holds its voxels"))
    return file
