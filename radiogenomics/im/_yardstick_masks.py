"""Masks that any segmenter must beat: an ellipsoid in the middle of the volume, and a threshold inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._types import BoolArray, FloatArray, StrPath
from radiogenomics.core.mask_overlap import mask_overlap
from radiogenomics.im._case import Case, Failure, Steps, told
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._derived import FAILURE_COLUMNS, read_case, record, write_manifest
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import ALL, cases_of, choose_reads, manifest_frame
from radiogenomics.im._prepare import write_image
from radiogenomics.im._preprocess import file_name, unique_name

if TYPE_CHECKING:
    from SimpleITK import Image

Yardstick = Literal["ellipsoid", "otsu"]
_OF_THE_MASK = ("label", "roi", "resample_mask", "reading")


def yardstick_masks(
    manifest: StrPath | pd.DataFrame,
    folds: pd.DataFrame,
    out_dir: StrPath,
    *,
    kind: Yardstick = "ellipsoid",
    sequences: Sequence[str] | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Masks without a network, for the folds of a segmenter: what a figure of Dice is to be read beside.

    Volumes that were cropped around the tumour tell where it is. ``"ellipsoid"`` takes this hint and nothing else:
    it lies in the middle of the volume and takes, along each axis, the share of the volume's length that the tumours of
    the training patients take on average.
    ``"otsu"`` keeps the voxels of it that lie on one side of Otsu's threshold :cite:p:`Otsu1979`; which side, the
    training patients tell.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it, with reference masks.
    folds
        ``fold`` and ``patient_id``, as ``folds.csv`` of :func:`train_segmenter`. A patient gets the mask that the
        patients of the other folds make.
    out_dir
        Folder for ``masks/``, ``manifest.csv``, ``cases.csv`` and ``failures.csv``.
    kind
        Which yardstick.
    sequences
        Sequences to use; by default all.
    reader, reading
        Which reference masks, as of :func:`extract_radiomics`.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest of the new masks, whose ``reader`` is `kind`, for :func:`evaluate_masks`. ``attrs["cases"]``: the
    shares of the volume's sides used (``share_x`` ...) and of Otsu the side.

    Raises
    ------
    InputError
        If arguments are at fault, patients are in no fold, or every case fails.
    """
    if kind not in get_args(Yardstick):
        raise InputError("kind", Fault(repr(kind), f"one of {', '.join(get_args(Yardstick))}"))
    table = manifest_frame(manifest, sequences)
    rows = choose_reads(table, reader, reading, ALL if "visit" in table else None)
    fold_of = _folds(folds, rows)
    cases = cases_of(rows)
    measured = parallel_map(_extents, [(c,) for c in cases], n_jobs=n_jobs, description="Extents")
    extents = _mean_extents(cases, measured, fold_of)
    sides: dict[tuple[str, int], bool] = {}
    if kind == "otsu":
        scored = parallel_map(
            _sides, [(c, {f: v for (s, f), v in extents.items() if s == c.sequence}) for c in cases], n_jobs=n_jobs,
            description="Thresholds",
        )  # fmt: skip
        sides = _better_sides(cases, scored, fold_of, list(extents))
    return _write(rows, cases, extents, sides, fold_of, kind, out_dir, n_jobs)


def ellipsoid(shape: Sequence[int], shares: Sequence[float] | FloatArray) -> BoolArray:
    """Voxels whose centre lies in an ellipsoid in the middle of a volume.

    Parameters
    ----------
    shape
        Voxels along the axes of the array.
    shares
        Of the array's sides that the ellipsoid takes.
    """
    total = np.zeros(tuple(shape))
    for axis, (n, share) in enumerate(zip(shape, shares, strict=True)):
        place = (np.arange(n) - (n - 1) / 2) / (n * share / 2)
        total += np.expand_dims(place**2, tuple(a for a in range(len(shape)) if a != axis))
    return np.asarray(total <= 1.0)


def _folds(folds: pd.DataFrame, rows: pd.DataFrame) -> dict[str, int]:
    missing = [c for c in ("fold", PATIENT) if c not in folds]
    if missing:
        raise InputError("folds", [Fault(f"columns {', '.join(map(str, folds))}", "this column", column=c)
                                   for c in missing])  # fmt: skip
    own = {str(p): int(f) for p, f in zip(folds[PATIENT], folds["fold"], strict=True)}
    lost = [p for p in dict.fromkeys(rows[PATIENT]) if p not in own]
    if lost:
        raise InputError(
            "folds", Fault(f"{len(lost)} patient(s) in no fold ({', '.join(lost[:5])})", "a fold for each")
        )
    if len(set(own.values())) < 2:
        raise InputError("folds", Fault("one fold", "two or more: a mask is made by the other folds"))
    return own


def _extents(case: Case) -> tuple[float, float, float] | Failure:
    """Shares of the volume's sides that a reference mask takes, along z, y and x."""
    steps = Steps()
    try:
        with quiet_single_thread():
            _, mask = read_case(case, steps)
            x, y, z = (n / total for n, total in zip(bounding_box(mask).size, mask.GetSize(), strict=True))
            return z, y, x
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _mean_extents(
    cases: Sequence[Case], measured: Sequence[Any], fold_of: Mapping[str, int]
) -> dict[tuple[str, int], FloatArray]:
    """Mean shares of the other folds' patients, by sequence and fold."""
    out = {}
    for sequence in dict.fromkeys(c.sequence for c in cases):
        for fold in sorted(set(fold_of.values())):
            known = [
                m for c, m in zip(cases, measured, strict=True)
                if c.sequence == sequence and fold_of[c.patient_id] != fold and not isinstance(m, Failure)
            ]  # fmt: skip
            if not known:
                raise DegenerateInputError("folds", Fault(f"no mask of {sequence} outside fold {fold}", "one or more"))
            out[sequence, fold] = np.mean(known, axis=0)
    return out


def otsu_inside(image: Image, region: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Voxels of a region below and above Otsu's threshold of its intensities (256 bins)."""
    sitk = optional_import("SimpleITK", needed_for="rg.im.yardstick_masks")
    values = sitk.GetArrayViewFromImage(image)
    own = values[region].astype(np.float64)
    low = np.zeros(region.shape, dtype=bool)
    if not own.size or np.ptp(own) == 0:
        return region.copy(), low  # no threshold splits one intensity
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.SetNumberOfHistogramBins(256)
    otsu.Execute(sitk.GetImageFromArray(own[None, None, :]))  # the region alone, as a line of voxels
    low[region] = own <= otsu.GetThreshold()
    return low, region & ~low


def _sides(case: Case, extents: Mapping[int, FloatArray]) -> dict[int, tuple[float, float]] | Failure:
    """Dice of the dark and of the bright voxels inside the ellipsoid of each fold."""
    steps = Steps()
    try:
        with quiet_single_thread():
            image, mask = read_case(case, steps)
            sitk = optional_import("SimpleITK", needed_for="rg.im.yardstick_masks")
            truth = sitk.GetArrayViewFromImage(mask) != 0
            out = {}
            for fold, lengths in extents.items():
                dark, bright = otsu_inside(image, ellipsoid(truth.shape, lengths))
                out[fold] = (mask_overlap(dark, truth).dice, mask_overlap(bright, truth).dice)
            return out
    except Exception as error:  # as above
        return steps.failure(error)


def _better_sides(
    cases: Sequence[Case], scored: Sequence[Any], fold_of: Mapping[str, int], wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], bool]:
    """Whether the bright side is the better one in the other folds' patients."""
    out = {}
    for sequence, fold in wanted:
        pairs = [
            s[fold] for c, s in zip(cases, scored, strict=True)
            if c.sequence == sequence and fold_of[c.patient_id] != fold and not isinstance(s, Failure)
        ]  # fmt: skip
        if not pairs:
            failed = next(s for s in scored if isinstance(s, Failure))
            found = f"no case outside fold {fold} could be read ({failed.message})"
            raise DegenerateInputError("folds", Fault(found, "one or more"))
        dark, bright = np.mean(pairs, axis=0)
        out[sequence, fold] = bool(bright > dark)
    return out


def _made(case: Case, lengths: FloatArray, bright: bool | None, path: str) -> dict[str, float] | Failure:
    steps = Steps()
    try:
        with quiet_single_thread():
            image, _ = read_case(case, steps)
            sitk = optional_import("SimpleITK", needed_for="rg.im.yardstick_masks")
            steps.enter("make")
            marked = ellipsoid(image.GetSize()[::-1], lengths)
            if bright is not None:
                marked = otsu_inside(image, marked)[int(bright)]
            if not marked.any():
                raise DegenerateInputError(case.image, Fault("no voxel inside", "a region"))
            mask = sitk.GetImageFromArray(marked.astype(np.uint8))
            mask.CopyInformation(image)
            steps.enter("write")
            write_image(mask, path)
            z, y, x = (float(v) for v in lengths)
            return {"share_x": x, "share_y": y, "share_z": z}
    except Exception as error:  # as above
        return steps.failure(error)


def _write(
    rows: pd.DataFrame, cases: Sequence[Case], extents: Mapping[tuple[str, int], FloatArray],
    sides: Mapping[tuple[str, int], bool], fold_of: Mapping[str, int], kind: str, out_dir: StrPath, n_jobs: int | None,
) -> pd.DataFrame:  # fmt: skip
    out, taken, work = Path(out_dir).absolute(), set[str](), []
    for case in cases:
        own = (case.sequence, fold_of[case.patient_id])
        stem = unique_name(f"{file_name(case.row.replace('|', '_'))}_{file_name(case.sequence)}_{kind}", taken)
        work.append((case, extents[own], sides.get(own), str(out / "masks" / f"{stem}.nrrd")))
    results = parallel_map(_made, work, n_jobs=n_jobs, description=kind.capitalize())
    new, numbers, failed = [], [], []
    for row, (case, _, bright, path), result in zip(rows.to_dict("records"), work, results, strict=True):
        if isinstance(result, Failure):
            failed.append((case.patient_id, case.sequence, result.step, result.error, result.message))
            continue
        kept = {str(c): v for c, v in row.items() if c not in ("row", *_OF_THE_MASK)}
        new.append({**kept, "mask": path, "reader": kind})
        side = {} if bright is None else {"side": "bright" if bright else "dark"}
        numbers.append({PATIENT: case.patient_id, "sequence": case.sequence, "fold": fold_of[case.patient_id],
                        **result, **side})  # fmt: skip
    if not new:
        lines = [(p, s, step, text) for p, s, step, _, text in failed]
        raise InputError("images", f"all {len(cases)} cases failed:\n{told(lines)}")
    done = pd.DataFrame(new)
    failures = pd.DataFrame(failed, columns=FAILURE_COLUMNS, dtype=object)
    done.attrs = {"failures": failures.to_dict("records"), "cases": numbers}
    done.attrs["preprocessing"] = record(rows, {"made_by": "yardstick_masks", "kind": kind})
    return write_manifest(done, out)
