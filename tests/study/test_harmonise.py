"""Step harmonise: between cleaning and scaling, judged by the tables before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError


def with_sites(study: Path, harmonise: Any, **steps: Any) -> Path:
    """The small study with a column ``site`` and step harmonise."""
    folder = study.parent
    clinical = pd.read_csv(folder / "clinical.csv")
    clinical["site"] = np.array(["north", "south", "west"])[np.arange(len(clinical)) % 3]
    clinical["town"] = clinical["site"].map({"north": "a", "south": "b", "west": "b"})
    clinical["lone"] = np.where(np.arange(len(clinical)) == 0, "only", clinical["site"])
    clinical.to_csv(folder / "clinical.csv", index=False)
    text = yaml.safe_load(study.read_text(encoding="utf-8"))
    text["steps"] = {"clean": {"radiomics": {"scale": "zscore"}}, "harmonise": harmonise, **steps}
    study.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    return study


def test_runs_between_cleaning_and_scaling(study: Path) -> None:
    with_sites(study, {"radiomics": {"batch": "site", "compare": ["age_years"]}, "rna": {"batch": "site"}},
                       report={})  # fmt: skip
    rg.study.run(study, n_jobs=1)
    mdata = rg.io.read_cohort(study.parent / "results" / "cohort.h5mu")
    done = [step["estimator"] for step in yaml.safe_load(mdata.mod["radiomics"].uns["pipeline"])]
    assert done == ["FeatureCleaner", "FeatureImputer", "ComBat", "FeatureScaler"]
    np.testing.assert_allclose(mdata.mod["radiomics"].X.std(axis=0), 1)
    page = (study.parent / "results" / "report.html").read_text(encoding="utf-8")
    assert "Batches of radiomics (site)" in page
    assert "low by construction" in page
    assert (study.parent / "results" / "figures" / "rna_batch_effect_pca.svg").is_file()


@pytest.mark.parametrize(
    ("harmonise", "said"),
    [
        ({"batch": "sight"}, "steps.harmonise.radiomics.batch: found 'sight'"),
        ({"batch": "lone"}, "batch(es) of one patient ('only')"),
        ({"batch": "site", "covariates": ["town"]}, "covariate 'town': it is confounded with the batches"),
        ({"batch": "site", "covariates": ["mfs_event"]}, "of the outcome 'mfs'"),
        ({"batch": "site", "unseen": "reference"}, "reference: a batch"),
    ],
)
def test_faults_are_told_beforehand(study: Path, harmonise: Any, said: str) -> None:
    with_sites(study, {"radiomics": harmonise})
    with pytest.raises(InputError) as caught:
        rg.study.run(study, n_jobs=1)
    assert said in str(caught.value)
