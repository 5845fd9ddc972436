"""rg.im.check: what is unusual is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics.im._check_images import OUTLYING, robust_z
from tests.im.conftest import ball

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]


def test_an_ordinary_cohort_has_no_remarks(write_case: Write) -> None:
    found = im.check(pd.DataFrame([write_case(f"P{i}", seed=i) for i in range(6)]))
    assert found["remarks"].tolist() == [""] * 6
    row = found.iloc[0]
    mask = ball(seed=0)[1]
    assert (row["size_x"], row["size_y"], row["size_z"]) == (26, 24, 20)
    assert row["voxels"] == mask.sum()
    assert row["volume_ml"] == pytest.approx(mask.sum() / 1000)
    assert row["slices"] == mask.any(axis=(1, 2)).sum()
    assert row["slice_share"] == pytest.approx(row["slices"] / 20)
    assert (row["components"], row["holes"], row["touches_border"]) == (1, 0, "")


def test_every_kind_of_remark(write_case: Write) -> None:
    values, mask = ball()
    speck, border, holed = mask.copy(), mask.copy(), mask.copy()
    speck[0, 0, 0] = 1
    border[:, 12, 0:6] = 1
    holed[10, 12, 13] = 0
    small = np.zeros_like(mask)
    small[10, 10:13, 10:13] = 1
    rows = [write_case(f"P{i}", seed=i) for i in range(8)]
    rows += [write_case("speck", mask=speck), write_case("border", mask=border), write_case("hole", mask=holed),
             write_case("small", mask=small), write_case("coarse", spacing=(1.0, 1.0, 6.0)),
             write_case("bright", values=(values * 9).astype(np.float32))]  # fmt: skip
    Path(write_case("broken")["image"]).write_bytes(b"x")
    rows.append(rows[0] | {"patient_id": "broken", "image": rows[0]["image"].replace("P0", "broken")})
    said = im.check(pd.DataFrame(rows)).set_index("patient_id")["remarks"]
    assert said[[f"P{i}" for i in range(8)]].eq("").all()
    assert f"2 separate parts, 1 of {speck.sum()} voxels off the largest" in said["speck"]
    assert "touches the image's border (x first, y first, z first)" in said["speck"]
    assert "(x first, z first, z last)" in said["border"]
    assert "holes of 1 voxels" in said["hole"]
    assert said["small"].startswith("only 9 voxels in the mask; the mask lies in one slice")
    assert "spacing z 6 mm (most others have 1 mm)" in said["coarse"]
    assert "median intensity" in said["bright"]
    assert "mean intensity of the tumour" in said["bright"]
    assert said["broken"].startswith("cannot be used: ")


def test_sequences_are_compared_within_themselves(write_case: Write) -> None:
    values, _ = ball()
    rows = [write_case(f"P{i}", "T1", seed=i) for i in range(5)]
    rows += [write_case(f"P{i}", "PET", values=values / 50 + i * 1e-3, spacing=(4.0, 4.0, 4.0)) for i in range(5)]
    assert im.check(pd.DataFrame(rows))["remarks"].eq("").all()


def test_a_second_protocol_is_no_outlier_and_axes_are_said_together(write_case: Write) -> None:
    rows = [write_case(f"A{i}", seed=i) for i in range(18)]
    rows += [write_case(f"B{i}", seed=i, spacing=(3.0, 3.0, 1.0)) for i in range(4)]
    rows += [write_case("C", spacing=(2.0, 2.0, 1.0))]
    said = im.check(pd.DataFrame(rows)).set_index("patient_id")["remarks"]
    assert said.drop("C").eq("").all()
    assert "spacing x and y 2 mm (most others have 1 mm)" in said["C"]


def test_robust_z() -> None:
    z = robust_z(pd.Series([1.0, 2, 3, 4, 100]))
    assert z[4] == pytest.approx(97 / 1.4826)
    assert robust_z(pd.Series([5.0, 5, 5, 8]))[3] == np.inf
    assert robust_z(pd.Series([100.0, 100, 100, 101]))[3] == OUTLYING  # a trifle, by 1 %
    assert robust_z(pd.Series([5.0, 5, np.nan])).isna().tolist() == [False, False, True]
