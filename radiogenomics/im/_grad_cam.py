"""Where in the slices a network found what it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray, StrPath
from radiogenomics.im._autoencoder_folder import read_model
from radiogenomics.im._extract_transfer import n_features, stage_of
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import Slices, prepare_slices
from radiogenomics.schemas.deep import SliceSettings, TransferSettings

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True)
class GradCam:
    """Maps of slices.

    Attributes
    ----------
    images
        (n, size, size) slices in [0, 1].
    masks
        (n, size, size) tumour.
    maps
        (n, size, size): how much a place raised the score; negative where it lowered it, if asked for.
    table
        A row per slice: ``patient_id``, ``sequence``, ``plane``, ``position``, ``network``, ``score``.
    settings
        What was asked for, and ``mask``: how the network sees the mask.
    """

    images: FloatArray
    masks: BoolArray
    maps: FloatArray
    table: pd.DataFrame
    settings: dict[str, Any]


def grad_cam(
    manifest: StrPath | pd.DataFrame,
    model: StrPath | AnnData,
    *,
    target: str | Mapping[str, float] | pd.Series | None = None,
    weights: StrPath | None = None,
    layer: str | int | None = None,
    patients: Sequence[str] | None = None,
    every_slice: bool = False,
    rectify: bool = True,
    out_of_fold: bool | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> GradCam:
    """Maps of what in a slice raises a network's score :cite:p:`Selvaraju2017`.

    Of an HSCAE the score is that of its head; of transfer features it is a feature, or a linear combination of them
    such as a signature. The maps have the resolution of the layer they are made of and are enlarged to the slice.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    model
        Folder of an HSCAE (:func:`train_autoencoder`), or the features of :func:`extract_transfer`.
    target
        Of an HSCAE with several classes, the class. Of transfer features the name of one, or coefficients by name
        (a mapping or a Series); a slice is judged by those of its own sequence.
    weights
        Of transfer features: the file they were made with.
    layer
        Whose maps are used. Of an HSCAE the number of the strided convolution, from 1, by default the last one with
        maps of 8 x 8 pixels or more. Of transfer features a stage up to that of the features, by default that one.
    patients
        Whose slices; by default all.
    every_slice
        All slices of the model; otherwise the one with most tumour of each patient and sequence.
    rectify
        Show only what raises the score, as the method is published; otherwise also what lowers it, as negative values.
    out_of_fold
        Of an HSCAE: use the network that never saw the patient (of the first repeat) where there is one. By default
        ``True``.
    reader, reading
        Which masks, as of :func:`extract_radiomics`.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    n_jobs
        Workers that cut slices.
    cache_dir
        Folder that keeps the slices of each case.

    Returns
    -------
    GradCam

    Raises
    ------
    InputError
        If arguments are at fault, or the model has no score (a CAE).
    """
    for name in ("torch", "monai"):
        optional_import(name, needed_for="rg.im.grad_cam")
    from radiogenomics.nn._device import device_of

    where = device_of(device)
    table = choose_reads(manifest_frame(manifest), reader, reading)
    if patients is not None:
        for patient in patients:
            if str(patient) not in set(table[PATIENT]):
                raise unknown_name("patient", str(patient), dict.fromkeys(table[PATIENT]))
        table = table[table[PATIENT].isin([str(p) for p in patients])].reset_index(drop=True)
    of_features = not isinstance(model, str | Path)
    _check(of_features, target, weights, layer, out_of_fold)
    source: _Features | _Autoencoder
    if of_features:
        source = _Features(model, target, weights, layer)
    else:
        source = _Autoencoder(model, target, layer, out_of_fold)
    parts = []
    for sequence in [s for s in dict.fromkeys(table["sequence"]) if s in source.sequences]:
        cases = cases_of(table[table["sequence"] == sequence])
        own = prepare_slices(cases, source.slices(sequence), n_jobs=n_jobs, cache_dir=cache_dir)
        own = own if every_slice else _largest(own)
        parts.append((own, *source.maps(sequence, own, where, rectify)))
    if not parts:
        known = ", ".join(source.sequences)
        raise InputError(
            "manifest", Fault(f"sequences {', '.join(dict.fromkeys(table['sequence']))}", f"one of {known}")
        )
    rows = [own.table.assign(network=networks, score=scores) for own, _, scores, networks in parts]
    return GradCam(
        np.concatenate([own.images for own, *_ in parts]),
        np.concatenate([own.masks for own, *_ in parts]),
        np.concatenate([maps for _, maps, *_ in parts]).astype(np.float32),
        pd.concat(rows, ignore_index=True)[[PATIENT, "sequence", "plane", "position", "network", "score"]],
        source.settings | {"mask": parts[0][0].settings.mask, "rectify": rectify, "every_slice": every_slice},
    )


def _check(of_features: bool, target: Any, weights: Any, layer: Any, out_of_fold: Any) -> None:
    faults = []
    if of_features:
        if target is None:
            faults.append(Fault("nothing", "a feature's name, or coefficients by name", column="target"))
        if weights is None:
            faults.append(Fault("nothing", "the file of weights that the features were made with", column="weights"))
        if out_of_fold is not None:
            faults.append(Fault(repr(out_of_fold), "nothing with transfer features", column="out_of_fold"))
        if layer is not None and not isinstance(layer, str):
            faults.append(Fault(repr(layer), "a stage such as 'layer3'", column="layer"))
    else:
        if weights is not None:
            faults.append(Fault("a file", "nothing with the folder of an HSCAE", column="weights"))
        if target is not None and not isinstance(target, str):
            faults.append(Fault(f"a {type(target).__name__}", "the name of a class", column="target"))
        if layer is not None and not isinstance(layer, int):
            faults.append(Fault(repr(layer), "the number of a strided convolution, from 1", column="layer"))
    if faults:
        raise InputError("grad_cam", faults)


def _largest(own: Slices) -> Slices:
    """The slice with most tumour of each patient."""
    rows = own.table.groupby(PATIENT, sort=False)["area_mm2"].idxmax().to_numpy()
    return own.take(np.sort(rows))


class _Features:
    """Transfer features and their network."""

    def __init__(self, adata: Any, target: Any, weights: Any, layer: Any) -> None:
        from radiogenomics.nn._resnet import STAGES, read_resnet

        if "transfer" not in getattr(adata, "uns", {}):
            found = f"a {type(adata).__name__} without uns['transfer']"
            raise InputError("model", Fault(found, "the folder of an HSCAE, or features of rg.im.extract_transfer"))
        given = settings_of(adata.uns, "transfer")
        self.how = TransferSettings.model_validate({k: given[k] for k in TransferSettings.model_fields})
        self.cut = SliceSettings.model_validate(given["slices"])
        self.network, digest = read_resnet(weights, self.how.backbone)
        if digest != given["weights"]["sha256"]:
            raise InputError(str(weights), Fault("other weights", f"those of the features ({given['weights']['file']}, "
                                                 f"SHA-256 {given['weights']['sha256'][:8]}...)"))  # fmt: skip
        self.stage = stage_of(self.how.layer)
        allowed = STAGES[: STAGES.index(self.stage) + 1]
        self.shown = self.stage if layer is None else layer
        if self.shown not in allowed:
            raise InputError("layer", Fault(repr(layer), f"one of {', '.join(allowed)}"))
        self.coefficients = _coefficients(adata.var, target, n_features(self.how))
        self.sequences = list(self.coefficients)
        named = target if isinstance(target, str) else {str(k): float(v) for k, v in dict(target).items()}
        self.settings: dict[str, Any] = {"model": self.how.backbone, "target": named, "layer": self.shown,
                                         "weights": digest}  # fmt: skip

    def slices(self, sequence: str) -> SliceSettings:
        return self.cut

    def maps(self, sequence: str, own: Slices, device: str, rectify: bool) -> tuple[FloatArray, FloatArray, list[str]]:
        from radiogenomics.nn._gradcam import resnet_maps

        maps, values = resnet_maps(
            self.network, own.inputs()[:, 0], self.coefficients[sequence], features=self.stage, maps=self.shown,
            device=device, rectify=rectify,
        )  # fmt: skip
        return maps, values, [self.how.backbone] * len(maps)


def _coefficients(var: pd.DataFrame, target: Any, width: int) -> dict[str, FloatArray]:
    """Coefficients of all dimensions, by sequence."""
    given = {target: 1.0} if isinstance(target, str) else {str(k): float(v) for k, v in dict(target).items()}
    out: dict[str, FloatArray] = {}
    for name, value in given.items():
        if name not in var.index:
            raise unknown_name("target", name, var.index)
        row = var.loc[name]
        if row["statistic"] not in ("mean", "max"):
            hint = "A slice by itself has no standard deviation."
            raise InputError("target", Fault(name, "features of one slice, or means of them", hint=hint))
        out.setdefault(str(row["sequence"]), np.zeros(width))[int(str(row["dimension"]))] += value
    if not out or not any(v.any() for v in out.values()):
        raise InputError("target", Fault("no coefficient other than 0", "a feature, or coefficients by name"))
    return out


class _Autoencoder:
    """An HSCAE's networks: for each patient the one that never saw him, or the final one."""

    def __init__(self, folder: Any, target: Any, layer: Any, out_of_fold: bool | None) -> None:
        self.model = read_model(folder, needed_for="rg.im.grad_cam")
        if not self.model.supervised:
            hint = "Its features have no score; give an HSCAE, or the features of rg.im.extract_transfer."
            raise InputError(str(folder), Fault(f"a model {self.model.settings.model!r}", "'hscae'", hint=hint))
        n = len(self.model.settings.widths)
        if layer is not None and not 1 <= layer <= n:
            raise InputError("layer", Fault(str(layer), f"1 to {n}"))
        label = self.model.about["label"]
        self.layer, self.output = layer, _output(label, target)
        self.sequences = list(self.model.slices)
        # The patients of a fold are seen by the network that did not learn from them.
        left_out = {p: task for task in self.model.folds(0) for p in task.judge}
        self.seen_by = {} if out_of_fold is False else left_out
        self.settings: dict[str, Any] = {"model": "hscae", "target": target, "label": label["kind"], "layer": layer,
                                         "out_of_fold": out_of_fold is not False}  # fmt: skip

    def slices(self, sequence: str) -> SliceSettings:
        return self.model.slices[sequence]

    def maps(self, sequence: str, own: Slices, device: str, rectify: bool) -> tuple[FloatArray, FloatArray, list[str]]:
        from radiogenomics.nn._architecture import HSCAE
        from radiogenomics.nn._gradcam import hscae_maps

        images = own.inputs()
        tasks = [self.seen_by.get(p, self.model.final) for p in own.table[PATIENT]]
        names = np.array([task.name for task in tasks])
        maps: FloatArray = np.zeros(own.images.shape, dtype=np.float32)
        scores = np.zeros(len(images))
        for task in dict.fromkeys(tasks):
            at = names == task.name
            network = self.model.network(sequence, task)
            if not isinstance(network, HSCAE):
                raise TypeError("an HSCAE has a head")
            maps[at], scores[at] = hscae_maps(
                network, images[at], output=self.output, block=self.layer, device=device, rectify=rectify
            )
        return maps, scores, [str(name) for name in names]


def _output(label: Mapping[str, Any], target: str | None) -> int:
    """Place of a class in the head's outputs."""
    classes = list(label["classes"])
    if label["kind"] != "classes":
        positive = classes[1] if label["kind"] == "binary" else None
        if target is not None and target != positive:
            wanted = f"{positive!r}, which is what the score is of" if positive else "nothing: the score is the hazard"
            raise InputError("target", Fault(repr(target), wanted))
        return 0
    if target is None:
        raise InputError("target", Fault("nothing", f"one of the classes {', '.join(classes)}"))
    if target not in classes:
        raise unknown_name("target", target, classes)
    return classes.index(target)
