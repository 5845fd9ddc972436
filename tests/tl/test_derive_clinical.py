from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl._cohorts import cohort

SCORES = {"differentiation": "diff", "mitoses": "mit", "necrosis": "nec"}


def example() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "diff": [1, 2, 3, 3, np.nan],
            "mit": [1, 1, 2, 3, 1],
            "nec": [0, 1, 1, 2, 0],
            "t2": [True, False, True, True, False],
            "rim": [0, 1, 0, np.nan, np.nan],
            "necrotic": ["1", "1", "1", "0", "0"],
            "mm": [50, 51, 150, 151, np.nan],
            "text": list("abcde"),
        },
        index=[f"P{i}" for i in range(5)],
    )


def test_variables_their_order_and_who_has_none() -> None:
    data = cohort(example())
    rg.tl.derive_clinical(data, "fnclcc_grade", SCORES, key_added="grade")
    assert data.obs["grade"].astype(object).tolist()[:4] == ["G1", "G2", "G3", "G3"]
    assert data.obs["grade"].dtype.ordered
    assert data.uns["grade"]["left_out"]["reason"].tolist() == ["no diff"]
    assert "6-8" in settings_of(data.uns["grade"])["rule"]
    rg.tl.derive_clinical(data, "t_stage", {"size": "mm"}, unit="mm")
    assert data.obs["t_stage"].astype(object).tolist()[:4] == ["T1", "T2", "T3", "T4"]
    signs = {"heterogeneous_t2": "t2", "necrosis": "necrotic", "peritumoral_enhancement": "rim"}
    rg.tl.derive_clinical(data, "semantic_radiophenotype", signs)
    found = data.obs["semantic_radiophenotype"].astype(object).tolist()
    assert found[:3] == ["high risk"] * 3
    assert pd.isna(found[3])
    assert found[4] == "low risk"
    assert data.uns["semantic_radiophenotype"]["counts"]["n"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("grade", {}), InputError, "fnclcc_grade"),
        (("fnclcc_grade", {"mitoses": "mit"}), InputError, "differentiation"),
        (("fnclcc_grade", SCORES | {"mitoses": "mitt"}), UnknownNameError, "mit"),
        (("fnclcc_grade", SCORES | {"mitoses": "mm"}), InputError, r"(?s)mm.*1 to 3"),
        (("fnclcc_grade", SCORES | {"mitoses": "text"}), InputError, r"(?s)text.*numbers"),
        (("t_stage", {"size": "mm"}), InputError, "unit"),
        (("t_stage", {"size": "nec"}, "cm"), InputError, r"(?s)nec.*positive|positive.*nec"),
        (("fnclcc_grade", SCORES, "cm"), InputError, "no size"),
    ],
)
def test_bad_input(arguments, error, said) -> None:  # type: ignore[no-untyped-def]
    variable, columns, *unit = arguments
    with pytest.raises(error, match=said):
        rg.tl.derive_clinical(cohort(example()), variable, columns, unit=unit[0] if unit else None)
