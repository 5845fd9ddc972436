"""Agreement of several groupings of the same patients."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, patients_of, split_blocks, split_of, to_uns
from radiogenomics._errors import Fault, InputError
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, BoolArray
from radiogenomics.tl._variables import Variable, check_names, grouping

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_ADJUST = {"benjamini-hochberg": core.benjamini_hochberg, "holm": core.holm}


def agreement(
    data: Cohort,
    groupings: Sequence[str],
    *,
    n_permutations: int = 1000,
    adjust: Literal["benjamini-hochberg", "holm"] = "benjamini-hochberg",
    rng: RNG = 0,
    key_added: str = "agreement",
) -> None:
    """Say how far groupings of the same patients agree, two by two :cite:p:`Hubert1985,Strehl2002,Cramer1946`.

    Parameters
    ----------
    data
        Cohort.
    groupings
        Two or more categorical columns of ``data.obs``.
    n_permutations
        Random exchanges of the labels, from which the p-value of each pair comes; its smallest value is
        1 / (n_permutations + 1). 0 for none.
    adjust
        How p-values are adjusted over the pairs (one family per part of the split).
    rng
        Seed or generator.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``table`` (per pair: adjusted Rand index, 1 the same groups and 0 as by
    chance; normalised mutual information and Cramer's V in [0, 1]; permutation p-value, adjusted p-value, patients used
    and missing), ``flows`` (patients with all groupings, from each group to each of the next grouping), ``settings``
    and ``left_out``. With a split, one block per part. The p-value of groupings of which one was made from the other
    (an integration of modalities and the groups of one) says nothing: they agree by construction.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs``.
    DegenerateGroupsError
        If a grouping has fewer than two groups.
    InputError
        Fewer than two groupings, or no patient with two of them.
    """
    check_key(data, key_added)
    names = [groupings] if isinstance(groupings, str) else list(groupings)
    if len(names) < 2:
        raise InputError("groupings", Fault(f"{names}", "two or more groupings"))
    check_names("groupings", names)
    if adjust not in _ADJUST:
        raise InputError("adjust", Fault(repr(adjust), " or ".join(repr(a) for a in _ADJUST)))
    if n_permutations < 0:
        raise InputError("n_permutations", Fault(str(n_permutations), "0 or more"))
    found = [grouping(data, name) for name in names]
    pairs = list(combinations(found, 2))
    used = np.sum([v.known for v in found], axis=0) >= 2
    if not used.any():
        raise InputError("groupings", f"no patient has two of {names}")
    root, tables, flows = generator(rng), [], []
    for part, rows in split_blocks(data):
        seeds = spawn_seeds(root, len(pairs))
        block = pd.DataFrame([_pair(a, b, rows, n_permutations, s) for (a, b), s in zip(pairs, seeds, strict=True)])
        block.insert(list(block.columns).index("p_value") + 1, "p_adjusted", _ADJUST[adjust](block["p_value"]))
        block.insert(0, "split", part)
        tables.append(block)
        flows += [{"split": part, **row} for row in _flows(found, rows)]
    reasons = dict.fromkeys(patients_of(data)[~used], "no two of the groupings")
    split = split_of(data)
    if split is not None:
        reasons |= dict.fromkeys(patients_of(data)[(split == keys.NO_PART).to_numpy()], "in no part of the split")
    settings = {"groupings": names, "n_permutations": n_permutations, "adjust": adjust, "rng": seed_of(rng)}
    data.uns[key_added] = to_uns(
        table=pd.concat(tables, ignore_index=True), flows=pd.DataFrame(flows), settings=settings,
        left_out=left_out_table(reasons),
    )  # fmt: skip


def _pair(first: Variable, second: Variable, rows: BoolArray, n_permutations: int, seed: int) -> dict[str, Any]:
    both = rows & first.known & second.known
    a, b = first.values[both], second.values[both]
    row: dict[str, Any] = {"first": first.name, "second": second.name}
    row |= {"adjusted_rand": np.nan, "mutual_information": np.nan, "cramers_v": np.nan, "p_value": np.nan}
    note = ""
    if min(a.nunique(), b.nunique()) < 2:
        note = "fewer than two groups among the patients with both" if both.any() else "no patient has both"
    else:
        found = core.agreement(a.to_numpy(str), b.to_numpy(str), n_permutations=n_permutations, rng=seed)
        row |= {name: getattr(found, name) for name in row if name not in ("first", "second")}
    return row | {"n": int(both.sum()), "n_missing": int(rows.sum() - both.sum()), "note": note}


def _flows(groupings: Sequence[Variable], rows: BoolArray) -> list[dict[str, Any]]:
    """Patients with all groupings, from each group of one to each of the next."""
    complete = rows & np.all([v.known for v in groupings], axis=0)
    out: list[dict[str, Any]] = []
    for step, (a, b) in enumerate(pairwise(groupings)):
        for i in a.levels or ():
            for j in b.levels or ():
                n = int((complete & (a.values == i).to_numpy() & (b.values == j).to_numpy()).sum())
                out.append(
                    {"step": step, "first": a.name, "first_group": i, "second": b.name, "second_group": j, "n": n}
                )
    return out
