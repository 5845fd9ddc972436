"""Maps of what raises a score: of transfer features here; of an HSCAE where one is trained."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

import radiogenomics as rg  # noqa: E402
from radiogenomics._errors import InputError  # noqa: E402

Write = Callable[..., dict[str, Any]]

_SPEC = importlib.util.spec_from_file_location("plain_resnet", Path(__file__).parents[1] / "nn" / "test_resnet.py")
assert _SPEC is not None
assert _SPEC.loader is not None
plain = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "random18.pth"
    torch.save(plain.random_state("resnet18"), path)
    return path


@pytest.fixture
def features(cohort: pd.DataFrame, weights: Path) -> Any:
    return rg.im.extract_transfer(
        cohort, weights=weights, backbone="resnet18", slices={"size": 64, "choice": "all"}, n_jobs=1
    )


def test_score_is_the_feature(cohort: pd.DataFrame, features: Any, weights: Path) -> None:
    name = features.var_names[5]
    found = rg.im.grad_cam(cohort, features, target=name, weights=weights, every_slice=True, n_jobs=1)
    assert found.maps.shape == found.images.shape == found.masks.shape
    assert (found.maps >= 0).all()
    own = found.table.groupby("patient_id")["score"].mean()
    np.testing.assert_allclose(own, features[own.index, name].X[:, 0], rtol=1e-4)
    one = rg.im.grad_cam(cohort, features, target=name, weights=weights, n_jobs=1)
    assert one.table["patient_id"].tolist() == ["P1", "P2", "P3"]


def test_combination(cohort: pd.DataFrame, features: Any, weights: Path) -> None:
    a, b = features.var_names[[2, 9]]
    given: dict[str, Any] = {"weights": weights, "rectify": False, "n_jobs": 1, "patients": ["P2"]}
    first, second, both = (
        rg.im.grad_cam(cohort, features, target=t, **given) for t in (a, b, pd.Series({a: 2.0, b: -1.0}))
    )
    assert both.settings["target"] == {a: 2.0, b: -1.0}
    scale = np.abs(first.maps).max()
    np.testing.assert_allclose(both.maps, 2 * first.maps - second.maps, atol=1e-4 * scale)
    np.testing.assert_allclose(both.table["score"], 2 * first.table["score"] - second.table["score"], rtol=1e-3)
    finer = rg.im.grad_cam(cohort, features, target=a, layer="layer2", **given)
    np.testing.assert_allclose(finer.table["score"], first.table["score"], rtol=1e-4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": None, "weights": None}, "2 faults"),
        ({"target": "T1_resnet18_999"}, "T1_resnet18_999"),
        ({"layer": "layer9"}, "'layer9'; expected one of layer1, layer2, layer3, layer4"),
        ({"layer": 3}, "a stage such as 'layer3'"),
        ({"patients": ["P9"]}, "'P9'"),
        ({"out_of_fold": True}, "nothing with transfer features"),
        ({"target": {}}, "no coefficient other than 0"),
    ],
)
def test_refused(cohort: pd.DataFrame, features: Any, weights: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rg.im.grad_cam(cohort, features, **({"target": features.var_names[0], "weights": weights, "n_jobs": 1} | given))


def test_other_weights_are_refused(cohort: pd.DataFrame, features: Any, tmp_path: Path) -> None:
    torch.save(plain.random_state("resnet18", seed=2), tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other weights; expected those of the features \(random18.pth"):
        rg.im.grad_cam(cohort, features, target=features.var_names[0], weights=tmp_path / "other.pth", n_jobs=1)


def test_figure(cohort: pd.DataFrame, features: Any, weights: Path) -> None:
    found = rg.im.grad_cam(cohort, features, target=features.var_names[0], weights=weights, n_jobs=1)
    ax = rg.pl.grad_cam(found, columns=2)
    titles = [text.get_text() for text in ax.texts]
    scores = found.table.set_index("patient_id")["score"].sort_values(ascending=False)
    assert titles == [f"{patient}: {score:.3g}" for patient, score in scores.items()]
    assert len(ax.images) == 6
    empty = rg.pl.grad_cam(replace(found, maps=np.zeros_like(found.maps)))
    assert all(text.get_text().endswith("(nothing raises it)") for text in empty.texts)
    assert len(rg.pl.grad_cam(found, patients=["P2"], scale="all").images) == 2
    with pytest.raises(InputError, match="'P9'"):
        rg.pl.grad_cam(found, patients=["P9"])
    with pytest.raises(InputError, match="columns=0"):
        rg.pl.grad_cam(found, columns=0)
