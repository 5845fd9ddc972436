"""Content hashes: of files (remembered by size and time of change) and of settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import radiogenomics
from radiogenomics.study._files import write_text

_CHUNK = 1 << 20


@cache
def code_hash() -> str:
    """Hash of the package's own code: versions between two releases differ by it alone."""
    root = Path(radiogenomics.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


class FileHashes:
    """SHA-256 of input files; a file whose size and time of change are as remembered is not read again."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[str, list[Any]] = {}
        if memory.is_file():
            try:
                self._known = json.loads(memory.read_text(encoding="utf-8"))
            except ValueError:  # half-written by a killed run: hashes are only a short cut
                self._known = {}

    def of(self, path: Path) -> str:
        """Hash of one file, ``"missing"`` where there is none (a new file then changes the fingerprint)."""
        if not path.is_file():
            return "missing"
        stat = path.stat()
        # The time of the last change of the entry tells a file that was replaced by one with the old time of change.
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        known = self._known.get(str(path))
        if known is not None and known[:3] == mark:
            return str(known[3])
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        self._known[str(path)] = [*mark, digest.hexdigest()]
        return digest.hexdigest()

    def of_all(self, paths: Iterable[Path]) -> dict[str, str]:
        """Hash of each file."""
        return {str(path): self.of(path) for path in paths}

    def save(self) -> None:
        """Remember the hashes for the next run."""
        write_text(self._memory, json.dumps(self._known, indent=0))


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Hash of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
