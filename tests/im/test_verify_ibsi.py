"""The IBSI's phantoms: every reference value of every feature, under every configuration."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics._errors import InputError
from radiogenomics.im._verify_ibsi import AGGREGATIONS, CONFIGURATIONS

pytest.importorskip("radiomics")
# Reference values of the digital phantom, and of the CT phantom's configurations A to E.
REFERENCES = {
    "digital_phantom": 482, "ct_phantom_config_a": 346, "ct_phantom_config_b": 346, "ct_phantom_config_c": 210,
    "ct_phantom_config_d": 210, "ct_phantom_config_e": 210,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Path:
    import os

    if not os.environ.get("RADIOGENOMICS_DATA"):
        pytest.skip("RADIOGENOMICS_DATA is not set: no real data here")
    return Path(os.environ["RADIOGENOMICS_DATA"]) / "ibsi1"


@pytest.mark.slow
def test_every_reference_value_is_met(folder: Path) -> None:
    found = im.verify_ibsi(folder)
    assert found.groupby("dataset").size().to_dict() == REFERENCES
    departed = found[~found["agrees"]]
    assert departed.empty, departed.to_string()
    assert found.attrs["without"].empty
    assert not found["ibsi_id"].eq("").any()


@pytest.mark.slow
def test_pyradiomics_departs_where_the_columns_say(folder: Path) -> None:
    theirs = im.verify_ibsi(folder, ibsi="pyradiomics")
    digital = theirs[theirs["dataset"] == "digital_phantom"]
    departed = set(digital.loc[~digital["agrees"], "feature"])
    assert departed == {"Kurtosis", "MinorAxisLength", "LeastAxisLength"}
    resampled = theirs[theirs["dataset"].isin([f"ct_phantom_config_{c}" for c in "cde"])]
    assert resampled["agrees"].mean() < 0.3


def test_comparison_rejects_another_value(folder: Path, tmp_path: Path) -> None:
    """A reference that is off by one in its last digit is not met."""
    references = pd.read_csv(folder / "reference_values.csv")
    references.loc[references["feature"] == "stat_var", "reference"] += 0.01
    references = references[references["dataset"] == "digital_phantom"]
    references.to_csv(tmp_path / "reference_values.csv", index=False)
    for file in folder.glob("*phantom_*.nii.gz"):
        (tmp_path / file.name).symlink_to(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "radiogenomics.im._verify_ibsi.CONFIGURATIONS", {"digital_phantom": CONFIGURATIONS["digital_phantom"]}
        )
        patch.setattr(
            "radiogenomics.im._verify_ibsi.AGGREGATIONS", {"digital_phantom": AGGREGATIONS["digital_phantom"][-1:]}
        )
        found = im.verify_ibsi(tmp_path)
    assert found.loc[~found["agrees"], "feature"].tolist() == ["Variance"]
    assert len(found.attrs["without"]) + len(found) == 482


def test_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reference values"):
        im.verify_ibsi(tmp_path)
