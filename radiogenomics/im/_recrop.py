"""Volumes cut and padded at random, so that where they end no longer tells where the tumour is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._random import spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.im._case import Case, Failure, Steps, told
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._derived import FAILURE_COLUMNS, case_rows, read_case, record, seed_of_case, write_manifest
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import CHOICES
from radiogenomics.im._prepare import write_image
from radiogenomics.im._preprocess import file_name, unique_name

if TYPE_CHECKING:
    from SimpleITK import Image


def recrop(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    cut: float = 0.9,
    pad: float = 0.5,
    sequences: Sequence[str] | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Cut and pad every volume by random amounts on each side.

    Archives often hold volumes that were cropped around the tumour. A segmenter learns from that where the tumour is
    and how large, and is then of no use on whole images. On re-cropped volumes the middle is no longer the tumour.

    Padding is one intensity, so that a network can see where the tissue ends; where volumes end close to the tumour,
    the tissue itself goes on hinting at it. Volumes that are cropped generously are the only full remedy.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``images/``, ``masks/``, ``manifest.csv``, ``cases.csv`` and ``failures.csv``.
    cut
        Largest share, in [0, 1], of the tissue between tumour and border that is cut off a side; no voxel of the mask
        goes.
    pad
        Largest padding of a side, as a share of the volume's length; with the image's least intensity.
    sequences
        Sequences to use; by default all.
    rng
        Seed or Generator; what a case gets does not depend on the other cases or on the number of workers.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest of the new volumes. ``attrs["cases"]``: voxels cut off (negative) or added on each side (``x_low``,
    ``x_high``, ...).

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    faults = []
    if not 0 <= cut <= 1:
        faults.append(Fault(repr(cut), "in [0, 1]", column="cut"))
    if not (np.isfinite(pad) and pad >= 0):
        faults.append(Fault(repr(pad), "0 or more", column="pad"))
    if not faults and not (cut or pad):
        faults.append(Fault("nothing to do", "cut or pad above 0"))
    if faults:
        raise InputError("recrop", faults)
    table, cases = case_rows(manifest, sequences)
    base, out = spawn_seeds(rng, 1)[0], Path(out_dir).absolute()
    records = table.to_dict("records")
    # Every reader's mask must end where the image does: an image is cut once, for all masks of it.
    images: dict[tuple[str, ...], list[int]] = {}
    for i, row in enumerate(records):
        images.setdefault(tuple(str(row.get(c)) for c in (PATIENT, "sequence", "visit", "image")), []).append(i)
    taken: set[str] = set()
    work = []
    for rows_of in images.values():
        row = records[rows_of[0]]
        seed = seed_of_case(base, {c: row[c] for c in (PATIENT, "sequence", "visit") if c in row})
        visit = [str(row["visit"])] if "visit" in row and not pd.isna(row["visit"]) else []
        stem = "_".join(file_name(v) for v in [str(row[PATIENT]), str(row["sequence"]), *visit])
        image = str(out / "images" / f"{unique_name(stem, taken)}.nrrd")
        masks = [str(out / "masks" / f"{unique_name(f'{stem}_mask', taken)}.nrrd") for _ in rows_of]
        work.append(([cases[i] for i in rows_of], image, masks, seed, cut, pad))
    results = parallel_map(_made, work, n_jobs=n_jobs, description="Re-cropping")
    made: dict[int, dict[str, Any]] = {}
    numbers, failed = [], []
    for rows_of, (own, image, masks, *_), result in zip(images.values(), work, results, strict=True):
        if isinstance(result, Failure):
            failed += [(c.patient_id, c.sequence, result.step, result.error, result.message) for c in own]
            continue
        for i, mask in zip(rows_of, masks, strict=True):
            kept = {str(c): v for c, v in records[i].items() if c not in CHOICES}
            made[i] = {**kept, "image": image, "mask": mask}
        numbers.append({PATIENT: own[0].patient_id, "sequence": own[0].sequence, **result})
    rows = [made[i] for i in sorted(made)]
    if not rows:
        lines = [(p, s, step, text) for p, s, step, _, text in failed]
        raise InputError("images", f"all {len(cases)} cases failed:\n{told(lines)}")
    done = pd.DataFrame(rows)
    failures = pd.DataFrame(failed, columns=FAILURE_COLUMNS, dtype=object)
    done.attrs = {"failures": failures.to_dict("records"), "cases": numbers}
    done.attrs["preprocessing"] = record(table, {"made_by": "recrop", "cut": cut, "pad": pad, "seed": base})
    return write_manifest(done, out)


def _made(
    cases: Sequence[Case], image_path: str, mask_paths: Sequence[str], seed: tuple[int, int], cut: float, pad: float
) -> dict[str, int] | Failure:
    """One image with all its masks."""
    steps = Steps()
    try:
        with quiet_single_thread():
            pairs = [read_case(case, steps) for case in cases]
            steps.enter("crop")
            sitk = optional_import("SimpleITK", needed_for="rg.im.recrop")
            image, every = pairs[0]
            for _, mask in pairs[1:]:
                every = sitk.Or(every, mask)
            amounts = drawn(every, cut, pad, np.random.default_rng(seed))
            least = float(sitk.GetArrayViewFromImage(image).min())
            steps.enter("write")
            write_image(changed(image, amounts, least), image_path)
            for (_, mask), path in zip(pairs, mask_paths, strict=True):
                write_image(changed(mask, amounts, 0), path)
            return {
                f"{a}_{side}": n for a, two in amounts.items() for side, n in zip(("low", "high"), two, strict=True)
            }
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def drawn(mask: Image, cut: float, pad: float, rng: np.random.Generator) -> dict[str, tuple[int, int]]:
    """Voxels to add to (positive) or cut off each side of each axis; either in half of the draws."""
    box, out = bounding_box(mask), {}
    for axis, start, length, total in zip("xyz", box.start, box.size, mask.GetSize(), strict=True):
        sides = []
        for free in (start, total - start - length):
            amount = rng.random()
            if rng.random() < 0.5:
                sides.append(-int(amount * cut * free))
            else:
                sides.append(int(amount * pad * total))
        out[axis] = (sides[0], sides[1])
    return out


def changed(volume: Image, amounts: Mapping[str, tuple[int, int]], fill: float) -> Image:
    """A volume with sides cut or padded; every voxel that stays keeps its place in space."""
    sitk = optional_import("SimpleITK", needed_for="rg.im.recrop")
    low, high = zip(*(amounts[a] for a in "xyz"), strict=True)
    cropped = sitk.Crop(volume, [max(-n, 0) for n in low], [max(-n, 0) for n in high])
    padded: Image = sitk.ConstantPad(cropped, [max(n, 0) for n in low], [max(n, 0) for n in high], fill)
    return padded
