"""Harrell's c-index of cross-validated risks, pairs formed within folds, over bootstrap weights of the patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._types import FloatArray
from radiogenomics.core.concordance import concordance_batch


def fold_concordance(
    time: ArrayLike, event: ArrayLike, risks: ArrayLike, folds: ArrayLike, *, weights: ArrayLike | None = None
) -> FloatArray:
    """C-index of out-of-fold risks :cite:p:`Harrell1996`.

    Only patients of the same fold are compared, because each fold's model has its own scale. Pairs are pooled over
    the folds of a repeat, and the c-index is averaged over repeats.

    Parameters
    ----------
    time, event
        (n,) follow-up and status (1 event, 0 censored).
    risks
        (models, repeats, n) out-of-fold risk; higher is an earlier event.
    folds
        (repeats, n) fold in which the patient was tested.
    weights
        (B, n) weights of the patients, one row per bootstrap resample; by default one row of ones.

    Returns
    -------
    (B, models) c-index in [0, 1]: concordant pairs, and half of those tied in risk, over comparable pairs. A patient
    drawn twice is not compared with himself. NaN for a resample that leaves a repeat without comparable pairs.
    """
    risk = np.asarray(risks, dtype=float)
    fold = np.asarray(folds)
    n = np.size(np.asarray(time))
    if risk.ndim != 3 or risk.shape[1:] != fold.shape or fold.shape[1] != n:
        raise ValueError(f"shapes differ: {n} patients, risks {risk.shape}, folds {fold.shape}")
    n_models, n_repeats = risk.shape[:2]
    sample = np.ones((1, n)) if weights is None else np.asarray(weights, dtype=float)
    columns = risk.reshape(n_models * n_repeats, n).T
    strata = np.tile(fold, (n_models, 1)).T
    c = concordance_batch(time, event, columns, sample, strata=strata).reshape(len(sample), n_models, n_repeats)
    return np.asarray(c.mean(axis=2), dtype=np.float64)
