"""MSigDB: local folder, cache, download from a server that stands in for the real one."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from radiogenomics._errors import InputError
from radiogenomics.datasets import msigdb

NAME = "c9.test.v1.Hs.symbols.gmt"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Address of a release site with one collection; the cache is empty and no local data are known."""
    site = tmp_path / "site"
    (site / "1.Hs").mkdir(parents=True)
    (site / "1.Hs" / NAME).write_text("SET\tabout\tTP53\tMYC\n")
    monkeypatch.setenv("RADIOGENOMICS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RADIOGENOMICS_DATA", raising=False)
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


def test_downloads_once_then_uses_the_cache(server, tmp_path, capfd):
    site, url = server
    path = msigdb("c9.test", version="1.Hs", base_url=url)
    assert path == tmp_path / "cache" / "msigdb" / NAME
    assert path.read_text() == "SET\tabout\tTP53\tMYC\n"
    (site / "1.Hs" / NAME).unlink()
    assert msigdb("c9.test", version="1.Hs", base_url=url) == path
    assert sorted(p.name for p in path.parent.iterdir()) == [NAME, NAME + ".sha256"]
    assert capfd.readouterr().err == ""


def test_a_changed_cache_is_refused(server):
    _, url = server
    path = msigdb("c9.test", version="1.Hs", base_url=url)
    path.write_text("SET\tabout\tEVIL\n")
    with pytest.raises(InputError, match=r"SHA-256.*delete it"):
        msigdb("c9.test", version="1.Hs", base_url=url)


def test_a_known_release_must_have_its_hash(server):
    site, url = server
    (site / "2025.1.Hs").mkdir()
    (site / "2025.1.Hs" / "h.all.v2025.1.Hs.symbols.gmt").write_text("SET\tabout\tTP53\n")
    with pytest.raises(InputError, match="another file"):
        msigdb("hallmark", base_url=url)


def test_no_such_collection_leaves_nothing_behind(server, tmp_path):
    site, url = server
    (site / "1.Hs" / "c8.page.v1.Hs.symbols.gmt").write_text("<html>moved</html>\n")
    for name, message in (("c7.none", "no download"), ("c8.page", "other than a GMT file")):
        with pytest.raises(InputError, match=message):
            msigdb(name, version="1.Hs", base_url=url)
    assert not list((tmp_path / "cache" / "msigdb").iterdir())


def test_folder_is_the_only_place_looked_at(server, tmp_path):
    _, url = server
    (tmp_path / "own").mkdir()
    with pytest.raises(InputError, match=NAME):
        msigdb("c9.test", version="1.Hs", folder=tmp_path / "own", base_url=url)
    (tmp_path / "own" / NAME).write_text("SET\tabout\tTP53\n")
    assert msigdb("c9.test", version="1.Hs", folder=tmp_path / "own", base_url=url).parent == tmp_path / "own"


def test_names_cannot_leave_the_folder(tmp_path):
    with pytest.raises(InputError, match="collection"):
        msigdb("../../etc/passwd", folder=tmp_path)


def test_data_folder_first(real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("RADIOGENOMICS_CACHE", str(tmp_path))
    assert msigdb("hallmark") == real_data / "msigdb" / "h.all.v2025.1.Hs.symbols.gmt"
    assert msigdb("reactome").parent == real_data / "msigdb"
