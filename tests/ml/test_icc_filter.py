"""ICCFilter: which features stay, from which readings, and as a part of a pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import icc
from radiogenomics.ml import ICCFilter

NOISE = {"exact": 0.0, "good": 0.2, "fair": 0.5, "bad": 2.0}


def reader(seed: int, n: int = 40, noise: dict[str, float] = NOISE) -> pd.DataFrame:
    truth = np.random.default_rng(0).normal(size=(n, len(noise)))
    read = truth + np.random.default_rng(seed).normal(size=truth.shape) * list(noise.values())
    return pd.DataFrame(read, columns=list(noise), index=[f"P{i}" for i in range(n)])


def kept(selector: ICCFilter, x: pd.DataFrame) -> list[str]:
    return list(selector.fit(x).get_feature_names_out())


def test_a_feature_must_pass_every_design() -> None:
    worse = dict(NOISE, good=1.5)
    inter, intra = [reader(1), reader(2), reader(3)], [reader(1), reader(4, noise=worse)]
    x = reader(1)
    assert kept(ICCFilter({"inter": inter}), x) == ["exact", "good", "fair"]
    assert kept(ICCFilter({"inter": inter, "intra": intra}), x) == ["exact", "fair"]
    both = ICCFilter({"inter": inter, "intra": intra}, form={"inter": "icc2", "intra": "icc3"}).fit(x)
    report = both.report().set_index(["design", "feature"])
    assert report.groupby("design")["n_readings"].first().to_dict() == {"inter": 3, "intra": 2}
    assert report.loc[("intra", "good"), ["form", "kept"]].tolist() == ["icc3", False]
    by_hand = icc(np.column_stack([table["good"] for table in intra])).icc3
    np.testing.assert_allclose(report.loc[("intra", "good"), ["icc", "lower", "upper"]].astype(float), by_hand[:3])


def test_the_lower_bound_asks_for_more() -> None:
    x, readings = reader(1), {"test-retest": [reader(1), reader(2)]}
    lower = ICCFilter(readings, rule="lower").fit(x)
    assert list(lower.get_feature_names_out()) == ["exact", "good"]
    bounds = lower.results_["test-retest"].icc2
    assert bounds.lower[2] < 0.75 < bounds.value[2]
    threshold = float(bounds.value[2])
    assert "fair" in kept(ICCFilter(readings, threshold=threshold), x)
    assert "fair" not in kept(ICCFilter(readings, threshold=np.nextafter(threshold, 1)), x)


def test_tables_are_matched_by_patient_and_name() -> None:
    first, second = reader(1), reader(2)
    shuffled = second.sample(frac=1, random_state=0)[["bad", "fair", "exact", "good"]].iloc[:30]
    selector = ICCFilter({"inter": [first, shuffled.assign(extra=1.0)]}).fit(first[["good", "bad"]])
    assert selector.n_unmatched_ == {"inter": 10}
    alone = icc(np.column_stack([first.loc[shuffled.index, "good"], shuffled["good"]]))
    assert selector.results_["inter"].icc2.value[0] == pytest.approx(alone.icc2.value)
    assert selector.report()["n_dropped"].tolist() == [10, 10]


def test_arrays_gaps_and_new_patients() -> None:
    readings = np.stack([reader(1), reader(2)])
    readings[0, 3, 1], readings[1, 4, 1] = np.nan, np.inf
    readings[:, 2:, 2] = np.nan
    x = reader(1).to_numpy()
    selector = ICCFilter({"inter": readings}).fit(x)
    assert selector.results_["inter"].n_dropped.tolist() == [0, 2, 38, 0]
    assert selector.get_support().tolist() == [True, True, False, False]
    new = np.array([[1.0, np.nan, 3, 4], [np.inf, 2, 3, 4]])
    np.testing.assert_array_equal(selector.transform(new), new[:, :2])


def test_as_a_part_of_scikit_learn() -> None:
    x = reader(1)
    y = np.where(x["good"] + 0.3 * np.random.default_rng(5).normal(size=len(x)) > 0, "high", "low")
    selector = ICCFilter({"inter": [reader(1), reader(2)]}, threshold=0.6)
    twin = clone(selector)
    assert twin.get_params()["threshold"] == 0.6
    assert kept(twin, x) == kept(selector, x)
    frame = selector.set_output(transform="pandas").fit(x).transform(x)
    pd.testing.assert_frame_equal(frame, x[["exact", "good", "fair"]])
    assert cross_val_score(make_pipeline(clone(selector), LogisticRegression()), x, y, cv=4).mean() > 0.75


@pytest.mark.parametrize(
    ("designs", "change", "error", "text"),
    [
        (None, {}, InputError, "repeated readings by name"),
        ({}, {}, InputError, "repeated readings"),
        ({"inter": [reader(1)]}, {}, InputError, "two or more"),
        ({"inter": [reader(1), reader(2).to_numpy()]}, {}, InputError, "all of one kind"),
        ({"inter": [reader(1), reader(2).drop(columns="fair")]}, {}, InputError, "reading 2 lacks 1 feature.*fair"),
        ({"inter": [reader(1), pd.concat([reader(2), reader(3)])]}, {}, InputError, "reading 2 has patients twice: P0"),
        ({"inter": [reader(1), reader(2).add_prefix("P", axis=0)]}, {}, DegenerateInputError, "0 patient"),
        ({"inter": np.ones((2, 5, 3))}, {}, InputError, r"shape \(5, 3\)"),
        ({"inter": [reader(1), reader(2)]}, {"form": "icc4"}, InputError, "icc4"),
        ({"inter": [reader(1), reader(2)]}, {"form": {"intra": "icc1"}}, InputError, "forms of"),
        ({"inter": [reader(1), reader(2)]}, {"rule": "upper"}, InputError, "value, lower"),
        ({"inter": [reader(1), reader(2)]}, {"threshold": 2}, InputError, "share"),
        ({"inter": [reader(1), reader(2)]}, {"confidence": 0}, InputError, "level"),
        ({"inter": [reader(1), reader(2)[::-1].to_numpy()][:1] * 2}, {"threshold": 1, "form": "icc1"}, None, ""),
    ],
)
def test_bad_input_is_named(designs, change, error, text: str) -> None:
    selector = ICCFilter(designs, **change)
    if error is None:
        assert selector.fit(reader(1)).get_support().all()
        return
    with pytest.raises(error, match=text):
        selector.fit(reader(1))


def test_readings_in_another_order_leave_nothing() -> None:
    x = reader(1).to_numpy()
    with pytest.raises(DegenerateInputError, match="same order"):
        ICCFilter({"inter": [x, x[::-1]]}).fit(x)


def test_test_retest_of_the_prostate(real_data: Path) -> None:
    table = pd.read_csv(real_data / "qin_prostate_mri_testretest" / "t2ax_3D_bin15_102x1251.csv.gz")
    gland = table[table["segmentedStructure"] == "WholeGland"].sort_values("study")
    gland = gland.set_index(gland["study"].str.split("_").str[0])
    names = [column for column in table if column.startswith("original_")]
    visits = [gland.groupby(level=0).nth(visit)[names] for visit in (0, 1)]
    found = ICCFilter({"test-retest": visits}, form="icc1").fit(visits[0]).report()
    assert found["icc"].median() == pytest.approx(0.78, abs=0.005)
    assert (found["n_patients"] == 15).all()
    strict = ICCFilter({"test-retest": visits}, form="icc1", rule="lower").fit(visits[0])
    assert 0 < strict.get_support().sum() < found["kept"].sum()
