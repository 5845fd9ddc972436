"""A nomogram of a signature is judged on patients of whom neither term nor coefficient knew anything."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._random import spawn_seeds
from radiogenomics.tl._apply_signature import task_of
from radiogenomics.tl._nomogram_scores import fold_scores
from radiogenomics.tl._signature_fit import fit_signature
from tests.tl._signatures import cohort


def signed(n: int = 90, *, effect: float = 1.0, outcome: str = "lung", seed: int = 0) -> AnnData:
    data = cohort(n, 12, effect=effect, seed=seed)
    rg.tl.signature(data, ["data"], outcome=outcome, repeats=2, inner_folds=3, n_resamples=0)
    return data


@pytest.mark.parametrize("outcome", ["lung", "os"])
def test_scores_of_a_fold_know_nothing_of_it(outcome: str) -> None:
    """Other labels of the patients judged change nothing that is fitted or judged there; those of others do."""
    data = signed(outcome=outcome)
    task, learned = task_of(data, "signature", data.uns["signature"], settings_of(data.uns["signature"]))
    folds = np.random.default_rng(0).permutation(90)[None] % 3
    order = np.arange(90)
    before, _ = fold_scores(task, learned, order, folds, seed=1)
    assert np.isfinite(before).all()
    own = folds[0] == 2
    task.target.event[own] = 1 - task.target.event[own]
    after, _ = fold_scores(task, learned, order, folds, seed=1)
    np.testing.assert_array_equal(after[0, 2], before[0, 2])
    for fold in (0, 1):
        assert (after[0, fold] != before[0, fold]).any()


def test_each_score_is_that_of_a_fit_without_both_folds() -> None:
    data = signed(effect=2.0)
    task, learned = task_of(data, "signature", data.uns["signature"], settings_of(data.uns["signature"]))
    order = np.arange(5, 90)  # the others always teach
    folds = np.arange(85)[None] % 3
    score, high = fold_scores(task, learned, order, folds, seed=1)
    seeds = dict(zip([(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)], spawn_seeds(1, 6), strict=True))
    for judged in range(3):
        for scored in range(3):
            apart = order[np.isin(folds[0], [judged, scored])]
            pair = (min(judged, scored), max(judged, scored))
            fitted = fit_signature(task, np.setdiff1d(learned, apart), seeds[pair])
            who = folds[0] == scored
            expected = fitted.score(task.features, order[who])
            np.testing.assert_allclose(score[0, judged, who], expected)
            np.testing.assert_array_equal(high[0, judged, who], expected >= fitted.cutoff)


@pytest.mark.parametrize("term", ["signature", "signature_group"])
def test_nomogram_makes_signatures_again(term: str) -> None:
    data = signed()
    rg.tl.nomogram(data, [term, "age"], outcome="lung", repeats=1)
    assert settings_of(data.uns["nomogram"])["signatures_refitted"]
    first = rg.get.nomogram(data, table="predictions")
    honest = first[first["estimate"] == "out_of_fold"]
    lung = data.obs.loc[honest["patient_id"], "lung_metastasis"]
    assert rg.core.delong(lung, honest["score"]).auc[0] > 0.6
    rg.tl.nomogram(data, [term, "age"], outcome="lung", repeats=1, key_added="again")
    again = rg.get.nomogram(data, key="again", table="predictions")
    np.testing.assert_array_equal(again["score"], first["score"])


def test_two_folds_leave_nobody_to_learn_from() -> None:
    data = signed()
    with pytest.warns(RadiogenomicsWarning, match="cannot be made again within the folds .2 folds, which leave nobody"):
        rg.tl.nomogram(data, ["signature", "age"], outcome="lung", folds=2, repeats=1)


def test_a_score_that_points_the_wrong_way_is_told() -> None:
    data = signed()
    data.obs["signature"] = -data.obs["signature"]
    with pytest.warns(RadiogenomicsWarning, match="signature: the coefficient of the score is below 0"):
        rg.tl.nomogram(data, ["signature", "age"], outcome="lung", repeats=1)


def test_logistic_models_of_signatures_are_told_to_be_flattering() -> None:
    data = signed()
    with pytest.warns(RadiogenomicsWarning, match="'signature' learned from these patients"):
        rg.tl.logistic(data, ["signature", "age"], outcome="lung", lasso=False, repeats=1)
