"""Patterns of names, and one file of a series taken for the series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radiogenomics import io
from radiogenomics._errors import InputError
from radiogenomics.io._dicom_files import matching

pytest.importorskip("SimpleITK")
pytest.importorskip("pydicom")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("GTV", [0]), ("gtv*", [0, 1, 2]), ("*node", [3]), ("GTV.+", [1, 2]), ("GTV (old)", [2]), ("*", [0, 1, 2, 3]),
     ("GTV[", []), ("GTVx", [])],
)  # fmt: skip
def test_names_and_patterns(wanted: str, found: list[int]) -> None:
    assert matching(["GTV", "GTVp", "GTV (old)", "Lymph node"], wanted) == found


def test_one_file_of_a_series_is_refused_and_the_folder_named(tmp_path: Path) -> None:
    from tests.dicom_writing import write_series

    folder = write_series(tmp_path / "T1", np.arange(60.0).reshape(3, 4, 5))
    with pytest.raises(InputError, match=r"one of the 3 files of a DICOM series.*Name the folder 'T1'"):
        io.read_image(next(iter(sorted(folder.iterdir()))))
    assert io.read_image(folder).GetSize() == (5, 4, 3)
