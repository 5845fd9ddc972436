"""Cohorts with hand-made stored results, in the layout that ``rg.tl`` writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData

from radiogenomics._cohort import left_out_table, own_columns, to_uns, write_groups

ODD_IDS = ['O\'Brien "Q"', "<script>alert(1)</script>", "患者-7", "Müller & Söhne", "=1+1"]
N, N_RNA = 30, 20


def _patients() -> list[str]:
    return ODD_IDS + [f"P{i:03d}" for i in range(len(ODD_IDS), N)]


def _bare(split: bool = False) -> MuData:
    rng = np.random.default_rng(5)
    ids = _patients()
    radiomics = AnnData(rng.normal(size=(N, 6)), obs=pd.DataFrame(index=ids))
    rna = AnnData(rng.normal(size=(N_RNA, 8)), obs=pd.DataFrame(index=ids[:N_RNA]))
    with own_columns():
        data = MuData({"radiomics": radiomics, "rna": rna})
        data.obs["age"] = rng.integers(40, 80, N)
        data.obs["days"] = rng.integers(30, 2000, N).astype(float)
        data.obs["died"] = (np.arange(N) % 3 == 0).astype(int)
    data.uns["outcomes"] = {"os": {"kind": "survival", "time": "days", "event": "died", "unit": "days", "order": 0}}
    parts = ["all"]
    if split:
        data.obs["split"] = ["training"] * 15 + ["internal"] * 8 + ["external"] * 7
        data.uns["split"] = {"column": "split"}
        parts = ["training", "internal", "external"]
    data.uns["audit"] = pd.DataFrame(
        {
            "patient_id": [*ids, "P999"],
            "in_clinical": [True] * N + [False],
            "has_radiomics": [True] * (N + 1),
            "has_rna": [True] * N_RNA + [False] * (N - N_RNA + 1),
            "split": [*(data.obs["split"] if split else ["all"] * N), "none" if split else "all"],
            "kept": [True] * N + [False],
            "reason": [""] * N + ["not in the clinical table"],
            "note": [""] * N + ["P999 looks like P009"],
        }
    )
    data.uns["test_parts"] = parts
    return data


def _consensus(data: MuData, modality: str) -> None:
    adata = data.mod[modality]
    ids = list(adata.obs_names)
    labels = pd.Series([("A", "B", "C")[i % 3] for i in range(len(ids))], index=ids)
    write_groups(data, modality, "groups", labels)
    same = (labels.to_numpy()[:, None] == labels.to_numpy()[None, :]).astype(float)
    adata.obsp["groups_consensus"] = 0.1 + 0.8 * same
    ks = [2, 3, 4]
    evidence = pd.DataFrame(
        {
            "k": ks,
            "pac": [0.42, 0.12, 0.31],
            "area": [0.5, 0.62, 0.66],
            "delta_area": [0.5, 0.24, 0.06],
            "silhouette": [0.2, 0.55, 0.31],
            "chosen": [False, True, False],
        }
    )
    value = np.linspace(0, 1, 11)
    cdf = pd.concat([pd.DataFrame({"k": k, "value": value, "cdf": value ** (1 / k)}) for k in ks])
    split = data.obs["split"].reindex(ids).to_numpy() if "split" in data.obs else "all"
    members = pd.DataFrame({"patient_id": ids, "group": labels.to_numpy(), "item_consensus": 0.9, "split": split})
    settings = {
        "modality": modality, "method": "hierarchical", "metric": "pearson", "linkage": "average", "n_clusters": "auto",
        "n_resamples": 1000, "sample_fraction": 0.8,
        "feature_fraction": 1.0, "n_null": 100, "alpha": 0.05, "p_value": 0.01, "rng": 0,
    }  # fmt: skip
    adata.uns["groups"] = to_uns(
        evidence=evidence, cdf=cdf, members=members, n_clusters=3, settings=settings, left_out=left_out_table({})
    )


def _survival(data: MuData, parts: list[str]) -> None:
    curves, tests, summary = [], [], []
    for part in parts:
        for group, drop in (("A", 0.05), ("B", 0.1), ("C", 0.2)):
            time = np.array([0.0, 100, 400, 900])
            survival = np.clip(1 - drop * np.arange(4), 0, 1)
            curves.append(
                pd.DataFrame(
                    {"split": part, "group": group, "time": time, "survival": survival, "lower": survival - 0.05,
                     "upper": np.minimum(survival + 0.05, 1), "at_risk": [10, 8, 5, 1], "events": [0, 1, 1, 1],
                     "censored": [0, 1, 2, 0]}
                )
            )  # fmt: skip
            summary.append(
                {"split": part, "group": group, "n": 10, "events": 3, "median": 900.0 if group == "C" else np.nan,
                 "median_lower": np.nan, "median_upper": np.nan}
            )  # fmt: skip
        tests.append({"split": part, "statistic": 1.84, "df": 2, "p_value": 0.398})
    data.uns["kaplan_meier"] = to_uns(
        curves=pd.concat(curves),
        test=pd.DataFrame(tests),
        summary=pd.DataFrame(summary),
        settings={"groupby": "radiomics:groups", "outcome": "os", "horizon": None, "unit": "days"},
        left_out=left_out_table({ODD_IDS[1]: "no follow-up"}),
    )
    terms = pd.DataFrame(
        {"variable": ["age", "radiomics:groups", "radiomics:groups"], "level": [None, "B", "C"],
         "reference": [None, "A", "A"], "n": [30, 10, 10], "events": [10, 3, 3],
         "n_reference": [0, 10, 10], "events_reference": [0, 4, 4], "coef": [0.03, 0.5, 0.9], "se": [0.01, 0.6, 0.5],
         "hr": [1.03, 1.65, 2.46], "lower": [1.01, 0.51, 0.92], "upper": [1.05, 5.3, 6.5], "z": [3, 0.83, 1.8],
         "p_value": [0.003, 0.4, 0.07], "p_variable": [0.003, 0.2, 0.2], "note": None}
    )  # fmt: skip
    data.uns["cox"] = to_uns(
        univariable=terms.assign(p_adjusted=[0.009, 0.4, 0.11]),
        multivariable=terms,
        model=pd.DataFrame(
            {"test": ["likelihood_ratio", "wald", "score"], "statistic": [9.0, 8.1, 8.5], "df": 3, "p_value": 0.03}
        ),
        fit=pd.DataFrame(
            {
                "split": "all",
                "n": [30],
                "events": [10],
                "n_parameters": [3],
                "loglik_null": [-30.0],
                "loglik": [-25.5],
                "c": [0.7],
                "c_se": [0.06],
            }
        ),
        settings={"variables": ["age", "radiomics:groups"], "outcome": "os", "ties": "efron"},
        left_out=left_out_table({}),
    )


def _prediction(data: MuData) -> None:
    names = ["radiomics", "rna", "radiomics + rna", "radiomics x rna"]
    data.uns["combined_cindex"] = to_uns(
        models=pd.DataFrame(
            {"split": "all", "model": names, "terms": names, "n_parameters": [2, 2, 4, 8], "n": 20, "events": 7,
             "c": [0.52, 0.61, 0.6, 0.57], "lower": [0.4, 0.47, 0.48, 0.4], "upper": [0.64, 0.74, 0.72, 0.7],
             "apparent_c": [0.6, 0.68, 0.72, 0.8], "estimate": "cross-validated", "groups": "apparent"}
        ),
        comparisons=pd.DataFrame(
            {"split": "all", "model": [names[2], names[2]], "reference": names[:2], "difference": [0.08, -0.01],
             "lower": [-0.05, -0.1],
             "upper": [0.2, 0.09], "p_value": [0.2, 0.8], "p_adjusted": [0.4, 0.8]}
        ),
        risks=pd.DataFrame({"patient_id": _patients()[:2], "repeat": 0, "fold": 0, **dict.fromkeys(names, 0.1)}),
        settings={"outcome": "os", "folds": 5, "repeats": 20, "bootstrap": 1000, "rng": 0, "confidence": 0.95,
                  "estimand": "How well risks rank patients of the same fold."},
        left_out=left_out_table(dict.fromkeys(_patients()[N_RNA:], "no rna")),
    )  # fmt: skip


def _biology(data: MuData) -> None:
    rng = np.random.default_rng(2)
    n = 200
    fold = rng.normal(0, 1, n)
    p = np.clip(np.exp(-np.abs(fold) * 3), 1e-12, 1)
    expression = {
        "groupby": "combined", "group": "A x B", "reference": "rest", "n_group": 12, "n_reference": 8,
        "chosen_by": "highest hazard ratio of 1 group", "apparent": True, "method": "ttest", "fold_change": 2.0,
        "scale": "log2", "alpha": 0.05, "apparent_reason": "the groups were made from these genes",
    }  # fmt: skip
    data.uns["differential_expression"] = to_uns(
        table=pd.DataFrame(
            {"gene": [f"ENSG{i:05d}" for i in range(n)], "symbol": [f"GENE{i}" for i in range(n)],
             "mean_group": 5 + fold, "mean_reference": 5.0, "log2_fold_change": fold,
             "statistic": fold * 3, "p_value": p,
             "p_adjusted": np.minimum(p * 5, 1), "significant": (p < 0.01) & (np.abs(fold) >= 1)}
        ),
        candidates=pd.DataFrame(
            {"group": ["A x B", "B x C"], "n": [12, 4], "events": [6, 1], "hr": [1.9, 0.4], "lower": [0.8, 0.1],
             "upper": [4.4, 2.0], "eligible": [True, False]}
        ),
        settings=expression,
        left_out=left_out_table({}),
    )  # fmt: skip
    terms = [f"HALLMARK_SET_{i}" for i in range(12)]
    data.uns["enrichment"] = to_uns(
        table=pd.DataFrame(
            {"collection": "h.all", "term": terms, "direction": "up", "method": "ora", "set_size": 200, "measured": 30,
             "overlap": 5, "score": np.linspace(3, 1, 12), "p_value": np.linspace(0.04, 0.9, 12),
             "p_adjusted": np.linspace(0.3, 0.95, 12), "genes": "GENE1;GENE2"}
        ),
        coverage=pd.DataFrame(
            {"collection": ["h.all"], "n_sets": [12], "genes_in_sets": [4000], "genes_measured": [976],
             "genes_measured_in_sets": [271], "share": [271 / 4000], "share_of_measured": [271 / 976]}
        ),
        settings={"gene_sets": {"h.all": "h.all.gmt"}, "method": "ora", "min_size": 5, "expression": expression},
        left_out=left_out_table({}),
    )  # fmt: skip


def _associations(data: MuData) -> None:
    data.uns["associations"] = to_uns(
        table=pd.DataFrame(
            {"split": "all", "group": ["radiomics:groups", "radiomics:groups"], "variable": ["rna:groups", "age"],
             "kind": ["categorical", "numeric"], "test": ["chi-squared", "Kruskal-Wallis"], "statistic": [9.4, 0.2],
             "df": [4, 2], "p_value": [0.002, 0.9], "p_adjusted": [0.004, 0.9], "effect": [0.45, 0.01],
             "effect_name": ["cramers_v", "epsilon_squared"], "n": [20, 30], "n_missing": [10, 0]}
        ),
        counts=pd.DataFrame(
            {"split": "all", "group": "radiomics:groups", "variable": "rna:groups", "group_level": list("AABBCC"),
             "variable_level": list("ABABAB"), "n": [5, 2, 3, 3, 2, 5]}
        ),
        settings={"groupby": ["radiomics:groups"], "variables": ["rna:groups", "age"], "adjust": "benjamini-hochberg"},
        left_out=left_out_table({}),
    )  # fmt: skip


@pytest.fixture(scope="session")
def bare() -> Callable[..., MuData]:
    """Builder of a cohort of 30 patients (20 with RNA) on which nothing was computed; ``split=True`` splits it."""

    def build(split: bool = False) -> MuData:
        data = _bare(split)
        del data.uns["test_parts"]
        return data

    return build


@pytest.fixture(scope="session")
def cohort() -> Callable[..., MuData]:
    """Builder of the same cohort with one of every result."""

    def build(split: bool = False) -> MuData:
        data = _bare(split)
        parts = data.uns.pop("test_parts")
        for modality in ("radiomics", "rna"):
            _consensus(data, modality)
        labels = [f"{'AB'[i % 2]} x {'BC'[i % 2]}" for i in range(N)]
        data.obs["combined"] = pd.Categorical(labels)
        sizes = pd.DataFrame({"group": ["A x B", "B x C"], "n": [15, 15], "n_events": [5, 5]})
        data.uns["combined"] = to_uns(sizes=sizes, settings={"groupby": ["radiomics:groups", "rna:groups"]},
                                      left_out=left_out_table({}))  # fmt: skip
        _associations(data)
        _survival(data, parts)
        _prediction(data)
        _biology(data)
        data.uns["skipped"] = json.dumps([{"step": "preprocess", "reason": "no images"}])
        features = pd.DataFrame(
            {"feature": list("abcdefg"), "kept": [True] * 6 + [False], "reason": [""] * 6 + ["constant"]}
        )
        data.mod["radiomics"].uns["cleaning"] = to_uns(features=features, settings={"max_missing": 0.2})
        data.mod["radiomics"].uns["pipeline"] = json.dumps(
            [{"estimator": "FeatureScaler", "params": {"method": "zscore"}}]
        )
        data.mod["radiomics"].uns["failures"] = pd.DataFrame(
            {"patient_id": ["P404"], "sequence": ["T1"], "reason": ["the mask <empty> has no voxel"]}
        )
        return data

    return build


def edit(data: MuData, key: str, part: str, **columns: Any) -> None:
    """Change columns of a stored table in place."""
    data.uns[key][part] = data.uns[key][part].assign(**columns)


@pytest.fixture(scope="session")
def change() -> Callable[..., None]:
    return edit


@pytest.fixture
def quick_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function of ``rg.pl`` draws an empty figure, for tests of what stands around the figures."""
    from matplotlib.figure import Figure

    from radiogenomics import pl

    def empty(data: MuData, **_: object) -> Any:
        return Figure(figsize=(2, 1)).add_subplot()

    for name in pl.__all__:
        monkeypatch.setattr(pl, name, empty)
