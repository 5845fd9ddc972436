"""DeLong's test of models: as core has it, within folds, and its level on noise."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics import core
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError, UnknownNameError
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._areas import areas
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._judged_precision import t_test
from tests.tl._judged import binary_cohort, store


def test_held_out_models_are_compared_as_in_core() -> None:
    data = binary_cohort(150, split=True, effect=1.2)
    store(data, {"both": ["x0", "x1"], "noise": ["x2", "x3"], "other": ["x1", "x2"]})
    rg.tl.delong(data, "signature")
    table = frame_of(data.uns["signature"], "predictions").query("split == 'internal'")
    wide = table.pivot(index="patient_id", columns="model", values="score")
    y = data.obs.loc[wide.index, "high_grade"]
    expected = core.delong(y, wide[["both", "noise"]])
    pairs = rg.get.delong(data)
    row = pairs.query("split == 'internal' and model == 'noise' and reference == 'both'").iloc[0]
    assert row["p_value"] == pytest.approx(expected.p_value[0, 1], rel=1e-6)
    assert row["difference"] == pytest.approx(expected.auc[1] - expected.auc[0])
    assert [row["n"], row["positive"]] == [len(y), y.sum()]
    family = pairs.query("split == 'internal'")
    assert family["p_adjusted"].to_numpy() == pytest.approx(core.holm(family["p_value"]))
    assert set(pairs.query("split == 'training'")["estimate"]) == {"out_of_fold", "apparent"}
    assert len(pairs) == 3 * 4


def test_a_column_is_compared_within_the_folds() -> None:
    data = binary_cohort(120, effect=1.2)
    store(data, {"both": ["x0", "x1"]})
    rg.tl.delong(data, ["signature", "x0"])
    pairs = rg.get.delong(data).set_index("estimate")
    assert pairs["method"].tolist() == ["DeLong, corrected for folds", "DeLong"]
    table = frame_of(data.uns["signature"], "predictions").query("estimate == 'out_of_fold'")
    folds = table.pivot(index="repeat", columns="patient_id", values="fold")
    scores = np.stack([data.obs.loc[folds.columns, "x0"].to_numpy()] * len(folds))
    y = data.obs.loc[folds.columns, "high_grade"]
    assert pairs["auc"]["out_of_fold"] == pytest.approx(core.fold_delong(y, scores[None], folds.to_numpy()).auc[0])
    assert pairs["auc"]["apparent"] == pytest.approx(core.delong(data.obs["high_grade"], data.obs["x0"]).auc[0])


def test_models_of_other_folds_are_compared_too() -> None:
    data = binary_cohort(120, effect=1.2)
    store(data, {"first": ["x0", "x1"]}, key="one", seed=1)
    store(data, {"second": ["x0", "x1"]}, key="two", seed=2)
    store(data, {"third": ["x0", "x1"]}, key="three", seed=2, repeats=2)
    rg.tl.delong(data, ["one", "two", "three"])
    pairs = rg.get.delong(data).query("estimate == 'out_of_fold'").set_index(["reference", "model"])
    assert pairs["p_value"]["first", "second"] > 0.2
    assert pairs["note"]["first", "third"] == "2 and 3 repeats: make both with as many"


def test_the_same_model_twice_is_no_different() -> None:
    data = binary_cohort(60)
    data.obs["again"] = 2 * data.obs["x0"]
    rg.tl.delong(data, ["x0", "again"])
    row = rg.get.delong(data).iloc[0]
    assert [row["difference"], row["p_value"]] == [0, 1]


def test_common_patients_only() -> None:
    data = binary_cohort(80)
    data.obs.loc[data.obs_names[:20], "x0"] = np.nan
    data.obs.loc[data.obs_names[60:], "x1"] = np.nan
    rg.tl.delong(data, ["x0", "x1"])
    assert rg.get.delong(data)["n"].tolist() == [40]
    assert len(rg.get.delong(data, table="left_out")) == 40


def test_bad_input() -> None:
    data = binary_cohort(60)
    store(data, {"both": ["x0", "x1"]}, repeats=1)
    with pytest.raises(InputError, match="'both' alone; expected two models of the same patients"):
        rg.tl.delong(data, "signature")
    with pytest.raises(UnknownNameError, match="'x0'"):
        rg.tl.delong(data, ["signature", "x00"])
    with pytest.raises(InputError, match="'bonferroni'; expected one of 'holm'"):
        rg.tl.delong(data, ["signature", "x0"], adjust="bonferroni")
    with pytest.raises(InputError, match="'os' of kind 'survival'; expected kind binary"):
        rg.tl.delong(data, ["x0", "x1"], outcome="os")


def nested(rng: np.random.Generator, *, n: int, p: int, best: int, models: int = 2) -> tuple[np.ndarray, list[Block]]:
    """Out-of-fold scores of models that choose ``best`` of ``p`` noise features inside each training fold."""
    y = np.arange(n) < 0.4 * n
    folds = stratified_folds(y, 5, 5, rng=rng)
    blocks = []
    for m in range(models):
        x = rng.normal(size=(n, p))
        score = np.empty(folds.shape)
        for r, own in enumerate(folds):
            for k in range(5):
                train = own != k
                gap = x[train & y].mean(axis=0) - x[train & ~y].mean(axis=0)
                chosen = np.argsort(-np.abs(gap))[:best]
                score[r, ~train] = x[np.ix_(~train, chosen)] @ gap[chosen]
        nothing = np.full(score.shape, np.nan)
        names = tuple(map(str, range(n)))
        blocks.append(
            Block(f"m{m}", "all", "out_of_fold", names, np.arange(n), folds, score, nothing, nothing, nothing)
        )
    return y, blocks


def test_folds_double_the_variance_and_add_that_between_repeats() -> None:
    y, blocks = nested(np.random.default_rng(2), n=60, p=20, best=3)
    found = areas(blocks, y)
    scores, folds = np.stack([b.score for b in blocks]), blocks[0].folds
    fixed = core.fold_delong(y, scores, folds)
    each = np.array([core.fold_delong(y, scores[:, [r]], folds[[r]]).auc for r in range(5)])
    assert found.auc == pytest.approx(fixed.auc)
    assert found.covariance == pytest.approx(2 * fixed.covariance + np.cov(each.T))


def test_noise_is_no_better_than_chance_and_the_test_keeps_its_level() -> None:
    rng = np.random.default_rng(4)
    runs, aucs, corrected, plain = 200, [], 0, 0
    for _ in range(runs):
        y, blocks = nested(rng, n=100, p=200, best=5)
        found = areas(blocks, y)
        aucs.append(found.auc)
        variance = found.covariance[0, 0] + found.covariance[1, 1] - 2 * found.covariance[0, 1]
        corrected += int(t_test(float(found.auc[0] - found.auc[1]), float(variance), 39, 0.95)[2] < 0.05)
        fixed = core.fold_delong(y, np.stack([b.score for b in blocks]), blocks[0].folds)
        plain += int(fixed.p_value[0, 1] < 0.05)
    mean = np.concatenate(aucs)
    assert abs(mean.mean() - 0.5) < 3 * mean.std() / len(mean) ** 0.5
    assert corrected / runs < 0.08
    assert plain / runs > 0.2  # what the correction is for


def test_a_survival_outcome_is_sent_elsewhere() -> None:
    data = binary_cohort()
    store(data, {"clinical": ["x0"]})
    with pytest.raises(InputError, match=r"kind 'survival'.*kind binary. For survival: rg.tl.signature, rg.tl.cox"):
        rg.tl.delong(data, "signature", outcome="os")
