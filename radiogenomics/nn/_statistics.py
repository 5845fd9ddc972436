"""What batch normalisation goes by after training: all the slices that taught, not the last batches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from radiogenomics._types import IntArray
from radiogenomics.nn._architecture import CAE, HSCAE


class _Reached(Exception):  # not an error: what lies behind the layer need not be computed
    """The layer that is measured has seen its input."""


def exact_statistics(network: CAE, x: Tensor, rows: IntArray, *, batch_size: int, device: str) -> None:
    """Give each batch normalisation the mean and variance of its input over these slices.

    While a network learns, a normalisation keeps a moving average over the batches of the last few steps: of augmented
    slices, of weights that were still changing, and with few patients mostly of the last batch. In evaluation the
    network is then another function than the one that was trained. Here the layers are measured one after the other,
    each behind those already measured, so that in evaluation every slice comes out as it would in training as part of
    one batch of all the slices, whatever the size of the batches they are passed in.

    Parameters
    ----------
    network
        Changed in place; in evaluation mode on the CPU afterwards.
    x
        (n, channels, size, size) slices, as they are (no augmentation).
    rows
        Those that taught.
    batch_size
        Slices at a time: memory, not the result.
    device
        Where it is computed, in single precision.

    Notes
    -----
    The variance is that of the slices at hand (divided by their number), by which a batch is normalised in training;
    PyTorch's moving average has the one divided by a number less by one.
    """
    network.to(device).eval()
    batches = [torch.as_tensor(rows[start : start + batch_size]) for start in range(0, len(rows), batch_size)]
    with torch.no_grad():
        # In the order of the modules, which is that of the computation: encoder, decoder; the head sees the encoder's.
        for layer in network.modules():
            if isinstance(layer, _BatchNorm) and layer.running_mean is not None and layer.running_var is not None:
                mean, variance = _moments(network, layer, lambda batch: x[batch].to(device), batches)
                layer.running_mean.copy_(mean)
                layer.running_var.copy_(variance)
    network.cpu()


def _moments(
    network: CAE, layer: nn.Module, slices: Callable[[Tensor], Tensor], batches: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel of a layer's input."""
    counts: list[int] = []
    sums: list[Tensor] = []

    def measure(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        values = given[0].double().transpose(0, 1).flatten(1)  # channels first, then slices and pixels
        counts.append(values.shape[1])
        sums.append(torch.stack([values.sum(dim=1), values.square().sum(dim=1)]))
        raise _Reached

    hook = layer.register_forward_pre_hook(measure)
    try:
        for batch in batches:
            try:
                _, z = network(slices(batch))
                if isinstance(network, HSCAE):
                    network.predict(z)
            except _Reached:
                continue
            raise RuntimeError(f"no input reached {layer}")
    finally:
        hook.remove()
    mean, square = torch.stack(sums).sum(dim=0) / sum(counts)
    return mean, (square - mean.square()).clamp_min(0)
