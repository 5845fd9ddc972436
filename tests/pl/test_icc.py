"""Box plots of the intraclass correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError


@pytest.fixture
def filtered() -> AnnData:
    random = np.random.default_rng(0)
    truth = pd.DataFrame(random.normal(size=(20, 12)), columns=[f"f{i}" for i in range(12)])
    truth.index = [f"P{i}" for i in range(20)]
    noise = np.repeat([0.1, 2.0], 6)
    first, second = (truth + noise * random.normal(size=truth.shape) for _ in range(2))
    var = pd.DataFrame({"feature_class": ["shape"] * 6 + ["glcm"] * 6}, index=truth.columns)
    adata = AnnData(first, var=var)
    rg.pp.filter_icc(adata, {"inter": [first, second]}, rule="lower", threshold=0.5)
    return adata


def test_how_many_stay_stands_beside_each_class(filtered: AnnData) -> None:
    axes = rg.pl.icc(filtered)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["shape\n6 of 6 stay", "glcm\n0 of 6 stay"]
    assert axes.get_title(loc="left") == "6 of 12 features stay"
    assert "lower bound" in axes.get_xlabel()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["inter", "threshold"]


def test_classes_that_are_not_known_are_refused(filtered: AnnData) -> None:
    with pytest.raises(InputError, match="feature_class"):
        rg.pl.icc(filtered, by="sequence")
    plain = filtered.copy()
    plain.uns["icc"]["features"] = plain.uns["icc"]["features"].drop(columns="feature_class")
    assert [label.get_text() for label in rg.pl.icc(plain).get_yticklabels()] == ["all features\n6 of 12 stay"]
    with pytest.raises(UnknownNameError, match=r"rg\.pp\.filter_icc"):
        rg.pl.icc(AnnData(np.ones((3, 2))))
    with pytest.raises(UnknownNameError, match="designs"):
        rg.get.icc(filtered, table="design")
