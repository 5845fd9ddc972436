"""The tables of a radiogenomic map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.correlation import correlation_p, correlation_scores, covariate_basis
from radiogenomics.tl._correlate_input import LEAST_DF, Side, covariate_matrix
from radiogenomics.tl._variables import Variable

#: Features of each side in the stored excerpt that the heat map draws.
_SHOWN = 30


def pairs_table(
    found: core.CorrelationMap, sides: Sequence[Side], null: pd.DataFrame, n: int, alpha: float
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "x": sides[0].features[found.x_index],
            "y": sides[1].features[found.y_index],
            "r": found.r,
            "p_value": found.p_value,
            "p_adjusted": found.p_adjusted,
            "p_family_wise": core.family_wise_p(found.r, null["largest_r"]) if len(null) else np.nan,
        }
    )
    return table.assign(significant=table["p_adjusted"] <= alpha, n=n)


def summary_row(found: core.CorrelationMap, null: pd.DataFrame, n: int, alpha: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "n": n,
        "n_x": int(found.x_varies.sum()),
        "n_y": int(found.y_varies.sum()),
        "n_tests": found.n_tests,
        "df": found.df,
        "n_significant": found.n_significant,
        "smallest_significant_r": found.limit,
        "largest_r": float(np.abs(found.r[0])),
        "smallest_p_adjusted": float(found.p_adjusted[0]),
    }
    if len(null):
        every = core.family_wise_p(found.r, null["largest_r"])
        row |= {"p_family_wise": float(every[0]), "n_family_wise": int((every <= alpha).sum())}
        row |= {"null_limit": float(np.quantile(null["largest_r"], 1 - alpha, method="higher"))}
    if len(null) and found.n_significant:
        # The same limit in permuted patients: what the rule, which adjusts each p-value alone, cannot tell.
        beyond = null["n_beyond_limit"]
        as_many = beyond >= found.n_significant
        row |= {"mean_by_chance": float(beyond.mean()), "share_by_chance": float(as_many.mean())}
    return row


def pairs_again(
    found: core.CorrelationMap, sides: Sequence[Side], variables: Sequence[Variable], rows: BoolArray, method: Any,
    patients: pd.Index, alpha: float,
) -> pd.DataFrame:  # fmt: skip
    """The same pairs among other patients; NaN where these are too few or a feature does not vary among them."""
    n = int(rows.sum())
    r = np.full(found.r.size, np.nan)
    p = r.copy()
    columns = [np.unique(index, return_inverse=True) for index in (found.x_index, found.y_index)]
    width = sum(len(v.levels) - 1 if v.levels else 1 for v in variables)
    if n - 2 - width >= LEAST_DF:
        z = covariate_matrix(variables, rows, method)
        df, basis = n - 2 - z.shape[1], covariate_basis(z, n)
        scores = []
        for side, (used, place) in zip(sides, columns, strict=True):
            values, varies = correlation_scores(side.values_of(patients[rows], used), method, basis)
            values[:, ~varies] = np.nan
            scores.append((values, place))
        (u, i), (v, j) = scores
        r = np.clip(np.array([u[:, a] @ v[:, b] for a, b in zip(i, j, strict=True)]), -1, 1)
        p = np.where(np.isnan(r), np.nan, correlation_p(np.nan_to_num(r), df))
    table = pd.DataFrame({"x": sides[0].features[found.x_index], "y": sides[1].features[found.y_index]})
    chosen = found.p_adjusted <= alpha
    adjusted = core.benjamini_hochberg(np.where(chosen, p, np.nan))
    table = table.assign(r=r, p_value=p, p_adjusted=adjusted, p_family_wise=np.nan)
    return table.assign(significant=np.nan_to_num(adjusted, nan=2.0) <= alpha, n=n)


def repeated_row(again: pd.DataFrame, found: core.CorrelationMap, alpha: float) -> dict[str, Any]:
    """How the pairs that are significant among the training patients do among others."""
    chosen = (found.p_adjusted <= alpha) & again["r"].notna().to_numpy()
    same = np.sign(again["r"].to_numpy()) == np.sign(found.r)
    return {
        "n": int(again["n"].iloc[0]),
        "n_tests": int(chosen.sum()),
        "n_same_sign": int((chosen & same).sum()),
        "n_significant": int((again["significant"].to_numpy() & same).sum()),
    }


def hubs_table(found: core.CorrelationMap, sides: Sequence[Side], side: int) -> pd.DataFrame:
    """Features of one side by their number of significant partners, then by their largest correlation."""
    if side == 0:
        varies, partners, best, r, others = found.x_varies, found.x_partners, found.x_best, found.x_best_r, sides[1]
    else:
        varies, partners, best, r, others = found.y_varies, found.y_partners, found.y_best, found.y_best_r, sides[0]
    table = pd.DataFrame(
        {
            "feature": sides[side].features[varies],
            "n_partners": partners.sum(axis=1)[varies],
            "n_positive": partners[varies, 1],
            "n_negative": partners[varies, 0],
            "strongest_partner": others.features[best[varies]],
            "r": r[varies],
        }
    )
    order = np.lexsort((-table["r"].abs(), -table["n_partners"]))
    return table.iloc[order].reset_index(drop=True)


def map_table(
    found: core.CorrelationMap, sides: Sequence[Side], hubs: Sequence[pd.DataFrame],
    values: Sequence[FloatArray], method: Any, z: FloatArray,
) -> pd.DataFrame:  # fmt: skip
    """Correlations of the first hubs of both sides."""
    basis = covariate_basis(z, len(z))
    scores, names = [], []
    for side, hub, matrix in zip(sides, hubs, values, strict=True):
        first = pd.Index(hub["feature"].head(_SHOWN))
        columns = np.asarray(side.features.get_indexer(first), dtype=np.int64)
        scores.append(correlation_scores(matrix[:, columns], method, basis)[0])
        names.append(first.to_numpy())
    r = np.clip(scores[0].T @ scores[1], -1, 1)
    size = np.abs(r).ravel()
    return pd.DataFrame(
        {
            "x": np.repeat(names[0], len(names[1])),
            "y": np.tile(names[1], len(names[0])),
            "r": r.ravel(),
            "significant": size >= found.limit - 1e-12 if found.n_significant else np.zeros(size.size, dtype=bool),
        }
    )


def removed_table(found: core.CorrelationMap, sides: Sequence[Side], z: FloatArray) -> pd.DataFrame:
    reason = "the same in every patient" + (", or explained by the covariates" if z.shape[1] else "")
    blocks = [
        pd.DataFrame({"side": name, "feature": side.features[~varies], "reason": reason})
        for name, side, varies in (("x", sides[0], found.x_varies), ("y", sides[1], found.y_varies))
    ]
    return pd.concat(blocks, ignore_index=True)
