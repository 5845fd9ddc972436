"""Pictures of a cohort's images."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics import pl
from radiogenomics._errors import InputError
from radiogenomics.pl._slices import middle_slice, outlines_of, tile

sitk = pytest.importorskip("SimpleITK")


@pytest.fixture
def manifest(tmp_path: Path) -> pd.DataFrame:
    rows = []
    for i in range(5):
        values = np.random.default_rng(i).normal(100, 10, (6, 20, 30)).astype(np.float32)
        mask = np.zeros(values.shape, dtype=np.uint8)
        mask[2:5, 5:12, 8:20] = 1
        for kind, array in (("image", values), ("mask", mask)):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing((1.0, 2.0, 4.0))
            sitk.WriteImage(image, str(tmp_path / f"{i}_{kind}.nii.gz"))
        rows.append({"patient_id": f"P{i}", "sequence": "T1", "image": str(tmp_path / f"{i}_image.nii.gz"),
                     "mask": str(tmp_path / f"{i}_mask.nii.gz")})  # fmt: skip
    return pd.DataFrame(rows)


def test_contact_sheet_has_a_picture_and_an_outline_of_every_case(manifest: pd.DataFrame) -> None:
    Path(manifest["image"][3]).write_bytes(b"broken")
    ax = pl.contact_sheet(manifest, columns=3, marked=["P1"])
    words = [t.get_text() for t in ax.texts]
    assert words == ["P0", "P1", "P2", "P3", "cannot be read", "P4"]
    assert ax.texts[1].get_color() != ax.texts[0].get_color()
    assert len(ax.collections[0].get_segments()) == 4
    drawn = np.isfinite(ax.images[0].get_array().filled(np.nan)).sum()
    assert drawn == 4 * 150 * 112  # 30 x 40 mm in a square of 150 pixels
    tumour = pl.contact_sheet(manifest, zoom="tumour")
    assert len(tumour.collections[0].get_segments()) == 4
    with pytest.raises(InputError, match="sequences T1, T2"):
        pl.contact_sheet(manifest.assign(sequence=["T1", "T2", "T1", "T1", "T1"]))
    with pytest.raises(InputError, match="1 column or more"):
        pl.contact_sheet(manifest, columns=0)


def test_outline_stands_where_the_region_is() -> None:
    region = np.zeros((10, 20), dtype=bool)
    region[2:5, 4:10] = True
    (line,) = outlines_of(region)
    assert (line.min(axis=0), line.max(axis=0)) == (pytest.approx([4, 2]), pytest.approx([10, 5]))
    drawn = tile(region.astype(float), [region], (1.0, 1.0), 200)
    inside = drawn.pixels > 0.5
    y, x = np.nonzero(inside)
    (outline,) = drawn.outlines
    np.testing.assert_allclose(outline.min(axis=0) + 0.5, [x.min(), y.min()], atol=1.5)
    np.testing.assert_allclose(outline.max(axis=0) + 0.5, [x.max() + 1, y.max() + 1], atol=1.5)


def test_middle_slice_has_most_of_the_region() -> None:
    mask = sitk.Image(8, 8, 9, sitk.sitkUInt8)
    mask[2:4, 2:4, 1:8] = 1
    assert middle_slice(mask) == 4
    mask[1:6, 1:6, 6] = 1
    assert middle_slice(mask) == 6


def test_intensities_draw_a_line_per_image(manifest: pd.DataFrame) -> None:
    ax = pl.intensities(manifest)
    assert len(ax.patches) == 5
    assert ax.get_xlabel() == "Intensity of T1"
    with pytest.raises(InputError, match="sequences T1, T2"):
        pl.intensities(manifest.assign(sequence=["T1", "T2", "T1", "T1", "T1"]))


@pytest.mark.slow
def test_forty_nine_sarcomas_are_saved_soon(real_data: Path, tmp_path: Path) -> None:
    ax = pl.contact_sheet(real_data / "sts_mri" / "manifest.csv", sequence="T1")
    began = time.process_time()
    ax.figure.savefig(tmp_path / "sheet.png", dpi=200)
    assert time.process_time() - began < 3
    assert len(ax.texts) == 49
