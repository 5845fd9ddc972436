"""Joint groups of patients from several groupings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    column_of,
    group_order,
    groups_of,
    is_multimodal,
    left_out_table,
    outcome_of,
    patients_of,
    settings_of,
    split_blocks,
    split_of,
    to_uns,
)
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray
from radiogenomics.tl._taught import columns_taught, recorded

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def combine_groups(
    data: Cohort, groupby: Sequence[str], *, outcome: str | None = None, key_added: str = "combined"
) -> None:
    """Give every patient the combination of several groupings, ``"A x B"``.

    Parameters
    ----------
    data
        Cohort.
    groupby
        Two or more categorical columns of ``data.obs``; the label has their groups in this order.
    outcome
        Survival outcome whose events are counted; by default the first, if there is one.
    key_added
        Column of ``data.obs`` and name of the result.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]`` (categorical; missing where one of the groupings is) and
    ``data.uns[key_added]``: ``sizes`` (patients and, with a survival outcome, events per group), ``settings`` and
    ``left_out``.

    Raises
    ------
    UnknownNameError
        If a grouping is not a column of ``data.obs``.
    """
    check_key(data, key_added, column=True)
    names = [groupby] if isinstance(groupby, str) else list(groupby)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError("groupby", Fault(f"{names}", "two or more different groupings"))
    columns = pd.DataFrame({name: groups_of(data, name, at_least=1) for name in names})
    complete = columns.notna().all(axis=1)
    if not complete.any():
        raise InputError("groupby", f"no patient has a group in all of {names}; they share no patients")
    labels = columns[complete].agg(" x ".join, axis=1).reindex(columns.index)
    possible = [" x ".join(levels) for levels in product(*(group_order(data, name) for name in names))]
    present = [label for label in possible if (labels == label).any()]
    reasons = {
        str(patient): "no group in " + ", ".join(n for n in names if pd.isna(row[n]))
        for patient, row in columns[~complete].iterrows()
    }
    split = split_of(data)
    if split is not None:
        in_none = complete.to_numpy() & (split == keys.NO_PART).to_numpy()
        reasons |= dict.fromkeys(patients_of(data)[in_none], "in no part of the split: labelled, but not in the sizes")
    name, event = _events(data, outcome)
    rows = []
    for part, inside in split_blocks(data):
        for label in present:
            members = inside & (labels == label).to_numpy()
            row = {"split": part, "group": label, "n": int(members.sum())}
            if event is not None:
                row["n_events"] = int(event[members].sum())
            rows.append(row)
    settings = {"groupby": names, "outcome": name, "key_added": key_added, **recorded(columns_taught(data, names))}
    result = to_uns(sizes=pd.DataFrame(rows), settings=settings, left_out=left_out_table(reasons))
    data.obs[key_added] = pd.Categorical(labels.reindex(patients_of(data)).to_numpy(), categories=present)
    data.uns[key_added] = result


def sources_of(data: Cohort, groupby: str) -> list[str]:
    """The groupings a grouping rests on: itself, or those it combines."""
    stored = data.uns.get(groupby)
    if isinstance(stored, Mapping) and "sizes" in stored and keys.SETTINGS in stored:
        parts: Any = settings_of(stored).get("groupby", [])
        return [source for part in parts for source in sources_of(data, part)]
    return [groupby]


def made_by_scanpy(data: Cohort, groupby: str) -> bool:
    """Whether scanpy's leiden or louvain left these groups in a plain AnnData, made from its own features."""
    stored = None if is_multimodal(data) else data.uns.get(groupby)
    params = stored.get("params") if isinstance(stored, Mapping) else None
    return isinstance(params, Mapping) and "resolution" in params


def _events(data: Cohort, outcome: str | None) -> tuple[str | None, BoolArray | None]:
    """Who has the event at a known time; nothing where no survival outcome is registered or asked for."""
    registered = data.uns.get(keys.OUTCOMES, {}).values()
    if outcome is None and not any(declared["kind"] == "survival" for declared in registered):
        return None, None
    name, declared = outcome_of(data, outcome, kinds=("survival",))
    time, event = pd.to_numeric(column_of(data, declared["time"])), pd.to_numeric(column_of(data, declared["event"]))
    has: BoolArray = ((event == 1) & time.notna()).to_numpy(dtype=bool)
    return name, has
