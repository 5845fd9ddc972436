"""Write small DICOM series, RTSTRUCT and SEG files for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from contourpy import contour_generator
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

SOP = {
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
}
FRAME = "1.2.826.0.1.7.1"
SERIES = "1.2.826.0.1.7.2"
AXES = np.eye(3)


def new(path: Path, modality: str, uid: str, **attributes: Any) -> FileDataset:
    """A file with the attributes that all have."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SOP[modality]
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = SOP[modality], uid, modality
    data.PatientName, data.PatientID = "Doe^Jane", "secret"
    data.StudyInstanceUID, data.FrameOfReferenceUID = "1.2.826.0.1.7.0", FRAME
    for name, value in attributes.items():
        setattr(data, name, value)
    return data


def write_series(
    folder: Path, values: np.ndarray, *, spacing: Sequence[float] = (1.0, 1.0, 1.0),
    origin: Sequence[float] = (0.0, 0.0, 0.0), axes: np.ndarray = AXES, modality: str = "MR", series: str = SERIES,
    description: str = "t1", per_slice: bool = False, change: Callable[[Dataset, int], Any] | None = None,
    **attributes: Any,
) -> Path:  # fmt: skip
    """Files of a series, one per slice of ``values`` (z, y, x), in no order of place.

    Floats are stored as 16-bit integers with a slope and intercept, ``per_slice`` each with its own; ``change`` sees
    each file before it is written, and drops it by returning ``False``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    low, high = float(values.min()), float(values.max())
    for k, plane in enumerate(values):
        if per_slice:
            low, high = float(plane.min()), float(plane.max())
        whole = values.dtype.kind in "iu"
        slope, intercept = (1.0, 0.0) if whole else ((high - low) / 65535 or 1.0, low)
        name = f"{len(values) - k:03d}_{series.rpartition('.')[2]}.dcm"
        data = new(
            folder / name, modality, f"{series}.{k + 1}", SeriesInstanceUID=series, SeriesDescription=description
        )
        data.ImagePositionPatient = [round(float(v), 9) for v in np.asarray(origin) + axes[:, 2] * spacing[2] * k]
        data.ImageOrientationPatient = [round(float(v), 9) for v in (*axes[:, 0], *axes[:, 1])]
        data.PixelSpacing, data.SliceThickness = [float(spacing[1]), float(spacing[0])], float(spacing[2])
        data.Rows, data.Columns, data.InstanceNumber = *plane.shape, k + 1
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, int(whole)
        slope = float(f"{slope:.10g}")
        stored = plane.astype(np.int16) if whole else np.clip(np.round((plane - intercept) / slope), 0, 65535)
        data.PixelData = stored.astype("<i2" if whole else "<u2").tobytes()
        data.RescaleSlope, data.RescaleIntercept = slope, float(f"{intercept:.10g}")
        for attribute, value in attributes.items():
            setattr(data, attribute, value)
        if change is None or change(data, k) is not False:
            data.save_as(folder / name)
    return folder


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Closed contours (n, 3) in voxels around the marked voxels of (z, y, x), holes among them."""
    found = []
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        lines = contour_generator(z=np.pad(mask[k].astype(float), 1)).lines(0.5)
        found += [np.column_stack([line[:-1] - 1, np.full(len(line) - 1, k)]) for line in lines]
    return found


def to_mm(points: np.ndarray, spacing: Sequence[float], origin: Sequence[float], axes: np.ndarray = AXES) -> np.ndarray:
    """From voxels (x, y, z) to millimetres."""
    return np.asarray(origin) + (points * np.asarray(spacing)) @ axes.T


def write_rtstruct(
    path: Path, structures: Mapping[str, Sequence[np.ndarray]], *, frame: str = FRAME, kind: str = "CLOSED_PLANAR"
) -> Path:
    """Structures by name, each a list of contours (n, 3) in mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = new(path, "RTSTRUCT", "1.2.826.0.1.7.9", SeriesInstanceUID="1.2.826.0.1.7.8", StructureSetLabel="x")
    del data.FrameOfReferenceUID
    data.StructureSetROISequence, data.ROIContourSequence = Items(), Items()
    for number, (name, contours) in enumerate(structures.items(), start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        drawn.ReferencedROINumber, drawn.ContourSequence = number, Items()
        for corners in contours:
            item = Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = kind, len(corners)
            item.ContourData = [f"{v:.6f}" for v in np.asarray(corners, dtype=float).ravel()]
            drawn.ContourSequence.append(item)
        data.StructureSetROISequence.append(roi)
        data.ROIContourSequence.append(drawn)
    data.save_as(path)
    return path


def write_seg(
    path: Path, segments: Mapping[str, np.ndarray], *, spacing: Sequence[float] = (1.0, 1.0, 1.0),
    origin: Sequence[float] = (0.0, 0.0, 0.0), axes: np.ndarray = AXES, frame: str = FRAME, kind: str = "BINARY",
) -> Path:  # fmt: skip
    """Segments by label, each (z, y, x); only slices with a marked voxel become frames, the last slice first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = new(path, "SEG", "1.2.826.0.1.7.6", SeriesInstanceUID="1.2.826.0.1.7.5", SegmentationType=kind)
    data.FrameOfReferenceUID = frame
    data.SegmentSequence, data.PerFrameFunctionalGroupsSequence, planes = Items(), Items(), []
    for number, (label, values) in enumerate(segments.items(), start=1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        data.SegmentSequence.append(segment)
        for k in np.flatnonzero(values.any(axis=(1, 2)))[::-1]:
            group, place, which = Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = [float(v) for v in np.asarray(origin) + axes[:, 2] * spacing[2] * k]
            which.ReferencedSegmentNumber = number
            group.PlanePositionSequence, group.SegmentIdentificationSequence = Items([place]), Items([which])
            data.PerFrameFunctionalGroupsSequence.append(group)
            planes.append(values[k])
    turned, measured, shared = Dataset(), Dataset(), Dataset()
    turned.ImageOrientationPatient = [float(v) for v in (*axes[:, 0], *axes[:, 1])]
    measured.PixelSpacing, measured.SliceThickness = [float(spacing[1]), float(spacing[0])], float(spacing[2])
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Items([turned]), Items([measured])
    data.SharedFunctionalGroupsSequence = Items([shared])
    data.NumberOfFrames = len(planes)
    data.Rows, data.Columns = next(iter(segments.values())).shape[1:]
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    stack = np.array(planes) if planes else np.zeros((1, data.Rows, data.Columns))
    if kind == "BINARY":
        data.BitsAllocated = data.BitsStored = 1
        data.HighBit, data.PixelData = 0, pack_bits((stack > 0).astype(np.uint8).ravel())
    else:
        data.BitsAllocated = data.BitsStored = 8
        data.HighBit, data.MaximumFractionalValue = 7, 200
        data.PixelData = (stack * 200).astype(np.uint8).tobytes()
    data.save_as(path)
    return path


def pet(**changes: Any) -> dict[str, Any]:
    """Attributes of a PET series in Bq/mL of 70 kg and 370 MBq, injected an hour before the scan."""
    drug = Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = 370e6, 6586.2
    drug.RadiopharmaceuticalStartTime = "093000.00"
    for name in [name for name in changes if name in drug or name == "RadiopharmaceuticalStartDateTime"]:
        value = changes.pop(name)
        if value is None:
            delattr(drug, name)
        else:
            setattr(drug, name, value)
    attributes = {
        "modality": "PT", "Units": "BQML", "DecayCorrection": "START", "PatientWeight": 70.0,
        "CorrectedImage": ["DECY", "ATTN", "SCAT"], "SeriesDate": "20200102", "SeriesTime": "103000",
        "AcquisitionDate": "20200102", "AcquisitionTime": "103005",
        "RadiopharmaceuticalInformationSequence": Items([drug]), **changes,
    }  # fmt: skip
    return {name: value for name, value in attributes.items() if value is not None}
