"""Transfer features of slices: their table, what is removed, the cache, and what is refused."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

import radiogenomics as rg  # noqa: E402
from radiogenomics._cohort import frame_of, settings_of  # noqa: E402
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning  # noqa: E402
from radiogenomics.im._extract_transfer import pooled  # noqa: E402
from radiogenomics.nn import _resnet  # noqa: E402

Write = Callable[..., dict[str, Any]]

_SPEC = importlib.util.spec_from_file_location("plain_resnet", Path(__file__).parents[1] / "nn" / "test_resnet.py")
assert _SPEC is not None
assert _SPEC.loader is not None
plain = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain)

SMALL = {"size": 32}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of resnet18, whose last maps 3 and 4 are 0 whatever is seen, and 7 is constant."""
    state = plain.random_state("resnet18")
    for dimension, bias in ((3, -1e6), (4, -1e6), (7, 0.0)):
        state["layer4.1.bn2.weight"][dimension] = 0.0
        state["layer4.1.bn2.bias"][dimension] = bias
    # The shortcut of the last block is what the block before gives: that map must be silent too.
    state["layer4.0.bn2.weight"][7] = 0.0
    state["layer4.0.bn2.bias"][7] = 2.0
    state["layer4.0.downsample.1.weight"][7] = 0.0
    state["layer4.0.downsample.1.bias"][7] = 0.0
    path = tmp_path_factory.mktemp("weights") / "random18.pth"
    torch.save(state, path)
    return path


def transfer(manifest: Any, weights: Path, **given: Any) -> Any:
    given = {"slices": SMALL, "backbone": "resnet18", "n_jobs": 1} | given
    return rg.im.extract_transfer(manifest, weights=weights, **given)


def test_table(cohort: pd.DataFrame, weights: Path) -> None:
    adata, everything = transfer(cohort, weights), transfer(cohort, weights, drop_constant=False)
    assert everything.shape == (3, 512)
    null = (everything.X == 0).all(axis=0)
    constant = (np.ptp(everything.X, axis=0) == 0) & ~null
    assert null[[3, 4]].all()
    assert np.flatnonzero(constant).tolist() == [7]
    assert adata.var_names.tolist() == everything.var_names[~(null | constant)].tolist()
    assert adata.obs_names.tolist() == ["P1", "P2", "P3"]
    assert everything.var.loc["T1_resnet18_511"].tolist() == ["resnet18", "T1", "avgpool", 511, "mean"]
    removed = frame_of(adata.uns, "removed").to_dict("records")
    assert removed == [{"sequence": "T1", "null": int(null.sum()), "constant": 1, "kept": adata.n_vars}]
    settings = settings_of(adata.uns, "transfer")
    assert settings["weights"]["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert settings["slices"]["mask"] == "multiply"
    assert {"torch", "monai", "radiogenomics"} == set(settings["versions"])
    assert len(frame_of(adata.uns, "failures")) == 0
    assert frame_of(adata.uns, "slices")["plane"].tolist() == ["axial"] * 3


def test_values_are_those_of_the_slices(cohort: pd.DataFrame, weights: Path) -> None:
    """The whole way by hand: the slices as cut, the plain network, the mean of each map."""
    from radiogenomics.im._manifest_rows import cases_of, choose_reads
    from radiogenomics.im._slices import prepare_slices
    from radiogenomics.schemas.deep import SliceSettings

    adata = transfer(cohort, weights, slices={"size": 32, "choice": "all"}, drop_constant=False, pooling="mean_sd")
    assert adata.shape == (3, 1024)
    cut = prepare_slices(cases_of(choose_reads(cohort, None, None)), SliceSettings(size=32, choice="all"), n_jobs=1)
    own = cut.of(["P2"])
    assert len(own.images) > 1
    x = (own.images * own.masks)[:, None] - np.array([0.485, 0.456, 0.406])[:, None, None]
    x = torch.as_tensor(x / np.array([0.229, 0.224, 0.225])[:, None, None], dtype=torch.float32)
    state = torch.load(weights, weights_only=True)
    wanted = plain.plain_forward(state, x, "resnet18")[-1].mean((2, 3)).numpy()
    np.testing.assert_allclose(adata["P2"].X[0, :512], wanted.mean(0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(adata["P2"].X[0, 512:], wanted.std(0), rtol=2e-3, atol=1e-3)
    assert adata.var_names[512] == "T1_resnet18_000_sd"


def test_a_patient_has_the_same_features_whoever_else_is_there(cohort: pd.DataFrame, weights: Path) -> None:
    slices = SMALL | {"field_of_view": 40.0}
    together = transfer(cohort, weights, drop_constant=False, slices=slices)
    alone = transfer(cohort[cohort["patient_id"] == "P2"], weights, drop_constant=False, slices=slices)
    np.testing.assert_allclose(alone.X[0], together["P2"].X[0], rtol=1e-4, atol=1e-4)


def test_pooling_by_hand() -> None:
    values = np.array([[1.0, 4.0], [3.0, 0.0]])
    assert pooled(values, "mean").tolist() == [2, 2]
    assert pooled(values, "max").tolist() == [3, 4]
    assert pooled(values, "mean_sd").tolist() == [2, 2, 1, 2]


def test_sequences_and_what_a_patient_lacks(write_case: Write, weights: Path) -> None:
    rows = [write_case("P1", "T1", seed=1), write_case("P1", "T2", seed=2), write_case("P2", "T2", seed=3),
            write_case("P2", "T1", seed=4), write_case("P3", "T2", seed=5)]  # fmt: skip
    adata = transfer(pd.DataFrame(rows), weights, layer="layer1")
    assert adata.obs["n_sequences"].tolist() == [2, 2, 1]
    t1 = (adata.var["sequence"] == "T1").to_numpy()
    assert t1.sum() == (~t1).sum() == 64
    assert np.isnan(adata["P3"].X[0, t1]).all()
    assert np.isfinite(adata["P3"].X[0, ~t1]).all()
    assert adata.var_names[0] == "T1_resnet18_layer1_000"


def test_reads_have_rows_of_their_own(write_case: Write, weights: Path) -> None:
    rows = [write_case(p, seed=i, reader=r) for p in ("P1", "P2") for i, r in enumerate("ab")]
    adata = transfer(pd.DataFrame(rows), weights, reader="all")
    assert adata.obs_names.tolist() == ["P1|a", "P1|b", "P2|a", "P2|b"]
    assert adata.obs["patient_id"].tolist() == ["P1", "P1", "P2", "P2"]
    assert set(frame_of(adata.uns, "slices")["patient_id"]) == {"P1", "P2"}


def test_failed_cases_are_named(cohort: pd.DataFrame, weights: Path) -> None:
    Path(cohort.loc[1, "mask"]).unlink()
    with pytest.warns(RadiogenomicsWarning, match=r"1 case\(s\) have no slices"):
        adata = transfer(cohort, weights)
    assert adata.obs_names.tolist() == ["P1", "P3"]
    assert frame_of(adata.uns, "failures")["patient_id"].tolist() == ["P2"]


def test_cache_serves_the_same_slices_and_weights_only(
    cohort: pd.DataFrame, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    computed = _resnet.resnet_features

    def counting(network: Any, images: Any, **given: Any) -> Any:
        seen.append(len(images))
        return computed(network, images, **given)

    monkeypatch.setattr(_resnet, "resnet_features", counting)
    cache = tmp_path / "cache"
    first = transfer(cohort, weights, cache_dir=cache)
    again = transfer(cohort, weights, cache_dir=cache)
    assert seen == [3]
    np.testing.assert_array_equal(first.X, again.X)
    transfer(cohort, weights, cache_dir=cache, slices=SMALL | {"mask": "none"})
    transfer(cohort, weights, cache_dir=cache, layer="layer2")
    other = tmp_path / "other.pth"
    torch.save(plain.random_state("resnet18", seed=1), other)
    transfer(cohort, other, cache_dir=cache)
    assert seen == [3, 3, 3, 3]
    for entry in cache.iterdir():
        entry.write_bytes(b"damaged")
    np.testing.assert_array_equal(first.X, transfer(cohort, weights, cache_dir=cache).X)


def test_one_patient_has_no_constant_features(cohort: pd.DataFrame, weights: Path) -> None:
    with pytest.warns(RadiogenomicsWarning, match="T1: features of 1 patient.*none can be called constant"):
        adata = transfer(cohort[:1], weights)
    assert adata.n_vars == 512


def test_nothing_that_varies(write_case: Write, weights: Path) -> None:
    same = pd.DataFrame([write_case("P1", seed=1), write_case("P2", seed=1)])
    with pytest.raises(DegenerateInputError, match="every feature the same in all patients"):
        transfer(same, weights)


def test_written_and_read(cohort: pd.DataFrame, weights: Path, tmp_path: Path) -> None:
    from anndata import read_h5ad

    adata = transfer(cohort, weights)
    adata.write_h5ad(tmp_path / "a.h5ad")
    back = read_h5ad(tmp_path / "a.h5ad")
    np.testing.assert_array_equal(back.X, adata.X)
    assert json.loads(back.uns["transfer"]) == json.loads(adata.uns["transfer"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"backbone": "resnet19"}, "backbone.*'resnet19'.*resnet18"),
        ({"layer": "layer5", "pooling": "median"}, "2 faults"),
        ({"slices": {"mask": "channel"}}, "mask 'channel'.*'multiply' or 'none'"),
        ({"slices": {"sice": 3}}, "sice"),
        ({"device": "tpu"}, "'auto', 'cpu' or 'cuda'"),
        ({"backbone": "resnet34"}, "found weights of resnet18; expected weights of resnet34"),
        ({"weights": "none.pth"}, "https://download.pytorch.org/models/resnet18-f37072fd.pth"),
        ({"sequences": ["T7"]}, "'T7'"),
    ],
)
def test_refused(cohort: pd.DataFrame, weights: Path, given: dict[str, Any], message: str) -> None:
    given = dict(given)
    with pytest.raises(InputError, match=message):
        transfer(cohort, given.pop("weights", weights), **given)
