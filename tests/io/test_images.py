"""Reading volumes and masks, and saying what is wrong with those that cannot be read."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from radiogenomics import io
from radiogenomics._errors import DegenerateInputError, InputError

sitk = pytest.importorskip("SimpleITK")


def volume(shape: tuple[int, ...] = (5, 6, 7), dtype: type = np.float32):
    image = sitk.GetImageFromArray(np.random.default_rng(0).normal(100, 10, shape).astype(dtype))
    image.SetSpacing((0.5, 0.75, 3.0))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection((0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    return image


def write(image: object, path: Path) -> Path:
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.mhd"])
def test_formats_keep_values_and_geometry(tmp_path: Path, name: str) -> None:
    written = volume()
    read = io.read_image(write(written, tmp_path / name))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read), sitk.GetArrayFromImage(written))
    np.testing.assert_allclose(read.GetSpacing(), written.GetSpacing(), rtol=1e-6)
    np.testing.assert_allclose(read.GetOrigin(), written.GetOrigin(), rtol=1e-6)
    np.testing.assert_allclose(read.GetDirection(), written.GetDirection(), atol=1e-6)
    assert read.GetMetaDataKeys() == ()


@pytest.mark.parametrize("name", ["a.mha.gz", "a.nrrd.gz"])
def test_volume_compressed_as_a_whole(tmp_path: Path, name: str) -> None:
    plain = write(volume(), tmp_path / name.removesuffix(".gz"))
    path = tmp_path / name
    path.write_bytes(gzip.compress(plain.read_bytes()))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(io.read_image(path)), sitk.GetArrayFromImage(volume()))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="gzip stream that breaks off"):
        io.read_image(path)


@pytest.mark.parametrize("name", ["a.mhd", "a.nhdr"])
def test_header_without_its_data_file(tmp_path: Path, name: str) -> None:
    path = write(volume(), tmp_path / name)
    data = tmp_path / "a.raw"
    data.write_bytes(data.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"damaged or cut off|fread got only"):
        io.read_image(path)
    data.unlink()
    with pytest.raises(InputError, match=r"no data file 'a\.raw' beside it"):
        io.read_image(path)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "a.raw" not in line))
    with pytest.raises(InputError, match="names no data file"):
        io.read_image(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        io.read_image(tmp_path / "none.nii.gz")


@pytest.mark.parametrize("share", [0.3, 0.95])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_truncated_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = write(volume((20, 20, 20)), tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match="truncated"):
        io.read_image(path)


def test_gzip_that_ends_early_inside_is_refused(tmp_path: Path) -> None:
    path = write(volume((20, 20, 20)), tmp_path / "a.nii.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:9000]))
    with pytest.raises(InputError, match="9000 bytes; expected 32352 bytes"):
        io.read_image(path)


def test_changed_byte_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = write(volume((20, 20, 20)), tmp_path / "a.nii.gz")
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF  # within the stored CRC
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="CRC"):
        io.read_image(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.txt"])
def test_text_is_not_an_image(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("patient_id,sequence\n")
    with pytest.raises(InputError) as caught:
        io.read_image(tmp_path / name)
    assert name in str(caught.value)
    assert ".cxx" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_voxels_that_are_not_finite(tmp_path: Path, bad: float, dtype: type, name: str) -> None:
    values = np.ones((4, 5, 6), dtype=dtype)
    values[1, 2, 3] = bad
    path = write(sitk.GetImageFromArray(values), tmp_path / name)
    with pytest.raises(InputError, match="1 of 120 voxels NaN or infinite"):
        io.read_image(path)


def test_dimensions(tmp_path: Path) -> None:
    one = volume()
    with pytest.raises(InputError, match=r"4 dimensions \(7 x 6 x 5 x 2\)"):
        io.read_image(write(sitk.JoinSeries([one, one]), tmp_path / "four.nii.gz"))
    assert io.read_image(write(sitk.JoinSeries([one]), tmp_path / "one.nrrd")).GetSize() == (7, 6, 5)
    with pytest.raises(InputError, match="2 dimensions"):
        io.read_image(write(one[:, :, 0], tmp_path / "two.nrrd"))
    with pytest.raises(InputError, match="3 values per voxel"):
        io.read_image(write(sitk.Compose([one, one, one]), tmp_path / "rgb.nrrd"))


def labels(tmp_path: Path, values: np.ndarray) -> Path:
    return write(sitk.GetImageFromArray(values), tmp_path / "mask.nii.gz")


def test_mask_is_zero_and_one_whatever_its_label(tmp_path: Path) -> None:
    values = np.zeros((4, 5, 6), dtype=np.float64)
    values[1:3, 1:3, 1:3] = 7
    mask = io.read_mask(labels(tmp_path, values))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), values == 7)
    assert mask.GetPixelIDTypeAsString() == "8-bit unsigned integer"


def test_mask_with_several_labels_needs_one(tmp_path: Path) -> None:
    values = np.zeros((4, 5, 6), dtype=np.int16)
    values[0, 0, :2], values[1, 1, :3] = 1, 4
    path = labels(tmp_path, values)
    with pytest.raises(InputError, match=r"labels 1 \(2 voxels\), 4 \(3 voxels\)"):
        io.read_mask(path)
    assert sitk.GetArrayFromImage(io.read_mask(path, label=4)).sum() == 3
    with pytest.raises(InputError, match="no label 2"):
        io.read_mask(path, label=2)


def test_mask_at_fault(tmp_path: Path) -> None:
    with pytest.raises(DegenerateInputError, match="without any marked voxel"):
        io.read_mask(labels(tmp_path, np.zeros((4, 5, 6), dtype=np.uint8)))
    with pytest.raises(InputError, match=r"the mask value 0\.5"):
        io.read_mask(labels(tmp_path, np.full((4, 5, 6), 0.5, dtype=np.float32)))
    with pytest.raises(InputError, match="120 of 120 voxels NaN"):
        io.read_mask(labels(tmp_path, np.full((4, 5, 6), np.nan, dtype=np.float32)))
