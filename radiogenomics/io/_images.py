"""Read volumes and masks: NIfTI, NRRD, MetaImage, or a folder with one DICOM series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.io._integrity import check_whole, refuse_not_finite

if TYPE_CHECKING:
    from SimpleITK import Image


def read_image(path: StrPath) -> Image:
    """Read a volume with its geometry; nothing else of the header is kept.

    Parameters
    ----------
    path
        NIfTI, NRRD or MetaImage file, or a folder that holds one DICOM series.

    Returns
    -------
    ``SimpleITK.Image`` of three dimensions, voxels as stored (DICOM: rescaled).

    Raises
    ------
    InputError
        If the file is missing, damaged, not an image, not a scalar volume, or has voxels that are not finite.
    """
    image = _read_volume(Path(path))
    refuse_not_finite(_array_view(image), str(path))
    return image


def read_mask(path: StrPath, *, label: int | None = None) -> Image:
    """Read a region of interest from a label volume.

    Parameters
    ----------
    path
        File as for :func:`read_image`.
    label
        Value that marks the region; needed where the volume has several.

    Returns
    -------
    ``SimpleITK.Image`` of 8-bit integers: 1 in the region, 0 elsewhere.

    Raises
    ------
    InputError
        As :func:`read_image`; also if there are several labels and none is chosen, the one chosen is absent, or the
        values are not whole numbers.
    DegenerateInputError
        If nothing is marked.
    """
    sitk = optional_import("SimpleITK", needed_for="reading masks")
    volume = _read_volume(Path(path))
    values = _array_view(volume)
    refuse_not_finite(values, str(path))
    labels, counts = np.unique(values, return_counts=True)
    if not np.array_equal(labels, np.round(labels)):
        odd = labels[labels != np.round(labels)]
        raise InputError(str(path), Fault(f"the mask value {odd[0]:g}", "whole numbers (0 outside, a label inside)"))
    found = {int(v): int(n) for v, n in zip(labels, counts, strict=True) if v != 0}
    if not found:
        raise DegenerateInputError(str(path), Fault("a mask without any marked voxel", "a region of interest"))
    shown = ", ".join(f"{v} ({n} voxels)" for v, n in list(found.items())[:12])
    if label is None:
        if len(found) > 1:
            raise InputError(
                str(path),
                Fault(f"labels {shown}", "one label", hint="Name the one to use in the manifest's column 'label'"),
            )
        label = next(iter(found))
    elif label not in found:
        raise InputError(str(path), Fault(f"no label {label}", f"one of {shown}", column="label"))
    mask: Image = sitk.GetImageFromArray((values == label).astype(np.uint8))
    mask.CopyInformation(volume)
    return mask


def _array_view(image: Image) -> np.ndarray:
    sitk = optional_import("SimpleITK", needed_for="reading images")
    values: np.ndarray = sitk.GetArrayViewFromImage(image)
    return values


def _read_volume(path: Path) -> Image:
    sitk = optional_import("SimpleITK", needed_for="reading images")
    if not path.exists():
        raise InputError(str(path), Fault("no such file", "an image file or a folder with a DICOM series"))
    image: Image
    try:
        if path.is_dir():
            image = _read_series(path)
        else:
            check_whole(path)
            image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(str(path), Fault(_reason(error), "a readable NIfTI, NRRD, MetaImage or DICOM image")) from None
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    if image.GetDimension() != 3:
        size = " x ".join(str(n) for n in image.GetSize())
        raise InputError(str(path), Fault(f"an image of {image.GetDimension()} dimensions ({size})", "a 3-D volume"))
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(
            str(path), Fault(f"{image.GetNumberOfComponentsPerPixel()} values per voxel", "one intensity per voxel")
        )
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    return image


def _read_series(folder: Path) -> Image:
    sitk = optional_import("SimpleITK", needed_for="reading DICOM")
    series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if len(series) != 1:
        what = f"{len(series)} DICOM series" + (f" ({', '.join(series[:5])})" if series else "")
        raise InputError(
            str(folder), Fault(what, "a folder with one series", hint="Put each series in a folder of its own")
        )
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series[0]))
    volume: Image = reader.Execute()
    return volume


def _reason(error: RuntimeError) -> str:
    """Last line of an ITK error, without the source files it names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix("sitk::ERROR:").strip() if lines else type(error).__name__
