"""Whether an image file is whole: ITK reads a truncated NIfTI without complaint and fills it with zeros."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

from radiogenomics._errors import Fault, InputError

_CHUNK = 1 << 22


def check_complete(path: Path) -> None:
    """Refuse a damaged gzip stream and a NIfTI file shorter than its header says.

    Raises
    ------
    InputError
        If the file ends early or its checksum is wrong.
    """
    name = path.name.lower()
    if name.endswith(".gz"):
        head, length = _through_gzip(path)
    else:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
        length = path.stat().st_size
    if name.endswith((".nii", ".nii.gz")):
        needed = _nifti_bytes(head)
        if needed is None:
            raise InputError(str(path), Fault("no NIfTI header", "a NIfTI-1 or NIfTI-2 file"))
        if length < needed:
            raise InputError(
                str(path),
                Fault(
                    f"{length} bytes",
                    f"{needed} bytes, as its header says",
                    hint="The file is truncated; copy it again",
                ),
            )


def _through_gzip(path: Path) -> tuple[bytes, int]:
    head = b""
    length = 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK):
                head = head or chunk
                length += len(chunk)
    except gzip.BadGzipFile as error:
        raise InputError(str(path), Fault(f"no whole gzip stream ({error})", "a gzip-compressed file")) from None
    except (EOFError, zlib.error) as error:
        raise InputError(
            str(path),
            Fault(f"a gzip stream that breaks off after {length} bytes ({error})", "a whole file",
                  hint="The file is truncated or damaged; copy it again"),
        ) from None  # fmt: skip
    return head, length


def _nifti_bytes(head: bytes) -> int | None:
    """Bytes a NIfTI file must have: where its voxels start plus what they take."""
    for order in "<>":
        if len(head) >= 348 and struct.unpack_from(f"{order}i", head)[0] == 348:
            dim = struct.unpack_from(f"{order}8h", head, 40)
            bits = struct.unpack_from(f"{order}h", head, 72)[0]
            start = struct.unpack_from(f"{order}f", head, 108)[0]
            return int(start) + int(math.prod(dim[1 : 1 + max(dim[0], 0)])) * int(bits) // 8
        if len(head) >= 540 and struct.unpack_from(f"{order}i", head)[0] == 540:
            dim = struct.unpack_from(f"{order}8q", head, 16)
            bits = struct.unpack_from(f"{order}h", head, 14)[0]
            start = struct.unpack_from(f"{order}q", head, 168)[0]
            return int(start) + int(math.prod(dim[1 : 1 + max(dim[0], 0)])) * int(bits) // 8
    return None
