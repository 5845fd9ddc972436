"""A DICOM series: which one of a folder, and its planes as a volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import Fault, GeometryError, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.io._dicom_files import Header, headers_of, matching, read_dicom
from radiogenomics.io._dicom_frames import Frame, frames_of, load
from radiogenomics.io._suv import suv_factor
from radiogenomics.io._volume import Volume

if TYPE_CHECKING:
    from SimpleITK import Image

Intensity: TypeAlias = Literal["stored", "suv"]

SLICE_TOLERANCE = 0.05  # of the distance between slices: how far a slice may lie from where a regular stack has it
DIRECTION_TOLERANCE = 1e-3  # of a direction cosine, between slices of a volume


def read_series(path: Path, *, series: str | None = None, intensity: Intensity = "stored") -> Volume:
    """Volume of a DICOM series, or of a single DICOM file.

    Raises
    ------
    InputError
        If the folder has several series and none is chosen, or the one chosen is not there; if a file is one of
        several of its series; if the slices are no
        regular stack (a slice missing, twice or out of line, several orientations, a tilted gantry).
    """
    headers = headers_of(path) if path.is_dir() else [Header(path, read_dicom(path, pixels=False))]
    chosen = _chosen(headers, series, str(path))
    _refuse_part(chosen, path)
    frames = [frame for header in chosen for frame in frames_of(header)]
    frames, step = stack(frames, where=str(path), localisers=sum(map(_is_localiser, chosen)))
    values = load(frames)
    if intensity == "suv":
        values = (values * suv_factor(chosen, str(path))).astype(np.float32)
    frame_uids = {header.text("FrameOfReferenceUID") for header in chosen} - {""}
    if len(frame_uids) > 1:
        raise GeometryError(str(path), Fault(f"slices in {len(frame_uids)} frames of reference", "one"))
    return Volume(image_of(values, frames[0], step), str(path), next(iter(frame_uids), None))


def _refuse_part(chosen: Sequence[Header], path: Path) -> None:
    """Refuse one file of a series that has more, which would be a slice taken for a volume."""
    if path.is_dir() or int(chosen[0].data.get("NumberOfFrames") or 1) > 1:
        return
    uid = chosen[0].text("SeriesInstanceUID")
    others = [h for h in headers_of(path.parent) if uid and h.text("SeriesInstanceUID") == uid]
    if len(others) > 1:
        hint = f"Name the folder {path.parent.name!r}"
        raise InputError(str(path), Fault(f"one of the {len(others)} files of a DICOM series", "the folder", hint=hint))


def stack(frames: Sequence[Frame], *, where: str, localisers: int = 0) -> tuple[list[Frame], FloatArray]:
    """Planes in the order of their place along the normal, and the step (3,) in mm from one to the next.

    Raises
    ------
    GeometryError
        If they are no regular stack; the message says which slices are at fault.
    """
    first = frames[0]
    _refuse_mixed(frames, where, localisers)
    normal = first.normal
    place = np.array([frame.position @ normal for frame in frames])
    order = np.argsort(place, kind="stable")
    place, ordered = place[order], [frames[i] for i in order]
    if len(ordered) == 1:
        if not first.thickness:
            raise GeometryError(where, Fault("one slice without a thickness", "SliceThickness, or several slices"))
        return ordered, normal * first.thickness
    gaps = np.diff(place)
    typical = float(np.median(gaps))
    faults = _gap_faults(ordered, place, gaps, typical)
    if faults:
        raise GeometryError(where, faults)
    step = (place[-1] - place[0]) / (len(place) - 1)
    off = np.abs(place - (place[0] + step * np.arange(len(place)))).max()
    if off > SLICE_TOLERANCE * step:
        fault = Fault(f"distances between slices from {gaps.min():.4g} to {gaps.max():.4g} mm",
                      f"equal distances (within {SLICE_TOLERANCE:.0%})")  # fmt: skip
        raise GeometryError(where, fault)
    run = (ordered[-1].position - ordered[0].position) / (len(ordered) - 1)
    along = np.array([frame.position - ordered[0].position for frame in ordered]) - np.outer(place - place[0], normal)
    drift = float(np.linalg.norm(along, axis=1).max())
    if drift > SLICE_TOLERANCE * min(*first.spacing, step) * max(1, len(ordered) / 20):
        tilt = np.degrees(np.arccos(np.clip(run @ normal / np.linalg.norm(run), -1, 1)))
        fault = Fault(f"slices shifted sideways by up to {drift:.3g} mm ({tilt:.1f} degrees from the normal)",
                      "a stack at right angles to its slices",
                      hint="A tilted gantry or a reformatted series: resample it to a straight one first")  # fmt: skip
        raise GeometryError(where, fault)
    return ordered, normal * step


def image_of(values: NDArray[np.generic], first: Frame, step: FloatArray) -> Image:
    """Image of values (z, y, x) whose first plane is ``first``."""
    sitk = optional_import("SimpleITK", needed_for="reading DICOM")
    image: Image = sitk.GetImageFromArray(values)
    length = float(np.linalg.norm(step))
    image.SetSpacing((*first.spacing, length))
    image.SetOrigin([float(v) for v in first.position])
    # Orthonormal to the last digit, which ITK asks for; files state six digits.
    x = first.orientation[0] / np.linalg.norm(first.orientation[0])
    z = step / length
    z = (z - (z @ x) * x) / np.linalg.norm(z - (z @ x) * x)
    image.SetDirection(np.column_stack([x, np.cross(z, x), z]).ravel().tolist())
    return image


def _chosen(headers: Sequence[Header], series: str | None, where: str) -> list[Header]:
    """Headers of one series, by its SeriesInstanceUID or description."""
    groups: dict[str, list[Header]] = {}
    for header in headers:
        if header.kind == "image":
            groups.setdefault(header.text("SeriesInstanceUID"), []).append(header)
    if not groups:
        kinds = ", ".join(dict.fromkeys(header.text("Modality") or "unknown" for header in headers))
        raise InputError(where, Fault(f"DICOM of {kinds} and no images", "a folder with a DICOM image series"))
    uids = list(groups)
    told = [_told(uid, group) for uid, group in groups.items()]
    if series is None:
        found = list(range(len(uids)))
        hint = "Name one in the manifest's column 'series', by its SeriesInstanceUID or description"
    else:
        found = [uids.index(series)] if series in uids else matching(
            [group[0].text("SeriesDescription") for group in groups.values()], series
        )  # fmt: skip
        hint = "Name it by its SeriesInstanceUID"
    if len(found) == 1:
        return groups[uids[found[0]]]
    listed = "; ".join(told[i] for i in (found or range(len(uids))))
    if found:
        what = f"{len(found)} DICOM series{'' if series is None else f' called {series!r}'} ({listed})"
        raise InputError(where, Fault(what, "one series", column="series", hint=hint))
    raise InputError(where, Fault(f"no series {series!r}", f"one of: {listed}", column="series"))


def _told(uid: str, group: Sequence[Header]) -> str:
    first = group[0]
    name = first.text("SeriesDescription") or "without a description"
    n = sum(int(header.data.get("NumberOfFrames") or 1) for header in group)
    scout = ", localiser" if any(map(_is_localiser, group)) else ""
    return f"{name!r}, {first.text('Modality')}, {n} slice{'s' if n != 1 else ''}{scout}, UID {uid}"


def _is_localiser(header: Header) -> bool:
    return "LOCALIZER" in header.text("ImageType").upper()


def _refuse_mixed(frames: Sequence[Frame], where: str, localisers: int) -> None:
    first = frames[0]
    kinds = Counter(tuple(np.round(frame.orientation.ravel(), 3) + 0.0) for frame in frames)
    if len(kinds) > 1 and any(np.abs(f.orientation - first.orientation).max() > DIRECTION_TOLERANCE for f in frames):
        listed = "; ".join(f"{n} along {tuple(float(v) for v in kind)}" for kind, n in kinds.most_common(4))
        scouts = f", {localisers} of them localisers" if localisers else ""
        fault = Fault(f"slices of {len(kinds)} orientations ({listed}){scouts}", "one orientation",
                      column="ImageOrientationPatient",
                      hint="Take the localisers or reformats out of the folder")  # fmt: skip
        raise GeometryError(where, fault)
    sizes = Counter(frame.size for frame in frames)
    if len(sizes) > 1:
        listed = ", ".join(f"{n} of {x} x {y}" for (x, y), n in sizes.most_common())
        raise GeometryError(where, Fault(f"slices of several sizes ({listed})", "one size"))
    if any(not np.allclose(frame.spacing, first.spacing, rtol=1e-3) for frame in frames):
        listed = ", ".join(sorted({f"{f.spacing[0]:g} x {f.spacing[1]:g}" for f in frames}))
        raise GeometryError(where, Fault(f"pixel spacings {listed}", "one", column="PixelSpacing"))


def _gap_faults(frames: Sequence[Frame], place: FloatArray, gaps: FloatArray, typical: float) -> list[Fault]:
    """Slices that stand twice in a place, and places without one."""
    faults = []
    smallest = 1e-3 * max(float(gaps.max()), 1e-6)
    twice = np.flatnonzero(gaps <= smallest).tolist()
    if twice:
        pairs = ", ".join(f"{frames[i].path.name} and {frames[i + 1].path.name}" for i in twice[:3])
        hint = "Several acquisitions (phases, echoes, b-values) or copies: keep one in the folder"
        faults.append(
            Fault(f"{len(twice)} slice(s) in a place that has one already ({pairs})", "one slice per place", hint=hint)
        )
        return faults
    for i in np.flatnonzero(gaps > (1 + SLICE_TOLERANCE) * typical).tolist():
        missing = gaps[i] / typical - 1
        if abs(missing - round(missing)) <= SLICE_TOLERANCE * (missing + 1) and round(missing) >= 1:
            faults.append(
                Fault(
                    f"{round(missing)} missing slice(s) between {frames[i].path.name} and {frames[i + 1].path.name} "
                    f"({place[i]:.4g} to {place[i + 1]:.4g} mm)",
                    f"a slice every {typical:.4g} mm",
                )
            )
    return faults
