"""Genes that set one group of patients apart."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import (
    check_key,
    dense,
    group_order,
    groups_of,
    is_multimodal,
    left_out_table,
    modality_of,
    outcome_of,
    patients_of,
    pipeline_of,
    settings_of,
    split_of,
    to_uns,
    training_rows,
    unknown_name,
)
from radiogenomics._errors import DegenerateGroupsError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.get._unscaled import unscaled_features
from radiogenomics.tl._combine_groups import sources_of
from radiogenomics.tl._worst_group import COLUMNS, worst_group

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

WORST, REST = "worst", "rest"
# 2^40 counts of one gene do not occur: larger values are not on a log2 scale.
_MOST_LOG2 = 40.0


def differential_expression(
    data: Cohort,
    groupby: str,
    *,
    group: str = WORST,
    reference: str = REST,
    modality: str | None = None,
    method: Literal["ttest", "welch"] = "ttest",
    fold_change: float = 2.0,
    alpha: float = 0.05,
    outcome: str | None = None,
    min_patients: int = 10,
    min_events: int = 5,
    apparent: bool | None = None,
    key_added: str = "differential_expression",
) -> None:
    """Compare the expression of every gene between a group of patients and the others.

    Parameters
    ----------
    data
        Cohort whose expression is on the log2 scale in ``X``, or was before `rg.pp.scale`: then the values from before
        scaling are compared, made again by the recorded steps.
    groupby
        Categorical column of ``data.obs``.
    group
        Name of the group, or ``"worst"``: the group of the highest hazard (Cox model against all other patients)
        among those of at least `min_patients` patients and `min_events` events.
    reference
        Name of the group compared with, or ``"rest"``: every other patient who has a group.
    modality
        Modality that holds the expression.
    method
        ``"ttest"`` pools the variances (Student), ``"welch"`` does not.
    fold_change
        Least fold change of a significant gene, at least 1: 2 asks for means that differ by 1 on the log2 scale, 1 for
        nothing.
    alpha
        Greatest Benjamini-Hochberg adjusted p-value of a significant gene.
    outcome
        Survival outcome that tells which group is worst, by default the first; refused where `group` is named.
    apparent
        Whether the p-values are to be labelled as apparent, because the groups came from the genes now tested. By
        default found out from what the cohort records of `groupby`.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``table`` (one row per gene; log2 fold change and statistic are positive
    where the group expresses more), ``candidates`` (the groups the worst was chosen from), ``settings`` and
    ``left_out``. With a split, the training patients alone are used.

    Raises
    ------
    InputError
        If the expression is not on a log2 scale (z-scores are taken with ``fold_change=1``: differences are then in
        standard deviations), or a number is out of range.
    DegenerateGroupsError
        If either side has fewer than two patients with expression, or no group can be called the worst.

    Warns
    -----
    RadiogenomicsWarning
        If genes cannot be tested (constant, or too few values; their p-value is NaN), or the worst group that is large
        enough does no worse than the others.
    """
    _check(method, fold_change, alpha, min_patients, min_events)
    check_key(data, key_added)
    _refuse_ambiguous(data, groupby, group, reference, outcome)
    adata = modality_of(data, modality)
    values, scale = _expression(data, adata, modality, fold_change)
    training = training_rows(data)
    labels = groups_of(data, groupby)
    candidates = pd.DataFrame(columns=list(COLUMNS))
    chosen_by = "named"
    if group == WORST:
        outcome, _ = outcome_of(data, outcome, kinds=("survival",))
        group, candidates = worst_group(
            data, groupby, outcome=outcome, rows=training, min_patients=min_patients, min_events=min_events
        )
        n_eligible = int(candidates["eligible"].sum())
        chosen_by = (
            f"highest hazard ratio of {n_eligible} groups with at least {min_patients} patients and {min_events} "
            "events; that hazard ratio is apparent, because the group was chosen by it"
        )
    sides = _sides(data, groupby, labels, group, reference, training, adata)
    test = core.ttest(values[sides.group], values[sides.reference], equal_variance=method == "ttest")
    table = _table(adata, test, fold_change, alpha)
    _warn_degenerate(test.degenerate, adata)
    derived, reason = _derived(data, groupby, modality, adata)
    if apparent is not None and apparent != derived:
        reason = f"set by the caller; the cohort says: {reason}"
    settings = {
        "groupby": groupby,
        "group": group,
        "reference": reference,
        "n_group": int(sides.group.sum()),
        "n_reference": int(sides.reference.sum()),
        "chosen_by": chosen_by,
        "apparent": derived if apparent is None else bool(apparent),
        "apparent_reason": reason,
        "modality": modality,
        "scale": scale,
        "method": method,
        "fold_change": fold_change,
        "alpha": alpha,
        "outcome": outcome,
        "min_patients": min_patients,
        "min_events": min_events,
        "adjust": "benjamini-hochberg",
        "n_genes": len(table),
        "n_degenerate": int(test.degenerate.sum()),
        "n_up": int((table["significant"] & (table["log2_fold_change"] > 0)).sum()),
        "n_down": int((table["significant"] & (table["log2_fold_change"] < 0)).sum()),
    }
    data.uns[key_added] = to_uns(
        table=table, candidates=candidates, settings=settings, left_out=left_out_table(sides.left_out)
    )


def _check(method: str, fold_change: float, alpha: float, min_patients: int, min_events: int) -> None:
    faults = []
    if method not in ("ttest", "welch"):
        faults.append(Fault(repr(method), "'ttest' or 'welch'", column="method"))
    if not fold_change >= 1:
        faults.append(Fault(repr(fold_change), "a number of at least 1", column="fold_change"))
    if not 0 < alpha <= 1:
        faults.append(Fault(repr(alpha), "a number above 0 and up to 1", column="alpha"))
    if min_patients < 2:
        faults.append(Fault(repr(min_patients), "at least 2", column="min_patients"))
    if min_events < 1:
        faults.append(Fault(repr(min_events), "at least 1", column="min_events"))
    if faults:
        raise InputError("differential_expression", faults)


def _refuse_ambiguous(data: Cohort, groupby: str, group: str, reference: str, outcome: str | None) -> None:
    """Refuse a group whose name is one of the words that mean something here, and an outcome that nothing reads."""
    names = group_order(data, groupby)
    for what, given, word in (("group", group, WORST), ("reference", reference, REST)):
        if given == word and word in names:
            raise InputError(what, Fault(f"{word!r}, which is also the name of a group", "another name for that group"))
    if group != WORST and outcome is not None:
        hint = "Leave it out, or take group='worst'."
        raise InputError("outcome", Fault(f"{outcome!r} with the named group {group!r}", "no outcome", hint=hint))


def _expression(data: Cohort, adata: AnnData, modality: str | None, fold_change: float) -> tuple[FloatArray, str]:
    """Expression of every patient of the modality, and its scale (``zscore``, else ``log2`` and where it is from)."""
    where = "expression" if modality is None else f"modality {modality!r}"
    values = dense(adata.X)
    infinite = int(np.isinf(values).any(axis=0).sum())
    if infinite:
        raise InputError(
            where, Fault(f"infinite values in {infinite} gene(s)", "finite values", hint="Clean them first.")
        )
    largest = float(np.nanmax(values)) if values.size and not np.isnan(values).all() else 0.0
    if largest > _MOST_LOG2:
        hint = "Normalise counts with rg.pp.normalize_counts, or read linear values as such so that they are logged."
        raise InputError(where, Fault(f"values up to {largest:g}", "values on a log2 scale", hint=hint))
    recorded = settings_of(adata.uns, "expression")["scale"] if "expression" in adata.uns else "log2"
    if recorded == "log2":
        scaled = any("Scaler" in step["estimator"] for step in json.loads(pipeline_of(data, modality)))
        if not scaled:
            return values, "log2"
        # Groups want scaled genes, fold changes want log2 values: the recorded steps give those from before scaling.
        before = unscaled_features(data, modality)
        return before[list(adata.var_names)].to_numpy(dtype=float), "log2, from before scaling"
    if fold_change != 1:
        hint = "fold_change=1 tests differences without a threshold."
        raise InputError(where, Fault("z-scores", "log2 values, whose differences are fold changes", hint=hint))
    return values, "zscore"


@dataclass(frozen=True)
class _Sides:
    """Rows of the modality on either side, and why the other patients of the cohort are on neither."""

    group: BoolArray
    reference: BoolArray
    left_out: dict[str, str]


def _sides(
    data: Cohort, groupby: str, labels: pd.Series, group: str, reference: str, training: BoolArray, adata: AnnData
) -> _Sides:
    names = group_order(data, groupby)
    for what, name in (("group", group), ("reference", reference)):
        if name not in names and not (what == "reference" and name == REST):
            raise unknown_name(what, name, names)
    if group == reference:
        raise InputError("reference", Fault(f"{reference!r} on both sides", "another group, or 'rest'"))
    split = split_of(data)
    usable = pd.Series(training, index=patients_of(data))
    measured = patients_of(adata)
    have = pd.Series(patients_of(data).isin(measured), index=patients_of(data))
    in_group = usable & have & (labels == group)
    in_reference = usable & have & labels.notna() & ((labels != group) if reference == REST else (labels == reference))
    left_out: dict[str, str] = {}
    for patient in patients_of(data)[~(in_group | in_reference).to_numpy()]:
        if not have[patient]:
            left_out[patient] = "no expression"
        elif pd.isna(labels[patient]):
            left_out[patient] = f"no group in {groupby}"
        elif not usable[patient]:
            part = None if split is None else split[patient]
            left_out[patient] = f"{part} part of the split; genes are chosen on the training patients"
        else:
            left_out[patient] = f"neither {group} nor {reference}"
    rows_group = in_group.reindex(measured).to_numpy(dtype=bool)
    rows_reference = in_reference.reindex(measured).to_numpy(dtype=bool)
    faults = [
        Fault(f"{int(rows.sum())} patient(s) of {name!r} with expression", "at least 2", column=what)
        for what, name, rows in (("group", group, rows_group), ("reference", reference, rows_reference))
        if rows.sum() < 2
    ]
    if faults:
        raise DegenerateGroupsError("differential_expression", faults)
    return _Sides(rows_group, rows_reference, left_out)


def _table(adata: AnnData, test: core.TTest, fold_change: float, alpha: float) -> pd.DataFrame:
    genes = adata.var_names.astype(str)
    # An unknown symbol stands there as an empty text.
    symbols = adata.var["symbol"].astype(object).replace("", np.nan).to_numpy() if "symbol" in adata.var else genes
    difference = test.mean_a - test.mean_b
    adjusted = core.benjamini_hochberg(test.p_value)
    with np.errstate(invalid="ignore"):
        # Fold changes such as exactly 2 must not fail by a rounding error of the means.
        large = np.abs(difference) >= np.log2(fold_change) - 1e-12
        significant = (adjusted < alpha) & large
    return pd.DataFrame(
        {
            "gene": np.asarray(genes, dtype=object),
            "symbol": np.asarray(symbols, dtype=object),
            "mean_group": test.mean_a,
            "mean_reference": test.mean_b,
            "log2_fold_change": difference,
            "statistic": test.statistic,
            "p_value": test.p_value,
            "p_adjusted": adjusted,
            "significant": significant,
        }
    )


def _warn_degenerate(degenerate: BoolArray, adata: AnnData) -> None:
    n = int(degenerate.sum())
    if not n:
        return
    first = ", ".join(adata.var_names[degenerate][:3].astype(str)) + (" ..." if n > 3 else "")
    warnings.warn(
        f"{n} of {len(degenerate)} genes have no test, because they are constant or have fewer than two values on one "
        f"side ({first}); their p-values are NaN and they are not counted in the adjustment",
        RadiogenomicsWarning,
        stacklevel=3,
    )


def _derived(data: Cohort, groupby: str, modality: str | None, adata: AnnData) -> tuple[bool, str]:
    """Whether the groups were made from the modality now tested, as far as the cohort records it."""
    sources = sources_of(data, groupby)
    if is_multimodal(data):
        own = [s for s in sources if s.partition(":")[0] == modality and ":" in s]
    else:
        own = [s for s in sources if _is_clustering(adata.uns.get(s))]
    if own:
        return True, (
            f"the groups in {' and '.join(own)} were made from the genes that are tested between them, so small "
            "p-values are expected without any biology; groups of another modality give honest ones"
        )
    return False, "the groups were not made from the genes that are tested between them"


def _is_clustering(stored: Any) -> bool:
    """Whether that is a result of ``consensus_cluster`` or ``assign_clusters``."""
    return isinstance(stored, Mapping) and ({"members", "evidence"} <= set(stored) or "assigned" in stored)
