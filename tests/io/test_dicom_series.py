"""DICOM series: which one, slices in order, each with its own scale; what is no regular stack is named."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radiogenomics import io
from radiogenomics._errors import GeometryError, InputError

sitk = pytest.importorskip("SimpleITK")
OBLIQUE = np.linalg.qr(np.array([[0.9, 0.2, 0.3], [-0.1, 0.95, 0.1], [0.2, -0.3, 0.9]]))[0]
OBLIQUE[:, 2] = np.cross(OBLIQUE[:, 0], OBLIQUE[:, 1])


def volume(shape: tuple[int, int, int] = (7, 5, 6)) -> np.ndarray:
    return np.random.default_rng(0).normal(100, 30, shape)


@pytest.mark.parametrize("per_slice", [False, True])
def test_oblique_volume_comes_back(dicom: Any, tmp_path: Path, per_slice: bool) -> None:
    values = volume() * np.linspace(1, 50, 7)[:, None, None]
    place = {"spacing": (0.7, 0.9, 3.1), "origin": (-20.5, 13.25, 7.0), "axes": OBLIQUE}
    image = io.read_image(dicom.write_series(tmp_path / "s", values, per_slice=per_slice, **place))
    step = np.ptp(values, axis=(1, 2)) / 65535 if per_slice else np.full(7, np.ptp(values) / 65535)
    error = np.abs(sitk.GetArrayFromImage(image) - values).max(axis=(1, 2))
    assert (error <= 0.51 * step + 1e-7 * values.max()).all()
    np.testing.assert_allclose(image.GetSpacing(), place["spacing"], rtol=1e-6)
    np.testing.assert_allclose(image.GetOrigin(), place["origin"], atol=1e-6)
    np.testing.assert_allclose(np.array(image.GetDirection()).reshape(3, 3), OBLIQUE, atol=1e-6)
    assert image.GetMetaDataKeys() == ()


def test_agrees_with_itk(dicom: Any, tmp_path: Path) -> None:
    values = np.round(volume() * 10).astype(np.int16)
    folder = dicom.write_series(
        tmp_path, values, spacing=(0.5, 0.75, 2.5), axes=OBLIQUE, modality="CT", RescaleIntercept=-1024, RescaleSlope=2
    )
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    theirs, ours = reader.Execute(), io.read_image(folder)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(theirs))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(ours), values * 2 - 1024)
    for ask in ("GetOrigin", "GetSpacing", "GetDirection"):
        np.testing.assert_allclose(getattr(ours, ask)(), getattr(theirs, ask)(), atol=1e-5)


@pytest.fixture
def same_locale() -> Iterator[None]:
    """ITK's DICOM writer leaves the process in the locale C, in which Python reads text as ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.mark.usefixtures("same_locale")
def test_compressed_files(dicom: Any, tmp_path: Path) -> None:
    """RLE by pydicom, lossless JPEG (which pydicom alone does not read) by ITK."""
    values = np.round(volume((4, 16, 16))).astype(np.int16)
    plain = io.read_image(dicom.write_series(tmp_path / "plain", values, RescaleIntercept=-3))
    for path in (dicom.write_series(tmp_path / "rle", values, RescaleIntercept=-3)).iterdir():
        import pydicom

        data = pydicom.dcmread(path)
        data.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        data.save_as(path)
    np.testing.assert_array_equal(
        sitk.GetArrayFromImage(io.read_image(tmp_path / "rle")), sitk.GetArrayFromImage(plain)
    )
    (tmp_path / "jpeg").mkdir()
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG")
    for path in (tmp_path / "plain").iterdir():
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        whole = reader.Execute()
        part = sitk.Cast(whole, sitk.sitkInt16)  # leaves the header behind
        for tag in ("0008|0018", "0020|000e", "0020|000d", "0020|0032", "0020|0037", "0018|0050", "0008|0060"):
            part.SetMetaData(tag, whole.GetMetaData(tag))
        writer.SetFileName(str(tmp_path / "jpeg" / path.name))
        writer.Execute(part)
    read = io.read_image(tmp_path / "jpeg")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read), sitk.GetArrayFromImage(plain))


def test_multi_frame_file(dicom: Any, tmp_path: Path) -> None:
    """The frames of an enhanced image, placed and scaled each by its own functional groups."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    values = np.arange(3 * 4 * 5).reshape(3, 4, 5).astype(np.int16)
    data = dicom.new(tmp_path / "e.dcm", "MR", "1.2.3.4", SeriesInstanceUID="1.2.3", NumberOfFrames=3)
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 4, 5, 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.PixelData = 15, 1, values.tobytes()
    shared, turned, measured = Dataset(), Dataset(), Dataset()
    turned.ImageOrientationPatient, measured.PixelSpacing = [1, 0, 0, 0, 1, 0], [0.5, 0.25]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Sequence([turned]), Sequence([measured])
    data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = Sequence([shared]), Sequence()
    for k, z in enumerate([8.0, 4.0, 6.0]):
        group, place, scale = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient, scale.RescaleSlope, scale.RescaleIntercept = [1, 2, z], 1 + k, -k
        group.PlanePositionSequence, group.PixelValueTransformationSequence = Sequence([place]), Sequence([scale])
        data.PerFrameFunctionalGroupsSequence.append(group)
    data.save_as(tmp_path / "e.dcm")
    image = io.read_image(tmp_path / "e.dcm")
    expected = [values[1] * 2 - 1, values[2] * 3 - 2, values[0]]
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), expected)
    assert image.GetOrigin() == (1.0, 2.0, 4.0)
    assert image.GetSpacing() == (0.25, 0.5, 2.0)


@pytest.fixture
def two(dicom: Any, tmp_path: Path) -> Path:
    dicom.write_series(tmp_path / "s" / "a", volume(), series="1.2.3.1", description="T1 [fs]")
    dicom.write_series(tmp_path / "s" / "b", volume()[:3] * 2, series="1.2.3.2", description="t2 tse")
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "description": "scout"}
    return dicom.write_series(tmp_path / "s", volume()[:1], series="1.2.3.3", **scout)


def test_several_series_are_listed(two: Path) -> None:
    with pytest.raises(InputError) as caught:
        io.read_image(two)
    text = str(caught.value)
    assert "3 DICOM series" in text
    assert "'T1 [fs]', MR, 7 slices, UID 1.2.3.1" in text
    assert "'scout', MR, 1 slice, localiser, UID 1.2.3.3" in text
    assert "column 'series'" in text


@pytest.mark.parametrize(("series", "slices"), [("1.2.3.2", 3), ("T1 [fs]", 7), ("t2 tse", 3), ("T2.*", 3)])
def test_series_is_chosen(two: Path, series: str, slices: int) -> None:
    assert io.read_image(two, series=series).GetSize()[2] == slices


def test_series_that_is_not_one(two: Path) -> None:
    with pytest.raises(InputError, match=r"no series 'flair'; expected one of: 'scout'.* UID 1\.2\.3\.2"):
        io.read_image(two, series="flair")
    with pytest.raises(InputError, match=r"2 DICOM series called 't\.\*'.* SeriesInstanceUID"):
        io.read_image(two, series="t.*")


def refused(dicom: Any, folder: Path, change: Any, **how: Any) -> str:
    with pytest.raises(InputError) as caught:
        io.read_image(dicom.write_series(folder, volume(), change=change, **how))
    return str(caught.value)


def put(**values: Any) -> Any:
    def change(data: Any, k: int) -> None:
        for name, value in values.items():
            setattr(data, name, value(k, getattr(data, name)) if callable(value) else value)

    return change


def test_stacks_that_are_none(dicom: Any, tmp_path: Path) -> None:
    text = refused(dicom, tmp_path / "gap", lambda data, k: k not in (3, 4))
    assert "2 missing slice(s) between 005_2.dcm and 002_2.dcm (2 to 5 mm); expected a slice every 1 mm" in text
    shift = {"ImagePositionPatient": lambda k, p: [p[0], p[1], p[2] + 0.3 * (k > 3)]}
    assert "distances between slices from 1 to 1.3 mm" in refused(dicom, tmp_path / "uneven", put(**shift))
    twice = {"ImagePositionPatient": lambda k, p: [0, 0, min(p[2], 5)]}
    text = refused(dicom, tmp_path / "twice", put(**twice))
    assert "1 slice(s) in a place that has one already (001_2.dcm and 002_2.dcm)" in text
    turned = {"ImageOrientationPatient": lambda k, o: [1, 0, 0, 0, 0, -1] if k == 2 else o}
    turned["ImageType"] = lambda k, _: ["O", "P", "LOCALIZER"][: 2 + (k == 2)]
    text = refused(dicom, tmp_path / "turned", put(**turned), ImageType=["O"])
    assert "slices of 2 orientations (6 along (1.0, 0.0, 0.0, 0.0, 1.0, 0.0); 1 along" in text
    assert "1 of them localisers" in text
    tilted = {"ImagePositionPatient": lambda k, p: [p[0], p[1] + 0.2 * k, p[2]]}
    assert "shifted sideways by up to 1.2 mm (11.3 degrees" in refused(dicom, tmp_path / "tilt", put(**tilted))
    skewed = {"ImageOrientationPatient": [1, 0, 0, 0.5, 0.866, 0]}
    assert "at right angles" in refused(dicom, tmp_path / "skew", put(**skewed))
    spaced = {"PixelSpacing": lambda k, s: [1.0, 1.0 + (k == 1)]}
    assert "pixel spacings 1 x 1, 2 x 1" in refused(dicom, tmp_path / "spaced", put(**spaced))
    assert "PixelSpacing 0 x 1" in refused(dicom, tmp_path / "zero", put(PixelSpacing=[0, 1]))
    two_frames = {"FrameOfReferenceUID": lambda k, f: f + ("1" if k else "")}
    assert "2 frames of reference" in refused(dicom, tmp_path / "frames", put(**two_frames))


def test_rounded_positions_pass(dicom: Any, tmp_path: Path) -> None:
    rounding = {"ImagePositionPatient": lambda k, p: [round(float(v), 2) for v in p]}
    folder = dicom.write_series(tmp_path, volume((40, 4, 4)), spacing=(1, 1, 0.625), change=put(**rounding))
    assert io.read_image(folder).GetSpacing()[2] == pytest.approx(0.625, abs=3e-4)


def test_files_at_fault(dicom: Any, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="an empty folder"):
        io.read_image(tmp_path / "none")
    (tmp_path / "none" / "readme.txt").write_text("x" * 200)
    with pytest.raises(InputError, match="1 files and no DICOM among them"):
        io.read_image(tmp_path / "none")
    folder = dicom.write_series(tmp_path / "cut", volume())
    (folder / "readme.txt").write_text("not DICOM")  # passed over
    file = folder / "003_2.dcm"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"003_2\.dcm: found pixels that cannot be read"):
        io.read_image(folder)
    file.write_bytes(b"text")
    with pytest.raises(InputError, match=r"003_2\.dcm: found a damaged DICOM file"):
        io.read_image(folder)
    single = dicom.write_series(tmp_path / "single", volume()[:1], change=put(SliceThickness=None))
    with pytest.raises(GeometryError, match="one slice without a thickness"):
        io.read_image(single)
    with pytest.raises(InputError, match="no ImagePositionPatient"):
        io.read_image(dicom.write_series(tmp_path / "nowhere", volume(), change=put(ImagePositionPatient=None)))
    dicom.write_rtstruct(tmp_path / "rt" / "x.dcm", {"a": []})
    with pytest.raises(InputError, match="DICOM of RTSTRUCT and no images"):
        io.read_image(tmp_path / "rt")


def test_choices_are_refused_for_files(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(volume()), str(tmp_path / "a.nii.gz"))
    with pytest.raises(InputError, match="column 'series': found series 'x' for a file"):
        io.read_image(tmp_path / "a.nii.gz", series="x")
    with pytest.raises(InputError, match="column 'intensity': found intensity 'suv' for a file"):
        io.read_image(tmp_path / "a.nii.gz", intensity="suv")
    with pytest.raises(InputError, match="'SUV'; expected 'stored' or 'suv'"):
        io.read_image(tmp_path / "a.nii.gz", intensity="SUV")  # type: ignore[arg-type]
