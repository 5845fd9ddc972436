"""Cohorts on disk: ``.h5mu`` and ``.zarr``, and ``.h5ad`` for one modality."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._cohort import is_multimodal, own_columns
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData

    from radiogenomics._types import Cohort

#: Version of the layout of cohorts on disk; a file of a later one is refused, since parts of it would be misread.
FORMAT_VERSION = 1
_FORMAT = "radiogenomics_format"


def write_cohort(data: Cohort, path: StrPath) -> None:
    """Write a cohort so that :func:`read_cohort` gives it back equal.

    An existing file is replaced only when everything is written.

    Parameters
    ----------
    data
        MuData, or AnnData for one modality. Text columns become categorical, as everywhere in a cohort.
    path
        ``.h5mu`` or ``.zarr`` for a MuData, ``.h5ad`` or ``.zarr`` for an AnnData.

    Raises
    ------
    InputError
        If the ending does not suit, the folder does not exist or cannot be written to, or a column or result has a name
        that files cannot hold.
    """
    target = Path(path).expanduser().absolute()
    kind = "MuData" if is_multimodal(data) else "AnnData"
    allowed = (".h5mu", ".zarr") if kind == "MuData" else (".h5ad", ".zarr")
    if target.suffix not in allowed:
        raise InputError(str(path), Fault(f"the ending {target.suffix!r}", f"{' or '.join(allowed)} for a {kind}"))
    if not target.parent.is_dir():
        raise InputError(str(path), Fault(f"no folder {target.parent}", "a folder that exists"))
    _refuse_foreign(target)
    refuse_names(data, str(path))
    try:
        with _beside(target) as temporary, _marked(data):
            _writer(data, target.suffix)(temporary)
            _swap(temporary, target)
    except OSError as error:
        raise InputError(str(path), Fault(f"{error.strerror or error}", "a folder that can be written to")) from error


def read_cohort(path: StrPath) -> Cohort:
    """Read what :func:`write_cohort` wrote (or any ``.h5mu``, ``.h5ad`` or ``.zarr`` of the same layout).

    Parameters
    ----------
    path
        The file or ``.zarr`` folder.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, or a later version of this package wrote it.
    """
    source = Path(path).expanduser().absolute()
    if not source.exists():
        raise InputError(str(path), Fault("nothing there", "a cohort (.h5mu, .zarr or .h5ad)"))
    if source.suffix not in (".h5mu", ".h5ad", ".zarr"):
        raise InputError(str(path), Fault(f"the ending {source.suffix!r}", ".h5mu, .zarr or .h5ad"))
    try:
        with _opened(source) as store:
            if "obs" not in store:
                raise InputError(str(path), Fault("no table 'obs'", "a cohort as AnnData or MuData write it"))
            multimodal = "mod" in store
            _refuse_newer(store, str(path))
            data = _read_mudata(source, store) if multimodal else _read_anndata(source)
    except InputError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise InputError(str(path), f"is not a readable cohort: {error}") from error
    data.uns.pop(_FORMAT, None)
    return data


def refuse_names(data: Cohort, where: str) -> None:
    """Refuse names that files cannot hold: HDF5 and zarr read ``/`` as a folder, and ``_index`` is theirs."""
    parts = {"": data}
    if is_multimodal(data):
        parts |= {f"modality {name!r}, ": adata for name, adata in data.mod.items()}
    faults = [] if len(parts) == 1 else name_faults("modality", data.mod)
    for place, part in parts.items():
        faults += name_faults(f"{place}column of obs", part.obs.columns)
        faults += name_faults(f"{place}column of var", part.var.columns)
        faults += name_faults(f"{place}name in obsp", part.obsp)
        faults += name_faults(f"{place}name in uns", _names_within(part.uns))
        if part is not data or not is_multimodal(data):
            faults += name_faults(f"{place}layer", part.layers)
    if faults:
        raise InputError(where, faults)


def name_faults(what: str, names: Iterable[str]) -> list[Fault]:
    """One fault for each of ``names`` that a cohort file cannot hold."""
    return [
        Fault(f"the {what} {name!r}", "a name without '/'" if "/" in name else "another name; files use it themselves",
              hint=f"Rename it, for example to {name.replace('/', '-').lstrip('_')!r}")
        for name in map(str, names)
        if "/" in name or name == "_index"
    ]  # fmt: skip


def _names_within(stored: Mapping[str, Any]) -> Iterator[str]:
    """Keys of a mapping, of the mappings in it, and columns of the tables in it."""
    for key, value in stored.items():
        yield key
        if isinstance(value, Mapping):
            yield from _names_within(value)
        elif isinstance(value, pd.DataFrame):
            yield from value.columns


def _writer(data: Cohort, suffix: str) -> Callable[[Path], None]:
    def write(where: Path) -> None:
        with own_columns():
            if suffix == ".zarr":
                # Version 2 of zarr's format is the one that all supported versions of anndata and mudata read.
                warnings.filterwarnings("ignore", message="Writing zarr v2 data")
                data.write_zarr(where)
            else:
                data.write(where)

    return write


@contextmanager
def _marked(data: Cohort) -> Iterator[None]:
    """The format's version stands in ``uns`` while ``data`` is written."""
    data.uns[_FORMAT] = {"version": FORMAT_VERSION}
    try:
        yield
    finally:
        del data.uns[_FORMAT]


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A place in a new folder beside ``target`` (so that renaming stays within one file system), removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.stem}-", dir=target.parent))
    try:
        yield folder / f"new{target.suffix}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swap(temporary: Path, target: Path) -> None:
    if target.is_dir():  # folders cannot be replaced in one step
        target.rename(temporary.with_name("old.zarr"))
    os.replace(temporary, target)


def _refuse_foreign(target: Path) -> None:
    is_store = target.is_dir() and any((target / name).exists() for name in (".zgroup", "zarr.json"))
    if target.is_dir() and not (target.suffix == ".zarr" and is_store):
        raise InputError(str(target), Fault("a folder that is no cohort", "a new name, or a cohort to replace"))


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    if source.suffix == ".zarr":
        import zarr

        yield zarr.open_group(str(source), mode="r")
        return
    import h5py

    with h5py.File(source, mode="r") as file:
        yield file


def _refuse_newer(store: Any, where: str) -> None:
    from anndata.io import read_elem

    if "uns" not in store or _FORMAT not in store["uns"]:
        return  # made by other software
    found = int(read_elem(store["uns"][_FORMAT])["version"])
    if found > FORMAT_VERSION:
        raise InputError(
            where,
            Fault(
                f"format version {found}", f"{FORMAT_VERSION} or earlier", hint="Update radiogenomics to read this file"
            ),
        )


def _read_mudata(source: Path, store: Any) -> MuData:
    import mudata
    from anndata.io import read_elem

    with own_columns():
        mdata = mudata.read_zarr(str(source)) if source.suffix == ".zarr" else mudata.read_h5mu(source)
        # mudata makes nullable integers of whole floats with gaps as it builds the object; the file has floats.
        mdata.obs = read_elem(store["obs"])
        if source.suffix == ".zarr":  # where mudata leaves the raw matrices out
            for name, adata in mdata.mod.items():
                if "raw" in store["mod"][name]:
                    adata.raw = _read_raw(store["mod"][name]["raw"], adata)
    return mdata


def _read_raw(group: Any, adata: AnnData) -> AnnData:
    from anndata import AnnData
    from anndata.io import read_elem

    return AnnData(read_elem(group["X"]), obs=adata.obs[[]], var=read_elem(group["var"]), varm=read_elem(group["varm"]))


def _read_anndata(source: Path) -> AnnData:
    import anndata

    return anndata.read_zarr(source) if source.suffix == ".zarr" else anndata.read_h5ad(source)
