"""Learned features without torch: a message that names the extra, before anything is read or written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import MissingDependencyError

CALLS: dict[str, Callable[[Path], object]] = {
    "train_autoencoder": lambda p: rg.im.train_autoencoder(p / "m.csv", out_dir=p / "model"),
    "encode": lambda p: rg.im.encode(p / "m.csv", p / "model"),
    "reconstruct": lambda p: rg.im.reconstruct(AnnData(), p / "m.csv", p / "model"),
    "traverse": lambda p: rg.im.traverse(AnnData(), p / "model"),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_extra_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match=rf"rg\.im\.{name} needs .*'torch'.*radiogenomics\[deep\]"):
        CALLS[name](tmp_path)
    assert not list(tmp_path.iterdir())


def test_settings_need_no_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics.im._train_autoencoder import autoencoder_settings, slice_settings

    monkeypatch.setitem(sys.modules, "torch", None)
    assert autoencoder_settings({"epochs": 3}, "cae").latent_dim == 104
    assert slice_settings(None).size == 64
    assert pd.Series(dir(rg.im)).isin(["encode", "train_autoencoder"]).sum() == 2
