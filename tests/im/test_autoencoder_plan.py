"""Folds, labels and yardsticks of autoencoders, which need no torch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.im._autoencoder_plan import deal, labels_of, set_aside
from radiogenomics.im._autoencoder_tasks import fold_table, held_out_patients, tasks_of
from radiogenomics.im._yardsticks import mean_slice, principal_components, squared_errors

PATIENTS = [f"P{i:02d}" for i in range(12)]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_labels_of_two_or_more_classes() -> None:
    two = labels_of(pd.Series(["yes", "no", None], index=PATIENTS[:3]), PATIENTS)
    assert (two.kind, two.classes, two.outputs) == ("binary", ("no", "yes"), 1)
    assert two.of(PATIENTS[:2])[:, 0].tolist() == [1, 0]
    assert np.isnan(two.of(PATIENTS[2:])[:, 0]).all()
    assert two.about()["patients"] == PATIENTS[:2]
    three = labels_of(pd.Series([0, 1, 2], index=PATIENTS[:3]), PATIENTS)
    assert (three.kind, three.outputs) == ("classes", 3)


def test_labels_of_survival() -> None:
    table = pd.DataFrame({"time": [5, 3, None], "event": [1, 0, 1]}, index=PATIENTS[:3])
    found = labels_of(table, PATIENTS)
    assert found.kind == "survival"
    assert found.of(PATIENTS[:2]).tolist() == [[5, 1], [3, 0]]
    assert np.isnan(found.of(PATIENTS[2:3])).all()


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (pd.Series([None, None], index=PATIENTS[:2], dtype=object), "no label over 0 labelled"),
        (pd.Series([1, 1], index=PATIENTS[:2]), "one class over 2 labelled"),
        (pd.Series([1, 0], index=["X1", "X2"]), "patients like"),
        (pd.Series([1, 0], index=["P01", "P01"]), "P01 twice"),
        (pd.DataFrame({"a": [1.0]}, index=PATIENTS[:1]), "columns time and event"),
        (pd.DataFrame({"time": [1.0, 2.0], "event": [0, 0]}, index=PATIENTS[:2]), "no event"),
        (pd.DataFrame({"time": [-1.0, 2.0], "event": [0, 1]}, index=PATIENTS[:2]), "a negative time"),
    ],
)
def test_labels_that_teach_nothing(label: pd.Series | pd.DataFrame, words: str) -> None:
    with pytest.raises((InputError, DegenerateInputError), match=words):
        labels_of(label, PATIENTS)


def test_every_patient_is_left_out_once_per_repeat() -> None:
    dealt = deal(PATIENTS, 4, 3, None, rng())
    assert dealt.groupby("repeat")["patient_id"].apply(sorted).map(lambda p: p == PATIENTS).all()
    assert (dealt.groupby(["repeat", "fold"]).size() == 3).all()


def test_folds_share_the_classes() -> None:
    label = pd.Series([1] * 4 + [0] * 8, index=PATIENTS)
    dealt = deal(PATIENTS, 4, 1, labels_of(label, PATIENTS), rng())
    assert (dealt[dealt["patient_id"].isin(PATIENTS[:4])].groupby("fold").size() == 1).all()
    with pytest.raises(InputError, match="only 4 labelled patients of a class or status"):
        deal(PATIENTS, 5, 1, labels_of(label, PATIENTS), rng())


def test_fewer_patients_than_folds() -> None:
    with pytest.raises(InputError, match="20 for 12 patients"):
        deal(PATIENTS, 20, 1, None, rng())
    with pytest.raises(DegenerateInputError, match="3 patients to learn from"):
        set_aside(PATIENTS[:3], 0.1, rng())
    assert len(set_aside(PATIENTS, 0.1, rng())) == 2


def test_networks_never_learn_from_whom_they_judge() -> None:
    dealt = deal(PATIENTS, 3, 2, None, rng())
    tasks = tasks_of(PATIENTS, dealt, 2, None, rng())
    assert [t.name for t in tasks[:4]] == ["final", "repeat0_fold0", "repeat0_fold0_inner0", "repeat0_fold0_inner1"]
    assert len(tasks) == 1 + 3 * 3 + 3
    outer = {(t.repeat, t.fold): t for t in tasks if t.inner < 0}
    for task in tasks:
        assert not set(task.learn) & set(task.judge)
        if task.inner >= 0:
            fold = outer[task.repeat, task.fold]
            assert not (set(task.learn) | set(task.judge)) & set(fold.judge)
            assert set(task.learn) | set(task.judge) == set(fold.learn)


def test_folds_of_an_outcome_model() -> None:
    given = pd.DataFrame({"repeat": 0, "fold": [i % 3 for i in range(12)], "patient_id": PATIENTS})
    assert fold_table(given, 1, PATIENTS, None, rng())["fold"].value_counts().tolist() == [4, 4, 4]
    with pytest.raises(InputError, match="no column fold"):
        fold_table(given.drop(columns="fold"), 1, PATIENTS, None, rng())
    with pytest.raises(InputError, match="P00 in 0 folds of repeat 0"):
        fold_table(given[1:], 1, PATIENTS, None, rng())
    with pytest.raises(InputError, match="P00 in 2 folds of repeat 0"):
        fold_table(pd.concat([given, given[:1].assign(fold=2)]), 1, PATIENTS, None, rng())
    with pytest.raises(InputError, match=r"folds \[1, 2, 3\] in repeat 0"):
        fold_table(given.assign(fold=given["fold"] + 1), 1, PATIENTS, None, rng())


def test_patients_held_out_of_everything() -> None:
    assert held_out_patients(None, PATIENTS, rng()) == []
    assert len(held_out_patients(0.25, PATIENTS, rng())) == 3
    assert held_out_patients(["P03", "P03"], PATIENTS, rng()) == ["P03"]
    with pytest.raises(InputError, match="P99"):
        held_out_patients(["P99"], PATIENTS, rng())
    with pytest.raises(InputError, match="between 0 and 1"):
        held_out_patients(1.5, PATIENTS, rng())


@pytest.mark.parametrize("n", [10, 60])
def test_principal_components_are_those_of_scikit_learn(n: int) -> None:
    values = rng().random((n, 6, 6))
    others = rng().random((5, 6, 6))
    found, used = principal_components(values, others, 8)
    pca = PCA(8).fit(values.reshape(n, -1))
    wanted = pca.inverse_transform(pca.transform(others.reshape(5, -1))).reshape(others.shape)
    assert used == 8
    assert np.allclose(found, wanted)
    assert principal_components(values[:5], others, 8)[1] == 4


def test_errors_over_all_pixels_and_over_the_tumour() -> None:
    wanted, masks = np.zeros((2, 2, 2)), np.zeros((2, 2, 2), dtype=bool)
    found = np.array([[[1.0, 0], [0, 0]], [[0, 0], [0, 2.0]]])
    masks[0, 0, :] = True
    whole, inside = squared_errors(wanted, found, masks)
    assert whole.tolist() == [0.25, 1.0]
    assert inside[0] == 0.5
    assert np.isnan(inside[1])
    assert mean_slice(found, 3).tolist() == [[[0.5, 0], [0, 1.0]]] * 3
