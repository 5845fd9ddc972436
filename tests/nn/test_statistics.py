"""In evaluation a trained network is the one that was trained: its normalisations know the whole training set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
import torch  # noqa: E402

from radiogenomics.nn import CAE, HSCAE  # noqa: E402
from radiogenomics.nn._module import Labels  # noqa: E402
from radiogenomics.nn._statistics import exact_statistics  # noqa: E402

Discs = tuple[np.ndarray, np.ndarray]
CLOSE = {"atol": 2e-5, "rtol": 1e-4}  # single precision through eight layers


def outputs(network: CAE, x: torch.Tensor, *, training: bool) -> list[torch.Tensor]:
    """Reconstructions, features and scores of one batch; the network stays as it is."""
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    network.train(training)
    with torch.no_grad():
        made, z = network(x)
        found = [made, z, *([network.predict(z)] if isinstance(network, HSCAE) else [])]
    network.load_state_dict(kept)
    network.eval()
    return found


def agree(network: CAE, x: torch.Tensor) -> list[bool]:
    pairs = zip(outputs(network, x, training=False), outputs(network, x, training=True), strict=True)
    return [torch.allclose(a, b, **CLOSE) for a, b in pairs]


@pytest.mark.parametrize("model", ["cae", "hscae"])
def test_a_trained_network_evaluates_as_one_batch_of_all_that_taught(
    train: Callable[..., Any], discs: Discs, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    images, patients = discs
    known = None
    if model == "hscae":
        known = Labels("binary", np.stack([patients % 2.0, np.ones(len(patients))], axis=1))
    taught = torch.as_tensor(images[patients < 9])
    settings = {"model": model, "labels": known, "epochs": 3, "learning_rate": 0.02}
    assert all(agree(train("exact", **settings).network, taught))
    monkeypatch.setattr("radiogenomics.nn._train.exact_statistics", lambda *_, **__: None)
    assert not any(agree(train("moving", **settings).network, taught))


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_neither_the_size_of_the_batches_nor_other_slices_matter(discs: Discs, batch_size: int) -> None:
    """Uneven batches weigh by their slices; slices that are not among the rows count for nothing."""
    x = torch.as_tensor(discs[0])
    rows = np.arange(0, 34, 2)
    torch.manual_seed(0)
    network = HSCAE(outputs=2, size=16, widths=(4, 8), latent_dim=3)
    before = {name: value.clone() for name, value in network.named_parameters()}
    spoilt = x.clone()
    spoilt[1::2] = torch.nan
    exact_statistics(network, spoilt, rows, batch_size=batch_size, device="cpu")
    assert not network.training
    assert all(torch.equal(before[name], value) for name, value in network.named_parameters())
    assert all(agree(network, x[rows]))


def test_the_first_layer_by_hand(discs: Discs) -> None:
    x = torch.as_tensor(discs[0])
    network = CAE(size=16, widths=(4,), latent_dim=3)
    exact_statistics(network, x, np.arange(10), batch_size=3, device="cpu")
    seen = network.encoder[0][0](x[:10]).detach().double().numpy()
    normal = network.encoder[0][1]
    assert normal.running_mean.numpy() == pytest.approx(seen.mean(axis=(0, 2, 3)), rel=1e-5, abs=1e-6)
    assert normal.running_var.numpy() == pytest.approx(seen.var(axis=(0, 2, 3)), rel=1e-5, abs=1e-7)


def test_the_slices_that_tell_when_to_stop_are_no_part_of_it(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, discs: Discs
) -> None:
    seen: list[np.ndarray] = []

    def noting(network: CAE, x: torch.Tensor, rows: np.ndarray, **how: Any) -> None:
        seen.append(rows)
        exact_statistics(network, x, rows, **how)

    monkeypatch.setattr("radiogenomics.nn._train.exact_statistics", noting)
    train(epochs=1)
    assert np.array_equal(seen[0], np.flatnonzero(discs[1] < 9))
