"""Figures of judged predictions: no model is left away unsaid, each by its honest estimate."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._cohort import frame_of, to_uns
from radiogenomics._errors import RadiogenomicsWarning, UnknownNameError
from tests.tl._predicted import predicted


@pytest.fixture(scope="module")
def judged():  # type: ignore[no-untyped-def]
    data = predicted(120)
    rg.tl.calibrate(data, ["signature", "chance"], bootstrap=20)
    rg.tl.decision_curve(data, ["signature", "chance"], bootstrap=20)
    rg.tl.time_roc(data, ["risk", "marker"], bootstrap=20)
    return data


def labels(ax) -> list[str]:  # type: ignore[no-untyped-def]
    return [line.get_label().split("\n")[0] for line in ax.lines if not line.get_label().startswith("_")]


def test_columns_stand_beside_cross_validated_models(judged) -> None:  # type: ignore[no-untyped-def]
    for name, models in (
        ("calibration", ["signature", "chance, as given"]), ("decision_curve", ["signature", "chance, as given"]),
        ("time_roc", ["risk", "marker, as given"]),
    ):  # fmt: skip
        ax = getattr(rg.pl, name)(judged)
        assert labels(ax)[:2] == models
        assert "cross-validated" in ax.get_title(loc="left")
        alone = getattr(rg.pl, name)(judged, models=[models[1].removesuffix(", as given")])
        assert "cross-validated" not in alone.get_title(loc="left")
        assert models[0] not in labels(alone)
        apparent = getattr(rg.pl, name)(judged, estimate="apparent")
        assert labels(apparent)[0] == models[0]
        assert models[1] not in labels(apparent)
        assert "pparent" in apparent.get_title(loc="left")
    with pytest.raises(UnknownNameError, match="chance"):
        rg.pl.calibration(judged, models=["chance"], estimate="apparent")


def test_bars_of_few_horizons_stand_beside_each_other(judged) -> None:  # type: ignore[no-untyped-def]
    first, second = rg.pl.time_roc(judged).lines[:2]
    assert (np.asarray(first.get_xdata()) < np.asarray(second.get_xdata())).all()


def test_waterfall_counts_patients_of_null_models() -> None:
    data = predicted(100, repeats=1)
    table = frame_of(data.uns["signature"], "predictions")
    table.loc[(table["estimate"] == "out_of_fold") & (table["fold"] == 0), "cutoff"] = np.inf
    data.uns["signature"] = data.uns["signature"] | to_uns(predictions=table)
    ax = rg.pl.waterfall(data)
    assert ax.get_title(loc="left") == "Training patients, cross-validated"
    assert ax.get_xlabel() == "48 patients, by score; 12 without a cut-off (null models of their folds)"


def test_forest_says_that_nothing_is_left_or_was_chosen() -> None:
    data = predicted(100, split=False)
    data.obs["noise"] = np.random.default_rng(5).normal(size=100)
    with pytest.warns(RadiogenomicsWarning, match="no variable is left"):
        rg.tl.logistic(data, ["noise"], outcome="finding", lasso=False, repeats=1)
    assert "No variable is left" in [t.get_text() for t in rg.pl.forest(data, key="logistic").texts]
    rg.tl.logistic(data, ["noise", "marker"], outcome="finding", lasso=False, repeats=1)
    assert "apparent: variables chosen by p" in rg.pl.forest(data, key="logistic").get_xlabel()
    assert "apparent" not in rg.pl.forest(data, key="logistic", table="univariable").get_xlabel()
    rg.tl.logistic(data, ["noise", "marker"], outcome="finding", lasso=False, repeats=1, p_enter=None, p_keep=None)
    assert "apparent" not in rg.pl.forest(data, key="logistic").get_xlabel()


def test_of_many_models_calibration_has_curves_alone() -> None:
    data = predicted(120)
    rg.tl.calibrate(data, ["signature", "weak", "chance"], bootstrap=20)
    two, three = rg.pl.calibration(data, models=["signature", "weak"]), rg.pl.calibration(data)
    assert (len(two.collections), len(three.collections)) == (2, 0)
    assert len(three.lines) == 1 + 3
    assert all("\n" not in t.get_text() for t in three.get_legend().get_texts())
    assert three.get_xlabel() == "Predicted probability of finding"


def test_waterfall_calls_classes_by_the_positive_value() -> None:
    data = predicted(100, repeats=1)
    data.obs["finding"] = np.where(data.obs["finding"] == 1, "G3", "G1")
    data.uns["outcomes"]["finding"]["positive"] = "G3"
    names = [t.get_text().rsplit(" (", 1)[0] for t in rg.pl.waterfall(data).get_legend().get_texts()]
    assert names == ["not G3", "G3"]
