"""Which patients teach, which test within the study, and which test from outside."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics import _keys as keys
from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._random import generator
from radiogenomics.schemas.messages import faults_of
from radiogenomics.schemas.split import Split

TRAINING, INTERNAL, EXTERNAL = keys.SPLITS

#: What a condition may be made of. Calls, attributes and ``@variables`` would run code that a study file brings.
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Invert, ast.BinOp, ast.BitAnd,
    ast.BitOr, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Name, ast.Load,
    ast.Constant, ast.List, ast.Tuple,
)  # fmt: skip


def split_patients(
    clinical: pd.DataFrame, patients: pd.Index, split: str | Mapping[str, Any] | pd.Series, strata: pd.Series
) -> pd.Series:
    """Part of each of ``patients``: training, internal or external; missing without a clinical row.

    Parameters
    ----------
    clinical
        Indexed by patient.
    patients
        Patients of the cohort.
    split
        Column of the clinical table; or a rule ``{"external": condition, "internal": share, "rng": seed}``; or a
        Series by patient.
    strata
        By patient: the internal part takes the same share of each stratum (missing is one of them).
    """
    known = patients[patients.isin(clinical.index)]
    if isinstance(split, str):
        if split not in clinical:
            raise unknown_name("split", split, clinical.columns)
        parts = clinical[split].reindex(known)
        return _checked(parts, patients, f"column {split!r}", clinical.attrs.get("rows", {}))
    if isinstance(split, pd.Series):
        if split.index.duplicated().any():
            raise InputError("split", Fault(f"patient {split.index[split.index.duplicated()][0]!r} twice", "each once"))
        given = split.set_axis(split.index.astype(str)).reindex(patients)
        without_row = given[~given.index.isin(known)].dropna()
        return _checked(given.reindex(known.union(without_row.index, sort=False)), patients, "split", {})
    if not isinstance(split, Mapping):
        raise InputError("split", Fault(repr(split), "a column, a rule, or a Series by patient"))
    try:
        rule = Split.model_validate(dict(split))
    except ValidationError as error:
        raise InputError("split", faults_of(error)) from error
    return _drawn(clinical.loc[known], patients, rule, strata)


def _checked(parts: pd.Series, patients: pd.Index, where: str, rows: Mapping[str, int]) -> pd.Series:
    text = parts.astype(object).where(parts.notna(), None)
    faults = [
        Fault(f"{value!r} for patient {patient!r}" if value is not None else f"nothing for patient {patient!r}",
              " or ".join(keys.SPLITS), row=rows.get(str(patient)))
        for patient, value in text.items()
        if value not in keys.SPLITS
    ]  # fmt: skip
    if not faults and not (text == TRAINING).any():
        faults.append(Fault("no training patient", "patients to learn from"))
    if faults:
        raise InputError(f"split, {where}" if where != "split" else where, faults)
    return text.reindex(patients)


def _drawn(clinical: pd.DataFrame, patients: pd.Index, rule: Split, strata: pd.Series) -> pd.Series:
    parts = pd.Series(TRAINING, index=clinical.index, dtype=object)
    if rule.external is not None:
        outside = where_true(clinical, rule.external)
        if outside.all() or not outside.any():
            raise InputError(
                "split", Fault(f"{int(outside.sum())} of {len(outside)} patients", "some, not all", column="external",
                               hint=f"The condition is {rule.external!r}")
            )  # fmt: skip
        parts[outside.to_numpy()] = EXTERNAL
    if rule.internal is not None:
        inside = parts.index[(parts == TRAINING).to_numpy()]
        chosen = _stratified(strata.reindex(inside), rule.internal, rule.rng)
        if not chosen or len(chosen) == len(inside):
            raise InputError(
                "split", Fault(f"{len(chosen)} of {len(inside)} patients", "some, not all", column="internal")
            )
        parts[chosen] = INTERNAL
    return parts.reindex(patients)


def _stratified(strata: pd.Series, share: float, seed: int) -> list[str]:
    """``share`` of the patients, of each stratum as nearly as whole patients allow; independent of their order."""
    rng = generator(seed)
    members = {
        name: sorted(rows.index)
        for name, rows in strata.fillna("missing").astype(str).groupby(strata.fillna("missing").astype(str))
    }
    wanted = {name: share * len(ids) for name, ids in members.items()}
    taken = {name: int(n) for name, n in wanted.items()}
    rest = round(share * len(strata)) - sum(taken.values())
    # The seats left over go to the largest remainders.
    for name in sorted(members, key=lambda n: (taken[n] - wanted[n], n))[: max(rest, 0)]:
        taken[name] += 1
    chosen: list[str] = []
    for name in sorted(members):
        order = rng.permutation(len(members[name]))[: taken[name]]
        chosen += [members[name][i] for i in order]
    return chosen


def where_true(clinical: pd.DataFrame, condition: str) -> pd.Series:
    """Patients for whom a condition on columns holds, for example ``centre == 'B' and year >= 2015``.

    Only comparisons, ``and``, ``or``, ``not``, ``in`` and constants; a name that is no Python word stands in backticks.
    """
    quoted = re.findall(r"`([^`]*)`", condition)
    plain = condition
    for number, name in enumerate(quoted):
        plain = plain.replace(f"`{name}`", f"_quoted_{number}")
    try:
        tree = ast.parse(plain.strip(), mode="eval")
    except SyntaxError as error:
        raise InputError(
            "split", Fault(f"{condition!r} ({error.msg})", "a condition such as centre == 'B'", column="external")
        ) from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise InputError(
                "split",
                Fault(
                    f"{condition!r} with a {type(node).__name__.lower()}",
                    "comparisons of columns and constants",
                    column="external",
                    hint="Columns whose names are no plain words stand in backticks",
                ),
            )
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in sorted(names):
        real = quoted[int(name.rpartition("_")[2])] if name.startswith("_quoted_") else name
        if real not in clinical:
            raise unknown_name("split: column", real, clinical.columns)
    frame = clinical.rename(columns={name: f"_quoted_{i}" for i, name in enumerate(quoted)})
    try:
        result = frame.query(plain, engine="python").index
    except (TypeError, ValueError) as error:
        raise InputError(
            "split", Fault(f"{condition!r} ({error})", "a condition that suits the columns", column="external")
        ) from error
    return pd.Series(np.asarray(clinical.index.isin(result)), index=clinical.index)
