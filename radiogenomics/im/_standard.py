"""The histogram or landmarks that a cohort's images are brought to: learned, stored, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.im import _histogram, _nyul
from radiogenomics.im._within import voxels_within
from radiogenomics.io._images import read_image
from radiogenomics.schemas.preprocess import PreprocessSettings

if TYPE_CHECKING:
    from SimpleITK import Image

_METHODS: Mapping[str, Any] = {
    "histogram": (_histogram.PERCENTILES, _histogram.standard_histogram, _histogram.match_histogram),
    "nyul": (_nyul.PERCENTILES, _nyul.standard_landmarks, _nyul.to_standard_scale),
}
FILE = "standard.json"


@dataclass(frozen=True)
class Standard:
    """What the percentiles of one sequence's images become, and where that came from."""

    values: FloatArray
    source: str
    patients: tuple[str, ...] = ()


def landmarks_of(inside: FloatArray, method: str) -> FloatArray:
    """Percentiles of the voxels that count: all that a method sees of an image."""
    return np.asarray(np.percentile(inside, _METHODS[method][0]), dtype=np.float64)


def learned(landmarks: Mapping[str, FloatArray] | FloatArray, method: str, source: str) -> Standard:
    """Standard of one sequence from its images' landmarks (by patient, or of one reference image)."""
    named = landmarks if isinstance(landmarks, Mapping) else {}
    rows = np.array(list(named.values())) if named else np.atleast_2d(np.asarray(landmarks, dtype=float))
    return Standard(_METHODS[method][1](rows), source, tuple(named))


def brought_to(image: Image, own: FloatArray, standard: FloatArray, method: str) -> Image:
    """The image with its landmarks at those of the standard."""
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    values = sitk.GetArrayViewFromImage(image).astype(np.float64)
    result: Image = sitk.GetImageFromArray(_METHODS[method][2](values, own, standard).astype(np.float32))
    result.CopyInformation(image)
    return result


def given_standards(settings: PreprocessSettings, sequences: Sequence[str]) -> dict[str, Standard]:
    """Standard of each sequence from the images or ``standard.json`` files that the settings name."""
    reference, method = settings.reference, str(settings.normalization)
    if reference is None or method not in _METHODS:
        return {}
    paths = dict(reference) if isinstance(reference, Mapping) else dict.fromkeys(sequences, reference)
    if set(paths) != set(sequences):
        raise InputError("reference", Fault(f"images for {', '.join(paths)}",
                                            f"one for each of {', '.join(sequences)}"))  # fmt: skip
    out = {}
    for sequence, path in paths.items():
        if Path(path).suffix == ".json":
            out[sequence] = _read(Path(path), sequence, settings)
            continue
        if settings.normalize_within == "reference_region":
            hint = "Take the statistics within the foreground, or name the standard.json of an earlier run"
            raise InputError("reference", Fault(f"image {path}, whose reference region is not known",
                                                "a standard.json", hint=hint))  # fmt: skip
        inside = voxels_within(read_image(path), settings.normalize_within, where=str(path))
        out[sequence] = learned(landmarks_of(inside, method), method, f"the image {Path(path).name}")
    return out


def write_text(standards: Mapping[str, Standard], settings: PreprocessSettings) -> str:
    """Text of ``standard.json``."""
    method = str(settings.normalization)
    sequences = {
        name: {"values": s.values.tolist(), "source": s.source, "patients": list(s.patients)}
        for name, s in standards.items()
    }
    return json.dumps({"normalization": method, "normalize_within": settings.normalize_within,
                       "percentiles": _METHODS[method][0].tolist(), "sequences": sequences}, indent=1)  # fmt: skip


def _read(path: StrPath, sequence: str, settings: PreprocessSettings) -> Standard:
    expected = "what rg.im.preprocess wrote"
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        for name in ("normalization", "normalize_within"):
            if told[name] != getattr(settings, name):
                raise InputError(
                    str(path), Fault(f"{name} {told[name]!r}", f"{getattr(settings, name)!r}, as asked for")
                )
        if sequence not in told["sequences"]:
            raise InputError(str(path), Fault(f"sequences {', '.join(told['sequences'])}", f"{sequence!r} among them"))
        values = np.asarray(told["sequences"][sequence]["values"], dtype=np.float64)
    except OSError as error:
        raise InputError(str(path), Fault(str(error.strerror), expected)) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(path), Fault(f"no standard ({error})", expected)) from None
    if values.shape != _METHODS[str(settings.normalization)][0].shape or not np.isfinite(values).all():
        raise InputError(str(path), Fault(f"{values.size} values of {sequence}", expected))
    return Standard(values, f"{Path(path).name} of an earlier run")
