"""Images whose voxels are shuffled inside the tumour: a negative control for texture."""

from __future__ import annotations

from collections.abc import Mapping
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
from radiogenomics.im._case import Failure, Steps, prepare_case, told
from radiogenomics.im._derived import FAILURE_COLUMNS, Work, case_rows, record, seed_of_case, write_manifest
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import CHOICES
from radiogenomics.im._prepare import write_image
from radiogenomics.im._preprocess import file_name, unique_name
from radiogenomics.schemas.radiomics import RadiomicsSettings, radiomics_settings

if TYPE_CHECKING:
    from SimpleITK import Image


def shuffle_voxels(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    settings: RadiomicsSettings | Mapping[str, Any] | str | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Images whose intensities inside the mask are put in random order :cite:p:`Welch2019`.

    Shape, volume and the histogram stay what they were; texture is gone. What a texture feature still says of the
    outcome after that, it says of the size of the tumour or of its histogram.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``images/``, ``manifest.csv`` and ``failures.csv``.
    settings
        Settings of the extraction to come: images and masks are first resampled as they say, so that the voxels that
        are shuffled are those that features are computed on (interpolation would give them a texture again).
    rng
        Seed or Generator; what a case gets does not depend on the other cases or on the number of workers.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    The manifest of the new images and masks (cut to what the filters see of the images), for
    ``rg.im.extract_radiomics(manifest, settings=settings)``, which gives features of the same names: assemble them as
    ``radiomics_shuffled=`` beside ``radiomics=``.
    ``attrs["failures"]``.

    Raises
    ------
    InputError
        If the manifest or the settings are at fault, or every case fails.
    """
    chosen = radiomics_settings(settings)
    if chosen.normalize:
        raise InputError(
            "settings",
            Fault("normalize: true, which would be done twice", "images that are normalised already",
                  hint="Normalise by rg.im.preprocess first"),
        )  # fmt: skip
    table, cases = case_rows(manifest, chosen.sequences)
    out = Path(out_dir).absolute()
    base = spawn_seeds(rng, 1)[0]
    taken: set[str] = set()
    work = []
    for case, row in zip(cases, table.to_dict("records"), strict=True):
        said = [str(row[c]) for c in ("reader", "reading", "visit") if c in row and not pd.isna(row[c])]
        stem = "_".join(file_name(s) for s in [case.patient_id, case.sequence, *said])
        name = unique_name(stem, taken)
        outs = (str(out / "images" / f"{name}.nii.gz"), str(out / "images" / f"{name}_mask.nii.gz"))
        work.append(Work(case, outs, seed_of_case(base, row)))
    results = parallel_map(_shuffled, [(w, chosen) for w in work], n_jobs=n_jobs, description="Shuffling")
    failed = [
        (w.case.patient_id, w.case.sequence, r.step, r.error, r.message)
        for w, r in zip(work, results, strict=True) if r is not None
    ]  # fmt: skip
    if len(failed) == len(work):
        raise InputError("images", f"all {len(work)} cases failed:\n{told([(*f[:3], f[4]) for f in failed])}")
    good = [i for i, r in enumerate(results) if r is None]
    new = table.loc[good].assign(image=[work[i].outs[0] for i in good], mask=[work[i].outs[1] for i in good])
    new = new.drop(columns=[c for c in (*CHOICES, "reference_region") if c in new])
    numbers = [{PATIENT: work[i].case.patient_id, "sequence": work[i].case.sequence} for i in good]
    new.attrs = {"failures": pd.DataFrame(failed, columns=FAILURE_COLUMNS, dtype=object).to_dict("records"),
                 "cases": numbers}  # fmt: skip
    spacing = None if chosen.spacing is None else list(chosen.spacing)
    new.attrs["preprocessing"] = record(table, {"made_by": "shuffle_voxels", "spacing": spacing, "seed": base})
    return write_manifest(new, out)


def _shuffled(work: Work, settings: RadiomicsSettings) -> Failure | None:
    steps = Steps()
    try:
        with quiet_single_thread():
            image, mask, _ = prepare_case(work.case, settings, steps)
            steps.enter("make")
            new = shuffled(image, mask, np.random.default_rng(list(work.seed)))
            steps.enter("write")
            write_image(new, work.outs[0])
            write_image(mask, work.outs[1])
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)
    return None


def shuffled(image: Image, mask: Image, rng: np.random.Generator) -> Image:
    """The image with its values inside the mask in random order."""
    sitk = optional_import("SimpleITK", needed_for="images")
    values = sitk.GetArrayFromImage(image)
    inside = sitk.GetArrayViewFromImage(mask) != 0
    values[inside] = rng.permutation(values[inside])
    new: Image = sitk.GetImageFromArray(values)
    new.CopyInformation(image)
    return new
