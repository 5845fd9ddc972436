"""Findings of a radiogenomic map: how many pairs pass, and how many would by chance."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import count, listed, number, p_text, percent, setting
from radiogenomics.report._found import Found, where
from radiogenomics.report._wording import title_of


def correlate(found: Found) -> list[str]:
    """Pairs under the false discovery rate, the strongest one, hubs, permuted patients and other parts of the split."""
    summary, table, settings = found.table("summary"), found.table("table"), found.settings
    first = summary.iloc[0]
    part = None if first["split"] == "all" else str(first["split"])
    sides = (count(first[f"n_{side}"], f"{settings[side]} feature") for side in ("x", "y"))
    basis = f"{count(first['n_tests'], 'pair')} of {' and '.join(sides)}"
    given = f" given {listed(settings['covariates'], most=6)}" if settings["covariates"] else ""
    alpha, passed = float(settings["alpha"]), int(first["n_significant"])
    best = table[table["split"] == first["split"]].iloc[0]
    strongest = f"{best['x']} with {best['y']}, r {number(best['r'], 2)}, {p_text(best['p_adjusted'], 'adjusted p')}"
    among = f"among {count(first['n'], 'patient')}"
    if not passed:
        sentences = [
            f"{where(part)}no evidence of a correlation in any of {basis}{given} {among} (strongest: {strongest})."
        ]
    else:
        verb = "passes" if passed == 1 else "pass"
        sentences = [
            f"{where(part)}{passed:,} of {basis}{given} {verb} a false discovery rate of {percent(alpha, 1)} {among}; "
            f"strongest: {strongest}."
        ]
        hubs = [_hub(found.table(side)) for side in ("x_hubs", "y_hubs")]
        sentences.append(
            f"Most partners have {listed(hubs)}: correlated features make pairs that are no separate findings."
        )
    return sentences + _control(found) + _chance(first, alpha) + _elsewhere(summary.iloc[1:], passed)


def _hub(hubs: pd.DataFrame) -> str:
    return f"{hubs['feature'].iloc[0]} ({int(hubs['n_partners'].iloc[0]):,})"


def _control(found: Found) -> list[str]:
    """How many pairs pass with features that hold no texture."""
    table = found.table("control")
    if table.empty:
        return []
    row = table.iloc[0]
    return [
        f"With the control {found.settings['control']} in place of the features, {int(row['n_significant_control']):,} "
        f"of {count(row['n_tests_control'], 'pair')} pass where {int(row['n_significant']):,} do with the features: "
        "what the control has too does not come from texture."
    ]


def _chance(row: pd.Series, alpha: float) -> list[str]:
    """What permuted patients say; correlated features pass or fail together, outliers make t tests too sure."""
    if pd.isna(row.get("p_family_wise")):
        return ["Patients were not permuted, so how many pairs correlated features pass by chance is unknown."]
    wise = int(row["n_family_wise"])
    text = (
        f"{count(wise, 'pair')} {'is' if wise == 1 else 'are'} more correlated than the strongest of permuted patients"
        if wise
        else "No evidence that a single pair is more correlated than the strongest of permuted patients"
    )
    text += f" (family-wise {p_text(row['p_family_wise'])}; limit |r| {number(row['null_limit'], 2)})."
    sentences = [text]
    if row["n_significant"]:
        share = float(row["share_by_chance"])
        many = f"{percent(share, 1)} of the permutations have" if share else "no permutation has"
        sentences.append(
            f"Beyond the smallest |r| that passed, {number(row['smallest_significant_r'], 2)}, permuted patients have "
            f"{number(row['mean_by_chance'], 2)} pairs on average; {many} as many as the real patients, who set this "
            "limit."
        )
    if row["n_significant"] and not wise and row["share_by_chance"] > alpha:
        sentences.append("So many pairs are within what chance gives: the map is no evidence of a relation.")
    return sentences


def _elsewhere(rows: pd.DataFrame, passed: int) -> list[str]:
    """Whether what passed among the training patients holds among others."""
    sentences = []
    for _, row in rows.iterrows():
        if not passed:
            continue
        if not row["n_tests"]:
            sentences.append(f"{where(row['split'])}none of the pairs that passed could be looked at again.")
            continue
        sentences.append(
            f"{where(row['split'])}of {count(row['n_tests'], 'pair')} that passed and were kept, "
            f"{int(row['n_same_sign']):,} have a correlation of the same sign and {int(row['n_significant']):,} pass "
            f"again, adjusted over these pairs ({count(row['n'], 'patient')})."
        )
    return sentences


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s = found.settings
    name = "Spearman's rank" if s["method"] == "spearman" else "Pearson's"
    text = f"Every {s['x']} feature was correlated with every {s['y']} feature by {name} correlation"
    if s["covariates"]:
        text += f" after {listed(s['covariates'], most=99)} had been regressed out of both"
        text += ", as ranks" if s["method"] == "spearman" else ""
    text += f" (p-values from {s['p_values']}), adjusted over all pairs by Benjamini and Hochberg"
    cited = ["bh"]
    if s["n_permutations"]:
        text += (
            f"; family-wise p-values compare each pair with the largest correlation of each of "
            f"{setting(s['n_permutations'])} permutations of the patients of one side"
        )
        cited.append("westfall")
        if s["covariates"]:
            text += ", of the residuals that the covariates leave"
            cited.append("freedman")
    return title_of(found), text, tuple(cited)
