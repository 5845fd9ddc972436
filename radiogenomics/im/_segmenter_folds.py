"""Training of a segmenter's networks: one (or a coarse and a fine one) for each fold, without the fold's patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._keys import PATIENT
from radiogenomics._random import spawn_seeds
from radiogenomics.im._autoencoder_plan import set_aside
from radiogenomics.im._segment_images import Scan
from radiogenomics.im._segment_volumes import volume_arrays
from radiogenomics.im._segmenter_folder import network_kind
from radiogenomics.im._segmenter_plan import Plan, margin_voxels
from radiogenomics.schemas.segmentation import SegmenterSettings

if TYPE_CHECKING:
    from radiogenomics.nn._patches import Drawing, Volume


@dataclass
class Folds:
    """What the trainings came to.

    Attributes
    ----------
    weights
        SHA-256 by fold and stage.
    curves, checkpoints
        Rows of the tables of those names.
    """

    weights: dict[str, dict[str, str]] = field(default_factory=dict)
    curves: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)


def fold_name(fold: int) -> str:
    """Folder and name of a fold's networks."""
    return f"fold{fold}"


def train_folds(
    scans: Sequence[Scan], prepared: Mapping[str, Sequence[str]], cache: Path, dealt: pd.DataFrame,
    settings: SegmenterSettings, plans: Mapping[str, Plan], *, out: Path, seed: int, device: str,
) -> Folds:  # fmt: skip
    """Train the networks of every fold.

    Parameters
    ----------
    scans, prepared
        Scans, and by stage the names of their volumes.
    dealt
        ``fold`` and ``patient_id``.
    """
    from radiogenomics.nn._train_segmentation import best_step, train_segmentation

    result = Folds()
    numbers = sorted(int(f) for f in dealt["fold"].unique())
    augmentation = settings.augmentation or None
    for fold, own_seed in zip(numbers, spawn_seeds(seed, len(numbers)), strict=True):
        left_out = set(dealt.loc[dealt["fold"] == fold, PATIENT])
        learn = [p for p in dict.fromkeys(dealt[PATIENT]) if p not in left_out]
        rng = np.random.default_rng(own_seed)
        judges = set(set_aside(learn, settings.validation_share, rng, at_least=1, who="train_segmenter"))
        name = fold_name(fold)
        for (stage_name, stage), stage_seed in zip(
            settings.stages.items(), spawn_seeds(rng, len(settings.stages)), strict=True
        ):
            names = prepared[stage_name]
            teach = [n for s, n in zip(scans, names, strict=True) if s.patient_id in set(learn) - judges]
            judge = [n for s, n in zip(scans, names, strict=True) if s.patient_id in judges]
            done = train_segmentation(
                [load_volume(cache, n) for n in teach], [load_volume(cache, n) for n in judge], stage,
                _drawing(stage_name, settings, plans[stage_name]), kind=network_kind(settings),
                augmentation=augmentation, precision=settings.precision, data=[*teach, *judge],
                folder=out / name / stage_name, seed=stage_seed, device=device,
                description=f"{settings.model} {name} {stage_name}",
            )  # fmt: skip
            result.weights.setdefault(name, {})[stage_name] = done.sha256
            best = best_step(done.history)
            where = {"network": name, "stage": stage_name}
            result.curves += [{**where, **row} for row in done.history]
            result.checkpoints += [
                {**where, "step": int(row["step"]), "validation_dice": row["validation_dice"], "chosen": i == best}
                for i, row in enumerate(done.history)
            ]
    return result


def _drawing(name: str, settings: SegmenterSettings, plan: Plan) -> Drawing:
    from radiogenomics.nn._patches import Drawing

    margin = margin_voxels(settings.margin, plan.spacing) if name == "fine" else None
    return Drawing(plan.array_patch, settings.stages[name].tumour_share, margin, settings.jitter if margin else 0.0)


def load_volume(cache: Path, name: str) -> Volume:
    """A prepared volume; its image stays on disk until it is needed."""
    from radiogenomics.nn._patches import Volume

    image, kept = volume_arrays(cache, name)
    return Volume(image, kept["mask"], kept["tumour"], kept["foreground"], kept["box"].astype(np.int64), kept["fill"])
