"""Plain mistakes in calls about images: each is named, with the next step."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.io._outcomes import register_outcomes
from radiogenomics.schemas.radiomics import RadiomicsSettings
from tests.im.conftest import ball

Write = Callable[..., dict[str, Any]]


def test_one_grey_level_is_said_once_per_sequence(write_case: Write) -> None:
    table = pd.DataFrame(
        [write_case(p, s, seed=i) for i, (p, s) in enumerate([("P1", "T1"), ("P2", "T1"), ("P1", "T2")])]
    )
    with pytest.warns(RadiogenomicsWarning, match="single grey level") as said:
        rg.im.extract_radiomics(table, settings={"bin_width": 1e4, "feature_classes": ["glcm"]}, n_jobs=1)
    texts = [str(w.message) for w in said if "single grey level" in str(w.message)]
    assert len(texts) == 2
    assert texts[0].startswith("T1: bin_width 10000 leaves a single grey level in 2 of 2 cases")
    assert texts[1].startswith("T2: bin_width 10000 leaves a single grey level in 1 of 1 cases")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rg.im.extract_radiomics(table, settings={"bin_width": 10, "feature_classes": ["glcm"]}, n_jobs=1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bincount": 32}, "expected one of sequences, .*Did you mean 'bin_count'"),
        ({"feature_set": "IBSI"}, "Did you mean 'ibsi'"),
        ({"spacing": 2}, r"found 2; expected three numbers: x, y, z.*\(2, 2, 2\)"),
        ({"distances": []}, r"a list of at least 1 value\(s\)"),
        ({"image_types": ["orginal"]}, r"settings: column 'image_types\.0': found 'orginal'.*Did you mean 'original'"),
        ({"bin_width": -1}, "expected a number greater than 0"),
    ],
)
def test_settings_are_refused_in_plain_words(settings: dict[str, Any], said: str, write_case: Write) -> None:
    with pytest.raises(InputError, match=said) as refused:
        rg.im.extract_radiomics(pd.DataFrame([write_case()]), settings=settings)
    assert len(refused.value.faults) == 1
    assert not re.search("valid tuple|after validation", str(refused.value))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"spacing": 2}, r"found 2; expected three numbers.*\(2, 2, 2\)"),
        ({"normalization": "z-score"}, "Did you mean 'zscore'"),
        ({"reference": 5}, "normalization histogram or nyul|reference"),
        ({"bias_correction": {"shrnk": 2}}, "column 'bias_correction.shrnk'"),
    ],
)
def test_preprocess_is_refused_in_plain_words(
    arguments: dict[str, Any], said: str, write_case: Write, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        rg.im.preprocess(pd.DataFrame([write_case()]), tmp_path / "out", **arguments)


def test_kind_of_an_outcome_that_is_misspelt() -> None:
    clinical = pd.DataFrame({"t": [1.0, 2.0], "e": [0, 1]}, index=["a", "b"])
    with pytest.raises(
        InputError, match=r"found kind 'survivl'; expected one of survival, binary, competing.*'survival'"
    ):
        register_outcomes(clinical, {"os": {"kind": "survivl", "time": "t", "event": "e"}})


def test_marked_patients_of_a_contact_sheet_exist(write_case: Write) -> None:
    table = pd.DataFrame([write_case()])
    with pytest.raises(InputError, match=r"marked: found 'P1'; expected a list of patients, such as \['P1'\]"):
        rg.pl.contact_sheet(table, marked="P1")
    with pytest.raises(InputError, match=r"found 'p1'; expected one of 'P1'\. Did you mean 'P1'"):
        rg.pl.contact_sheet(table, marked=["p1"])


def test_messages_of_failures_are_one_line_without_columns(write_case: Write) -> None:
    good = write_case("P1")
    other = write_case("P2", mask=np.ones((3, 4, 5), np.uint8), spacing=(2.0, 1.0, 1.0))
    table = pd.DataFrame([good, {**good, "patient_id": "P3", "mask": other["mask"]}])
    message = rg.im.extract_radiomics(table, n_jobs=1).uns["failures"]["message"].iloc[0]
    assert "\n" not in message
    assert "column '" not in message
    assert "mask size (5, 4, 3)" in message


def test_bias_correction_of_cropped_images_is_warned_of(write_case: Write, tmp_path: Path) -> None:
    values, mask = ball()
    inside = tuple(slice(v.min(), v.max() + 1) for v in np.nonzero(mask))
    table = pd.DataFrame([write_case("P1", values=values[inside], mask=mask[inside]), write_case("P2")])
    with pytest.warns(RadiogenomicsWarning, match=r"1 of 2 images hold hardly more than the tumour \(for instance P1"):
        rg.im.preprocess(table, tmp_path / "out", bias_correction=True, n_jobs=1)


def test_images_left_over_from_other_settings_are_named(write_case: Write, tmp_path: Path) -> None:
    table = pd.DataFrame([write_case("P1"), write_case("P2")])
    rg.im.preprocess(table, tmp_path / "out", normalization="zscore", n_jobs=1)
    with pytest.warns(RadiogenomicsWarning, match=r"2 file\(s\) of an earlier run .*P2_T1.nii.gz"):
        rg.im.preprocess(table[:1], tmp_path / "out", n_jobs=1)


def test_shuffled_voxels_are_not_to_be_resampled(write_case: Write, tmp_path: Path) -> None:
    own = {"spacing": (1, 1, 2), "feature_classes": ["glcm"]}
    shuffled = rg.im.shuffle_voxels(pd.DataFrame([write_case()]), tmp_path / "out", settings=own, n_jobs=1)
    rg.im.extract_radiomics(shuffled, settings=own, n_jobs=1)
    with pytest.warns(RadiogenomicsWarning, match=r"shuffled with spacing .* a texture again"):
        rg.im.extract_radiomics(tmp_path / "out" / "manifest.csv", settings={**own, "spacing": (2, 2, 2)}, n_jobs=1)


def test_an_image_as_mask_is_recognised(write_case: Write, tmp_path: Path) -> None:
    case = write_case()
    with pytest.raises(InputError, match="This looks like an image"):
        rg.io.read_mask(case["image"])
    whole = write_case("P2", mask=np.arange(20 * 24 * 26, dtype=np.int16).reshape(20, 24, 26))
    with pytest.raises(InputError, match=r"\(12479 in all\).*This looks like an image"):
        rg.io.read_mask(whole["mask"])


def test_a_value_without_spread_has_no_robust_z(write_case: Write) -> None:
    table = pd.DataFrame([write_case(f"P{i}", seed=i, spacing=(1, 1, 9 if i == 0 else 1)) for i in range(12)])
    checked = rg.im.check(table, n_jobs=1)
    assert np.isnan(checked["z_spacing_z"].iloc[0])
    assert "most others have 1 mm" in checked["remarks"].iloc[0]


def settings_table() -> str:
    """The manual's table of settings, from the model."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in RadiomicsSettings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in default)
        shown = {None: "none", False: "false", True: "true"}.get(default, default) if default != 1 else default
        shown = f"{shown:g}" if isinstance(shown, float) else str(shown)
        lines.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(lines)


def test_the_manual_lists_every_setting() -> None:
    page = Path(__file__).parents[2] / "vignettes" / "features.md"
    assert settings_table() in page.read_text(encoding="utf-8"), f"it drifted; the table is now:\n{settings_table()}"
