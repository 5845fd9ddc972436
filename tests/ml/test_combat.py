import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import combat
from radiogenomics.ml import ComBat, build_pipeline


def cohort(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    obs = pd.DataFrame(
        {"site": np.repeat(["a", "b", "c"], 20), "grade": rng.choice(["low", "high", "mid"], 60),
         "age": rng.normal(60, 9, 60)},
        index=[f"P{i}" for i in range(60)],
    )  # fmt: skip
    x = rng.normal(0, 1, (60, 30)) + 2 * (obs["site"] == "b").to_numpy()[:, None]
    x[:, :10] += (obs["grade"] == "high").to_numpy()[:, None]
    return pd.DataFrame(x, index=obs.index, columns=[f"f{i}" for i in range(30)]), obs


def test_equals_the_core_and_codes_covariates() -> None:
    x, obs = cohort()
    out = ComBat().fit_transform(x, batch=obs["site"], covariates=obs[["grade", "age"]])
    design = np.column_stack([obs["grade"] == "low", obs["grade"] == "mid", obs["age"]]).astype(float)
    np.testing.assert_allclose(out, combat(x, obs["site"], design), atol=1e-10)


def test_other_patients_take_no_part() -> None:
    x, obs = cohort()
    training = np.arange(60) % 3 > 0
    fitted = ComBat().fit(x[training], batch=obs["site"][training])
    alone = fitted.transform(x[~training][:1], batch=obs["site"][~training][:1])
    together = fitted.transform(x, batch=obs["site"])
    np.testing.assert_array_equal(alone[0], together[0])
    np.testing.assert_allclose(together[training], combat(x[training], obs["site"][training]), atol=1e-12)


def test_unseen_batches() -> None:
    x, obs = cohort()
    known = (obs["site"] != "c").to_numpy()
    given: dict[str, Any] = {"batch": obs["site"][known]}
    with pytest.raises(InputError, match=r"20 patient\(s\) of batch\(es\) 'c'.*unseen='transductive'"):
        ComBat().fit(x[known], **given).transform(x, batch=obs["site"])
    left = ComBat(reference_batch="a", unseen="reference").fit(x[known], **given)
    np.testing.assert_array_equal(left.transform(x, batch=obs["site"])[~known], x[~known])
    moved = x.copy()
    moved[~known] = 3 * moved[~known] + 5
    own = ComBat(unseen="transductive").fit(x[known], **given)
    out = own.transform(moved, batch=obs["site"])
    assert np.abs(out[~known].mean(axis=0) - own.fit_.center).max() < 0.4
    assert np.median(out[~known].std(axis=0) / own.fit_.scale) == pytest.approx(1, abs=0.1)
    # Which other batches come along does not matter.
    np.testing.assert_array_equal(own.transform(moved[~known], batch=obs["site"][~known]), out[~known])
    with pytest.raises(DegenerateInputError, match=r"batch 'c': 1 patient"):
        own.transform(x[~known][:1], batch=obs["site"][~known][:1])


@pytest.mark.parametrize(
    ("parameters", "given", "said"),
    [
        ({}, {}, "one per patient"),
        ({"unseen": "guess"}, {"batch": "site"}, "one of error, reference, transductive"),
        ({"unseen": "reference"}, {"batch": "site"}, "reference_batch"),
        ({"reference_batch": "z"}, {"batch": "site"}, "'z'"),
        ({}, {"batch": "gaps"}, "1 patient(s) without one"),
        ({}, {"batch": "site", "covariates": ["twin"]}, "covariate 'twin': it is confounded with the batches (a: 20 u"),
        ({}, {"batch": "site", "covariates": ["grade", "again"]}, "grade, again together are confounded"),
        ({}, {"batch": "site", "covariates": ["gaps"]}, "1 patient(s) without a value"),
        ({}, {"batch": "site", "covariates": ["flat"]}, "covariate 'flat': one value"),
    ],
)  # fmt: skip
def test_refusals(parameters: Any, given: Any, said: str) -> None:
    x, obs = cohort()
    obs["gaps"] = obs["site"].where(obs.index != "P3")
    obs["twin"] = np.where(obs["site"] == "c", "v", "u")
    obs["again"], obs["flat"] = obs["grade"].str.upper(), 1
    with pytest.raises((InputError, DegenerateInputError)) as caught:
        ComBat(**parameters).fit(x, **{k: obs[v] for k, v in given.items()})
    assert said in str(caught.value)


def test_new_patients_need_what_the_fit_had() -> None:
    x, obs = cohort()
    fitted = ComBat().fit(x, batch=obs["site"], covariates=obs[["grade"]])
    with pytest.raises(InputError, match="as at the fit"):
        fitted.transform(x, batch=obs["site"])
    with pytest.raises(InputError, match="'unknown'"):
        fitted.transform(x, batch=obs["site"], covariates=obs[["grade"]].replace("low", "unknown"))


def test_numbers_name_batches_whatever_their_type() -> None:
    x, obs = cohort()
    codes = obs["site"].map({"a": 1, "b": 2, "c": 3})
    fitted = ComBat().fit(x, batch=codes)
    np.testing.assert_array_equal(
        fitted.transform(x, batch=codes.astype(float)), fitted.transform(x, batch=codes.astype(str))
    )


def test_in_a_recorded_pipeline() -> None:
    x, obs = cohort()
    recorded = json.dumps(
        [
            {"estimator": "ComBat", "params": ComBat(unseen="transductive").get_params(),
             "columns": {"batch": "site", "covariates": ["age"], "categorical": []}},
            {"estimator": "FeatureScaler", "params": {}},
        ]
    )  # fmt: skip
    pipeline = clone(build_pipeline(recorded))
    training = np.arange(60) % 2 == 0
    out = pipeline.fit(x[training], obs=obs[training]).transform(x, obs=obs)
    expected = ComBat().fit(x[training], batch=obs["site"][training], covariates=obs[["age"]][training])
    harmonised = expected.transform(x, batch=obs["site"], covariates=obs[["age"]])
    mean, sd = harmonised[training].mean(axis=0), harmonised[training].std(axis=0)
    np.testing.assert_allclose(out, (harmonised - mean) / sd, atol=1e-10)
    with pytest.raises(InputError, match="columns \\['site', 'age'\\] of the patients"):
        build_pipeline(recorded).fit(x)


def test_a_second_centre_is_brought_to_the_only_one_that_taught() -> None:
    rng = np.random.default_rng(5)
    near, far = rng.normal(2, 1, (80, 30)), 3 + 2 * rng.normal(2, 1, (40, 30))
    model = ComBat(reference_batch="a", unseen="transductive").fit(near, batch=["a"] * 80)
    np.testing.assert_array_equal(model.transform(near, batch=["a"] * 80), near)
    brought = model.transform(far, batch=["b"] * 40)
    assert abs(brought.mean() - near.mean()) < 0.05
    assert abs(brought.std() - near.std()) < 0.1
    for settings in ({}, {"reference_batch": "a", "unseen": "reference"}, {"unseen": "transductive"}):
        with pytest.raises(DegenerateInputError, match=r"one batch \('a'\) among the training patients"):
            ComBat(**settings).fit(near, batch=["a"] * 80)
