"""ImageNet's weights: folder, cache, and a server that stands in for the real one."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from radiogenomics import _backbones
from radiogenomics._errors import InputError
from radiogenomics.datasets import resnet_weights

CONTENT = b"weights in torch's format"
NAME = f"resnet18-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A site with a small file of resnet18, whose name carries its hash; the cache is empty."""
    site = tmp_path / "site"
    site.mkdir()
    (site / NAME).write_bytes(CONTENT)
    monkeypatch.setitem(_backbones.BACKBONES, "resnet18", replace(_backbones.BACKBONES["resnet18"], file=NAME))
    monkeypatch.setenv("RADIOGENOMICS_CACHE", str(tmp_path / "cache"))
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


def test_downloads_once_then_uses_the_cache(server, tmp_path, capfd):
    site, url = server
    path = resnet_weights("resnet18", base_url=url)
    assert path == tmp_path / "cache" / "weights" / NAME
    (site / NAME).unlink()
    assert resnet_weights("resnet18", base_url=url).read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == [NAME]
    assert capfd.readouterr().err == ""


def test_a_file_that_is_not_what_its_name_says(server, tmp_path):
    site, url = server
    path = resnet_weights("resnet18", base_url=url)
    path.write_bytes(CONTENT[:5])
    with pytest.raises(InputError, match=r"as its name says\. Delete it"):
        resnet_weights("resnet18", base_url=url)
    path.unlink()
    (site / NAME).write_bytes(b"<html>")
    with pytest.raises(InputError, match="The download broke off"):
        resnet_weights("resnet18", base_url=url)
    assert not list(path.parent.iterdir())


def test_nothing_there(server, tmp_path):
    site, url = server
    (site / NAME).unlink()
    with pytest.raises(InputError, match=rf"no download.*get {NAME} elsewhere and pass folder="):
        resnet_weights("resnet18", base_url=url)
    with pytest.raises(InputError, match=f"no file {NAME}"):
        resnet_weights("resnet18", folder=tmp_path)
    with pytest.raises(InputError, match="'resnet19'"):
        resnet_weights("resnet19")


def test_folder_is_the_only_place_looked_at(server):
    site, _ = server
    assert resnet_weights("resnet18", folder=site) == site / NAME


def test_names_of_torchvision():
    files = {name: backbone.url for name, backbone in _backbones.BACKBONES.items()}
    assert files["resnet34"] == "https://download.pytorch.org/models/resnet34-b627a593.pth"
    assert all(Path(url).name.startswith(f"{name}-") for name, url in files.items())
