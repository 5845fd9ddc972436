"""Features of slices by a residual network that learned on photographs."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics._backbones import BACKBONES
from radiogenomics._cohort import to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray, StrPath
from radiogenomics.im._cache import entry_key, read_arrays, write_arrays
from radiogenomics.im._manifest_rows import READS, cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import Slices, prepare_slices
from radiogenomics.schemas.deep import SliceSettings, TransferSettings
from radiogenomics.schemas.messages import faults_of

if TYPE_CHECKING:
    from anndata import AnnData

#: What differs from the slices of an autoencoder: one slice, of the size the network learned with.
SLICES = {"choice": "largest", "size": 224}
_REPEATED = ("scanner", "centre", *READS)


def extract_transfer(
    manifest: StrPath | pd.DataFrame,
    *,
    weights: StrPath,
    backbone: str = "resnet34",
    layer: str = "avgpool",
    pooling: str = "mean",
    slices: SliceSettings | Mapping[str, Any] | None = None,
    drop_constant: bool = True,
    sequences: Sequence[str] | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    visit: str | int | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> AnnData:
    """Features of tumour slices by a residual network trained elsewhere :cite:p:`He2016`.

    The grey slice is given as red, green and blue, on the scale of ImageNet's images. Nothing is learned from the
    patients, so the features are the same for a patient whoever else is in the manifest, with two exceptions: the
    field of view ``"cohort"`` is measured on the tumours of the manifest, and `drop_constant` looks at all patients.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    weights
        File of weights in torchvision's format: a state dict (``.pth``) or ``.safetensors``. It is read as data; code
        in it is not run. :func:`radiogenomics.datasets.resnet_weights` gets those learned on ImageNet.
    backbone
        ``"resnet18"``, ``"resnet34"`` or ``"resnet50"``: what the weights are of.
    layer
        ``"avgpool"``: the mean of each map of the last stage (512 features per sequence, of resnet50 2048); or an
        earlier stage, ``"layer1"`` to ``"layer3"``.
    pooling
        How several slices of a patient become one row: ``"mean"``, ``"max"``, or ``"mean_sd"`` (mean and standard
        deviation, twice as many features).
    slices
        How slices are cut, over these defaults: the axial slice with most tumour, 224 x 224 pixels, intensities
        outside the tumour 0 (``mask="multiply"``), of one field of view for all patients. ``mask="none"`` shows the
        surroundings too; ``"channel"`` is refused, because the network has no channel for it.
    drop_constant
        Whether features that are the same in all patients, most often 0, are removed (``uns["removed"]`` counts
        them). Set it to ``False`` where features of several calls are to have the same columns.
    sequences
        Sequences of the manifest; by default all.
    reader, reading, visit
        Which masks, as of :func:`extract_radiomics`; ``"all"`` gives a row per patient and read.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``. The values are the same but for rounding.
    n_jobs
        Workers that cut slices.
    cache_dir
        Folder that keeps slices and features of each case. An entry is used again only for the same slices and weights.

    Returns
    -------
    AnnData of patients x features, named ``<sequence>_<backbone>_<dimension>``. A sequence that a patient lacks, or
    whose case failed, is NaN; patients without any are left out. ``obs``: ``patient_id``, ``n_sequences``,
    ``n_slices`` and the manifest's columns. ``var``: ``model``, ``sequence``, ``layer``, ``dimension``, ``statistic``.
    ``uns``: ``transfer`` (settings, SHA-256 of the weights, versions; JSON text), ``slices`` (a row per slice),
    ``removed`` (per sequence: ``null`` features that are always 0, ``constant`` others, ``kept``), ``failures``.

    Raises
    ------
    InputError
        If arguments are at fault, the weights are not there or of another architecture, or every case fails.
    DegenerateInputError
        If every feature is constant.
    MissingDependencyError
        If torch or MONAI (extra ``deep``) is not installed.

    Warns
    -----
    RadiogenomicsWarning
        If cases fail, or a sequence has one patient, so that nothing can be called constant.
    """
    how = transfer_settings(backbone=backbone, layer=layer, pooling=pooling, drop_constant=drop_constant)
    cut = transfer_slices(slices)
    for name in ("torch", "monai"):
        optional_import(name, needed_for="rg.im.extract_transfer")
    from radiogenomics.nn._device import device_of
    from radiogenomics.nn._resnet import read_resnet

    where = device_of(device)
    network, digest = read_resnet(weights, how.backbone)
    table = choose_reads(manifest_frame(manifest, sequences), reader, reading, visit)
    cache = None if cache_dir is None else Path(cache_dir)
    own = prepare_slices(cases_of(table), cut, n_jobs=n_jobs, cache_dir=cache)
    values = _features(network, own, how, digest, where, cache)
    adata = _matrix(table, own, values, how)
    settings = how.model_dump(mode="json") | {
        "slices": own.settings.model_dump(mode="json"), "weights": {"file": Path(weights).name, "sha256": digest},
        "reader": reader, "reading": reading, "visit": visit,
        "versions": {name: version(name) for name in ("radiogenomics", "torch", "monai")},
    }  # fmt: skip
    kept, removed = _kept(adata, how.drop_constant)
    adata = adata[:, kept].copy()
    adata.uns.update(to_uns(transfer=settings, slices=own.table, removed=removed, failures=own.failures))
    return adata


def transfer_settings(**given: Any) -> TransferSettings:
    """Settings of the network, with every fault at once."""
    try:
        return TransferSettings.model_validate(given)
    except ValidationError as error:
        raise InputError("extract_transfer", faults_of(error)) from None


def transfer_slices(slices: SliceSettings | Mapping[str, Any] | None) -> SliceSettings:
    """Settings of the slices, with every fault at once."""
    if not isinstance(slices, SliceSettings):
        try:
            slices = SliceSettings.model_validate({**SLICES, **(slices or {})})
        except ValidationError as error:
            raise InputError("slices", faults_of(error)) from None
    if slices.mask == "channel":
        hint = "The network sees red, green and blue; the mask can be multiplied, or not used."
        raise InputError("slices", Fault("mask 'channel'", "'multiply' or 'none'", hint=hint))
    return slices


def n_features(how: TransferSettings) -> int:
    """Features of a slice."""
    last = BACKBONES[how.backbone].features
    return last if how.layer == "avgpool" else last // 2 ** (4 - int(how.layer[-1]))


def stage_of(layer: str) -> str:
    """The stage whose maps are averaged."""
    return "layer4" if layer == "avgpool" else layer


def _features(
    network: Any, own: Slices, how: TransferSettings, digest: str, device: str, cache: Path | None
) -> FloatArray:
    """(n_slices, n_features) of all slices, those of a case from the cache where it has them."""
    from radiogenomics.nn._resnet import resnet_features

    images = own.inputs()[:, 0]
    values: FloatArray = np.full((len(images), n_features(how)), np.nan, dtype=np.float32)
    todo = np.ones(len(images), dtype=bool)
    places: list[tuple[Path, BoolArray]] = []
    if cache is not None:
        for _, rows in own.table.groupby(["row", "sequence"], sort=False):
            at = own.table.index.isin(rows.index)
            content = hashlib.sha256(np.ascontiguousarray(images[at]).tobytes()).hexdigest()
            key = entry_key("transfer", content, list(images[at].shape), how.backbone, how.layer, digest,
                            version("radiogenomics"))  # fmt: skip
            path = cache / f"{key}.npz"
            kept = read_arrays(path)
            if kept is not None and kept.get("features", values[:0]).shape == values[at].shape:
                values[at], todo[at] = kept["features"], False
            else:
                places.append((path, at))
    if todo.any():
        values[todo] = resnet_features(network, images[todo], stage=stage_of(how.layer), device=device)
    for path, at in places:
        write_arrays(path, {"features": values[at]})
    return values


def pooled(values: FloatArray, pooling: str) -> FloatArray:
    """One row of several slices."""
    if pooling == "max":
        return np.asarray(values.max(axis=0))
    mean = np.asarray(values.mean(axis=0, dtype=np.float64))
    return mean if pooling == "mean" else np.concatenate([mean, values.std(axis=0, dtype=np.float64)])


def _matrix(table: pd.DataFrame, own: Slices, values: FloatArray, how: TransferSettings) -> AnnData:
    from anndata import AnnData

    sequences = list(dict.fromkeys(table["sequence"]))
    var = _var(sequences, how)
    width = len(var) // len(sequences)
    done = own.table[["row", "sequence"]].drop_duplicates()
    rows = [row for row in dict.fromkeys(table["row"]) if row in set(done["row"])]
    x = np.full((len(rows), len(var)), np.nan)
    for row, sequence in done.itertuples(index=False, name=None):
        at = ((own.table["row"] == row) & (own.table["sequence"] == sequence)).to_numpy()
        start = sequences.index(sequence) * width
        x[rows.index(row), start : start + width] = pooled(values[at], how.pooling)
    return AnnData(X=x, obs=_obs(table, own.table, rows), var=var)


def _var(sequences: Sequence[str], how: TransferSettings) -> pd.DataFrame:
    statistics = {"mean_sd": ["mean", "sd"]}.get(how.pooling, [how.pooling])
    stage = "" if how.layer == "avgpool" else f"_{how.layer}"
    var = pd.DataFrame(
        [
            (f"{s}_{how.backbone}{stage}_{d:03d}" + ("_sd" if statistic == "sd" else ""), how.backbone, s, how.layer, d,
             statistic)
            for s in sequences for statistic in statistics for d in range(n_features(how))
        ],
        columns=["name", "model", "sequence", "layer", "dimension", "statistic"],
    ).set_index("name")  # fmt: skip
    var.index.name = None
    return var


def _obs(table: pd.DataFrame, slices: pd.DataFrame, rows: list[str]) -> pd.DataFrame:
    per_row = table.groupby("row", sort=False)
    obs = pd.DataFrame(index=pd.Index(rows, dtype=object))
    obs[PATIENT] = per_row[PATIENT].first().reindex(rows).to_numpy(dtype=object)
    counts = slices.groupby("row")["sequence"].agg(["nunique", "size"]).reindex(rows)
    obs["n_sequences"] = counts["nunique"].to_numpy(dtype=np.int64)
    obs["n_slices"] = counts["size"].to_numpy(dtype=np.int64)
    for column in _REPEATED:
        if column in table and table[column].notna().any():
            joined = per_row[column].agg(lambda v: "+".join(dict.fromkeys(v.dropna().map(str))))
            joined = joined.astype(object).where(joined != "", None)
            obs[column] = pd.Categorical(joined.reindex(rows).to_numpy(dtype=object))
    return obs


def _kept(adata: AnnData, drop: bool) -> tuple[BoolArray, pd.DataFrame]:
    """Features that vary, and how many of each sequence do not."""
    x, sequence = np.asarray(adata.X), adata.var["sequence"].to_numpy(dtype=str)
    keep, counts = np.ones(adata.n_vars, dtype=bool), []
    for name in dict.fromkeys(sequence):
        own = sequence == name
        rows = x[np.isfinite(x[:, own]).all(axis=1)][:, own]
        null = (rows == 0).all(axis=0)
        constant = (np.ptp(rows, axis=0) == 0) & ~null if len(rows) else np.zeros(own.sum(), dtype=bool)
        if drop and len(rows) < 2:
            warnings.warn(
                f"{name}: features of {len(rows)} patient(s); none can be called constant, so all are kept",
                RadiogenomicsWarning,
                stacklevel=3,
            )
        elif drop:
            keep[own] = ~(null | constant)
        counts.append((name, int(null.sum()), int(constant.sum()), int(keep[own].sum())))
    if not keep.any():
        raise DegenerateInputError(
            "extract_transfer",
            Fault("every feature the same in all patients", "features that vary", hint="Look at weights and slices."),
        )
    return keep, pd.DataFrame(counts, columns=["sequence", "null", "constant", "kept"])
