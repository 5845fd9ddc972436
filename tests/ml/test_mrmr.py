"""MRMR as an estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import DegenerateGroupsError, InputError
from radiogenomics.ml import MRMR


@parametrize_with_checks([MRMR(2), MRMR(2, measure="histogram"), MRMR(2, measure="correlation", scheme="quotient")])
def test_scikit_learn_conventions(estimator, check) -> None:
    check(estimator)


def planted(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """One signal in three copies, another in one, noise in the rest."""
    random = np.random.default_rng(seed)
    signal = random.normal(size=(120, 2))
    x = random.normal(size=(120, 40))
    x[:, :3] = signal[:, :1] + 0.1 * x[:, :3]
    x[:, 3] = signal[:, 1]
    return pd.DataFrame(x, columns=[f"f{i}" for i in range(40)]), signal @ [1.0, 0.7]


def test_the_second_signal_comes_before_copies_of_the_first() -> None:
    x, risk = planted()
    selector = MRMR(2).fit(x, np.where(risk > 0, "high", "low"))
    report = selector.report()
    assert report["feature"][0] in ("f0", "f1", "f2")
    assert report["feature"][1] == "f3"
    assert set(selector.get_feature_names_out()) == set(report["feature"])
    np.testing.assert_allclose(report["score"], report["relevance"] - report["redundancy"])
    follow = np.column_stack([np.exp(-risk), np.ones(120)])
    survival = MRMR(2, outcome="survival").fit(x, follow)
    assert survival.report()["feature"][1] == "f3"


def test_in_a_pipeline() -> None:
    x, risk = planted()
    selector = MRMR(4, measure="histogram").set_output(transform="pandas")
    frame = clone(selector).fit(x, risk > 0).transform(x)
    assert frame.shape == (120, 4)
    pd.testing.assert_frame_equal(frame, x[frame.columns])
    assert cross_val_score(make_pipeline(selector, LogisticRegression()), x, risk > 0, cv=4).mean() > 0.85


def test_bad_input_is_named() -> None:
    x, risk = planted()
    with pytest.raises(InputError, match="outcome"):
        MRMR(outcome="time").fit(x, risk > 0)
    with pytest.raises(InputError, match="outcome='survival'"):
        MRMR().fit(x, np.ones((120, 2)))
    with pytest.raises(InputError, match="f7"):
        MRMR().fit(x.assign(f7=np.nan), risk > 0)
    with pytest.raises(DegenerateGroupsError, match="one patient"):
        MRMR().fit(x, np.arange(120) == 4)
