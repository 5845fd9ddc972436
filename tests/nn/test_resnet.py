"""MONAI's ResNet filled with weights of torchvision's format, beside that network written in plain functions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

from torch.nn import functional as f  # noqa: E402

from radiogenomics._backbones import BACKBONES  # noqa: E402
from radiogenomics._errors import InputError  # noqa: E402
from radiogenomics.nn._resnet import (  # noqa: E402
    architecture_of,
    as_imagenet,
    fill,
    maps_of,
    read_resnet,
    resnet_features,
)

State = dict[str, Any]


def random_state(backbone: str, seed: int = 0) -> State:
    """Weights under torchvision's names and shapes, batch normalisation with statistics of its own."""
    rng = torch.Generator().manual_seed(seed)
    shape, state = BACKBONES[backbone], {}

    def convolution(name: str, inward: int, outward: int, side: int) -> None:
        fan = inward * side * side
        state[f"{name}.weight"] = torch.randn(outward, inward, side, side, generator=rng) * (2 / fan) ** 0.5

    def norm(name: str, n: int) -> None:
        state[f"{name}.weight"] = torch.rand(n, generator=rng) + 0.5
        state[f"{name}.bias"] = torch.randn(n, generator=rng) * 0.1
        state[f"{name}.running_mean"] = torch.randn(n, generator=rng) * 0.1
        state[f"{name}.running_var"] = torch.rand(n, generator=rng) + 0.5
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    convolution("conv1", 3, 64, 7)
    norm("bn1", 64)
    inward = 64
    for stage, (width, blocks) in enumerate(zip((64, 128, 256, 512), shape.blocks, strict=True), start=1):
        outward = width * (4 if shape.bottleneck else 1)
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            sides = [(inward, width, 1), (width, width, 3), (width, outward, 1)] if shape.bottleneck else [
                (inward, width, 3), (width, width, 3)]  # fmt: skip
            for i, (a, b, side) in enumerate(sides, start=1):
                convolution(f"{name}.conv{i}", a, b, side)
                norm(f"{name}.bn{i}", b)
            if block == 0 and (stage > 1 or inward != outward):
                convolution(f"{name}.downsample.0", inward, outward, 1)
                norm(f"{name}.downsample.1", outward)
            inward = outward
    state["fc.weight"], state["fc.bias"] = torch.randn(1000, inward, generator=rng), torch.zeros(1000)
    return state


def plain_forward(state: State, x: Any, backbone: str) -> list[Any]:
    """Maps after the four stages, as the architecture is defined: no module, only functions."""
    shape = BACKBONES[backbone]

    def norm(x: Any, name: str) -> Any:
        mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        scale = weight / torch.sqrt(var + 1e-5)
        return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]

    x = f.relu(norm(f.conv2d(x, state["conv1.weight"], stride=2, padding=3), "bn1"))
    x = f.max_pool2d(x, 3, stride=2, padding=1)
    out = []
    for stage, blocks in enumerate(shape.blocks, start=1):
        for block in range(blocks):
            name, stride = f"layer{stage}.{block}", 2 if block == 0 and stage > 1 else 1
            steps = ((1, 0, 1), (stride, 1, 2), (1, 0, 3)) if shape.bottleneck else ((stride, 1, 1), (1, 1, 2))
            y = x
            for step, padding, i in steps:
                y = norm(f.conv2d(y, state[f"{name}.conv{i}.weight"], stride=step, padding=padding), f"{name}.bn{i}")
                y = f.relu(y) if i < len(steps) else y
            shortcut = f"{name}.downsample.0.weight"
            if shortcut in state:
                x = norm(f.conv2d(x, state[shortcut], stride=stride), f"{name}.downsample.1")
            x = f.relu(x + y)
        out.append(x)
    return out


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("resnet18")


@pytest.mark.parametrize("backbone", ["resnet18", "resnet34", "resnet50"])
def test_every_stage_equals_the_plain_forward_pass(backbone: str) -> None:
    state = random_state(backbone)
    network = fill(state, backbone, "weights")
    x = torch.randn(2, 3, 75, 64, generator=torch.Generator().manual_seed(1))  # an odd side shows the padding
    with torch.no_grad():
        wanted = plain_forward(state, x, backbone)
        for stage, maps in zip(("layer1", "layer2", "layer3", "layer4"), wanted, strict=True):
            found = maps_of(network, x, stage)
            assert found.shape == maps.shape
            torch.testing.assert_close(found, maps, rtol=1e-4, atol=1e-5 * float(maps.abs().max()))
        torch.testing.assert_close(network(x), maps_of(network, x, "layer4").mean((2, 3)))
    assert wanted[-1].shape[1] == BACKBONES[backbone].features


def test_features_of_grey_slices(state: State) -> None:
    images = np.random.default_rng(0).random((5, 64, 64)).astype(np.float32)
    found = resnet_features(fill(state, "resnet18", "w"), images, batch_size=2)
    colour = (np.stack([images] * 3, axis=1) - np.array([0.485, 0.456, 0.406])[:, None, None]) / np.array(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    wanted = plain_forward(state, torch.as_tensor(colour, dtype=torch.float32), "resnet18")[-1].mean((2, 3))
    assert found.shape == (5, 512)
    # Sums in single precision, in an order that depends on the threads: exact to some units of the largest.
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6 * float(wanted.abs().max()))
    second = resnet_features(fill(state, "resnet18", "w"), images, stage="layer2")
    assert second.shape == (5, 128)


def test_scale_of_imagenet() -> None:
    found = as_imagenet(torch.full((1, 2, 2), 0.456))
    assert found.shape == (1, 3, 2, 2)
    assert found[0, :, 0, 0].tolist() == pytest.approx(
        [(0.456 - 0.485) / 0.229, 0.0, (0.456 - 0.406) / 0.225], abs=1e-6
    )


def test_old_files_without_counters_are_read(state: State) -> None:
    old = fill({k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}, "resnet18", "w")
    new = fill(state, "resnet18", "w")
    assert all(torch.equal(a, b) for a, b in zip(old.parameters(), new.parameters(), strict=True))


def test_other_architectures_are_named(state: State) -> None:
    with pytest.raises(
        InputError, match=r"found weights of resnet18; expected weights of resnet34 .*backbone='resnet18'"
    ):
        fill(state, "resnet34", "w")
    with pytest.raises(InputError, match=r"found weights of a network of 2 \+ 2 \+ 2 \+ 3 basic blocks"):
        fill(state | {"layer4.2.conv1.weight": torch.zeros(512, 512, 3, 3)}, "resnet18", "w")
    assert architecture_of({"features.0.weight": torch.zeros(1)}) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bn1.bias": None}, r"1 weights lacking \(such as 'bn1.bias'\)"),
        ({"head.weight": torch.zeros(1)}, r"1 weights without a place \(such as 'head.weight'\)"),
        ({"conv1.weight": torch.zeros(64, 1, 7, 7)}, r"conv1.weight of shape \(64, 1, 7, 7\); expected \(64, 3,"),
        ({"bn1.bias": torch.full((64,), float("nan"))}, "infinite or missing values in bn1.bias"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(state: State, change: State, message: str) -> None:
    given = {k: v for k, v in (state | change).items() if v is not None}
    with pytest.raises(InputError, match=message):
        fill(given, "resnet18", "w")


def test_every_weight_is_used(state: State) -> None:
    network = fill(state, "resnet18", "w")
    own = network.state_dict()
    assert set(state) - set(own) == {"fc.weight", "fc.bias"}
    assert all(torch.equal(own[name], state[name]) for name in own)


def write_safetensors(path: Path, state: State) -> None:
    header, body = {}, b""
    for name, value in state.items():
        raw = value.contiguous().numpy().tobytes()
        kind = {"torch.float32": "F32", "torch.int64": "I64"}[str(value.dtype)]
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def test_files_of_both_kinds_are_read(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "w.pth")
    write_safetensors(tmp_path / "w.safetensors", {k: state[k] for k in reversed(state)})
    first, digest = read_resnet(tmp_path / "w.pth", "resnet18")
    second, _ = read_resnet(tmp_path / "w.safetensors", "resnet18")
    assert digest == hashlib.sha256((tmp_path / "w.pth").read_bytes()).hexdigest()
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_a_missing_file_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"https://download.pytorch.org/models/resnet34-b627a593.pth"):
        read_resnet(tmp_path / "resnet34.pth", "resnet34")


class Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("/tmp/radiogenomics_was_run"),))


def test_damaged_and_foreign_files_are_refused(state: State, tmp_path: Path) -> None:
    broken = tmp_path / "resnet18-f37072fd.pth"
    torch.save(state, broken)
    with pytest.raises(InputError, match=r"expected f37072fd..., as its name says. The download broke off"):
        read_resnet(broken, "resnet18")
    for name, content in (("a.pth", b"no weights"), ("a.safetensors", b"\xff" * 40), ("b.safetensors", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="something else than weights"):
            read_resnet(tmp_path / name, "resnet18")
    torch.save({"model": Evil()}, tmp_path / "code.pth")
    with pytest.raises(InputError, match="Files that hold code or whole models are not opened"):
        read_resnet(tmp_path / "code.pth", "resnet18")
    assert not Path("/tmp/radiogenomics_was_run").exists()
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "around.pth")
    with pytest.raises(InputError, match=r"a mapping with 'state_dict', 'epoch'"):
        read_resnet(tmp_path / "around.pth", "resnet18")
