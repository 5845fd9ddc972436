"""Architecture, losses, augmentation and storage of the autoencoders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
import torch  # noqa: E402

from radiogenomics._errors import InputError  # noqa: E402
from radiogenomics.nn import CAE, HSCAE  # noqa: E402
from radiogenomics.nn._architecture import count_parameters  # noqa: E402
from radiogenomics.nn._augment import Augmenter  # noqa: E402
from radiogenomics.nn._encode import decode, encode, reconstruct  # noqa: E402
from radiogenomics.nn._losses import cox_loss, label_loss, patient_means  # noqa: E402
from radiogenomics.nn._store import read_description, read_weights, write_description, write_weights  # noqa: E402
from radiogenomics.schemas.deep import Augmentation, AutoencoderSettings  # noqa: E402


@pytest.mark.parametrize(("channels", "size", "widths"), [(1, 64, (16, 32, 64, 128)), (2, 32, (4, 8)), (1, 16, (4,))])
def test_shapes(channels: int, size: int, widths: tuple[int, ...]) -> None:
    network = CAE(channels=channels, size=size, widths=widths, latent_dim=7)
    made, z = network(torch.rand(3, channels, size, size))
    assert made.shape == (3, 1, size, size)
    assert z.shape == (3, 7)
    assert made.min() >= 0
    assert made.max() <= 1


def test_the_published_size_has_104_features() -> None:
    network = HSCAE(outputs=3)
    assert network.latent_dim == 104
    assert network.predict(network.encode(torch.rand(2, 1, 64, 64))).shape == (2, 3)
    assert count_parameters(network) > count_parameters(CAE())


@pytest.mark.parametrize("intensity", [0.0, 0.02, 0.4, 1.0])
def test_the_decoder_starts_at_the_mean(intensity: float) -> None:
    network = CAE(size=32, widths=(8, 16), latent_dim=4)
    network.start_at(intensity)
    with torch.no_grad():
        network.decoder[-2].weight.zero_()
    wanted = min(max(intensity, 1e-3), 1 - 1e-3)
    assert decode(network.eval(), np.zeros((1, 4))) == pytest.approx(wanted, abs=1e-5)


def test_slices_in_parts_are_as_the_whole() -> None:
    torch.manual_seed(0)
    network = CAE(size=16, widths=(4,), latent_dim=3).eval()
    images = np.random.default_rng(0).random((300, 1, 16, 16), dtype=np.float32)
    with torch.inference_mode():
        made, z = network(torch.as_tensor(images))
    assert np.allclose(encode(network, images), z.numpy(), atol=1e-6)
    assert np.allclose(reconstruct(network, images), made[:, 0].numpy(), atol=1e-6)
    assert encode(network, images[:0]).shape == (0, 3)


def test_size_that_cannot_be_halved() -> None:
    with pytest.raises(ValueError, match="a multiple of 16, at least 32"):
        AutoencoderSettings().check_size(40)


def naive_cox(risk: np.ndarray, time: np.ndarray, event: np.ndarray) -> float:
    terms = [
        np.log(sum(np.exp(risk[j]) for j in range(len(time)) if time[j] >= time[i])) - risk[i]
        for i in range(len(time))
        if event[i]
    ]
    return float(np.mean(terms))


def test_cox_loss_is_the_partial_likelihood() -> None:
    rng = np.random.default_rng(1)
    risk, time = rng.normal(size=20), rng.integers(1, 8, 20).astype(float)
    event = (rng.random(20) < 0.6).astype(float)
    found = cox_loss(*[torch.as_tensor(v) for v in (risk, time, event)])
    assert float(found) == pytest.approx(naive_cox(risk, time, event))
    assert float(cox_loss(torch.ones(3), torch.ones(3), torch.zeros(3))) == 0


def test_a_patient_counts_once_however_many_slices() -> None:
    scores = torch.tensor([[1.0], [3.0], [5.0], [7.0]])
    means, first = patient_means(scores, torch.tensor([4, 4, 4, 9]))
    assert means[:, 0].tolist() == [3.0, 7.0]
    assert first.tolist() == [0, 3]
    label = torch.tensor([[1.0, 1.0]] * 3 + [[0.0, 1.0]])
    many = label_loss("binary", scores, torch.tensor([4, 4, 4, 9]), label)
    once = label_loss("binary", torch.tensor([[3.0], [7.0]]), torch.tensor([0, 1]), label[2:])
    assert float(many) == pytest.approx(float(once))


@pytest.mark.parametrize("kind", ["binary", "classes", "survival"])
def test_patients_without_a_label_do_not_count(kind: str) -> None:
    scores = torch.randn(4, 3 if kind == "classes" else 1, requires_grad=True)
    label = torch.tensor([[1.0, 1.0], [0.0, 1.0], [float("nan"), 1.0], [float("nan"), float("nan")]])
    patients = torch.arange(4)
    loss = label_loss(kind, scores, patients, label)  # type: ignore[arg-type]
    assert float(loss.detach()) == pytest.approx(
        float(label_loss(kind, scores[:2], patients[:2], label[:2]).detach())  # type: ignore[arg-type]
    )
    loss.backward()
    assert not scores.grad[2:].any()
    assert float(label_loss(kind, scores, patients, torch.full((4, 2), float("nan"))).detach()) == 0  # type: ignore[arg-type]


def test_augmentation_turns_input_and_target_alike() -> None:
    x = torch.zeros(3, 2, 32, 32)
    x[:, :, 8:14, 10:26] = torch.rand(3, 1, 6, 16)
    x[:, 1] = (x[:, 0] > 0).float()
    augment = Augmenter(Augmentation())
    new, wanted = augment(x, x[:, :1], 5)
    assert torch.allclose(new[:, :1], wanted)
    assert not torch.allclose(new, x)
    assert new.min() >= 0
    assert new.max() <= 1
    again, _ = augment(x, x[:, :1], 5)
    other, _ = augment(x, x[:, :1], 6)
    assert torch.equal(again, new)
    assert not torch.equal(other, new)


def test_the_mask_keeps_its_values_when_intensities_change() -> None:
    x = torch.rand(4, 2, 16, 16)
    only_gain = Augmenter(Augmentation(flip=False, rotation=0, intensity=0.2))
    new, _ = only_gain(x, x[:, :1], 1)
    assert torch.equal(new[:, 1], x[:, 1])
    ratio = (new[:, 0] / x[:, 0])[new[:, 0] < 1]
    assert float(ratio.min()) >= 0.79
    assert float(ratio.max()) <= 1.21


def test_weights_are_read_as_data_and_checked(tmp_path: Path) -> None:
    network = CAE(size=16, widths=(4,), latent_dim=3)
    sha256 = write_weights(network, tmp_path)
    other = read_weights(CAE(size=16, widths=(4,), latent_dim=3), tmp_path, sha256)
    assert all(
        torch.equal(a, b) for a, b in zip(network.state_dict().values(), other.state_dict().values(), strict=True)
    )
    with pytest.raises(InputError, match="weights of this architecture"):
        read_weights(CAE(size=16, widths=(8,), latent_dim=3), tmp_path, sha256)
    with pytest.raises(InputError, match="other weights than those"):
        read_weights(network, tmp_path, "0" * 64)
    with pytest.raises(InputError, match="no weights"):
        read_weights(network, tmp_path / "none", sha256)


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    import hashlib
    import pickle

    class Harm:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "harm",))

    (tmp_path / "weights.pt").write_bytes(pickle.dumps(Harm()))
    sha256 = hashlib.sha256((tmp_path / "weights.pt").read_bytes()).hexdigest()
    with pytest.raises(InputError, match="weights that do not fit"):
        read_weights(CAE(), tmp_path, sha256)
    assert not (tmp_path / "harm").exists()


def test_description_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model\.json"):
        read_description(tmp_path, kind="autoencoder")
    write_description(tmp_path, {"kind": "autoencoder", "x": 1})
    assert read_description(tmp_path, kind="autoencoder")["x"] == 1
    with pytest.raises(InputError, match="a trained segmenter"):
        read_description(tmp_path, kind="segmenter")
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"format": 99, "kind": "autoencoder"}))
    with pytest.raises(InputError, match="format 99"):
        read_description(tmp_path, kind="autoencoder")
    path.write_text("[]")
    with pytest.raises(InputError, match="no description of a model"):
        read_description(tmp_path, kind="autoencoder")
