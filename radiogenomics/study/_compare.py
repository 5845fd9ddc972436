"""What differs between two runs: inputs, settings, versions, patients, results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.core.agreement import adjusted_rand
from radiogenomics.study._compare_tables import compare_tables
from radiogenomics.study._folder import RunFolder, read_folder

COLUMNS = ("part", "item", "change", "a", "b", "told", "n_compared", "n_changed", "largest")
PARTS = ("inputs", "settings", "versions", "steps", "left out", "failures", "groups", "tables", "figures")

_ONLY_A, _ONLY_B, _DIFFERS = "only in A", "only in B", "differs"
_CLINICAL = "clinical.csv"
_NAMED = 5
"""Patients that are named."""


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    Attributes
    ----------
    a, b
        The two output folders.
    differences
        One row per difference: ``part`` (inputs, settings, versions, steps, left out, failures, groups, tables,
        figures), ``item``, ``change`` (``only in A``, ``only in B``, ``differs``), what stands in ``a`` and in ``b``,
        the difference as text (``told``), and for tables, figures and groups how many values both have
        (``n_compared``), how many of them differ (``n_changed``) and the largest relative difference (``largest``).
    same
        How many items of each part are the same in both.
    notes
        What stands in the way of a full comparison, such as a run that was stopped.
    """

    a: str
    b: str
    differences: pd.DataFrame
    same: dict[str, int]
    notes: tuple[str, ...]


def compare(run_a: StrPath, run_b: StrPath, *, tolerance: float = 1e-6) -> Comparison:
    """Compare the output folders of two runs.

    Tables are compared row by row, matched by their leading columns that tell rows apart; groups after matching their
    names as well as possible, since names of groups are arbitrary. Of a run that was stopped, what it has is compared.

    Parameters
    ----------
    run_a, run_b
        Output folders of :func:`run`.
    tolerance
        Numbers differ where their distance is more than this part of the larger one; at least 0, below 1. Distances
        under 1e-12 are rounding.

    Raises
    ------
    InputError
        If one is not the output folder of a run, or the tolerance is no such number.
    """
    if not 0 <= tolerance < 1:
        raise InputError("tolerance", Fault(str(tolerance), "at least 0 and less than 1, for instance 1e-6"))
    a, b = read_folder(run_a), read_folder(run_b)
    rows: list[dict[str, Any]] = []
    same = dict.fromkeys(PARTS, 0)
    for part, found in (
        ("inputs", _inputs(a, b)),
        ("settings", _values(_flat(a.provenance.get("settings", {})), _flat(b.provenance.get("settings", {})))),
        ("versions", _values(_versions(a), _versions(b))),
        ("steps", _values(_steps(a), _steps(b))),
        ("left out", _patients(a.provenance.get("left_out", {}), b.provenance.get("left_out", {}))),
        ("failures", _patients(_failures(a), _failures(b))),
        ("groups", _groups(a, b)),
        ("tables", _tables(a, b, "tables", tolerance)),
        ("figures", _tables(a, b, "figures", tolerance)),
    ):
        for row in found:
            if row is None:
                same[part] += 1
            else:
                rows.append({"part": part, **row})
    notes = tuple(run.note for run in (a, b) if run.note)
    return Comparison(str(run_a), str(run_b), pd.DataFrame(rows, columns=list(COLUMNS)), same, notes)


Row = dict[str, Any] | None  # None: the same in both


def _only(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Row]:
    for name in a.keys() - b.keys():
        yield {"item": name, "change": _ONLY_A, "a": a[name]}
    for name in b.keys() - a.keys():
        yield {"item": name, "change": _ONLY_B, "b": b[name]}


def _values(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Row]:
    """Texts by name."""
    for name in sorted(a.keys() | b.keys()):
        if name not in b:
            yield {"item": name, "change": _ONLY_A, "a": a[name], "told": a[name]}
        elif name not in a:
            yield {"item": name, "change": _ONLY_B, "b": b[name], "told": b[name]}
        elif a[name] == b[name]:
            yield None
        else:
            yield {"item": name, "change": _DIFFERS, "a": a[name], "b": b[name], "told": f"{a[name]} -> {b[name]}"}


def _inputs(a: RunFolder, b: RunFolder) -> Iterator[Row]:
    """Input files by name; a file whose content the other run has under another name was renamed or moved."""
    left, right = ({row["file"]: row["sha256"] for row in run.provenance.get("inputs", [])} for run in (a, b))
    elsewhere = {digest: name for name, digest in right.items() if name not in left}
    moved = {name: elsewhere[digest] for name, digest in left.items() if name not in right and digest in elsewhere}
    for name, other in moved.items():
        yield {"item": name, "change": _DIFFERS, "a": name, "b": other, "told": f"same content, in B as {other}"}
    gone = set(moved) | set(moved.values())
    for row in _values(*({k: v for k, v in side.items() if k not in gone} for side in (left, right))):
        if row is not None:
            row["told"] = "content differs" if row["change"] == _DIFFERS else ""
        yield row


def _flat(value: Any, key: str = "") -> dict[str, str]:
    """Settings by dotted key, each value as text."""
    if isinstance(value, Mapping) and value:
        return {k: v for name, item in value.items() for k, v in _flat(item, f"{key}.{name}" if key else name).items()}
    return {key: value if isinstance(value, str) else repr(value)} if key else {}


def _versions(run: RunFolder) -> dict[str, str]:
    told = run.provenance
    code = {"code of radiogenomics": told["code"]} if "code" in told else {}
    return {**told.get("versions", {}), **code, **_flat(told.get("platform", {}))}


def _steps(run: RunFolder) -> dict[str, str]:
    """Steps, and what they skipped."""
    skipped: dict[str, list[str]] = {}
    for row in run.provenance.get("skipped", []):
        skipped.setdefault(row["step"], []).append(row["what"])
    done = [step["step"] for step in run.provenance.get("steps", [])]
    return {
        name: f"skipped {', '.join(skipped[name])}" if name in skipped else "done"
        for name in dict.fromkeys([*done, *skipped])
    }


def _failures(run: RunFolder) -> dict[str, dict[str, str]]:
    by_step: dict[str, dict[str, str]] = {}
    for row in run.provenance.get("failures", []):
        by_step.setdefault(row["step"], {})[f"{row['patient_id']} {row['sequence']}"] = row["reason"]
    return by_step


def _patients(a: Mapping[str, Mapping[str, str]], b: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    """Patients with a reason, by result."""
    for name in sorted(a.keys() | b.keys()):
        left, right = a.get(name, {}), b.get(name, {})
        if left == right:
            yield None
            continue
        parts = [
            f"{said}: {_some(names)}"
            for said, names in (
                (_ONLY_A, left.keys() - right.keys()),
                (_ONLY_B, right.keys() - left.keys()),
                ("for another reason", {p for p in left.keys() & right.keys() if left[p] != right[p]}),
            )
            if names
        ]
        yield {
            "item": name,
            "change": _DIFFERS,
            "a": f"{len(left)}",
            "b": f"{len(right)}",
            "told": f"{len(left)} -> {len(right)}; {'; '.join(parts)}",
        }


def _some(names: set[str]) -> str:
    named = sorted(names)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more


def _groups(a: RunFolder, b: RunFolder) -> Iterator[Row]:
    """Groupings of the patients, as they stand beside the clinical table."""
    left, right = _groupings(a), _groupings(b)
    yield from _only({n: _sizes(g) for n, g in left.items()}, {n: _sizes(g) for n, g in right.items()})
    for name in sorted(left.keys() & right.keys()):
        both = pd.concat([left[name], right[name]], axis=1, join="inner", keys=["a", "b"])
        if both.empty:
            continue
        table = pd.crosstab(both["a"], both["b"]).to_numpy()
        kept = int(table[linear_sum_assignment(table, maximize=True)].sum())
        moved, n_a, n_b = len(both) - kept, len(left[name]), len(right[name])
        if not moved and both["a"].equals(both["b"]) and n_a == n_b == len(both):
            yield None
            continue
        rand = adjusted_rand(table) if len(both) > 1 else np.nan
        told = f"{moved} of {len(both)} patients change their group (adjusted Rand index {rand:.2f})"
        if not moved and not both["a"].equals(both["b"]):
            told = "the same groups under other names"
        if not n_a == n_b == len(both):
            told += f"; grouped: {n_a} -> {n_b}, in both {len(both)}"
        yield {
            "item": name, "change": _DIFFERS, "a": _sizes(left[name]), "b": _sizes(right[name]), "told": told,
            "n_compared": len(both), "n_changed": moved,
        }  # fmt: skip


def _groupings(run: RunFolder) -> dict[str, pd.Series]:
    tables = run.tables("tables")
    if _CLINICAL not in tables:
        return {}
    table = pd.read_csv(tables[_CLINICAL], dtype=str, keep_default_na=False).set_index(PATIENT)
    names = [n for n in map(str, table) if ":" in n or f"{n}_sizes.csv" in tables or f"{n}_members.csv" in tables]
    return {name: table[name][table[name] != ""] for name in names}


def _sizes(groups: pd.Series) -> str:
    return ", ".join(f"{name}: {n}" for name, n in groups.value_counts().sort_index().items())


def _tables(a: RunFolder, b: RunFolder, folder: str, tolerance: float) -> Iterator[Row]:
    """CSV files of the tables, or those of the figures, which hold what is drawn."""
    left, right = a.tables(folder), b.tables(folder)
    yield from _only(dict.fromkeys(left, ""), dict.fromkeys(right, ""))
    for name in sorted(left.keys() & right.keys()):
        if _digest(left[name]) == _digest(right[name]):
            yield None
            continue
        change = compare_tables(left[name], right[name], tolerance)
        if change.same:
            yield None
            continue
        yield {
            "item": name, "change": _DIFFERS, "told": change.told(), "n_compared": change.n_compared,
            "n_changed": change.n_changed, "largest": change.largest,
        }  # fmt: skip


def _digest(path: Any) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
