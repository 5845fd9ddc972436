"""Features of tumours by a trained autoencoder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from radiogenomics._cohort import to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.im._autoencoder_folder import TABLES, AutoencoderModel, read_model
from radiogenomics.im._latent import ALIGNMENT, Encoder, feature_table, pooled
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import prepare_slices
from radiogenomics.schemas.deep import Estimate, Pooling

if TYPE_CHECKING:
    from anndata import AnnData

#: Share of the target's variance below which two networks' spaces cannot be said to have been brought together.
_POOR = 0.5


def encode(
    manifest: StrPath | pd.DataFrame,
    model_dir: StrPath,
    *,
    estimate: Estimate | None = None,
    pooling: Pooling = "mean_sd",
    reader: str | None = None,
    reading: str | int | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> AnnData:
    """Latent features of each patient's slices by a model of :func:`train_autoencoder`.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it, with the sequences of the model; others are
        left out. With ``"out_of_fold"`` the patients of the training must be among them.
    model_dir
        Folder of the model.
    estimate
        Of patients in the folds of the training: ``"final"`` encodes them by the network that learned from all of
        them; ``"out_of_fold"`` by the networks of the folds that never saw them, turned into the final network's terms
        by a Procrustes map learned from each fold's training patients :cite:p:`Schonemann1966`. By default
        ``"out_of_fold"`` for a model that learned from labels, ``"final"`` for one that did not. All other patients
        are encoded by the final network.
    pooling
        What of a patient's slices makes the features: their mean, mean and standard deviation (how much the slices
        differ, 0 of a single slice), or maximum.
    reader, reading
        Which masks, as of :func:`extract_radiomics`; ``"all"`` for one row per patient and reader.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``.
    n_jobs
        Workers that cut slices.
    cache_dir
        Folder that keeps the slices of each case; that of the training saves cutting them again.

    Returns
    -------
    One row per patient (or patient and reader). ``var``: ``model``, ``sequence``, ``dimension``, ``statistic``.
    ``obs``: ``estimate`` (``"out_of_fold"``; ``"apparent"``: by a network that learned from the patient's own label;
    ``"seen"``: by one that saw the slices, but no label; ``"unseen"``) and ``n_slices_<sequence>``. ``uns``:
    ``encoder`` (model, settings, versions, JSON text), ``errors`` (mean squared error of the patients left out, beside
    the yardsticks), ``learning_curves``, ``folds``, ``alignment`` (share of variance explained by each map) and
    ``failures``. Of a model with ``inner_folds``: ``obsm["view_0"]`` ..., the features as everything outside each
    fold of the first repeat allows, for outcome models cross-validated on the same folds (``uns["views"]``:
    ``patient_id``, ``fold``; -1 of patients in none).

    Raises
    ------
    InputError
        If arguments or the folder are at fault, a sequence of the model is not in the manifest, or every case fails.
    MissingDependencyError
        If torch (extra ``deep``) is not installed.

    Warns
    -----
    RadiogenomicsWarning
        If patients lack a sequence (their features are missing), or the spaces of two networks differ too much.
    """
    model = read_model(model_dir, needed_for="rg.im.encode")
    how = _estimate(model, estimate, pooling)
    table = choose_reads(_of_model(manifest, model), reader, reading)
    names = list(dict.fromkeys(table["row"]))
    encoders = _encoders(model, table, device, n_jobs, cache_dir)
    parts = [_features(e, how, pooling, names) for e in encoders]
    views = [_view(encoders, k, pooling, names) for k in range(len(model.folds(0)))] if _nested(model) else []
    _warn_of_alignment(encoders)
    sliced = [r for r in names if any(r in set(e.slices.table["row"]) for e in encoders)]
    kept = np.isin(names, sliced)
    patients = table.groupby("row", sort=False)[PATIENT].first().reindex(sliced)
    var = pd.concat([feature_table(e.sequence, model, pooling) for e in encoders])
    return _anndata(np.hstack(parts)[kept], patients, var, [v[kept] for v in views], encoders, how, pooling)


def _estimate(model: AutoencoderModel, estimate: Estimate | None, pooling: Pooling) -> Estimate:
    faults = []
    if estimate is not None and estimate not in get_args(Estimate):
        faults.append(Fault(repr(estimate), "'final', 'out_of_fold' or None", column="estimate"))
    if pooling not in get_args(Pooling):
        faults.append(Fault(repr(pooling), "'mean', 'mean_sd' or 'max'", column="pooling"))
    if faults:
        raise InputError("encode", faults)
    return estimate or ("out_of_fold" if model.supervised else "final")


def _of_model(manifest: StrPath | pd.DataFrame, model: AutoencoderModel) -> pd.DataFrame:
    """Rows of the model's sequences."""
    table = manifest_frame(manifest)
    there, wanted = list(dict.fromkeys(table["sequence"])), list(model.slices)
    missing = [s for s in wanted if s not in there]
    if missing:
        raise InputError(
            "manifest",
            Fault(f"sequences {', '.join(there)}", f"{', '.join(missing)}, which the model learned from",
                  column="sequence", hint="A network knows one sequence; train another for other images."),
        )  # fmt: skip
    table = table[table["sequence"].isin(wanted)].reset_index(drop=True)
    lacking = {s: [p for p in dict.fromkeys(table[PATIENT]) if p not in set(table.loc[table["sequence"] == s, PATIENT])]
               for s in wanted}  # fmt: skip
    for sequence, patients in lacking.items():
        if patients:
            shown = ", ".join(patients[:5]) + (" ..." if len(patients) > 5 else "")
            warnings.warn(
                f"{len(patients)} patient(s) have no {sequence} ({shown}); their {sequence} features are missing",
                RadiogenomicsWarning,
                stacklevel=3,
            )
    return table


def _encoders(
    model: AutoencoderModel, table: pd.DataFrame, device: str, n_jobs: int | None, cache_dir: StrPath | None
) -> list[Encoder]:
    from radiogenomics.nn._device import device_of

    where = device_of(device)
    return [
        Encoder(
            model,
            sequence,
            prepare_slices(cases_of(table[table["sequence"] == sequence]), cut, n_jobs=n_jobs, cache_dir=cache_dir),
            where,
        )
        for sequence, cut in model.slices.items()
    ]


def _features(encoder: Encoder, how: Estimate, pooling: Pooling, names: list[str]) -> FloatArray:
    latent = encoder.out_of_fold() if how == "out_of_fold" else encoder.of(encoder.model.final)
    return pooled(latent, encoder.slices.table["row"], names, pooling)


def _nested(model: AutoencoderModel) -> bool:
    return bool(model.about["inner_folds"])


def _view(encoders: Sequence[Encoder], fold: int, pooling: Pooling, names: list[str]) -> FloatArray:
    task = encoders[0].model.folds(0)[fold]
    return np.hstack([pooled(e.view(task), e.slices.table["row"], names, pooling) for e in encoders])


def _warn_of_alignment(encoders: Sequence[Encoder]) -> None:
    poor = [row for e in encoders for row in e.alignment if float(str(row["explained"])) < _POOR]
    if poor:
        worst = min(poor, key=lambda row: float(str(row["explained"])))
        warnings.warn(
            f"the latent spaces of {len(poor)} network(s) could not be brought together (at worst {worst['network']}: "
            f"{float(str(worst['explained'])):.0%} of the variance explained), so that out-of-fold features of "
            "different folds are hardly comparable; train longer or with fewer latent features (see uns['alignment'])",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _anndata(
    x: FloatArray, patients: pd.Series, var: pd.DataFrame, views: list[FloatArray], encoders: Sequence[Encoder],
    how: Estimate, pooling: Pooling,
) -> AnnData:  # fmt: skip
    from anndata import AnnData

    model, index = encoders[0].model, pd.Index(patients.index.to_numpy(dtype=object))
    obs = pd.DataFrame({PATIENT: patients.to_numpy(dtype=object)}, index=index)
    obs["estimate"] = pd.Categorical([_standing(model, how, p) for p in patients])
    for encoder in encoders:
        counts = encoder.slices.table["row"].value_counts().reindex(index, fill_value=0)
        obs[f"n_slices_{encoder.sequence}"] = counts.to_numpy(dtype=np.int64)
    var.index.name = None
    adata = AnnData(X=x, obs=obs, var=var)
    for k, values in enumerate(views):
        adata.obsm[f"view_{k}"] = pd.DataFrame(values, index=index, columns=var.index)
    apparent = [str(p) for p, e in zip(patients, obs["estimate"], strict=True) if e == "apparent"]
    failures = [model.tables["failures"].iloc[:0], *[e.slices.failures for e in encoders]]
    alignment = [row for e in encoders for row in e.alignment]
    adata.uns.update(
        to_uns(
            encoder=_about(model, how, pooling) | {"apparent": sorted(set(apparent))},
            alignment=pd.DataFrame(alignment, columns=ALIGNMENT),
            **{name: model.tables[name] for name in TABLES if name != "failures"},
            failures=pd.concat(failures, ignore_index=True),
        )
    )
    if views:
        fold = {p: t.fold for t in model.folds(0) for p in t.judge}
        own = list(dict.fromkeys(patients))
        adata.uns.update(to_uns(views=pd.DataFrame({PATIENT: own, "fold": [fold.get(p, -1) for p in own]})))
    return adata


def _standing(model: AutoencoderModel, how: Estimate, patient: str) -> str:
    """What the network that encoded a patient had seen of him."""
    if patient not in model.final.learn:
        return "unseen"
    if how == "out_of_fold":
        return "out_of_fold"
    return "apparent" if patient in model.labelled else "seen"


def _about(model: AutoencoderModel, how: Estimate, pooling: Pooling) -> dict[str, Any]:
    label = model.about["label"]
    return {
        "model": model.settings.model, "supervised": model.supervised, "estimate": how, "pooling": pooling,
        "label": None if label is None else {k: label[k] for k in ("kind", "classes")},
        "n_labelled": len(model.labelled), "sequences": list(model.slices), "test": list(model.test),
        "repeats": 1 + max(t.repeat for t in model.folds()), "folds": len(model.folds(0)),
        "inner_folds": model.about["inner_folds"], "settings": model.about["settings"],
        "slices": {s: cut.model_dump(mode="json") for s, cut in model.slices.items()},
        "versions": model.about["versions"],
    }  # fmt: skip
