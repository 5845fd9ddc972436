"""Scores of gene sets in every patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import modality_of, patients_of, split_of, unknown_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.tl._expression_input import expression_of, refuse_doubles
from radiogenomics.tl._gene_names import identifiers
from radiogenomics.tl._gseapy import sample_scores

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class NamedExpression:
    """Expression under the names that the gene sets use, each name once.

    Attributes
    ----------
    values, names
        (patients, names) log2 expression; of a name that comes twice the gene of the higher mean.
    identifier, n_duplicated
        Which names they are (``symbol`` or ``gene``), and how many genes stood back.
    """

    values: FloatArray
    names: list[str]
    identifier: str
    n_duplicated: int


def named_expression(
    data: Cohort, modality: str | None, collections: Mapping[str, Mapping[str, Sequence[str]]], method: str
) -> NamedExpression:
    """Expression of a modality, complete, with the names of the gene sets.

    Raises
    ------
    InputError
        If values are missing, genes or patients stand there twice, or no gene is in the sets.
    """
    if method == "gsva" and split_of(data) is not None:
        raise InputError(
            "method",
            "'gsva' ranks every gene over all patients, so test patients would shape the scores of the training "
            "patients; with a split take method='ssgsea', which scores each patient alone",
        )
    adata = modality_of(data, modality)
    where = "expression" if modality is None else f"modality {modality!r}"
    refuse_doubles(adata, where)
    values, _ = expression_of(data, modality, fold_change=1.0)
    missing = int(np.isnan(values).any(axis=0).sum())
    if missing:
        hint = "Impute them (rg.pp.impute) or drop the genes first."
        raise InputError(where, Fault(f"{missing} gene(s) with missing values", "complete genes", hint=hint))
    genes = adata.var_names.astype(str)
    symbols = adata.var["symbol"].astype(object).replace("", np.nan).to_numpy() if "symbol" in adata.var else genes
    frame = pd.DataFrame({"gene": np.asarray(genes, dtype=object), "symbol": np.asarray(symbols, dtype=object)})
    identifier, names = identifiers(frame, collections)
    spread = np.ptp(values, axis=0) > 0
    keep = names.notna().to_numpy() & (spread if method == "gsva" else True)
    found = pd.DataFrame({"name": names[keep], "mean": values.mean(axis=0)[keep], "at": np.flatnonzero(keep)})
    if method == "gsva" and len(values) < 10:
        raise DegenerateInputError("gsva", f"{len(values)} patients are too few to estimate how genes are distributed")
    best = found.sort_values("mean", ascending=False, kind="stable").drop_duplicates("name").sort_values("at")
    return NamedExpression(
        values[:, best["at"].to_numpy()], [str(n) for n in best["name"]], identifier, len(found) - len(best)
    )


def scores_by_patient(
    data: Cohort,
    modality: str | None,
    expression: NamedExpression,
    usable: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    method: str,
    threads: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients x sets, and one row per set with what its scores are like.

    A set of a name that two collections have is written ``collection:set``.
    """
    pairs = [(collection, term) for collection, sets in usable.items() for term in sets]
    terms = pd.Series([term for _, term in pairs])
    repeated = terms.duplicated(keep=False)
    columns = [f"{c}:{t}" if again else t for (c, t), again in zip(pairs, repeated, strict=True)]
    slashed = [c for c in columns if "/" in c]
    if slashed:
        raise InputError("gene_sets", Fault(f"set {slashed[0]!r}", "names without '/', which files cannot hold"))
    members = {column: usable[c][t] for column, (c, t) in zip(columns, pairs, strict=True)}
    values = sample_scores(expression.values, expression.names, members, method=method, threads=threads)
    scores = pd.DataFrame(values, index=patients_of(modality_of(data, modality)), columns=columns)
    sets = pd.DataFrame(
        {
            "collection": [c for c, _ in pairs],
            "term": terms,
            "column": columns,
            "measured": [len(m) for m in members.values()],
            "mean": values.mean(axis=0),
            "sd": values.std(axis=0, ddof=1) if len(values) > 1 else np.nan,
            "lowest": values.min(axis=0),
            "highest": values.max(axis=0),
        }
    )
    return scores, sets


def check_columns(data: Cohort, wanted: Sequence[str], columns: Sequence[str], earlier: Sequence[str]) -> None:
    """Refuse scores that are to stand in ``data.obs`` but do not exist, or would replace a column of another origin."""
    for name in wanted:
        if name not in columns:
            raise unknown_name("to_obs", name, columns)
        if name in data.obs and name not in earlier:
            found = f"{name!r}, a column of obs that is no score"
            raise InputError("to_obs", Fault(found, "a new name", hint="Rename that column or the set."))
