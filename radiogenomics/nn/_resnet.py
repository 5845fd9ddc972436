"""MONAI's ResNet as a 2D network with weights in torchvision's format."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from monai.networks.nets.resnet import ResNet
from torch import Tensor

from radiogenomics._backbones import BACKBONES, WEIGHTS_URL
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import track
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.nn._weight_files import file_hash, read_state

#: Of ImageNet's images in [0, 1], red, green, blue: what the published weights were learned with.
MEAN, SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
STAGES = ("layer1", "layer2", "layer3", "layer4")
BATCH = 32
_WIDTHS = [64, 128, 256, 512]
_CLASSIFIER = ("fc.weight", "fc.bias")  # what tells ImageNet's classes apart; features come before it
_COUNTER = "num_batches_tracked"  # of training; files of old have none
_OTHERS: dict[tuple[bool, tuple[int, ...]], str] = {
    (True, (3, 4, 23, 3)): "resnet101",
    (True, (3, 8, 36, 3)): "resnet152",
    (False, (1, 1, 1, 1)): "resnet10",
}


def empty_resnet(backbone: str) -> ResNet:
    """An untrained network of torchvision's architecture, without its classifier.

    MONAI's defaults are those of video networks: here the first convolution has stride 2, and shortcuts between
    stages are convolutions without a bias.
    """
    shape = BACKBONES[backbone]
    network = ResNet(
        "bottleneck" if shape.bottleneck else "basic", list(shape.blocks), _WIDTHS, spatial_dims=2,
        n_input_channels=3, conv1_t_size=7, conv1_t_stride=2, shortcut_type="B", bias_downsample=False,
        feed_forward=False,
    )  # fmt: skip
    return network.eval()


def read_resnet(weights: StrPath, backbone: str) -> tuple[ResNet, str]:
    """A network filled with the weights of a file, and the file's SHA-256.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, or its weights are of another architecture.
    """
    path, wanted = Path(weights), BACKBONES[backbone]
    if not path.is_file():
        hint = (
            f"Download {wanted.url} (ImageNet, by torchvision), or call rg.datasets.resnet_weights({backbone!r}); "
            "nothing is downloaded without being asked for."
        )
        found = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), Fault(found, f"weights of {backbone} in torchvision's format", hint=hint))
    digest = file_hash(path)
    named = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    if named and not digest.startswith(named[1]):
        hint = f"The download broke off or the file was changed; get it again from {WEIGHTS_URL}/{path.name}."
        raise InputError(str(path), Fault(f"SHA-256 {digest[:8]}...", f"{named[1]}..., as its name says", hint=hint))
    return fill(read_state(path), backbone, str(path)), digest


def fill(state: Mapping[str, Tensor], backbone: str, where: str) -> ResNet:
    """A network with the given weights, each of which must have its place.

    Raises
    ------
    InputError
        If a weight is missing, has no place or another shape, or is not a number.
    """
    network = empty_resnet(backbone)
    own = network.state_dict()
    given = {name: value for name, value in state.items() if name not in _CLASSIFIER}
    missing = [name for name in own if name not in given and not name.endswith(_COUNTER)]
    surplus = [name for name in given if name not in own]
    if missing or surplus:
        raise InputError(where, _other_architecture(given, backbone, missing, surplus))
    shapes = [(n, tuple(v.shape), tuple(own[n].shape)) for n, v in given.items() if v.shape != own[n].shape]
    if shapes:
        name, found, expected = shapes[0]
        text = f"{name} of shape {found}" + (f" and {len(shapes) - 1} more of another shape" if shapes[1:] else "")
        raise InputError(where, Fault(text, f"{expected} as of {backbone}"))
    broken = [name for name, value in given.items() if not bool(torch.isfinite(value).all())]
    if broken:
        raise InputError(where, Fault(f"infinite or missing values in {broken[0]}", "numbers"))
    network.load_state_dict({name: given.get(name, value).to(value.dtype) for name, value in own.items()})
    return network


def _other_architecture(given: Mapping[str, Tensor], backbone: str, missing: list[str], surplus: list[str]) -> Fault:
    expected = f"weights of {backbone} in torchvision's format"
    found = architecture_of(given)
    if found is not None and found != backbone:
        return Fault(f"weights of {found}", expected, hint=f"Give backbone={found!r}." if found in BACKBONES else "")
    kinds = (("weights lacking", missing), ("weights without a place", surplus))
    parts = [f"{len(names)} {what} (such as {names[0]!r})" for what, names in kinds if names]
    return Fault(" and ".join(parts), expected)


def architecture_of(state: Mapping[str, Tensor]) -> str | None:
    """Name of the residual network that has these weights, a description if it has none; ``None`` if it is none."""
    places = {m.groups() for m in (re.match(r"layer([1-4])\.(\d+)\.(conv\d)", name) for name in state) if m}
    if not places:
        return None
    counts = tuple(len({block for stage, block, _ in places if stage == str(i)}) for i in range(1, 5))
    bottleneck = any(convolution == "conv3" for *_, convolution in places)
    for name, backbone in BACKBONES.items():
        if (backbone.bottleneck, backbone.blocks) == (bottleneck, counts):
            return name
    kind = "bottleneck" if bottleneck else "basic"
    return _OTHERS.get((bottleneck, counts), f"a network of {' + '.join(map(str, counts))} {kind} blocks")


def as_imagenet(images: Tensor) -> Tensor:
    """Grey slices (n, size, size) in [0, 1] as (n, 3, size, size) on the scale of ImageNet's images."""
    mean = torch.tensor(MEAN, device=images.device)[:, None, None]
    sd = torch.tensor(SD, device=images.device)[:, None, None]
    return (images[:, None] - mean) / sd


def maps_of(network: ResNet, x: Tensor, stage: str) -> Tensor:
    """Feature maps (n, channels, h, w) after a stage."""
    return later_maps(network, network.maxpool(network.act(network.bn1(network.conv1(x)))), None, stage)


def later_maps(network: ResNet, x: Tensor, after: str | None, stage: str) -> Tensor:
    """Feature maps after a stage, of those after an earlier one (``None``: after the first pooling)."""
    first = 0 if after is None else STAGES.index(after) + 1
    for name in STAGES[first : STAGES.index(stage) + 1]:
        x = getattr(network, name)(x)
    return x


def resnet_features(
    network: ResNet, images: FloatArray, *, stage: str = "layer4", device: str = "cpu", batch_size: int = BATCH
) -> FloatArray:
    """Features (n, channels) of grey slices (n, size, size) in [0, 1]: the mean of every map after a stage.

    A GPU without enough memory gets smaller batches, with a warning.
    """
    network = network.to(device).eval()
    parts: list[FloatArray] = []
    try:
        with torch.inference_mode(), same_numbers():
            for place in track(range(0, len(images), batch_size), "Extracting features"):
                batch = images[place : place + batch_size]
                parts += _in_memory(lambda x: maps_of(network, as_imagenet(x), stage).mean(dim=(2, 3)), batch, device)
    finally:
        network.to("cpu")
    return np.concatenate(parts)


def _in_memory(function: Callable[[Tensor], Tensor], batch: FloatArray, device: str) -> list[FloatArray]:
    """What a function says of a batch, in halves where the GPU's memory is too small for the whole."""
    try:
        x = torch.as_tensor(np.asarray(batch, dtype=np.float32)).to(device)
        return [function(x).cpu().numpy()]
    except torch.cuda.OutOfMemoryError:
        if len(batch) == 1:
            raise
    torch.cuda.empty_cache()
    half = len(batch) // 2
    warnings.warn(
        f"the GPU's memory is too small for {len(batch)} slices at once; taking {half}",
        RadiogenomicsWarning,
        stacklevel=4,
    )
    return _in_memory(function, batch[:half], device) + _in_memory(function, batch[half:], device)


@contextmanager
def same_numbers() -> Iterator[None]:
    """On a GPU convolutions in full precision, by the same algorithm every time, as on a CPU."""
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield
