"""What a report says of a classifier of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData

import radiogenomics as rg
from radiogenomics.report._found import results_in
from radiogenomics.report._sentences import findings


def said(effect: float, groupby: str) -> str:
    random = np.random.default_rng(0)
    kind = np.arange(40) % 2
    x = random.normal(6, 1, (40, 60)) + effect * kind[:, None] * (np.arange(60) < 20)
    data = AnnData(x, obs=pd.DataFrame({"kind": np.array(["a", "b"])[kind]}, index=[f"P{i}" for i in range(40)]))
    rg.tl.consensus_cluster(data, n_clusters=2, metric="euclidean", n_resamples=30, rng=0)
    rg.tl.shrunken_centroids(data, groupby, folds=4, repeats=1, rng=0)
    (found,) = [f for f in results_in(data) if f.kind == "shrunken_centroids"]
    return " ".join(findings(found))


def test_remade_groups_are_told_with_the_apparent_error_beside() -> None:
    text = said(3.0, "groups")
    assert "groups and classifier made without the patient" in text
    assert "(apparent)" in text
    assert "95 % CI" in text


def test_no_evidence_is_said_as_such() -> None:
    text = said(0.0, "kind")
    assert "no evidence that the genes tell the groups" in text
    assert "classifier made without the patient" in text


def test_genes_are_counted_among_those_the_classifier_had() -> None:
    random = np.random.default_rng(0)
    kind = np.arange(40) % 2
    x = np.abs(random.normal(6, 1, (40, 60)) + 3 * kind[:, None] * (np.arange(60) < 20))
    x[:, 50:] = 0.1
    data = AnnData(x, obs=pd.DataFrame({"kind": np.array(["a", "b"])[kind]}, index=[f"P{i}" for i in range(40)]))
    rg.pp.filter_genes(data)
    rg.tl.shrunken_centroids(data, "kind", folds=4, repeats=1, rng=0)
    (found,) = [f for f in results_in(data) if f.kind == "shrunken_centroids"]
    assert "of 50 genes" in " ".join(findings(found))
