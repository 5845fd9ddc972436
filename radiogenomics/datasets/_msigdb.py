"""Gene sets of MSigDB: from a local folder, the cache, or the download site."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from pathlib import Path

from radiogenomics._errors import Fault, InputError
from radiogenomics._gmt import parse_gmt
from radiogenomics._types import StrPath
from radiogenomics.datasets._cache import cache_folder

RELEASES = "https://data.broadinstitute.org/gsea-msigdb/msigdb/release"
_ALIASES = {"hallmark": "h.all", "reactome": "c2.cp.reactome"}
# SHA-256 of releases that were looked at; of others the first download is what later ones are checked against.
_KNOWN = {
    "h.all.v2025.1.Hs.symbols.gmt": "01d2ccb35bd41cfdd1cfd31b1966a48e0cab406c383135328e13337245908c7a",
    "c2.cp.reactome.v2025.1.Hs.symbols.gmt": "bf99253fac597b2791f0db7c62b657946b2477a4597a2d38a9089c51f07b64f3",
}


def msigdb(
    collection: str = "hallmark",
    *,
    version: str = "2025.1.Hs",
    folder: StrPath | None = None,
    base_url: str = RELEASES,
) -> Path:
    """Path of a gene set collection of MSigDB, gene symbols :cite:p:`Liberzon2015`.

    Looked for in this order: `folder` (and nowhere else, if given); the folder ``msigdb`` of ``RADIOGENOMICS_DATA``;
    the cache (``RADIOGENOMICS_CACHE``, by default the user's cache folder); the download site, into the cache. What
    is in the cache is checked against its SHA-256 at each use.

    Parameters
    ----------
    collection
        ``"hallmark"``, ``"reactome"``, or a name as MSigDB writes it, such as ``"c5.go.bp"``.
    version
        Release and species, such as ``"2025.1.Hs"``.
    folder
        Folder that holds the file under MSigDB's name, ``<collection>.v<version>.symbols.gmt``.
    base_url
        Address above the folders of the releases.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        If the file is nowhere and cannot be downloaded, or is not what it should be.
    """
    for what, text in (("collection", collection), ("version", version)):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
            raise InputError(what, Fault(repr(text), "letters, digits, '.', '-' and '_'"))
    name = f"{_ALIASES.get(collection, collection)}.v{version}.symbols.gmt"
    if folder is not None:
        path = Path(folder) / name
        if not path.is_file():
            raise InputError(
                str(folder), Fault(f"no file {name}", "that file", hint="Without folder= it is downloaded.")
            )
        return path
    shared = os.environ.get("RADIOGENOMICS_DATA")
    if shared and (local := Path(shared) / "msigdb" / name).is_file():
        return local
    return _cached(name, f"{base_url.rstrip('/')}/{version}/{name}")


def _cached(name: str, url: str) -> Path:
    path = cache_folder() / "msigdb" / name
    noted = path.with_name(name + ".sha256")
    expected = _KNOWN.get(name) or (noted.read_text(encoding="ascii").strip() if noted.is_file() else None)
    if path.is_file():
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if expected == found:
            return path
        raise InputError(
            str(path),
            Fault(
                f"SHA-256 {found[:12]}...",
                f"{expected[:12]}..." if expected else "a recorded SHA-256 beside it",
                hint="The file was changed or its download broke off; delete it and it is downloaded again.",
            ),
        )
    _download(url, path, expected)
    noted.write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "\n", encoding="ascii")
    return path


def _download(url: str, path: Path, expected: str | None) -> None:
    """Into a file beside the target, which takes its name only once it has proved to be gene sets."""
    import pooch
    from requests.exceptions import RequestException

    part = path.with_name(path.name + f".{os.getpid()}.part")
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{expected}" if expected else None,
            fname=part.name,
            path=part.parent,
            downloader=pooch.HTTPDownloader(timeout=60),
        )
        parse_gmt(part)
        part.replace(path)
    except (RequestException, OSError) as error:
        hint = "Check the name and the network, or put the file into a folder and pass folder=."
        raise InputError(url, Fault(f"no download ({error})", "the gene sets", hint=hint)) from error
    except InputError as error:
        raise InputError(url, Fault("something other than a GMT file", "gene sets", hint="Check the name.")) from error
    except ValueError as error:  # pooch's answer to another hash
        raise InputError(url, Fault(f"another file ({error})", f"SHA-256 {expected}")) from error
    finally:
        logger.setLevel(before)
        part.unlink(missing_ok=True)
