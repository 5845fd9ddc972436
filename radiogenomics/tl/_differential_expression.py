"""Genes that set one group of patients apart."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import (
    check_key,
    group_order,
    groups_of,
    is_multimodal,
    left_out_table,
    modality_of,
    outcome_of,
    to_uns,
    training_rows,
)
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.tl._combine_groups import made_by_scanpy, sources_of
from radiogenomics.tl._expression_input import REST, Sides, counts_of, expression_of, refuse_doubles, sides_of
from radiogenomics.tl._expression_tests import GeneTests, count_tests, moderated_tests, rank_tests, t_tests
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import check_names, names_of
from radiogenomics.tl._worst_group import COLUMNS, worst_group

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

WORST = "worst"
METHODS = ("ttest", "welch", "wilcoxon", "limma_trend", "deseq2")
_WITH_COVARIATES = ("limma_trend", "deseq2")
# Genes whose values are kept for the heatmap, half of each direction.
_N_PROFILES = 50


def differential_expression(
    data: Cohort,
    groupby: str,
    *,
    group: str = WORST,
    reference: str = REST,
    modality: str | None = None,
    method: Literal["ttest", "welch", "wilcoxon", "limma_trend", "deseq2"] = "ttest",
    covariates: str | Sequence[str] = (),
    fold_change: float = 2.0,
    alpha: float = 0.05,
    outcome: str | None = None,
    min_patients: int = 10,
    min_events: int = 5,
    apparent: bool | None = None,
    n_jobs: int | None = None,
    key_added: str = "differential_expression",
) -> None:
    """Compare the expression of every gene between a group of patients and the others.

    Parameters
    ----------
    data
        Cohort whose expression is on the log2 scale in ``X``, or was before `rg.pp.scale`: then the values from before
        scaling are compared, made again by the recorded steps. An AnnData on which scanpy's ``pp.log1p`` was run is
        brought from its logarithm to log2; where it was scaled since, ``raw`` is compared. For ``method="deseq2"``:
        with raw counts in ``layers["counts"]`` (or in ``X``, of an AnnData without that layer).
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
        ``"ttest"`` pools the variances (Student), ``"welch"`` does not, ``"wilcoxon"`` compares ranks.
        ``"limma_trend"``: moderated t-test, the prior variance following the mean :cite:p:`Smyth2004,Law2014`.
        ``"deseq2"``: negative binomial model of counts, Wald test :cite:p:`Love2014,Muzellec2023`; outliers by Cook's
        distance are replaced where their side has seven patients, else the gene is left out; genes of low mean count
        are filtered so that most are significant at `alpha` (independent filtering).
    covariates
        Columns of ``data.obs`` (numbers, or categories such as a batch or the groups of another modality) that the fold
        change is adjusted for. Taken by ``"limma_trend"`` and ``"deseq2"`` only.
    fold_change
        Least fold change of a significant gene, at least 1: 2 asks for means that differ by 1 on the log2 scale, 1 for
        nothing. It is asked of the estimate; the p-values test any difference.
    alpha
        Greatest Benjamini-Hochberg adjusted p-value of a significant gene.
    outcome
        Survival outcome that tells which group is worst, by default the first; refused where `group` is named.
    apparent
        Whether the p-values are to be labelled as apparent, because the groups came from the genes now tested. By
        default found out from what the cohort records of `groupby`.
    n_jobs
        Workers of ``"deseq2"``, which share the genes; they do not change the result. No other method is slow.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``table`` (one row per gene, the same columns whatever the method: log2
    fold change and statistic (t, z) are positive where the group expresses more; means are on the log2 scale, of
    ``"deseq2"`` log2 of the mean normalised count + 1; ``se`` is NaN for ``"wilcoxon"``; ``reason`` says why a gene has
    no p-value or no adjusted one), ``profiles`` (values of the first genes by patient, for the heatmap),
    ``candidates`` (the groups the worst was chosen from), ``settings`` and ``left_out``. With a split, the training
    patients alone are used.

    Raises
    ------
    InputError
        If the expression is not on a log2 scale (z-scores are taken with ``fold_change=1``: differences are then in
        standard deviations), counts are not whole, a gene or patient stands there twice, a patient has no expression
        at all, covariates are given to a method without, or a number is out of range.
    DegenerateGroupsError
        If either side has fewer than two patients with expression, or no group can be called the worst: none is
        large enough, or the large ones do no worse than the others.
    DegenerateInputError
        If a covariate settles who is in the group.

    Warns
    -----
    RadiogenomicsWarning
        If genes cannot be tested (constant, or too few values; their p-value is NaN).
    """
    adjust = names_of(covariates)
    _check(method, adjust, groupby, fold_change, alpha, min_patients, min_events)
    check_key(data, key_added)
    _refuse_ambiguous(data, groupby, group, reference, outcome)
    adata = modality_of(data, modality)
    refuse_doubles(adata, "expression" if modality is None else f"modality {modality!r}")
    if method == "deseq2":
        values, scale = counts_of(data, modality), "log2"
    else:
        values, scale = expression_of(data, modality, fold_change)
    labels = groups_of(data, groupby)
    candidates = pd.DataFrame(columns=list(COLUMNS))
    chosen_by = "named"
    if group == WORST:
        outcome, _ = outcome_of(data, outcome, kinds=("survival",))
        group, candidates = worst_group(
            data, groupby, outcome=outcome, rows=training_rows(data), min_patients=min_patients, min_events=min_events
        )
        n_eligible = int(candidates["eligible"].sum())
        chosen_by = (
            f"highest hazard ratio of {n_eligible} groups with at least {min_patients} patients and {min_events} "
            "events; that hazard ratio is apparent, because the group was chosen by it"
        )
    sides = sides_of(data, groupby, labels, group=group, reference=reference, adata=adata, covariates=adjust)
    tests = _tests(method, values[sides.rows], sides, alpha, n_jobs)
    table = _table(adata, tests, fold_change, alpha)
    _warn_untested(table)
    derived, reason = _derived(data, groupby, modality, adata)
    if apparent is not None and apparent != derived:
        reason = f"set by the caller; the cohort says: {reason}"
    else:
        label = said(columns_taught(data, [groupby, *adjust]), reason=reason, apparent=derived)
        derived, reason = bool(label["apparent"]), str(label["apparent_reason"])
    untested = table["p_value"].isna()
    settings = {
        "groupby": groupby,
        "group": group,
        "reference": reference,
        "n_group": int(sides.inside.sum()),
        "n_reference": int((~sides.inside).sum()),
        "chosen_by": chosen_by,
        "apparent": derived if apparent is None else bool(apparent),
        "apparent_reason": reason,
        "modality": modality,
        "scale": scale,
        "method": method,
        "covariates": adjust,
        "fold_change": fold_change,
        "alpha": alpha,
        "outcome": outcome,
        "min_patients": min_patients,
        "min_events": min_events,
        "adjust": "benjamini-hochberg",
        "n_genes": len(table),
        "n_degenerate": int(untested.sum()),
        "n_up": int((table["significant"] & (table["log2_fold_change"] > 0)).sum()),
        "n_down": int((table["significant"] & (table["log2_fold_change"] < 0)).sum()),
        **tests.notes,
    }
    data.uns[key_added] = to_uns(
        table=table,
        profiles=_profiles(table, tests.profiles, sides),
        candidates=candidates,
        settings=settings,
        left_out=left_out_table(sides.left_out),
    )


def _check(
    method: str,
    covariates: list[str],
    groupby: str,
    fold_change: float,
    alpha: float,
    min_patients: int,
    min_events: int,
) -> None:
    faults = []
    if method not in METHODS:
        faults.append(Fault(repr(method), " or ".join(map(repr, METHODS)), column="method"))
    elif covariates and method not in _WITH_COVARIATES:
        hint = "limma_trend adjusts log2 expression, deseq2 counts."
        faults.append(Fault(f"{covariates} with method={method!r}", "no covariates", column="covariates", hint=hint))
    if groupby in covariates:
        faults.append(Fault(f"{groupby!r}, the groups compared", "other columns", column="covariates"))
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
    check_names("covariates", covariates)


def _refuse_ambiguous(data: Cohort, groupby: str, group: str, reference: str, outcome: str | None) -> None:
    """Refuse a group whose name is one of the words that mean something here, and an outcome that nothing reads."""
    names = group_order(data, groupby)
    for what, given, word in (("group", group, WORST), ("reference", reference, REST)):
        if given == word and word in names:
            raise InputError(what, Fault(f"{word!r}, which is also the name of a group", "another name for that group"))
    if group != WORST and outcome is not None:
        hint = "Leave it out, or take group='worst'."
        raise InputError("outcome", Fault(f"{outcome!r} with the named group {group!r}", "no outcome", hint=hint))


def _tests(method: str, values: Any, sides: Sides, alpha: float, n_jobs: int | None) -> GeneTests:
    if method == "deseq2":
        return count_tests(values, sides.inside, sides.design, alpha=alpha, n_jobs=n_jobs)
    if method == "limma_trend":
        return moderated_tests(values, sides.inside, sides.design)
    if method == "wilcoxon":
        return rank_tests(values, sides.inside)
    return t_tests(values, sides.inside, equal_variance=method == "ttest")


def _table(adata: AnnData, tests: GeneTests, fold_change: float, alpha: float) -> pd.DataFrame:
    genes = adata.var_names.astype(str)
    # An unknown symbol stands there as an empty text.
    symbols = adata.var["symbol"].astype(object).replace("", np.nan).to_numpy() if "symbol" in adata.var else genes
    with np.errstate(invalid="ignore"):
        # Fold changes such as exactly 2 must not fail by a rounding error of the means.
        large = np.abs(tests.change) >= np.log2(fold_change) - 1e-12
        significant = (tests.p_adjusted < alpha) & large
    return pd.DataFrame(
        {
            "gene": np.asarray(genes, dtype=object),
            "symbol": np.asarray(symbols, dtype=object),
            "mean_group": tests.mean_group,
            "mean_reference": tests.mean_reference,
            "mean": tests.mean,
            "log2_fold_change": tests.change,
            "se": tests.se,
            "statistic": tests.statistic,
            "p_value": tests.p_value,
            "p_adjusted": tests.p_adjusted,
            "significant": significant,
            "reason": tests.reason,
        }
    )


def _profiles(table: pd.DataFrame, values: Any, sides: Sides) -> pd.DataFrame:
    """Values of the genes of smallest p-value, half of each direction, the significant ones where there are any."""
    rows = table["significant"] if table["significant"].any() else table["p_value"].notna()
    order = table.loc[rows].assign(size=lambda t: -t["statistic"].abs()).sort_values(["p_value", "size"], kind="stable")
    up = order.index[order["log2_fold_change"] > 0][: _N_PROFILES // 2]
    down = order.index[order["log2_fold_change"] < 0][: _N_PROFILES // 2]
    chosen = np.concatenate([up, down]).astype(int)
    n, k = len(sides.inside), len(chosen)
    return pd.DataFrame(
        {
            "gene": np.repeat(table["gene"].to_numpy()[chosen], n),
            "patient_id": np.tile(sides.design.index.to_numpy(dtype=object), k),
            "side": np.tile(np.where(sides.inside, "group", "reference").astype(object), k),
            "value": values[:, chosen].T.ravel(),
        }
    )


def _warn_untested(table: pd.DataFrame) -> None:
    """Name genes without a p-value; what independent filtering set aside has one."""
    untested = table[table["p_value"].isna()]
    if untested.empty:
        return
    first = ", ".join(untested["gene"][:3]) + (" ..." if len(untested) > 3 else "")
    why = " or ".join(dict.fromkeys(untested["reason"]))
    warnings.warn(
        f"{len(untested)} of {len(table)} genes have no test: {why} ({first}); their p-values are NaN and they are not "
        "counted in the adjustment",
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
    unrecorded = [s for s in sources if not (":" in s if is_multimodal(data) else _is_clustering(adata.uns.get(s)))]
    if any(made_by_scanpy(data, s) for s in unrecorded):
        return True, (
            f"scanpy made the groups in {groupby} from the genes that are tested between them, so small p-values are "
            "expected without any biology"
        )
    if unrecorded:
        return False, (
            f"nothing recorded says that the groups in {' and '.join(unrecorded)} were made from the genes that are "
            "tested between them; if they were, set apparent=True"
        )
    return False, "the groups were not made from the genes that are tested between them"


def _is_clustering(stored: Any) -> bool:
    """Whether that is a result of ``consensus_cluster`` or ``assign_clusters``."""
    return isinstance(stored, Mapping) and ({"members", "evidence"} <= set(stored) or "assigned" in stored)
