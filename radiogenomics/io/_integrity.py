"""Whether a NIfTI or gzip file is whole: ITK silently fills a truncated NIfTI, and its NaN voxels, with zeros."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radiogenomics._errors import Fault, InputError

_FLOATS = {16: "f4", 64: "f8"}  # NIfTI data types that can hold NaN and are read here


@dataclass(frozen=True)
class _Header:
    """What a NIfTI header says about its voxels."""

    start: int
    voxels: int
    bits: int
    dtype: str | None

    @property
    def needed(self) -> int:
        return self.start + self.voxels * self.bits // 8


def check_whole(path: Path) -> None:
    """Refuse a damaged gzip stream, and a NIfTI file that is short or holds voxels that are not finite.

    Raises
    ------
    InputError
        If the file ends early, its checksum is wrong, or a voxel is NaN or infinite.
    """
    name = path.name.lower()
    if not name.endswith((".nii", ".gz")):
        return
    content = _unzipped(path) if name.endswith(".gz") else path.read_bytes()
    if not name.endswith((".nii", ".nii.gz")):
        return
    header = _nifti_header(content)
    if header is None:
        raise InputError(str(path), Fault("no NIfTI header", "a NIfTI-1 or NIfTI-2 file"))
    if len(content) < header.needed:
        hint = "The file is truncated; copy it again"
        raise InputError(
            str(path), Fault(f"{len(content)} bytes", f"{header.needed} bytes, as its header says", hint=hint)
        )
    if header.dtype is not None:
        values = np.frombuffer(content, dtype=header.dtype, count=header.voxels, offset=header.start)
        refuse_not_finite(values, str(path))


def refuse_not_finite(values: np.ndarray, where: str) -> None:
    """Refuse an image with NaN or infinite voxels."""
    if values.dtype.kind == "f":
        finite = int(np.count_nonzero(np.isfinite(values)))
        if finite < values.size:
            raise InputError(
                where, Fault(f"{values.size - finite} of {values.size} voxels NaN or infinite", "finite values")
            )


def _unzipped(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read()
    except gzip.BadGzipFile as error:
        raise InputError(str(path), Fault(f"no whole gzip stream ({error})", "a gzip-compressed file")) from None
    except (EOFError, zlib.error) as error:
        hint = "The file is truncated or damaged; copy it again"
        raise InputError(
            str(path), Fault(f"a gzip stream that breaks off ({error})", "a whole file", hint=hint)
        ) from None


def _nifti_header(content: bytes) -> _Header | None:
    for order in "<>":
        if len(content) >= 348 and struct.unpack_from(f"{order}i", content)[0] == 348:
            dim = struct.unpack_from(f"{order}8h", content, 40)
            kind, bits = struct.unpack_from(f"{order}2h", content, 70)
            start = int(struct.unpack_from(f"{order}f", content, 108)[0])
        elif len(content) >= 540 and struct.unpack_from(f"{order}i", content)[0] == 540:
            kind, bits = struct.unpack_from(f"{order}2h", content, 12)
            dim = struct.unpack_from(f"{order}8q", content, 16)
            start = int(struct.unpack_from(f"{order}q", content, 168)[0])
        else:
            continue
        voxels = math.prod(max(int(n), 0) for n in dim[1 : 1 + max(int(dim[0]), 0)])
        return _Header(start, voxels, int(bits), f"{order}{_FLOATS[kind]}" if kind in _FLOATS else None)
    return None
