"""SUV by body weight, against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radiogenomics import io
from radiogenomics._errors import InputError

sitk = pytest.importorskip("SimpleITK")
ACTIVITY = np.full((3, 4, 5), 7000, dtype=np.int16)  # Bq/mL
PLAIN = 7000 * 70_000 / 370e6  # g/mL without decay


def suv(dicom: Any, folder: Path, change: Any = None, **changes: Any) -> float:
    folder = dicom.write_series(folder, ACTIVITY, change=change, **dicom.pet(**changes))
    values = sitk.GetArrayFromImage(io.read_image(folder, intensity="suv"))
    assert np.ptp(values) == 0
    return float(values[0, 0, 0])


def test_decay_from_injection_to_scan(dicom: Any, tmp_path: Path) -> None:
    hour = 2 ** (-3600 / 6586.2)
    assert suv(dicom, tmp_path / "start") == pytest.approx(PLAIN / hour, rel=1e-6)
    assert suv(dicom, tmp_path / "admin", DecayCorrection="ADMIN") == pytest.approx(PLAIN, rel=1e-6)
    assert suv(dicom, tmp_path / "half", RadionuclideHalfLife=3600.0) == pytest.approx(2 * PLAIN, rel=1e-6)
    full = {"RadiopharmaceuticalStartTime": None, "RadiopharmaceuticalStartDateTime": "20200102093000.000000+0100"}
    assert suv(dicom, tmp_path / "full", **full) == pytest.approx(PLAIN / hour, rel=1e-6)
    # A series made two hours later: the images are corrected to the first acquisition all the same.
    assert suv(dicom, tmp_path / "later", SeriesTime="123000", AcquisitionTime="103000") == pytest.approx(
        PLAIN / hour, rel=1e-6
    )
    night = {"RadiopharmaceuticalStartTime": "233000", "SeriesTime": "003000", "AcquisitionTime": "003001"}
    assert suv(dicom, tmp_path / "night", **night) == pytest.approx(PLAIN / hour, rel=1e-6)


def test_acquisitions_of_several_beds_share_the_start(dicom: Any, tmp_path: Path) -> None:
    def beds(data: Any, k: int) -> None:
        data.AcquisitionTime = f"10{30 + 3 * k}05"

    assert suv(dicom, tmp_path, change=beds) == pytest.approx(PLAIN / 2 ** (-3600 / 6586.2), rel=1e-6)


def test_units_that_are_suv_already(dicom: Any, tmp_path: Path) -> None:
    assert suv(dicom, tmp_path / "gml", Units="GML") == 7000
    with pytest.raises(InputError, match=r"SUVType LBM; expected BW"):
        suv(dicom, tmp_path / "lbm", Units="GML", SUVType="LBM")

    def philips(data: Any, k: int) -> None:
        data.add_new((0x7053, 0x1000), "DS", "0.001")

    assert suv(dicom, tmp_path / "counts", change=philips, Units="CNTS") == pytest.approx(7)
    with pytest.raises(InputError, match=r"counts without a factor to SUV.*\(7053,1000\)"):
        suv(dicom, tmp_path / "none", Units="CNTS")


def test_everything_that_is_missing_is_named(dicom: Any, tmp_path: Path) -> None:
    gone = {"RadionuclideTotalDose": None, "RadionuclideHalfLife": None, "RadiopharmaceuticalStartTime": None}
    with pytest.raises(InputError) as caught:
        suv(dicom, tmp_path / "a", PatientWeight=None, **gone)
    text = str(caught.value)
    for name in ("PatientWeight", *gone):
        assert f"column '{name}': found n" in text
    with pytest.raises(InputError, match=r"DecayCorrection.*NONE"):
        suv(dicom, tmp_path / "b", DecayCorrection="NONE")
    with pytest.raises(InputError, match="ATTN among them"):
        suv(dicom, tmp_path / "c", CorrectedImage=["DECY"])
    with pytest.raises(InputError, match=r"370; expected a dose in Bq.*MBq\?"):
        suv(dicom, tmp_path / "d", RadionuclideTotalDose=370.0)
    with pytest.raises(InputError, match="1440 minutes from injection to scan"):
        suv(dicom, tmp_path / "e", RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime="20200101103000")
    with pytest.raises(InputError, match="Units missing"):
        suv(dicom, tmp_path / "f", Units=None)
    with pytest.raises(InputError, match="modality 'MR'; expected PT"):
        io.read_image(dicom.write_series(tmp_path / "g", ACTIVITY), intensity="suv")
    with pytest.raises(InputError, match="several values of PatientWeight"):
        suv(dicom, tmp_path / "h", change=lambda data, k: setattr(data, "PatientWeight", 70 + k))
