"""Calls of gseapy: quiet, nothing written to disk, gene names passed as codes so that none is changed on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._types import FloatArray

_HALF = 0.5  # added to each cell of the 2 x 2 table (Haldane and Anscombe), as gseapy does


def over_representation(query: set[str], sets: Mapping[str, Sequence[str]], background: set[str]) -> pd.DataFrame:
    """Hypergeometric test of every set: ``term``, ``overlap``, ``score`` (odds ratio), ``p_value``, ``genes``.

    gseapy leaves out sets without a hit; they were tested too, and stay in with a p-value of 1. An empty query has no
    odds.
    """
    from gseapy.stats import calc_pvalues

    found = {
        term: (float(p), float(odds), sorted(hits))
        for term, p, odds, _, _, hits in zip(
            *(calc_pvalues(query, dict(sets), background=background) or ()), strict=True
        )
    }
    rows = []
    for term, genes in sets.items():
        if term in found:
            p, odds, hits = found[term]
        else:
            m, k, n = len(background.intersection(genes)), len(query & background), len(background)
            odds = float("nan") if k == 0 else _HALF * (n - m - k + _HALF) / ((m + _HALF) * (k + _HALF))
            p, hits = 1.0, []
        rows.append((term, len(hits), odds, p, ";".join(hits)))
    return pd.DataFrame(rows, columns=["term", "overlap", "score", "p_value", "genes"])


def prerank(
    ranking: pd.Series, sets: Mapping[str, Sequence[str]], *, n_permutations: int, threads: int, seed: int
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Preranked GSEA: one row per set, and the running score of each.

    ``ranking`` is sorted, highest first, without ties in its index; every set is a part of it.
    """
    import gseapy

    codes = {gene: f"G{i}" for i, gene in enumerate(ranking.index)}
    names = {code: gene for gene, code in codes.items()}
    coded = pd.Series(ranking.to_numpy(), index=[codes[g] for g in ranking.index], name="score")
    with _silence():
        found = gseapy.prerank(
            rnk=coded,
            gene_sets={term: [codes[g] for g in genes] for term, genes in sets.items()},
            outdir=None,
            no_plot=True,
            min_size=1,
            max_size=len(ranking),
            permutation_num=n_permutations,
            ascending=None,  # as it comes: the order of ties is ours, not the sorting algorithm's
            threads=threads,
            seed=seed,
            verbose=False,
        ).results
    floor = 1.0 / (n_permutations + 1)
    rows = []
    for term, result in found.items():
        leading = [names[c] for c in str(result["lead_genes"]).split(";") if c]
        p, q = (max(float(v), floor) if np.isfinite(v) else np.nan for v in (result["pval"], result["fdr"]))
        rows.append((term, len(leading), float(result["nes"]), float(result["es"]), p, q, ";".join(leading)))
    columns = ["term", "overlap", "score", "enrichment_score", "p_value", "p_adjusted", "genes"]
    return pd.DataFrame(rows, columns=columns), found


def sample_scores(
    values: FloatArray, genes: Sequence[str], sets: Mapping[str, Sequence[str]], *, method: str, threads: int
) -> FloatArray:
    """Score of every set (columns, in their order) in every patient (rows of ``values``).

    ``ssgsea``: the mean difference of the two running distributions, in [-1, 1], of the patient's own ranks alone (as
    published, before the division by the range over all patients). ``gsva``: in [-1, 1], by ranks of Gaussian kernel
    estimates over all rows of ``values``.
    """
    import gseapy

    codes = {gene: f"G{i}" for i, gene in enumerate(genes)}
    patients = [f"S{i}" for i in range(len(values))]
    frame = pd.DataFrame(values.T, index=[codes[g] for g in genes], columns=patients)
    coded = {f"T{i}": [codes[g] for g in members] for i, members in enumerate(sets.values())}
    function = gseapy.ssgsea if method == "ssgsea" else gseapy.gsva
    with _silence():
        found = function(
            data=frame, gene_sets=coded, outdir=None, min_size=1, max_size=len(genes), threads=threads, verbose=False
        ).res2d
    scores = found.assign(ES=found["ES"].astype(float)).pivot(index="Name", columns="Term", values="ES")
    wide = scores.loc[patients, list(coded)].to_numpy(dtype=float)
    return np.asarray(wide / len(genes) if method == "ssgsea" else wide, dtype=np.float64)


def running_points(term: str, result: Mapping[str, Any]) -> pd.DataFrame:
    """Running score at the corners of its line: 0 before the first gene, at each gene of the set and just before it."""
    score = np.asarray(result["RES"], dtype=float)
    hits = np.asarray(result["hits"], dtype=int)
    at = np.unique(np.concatenate([[-1, len(score) - 1], hits, hits - 1]))
    at_score = np.concatenate([[0.0], score])[at + 1]
    return pd.DataFrame({"term": term, "rank": at + 1, "score": at_score, "hit": np.isin(at, hits)})


@contextmanager
def _silence() -> Iterator[None]:
    """gseapy logs to standard error through loggers of its own."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
