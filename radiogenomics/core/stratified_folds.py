"""Folds of cross-validation with the same share of events in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, IntArray


def stratified_folds(event: ArrayLike, folds: int, repeats: int = 1, *, rng: RNG = None) -> IntArray:
    """Random folds, stratified by event.

    Parameters
    ----------
    event
        (n,) 1 event, 0 censored.
    folds, repeats
        Number of folds, and of independent divisions into folds.
    rng
        Seed or Generator.

    Returns
    -------
    (repeats, n) fold of each patient, 0 to ``folds`` - 1. Within a repeat, the sizes of the folds differ by one
    patient at most, and so do their numbers of events.
    """
    status = np.asarray(event)
    n = status.size
    if not 2 <= folds <= n:
        raise ValueError(f"found {folds} folds for {n} patients; expected 2 to {n}")
    random = generator(rng)
    turn = np.arange(n) % folds
    out = np.empty((repeats, n), dtype=np.int64)
    for row in out:
        shuffled = random.permutation(n)
        # Events are dealt out first, then the others, from one deck.
        row[shuffled[np.argsort(status[shuffled] == 0, kind="stable")]] = random.permutation(folds)[turn]
    return out
