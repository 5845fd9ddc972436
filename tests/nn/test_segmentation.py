"""Segmentation networks: patches, windows, training that is stopped, and shapes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
import torch  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from radiogenomics._errors import InputError  # noqa: E402
from radiogenomics.nn._patches import Drawing, Patches, PatchOrder, Volume, drawn, recropped  # noqa: E402
from radiogenomics.nn._segment import probability, window_of  # noqa: E402
from radiogenomics.nn._segmentation_module import SegmentationModule  # noqa: E402
from radiogenomics.nn._segmentation_networks import segmentation_network  # noqa: E402
from radiogenomics.nn._train_segmentation import train_segmentation  # noqa: E402
from radiogenomics.schemas.segmentation import PatchAugmentation, Recrop, StageSettings  # noqa: E402

STAGE: dict[str, Any] = {"width": 8, "blocks": (1, 1), "batch_size": 2, "steps": 8, "checkpoint_every": 2,
                         "learning_rate": 0.01}  # fmt: skip


def volume(seed: int = 0, shape: tuple[int, int, int] = (10, 12, 14)) -> Volume:
    """Noise around 0 whose tumour is 5 and lies off the middle; what lies beyond is -9."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, dtype=np.uint8)
    mask[2:6, 3:8, 4:9] = 1
    image = (rng.normal(0, 1, shape) * (1 - mask) + 5 * mask)[None].astype(np.float32)
    places = np.argwhere(mask)
    return Volume(image, mask, places, np.argwhere(mask == 0), np.array([[2, 3, 4], [6, 8, 9]]),
                  np.array([-9.0], dtype=np.float32))  # fmt: skip


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Any]:
    def run(folder: str = "a", *, kind: Any = "segresnet", seed: int = 1, augmentation: Any = None, data: Any = "abcd",
            **changes: Any) -> Any:  # fmt: skip
        stage = StageSettings(**{**STAGE, **changes})
        volumes = [volume(i) for i in range(4)]
        return train_segmentation(
            volumes[:3], volumes[3:], stage, Drawing((8, 8, 8), 0.5), kind=kind, augmentation=augmentation,
            precision="32", data=list(data), folder=tmp_path / folder, seed=seed, device="cpu",
        )  # fmt: skip

    return run


def same(a: Any, b: Any) -> bool:
    pairs = zip(a.network.state_dict().values(), b.network.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


@pytest.mark.parametrize("kind", ["segresnet", "vnet"])
@pytest.mark.parametrize("blocks", [(1, 1), (1, 2, 2), (1, 1, 2, 3, 2)])
def test_logits_have_the_shape_of_the_input(kind: Any, blocks: tuple[int, ...]) -> None:
    stage = StageSettings(width=8, blocks=blocks)
    network = segmentation_network(kind, stage, 2).eval()
    side = 2 * stage.multiple
    with torch.inference_mode():
        assert network(torch.zeros(1, 2, side, stage.multiple * 2, side)).shape == (1, 1, side, side, side)


def test_a_vnet_has_the_blocks_of_monai() -> None:
    from monai.networks.nets.vnet import VNet

    ours = segmentation_network("vnet", StageSettings(width=16, blocks=(1, 1, 2, 3, 2), dropout=0.5), 1)
    theirs = VNet()
    count = [
        sorted(p.numel() for name, p in network.named_parameters() if not name.startswith("out_tr"))
        for network in (ours, theirs)
    ]
    assert count[0] == count[1]


@pytest.mark.parametrize("kind", ["segresnet", "vnet"])
def test_learns_and_is_the_same_again(train: Callable[..., Any], kind: Any) -> None:
    before = torch.random.get_rng_state()
    how = {"kind": kind, "steps": 40, "checkpoint_every": 20, "learning_rate": 0.05 if kind == "segresnet" else 0.01}
    a, b, other = (train(n, seed=s, **how) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    assert same(a, b)
    assert a.sha256 == b.sha256
    assert not same(a, other)
    assert torch.equal(before, torch.random.get_rng_state())
    assert max(row["validation_dice"] for row in a.history) > 0.7
    assert a.history[-1]["training_loss"] < a.history[0]["training_loss"]
    assert [row["step"] for row in a.history] == [20, 40]


def test_a_stopped_training_ends_as_one_that_was_not(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings_ = {"augmentation": PatchAugmentation(recrop=Recrop())}
    whole = train("whole", **settings_)
    step, left = SegmentationModule.training_step, [RuntimeError("power cut")]

    def failing(self: SegmentationModule, batch: Any, batch_idx: int) -> Any:
        if self.current_epoch == 2 and batch_idx == 1 and left:
            raise left.pop()
        return step(self, batch, batch_idx)

    monkeypatch.setattr(SegmentationModule, "training_step", failing)
    with pytest.raises(RuntimeError, match="power cut"):
        train("stopped", **settings_)
    assert (tmp_path / "stopped/last.ckpt").exists()
    resumed = train("stopped", **settings_)
    assert same(whole, resumed)
    assert resumed.history == whole.history
    assert not (tmp_path / "stopped/last.ckpt").exists()


def test_the_best_checkpoint_is_kept_and_training_stops_early(train: Callable[..., Any]) -> None:
    done = train(learning_rate=0.5, steps=60, patience=2)
    dice = [row["validation_dice"] for row in done.history]
    assert len(dice) < 30
    assert len(dice) == int(np.argmax(dice)) + 3


def test_another_configuration_or_other_data_are_refused(train: Callable[..., Any]) -> None:
    train()
    for change in ({"seed": 2}, {"data": "abce"}, {"learning_rate": 0.02}, {"kind": "vnet"}):
        with pytest.raises(InputError, match="a checkpoint of another configuration"):
            train(**change)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(9, 20)] * 3),
    patch=st.tuples(*[st.sampled_from([4, 8, 16, 24])] * 3),
    share=st.sampled_from([0.0, 1.0]),
    fine=st.booleans(),
    recrop=st.booleans(),
    seed=st.integers(0, 999),
)
def test_patches_are_pieces_of_the_volume(
    shape: tuple[int, int, int], patch: tuple[int, int, int], share: float, fine: bool, recrop: bool, seed: int
) -> None:
    whole = volume(seed, tuple(np.maximum(shape, (7, 9, 10))))  # type: ignore[arg-type]
    drawing = Drawing(patch, share, (1.0, 2.0, 1.0) if fine else None, 0.5 if fine else 0.0)
    image, mask = drawn(whole, drawing, Recrop() if recrop else None, np.random.default_rng(seed))
    assert image.shape == (1, *patch)
    assert mask.shape == patch
    beyond = image[0] == -9
    assert not mask[beyond].any()
    assert (image[0][mask > 0] == 5).all()
    assert (mask[image[0] == 5] == 1).all()
    if share == 1 and not recrop:
        assert mask.any()


def test_a_patch_is_where_a_naive_search_finds_it() -> None:
    whole = volume(3)
    for seed in range(20):
        image, mask = drawn(whole, Drawing((4, 4, 4), 0.5), None, np.random.default_rng(seed))
        found = [
            (z, y, x) for z in range(7) for y in range(9) for x in range(11)
            if np.array_equal(whole.image[0, z : z + 4, y : y + 4, x : x + 4], image[0])
        ]  # fmt: skip
        assert any(np.array_equal(whole.mask[z : z + 4, y : y + 4, x : x + 4], mask) for z, y, x in found)


def test_recropping_keeps_the_tumour_and_moves_it() -> None:
    box, region = np.array([[20, 20, 20], [30, 30, 30]]), np.array([[0, 0, 0], [50, 50, 50]])
    rng = np.random.default_rng(0)
    made = [recropped(region, box, Recrop(cut=0.9, pad=0.5), rng) for _ in range(200)]
    assert all((r[0] <= box[0]).all() and (r[1] >= box[1]).all() for r in made)
    middle = np.array([(box.mean(axis=0) - r[0]) / (r[1] - r[0]) for r in made])
    assert middle.min() < 0.3
    assert middle.max() > 0.7


def test_batches_depend_on_seed_epoch_and_number_alone() -> None:
    data = Patches([volume(i) for i in range(3)], Drawing((8, 8, 8), 0.5), PatchAugmentation(), 2, 5, 7)
    order = PatchOrder(5)
    order.epoch = 3
    first = [data[at] for at in order]
    data[0, 0]  # what was drawn in between does not matter
    again = Patches([volume(i) for i in range(3)], Drawing((8, 8, 8), 0.5), PatchAugmentation(), 2, 5, 7)[3, 4]
    assert torch.equal(first[4][0], again[0])
    assert torch.equal(first[4][1], again[1])
    assert not torch.equal(first[4][0], first[3][0])
    assert set(torch.unique(again[1]).tolist()) <= {0.0, 1.0}


class Echo(torch.nn.Module):
    """Logits are the image."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1].clone()


@pytest.mark.parametrize("shape", [(5, 6, 7), (8, 8, 8), (20, 33, 17), (70, 40, 40)])
@pytest.mark.parametrize("flips", [(), ("x", "z")])
def test_windows_flips_and_padding_leave_every_voxel_where_it_is(
    shape: tuple[int, int, int], flips: tuple[str, ...]
) -> None:
    image = np.random.default_rng(0).normal(size=(1, *shape)).astype(np.float32)
    found = probability(Echo(), image, np.array([-3.0]), patch=(8, 8, 8), overlap=0.5, flips=flips, multiple=2)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert np.allclose(found, 1 / (1 + np.exp(-image[0])), atol=1e-5)


def test_windows_grow_no_further_than_memory_allows() -> None:
    assert window_of((20, 20, 17), (16, 16, 16), 4) == (20, 20, 20)
    assert window_of((40, 40, 40), (16, 16, 16), 4) == (16, 16, 16)
    assert window_of((150, 150, 150), (128, 128, 128), 16) == (128, 128, 128)
