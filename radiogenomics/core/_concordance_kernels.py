"""Compiled counts of comparable pairs: two sweeps over time with a Fenwick tree over the ranks of the risk.

A pair is comparable when the earlier time is an event; a patient censored at that very time is the later one. Each
event at time t carries a factor (1 for Harrell's c, 1 / G(t-)^2 for Uno's) that all its pairs share.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def _add(tree: FloatArray, rank: int, weight: float) -> None:
    i = rank + 1
    while i < tree.shape[0]:
        tree[i] += weight
        i += i & -i


@jit
def _below(tree: FloatArray, rank: int) -> float:
    """Weight of the ranks smaller than ``rank``."""
    total = 0.0
    i = rank
    while i > 0:
        total += tree[i]
        i -= i & -i
    return total


@jit
def count_pairs(
    rank: IntArray,
    event: FloatArray,
    w: FloatArray,
    factor: FloatArray,
    starts: IntArray,
    strata: IntArray,
    time: FloatArray,
    entry: FloatArray,
    entry_order: IntArray,
    n_ranks: int,
    influence: FloatArray,
    counts: FloatArray,
) -> None:
    """Weighted pairs into ``counts``: concordant, discordant, tied risk, tied time, tied both.

    Rows are sorted by stratum, then time from late to early; ``starts`` are blocks of tied times, ``strata`` the first
    block of each stratum. ``influence`` (n, 3) or empty receives each patient's own pairs, per unit of its weight.
    With ``entry`` (empty for none; ``entry_order`` by stratum, then from late to early) an event is compared with those
    who had come under observation before it.
    """
    delayed = entry.shape[0] > 0
    counts[:] = 0.0
    detailed = influence.shape[0] > 0
    tree = np.zeros(n_ranks + 1)
    at_rank = np.zeros(n_ranks)
    tied_at_rank = np.zeros(n_ranks)
    for s in range(strata.shape[0] - 1):
        tree[:] = 0.0
        at_rank[:] = 0.0
        total = 0.0
        pointer = starts[strata[s]]
        for b in range(strata[s], strata[s + 1]):
            lo, hi = starts[b], starts[b + 1]
            while delayed and pointer < starts[strata[s + 1]] and entry[entry_order[pointer]] >= time[lo]:
                j = entry_order[pointer]
                pointer += 1
                if w[j] > 0.0:
                    _add(tree, rank[j], -w[j])
                    at_rank[rank[j]] -= w[j]
                    total -= w[j]
            for i in range(lo, hi):
                if event[i] == 0.0 and w[i] > 0.0:
                    _add(tree, rank[i], w[i])
                    at_rank[rank[i]] += w[i]
                    total += w[i]
            failed = 0.0
            for i in range(lo, hi):
                if event[i] > 0.0 and w[i] > 0.0:
                    lower = _below(tree, rank[i])
                    equal = at_rank[rank[i]]
                    higher = total - lower - equal
                    counts[0] += w[i] * factor[i] * lower
                    counts[1] += w[i] * factor[i] * higher
                    counts[2] += w[i] * factor[i] * equal
                    # Pairs of events at one time are not comparable; each is counted once.
                    same = tied_at_rank[rank[i]]
                    counts[4] += w[i] * factor[i] * same
                    counts[3] += w[i] * factor[i] * (failed - same)
                    failed += w[i]
                    tied_at_rank[rank[i]] += w[i]
                    if detailed:
                        influence[i, 0] += factor[i] * lower
                        influence[i, 1] += factor[i] * higher
                        influence[i, 2] += factor[i] * equal
            for i in range(lo, hi):
                if event[i] > 0.0 and w[i] > 0.0:
                    tied_at_rank[rank[i]] = 0.0
                    _add(tree, rank[i], w[i])
                    at_rank[rank[i]] += w[i]
                    total += w[i]
        if detailed:
            _pairs_of_later(
                rank, event, w, factor, starts, strata[s], strata[s + 1], time, entry, entry_order, tree, at_rank,
                influence,
            )  # fmt: skip


@jit
def _pairs_of_later(
    rank: IntArray,
    event: FloatArray,
    w: FloatArray,
    factor: FloatArray,
    starts: IntArray,
    first: int,
    last: int,
    time: FloatArray,
    entry: FloatArray,
    entry_order: IntArray,
    tree: FloatArray,
    at_rank: FloatArray,
    influence: FloatArray,
) -> None:
    """The pairs in which each patient is the one that outlives the other, from early to late."""
    tree[:] = 0.0
    at_rank[:] = 0.0
    total = 0.0
    pointer = starts[last] - 1
    for b in range(last - 1, first - 1, -1):
        lo, hi = starts[b], starts[b + 1]
        while entry.shape[0] > 0 and pointer >= starts[first] and entry[entry_order[pointer]] < time[lo]:
            # Events up to the entry of a patient came before anybody could have seen him outlive them.
            j = entry_order[pointer]
            pointer -= 1
            lower = _below(tree, rank[j])
            influence[j, 0] -= total - lower - at_rank[rank[j]]
            influence[j, 1] -= lower
            influence[j, 2] -= at_rank[rank[j]]
        for censored in range(2):
            # Events see strictly earlier events; those censored at a time also see the events at it.
            for i in range(lo, hi):
                if (event[i] == 0.0) == (censored == 1):
                    lower = _below(tree, rank[i])
                    equal = at_rank[rank[i]]
                    influence[i, 0] += total - lower - equal
                    influence[i, 1] += lower
                    influence[i, 2] += equal
            if censored == 0:
                for i in range(lo, hi):
                    if event[i] > 0.0 and w[i] > 0.0:
                        _add(tree, rank[i], w[i] * factor[i])
                        at_rank[rank[i]] += w[i] * factor[i]
                        total += w[i] * factor[i]


@jit
def count_batch(
    rank: IntArray,
    event: FloatArray,
    weights: FloatArray,
    order: IntArray,
    factor: FloatArray,
    starts: IntArray,
    strata: IntArray,
    n_ranks: int,
    c: FloatArray,
) -> None:
    """c of each row of ``weights`` (in the caller's order of patients); NaN where no pair is comparable."""
    n = rank.shape[0]
    w = np.empty(n)
    counts = np.empty(5)
    nothing = np.empty((0, 3))
    no_time, no_order = np.empty(0), np.empty(0, dtype=np.int64)
    for b in range(weights.shape[0]):
        for i in range(n):
            w[i] = weights[b, order[i]]
        count_pairs(
            rank, event, w, factor, starts, strata, no_time, no_time, no_order, n_ranks, nothing, counts
        )  # fmt: skip
        pairs = counts[0] + counts[1] + counts[2]
        c[b] = (counts[0] + 0.5 * counts[2]) / pairs if pairs > 0.0 else np.nan


@jit
def censoring_curve(time: FloatArray, event: FloatArray, w: FloatArray, jump: FloatArray) -> None:
    """Kaplan-Meier curve of being censored, G, on times sorted from early to late: ``jump[i]`` is G just before time i.

    At a tied time the events come first, so those who failed there are no longer at risk of being censored.
    """
    n = time.shape[0]
    at_risk = 0.0
    for i in range(n):
        at_risk += w[i]
    survival = 1.0
    lo = 0
    while lo < n:
        hi = lo
        failed = 0.0
        censored = 0.0
        while hi < n and time[hi] == time[lo]:
            jump[hi] = survival
            if event[hi] > 0.0:
                failed += w[hi]
            else:
                censored += w[hi]
            hi += 1
        if censored > 0.0:
            survival *= max(0.0, 1.0 - censored / (at_risk - failed))
        at_risk -= failed + censored
        lo = hi


@jit
def fold_ratios(
    time: FloatArray,
    event: FloatArray,
    factor: FloatArray,
    limit: FloatArray,
    entry: FloatArray,
    or_censored_then: bool,
    fold: IntArray,
    n_folds: int,
    risk: FloatArray,
    weights: FloatArray,
    agreeing: FloatArray,
    pairs: FloatArray,
) -> None:
    """Weighted pairs of each resample in which the case has the higher risk, and all of them, added up over folds.

    A patient i with ``factor[i] > 0`` is a case; its partners are those of its fold whose time is beyond ``limit[i]``
    (with ``or_censored_then`` also those censored at it) and whose ``entry`` is before the time of i. ``risk`` (m, n),
    ``weights`` (n, B), ``agreeing`` (m, B), ``pairs`` (B,). Patients of a negative fold take no part.
    """
    n = time.shape[0]
    n_models = risk.shape[0]
    n_draws = weights.shape[1]
    start = np.zeros(n_folds + 1, dtype=np.int64)
    for i in range(n):
        if fold[i] >= 0:
            start[fold[i] + 1] += 1
    for k in range(n_folds):
        start[k + 1] += start[k]
    fill = start.copy()
    member = np.empty(n, dtype=np.int64)
    for i in range(n):
        if fold[i] >= 0:
            member[fill[fold[i]]] = i
            fill[fold[i]] += 1
    product = np.empty(n_draws)
    for i in range(n):
        if factor[i] <= 0.0 or fold[i] < 0:
            continue
        for a in range(start[fold[i]], start[fold[i] + 1]):
            j = member[a]
            if j == i or entry[j] >= time[i]:
                continue
            if not (time[j] > limit[i] or (or_censored_then and time[j] == limit[i] and event[j] == 0.0)):
                continue
            own, other = weights[i], weights[j]
            for b in range(n_draws):
                product[b] = factor[i] * own[b] * other[b]
                pairs[b] += product[b]
            for m in range(n_models):
                if risk[m, i] >= risk[m, j]:
                    share = 1.0 if risk[m, i] > risk[m, j] else 0.5
                    out = agreeing[m]
                    for b in range(n_draws):
                        out[b] += share * product[b]
