"""Slices through tumours: which, where, how large, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.im import _slices
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import Slices, prepare_slices
from radiogenomics.schemas.deep import SliceSettings

Write = Callable[..., dict[str, Any]]


def cut(rows: list[dict[str, Any]] | pd.DataFrame, *, cache_dir: Path | None = None, measured: Any = None,
        **settings: Any) -> Slices:  # fmt: skip
    table = choose_reads(manifest_frame(pd.DataFrame(rows)), None, None)
    chosen = SliceSettings(**{"size": 32, **settings})
    return prepare_slices(cases_of(table), chosen, measured=measured, n_jobs=1, cache_dir=cache_dir)


def box(shape: tuple[int, int, int], *spans: tuple[int, int]) -> np.ndarray:
    """Mask (z, y, x) of a box."""
    mask = np.zeros(shape, dtype=np.uint8)
    mask[tuple(slice(*span) for span in spans)] = 1
    return mask


def ramp(shape: tuple[int, int, int]) -> np.ndarray:
    """Intensities that rise along x, and a little along y and z."""
    z, y, x = np.meshgrid(*[np.arange(n, dtype=np.float32) for n in shape], indexing="ij")
    return x + 0.1 * y + 0.01 * z


def test_every_slice_with_enough_tumour(cohort: pd.DataFrame) -> None:
    every = cut(cohort, choice="all", min_area_share=0.3)
    widest = cut(cohort, choice="largest")
    areas = every.table.groupby("patient_id")["area_mm2"]
    assert (areas.min() >= 0.3 * areas.max()).all()
    assert (widest.table.set_index("patient_id")["area_mm2"] == areas.max()).all()
    assert len(widest.images) == 3
    assert every.images.dtype == np.float32
    assert 0 <= every.images.min() < every.images.max() <= 1
    assert list(every.table["plane"].unique()) == ["axial"]


def test_orthogonal_planes(write_case: Write) -> None:
    shape = (20, 30, 40)
    row = write_case(values=ramp(shape), mask=box(shape, (5, 11), (8, 20), (10, 34)), spacing=(1.0, 1.0, 2.0))
    found = cut([row], choice="orthogonal", margin=4.0)
    assert list(found.table["plane"]) == ["axial", "coronal", "sagittal"]
    assert found.table["area_mm2"].tolist() == [12 * 24, 6 * 24 * 2, 6 * 12 * 2]
    assert found.settings.field_of_view == 24 + 2 * 4
    share = found.masks.mean(axis=(1, 2)) * 32**2
    assert share == pytest.approx(found.table["area_mm2"], rel=0.1)


def test_the_tumour_is_in_the_middle_and_its_scale_is_kept(write_case: Write) -> None:
    shape = (10, 60, 60)
    small = write_case("A", values=ramp(shape), mask=box(shape, (3, 7), (4, 12), (30, 38)))
    large = write_case("B", values=ramp(shape), mask=box(shape, (3, 7), (20, 44), (20, 44)))
    found = cut([small, large], choice="largest", margin=4.0)
    assert found.table["field_of_view_mm"].tolist() == [32, 32]
    assert found.masks[0].sum() == 64
    assert found.masks[1].sum() == 24**2
    for mask in found.masks:
        assert np.argwhere(mask).mean(axis=0) == pytest.approx([15.5, 15.5])
    own = cut([small, large], choice="largest", margin=4.0, field_of_view="tumour")
    assert own.table["field_of_view_mm"].tolist() == [16, 32]
    assert own.masks[0].sum() == 16**2


def test_the_square_measures_training_patients_only(write_case: Write) -> None:
    shape = (10, 60, 60)
    rows = [write_case("A", values=ramp(shape), mask=box(shape, (3, 7), (4, 12), (30, 38))),
            write_case("B", values=ramp(shape), mask=box(shape, (3, 7), (20, 44), (20, 44)))]  # fmt: skip
    with pytest.warns(RadiogenomicsWarning, match=r"larger than the field of view \(16 mm\) in 4 slice\(s\) of 1 "):
        found = cut(rows, margin=4.0, measured=["A"])
    assert found.settings.field_of_view == 16
    shares = found.table.groupby("patient_id")["cut_share"].max()
    assert shares["A"] == 0
    assert shares["B"] == pytest.approx(1 - (16 / 24) ** 2, abs=0.02)


def test_use_of_the_mask(cohort: pd.DataFrame) -> None:
    shapes = {use: cut(cohort, choice="largest", mask=use).inputs() for use in ("multiply", "channel", "none")}
    assert shapes["multiply"].shape == shapes["none"].shape == (3, 1, 32, 32)
    assert shapes["channel"].shape == (3, 2, 32, 32)
    assert np.array_equal(shapes["multiply"][:, 0], shapes["channel"][:, 0] * shapes["channel"][:, 1])
    assert np.array_equal(shapes["none"][:, 0], shapes["channel"][:, 0])


def test_a_mask_of_one_voxel_is_listed(write_case: Write, cohort: pd.DataFrame) -> None:
    one = write_case("P9", mask=box((20, 24, 26), (9, 10), (9, 10), (9, 10)))
    with pytest.warns(RadiogenomicsWarning, match=r"1 case\(s\) have no slices:\n.*P9 T1, check: .*1 voxel"):
        found = cut([*cohort.to_dict("records"), one])
    assert found.failures[["patient_id", "step", "error"]].to_numpy().tolist() == [
        ["P9", "check", "DegenerateInputError"]
    ]
    assert set(found.table["patient_id"]) == {"P1", "P2", "P3"}
    with pytest.raises(InputError, match=r"that can be measured"):
        cut([one])
    with pytest.raises(InputError, match=r"all 1 cases failed"):
        cut([one], field_of_view=40.0)


def test_slices_are_kept_and_read(cohort: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    first = cut(cohort, cache_dir=kept)
    assert len(list(kept.iterdir())) == 3
    calls: list[Any] = []
    own = _slices._cut
    monkeypatch.setattr(_slices, "_cut", lambda *given: calls.append(given) or own(*given))
    again = cut(cohort, cache_dir=kept, mask="channel")  # what is done with the mask comes later
    assert not calls
    assert np.array_equal(first.images, again.images)
    assert first.table.equals(again.table)
    next(kept.iterdir()).write_bytes(b"half a file")
    assert np.array_equal(cut(cohort, cache_dir=kept).images, first.images)
    assert len(calls) == 1
    cut(cohort, cache_dir=kept, margin=12.0)
    assert len(calls) == 4


def test_slices_of_some_patients(cohort: pd.DataFrame) -> None:
    found = cut(cohort).of(["P2"])
    assert set(found.table["patient_id"]) == {"P2"}
    assert len(found.images) == len(found.masks) == len(found.table)
    assert found.table.index.tolist() == list(range(len(found.table)))


def test_settings_of_slices() -> None:
    with pytest.raises(ValueError, match="the lower first"):
        SliceSettings(percentiles=(99.0, 1.0))
