"""What a radiogenomic map is made of: two tables of features and the covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from radiogenomics import _keys as keys
from radiogenomics._cohort import dense, is_multimodal, modality_of, patients_of, split_of, unknown_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.correlation import collinear_columns
from radiogenomics.get._unscaled import unscaled_features
from radiogenomics.tl._taught import Taught, features_taught
from radiogenomics.tl._variables import Variable, check_names, term, variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Fewest degrees of freedom (patients - 2 - covariates) of a map.
LEAST_DF = 2


@dataclass(frozen=True)
class Side:
    """One side of the map.

    Attributes
    ----------
    name
        Modality, ``obsm`` key, or the argument when a table was given.
    values
        Patients x features.
    """

    name: str
    values: pd.DataFrame

    @property
    def features(self) -> pd.Index:
        """Names of the features."""
        return self.values.columns

    def values_of(self, patients: pd.Index, columns: IntArray | None = None) -> FloatArray:
        """Rows of some patients, refusing missing and infinite values by the names of their features."""
        found = self.values.loc[patients]
        found = found if columns is None else found.iloc[:, columns]
        matrix = found.to_numpy(dtype=float)
        bad = ~np.isfinite(matrix).all(axis=0)
        if bad.any():
            names = ", ".join(repr(n) for n in found.columns[bad][:12]) + (" ..." if bad.sum() > 12 else "")
            raise InputError(
                self.name,
                Fault(
                    f"missing or infinite values in {int(bad.sum())} of {bad.size} features: {names}",
                    "a finite value of every patient",
                    hint="Run rg.pp.clean_features and rg.pp.impute first",
                ),
            )
        return matrix


def side_of(data: Cohort, given: str | pd.DataFrame, argument: str) -> Side:
    """A modality before scaling, an ``obsm`` entry or a table."""
    if isinstance(given, pd.DataFrame):
        name, table = argument, given
    else:
        name, table = given, _stored(data, given, argument)
    table = table.set_axis(table.index.astype(str), axis=0).set_axis(table.columns.astype(str), axis=1)
    for what, labels in (("patients", table.index), ("features", table.columns)):
        doubles = sorted(set(labels[labels.duplicated()]))
        if doubles:
            raise InputError(argument, Fault(f"{what} {doubles[:12]} more than once", "each once"))
    text = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c].dtype)]
    if text:
        raise InputError(argument, Fault(f"columns {text[:12]} that are no numbers", "numbers"))
    return Side(name, table)


def sides_taught(data: Cohort, *given: str | pd.DataFrame) -> list[Taught]:
    """What labels taught the features of the sides, of those that are modalities or ``obsm`` entries of one."""
    names = [str(side).partition(":")[0] for side in given if not isinstance(side, pd.DataFrame)]
    if not is_multimodal(data):
        return features_taught(data, None) if names else []
    return [one for name in dict.fromkeys(names) if name in data.mod for one in features_taught(data, name)]


def _stored(data: Cohort, name: str, argument: str) -> pd.DataFrame:
    modality, sign, key = name.partition(":")
    if is_multimodal(data):
        if name in data.mod:
            return unscaled_features(data, name)
        if sign and modality in data.mod:
            return _obsm(data.mod[modality], key, f"obsm of {modality}")
    # MuData keeps a mask of each modality's patients in obsm, under the name of the modality.
    if name in data.obsm:
        return _obsm(data, name, "data.obsm")
    known = [*(data.mod if is_multimodal(data) else ()), *data.obsm]
    raise unknown_name(f"modality or obsm key ({argument}=)", name, dict.fromkeys(known))


def _obsm(data: Cohort, key: str, where: str) -> pd.DataFrame:
    if key not in data.obsm:
        raise unknown_name(f"key of {where}", key, data.obsm)
    values = data.obsm[key]
    if isinstance(values, pd.DataFrame):
        return values
    matrix = dense(values)
    return pd.DataFrame(matrix, index=patients_of(data), columns=[f"{key}_{i + 1}" for i in range(matrix.shape[1])])


def design(data: Cohort, covariates: Sequence[str], categorical: Sequence[str]) -> list[Variable]:
    """Covariates: columns of ``data.obs``, or features as ``modality:feature``."""
    if isinstance(covariates, str):
        raise InputError("covariates", Fault(repr(covariates), f"a list: [{covariates!r}]"))
    check_names("covariates", covariates, subset=categorical)
    return [_covariate(data, name, name in categorical) for name in covariates]


def _covariate(data: Cohort, name: str, categorical: bool) -> Variable:
    modality, sign, feature = name.partition(":")
    if name in data.obs or not (sign and is_multimodal(data) and modality in data.mod):
        return variable(data, name, categorical=categorical)
    if categorical:
        raise InputError("categorical", Fault(f"{name!r}, a feature", "columns of data.obs"))
    adata = modality_of(data, modality)
    if feature in adata.var_names:
        # The values before scaling: what was standardised within training patients says the same.
        values = unscaled_features(data, modality)[feature]
    else:
        raise unknown_name(f"feature of {modality}", feature, adata.var_names)
    values = values.astype(float).reindex(patients_of(data))
    return Variable(name, values.where(np.isfinite(values)), None)


def covariate_matrix(variables: Sequence[Variable], rows: BoolArray, method: str) -> FloatArray:
    """Covariates as columns, ranked for Spearman; refuses one that others explain."""
    terms = [term(v, rows) for v in variables]
    columns = [c for t in terms for c in (t.columns if t.levels else [t.name])]
    # A category of which all patients are has no column; it is constant all the same.
    blocks = [t.x if t.levels else np.ones((int(rows.sum()), 1)) for t in terms]
    z = np.column_stack([np.empty((int(rows.sum()), 0)), *blocks])
    bad = collinear_columns(z)
    if method == "spearman":
        z = rankdata(z, axis=0).reshape(z.shape)
        bad = sorted({*bad, *collinear_columns(z)})
    if bad:
        names = ", ".join(repr(columns[i]) for i in bad)
        raise DegenerateInputError(
            "covariates",
            f"{names} among these {int(rows.sum())} patients: constant, or explained by the covariates named before. "
            "Leave it out.",
        )
    return z


def whom(data: Cohort, sides: Sequence[Side], variables: Sequence[Variable]) -> tuple[BoolArray, dict[str, str]]:
    """Patients with both sides and every covariate; reason of each patient whom the map leaves out."""
    patients = patients_of(data)
    has = {side.name: patients.isin(side.values.index) for side in sides} | {v.name: v.known for v in variables}
    known = np.logical_and.reduce(list(has.values()))
    split = split_of(data)
    reasons = {}
    for i, patient in enumerate(patients):
        missing = [name for name, there in has.items() if not there[i]]
        if missing:
            reasons[str(patient)] = "no " + ", ".join(missing)
        elif split is not None and split.iloc[i] == keys.NO_PART:
            reasons[str(patient)] = "in no part of the split"
    return known, reasons
