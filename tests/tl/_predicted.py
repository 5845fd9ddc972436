"""A cohort with stored predictions in the form of ``rg.tl.signature``, made without fitting anything."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy.special import expit

from radiogenomics._cohort import left_out_table, to_uns

HORIZONS = (200.0, 400.0)


def predicted(
    n: int = 160, *, seed: int = 0, split: bool = True, repeats: int = 3, slope: float = 1.0, folds: int = 5
) -> AnnData:
    """``finding`` (binary) and ``os`` (survival) depend on one score.

    Results ``signature`` (binary), ``weak`` (the same with noise) and ``risk`` (survival, with ``risks``); predicted
    log odds and log hazards are ``slope`` times the true ones. ``chance`` in obs is
    the true probability of the finding.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    t, c = np.ceil(600 * rng.exponential(np.exp(-x))), np.ceil(rng.uniform(150, 1500, n))
    obs = pd.DataFrame(
        {
            "finding": (rng.random(n) < expit(x)).astype(int),
            "time": np.minimum(t, c),
            "event": (t <= c).astype(int),
            "chance": expit(x),
            "risk400": -np.expm1(-400 / 600 * np.exp(x)),
            "marker": 3 * x,
            "part": np.where(np.arange(n) < n * 0.6, "training", "external") if split else "training",
        },
        index=[f"P{i:03d}" for i in range(n)],
    )
    data = AnnData(np.zeros((n, 1)), obs=obs)
    data.uns["outcomes"] = {
        "finding": {"kind": "binary", "column": "finding", "positive": 1, "order": 0},
        "os": {"kind": "survival", "time": "time", "event": "event", "unit": "days", "order": 1},
    }
    if split:
        data.uns["split"] = {"column": "part"}
    for key, noise, survival in (("signature", 0.0, False), ("weak", 1.0, False), ("risk", 0.0, True)):
        score = slope * (x + noise * rng.normal(size=n))
        rows, risks = _tables(data, key, score, survival, rng, repeats, folds, slope)
        settings = {"outcome": "os" if survival else "finding", "kind": "survival" if survival else "binary"}
        parts = {"predictions": rows, "settings": settings, "left_out": left_out_table({})}
        data.uns[key] = to_uns(**parts, **({"risks": risks} if survival else {}))
    return data


def _tables(
    data: AnnData, model: str, score: np.ndarray, survival: bool, rng: np.random.Generator, repeats: int, folds: int,
    slope: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    learning = (data.obs["part"] == "training").to_numpy()
    part = "training" if "split" in data.uns else "all"
    blocks = [("apparent", part, learning, 0, np.full(len(score), -1), score)]
    for r in range(repeats):
        fold = np.zeros(len(score), dtype=int)
        fold[learning] = rng.permutation(int(learning.sum())) % folds
        jitter = score + 0.15 * slope * rng.normal(size=len(score))
        blocks.append(("out_of_fold", part, learning, r, fold, jitter))
    if not learning.all():
        blocks.append(("held_out", "external", ~learning, 0, np.full(len(score), -1), score))
    rows, risks = [], []
    for estimate, split, inside, repeat, fold, values in blocks:
        head = pd.DataFrame(
            {"patient_id": data.obs_names[inside], "model": model, "split": split, "estimate": estimate,
             "repeat": repeat, "fold": fold[inside]}
        )  # fmt: skip
        own = values[inside]
        rows.append(
            head.assign(
                score=own,
                probability=np.nan if survival else expit(own),
                cutoff=0.0,
                threshold=np.nan if survival else 0.5,
                group=np.where(own > 0, "high", "low"),
            )
        )
        risks += [head.assign(horizon=h, probability=-np.expm1(-h / 600 * np.exp(own))) for h in HORIZONS]
    return pd.concat(rows, ignore_index=True), pd.concat(risks, ignore_index=True)
