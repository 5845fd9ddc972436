"""Which test compares a grouping with a variable, and its row of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import column_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray
from radiogenomics.tl._variables import Variable, variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

# Cochran's rule: chi-squared is trusted when at least 80 % of the expected counts reach 5 and none is under 1.
_SMALL, _SMALL_SHARE, _TINY = 5.0, 0.2, 1.0
_RESULT = ("statistic", "df", "p_value", "effect", "effect_lower", "effect_upper")


def variables_of(
    data: Cohort, names: Sequence[str], categorical: Sequence[str], ordered: Sequence[str] | Mapping[str, Sequence[Any]]
) -> tuple[list[Variable], set[str]]:
    """The columns as variables, and the names of those whose categories have an order."""
    unknown = sorted(set(ordered) - set(names))
    if unknown:
        raise InputError("ordered", Fault(f"{unknown}", f"names among {list(names)}"))
    out, in_order = [], set()
    for name in names:
        asked = name in ordered
        v = variable(data, name, categorical=asked or name in categorical, two_are_categories=True)
        if isinstance(ordered, Mapping) and asked:
            v = replace(v, levels=_checked_order(v, ordered[name]), declared=True)
        elif asked and not v.declared:
            raise InputError(
                "ordered",
                Fault(
                    "text without an order", "an ordered categorical column, or numbers", column=name,
                    hint=f"Give the order: ordered={{{name!r}: [lowest, ..., highest]}}.",
                ),
            )  # fmt: skip
        dtype = column_of(data, name).dtype
        if asked or (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered and v.levels is not None):
            in_order.add(name)
        out.append(v)
    return out, in_order


def _checked_order(v: Variable, given: Sequence[Any]) -> tuple[str, ...]:
    order = tuple(str(level) for level in given)
    absent = [level for level in v.levels or () if level not in order]
    if absent or len(set(order)) < len(order):
        raise InputError(
            "ordered", Fault(f"{list(order)} for {v.name!r}", f"each of its levels {list(v.levels or ())} once")
        )
    return order


def association(
    group: Variable, variable: Variable, rows: BoolArray, seed: int, *, nested: bool, ordered: bool, numeric: str
) -> dict[str, Any]:
    """One row of the table; ``test`` says why when there is nothing to test."""
    both = rows & group.known & variable.known
    row: dict[str, Any] = {"group": group.name, "variable": variable.name, "kind": variable.kind}
    g, v = group.values[both], variable.values[both]
    why = _why_not(g, v, nested=nested)
    if why:
        found = {"test": f"none: {why}", "effect_name": "epsilon_squared" if variable.levels is None else "cramers_v"}
    elif variable.levels is None:
        found = _of_numbers(g, v, group, numeric)
    elif ordered and v.nunique() > 2:
        found = _of_order(g, v, group, variable)
    else:
        found = _of_categories(pd.crosstab(g, v).to_numpy(), seed)
    n = int(both.sum())
    row |= {"test": found["test"]} | {name: float(found.get(name, np.nan)) for name in _RESULT}
    return row | {"effect_name": found["effect_name"], "n": n, "n_missing": int(rows.sum()) - n}


def _why_not(g: pd.Series, v: pd.Series, *, nested: bool) -> str:
    if nested:
        return "one was made from the other"
    if not len(g):
        return "no patient has both"
    if g.nunique() < 2:
        return "fewer than two groups"
    return "fewer than two distinct values" if v.nunique() < 2 else ""


def _present(g: pd.Series, group: Variable) -> list[str]:
    return [level for level in group.levels or () if (g == level).any()]


def _of_numbers(g: pd.Series, v: pd.Series, group: Variable, numeric: str) -> dict[str, Any]:
    x, present = v.to_numpy(dtype=float), _present(g, group)
    if numeric == "wilcoxon" and len(present) == 2:
        first, second = (x[(g == level).to_numpy()] for level in present)
        ranked = core.rank_sum(second, first)
        return {"test": "Wilcoxon rank-sum", "statistic": ranked.statistic, "p_value": ranked.p_value,
                "effect": ranked.rank_biserial, "effect_lower": ranked.lower, "effect_upper": ranked.upper,
                "effect_name": "rank_biserial"}  # fmt: skip
    if numeric == "anova":
        if len(x) == len(present) or all(np.ptp(x[(g == level).to_numpy()]) == 0 for level in present):
            return {"test": "none: no variation within the groups", "effect_name": "eta_squared"}
        f = core.anova(x, g.to_numpy(dtype=str))
        return {"test": "analysis of variance", "statistic": f.statistic, "df": f.df, "p_value": f.p_value,
                "effect": f.eta_squared, "effect_lower": f.lower, "effect_upper": f.upper,
                "effect_name": "eta_squared"}  # fmt: skip
    return _ranked(x, g, "Kruskal-Wallis")


def _ranked(x: Any, g: pd.Series, name: str) -> dict[str, Any]:
    h = core.kruskal(x, g.to_numpy(dtype=str))
    return {"test": name, "statistic": h.statistic, "df": h.df, "p_value": h.p_value, "effect": h.epsilon_squared,
            "effect_lower": h.lower, "effect_upper": h.upper, "effect_name": "epsilon_squared"}  # fmt: skip


def _of_order(g: pd.Series, v: pd.Series, group: Variable, variable: Variable) -> dict[str, Any]:
    """Trend of two groups over the categories; more groups are compared by the ranks of the categories."""
    levels = [level for level in variable.levels or () if (v == level).any()]
    present = _present(g, group)
    if len(present) > 2:
        return _ranked(v.map(levels.index).to_numpy(dtype=float), g, "Kruskal-Wallis of the ordered categories")
    table = [[int(((g == own) & (v == level)).sum()) for level in levels] for own in reversed(present)]
    trend = core.cochran_armitage(table)
    r, n = trend.correlation, len(g)
    low = high = np.nan
    if n > 3 and abs(r) < 1:
        low, high = np.tanh(np.arctanh(r) + np.array([-1.0, 1.0]) * 1.959963984540054 / np.sqrt(n - 3))
    return {"test": "Cochran-Armitage trend", "statistic": trend.statistic, "df": trend.df, "p_value": trend.p_value,
            "effect": r, "effect_lower": low, "effect_upper": high, "effect_name": "correlation"}  # fmt: skip


def _of_categories(counts: Any, seed: int) -> dict[str, Any]:
    expected = core.expected_counts(counts)
    small = (expected < _SMALL).mean() > _SMALL_SHARE or (expected < _TINY).any()
    outcome = core.fisher_exact(counts, rng=seed) if small else core.chi_squared(counts)
    low, high = core.cramers_v_interval(counts)
    return {"test": outcome.test, "statistic": outcome.statistic, "df": outcome.df, "p_value": outcome.p_value,
            "effect": core.cramers_v(counts), "effect_lower": low, "effect_upper": high,
            "effect_name": "cramers_v"}  # fmt: skip
