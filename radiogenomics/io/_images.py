"""Read volumes and masks: NIfTI, NRRD, MetaImage, DICOM series, RTSTRUCT and SEG."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault, GeometryError, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.io._detached import data_file
from radiogenomics.io._dicom_files import is_dicom
from radiogenomics.io._dicom_masks import object_mask
from radiogenomics.io._dicom_series import Intensity, read_series
from radiogenomics.io._integrity import check_whole, refuse_not_finite
from radiogenomics.io._volume import Volume, mask_like

if TYPE_CHECKING:
    from SimpleITK import Image

_MOST_LABELS = 150  # segmentations of the whole body have some hundred and twenty
_ZIPPED = (".mha.gz", ".nrrd.gz")  # formats that compress within, which some tools compress as a whole


def read_image(path: StrPath, *, series: str | None = None, intensity: Intensity = "stored") -> Image:
    """Read a volume with its geometry; nothing else of the header is kept.

    Parameters
    ----------
    path
        NIfTI, NRRD or MetaImage file, or a folder that holds DICOM files.
    series
        Which series of a DICOM folder, by its SeriesInstanceUID or its description (as it stands, or a regular
        expression that matches the whole of it); needed where the folder has several.
    intensity
        ``"stored"``: voxels as stored, DICOM slices rescaled each by its own slope and intercept. ``"suv"``: of a
        DICOM PET series, the standardised uptake value by body weight, in g/mL.

    Returns
    -------
    ``SimpleITK.Image`` of three dimensions.

    Raises
    ------
    InputError
        If the file is missing, damaged, not an image, not a scalar volume, or has voxels that are not finite; if the
        folder has several series and none is chosen; if an attribute that SUV needs is missing.
    GeometryError
        If the slices are no regular stack, voxels have no size, or the axes are not at right angles.
    """
    return read_volume(path, series=series, intensity=intensity).image


def read_mask(
    path: StrPath,
    *,
    label: int | None = None,
    roi: str | None = None,
    image: StrPath | Image | None = None,
    series: str | None = None,
) -> Image:
    """Read a region of interest from a label volume, a DICOM RTSTRUCT or a DICOM SEG.

    Parameters
    ----------
    path
        File as for :func:`read_image`, an RTSTRUCT or SEG file, or a folder that holds one of those.
    label
        Value that marks the region; needed where a volume has several. The number of a segment or structure.
    roi
        Name of the structure (RTSTRUCT) or segment (SEG) as it stands, or a pattern that matches the whole
        name of exactly one, whatever its case: a regular expression, or with ``*`` for any letters.
    image
        The image the region belongs to: needed for an RTSTRUCT, which has no grid of its own, and compared with that
        of a SEG. Given as a path, its frame of reference is compared as well.
    series
        Series of the image, as for :func:`read_image`.

    Returns
    -------
    ``SimpleITK.Image`` of 8-bit integers: 1 in the region, 0 elsewhere. An RTSTRUCT is on the grid of the image (a
    voxel is in where its centre is, by the even-odd rule, so that inner contours cut holes); a SEG too if its voxels
    are the image's; a label volume is on its own.

    Raises
    ------
    InputError
        As :func:`read_image`; also if there are several labels, structures or segments and none is chosen, the one
        chosen is absent, or the values are not whole numbers.
    GeometryError
        If an RTSTRUCT or SEG is in another frame of reference, or contours do not lie on the image's slices.
    DegenerateInputError
        If nothing is marked.
    """
    on: Volume | None
    if isinstance(image, str | PathLike):
        on = read_volume(image, series=series)
    elif series is not None:
        raise InputError("series", "is for an image given as a path")
    else:
        on = None if image is None else Volume(image, "image")
    return mask_of(Path(path), label=label, roi=roi, on=on)


def read_volume(path: StrPath, *, series: str | None = None, intensity: Intensity = "stored") -> Volume:
    """Image with what ties masks to it; arguments as for :func:`read_image`."""
    if intensity not in ("stored", "suv"):
        raise InputError("intensity", Fault(repr(intensity), "'stored' or 'suv'"))
    volume = _read(Path(path), series=series, intensity=intensity)
    refuse_not_finite(_array_view(volume.image), str(path))
    return volume


def mask_of(path: Path, *, label: int | None, roi: str | None, on: Volume | None) -> Image:
    """Mask of 0 and 1; arguments as for :func:`read_mask`."""
    if path.is_dir() or (path.is_file() and is_dicom(path)):
        mask = object_mask(path, on, roi=roi, label=label)
        if mask is not None:
            return mask
    if roi is not None:
        hint = "A label volume has numbers: name one in column 'label'"
        raise InputError(
            str(path), Fault(f"roi {roi!r} for a label volume", "an RTSTRUCT or SEG", column="roi", hint=hint)
        )
    return _labelled(_read(path).image, label, str(path))


def _labelled(volume: Image, label: int | None, where: str) -> Image:
    """Where a volume has a label."""
    values = _array_view(volume)
    refuse_not_finite(values, where)
    labels, counts = np.unique(values, return_counts=True)
    if not np.array_equal(labels, np.round(labels)):
        odd = labels[labels != np.round(labels)]
        many = len(labels) > _MOST_LABELS
        hint = "This looks like an image: check the columns 'image' and 'mask'" if many else ""
        fault = Fault(f"the mask value {odd[0]:g}", "whole numbers (0 outside, a label inside)", hint=hint)
        raise InputError(where, fault)
    found = {int(v): int(n) for v, n in zip(labels, counts, strict=True) if v != 0}
    if not found:
        raise DegenerateInputError(where, Fault("a mask without any marked voxel", "a region of interest"))
    shown = ", ".join(f"{v} ({n} voxels)" for v, n in list(found.items())[:12])
    if label is None:
        if len(found) > 1:
            hint = "Name the one to use in the manifest's column 'label'"
            if len(found) > _MOST_LABELS:
                shown += f" ... ({len(found)} in all)"
                hint = f"This looks like an image: check the columns 'image' and 'mask'. If it is none: {hint}"
            raise InputError(where, Fault(f"labels {shown}", "one label", hint=hint))
        label = next(iter(found))
    elif label not in found:
        raise InputError(where, Fault(f"no label {label}", f"one of {shown}", column="label"))
    return mask_like((values == label).astype(np.uint8), volume)


def _array_view(image: Image) -> np.ndarray:
    sitk = optional_import("SimpleITK", needed_for="reading images")
    values: np.ndarray = sitk.GetArrayViewFromImage(image)
    return values


def _read(path: Path, *, series: str | None = None, intensity: Intensity = "stored") -> Volume:
    if not path.exists():
        raise InputError(str(path), Fault("no such file", "an image file or a folder with a DICOM series"))
    if path.is_dir() or is_dicom(path):
        return read_series(path, series=series, intensity=intensity)
    for name, given in (("series", series), ("intensity", None if intensity == "stored" else intensity)):
        if given is not None:
            hint = "NIfTI, NRRD and MetaImage hold one volume with its values as they are: leave the cell empty"
            raise InputError(str(path), Fault(f"{name} {given!r} for a file", "a DICOM folder", column=name, hint=hint))
    return Volume(_three_dimensional(_read_file(path), str(path)), str(path))


def _read_file(path: Path) -> Image:
    sitk = optional_import("SimpleITK", needed_for="reading images")
    check_whole(path)
    data_file(path)
    try:
        if path.name.lower().endswith(_ZIPPED):
            with tempfile.TemporaryDirectory() as folder:
                plain = Path(folder) / path.stem
                with gzip.open(path) as stream, plain.open("wb") as out:
                    shutil.copyfileobj(stream, out)
                image: Image = sitk.ReadImage(str(plain))
        else:
            image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(str(path), Fault(_reason(error), "a readable NIfTI, NRRD, MetaImage or DICOM image")) from None
    return image


def _three_dimensional(image: Image, where: str) -> Image:
    """The image without the rest of its header, refused unless it is a scalar volume on a grid at right angles."""
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    if image.GetDimension() != 3:
        size = " x ".join(str(n) for n in image.GetSize())
        raise InputError(where, Fault(f"an image of {image.GetDimension()} dimensions ({size})", "a 3-D volume"))
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(
            where, Fault(f"{image.GetNumberOfComponentsPerPixel()} values per voxel", "one intensity per voxel")
        )
    axes = np.array(image.GetDirection()).reshape(3, 3)
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-3):
        fault = Fault(f"axes {axes.T.round(4).tolist()}", "unit vectors at right angles", column="direction")
        raise GeometryError(where, fault)
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    return image


def _reason(error: RuntimeError) -> str:
    """Last line of an ITK error, without the source files it names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[-1].startswith("Reason:"):  # of the operating system's last call, which need not be this one
        return "a file that is damaged or cut off"
    return lines[-1].removeprefix("sitk::ERROR:").strip() if lines else type(error).__name__
