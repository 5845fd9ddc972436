"""Gene sets that the genes of a group of patients belong to."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import (
    check_key,
    frame_of,
    left_out_table,
    modality_of,
    patients_of,
    result_of,
    settings_of,
    to_uns,
)
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._gmt import parse_gmt
from radiogenomics._progress import track, workers
from radiogenomics._random import seed_of, spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.tl._gene_names import coverage_table, identifiers
from radiogenomics.tl._gseapy import over_representation, prerank, running_points
from radiogenomics.tl._pathway_scores import check_columns, named_expression, scores_by_patient
from radiogenomics.tl._variables import names_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_COLUMNS = (
    "collection", "term", "direction", "method", "set_size", "measured", "overlap", "score", "p_value", "p_adjusted",
    "genes",
)  # fmt: skip
_N_RUNNING = 10
_ROUNDING = 1e-9
Sets = dict[str, list[str]]


def enrich(
    data: Cohort,
    gene_sets: StrPath | Mapping[str, StrPath],
    *,
    method: Literal["ora", "prerank", "ssgsea", "gsva"] = "ora",
    key: str | None = None,
    modality: str | None = None,
    directions: Sequence[Literal["up", "down", "all"]] = ("up", "down"),
    min_size: int = 5,
    max_size: int = 500,
    n_permutations: int = 1000,
    to_obs: str | Sequence[str] = (),
    rng: RNG = 0,
    n_jobs: int | None = None,
    key_added: str = "enrichment",
) -> None:
    """Test gene sets on a differential expression result, or score them in every patient.

    Over-representation (``"ora"``) asks whether a set holds more of the significant genes than chance would put there
    (hypergeometric test); the background are the genes measured. Preranked GSEA (``"prerank"``) needs no threshold: it
    asks whether the genes of a set gather at one end of all genes ranked by their statistic :cite:p:`Subramanian2005`.
    Both take genes as independent: the genes of a set that vary together between patients reach small p-values more
    often than they should, whatever the group. ``"ssgsea"`` :cite:p:`Barbie2009` and ``"gsva"``
    :cite:p:`Hanzelmann2013` score each set in each patient and test nothing. All through gseapy :cite:p:`Fang2023`.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.differential_expression` was run; for the scores any cohort with log2 expression.
    gene_sets
        GMT file, or several by name of the collection.
    method
        ``"ora"``, ``"prerank"``, ``"ssgsea"`` (each patient by the ranks of its own genes) or ``"gsva"`` (each gene
        compared over all patients first; refused with a split).
    key
        Name of the differential expression result, by default ``"differential_expression"``; tests only.
    modality
        Modality that holds the expression; scores only.
    directions
        Which significant genes over-representation takes: those higher in the group, lower, or both together.
        Preranked GSEA always looks both ways.
    min_size, max_size
        Limits of a set's number of measured genes; other sets are listed in ``not_tested``.
    n_permutations
        Permutations of preranked GSEA, at least 100. No p-value is given below ``1 / (n_permutations + 1)``.
    to_obs
        Sets whose scores are also written to columns of ``data.obs``, where `rg.tl.cox` and `rg.tl.associate` find
        them; scores only.
    rng
        For the permutations.
    n_jobs
        Threads of gseapy; they do not change the result.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``. Of tests: ``table`` (``score`` is the odds ratio, each cell raised by 0.5
    and NaN where no gene is significant, or the normalised enrichment score; ``set_size`` genes of the set,
    ``measured`` of them tested, ``overlap`` significant or in the leading edge, named in ``genes``; ``p_adjusted`` by
    Benjamini-Hochberg over a collection and all its directions, or GSEA's FDR q-value), ``coverage`` (``share`` of the
    sets' genes that were measured, ``share_of_measured`` of the measured genes in any set), ``not_tested``,
    ``running`` (preranked only), ``settings`` and ``left_out``. Of scores: ``sets`` (one row per set) instead of
    ``table`` and ``running``; the scores themselves, patients x sets, each in [-1, 1], stand in ``obsm[key_added]`` of
    the modality (`rg.tl.correlate` takes it as ``"modality:key_added"``) or of the AnnData.

    Raises
    ------
    InputError
        If a GMT file is at fault, no gene of the sets was measured (the naming schemes are told), no set is within
        the limits, an argument is given that the method does not read, or every gene has the same statistic.

    Warns
    -----
    RadiogenomicsWarning
        If under half of a collection's genes were measured, or no gene is significant in an asked direction.
    """
    wanted = names_of(to_obs)
    _check(method, directions, min_size, max_size, n_permutations)
    _refuse_unread(method, key, modality, wanted)
    check_key(data, key_added)
    collections = _collections(gene_sets)
    limits = (min_size, max_size)
    named = {name: _file_name(path) for name, path in _paths(gene_sets).items()}
    if method in _SCORES:
        _score(data, modality, collections, named, method, limits, wanted, n_jobs, key_added)
    else:
        _test(
            data, key or "differential_expression", collections, named, method, directions, limits, n_permutations, rng,
            n_jobs, key_added,
        )  # fmt: skip


def _test(
    data: Cohort,
    key: str,
    collections: Mapping[str, Sets],
    named: Mapping[str, str],
    method: str,
    directions: Sequence[str],
    limits: tuple[int, int],
    n_permutations: int,
    rng: RNG,
    n_jobs: int | None,
    key_added: str,
) -> None:
    if key_added == key:
        found = f"{key!r}, the differential expression itself"
        raise InputError("key_added", Fault(found, "a name that keeps it", hint="Give another name in key_added="))
    stored = result_of(data, key, made_by="differential_expression")
    expression = frame_of(stored, "table")
    identifier, names = identifiers(expression, collections)
    expression = expression.assign(name=names).dropna(subset=["name"])
    measured = set(expression["name"])
    tested = expression.dropna(subset=["p_value"])
    background = set(tested["name"])
    usable = _usable(collections, background, *limits)
    coverage = coverage_table(collections, usable, measured)
    settings = {
        "method": method,
        "key": key,
        "gene_sets": dict(named),
        "identifier": identifier,
        "directions": list(directions) if method == "ora" else ["up", "down"],
        "background": "genes with a test in the differential expression",
        "n_background": len(background),
        "n_duplicated_names": int(tested["name"].duplicated().sum()),
        "min_size": limits[0],
        "max_size": limits[1],
        "n_permutations": n_permutations if method == "prerank" else None,
        "rng": seed_of(rng),
        "adjust": _ADJUST[method],
        "score": {"ora": "odds ratio", "prerank": "normalised enrichment score"}[method],
        "assumes": "independent genes; sets of genes that vary together reach small p-values too often",
        "expression": settings_of(stored),
    }
    running = _no_running()
    if method == "ora":
        queries = _queries(tested, directions)
        table = pd.concat([_ora(name, sets, queries, background) for name, sets in usable.items() if sets])
    else:
        ranking = _ranking(tested)
        settings["n_tied"] = int(ranking.duplicated(keep=False).sum())
        table, running = _prerank(usable, ranking, n_permutations, n_jobs, rng)
    sizes = {(c, term): len(genes) for c, sets in collections.items() for term, genes in sets.items()}
    table["set_size"] = [sizes[pair] for pair in zip(table["collection"], table["term"], strict=True)]
    table["method"] = method
    extra = [column for column in table if column not in _COLUMNS]
    data.uns[key_added] = to_uns(
        table=table[[*_COLUMNS, *extra]],
        coverage=coverage,
        not_tested=_not_tested(collections, usable, background, limits[0]),
        running=running,
        settings=settings,
        left_out=frame_of(stored, keys.LEFT_OUT),
    )


def _score(
    data: Cohort,
    modality: str | None,
    collections: Mapping[str, Sets],
    named: Mapping[str, str],
    method: str,
    limits: tuple[int, int],
    wanted: list[str],
    n_jobs: int | None,
    key_added: str,
) -> None:
    adata = modality_of(data, modality)
    expression = named_expression(data, modality, collections, method)
    background = set(expression.names)
    usable = _usable(collections, background, *limits)
    coverage = coverage_table(collections, usable, background)
    earlier = data.uns.get(key_added)
    before = settings_of(earlier).get("to_obs", []) if isinstance(earlier, Mapping) and "sets" in earlier else []
    if key_added in adata.obsm and not (isinstance(earlier, Mapping) and "sets" in earlier):
        found = f"{key_added!r}, which obsm already holds"
        raise InputError("key_added", Fault(found, "a new name", hint="Give another name in key_added="))
    scores, sets = scores_by_patient(data, modality, expression, usable, method=method, threads=_threads(n_jobs))
    check_columns(data, wanted, list(scores.columns), before)
    sizes = {(c, term): len(genes) for c, members in collections.items() for term, genes in members.items()}
    sets.insert(3, "set_size", [sizes[pair] for pair in zip(sets["collection"], sets["term"], strict=True)])
    unscored = patients_of(data)[~patients_of(data).isin(scores.index)]
    settings = {
        "method": method,
        "modality": modality,
        "gene_sets": dict(named),
        "identifier": expression.identifier,
        "background": "genes measured",
        "n_background": len(background),
        "n_duplicated_names": expression.n_duplicated,
        "min_size": limits[0],
        "max_size": limits[1],
        "score": _SCORES[method],
        "to_obs": wanted,
        "n_patients": len(scores),
    }
    result = to_uns(
        sets=sets,
        coverage=coverage,
        not_tested=_not_tested(collections, usable, background, limits[0]),
        settings=settings,
        left_out=left_out_table({str(p): "no expression" for p in unscored}),
    )
    adata.obsm[key_added] = scores
    for name in wanted:
        data.obs[name] = scores[name].reindex(patients_of(data)).to_numpy()
    data.uns[key_added] = result


def _refuse_unread(method: str, key: str | None, modality: str | None, wanted: list[str]) -> None:
    """Refuse arguments of tests where sets are scored, and the other way round."""
    unread = {"key": key} if method in _SCORES else {"modality": modality, "to_obs": wanted or None}
    faults = [Fault(f"{v!r} with method={method!r}", "nothing", column=k) for k, v in unread.items() if v is not None]
    if faults:
        raise InputError("enrich", faults)


_SCORES = {
    "ssgsea": "mean difference of the running distributions of genes in and outside the set, by ranks within a patient",
    "gsva": "difference of the largest deviations of the running sum, by ranks of kernel estimates over the patients",
}
_ADJUST = {
    "ora": "benjamini-hochberg over the sets and directions of a collection",
    "prerank": "false discovery rate of GSEA: null scores pooled over the sets of a collection",
}


def _check(method: str, directions: Sequence[str], min_size: int, max_size: int, n_permutations: int) -> None:
    faults = []
    if method not in (*_ADJUST, *_SCORES):
        faults.append(Fault(repr(method), " or ".join(map(repr, (*_ADJUST, *_SCORES))), column="method"))
    if isinstance(directions, str) or not directions or not set(directions) <= {"up", "down", "all"}:
        faults.append(Fault(repr(directions), "some of 'up', 'down', 'all', in a list", column="directions"))
    if not 1 <= min_size <= max_size:
        faults.append(Fault(f"{min_size} and {max_size}", "1 <= min_size <= max_size", column="min_size, max_size"))
    if n_permutations < 100:
        faults.append(Fault(str(n_permutations), "at least 100", column="n_permutations"))
    if faults:
        raise InputError("enrich", faults)


def _paths(gene_sets: StrPath | Mapping[str, StrPath]) -> dict[str, StrPath]:
    if isinstance(gene_sets, Mapping):
        if not gene_sets:
            raise InputError("gene_sets", Fault("no collection", "a GMT file, or several by name"))
        strange = [str(name) for name, path in gene_sets.items() if not isinstance(path, str | os.PathLike)]
        if strange:
            hint = "Write sets made in Python to a GMT file: name, description, genes, separated by tabs."
            raise InputError("gene_sets", Fault(f"no file for {', '.join(map(repr, strange))}", "GMT files by name of "
                                                "the collection", hint=hint))  # fmt: skip
        return {str(name): path for name, path in gene_sets.items()}
    if not isinstance(gene_sets, str | os.PathLike):
        raise InputError("gene_sets", Fault(type(gene_sets).__name__, "a GMT file, or several by name"))
    return {_file_name(gene_sets).removesuffix(".gz").removesuffix(".gmt"): gene_sets}


def _file_name(path: StrPath) -> str:
    return Path(os.fspath(path)).name


def _collections(gene_sets: StrPath | Mapping[str, StrPath]) -> dict[str, Sets]:
    return {name: parse_gmt(path) for name, path in _paths(gene_sets).items()}


def _within(sets: Sets, background: set[str], min_size: int, max_size: int) -> Sets:
    """The tested genes of every set within the limits; a set that is the whole background tells nothing."""
    found = {term: [gene for gene in genes if gene in background] for term, genes in sets.items()}
    return {t: g for t, g in found.items() if min_size <= len(g) <= max_size and len(g) < len(background)}


def _usable(collections: Mapping[str, Sets], background: set[str], min_size: int, max_size: int) -> dict[str, Sets]:
    found = {name: _within(sets, background, min_size, max_size) for name, sets in collections.items()}
    if not any(found.values()):
        largest = max(len(background.intersection(g)) for sets in collections.values() for g in sets.values())
        raise InputError(
            "gene_sets",
            Fault(
                f"no set with {min_size} to {max_size} measured genes (the largest has {largest})",
                "at least one",
                hint="Change min_size or max_size, or take other gene sets.",
            ),
        )
    return found


def _not_tested(
    collections: Mapping[str, Sets], usable: Mapping[str, Sets], background: set[str], least: int
) -> pd.DataFrame:
    rows = []
    for collection, sets in collections.items():
        for term in [t for t in sets if t not in usable[collection]]:
            measured = len(background.intersection(sets[term]))
            reason = "too few genes measured" if measured < least else "too many genes measured"
            rows.append((collection, term, len(sets[term]), measured, reason))
    return pd.DataFrame(rows, columns=["collection", "term", "set_size", "measured", "reason"])


@dataclass(frozen=True)
class _Query:
    direction: str
    genes: set[str]


def _queries(tested: pd.DataFrame, directions: Sequence[str]) -> list[_Query]:
    significant = tested[tested["significant"].astype(bool)]
    change = significant["log2_fold_change"]
    rows = {"up": change > 0, "down": change < 0, "all": change.notna()}
    queries = [_Query(d, set(significant.loc[rows[d], "name"])) for d in dict.fromkeys(directions)]
    empty = [q.direction for q in queries if not q.genes]
    if empty:
        warnings.warn(
            f"no significant gene in direction {' and '.join(empty)}: over-representation can find nothing there; "
            "method='prerank' needs no significant genes",
            RadiogenomicsWarning,
            stacklevel=4,
        )
    return queries


def _ora(collection: str, sets: Sets, queries: list[_Query], background: set[str]) -> pd.DataFrame:
    blocks = [over_representation(q.genes, sets, background).assign(direction=q.direction) for q in queries]
    table = pd.concat(blocks, ignore_index=True)
    table["p_adjusted"] = core.benjamini_hochberg(table["p_value"].to_numpy())
    return _finish(table, collection, sets)


def _finish(table: pd.DataFrame, collection: str, sets: Sets) -> pd.DataFrame:
    table = table.assign(collection=collection, measured=[len(sets[term]) for term in table["term"]])
    return table.sort_values(["p_value", "term"], kind="stable", ignore_index=True)


def _ranking(tested: pd.DataFrame) -> pd.Series:
    """Statistic by name, highest first; of a name that comes twice the more extreme; ties in the order of names."""
    ordered = tested.assign(size=tested["statistic"].abs()).sort_values(["size", "name"], ascending=[False, True])
    if np.ptp(ordered["statistic"].to_numpy(dtype=float)) < _ROUNDING:
        raise InputError(
            "method",
            "every gene has the same statistic, so there is no ranking for 'prerank'; look at the groups first",
        )
    single = ordered.drop_duplicates("name").sort_values(["statistic", "name"], ascending=[False, True])
    return pd.Series(single["statistic"].to_numpy(), index=single["name"].to_numpy())


def _prerank(
    usable: Mapping[str, Sets], ranking: pd.Series, n_permutations: int, n_jobs: int | None, rng: RNG
) -> tuple[pd.DataFrame, pd.DataFrame]:
    threads = _threads(n_jobs)
    work = [(*item, seed) for item, seed in zip(usable.items(), spawn_seeds(rng, len(usable)), strict=True) if item[1]]
    tables, running = [], []
    for collection, sets, seed in track(work, "Gene set enrichment"):
        table, found = prerank(ranking, sets, n_permutations=n_permutations, threads=threads, seed=seed)
        table["direction"] = np.where(table["score"] > 0, "up", "down")
        tables.append(_finish(table, collection, sets))
        first = table.assign(size=-table["score"].abs()).sort_values(["p_adjusted", "size"], kind="stable")["term"]
        points = [running_points(term, found[term]).assign(collection=collection) for term in first[:_N_RUNNING]]
        running += points
    columns = ["collection", "term", "rank", "score", "hit"]
    return pd.concat(tables, ignore_index=True), pd.concat(running, ignore_index=True)[columns]


def _threads(n_jobs: int | None) -> int:
    return workers(n_jobs) if workers(n_jobs) > 0 else os.cpu_count() or 1


def _no_running() -> pd.DataFrame:
    return pd.DataFrame({"collection": [], "term": [], "rank": [], "score": [], "hit": []}).astype(
        {"collection": object, "term": object, "rank": int, "score": float, "hit": bool}
    )
