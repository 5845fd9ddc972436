"""Masks drawn on one sequence, taken to another."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._random import spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.im._case import Case, Failure, Steps, told
from radiogenomics.im._derived import FAILURE_COLUMNS, case_rows, read_case, record, seed_of_case, write_manifest
from radiogenomics.im._distance import dice, volume_ml
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._peritumoral_masks import body
from radiogenomics.im._prepare import write_image
from radiogenomics.im._preprocess import file_name, unique_name
from radiogenomics.im._register import mutual_information, register_rigid

if TYPE_CHECKING:
    from SimpleITK import Euler3DTransform, Image, Transform

_OF_THE_MASK = ("label", "roi", "resample_mask")
FAR_MM = 10.0
ROUNDING = 1e-6  # a voxel that is half covered counts as inside


def transfer_masks(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    source: str,
    target: str,
    registration: Literal["rigid"] | None = None,
    mask_interpolator: Literal["linear", "nearest"] = "linear",
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Masks of one sequence on the grid of another, with optional rigid registration of the images.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``masks/`` (each also as it would be without registration), ``manifest.csv``, ``cases.csv`` and
        ``failures.csv``.
    source
        Sequence whose masks are taken.
    target
        Sequence they are taken to.
    registration
        ``"rigid"``: rotation and translation with the most mutual information, where it is more than without; by
        default the scanner's coordinates are trusted.
    mask_interpolator
        ``"linear"`` keeps voxels where the interpolated mask is at least one half; ``"nearest"`` takes the nearest
        voxel.
    rng
        Seed or Generator of the voxels that the registration looks at.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    A manifest with the target's images and the transferred masks; ``reader`` is ``from <source>``.
    ``attrs["cases"]`` (also ``cases.csv``) has ``volume_source_ml``, ``volume_ml``, ``cut_off_share`` (share of the
    region beyond the target's image), ``shift_mm`` and ``turn_degrees`` of the registration, and before and after it:
    ``mutual_information``, ``dice_body`` (of the bodies on the two images) and ``dice_own`` (with the target's own
    mask, where the manifest has one).

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    table, _ = case_rows(manifest, None)
    known = list(dict.fromkeys(table["sequence"]))
    faults = [
        Fault(repr(name), f"a sequence of the manifest: {', '.join(known)}", column=argument)
        for argument, name in (("source", source), ("target", target)) if name not in known
    ]  # fmt: skip
    if source == target:
        faults.append(Fault(f"{source!r} for both", "two sequences", column="target"))
    if registration not in (None, "rigid"):
        faults.append(Fault(repr(registration), "'rigid' or None", column="registration"))
    if mask_interpolator not in ("linear", "nearest"):
        faults.append(Fault(repr(mask_interpolator), "'linear' or 'nearest'", column="mask_interpolator"))
    if faults:
        raise InputError("transfer_masks", faults)
    base = spawn_seeds(rng, 1)[0]
    out = Path(out_dir).absolute()
    rows, jobs, lacking = _pairs(table, source, target, out, base)
    settings = {"registration": registration, "mask_interpolator": mask_interpolator}
    results = parallel_map(_transferred, [(*j, settings) for j in jobs], n_jobs=n_jobs, description="Transferring")
    failed = list(lacking)
    kept, numbers = [], []
    for row, job, result in zip(rows, jobs, results, strict=True):
        if isinstance(result, Failure):
            failed.append((row[PATIENT], target, result.step, result.error, result.message))
            continue
        kept.append({**row, "mask": job[2]})
        numbers.append({PATIENT: row[PATIENT], "sequence": target, "reader": row["reader"], **result})
    if not kept:
        lines = [(p, s, step, text) for p, s, step, _, text in failed]
        raise InputError("images", f"all {len(failed)} cases failed:\n{told(lines)}")
    new = pd.DataFrame(kept).drop(columns=[c for c in _OF_THE_MASK if c in table])
    new.attrs = {"failures": pd.DataFrame(failed, columns=FAILURE_COLUMNS, dtype=object).to_dict("records"),
                 "cases": numbers}  # fmt: skip
    _warn_of_moves(numbers)
    step = {"made_by": "transfer_masks", "source": source, "target": target, **settings, "seed": base}
    new.attrs["preprocessing"] = record(table, step)
    return write_manifest(new, out)


def _warn_of_moves(numbers: list[dict[str, Any]]) -> None:
    far = {n[PATIENT]: n["shift_mm"] for n in numbers if n["shift_mm"] > FAR_MM}
    if far:
        named = ", ".join(f"{patient} {mm:.0f} mm" for patient, mm in list(far.items())[:5])
        warnings.warn(
            f"registration moved {len(far)} of {len(numbers)} images by more than {FAR_MM:g} mm ({named}): look at "
            "them with rg.pl.mask_transfer; on images cropped to the tumour mutual information often misleads",
            RadiogenomicsWarning,
            stacklevel=3,
        )


Job = tuple[Case, Case, str, str, tuple[int, int]]
Lacking = tuple[str, str, str, str, str]


def _pairs(
    table: pd.DataFrame, source: str, target: str, out: Path, base: int
) -> tuple[list[dict[str, Any]], list[Job], list[Lacking]]:
    """Rows to be, what to do for each, and source masks of patients without the target."""
    by = [PATIENT, "visit"] if "visit" in table else [PATIENT]
    rows: list[dict[str, Any]] = []
    jobs: list[Job] = []
    lacking: list[Lacking] = []
    taken: set[str] = set()
    _, cases = case_rows(table, None)
    for _, own in table.groupby(by, sort=False, dropna=False):
        targets = own[own["sequence"] == target]
        for i, row in zip(own.index.tolist(), own.to_dict("records"), strict=True):
            if row["sequence"] != source:
                continue
            if targets.empty:
                lacking.append((str(row[PATIENT]), target, "read", "InputError",
                                f"patient {row[PATIENT]} has no image of {target}"))  # fmt: skip
                continue
            onto = targets.iloc[0].to_dict()
            said = [str(row[c]) for c in ("reader", "reading", "visit") if c in row and not pd.isna(row[c])]
            stem = "_".join(file_name(s) for s in [str(row[PATIENT]), f"{target}-from-{source}", *said])
            name = unique_name(stem, taken)
            reader = row.get("reader")
            who = f"from {source}" if reader is None or pd.isna(reader) else f"{reader}, from {source}"
            rows.append({**{str(k): v for k, v in onto.items()}, "reader": who})
            jobs.append((cases[i], cases[int(targets.index[0])], str(out / "masks" / f"{name}.nrrd"),
                         str(out / "masks" / f"{name}_before.nrrd"), seed_of_case(base, row)))  # fmt: skip
    return rows, jobs, lacking


def _transferred(
    source: Case, target: Case, out: str, before_out: str, seed: tuple[int, int], settings: dict[str, Any]
) -> dict[str, Any] | Failure:
    sitk = optional_import("SimpleITK", needed_for="registration")
    steps = Steps()
    try:
        with quiet_single_thread():
            moving, mask = read_case(source, steps)
            fixed, own = read_case(target, steps)
            here = sitk.Euler3DTransform()
            transform, about = here, {"registered": False, "shift_mm": 0.0, "turn_degrees": 0.0}
            if settings["registration"] == "rigid":
                steps.enter("register")
                found = register_rigid(fixed, moving, seed=seed[0] ^ seed[1])
                transform = found.transform
                about = {"registered": found.improved, "shift_mm": found.shift_mm, "turn_degrees": found.turn_degrees}
            steps.enter("transfer")
            plain = on_grid_of(mask, fixed, here, settings["mask_interpolator"])
            new = on_grid_of(mask, fixed, transform, settings["mask_interpolator"])
            if not sitk.GetArrayViewFromImage(new).any():
                raise DegenerateInputError(source.mask, Fault(f"a region off the image {target.image}",
                                                              "images of the same part of the body"))  # fmt: skip
            steps.enter("compare")
            whole = {"volume_source_ml": volume_ml(mask), "volume_ml": volume_ml(new),
                     "cut_off_share": _cut_off(mask, fixed, transform)}  # fmt: skip
            whole |= about
            before = after = _overlap(fixed, moving, here, plain, own)
            if transform is not here:
                after = _overlap(fixed, moving, transform, new, own)
            whole |= {f"{name}_before": v for name, v in before.items()}
            whole |= {f"{name}_after": v for name, v in after.items()}
            steps.enter("write")
            write_image(new, out)
            write_image(plain, before_out)
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)
    return whole


def on_grid_of(mask: Image, image: Image, transform: Transform, interpolator: str) -> Image:
    """The mask on the grid of an image; ``transform`` maps the image's space to the mask's."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    if interpolator == "nearest":
        moved: Image = sitk.Resample(mask, image, transform, sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
        return moved
    covered = sitk.Resample(sitk.Cast(mask, sitk.sitkFloat32), image, transform, sitk.sitkLinear, 0.0)
    result: Image = sitk.GetImageFromArray((sitk.GetArrayViewFromImage(covered) >= 0.5 - ROUNDING).astype(np.uint8))
    result.CopyInformation(image)
    return result


def _cut_off(mask: Image, image: Image, transform: Transform) -> float:
    """Share of the region that lies beyond an image."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    ones = sitk.Image(image.GetSize(), sitk.sitkUInt8) + 1
    ones.CopyInformation(image)
    # Half a voxel around the outermost centres is still the image.
    ones = sitk.ConstantPad(ones, [1, 1, 1], [1, 1, 1], 0)
    covered = sitk.Resample(ones, mask, transform.GetInverse(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    inside = sitk.GetArrayViewFromImage(mask) != 0
    return 1 - float(np.mean(sitk.GetArrayViewFromImage(covered)[inside] != 0))


def _overlap(fixed: Image, moving: Image, transform: Euler3DTransform, mask: Image, own: Image) -> dict[str, float]:
    sitk = optional_import("SimpleITK", needed_for="registration")
    there = sitk.GetImageFromArray(body(moving).astype(np.uint8))
    there.CopyInformation(moving)
    bodies = sitk.GetArrayFromImage(sitk.Resample(there, fixed, transform, sitk.sitkNearestNeighbor, 2))
    both = bodies != 2  # voxels of the fixed image that the moving one covers
    overlap = dice((bodies == 1) & both, body(fixed) & both)
    regions = [sitk.GetArrayViewFromImage(m) != 0 for m in (mask, own)]
    return {"mutual_information": mutual_information(fixed, moving, transform), "dice_body": overlap,
            "dice_own": dice(*regions)}  # fmt: skip
