"""Whether a NIfTI or gzip file is whole: ITK silently fills a truncated NIfTI, and its NaN voxels, with zeros."""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radiogenomics._errors import Fault, GeometryError, InputError

_FLOATS = {16: "f4", 64: "f8"}  # NIfTI data types that can hold NaN and are read here


@dataclass(frozen=True)
class _Header:
    """What a NIfTI header says about its voxels."""

    start: int
    voxels: int
    bits: int
    dtype: str | None
    spacing: tuple[float, ...]

    @property
    def needed(self) -> int:
        return self.start + self.voxels * self.bits // 8


def check_whole(path: Path) -> None:
    """Refuse a damaged gzip stream, and a NIfTI file that is short, has voxels without a size or that are not finite.

    Raises
    ------
    InputError
        If the file ends early, its checksum is wrong, or a voxel is NaN or infinite.
    GeometryError
        If a voxel spacing is not above 0.
    """
    name = path.name.lower()
    if name.endswith((".mha", ".mhd")):
        _refuse_metaimage_spacing(path)
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
    refuse_spacing(header.spacing, str(path))
    if header.dtype is not None:
        values = np.frombuffer(content, dtype=header.dtype, count=header.voxels, offset=header.start)
        refuse_not_finite(values, str(path))


def refuse_spacing(spacing: Sequence[float], where: str) -> None:
    """Refuse voxels without a size; ITK takes 1 mm, or the number without its sign, in silence."""
    if not all(math.isfinite(s) and s > 0 for s in spacing):
        text = " x ".join(f"{s:g}" for s in spacing)
        raise GeometryError(where, Fault(f"voxel spacing {text}", "lengths above 0 in mm", column="spacing"))


def _refuse_metaimage_spacing(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4096)
    stated = re.search(rb"^Element(?:Spacing|Size)\s*=\s*([-+.\deE \t]+?)\s*$", head, re.MULTILINE)
    if stated is not None:
        try:
            refuse_spacing([float(v) for v in stated.group(1).split()], str(path))
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            text = stated.group(1).decode("latin-1")
            raise InputError(str(path), Fault(f"voxel spacing {text}", "lengths in mm", column="spacing")) from None


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
            edges = struct.unpack_from(f"{order}3f", content, 80)
            start = int(struct.unpack_from(f"{order}f", content, 108)[0])
        elif len(content) >= 540 and struct.unpack_from(f"{order}i", content)[0] == 540:
            kind, bits = struct.unpack_from(f"{order}2h", content, 12)
            dim = struct.unpack_from(f"{order}8q", content, 16)
            edges = struct.unpack_from(f"{order}3d", content, 112)
            start = int(struct.unpack_from(f"{order}q", content, 168)[0])
        else:
            continue
        voxels = math.prod(max(int(n), 0) for n in dim[1 : 1 + max(int(dim[0]), 0)])
        float_type = f"{order}{_FLOATS[kind]}" if kind in _FLOATS else None
        return _Header(start, voxels, int(bits), float_type, edges[: max(min(int(dim[0]), 3), 0)])
    return None
