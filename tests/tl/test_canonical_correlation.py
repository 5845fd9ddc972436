"""Canonical correlation of a cohort: planted pairs, covariates, splits, held-out patients, report and refusals."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mudata import MuData

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError, UnknownNameError
from radiogenomics.pl._labels import numbers_apart
from radiogenomics.report._figures import draw, plans
from radiogenomics.report._summarize import summarize

FAST: dict[str, Any] = {"n_permutations": 49, "folds": 3, "repeats": 2}


def cohort(signal: float = 1.5, *, n: int = 90, split: bool = False, seed: int = 0) -> MuData:
    """Features f0 to f3 and genes g0 to g4 share a factor; f4 to f9 and g5 to g11 follow the volume."""
    rng = np.random.default_rng(seed)
    ids = [f"P{i:03d}" for i in range(n)]
    factor, volume = rng.normal(size=n), rng.normal(size=n)
    x, y = rng.normal(size=(n, 40)), rng.normal(size=(n, 50))
    x[:, :4] += signal * factor[:, None]
    y[:, :5] -= signal * factor[:, None]
    x[:, 4:10] += 3 * volume[:, None]
    y[:, 5:12] += 3 * volume[:, None]
    x = np.column_stack([x, np.full(n, 2.0)])
    clinical = pd.DataFrame({"volume": volume, "days": rng.exponential(900, n), "dead": 1}, index=ids)
    clinical.loc[ids[5], "volume"] = np.nan
    if split:
        clinical["split"] = np.where(np.arange(n) % 3 == 2, "external", "training")
    outcomes = {"os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days"}}
    features = [*(f"f{i}" for i in range(40)), "same"]
    radiomics = AnnData(x, obs=pd.DataFrame(index=ids), var=pd.DataFrame(index=features))
    rna = AnnData(y[3:], obs=pd.DataFrame(index=ids[3:]), var=pd.DataFrame(index=[f"g{i}" for i in range(50)]))
    return rg.io.assemble_cohort(
        clinical, outcomes=outcomes, split="split" if split else None, radiomics=radiomics, rna=rna
    )


def heaviest(data: MuData, side: str, n: int, key: str = "canonical_correlation") -> set[str]:
    table = rg.get.canonical_correlation(data, key=key, table="weights")
    return set(table[(table["component"] == 1) & (table["side"] == side)]["feature"].head(n))


@pytest.fixture(scope="module")
def related() -> MuData:
    data = cohort()
    rg.tl.canonical_correlation(data, **FAST)
    rg.tl.canonical_correlation(data, covariates=["volume"], key_added="given", **FAST)
    return data


def test_finds_the_pairs_one_after_the_other(related: MuData) -> None:
    table = rg.get.canonical_correlation(related)
    assert heaviest(related, "x", 6) == {f"f{i}" for i in range(4, 10)}
    assert heaviest(related, "y", 7) == {f"g{i}" for i in range(5, 12)}
    assert table["p_value"].tolist() == [0.02, 0.02]
    assert (table["r_held_out"] > 0.7).all()
    assert (table["lower"] < table["r_held_out"]).all()
    assert rg.get.canonical_correlation(related, table="removed")["feature"].tolist() == ["same"]
    assert set(rg.get.canonical_correlation(related, table="left_out")["reason"]) == {"no rna"}
    penalties = rg.get.canonical_correlation(related, table="penalties")
    assert len(penalties) == 7
    assert penalties["chosen"].sum() == 1
    assert len(rg.get.canonical_correlation(related, table="held_out")) == 3 * 2 * 2


def test_covariates_take_the_volume_out(related: MuData) -> None:
    assert heaviest(related, "x", 4, "given") == {"f0", "f1", "f2", "f3"}
    assert heaviest(related, "y", 5, "given") == {f"g{i}" for i in range(5)}
    first, second = rg.get.canonical_correlation(related, key="given").to_dict("records")
    assert first["p_value"] == 0.02
    assert first["n"] == 86
    assert second["p_value"] > 0.1
    assert second["lower"] < 0 < second["upper"]
    scores = rg.get.canonical_correlation(related, key="given", table="scores")
    scores = scores[scores["component"] == 1]
    volume = related.obs["volume"].reindex(scores["patient_id"])
    assert abs(np.corrcoef(volume, scores["x"])[0, 1]) < 1e-8


def test_nothing_is_no_evidence_although_scores_correlate() -> None:
    rng = np.random.default_rng(1)
    data = cohort(signal=0)
    for a in data.mod.values():
        a.X = rng.normal(size=a.shape)
    rg.tl.canonical_correlation(data, **FAST)
    first = rg.get.canonical_correlation(data).iloc[0]
    assert first["p_value"] > 0.05
    assert first["r"] > 0.5
    assert first["lower"] < 0 < first["upper"]
    said = " ".join(t for s in summarize(data)["sections"] for part in [s, *s["parts"]] for t in part["findings"])
    assert "o evidence that scores of" in said
    assert "high by construction" in said


@pytest.mark.parametrize("method", ["spls", "pls"])
def test_other_methods(method: Any) -> None:
    data = cohort()
    rg.tl.canonical_correlation(data, method=method, **FAST)
    table = rg.get.canonical_correlation(data)
    assert table["p_value"].iloc[0] == 0.02
    assert heaviest(data, "x", 6) == {f"f{i}" for i in range(4, 10)}
    assert bool(table["n_x"].iloc[0] == 40) == (method == "pls")
    scores = rg.get.canonical_correlation(data, table="scores").pivot(
        index="patient_id", columns="component", values="x"
    )
    assert abs(np.corrcoef(scores.to_numpy().T)[0, 1]) < 1e-6


def test_other_parts_of_the_split_only_get_scores() -> None:
    data, changed = cohort(n=120, split=True), cohort(n=120, split=True)
    outside = (changed.obs["split"] == "external").to_numpy()
    changed["radiomics"].X[outside] = np.random.default_rng(3).normal(size=(outside.sum(), 41))
    for one in (data, changed):
        rg.tl.canonical_correlation(one, penalty=(0.3, 0.3), **FAST)
    one, two = (rg.get.canonical_correlation(d).set_index(["split", "component"]) for d in (data, changed))
    pd.testing.assert_frame_equal(one.loc[["training"]], two.loc[["training"]])
    assert one.loc[("external", 1), "r"] > 0.7
    assert one.loc[("external", 1), "p_value"] < 1e-4
    assert two.loc[("external", 1), "p_value"] > 0.01
    assert np.isnan(one.loc[("external", 1), "r_held_out"])
    said = " ".join(t for s in summarize(data)["sections"] for part in [s, *s["parts"]] for t in part["findings"])
    assert "who chose nothing" in said
    assert len(rg.pl.canonical_correlation(data).get_legend().get_texts()) == 2


def test_same_seed_same_result_and_files(tmp_path) -> None:
    data, again = cohort(), cohort()
    for one in (data, again):
        rg.tl.canonical_correlation(one, rng=4, scale="zscore", statistic="correlation", **FAST)
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    read = rg.io.read_cohort(tmp_path / "c.h5mu")
    for table in ("components", "weights", "scores", "penalties", "null", "held_out", "removed", "left_out"):
        own = rg.get.canonical_correlation(data, table=table)  # type: ignore[arg-type]
        assert own.equals(rg.get.canonical_correlation(again, table=table)), table  # type: ignore[arg-type]
        assert own.equals(rg.get.canonical_correlation(read, table=table)), table  # type: ignore[arg-type]


def test_report_and_figures(related: MuData) -> None:
    page = summarize(related)
    said = " ".join(t for s in page["sections"] for part in [s, *s["parts"]] for t in part["findings"])
    assert "go together more than in permuted patients" in said
    assert "correlation in patients held out" in said
    methods = " ".join(p["text"] for p in page["methods"]["paragraphs"])
    assert "penalised matrix decomposition" in methods
    assert "of the residuals that the covariates leave" in methods
    drawn = [p for p in plans(related) if p.of is not None and p.of.key == "canonical_correlation"]
    assert len(drawn) == 3
    assert all(draw(p).svg for p in drawn)
    assert len(rg.pl.canonical_weights(related, component=2, most=4).get_yticklabels()) == 8
    with pytest.raises(UnknownNameError, match="'3'"):
        rg.pl.canonical_correlation(related, component=3)
    with pytest.raises(InputError, match="at least 1"):
        rg.pl.canonical_weights(related, most=0)


def test_numbers_beside_long_names_do_not_overlap(related: MuData, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = related.uns["canonical_correlation"]["weights"]
    renamed = weights.assign(feature=["M" * 44 + str(f) for f in weights["feature"]])
    monkeypatch.setitem(related.uns["canonical_correlation"], "weights", renamed)
    for size in ((6, 4), (4, 3), (2.6, 3)):
        ax = rg.pl.canonical_weights(related, ax=Figure(figsize=size, layout="constrained").add_subplot())
        assert _ticks_apart(ax)
        assert ax.get_window_extent().width > 0.3 * ax.figure.bbox.width
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert len(set(names)) == len(names)


def test_numbers_of_a_narrow_axis_do_not_overlap() -> None:
    ax = Figure(figsize=(1.1, 2), layout="constrained").add_subplot()
    ax.set_xlim(-90_000, 90_000)
    assert not _ticks_apart(ax)
    numbers_apart(ax)
    assert _ticks_apart(ax)


def _ticks_apart(ax: Axes) -> bool:
    ax.figure.draw_without_rendering()
    low, high = sorted(ax.get_xlim())
    shown = [t for t, at in zip(ax.get_xticklabels(), ax.get_xticks(), strict=True) if low <= at <= high]
    boxes = sorted((box.x0, box.x1) for box in (t.get_window_extent() for t in shown))
    return all(first[1] < second[0] for first, second in pairwise(boxes))


def test_no_permutations_and_no_folds() -> None:
    data = cohort()
    rg.tl.canonical_correlation(data, penalty=(0.4, 0.3), n_permutations=0, repeats=0)
    table = rg.get.canonical_correlation(data)
    assert table[["p_value", "r_held_out"]].isna().all(axis=None)
    assert table["penalty_y"].tolist() == [0.3, 0.3]
    with pytest.raises(InputError, match="not permuted"):
        rg.pl.canonical_null(data)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"method": "cca"}, InputError, "'scca' or 'spls' or 'pls'"),
        ({"penalty": (0.3, 0)}, InputError, "two shares"),
        ({"penalty": 0.3}, InputError, "two shares"),
        ({"penalty": "best"}, InputError, "two shares"),
        ({"method": "pls", "penalty": (0.3, 0.3)}, InputError, "no penalty"),
        ({"scale": "none", "statistic": "r"}, InputError, "2 faults"),
        ({"n_permutations": 0}, InputError, "2 or more"),
        ({"folds": 1}, InputError, "2 or more folds"),
        ({"folds": 30}, DegenerateInputError, "fewer folds"),
        ({"x": "radiomic"}, UnknownNameError, "Did you mean 'radiomics'"),
        ({"covariates": ["volume", "volume"]}, InputError, "more than once"),
        ({"y": pd.DataFrame({"s": [1.0]}, index=["nobody"])}, DegenerateInputError, "no patient has both"),
        ({"n_components": 60}, DegenerateInputError, "60 or more"),
    ],
)
def test_refusals(change: dict[str, Any], error: type[Exception], text: str) -> None:
    data = cohort()
    with pytest.raises(error, match=text):
        rg.tl.canonical_correlation(data, **change)
    assert "canonical_correlation" not in data.uns


def test_missing_values_are_named() -> None:
    data = cohort()
    data["rna"].X[9, 3] = np.nan
    with pytest.raises(InputError, match=r"'g3'.*rg.pp.impute"):
        rg.tl.canonical_correlation(data)


@pytest.mark.slow
def test_real_head_and_neck(real_data) -> None:
    """The first pair holds in patients held out, given volume and age too; later pairs and in-sample r say nothing."""
    folder = real_data / "tcga_hnsc_ct_rna"
    radiomics = rg.io.read_features(folder / "radiomics.csv", id="ID")
    rna = rg.io.read_counts(folder / "rnaseq_fpkm.csv", id="ID", kind="normalized")
    clinical = rg.io.read_clinical(folder / "clinical_cdr.csv", id="ID")
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=radiomics, rna=rna)
    for modality in ("radiomics", "rna"):
        rg.pp.clean_features(data, modality=modality)
        rg.pp.impute(data, modality=modality)
    given = ["radiomics:shapeSize_Volume", "age_at_initial_pathologic_diagnosis"]
    rg.tl.canonical_correlation(data, covariates=given, n_permutations=199, repeats=2)
    first = rg.get.canonical_correlation(data).iloc[0]
    assert first["n"] == 106
    assert first["p_value"] <= 0.02
    assert 0.15 < first["r_held_out"] < first["r"] < 0.7
