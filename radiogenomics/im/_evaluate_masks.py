"""How close automatic masks come to those of a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from radiogenomics._cohort import to_uns
from radiogenomics._errors import DegenerateInputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray, StrPath
from radiogenomics.core.bland_altman import bland_altman
from radiogenomics.core.mask_overlap import mask_overlap
from radiogenomics.core.surface_distance import surface_distances
from radiogenomics.im._case import Case, Failure, Steps
from radiogenomics.im._derived import read_case
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._mask_pairs import MaskPairs, mask_pairs
from radiogenomics.im._pair import on_grid
from radiogenomics.io._images import mask_of

if TYPE_CHECKING:
    from SimpleITK import Image

#: Measures of a case, what they are called, and whether more is better.
MEASURES = ("dice", "hd95_mm", "surface_distance_mm", "volume_difference_percent")
_CASE_COLUMNS = ("dice", "jaccard", "hd95_mm", "surface_distance_mm", "volume_ml", "reference_volume_ml",
                 "volume_difference_percent", "status", "message")  # fmt: skip
#: Of the quality that the segmenter stores; its volume is measured here again.
_OWN_MASK = "automatic mask"
#: An empty mask of another program says what a missing one of ours says.
_EMPTY = (_OWN_MASK, "DegenerateInputError")
_NOTHING = {"dice": 0.0, "jaccard": 0.0, "volume_ml": 0.0, "status": "nothing found"}
_QUALITY = ("fold_dice", "entropy", "removed_share", "at_border", "n_networks", "estimate", "flag")


@dataclass(frozen=True)
class MaskEvaluation:
    """Automatic masks against reference masks.

    Attributes
    ----------
    cases
        A row per image: ``dice``, ``jaccard`` (0 to 1), ``hd95_mm``, ``surface_distance_mm``, ``volume_ml``,
        ``reference_volume_ml``, ``volume_difference_percent`` (of the reference), ``status`` (``"segmented"``,
        ``"nothing found"``: Dice 0 and no distances, ``"not compared"``) and ``message``; the segmenter's
        ``fold_dice``, ``entropy``, ``flag`` and so on where it stored them.
    summary
        A row per sequence and measure: ``mean`` over patients with its bootstrap interval (``lower``, ``upper``),
        ``median``, ``q1``, ``q3``, ``worst``, ``n`` patients and ``n_failed`` (nothing found; in the mean of Dice as 0,
        in no distance).
    volumes
        A row per sequence: Bland-Altman ``bias`` of the volume in ml with its interval, limits of agreement.
    quality
        A row per sequence and number that the segmenter knows without a reference: Spearman's ``rho`` with the Dice,
        its interval and p-value.
    left_out
        Images with one of the two masks only, and why.
    """

    cases: pd.DataFrame
    summary: pd.DataFrame
    volumes: pd.DataFrame
    quality: pd.DataFrame
    left_out: pd.DataFrame
    settings: dict[str, Any]

    def to_uns(self) -> dict[str, Any]:
        """For ``cohort.uns["segmentation"]``, where ``rg.report.write`` and ``rg.pl`` find it."""
        return to_uns(
            mask_cases=self.cases, mask_summary=self.summary, mask_volumes=self.volumes, mask_quality=self.quality,
            settings=self.settings, left_out=self.left_out,
        )  # fmt: skip


def evaluate_masks(
    automatic: StrPath | pd.DataFrame,
    reference: StrPath | pd.DataFrame,
    *,
    reader: str | None = None,
    reading: str | int | None = None,
    sequences: Sequence[str] | None = None,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> MaskEvaluation:
    """Compare automatic masks with those of a reader: overlap, distances, volumes :cite:p:`Taha2015`.

    Parameters
    ----------
    automatic
        Manifest of the automatic masks, as :func:`segment` returns or writes it (with its ``failures`` and
        ``quality``), or of any other masks.
    reference
        Manifest with the masks to compare with.
    reader, reading
        Which masks of the reference, as of :func:`extract_radiomics`.
    sequences
        Sequences to compare; by default those in both.
    confidence
        Coverage of the intervals.
    n_resamples
        Bootstrap samples of patients (BCa intervals of the means).
    rng
        Seed or Generator of the bootstrap.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``.

    Returns
    -------
    MaskEvaluation

    Notes
    -----
    An image in which the segmenter found nothing counts with a Dice of 0, which the mean includes; distances are of the
    others. Honest figures need masks of networks that had no part in the patient (``segment(estimate="out_of_fold")``).

    Raises
    ------
    InputError
        If a manifest is at fault, or no image has both masks.
    """
    found = mask_pairs(automatic, reference, reader=reader, reading=reading, sequences=sequences)
    random = generator(rng)
    results = parallel_map(compared, found.pairs, n_jobs=n_jobs, description="Comparing masks")
    cases = _case_table(found, results)
    summary, volumes, quality = [], [], []
    for sequence, own in cases.groupby("sequence", sort=False):
        summary += _summary(str(sequence), own, confidence, n_resamples, random)
        volumes += _volumes(str(sequence), own, confidence)
        quality += _quality(str(sequence), own, confidence)
    columns = ["sequence", "quantity", "n", "rho", "lower", "upper", "p_value"]
    return MaskEvaluation(
        cases, pd.DataFrame(summary), pd.DataFrame(volumes), pd.DataFrame(quality, columns=columns), found.left_out,
        {"reader": reader, "reading": reading, "confidence": confidence, "n_resamples": n_resamples,
         "surface": "voxels with a face towards the outside", "hd95": "larger of the two directed 95th percentiles",
         "estimates": sorted(set(cases["estimate"].dropna().map(str))) if "estimate" in cases else []},
    )  # fmt: skip


def compared(automatic: Case, reference: Case) -> dict[str, float] | Failure:
    """Measures of one image; why there are none otherwise."""
    steps = Steps()
    try:
        with quiet_single_thread():
            image, right = read_case(reference, steps)
            steps.enter(_OWN_MASK)
            own = mask_of(Path(automatic.mask), label=automatic.label, roi=automatic.roi, on=None)
            own, _ = on_grid(own, image, where=automatic.mask, resample=automatic.resample_mask)
            steps.enter("compare")
            return measures(own, right)
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def measures(automatic: Image, reference: Image) -> dict[str, float]:
    """Measures of two masks on one grid."""
    sitk = optional_import("SimpleITK", needed_for="rg.im.evaluate_masks")
    a, b = (sitk.GetArrayViewFromImage(m) != 0 for m in (automatic, reference))
    spacing = [float(s) for s in reference.GetSpacing()][::-1]
    voxel_ml = float(np.prod(spacing)) / 1000
    overlap = mask_overlap(a, b)
    apart = surface_distances(a, b, spacing)
    return {
        "dice": overlap.dice, "jaccard": overlap.jaccard, "hd95_mm": apart.hausdorff_percentile,
        "surface_distance_mm": apart.mean, "volume_ml": overlap.n_a * voxel_ml,
        "reference_volume_ml": overlap.n_b * voxel_ml,
        "volume_difference_percent": 100 * (overlap.n_a / overlap.n_b - 1),
    }  # fmt: skip


def _case_table(found: MaskPairs, results: Sequence[dict[str, float] | Failure]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, result in zip(found.names, results, strict=True):
        row: dict[str, Any] = dict(zip(found.key, name, strict=True))
        if isinstance(result, Failure) and (result.step, result.error) == _EMPTY:
            rows.append({**row, **_NOTHING, "message": result.message})
        elif isinstance(result, Failure):
            rows.append({**row, "status": "not compared", "message": f"{result.step}: {result.message}"})
        else:
            rows.append({**row, **result, "status": "segmented", "message": ""})
    for name, message in found.failed:
        row = dict(zip(found.key, name, strict=True))
        rows.append({**row, **_NOTHING, "message": message})
    table = pd.DataFrame(rows).reindex(columns=[*found.key, *_CASE_COLUMNS])
    known = [c for c in _QUALITY if c in found.quality]
    if known:
        key = [c for c in found.key if c in found.quality]
        own = found.quality[[*key, *known]].astype(dict.fromkeys(key, str))
        table = table.merge(own, on=key, how="left", validate="one_to_one")
    return table


def _summary(
    sequence: str, cases: pd.DataFrame, confidence: float, n_resamples: int, random: np.random.Generator
) -> list[dict[str, Any]]:
    out = []
    failed = int((cases["status"] == "nothing found").sum())
    for measure in MEASURES:
        known = cases.dropna(subset=[measure])
        values = known.groupby(PATIENT, sort=False)[measure].mean().to_numpy(dtype=np.float64)
        if not values.size:
            continue
        lower, upper = mean_interval(values, confidence, n_resamples, random)
        q1, median, q3 = np.percentile(values, [25, 50, 75])
        worst = values.min() if measure == "dice" else values[np.abs(values).argmax()]
        out.append({
            "sequence": sequence, "measure": measure, "n": len(values), "n_failed": failed, "mean": values.mean(),
            "lower": lower, "upper": upper, "median": median, "q1": q1, "q3": q3, "worst": worst,
        })  # fmt: skip
    return out


def mean_interval(
    values: FloatArray, confidence: float, n_resamples: int, random: np.random.Generator
) -> tuple[float, float]:
    """BCa bootstrap interval of a mean over patients; NaN for fewer than three, the value itself where all agree."""
    if len(values) < 3:
        return np.nan, np.nan
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    found = stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, n_resamples=n_resamples, method="BCa", rng=random
    ).confidence_interval
    return float(found.low), float(found.high)


def _volumes(sequence: str, cases: pd.DataFrame, confidence: float) -> list[dict[str, Any]]:
    known = cases[cases["status"] == "segmented"]
    try:
        found = bland_altman(known["volume_ml"], known["reference_volume_ml"], confidence=confidence)
    except DegenerateInputError:
        return []  # fewer than three images; the cases themselves say all there is
    return [{
        "sequence": sequence, "n": len(known), "bias_ml": found.bias, "bias_lower": found.bias_lower,
        "bias_upper": found.bias_upper, "sd_ml": found.sd, "lower_limit": found.lower, "upper_limit": found.upper,
        "lower_limit_low": found.lower_interval[0], "lower_limit_high": found.lower_interval[1],
        "upper_limit_low": found.upper_interval[0], "upper_limit_high": found.upper_interval[1],
    }]  # fmt: skip


def _quality(sequence: str, cases: pd.DataFrame, confidence: float) -> list[dict[str, Any]]:
    """Does what the segmenter knows by itself tell the good masks from the bad?"""
    out = []
    for name in ("fold_dice", "entropy"):
        if name not in cases:
            continue
        known = cases[cases["status"] == "segmented"].dropna(subset=[name, "dice"])
        x, y = known[name].to_numpy(dtype=np.float64), known["dice"].to_numpy(dtype=np.float64)
        n = len(known)
        if n < 5 or np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        rho, p = stats.spearmanr(x, y)
        # Fisher's z with the standard error of Bonett and Wright (2000).
        half = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
        z = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
        out.append({
            "sequence": sequence, "quantity": name, "n": n, "rho": float(rho), "lower": float(np.tanh(z - half)),
            "upper": float(np.tanh(z + half)), "p_value": float(p),
        })  # fmt: skip
    return out
