"""Weights of residual networks learned on ImageNet, from torchvision's download site."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from radiogenomics._backbones import BACKBONES, WEIGHTS_URL
from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.datasets._cache import cache_folder


def resnet_weights(backbone: str = "resnet34", *, folder: StrPath | None = None, base_url: str = WEIGHTS_URL) -> Path:
    """Path of torchvision's weights of a residual network :cite:p:`He2016`, downloaded once.

    The file is checked at each use against the first 8 digits of its SHA-256, which its name carries. The terms of
    ImageNet's images are said to hold for what was learned from them; look at them before you use the weights.

    Parameters
    ----------
    backbone
        ``"resnet18"``, ``"resnet34"`` or ``"resnet50"``.
    folder
        Folder that holds the file under torchvision's name, where there is no network; nothing is downloaded then. By
        default the folder ``weights`` of the cache (``RADIOGENOMICS_CACHE``, or the user's cache folder).
    base_url
        Address above the files.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        If the file is not there and cannot be downloaded, or is not what its name says.
    """
    if backbone not in BACKBONES:
        raise unknown_name("backbone", backbone, BACKBONES)
    name = BACKBONES[backbone].file
    path = (cache_folder() / "weights" if folder is None else Path(folder)) / name
    if not path.is_file():
        if folder is not None:
            raise InputError(
                str(folder), Fault(f"no file {name}", "that file", hint="Without folder= it is downloaded.")
            )
        _download(f"{base_url.rstrip('/')}/{name}", path)
    _check(path, path, "Delete it and it is downloaded again.")
    return path


def _check(content: Path, named: Path, hint: str) -> None:
    with content.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    expected = named.stem.rpartition("-")[2]
    if not digest.startswith(expected):
        raise InputError(str(named), Fault(f"SHA-256 {digest[:8]}...", f"{expected}..., as its name says", hint=hint))


def _download(url: str, path: Path) -> None:
    """Into a file beside the target, which takes its name only once it has proved to be the weights."""
    import pooch
    from requests.exceptions import RequestException

    part = path.with_name(path.name + f".{os.getpid()}.part")
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            url, known_hash=None, fname=part.name, path=part.parent, downloader=pooch.HTTPDownloader(timeout=60)
        )
        _check(part, path, "The download broke off, or the site holds another file.")
        part.replace(path)
    except (RequestException, OSError) as error:
        hint = f"Check the network, or get {path.name} elsewhere and pass folder=."
        raise InputError(url, Fault(f"no download ({error})", "the weights", hint=hint)) from error
    finally:
        logger.setLevel(before)
        part.unlink(missing_ok=True)
