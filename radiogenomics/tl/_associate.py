"""Association of patient groups with clinical variables and with each other."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, patients_of, settings_of, split_blocks, split_of, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, BoolArray
from radiogenomics.tl._association_tests import association, variables_of
from radiogenomics.tl._combine_groups import sources_of
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import Variable, check_names, grouping, names_of, warn_of_odd_categories

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_ADJUST = {"benjamini-hochberg": core.benjamini_hochberg, "holm": core.holm}
_NUMERIC = ("kruskal", "anova", "wilcoxon")


def associate(
    data: Cohort,
    groupby: str | Sequence[str],
    variables: str | Sequence[str] = (),
    *,
    categorical: Sequence[str] = (),
    ordered: Sequence[str] | Mapping[str, Sequence[Any]] = (),
    numeric: Literal["kruskal", "anova", "wilcoxon"] = "kruskal",
    adjust: Literal["benjamini-hochberg", "holm"] = "benjamini-hochberg",
    rng: RNG = 0,
    key_added: str = "associations",
) -> None:
    """Test every grouping against every variable, and the groupings against each other.

    Categories: chi-squared test (2 x 2 with Yates' correction), or Fisher's exact test (Freeman-Halton for larger
    tables) where more than a fifth of the expected counts are under 5 or one is under 1. Ordered categories (three or
    more): Cochran-Armitage test for trend between two groups :cite:p:`Armitage1955`, Kruskal-Wallis on their ranks
    between more. Numbers: Kruskal-Wallis, or as `numeric` says.

    Parameters
    ----------
    data
        Cohort.
    groupby
        One or several groupings: categorical columns of ``data.obs``.
    variables
        Columns of ``data.obs``. Text, categories, booleans and numbers with two distinct values are categorical,
        other numbers numeric. With none, only the groupings are compared with each other.
    categorical
        Variables to take as categories although they are numbers (a grade of 1 to 3, for instance).
    ordered
        Variables whose categories have an order: ``{"grade": ["G1", "G2", "G3"]}``, or names of numbers and of
        categorical columns, in whose order they stand. Columns of an ordered categorical type need no mention.
    numeric
        Test of numbers: ``"kruskal"``; ``"anova"``; ``"wilcoxon"``, the rank-sum test where there are two groups
        (Kruskal-Wallis where there are more).
    adjust
        How p-values are adjusted over the whole table (one family per part of the split).
    rng
        For tables with too many possibilities to list, whose exact p-value is estimated from random tables.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``table`` (one row per test: statistic, p-value, adjusted p-value, effect
    with its 95 % interval where it has one, patients used and missing),
    ``counts`` (the contingency tables, or the size of each group with the quartiles for numbers), ``settings`` and
    ``left_out``. With a split, one block per part. Effects: Cramer's V (interval by the non-central chi-squared),
    epsilon squared (non-central F of the ranks) and eta squared (non-central F) in [0, 1]; in [-1, 1] the rank-biserial
    correlation and the correlation with the order, positive where the second group has the higher values.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs``.
    DegenerateGroupsError
        If a grouping has fewer than two groups.

    Warns
    -----
    RadiogenomicsWarning
        If a pair could not be tested, a group has one patient, or a variable seems to be an identifier or numbers
        that were read as text.
    """
    check_key(data, key_added)
    group_names = names_of(groupby)
    names = names_of(variables)
    _check(group_names, names, categorical, adjust, numeric)
    groupings = [grouping(data, name) for name in group_names]
    _warn_of_follow_up(data, names)
    others, in_order = variables_of(data, names, categorical, ordered)
    pairs = [(g, v) for i, g in enumerate(groupings) for v in (*groupings[i + 1 :], *others)]
    tables, counts = [], []
    root = generator(rng)
    for part, rows in split_blocks(data):
        seeds = spawn_seeds(root, len(pairs))
        block = pd.DataFrame(
            [
                association(g, v, rows, seed, nested=_nested(data, g, v), ordered=v.name in in_order, numeric=numeric)
                for (g, v), seed in zip(pairs, seeds, strict=True)
            ]
        )
        block.insert(list(block.columns).index("p_value") + 1, "p_adjusted", _ADJUST[adjust](block["p_value"]))
        block.insert(0, "split", part)
        tables.append(block)
        found = pd.DataFrame([row for g, v in pairs for row in _counts(g, v, rows)])
        found.insert(0, "split", part)
        counts.append(found)
    table = pd.concat(tables, ignore_index=True)
    _warn_undone(table, [g.name for g in groupings if _modalities_of(data, g.name)])
    _warn_of_single_patients(data, groupings)
    warn_of_odd_categories(others, next(rows for _, rows in split_blocks(data)), stacklevel=3)
    used = np.zeros(data.n_obs, dtype=bool)
    for g, v in pairs:
        used |= g.known & v.known
    reasons = dict.fromkeys(patients_of(data)[~used], "no grouping together with a variable")
    split = split_of(data)
    if split is not None:
        reasons |= dict.fromkeys(patients_of(data)[(split == keys.NO_PART).to_numpy()], "in no part of the split")
    settings = {
        "groupby": group_names,
        "variables": names,
        "categorical": list(categorical),
        "ordered": {v.name: list(v.levels or ()) for v in others if v.name in in_order},
        "numeric": numeric,
        "adjust": adjust,
        "fisher_when": "over 20 % of expected counts under 5, or one under 1",
        "rng": seed_of(rng),
        **said(columns_taught(data, [*group_names, *names])),
    }
    data.uns[key_added] = to_uns(
        table=table, counts=pd.concat(counts, ignore_index=True), settings=settings, left_out=left_out_table(reasons)
    )


def _check(groups: list[str], variables: list[str], categorical: Sequence[str], adjust: str, numeric: str) -> None:
    if numeric not in _NUMERIC:
        raise InputError("numeric", Fault(repr(numeric), " or ".join(map(repr, _NUMERIC))))
    if adjust not in _ADJUST:
        raise InputError("adjust", Fault(repr(adjust), " or ".join(repr(a) for a in _ADJUST)))
    if not groups or (len(groups) == 1 and not variables):
        raise InputError(
            "variables", Fault("nothing to compare the groups with", "at least one variable or a second grouping")
        )
    check_names("variables", groups + variables)
    check_names("variables", variables, subset=categorical)


def _warn_of_follow_up(data: Cohort, names: Sequence[str]) -> None:
    """Times and events of an outcome are no ordinary variables: a test of them knows nothing of censoring."""
    registered: Mapping[str, Any] = data.uns.get(keys.OUTCOMES, {})
    parts = {str(o[part]): (part, name) for name, o in registered.items() for part in ("time", "event") if part in o}
    told = [f"{name!r} is the {parts[name][0]} of outcome {parts[name][1]!r}" for name in names if name in parts]
    if told:
        warnings.warn(
            f"{' and '.join(told)}: a test of it takes no account of censoring; rg.tl.kaplan_meier compares groups by "
            "their follow-up",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _nested(data: Cohort, group: Variable, variable: Variable) -> bool:
    """Whether both rest on one grouping or modality (combined or joint groups, and what they were made from)."""
    made_of = [set(_modalities_of(data, name)) for name in (group.name, variable.name)]
    own = {name.partition(":")[0] for name in (group.name, variable.name)}
    if made_of[0] & made_of[1] or own & (made_of[0] | made_of[1]):
        return True
    return bool(set(sources_of(data, group.name)) & set(sources_of(data, variable.name)))


def _modalities_of(data: Cohort, name: str) -> list[str]:
    """Modalities that joint groups were made from; none of other columns."""
    stored = data.uns.get(name)
    if isinstance(stored, Mapping) and {"members", "sources", keys.SETTINGS} <= set(stored):
        return [str(m) for m in settings_of(stored).get("modalities", [])]
    return []


def _counts(group: Variable, variable: Variable, rows: BoolArray) -> Iterator[dict[str, Any]]:
    """Size of every cell; for numbers, size and quartiles of every group."""
    for level in group.levels or []:
        inside = rows & (group.values == level).to_numpy()
        row = {"group": group.name, "variable": variable.name, "group_level": level}
        if variable.levels is None:
            found = variable.values[inside].dropna().to_numpy(dtype=float)
            low, middle, high = np.quantile(found, [0.25, 0.5, 0.75]) if found.size else (np.nan,) * 3
            yield row | {"variable_level": None, "n": found.size, "median": middle, "q1": low, "q3": high}
            continue
        for other in variable.levels:
            n = int((inside & (variable.values == other).to_numpy()).sum())
            yield row | {"variable_level": other, "n": n, "median": np.nan, "q1": np.nan, "q3": np.nan}


def _warn_undone(table: pd.DataFrame, joint: Sequence[str]) -> None:
    """Name what was not tested; joint groups and those of their modalities are no question, and stay in the table."""
    undone = table[table["test"].str.startswith("none") & ~table[["group", "variable"]].isin(joint).any(axis=1)]
    if len(undone):
        named = undone[["group", "variable", "split", "test"]].astype(str).to_numpy()
        said = "; ".join(f"{g} x {v} ({split}, {test.removeprefix('none: ')})" for g, v, split, test in named)
        warnings.warn(
            f"{len(undone)} association(s) were not tested: {said}. Leave these variables out.",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn_of_single_patients(data: Cohort, groupings: Sequence[Variable]) -> None:
    """A group of one has no spread: its test is about one patient."""
    single = []
    for part, rows in split_blocks(data):
        for g in groupings:
            sizes = g.values[rows].value_counts()
            single += [f"{level!r} of {g.name} ({part})" for level in g.levels or () if sizes.get(level, 0) == 1]
    if single:
        warnings.warn(
            f"{len(single)} group(s) have one patient: {', '.join(single)}. Their tests rest on that patient; "
            "merge such a group with another or leave it out.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
