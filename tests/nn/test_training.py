"""Training: the same weights again, also after a stop; other configurations refused; too little GPU memory."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
import torch  # noqa: E402

from radiogenomics._errors import InputError, RadiogenomicsWarning  # noqa: E402
from radiogenomics.nn._module import AutoencoderModule, EpochOrder, Labels  # noqa: E402


def same(a: Any, b: Any) -> bool:
    """Whether two networks have the same weights, to the last bit."""
    pairs = zip(a.network.state_dict().values(), b.network.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def stop_at(monkeypatch: pytest.MonkeyPatch, epoch: int, error: BaseException) -> None:
    """Let training fail once, in the middle of an epoch."""
    step, left = AutoencoderModule.training_step, [error]

    def failing(self: AutoencoderModule, batch: Any, batch_idx: int) -> Any:
        if self.current_epoch == epoch and batch_idx == 1 and left:
            raise left.pop()
        return step(self, batch, batch_idx)

    monkeypatch.setattr(AutoencoderModule, "training_step", failing)


def labels(kind: str, patients: np.ndarray) -> Labels:
    codes = np.arange(12.0)
    values = {"binary": codes % 2, "classes": codes % 3, "survival": 1 + codes}[kind]
    event = (codes % 4 > 0).astype(float) if kind == "survival" else np.ones(12)
    values[:2] = np.nan
    return Labels(kind, np.stack([values, event], axis=1)[patients], 3 if kind == "classes" else 1)  # type: ignore[arg-type]


def test_learns_and_is_the_same_again(train: Callable[..., Any], discs: tuple[np.ndarray, np.ndarray]) -> None:
    before = torch.random.get_rng_state()
    settings = {"epochs": 12, "learning_rate": 0.02}
    a, b, other = train("a", **settings), train("b", **settings), train("c", seed=2, **settings)
    assert same(a, b)
    assert not same(a, other)
    assert torch.equal(before, torch.random.get_rng_state())
    assert a.history[-1]["validation_mse"] < 0.5 * a.history[0]["validation_mse"]
    assert [row["epoch"] for row in a.history] == list(range(12))


def test_a_stopped_training_ends_as_one_that_was_not(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = train("whole")
    stop_at(monkeypatch, 2, RuntimeError("power cut"))
    with pytest.raises(RuntimeError, match="power cut"):
        train("stopped")
    assert (tmp_path / "stopped/last.ckpt").exists()
    assert not (tmp_path / "stopped/weights.pt").exists()
    resumed = train("stopped")
    assert same(whole, resumed)
    assert resumed.history == whole.history


def test_ctrl_c_is_an_interrupt_and_stays_one(train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    stop_at(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train("stopped")
    assert signal.getsignal(signal.SIGINT) is before
    assert same(train("stopped"), train("whole"))


def test_early_stopping_is_the_same_when_resumed(train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"epochs": 30, "patience": 1, "learning_rate": 0.3}
    whole = train("whole", **settings)
    assert len(whole.history) < 30
    stop_at(monkeypatch, len(whole.history) - 1, RuntimeError("power cut"))
    with pytest.raises(RuntimeError, match="power cut"):
        train("stopped", **settings)
    assert same(whole, train("stopped", **settings))


def test_a_finished_training_is_read_not_repeated(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = train()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["finished.json", "training.json", "weights.pt"]
    monkeypatch.setattr(AutoencoderModule, "training_step", None)
    again = train()
    assert same(first, again)
    assert again.history == first.history
    (tmp_path / "a/weights.pt").write_bytes(b"other")
    with pytest.raises(InputError, match="other weights than those the description names"):
        train()


def test_another_configuration_is_refused(train: Callable[..., Any], tmp_path: Path) -> None:
    first = train()
    weights = (tmp_path / "a/weights.pt").read_bytes()
    with pytest.raises(InputError, match=r"another configuration \(differs in settings\)"):
        train(latent_dim=5)
    with pytest.raises(InputError, match=r"differs in seed"):
        train(seed=5)
    assert (tmp_path / "a/weights.pt").read_bytes() == weights
    assert same(first, train())


def test_a_damaged_checkpoint_is_named(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop_at(monkeypatch, 2, RuntimeError("power cut"))
    with pytest.raises(RuntimeError, match="power cut"):
        train()
    (tmp_path / "a/last.ckpt").write_bytes(b"half a file")
    with pytest.raises(InputError, match="a damaged checkpoint"):
        train()
    (tmp_path / "a/training.json").write_text("{")
    with pytest.raises(InputError, match="no description of a training"):
        train()


def test_too_little_gpu_memory_halves_the_batch(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    step, sizes = AutoencoderModule.training_step, []

    def hungry(self: AutoencoderModule, batch: Any, batch_idx: int) -> Any:
        if self.current_epoch == 2 and len(batch[0]) > 4:
            assert (tmp_path / "a/last.ckpt").exists()
            raise torch.cuda.OutOfMemoryError("out of memory")
        sizes.append((self.current_epoch, len(batch[0])))
        return step(self, batch, batch_idx)

    monkeypatch.setattr(AutoencoderModule, "training_step", hungry)
    with pytest.warns(RadiogenomicsWarning, match="too small for a batch of 8 slices; going on .* batches of 4"):
        done = train()
    assert [row["epoch"] for row in done.history] == [0, 1, 2, 3]
    assert max(size for epoch, size in sizes if epoch < 2) == 8
    assert max(size for epoch, size in sizes if epoch >= 2) == 4
    assert [epoch for epoch, _ in sizes] == sorted(epoch for epoch, _ in sizes)  # went on, did not begin anew


def test_no_memory_for_two_slices_is_an_error(train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(self: AutoencoderModule, batch: Any, batch_idx: int) -> Any:
        raise torch.cuda.OutOfMemoryError("out of memory")

    monkeypatch.setattr(AutoencoderModule, "training_step", hungry)
    with pytest.warns(RadiogenomicsWarning, match="batches of 2"), pytest.raises(torch.cuda.OutOfMemoryError):
        train(batch_size=4)


@pytest.mark.parametrize("kind", ["binary", "classes", "survival"])
def test_half_supervised(train: Callable[..., Any], discs: tuple[np.ndarray, np.ndarray], kind: str) -> None:
    known = labels(kind, discs[1])
    done = train("h", model="hscae", labels=known, epochs=3)
    assert np.isfinite([row["training_label_loss"] for row in done.history]).all()
    assert done.network.predict(torch.zeros(2, 4)).shape == (2, known.outputs)


def test_labels_change_the_encoder_only_if_they_weigh(
    train: Callable[..., Any], discs: tuple[np.ndarray, np.ndarray]
) -> None:
    binary = labels("binary", discs[1])
    flipped = Labels("binary", np.stack([1 - binary.values[:, 0], binary.values[:, 1]], axis=1))
    pairs = [
        (train(f"{w}_a", model="hscae", labels=binary, supervision_weight=w, epochs=2),
         train(f"{w}_b", model="hscae", labels=flipped, supervision_weight=w, epochs=2))
        for w in (1e-30, 1.0)
    ]  # fmt: skip
    alike = [torch.equal(a.network.bottleneck.weight, b.network.bottleneck.weight) for a, b in pairs]
    assert alike == [True, False]


def test_patients_on_both_sides_and_devices(discs: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    from radiogenomics.nn._device import device_of
    from radiogenomics.nn._train import train_autoencoder
    from radiogenomics.schemas.deep import AutoencoderSettings

    images, patients = discs
    rows = np.arange(len(patients)) % 2 == 0
    with pytest.raises(ValueError, match="are on both sides"):
        train_autoencoder(images, patients, rows, ~rows, AutoencoderSettings(), folder=tmp_path, seed=0)
    with pytest.raises(InputError, match="'auto', 'cpu' or 'cuda'"):
        device_of("tpu")


def test_batches_of_an_epoch() -> None:
    order = EpochOrder(9, 4, 3, shuffle=True)
    first, again = list(order), list(order)
    assert first == again
    assert [len(b) for b in first] == [4, 4]  # one slice alone cannot be normalised
    assert len(order) == 2
    order.epoch = 1
    assert list(order) != first
    judge = EpochOrder(9, 4, 3, shuffle=False)
    assert [i for batch in judge for i in batch] == list(range(9))
    assert len(judge) == 3


_SCRIPT = """
import sys, numpy as np
from pathlib import Path
from radiogenomics.nn._train import train_autoencoder
from radiogenomics.schemas.deep import AutoencoderSettings
data = np.load(sys.argv[1])
p = data["patients"]
train_autoencoder(data["images"], p, p < 9, p >= 9, AutoencoderSettings(epochs=60, latent_dim=4, widths=(4, 8),
                  batch_size=8, patience=60), folder=Path(sys.argv[2]), seed=1, device="cpu")
"""


@pytest.mark.slow
def test_a_killed_process_is_gone_on_with(
    train: Callable[..., Any], discs: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    np.savez(tmp_path / "data.npz", images=discs[0], patients=discs[1])
    folder, whole_folder = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-c", _SCRIPT, str(tmp_path / "data.npz")]
    process = subprocess.Popen([*command, str(folder)])
    deadline = time.monotonic() + 120
    while not (folder / "last.ckpt").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert (folder / "last.ckpt").exists()
    assert not (folder / "finished.json").exists(), "too fast to be killed: give it more epochs"
    # Both end in processes of their own: libraries that other tests load may change how this one rounds.
    for one in (folder, whole_folder):
        subprocess.run([*command, str(one)], check=True)
    resumed, whole = train("killed", epochs=60, patience=60), train("whole", epochs=60, patience=60)
    assert [row["epoch"] for row in resumed.history] == list(range(60))
    assert same(resumed, whole)
