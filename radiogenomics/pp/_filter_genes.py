"""Leave out genes that too few patients express."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.ml._count_normalizer import CountNormalizer
from radiogenomics.ml._gene_filter import METHODS, GeneFilter
from radiogenomics.pp._apply import learn, write_transform
from radiogenomics.pp._count_steps import counts_of, earlier_steps, training_of, write_from_counts

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def filter_genes(
    data: Cohort,
    *,
    modality: str | None = None,
    method: str | None = None,
    minimum: float | None = None,
    min_share: float | None = None,
    min_total: float | None = None,
    smallest_group: int | None = None,
    key_added: str = "gene_filter",
) -> None:
    """Leave out genes that too few of the training patients express.

    Parameters
    ----------
    data
        Cohort; with a split, its training patients alone decide.
    modality
        Required for a MuData.
    method
        ``filter_by_expr`` (edgeR's rule), ``count``, ``cpm`` or, where there are no counts, ``value``; see
        :class:`rg.ml.GeneFilter`. By default ``filter_by_expr`` of counts, ``value`` otherwise.
    minimum
        What a patient must reach: counts, counts per million, or values of ``X``; by default 10 counts, 1 otherwise.
    min_share
        Share in (0, 1] of the training patients who must reach it, 0.2 by default; not for ``filter_by_expr``.
    min_total
        Counts over all training patients, 15 by default; for ``filter_by_expr`` only.
    smallest_group
        Patients of the smallest group that will be compared; for ``filter_by_expr`` only. By default a fifth of the
        training patients, at least ten: genes stay which only a group still to be found expresses.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Leaves the genes that stay in ``X``, ``var`` and ``layers``; ``raw`` has them all. Counts are normalised
    anew on those genes (as they were, or log2 counts per million). Sets ``uns[key_added]`` of the modality: ``genes``
    (``feature``, ``kept``, ``n_reached``: training patients at or above the minimum) and ``settings``.

    Raises
    ------
    InputError
        Settings of another method, genes filtered already, counts that are none, z-scores.
    DegenerateInputError
        If no gene is left.
    """
    counted = keys.COUNTS in modality_of(data, modality).layers
    chosen = method or ("filter_by_expr" if counted else "value")
    gene_filter = GeneFilter(chosen, minimum, min_share, min_total, smallest_group)
    if chosen not in METHODS:
        raise InputError("method", Fault(repr(method), f"one of {', '.join(METHODS)}"))
    if counted != (chosen != "value"):
        hint = "layers['counts'] has counts" if counted else "there is no layers['counts']"
        raise InputError("method", Fault(f"{chosen!r}, although {hint}", "a method for these values"))
    if not counted:
        _refuse_z_scores(data, modality)
        fitted = learn(data, modality, gene_filter)
        report = _report(gene_filter, fitted.n_training)
        write_transform(data, modality, fitted, results={key_added: report})
        return
    steps = earlier_steps(data, modality)
    if any(step["estimator"] == "GeneFilter" for step in steps):
        raise InputError("data", "its genes were filtered already; start from the counts as they came")
    counts, training = counts_of(data, modality), training_of(data, modality)
    kept = counts.loc[:, gene_filter.fit(counts[training]).get_support()]
    _refuse_silent(kept)
    normalizer = CountNormalizer(**steps[0]["params"]) if steps else CountNormalizer()
    values = normalizer.fit(kept[training]).transform(kept)
    result = pd.DataFrame(values, index=kept.index, columns=kept.columns)
    report = _report(gene_filter, int(training.sum()))
    write_from_counts(data, modality, [gene_filter, normalizer], counts, result, {key_added: report})


def _report(gene_filter: GeneFilter, n_training: int) -> dict[str, object]:
    settings = {
        **gene_filter.get_params(deep=False), "cutoff": gene_filter.cutoff_, "n_needed": gene_filter.n_needed_,
        "n_training": n_training,
    }  # fmt: skip
    return {"genes": gene_filter.report(), "settings": settings}


def _refuse_z_scores(data: Cohort, modality: str | None) -> None:
    uns = modality_of(data, modality).uns
    if "expression" in uns and settings_of(uns, "expression")["scale"] == "zscore":
        raise InputError("data", "z-scores do not say how much a gene is expressed; filter before standardising")


def _refuse_silent(kept: pd.DataFrame) -> None:
    silent = kept.index[np.flatnonzero(~np.asarray(kept.to_numpy() > 0).any(axis=1))]
    if len(silent):
        raise InputError("data", [Fault(f"no count of patient {p!r} in the genes that stay", "a sequenced patient")
                                  for p in silent])  # fmt: skip
