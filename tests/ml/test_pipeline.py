import json

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from radiogenomics._errors import InputError
from radiogenomics.ml import FeatureCleaner, FeatureScaler, build_pipeline

STEPS = [
    {"estimator": "FeatureCleaner", "params": {"max_missing": 0.5}},
    {"estimator": "FeatureImputer", "params": {}},
    {"estimator": "FeatureScaler", "params": {"method": "robust"}},
    {"estimator": "FeatureScaler", "params": {}},
]


def test_steps_in_order_unfitted() -> None:
    pipeline = build_pipeline(json.dumps(STEPS))
    assert isinstance(pipeline, Pipeline)
    assert [type(step).__name__ for _, step in pipeline.steps] == [step["estimator"] for step in STEPS]
    assert isinstance(pipeline.steps[0][1], FeatureCleaner)
    assert pipeline.steps[0][1].max_missing == 0.5
    assert isinstance(pipeline.steps[2][1], FeatureScaler)
    assert pipeline.steps[2][1].method == "robust"
    assert not hasattr(pipeline.steps[0][1], "reason_")


def test_empty_returns_its_input() -> None:
    x = np.array([[1.0, np.nan], [np.inf, 2.0]])
    np.testing.assert_array_equal(build_pipeline("[]").fit(x).transform(x), x)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "not JSON"),
        ("{}", "a list of"),
        ('[{"estimator": "FeatureScaler"}]', "a list of"),
        ('[{"estimator": "os.system", "params": {}}]', "one of ComBat, CountNormalizer"),
        ('[{"estimator": "FeatureScaler", "params": {"metod": 1}}]', "FeatureScaler(metod)"),
    ],
)
def test_what_is_no_pipeline(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        build_pipeline(text)
    assert said in str(caught.value)
