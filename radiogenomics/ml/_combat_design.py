"""Covariates of a harmonisation as columns of numbers, coded for new patients as for those of the fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import group_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.variance_explained import variance_explained


@dataclass(frozen=True)
class Design:
    """How covariates are coded.

    Attributes
    ----------
    levels
        By covariate: its categories at the fit, of which the first has no column; ``None`` for numbers.
    coded
        By covariate: its columns over the patients of the fit.
    """

    levels: dict[str, list[str] | None]
    coded: dict[str, FloatArray]

    @classmethod
    def of(cls, covariates: Any, n: int) -> Design:
        """Learn the categories."""
        levels: dict[str, list[str] | None] = {}
        table = _table(covariates, n)
        for name in map(str, table):
            number = pd.api.types.is_numeric_dtype(table[name]) and not pd.api.types.is_bool_dtype(table[name])
            levels[name] = None if number else sorted(_text(table[name]).unique())
            if (table[name].nunique() if number else len(levels[name] or [])) < 2:
                raise DegenerateInputError(f"covariate {name!r}", "one value in all patients; leave it out")
        empty = cls(levels, {})
        return cls(levels, {name: empty._columns(name, table[name]) for name in map(str, table)})

    def matrix(self, covariates: Any, n: int) -> FloatArray:
        """(n, n_columns) covariates of patients, coded as at the fit."""
        table = _table(covariates, n)
        if list(table.columns) != list(self.levels):
            raise InputError("covariates", Fault(f"{list(table.columns)}", f"{list(self.levels)}, as at the fit"))
        return np.hstack([np.empty((n, 0)), *(self._columns(name, table[name]) for name in map(str, table))])

    def refuse_confounded(self, labels: Any) -> None:
        """Name the covariates that the batches (or the other covariates) determine."""
        batches = (labels[:, None] == np.unique(labels)).astype(float)
        for name, columns in self.coded.items():
            both = np.hstack([batches, _scaled(columns)])
            if np.linalg.matrix_rank(both) < both.shape[1]:
                crossed = pd.crosstab(pd.Series(labels, name="batch"), pd.Series(self._shown(name, columns), name=name))
                counts = "; ".join(
                    f"{batch}: {', '.join(f'{n} {level}' for level, n in row.items() if n)}"
                    for batch, row in list(crossed.iterrows())[:6]
                )
                raise DegenerateInputError(
                    f"covariate {name!r}",
                    f"it is confounded with the batches ({counts}): what is batch and what is {name} cannot be told "
                    "apart, and harmonising would remove both. Leave the modality as it is and compare within batches, "
                    "merge batches that share it, or leave it out and accept that its effect goes too",
                )
        whole = np.hstack([batches, *map(_scaled, self.coded.values())])
        if np.linalg.matrix_rank(whole) < whole.shape[1]:
            raise DegenerateInputError(
                "covariates", f"{', '.join(self.coded)} together are confounded with each other or with the batches; "
                "leave one out"
            )  # fmt: skip

    def nearly_confounded(self, labels: Any, *, share: float = 0.75) -> dict[str, float]:
        """Covariates of whose variation the batches explain ``share`` or more, with that share."""
        found = {}
        for name, columns in self.coded.items():
            largest = float(np.nanmax(variance_explained(columns, np.asarray(labels, dtype=str)).r2))
            if largest >= share:
                found[name] = largest
        return found

    def _shown(self, name: str, columns: FloatArray) -> Any:
        levels = self.levels[name]
        if levels is None:
            return columns[:, 0]
        return np.array(levels)[np.where(columns.any(axis=1), columns.argmax(axis=1) + 1, 0)]

    def _columns(self, name: str, column: pd.Series) -> FloatArray:
        levels = self.levels[name]
        if levels is None:
            values = column.to_numpy(dtype=float, na_value=np.nan)
            if not np.isfinite(values).all():
                raise _without(name, int((~np.isfinite(values)).sum()))
            return values[:, None]
        text = _text(column)
        unknown = sorted(set(text) - set(levels))
        if unknown:
            raise InputError(
                "covariates",
                Fault(", ".join(map(repr, unknown)), f"one of {', '.join(map(repr, levels))}", column=name),
            )
        return np.asarray(text.to_numpy()[:, None] == np.array(levels[1:], dtype=object), dtype=float)


def _text(column: pd.Series) -> pd.Series:
    if column.isna().any():
        raise _without(str(column.name), int(column.isna().sum()))
    return column.astype(object).map(group_name)


def _without(name: str, n: int) -> InputError:
    hint = "Leave those patients or the covariate out, or fill the values in"
    return InputError("covariates", Fault(f"{n} patient(s) without a value", "a value each", column=name, hint=hint))


def _table(covariates: Any, n: int) -> pd.DataFrame:
    if covariates is None:
        return pd.DataFrame(index=range(n))
    table = covariates
    if not isinstance(covariates, pd.DataFrame):
        values = np.asarray(covariates)
        values = values[:, None] if values.ndim == 1 else values
        table = pd.DataFrame(values, columns=[f"covariate {i}" for i in range(1, values.shape[1] + 1)]).infer_objects()
    if len(table) != n:
        raise InputError("covariates", Fault(f"{len(table)} rows", f"{n}, one per patient"))
    renamed: pd.DataFrame = table.rename(columns=str).reset_index(drop=True)
    return renamed


def _scaled(columns: FloatArray) -> FloatArray:
    """Columns of one size, so that the unit of a covariate does not decide on rank."""
    size = np.abs(columns).max(axis=0)
    return columns / np.where(size > 0, size, 1.0)
