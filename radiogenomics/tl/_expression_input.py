"""What differential expression reads: values on their scale, counts, the two sides of patients and their design."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    dense,
    group_order,
    modality_of,
    patients_of,
    pipeline_of,
    raw_features,
    settings_of,
    split_of,
    training_rows,
    unknown_name,
)
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.get._unscaled import unscaled_features
from radiogenomics.tl._variables import term, variable

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

REST = "rest"
# 2^40 counts of one gene do not occur: larger values are not on a log2 scale.
_MOST_LOG2 = 40.0


def refuse_doubles(adata: AnnData, where: str) -> None:
    """Refuse a gene or a patient that stands there twice: no row of a result could be told from the other."""
    faults = []
    for what, names, hint in (
        (
            "gene",
            adata.var_names,
            "rg.io.read_counts adds up repeated genes; var_names_make_unique() keeps them apart.",
        ),
        ("patient", adata.obs_names, "Keep one sample of each patient."),
    ):
        doubles = list(dict.fromkeys(names[names.duplicated()].astype(str)))
        if doubles:
            shown = ", ".join(doubles[:5]) + (" ..." if len(doubles) > 5 else "")
            faults.append(Fault(f"{len(doubles)} {what}(s) more than once ({shown})", f"every {what} once", hint=hint))
    if faults:
        raise InputError(where, faults)


def expression_of(data: Cohort, modality: str | None, fold_change: float) -> tuple[FloatArray, str]:
    """Expression of every patient of the modality on the log2 scale, and where it is from (or ``zscore``)."""
    adata = modality_of(data, modality)
    where = "expression" if modality is None else f"modality {modality!r}"
    values = dense(adata.X)
    infinite = int(np.isinf(values).any(axis=0).sum())
    if infinite:
        raise InputError(
            where, Fault(f"infinite values in {infinite} gene(s)", "finite values", hint="Clean them first.")
        )
    _refuse_empty_samples(values, adata, where)
    # AnnData's files drop an entry of value None: no base is the natural logarithm, as scanpy has it.
    if "log1p" in adata.uns and "expression" not in adata.uns:
        base = dict(adata.uns["log1p"]).get("base")
        factor = math.log2(math.e if base is None else float(base))
        logged, note = _logged(values, adata, where)
        values = logged * factor
    else:
        note = "log2"
    largest = float(np.nanmax(values)) if values.size and not np.isnan(values).all() else 0.0
    if largest > _MOST_LOG2:
        hint = "Normalise counts with rg.pp.normalize_counts, or read linear values as such so that they are logged."
        raise InputError(where, Fault(f"values up to {largest:g}", "values on a log2 scale", hint=hint))
    recorded = settings_of(adata.uns, "expression")["scale"] if "expression" in adata.uns else "log2"
    if recorded == "log2":
        if not any("Scaler" in step["estimator"] for step in json.loads(pipeline_of(data, modality))):
            return values, note
        # Groups want scaled genes, fold changes want log2 values: the recorded steps give those from before scaling.
        before = unscaled_features(data, modality)
        return before[list(adata.var_names)].to_numpy(dtype=float), "log2, from before scaling"
    if fold_change != 1:
        hint = "fold_change=1 tests differences without a threshold."
        raise InputError(where, Fault("z-scores", "log2 values, whose differences are fold changes", hint=hint))
    return values, "zscore"


def _logged(values: FloatArray, adata: AnnData, where: str) -> tuple[FloatArray, str]:
    """Values of scanpy's log1p: ``X``, or ``raw`` where ``X`` was scaled or residualised since; errors otherwise."""
    if not _standardised(values):
        return values, "log2, from scanpy's log1p"
    if adata.raw is not None and adata.var_names.isin(adata.raw.var_names).all():
        raw = dense(adata.raw[:, list(adata.var_names)].X)
        whole = np.array_equal(raw, np.rint(raw), equal_nan=True)
        if not (_standardised(raw) or whole):
            return raw, "log2, from scanpy's log1p kept in raw"
    raise InputError(
        where,
        Fault(
            "standardised values, although uns['log1p'] declares logarithms",
            "the values that scanpy's log1p made, whose differences are fold changes",
            hint="Set adata.raw = adata.copy() before sc.pp.scale, or scale a copy; raw is then compared.",
        ),
    )


def _standardised(values: FloatArray) -> bool:
    """Whether values cannot be those of log1p: some are below 0, or every gene spreads by one."""
    if not values.size or np.isnan(values).all():
        return False
    if np.nanmin(values) < 0:
        return True
    spread = np.nanstd(values, axis=0, ddof=1) if len(values) > 2 else np.zeros(1)
    spread = spread[spread > 0]
    return bool(len(spread) > 2 and np.median(np.abs(spread - 1)) < 1e-3)


def _refuse_empty_samples(values: FloatArray, adata: AnnData, where: str) -> None:
    empty = patients_of(adata)[(np.nan_to_num(values) == 0).all(axis=1)]
    if len(empty):
        shown = ", ".join(empty[:5]) + (" ..." if len(empty) > 5 else "")
        found = f"{len(empty)} patient(s) with 0 or nothing for all genes ({shown})"
        raise InputError(where, Fault(found, "a sequenced patient", hint="Leave the patient out of the modality."))


def counts_of(data: Cohort, modality: str | None) -> FloatArray:
    """Raw counts of every patient of the modality, for the genes that it has now."""
    adata = modality_of(data, modality)
    where = "counts" if modality is None else f"counts of modality {modality!r}"
    steps = json.loads(pipeline_of(data, modality))
    if keys.COUNTS in adata.layers:
        values = dense(adata.layers[keys.COUNTS])
    elif steps and steps[0]["estimator"] == "CountNormalizer":
        values = raw_features(data, modality)[list(adata.var_names)].to_numpy(dtype=float)
    else:
        values = dense(adata.X)
        where += " (X, as there is no layers['counts'])"
    faults = []
    patients = patients_of(adata)
    for what, cells in (
        ("missing", np.isnan(values)),
        ("negative", values < 0),
        ("not whole", np.isfinite(values) & (values != np.rint(values))),
        ("infinite", np.isinf(values)),
    ):
        if cells.any():
            i, j = (int(k) for k in np.argwhere(cells)[0])
            found = f"{int(cells.sum())} values that are {what}, the first {values[i, j]:g} of {patients[i]!r}"
            hint = "Without raw counts take method='limma_trend'."
            faults.append(
                Fault(found, "raw counts: whole numbers of at least 0", column=str(adata.var_names[j]), hint=hint)
            )
    if not faults:
        faults = [
            Fault(f"no count at all for patient {p!r}", "a sequenced patient") for p in patients[values.sum(1) == 0]
        ]
    if faults:
        raise InputError(where, faults)
    return values


@dataclass(frozen=True)
class Sides:
    """The patients compared.

    Attributes
    ----------
    rows
        Their rows of the modality.
    inside
        Which of them are of the group; the others are of the reference.
    design
        Intercept, columns of the covariates, and last the group, by patient.
    left_out
        Why the other patients of the cohort are on neither side.
    """

    rows: np.ndarray
    inside: BoolArray
    design: pd.DataFrame
    left_out: dict[str, str]


def sides_of(
    data: Cohort,
    groupby: str,
    labels: pd.Series,
    *,
    group: str,
    reference: str,
    adata: AnnData,
    covariates: Sequence[str],
) -> Sides:
    """Both sides with their covariates, or an error that says which of them is too small or not to be told apart."""
    names = group_order(data, groupby)
    for what, name in (("group", group), ("reference", reference)):
        if name not in names and not (what == "reference" and name == REST):
            raise unknown_name(what, name, names)
    if group == reference:
        raise InputError("reference", Fault(f"{reference!r} on both sides", "another group, or 'rest'"))
    patients = patients_of(data)
    have = np.asarray(patients.isin(patients_of(adata)), dtype=bool)
    variables = [variable(data, name) for name in covariates]
    known = np.ones(len(patients), dtype=bool)
    for v in variables:
        known &= v.known
    usable = training_rows(data) & have & known
    own = (labels == group).to_numpy()
    other = (labels.notna() & (labels != group) if reference == REST else labels == reference).to_numpy()
    used = usable & (own | other)
    inside = own[used]
    faults = [
        Fault(f"{int(n)} patient(s) of {name!r} with expression{' and covariates' if variables else ''}", "at least 2",
              column=what)
        for what, name, n in (("group", group, inside.sum()), ("reference", reference, (~inside).sum()))
        if n < 2
    ]  # fmt: skip
    if faults:
        raise DegenerateGroupsError("differential_expression", faults)
    split = split_of(data)
    left_out: dict[str, str] = {}
    for i in np.flatnonzero(~used).tolist():
        patient = str(patients[i])
        if not have[i]:
            left_out[patient] = "no expression"
        elif pd.isna(labels.iloc[i]):
            left_out[patient] = f"no group in {groupby}"
        elif not training_rows(data)[i]:
            part = None if split is None else split.iloc[i]
            left_out[patient] = f"{part} part of the split; genes are chosen on the training patients"
        elif not (own[i] or other[i]):
            left_out[patient] = f"neither {group} nor {reference}"
        else:
            left_out[patient] = "no " + ", ".join(v.name for v in variables if not v.known[i])
    columns: dict[str, FloatArray] = {"intercept": np.ones(len(inside))}
    for v in variables:
        made = term(v, used)
        columns |= {f"{v.name} {level}".strip(): made.x[:, j] for j, level in enumerate(made.levels)}
        _refuse_confounded(v.name, made.x, inside, group)
    design = pd.DataFrame({**columns, "compared group": inside.astype(float)}, index=patients[used])
    if np.linalg.matrix_rank(_standard(design.to_numpy())) < design.shape[1]:
        raise DegenerateInputError(
            "covariates",
            f"{list(covariates)} and the group cannot be told apart: one follows from the others; name fewer",
        )
    if len(design) <= design.shape[1]:
        raise DegenerateInputError(
            "covariates", f"{design.shape[1]} coefficients for {len(design)} patients; name fewer covariates"
        )
    return Sides(patients_of(adata).get_indexer(patients[used]), inside, design, left_out)


def _refuse_confounded(name: str, x: FloatArray, inside: BoolArray, group: str) -> None:
    """Name the one covariate that settles who is in the group."""
    own = np.column_stack([np.ones(len(x)), x])
    with_group = np.column_stack([own, inside.astype(float)])
    if x.size and np.linalg.matrix_rank(_standard(with_group)) == np.linalg.matrix_rank(_standard(own)):
        raise DegenerateInputError(
            "covariates",
            f"{name!r} tells who is in {group!r}: their effects cannot be told apart; leave it out, or compare groups "
            "that share its levels",
        )


def _standard(x: FloatArray) -> FloatArray:
    """Columns of length one, so that rank does not depend on units."""
    length = np.linalg.norm(x, axis=0)
    return np.asarray(x / np.where(length > 0, length, 1.0))
