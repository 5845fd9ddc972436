"""Gene sets in GMT files: one set per line, tab-separated: name, description, genes."""

from __future__ import annotations

import gzip
from pathlib import Path

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

_MOST_FAULTS = 20


def parse_gmt(path: StrPath) -> dict[str, list[str]]:
    """Gene sets by name, in the order of the file; a gene named twice in a set counts once."""
    file = Path(path)
    sets: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    faults: list[Fault] = []
    for row, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        name, *rest = line.rstrip("\r\n").split("\t")
        name = name.strip()
        genes = list(dict.fromkeys(g.strip() for g in rest[1:] if g.strip()))
        if len(rest) < 2:
            shown = line.strip()[:60]
            faults.append(
                Fault(f"{len(rest) + 1} tab-separated field(s): {shown!r}", "name, description, genes", row=row)
            )
        elif not name:
            faults.append(Fault("a set without a name", "a name in the first field", row=row))
        elif not genes:
            faults.append(Fault(f"set {name!r} without genes", "at least one gene", row=row))
        elif name in sets:
            faults.append(Fault(f"set {name!r} again (first in row {first[name]})", "every set once", row=row))
        else:
            sets[name], first[name] = genes, row
        if len(faults) == _MOST_FAULTS:
            break
    if faults:
        raise InputError(str(file), faults)
    if not sets:
        raise InputError(str(file), Fault("an empty file", "gene sets in GMT form"))
    return sets


def _lines(file: Path) -> list[str]:
    try:
        raw = file.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise InputError(str(file), Fault("no such file", "a GMT file of gene sets")) from None
    except IsADirectoryError:
        raise InputError(str(file), Fault("a folder", "a GMT file of gene sets")) from None
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError):
        raise InputError(
            str(file), Fault("bytes that are not text", "a GMT file (text, or text packed with gzip)")
        ) from None
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})") from None
