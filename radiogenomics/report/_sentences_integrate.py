"""Findings and methods of joint groups of several modalities and of the agreement of groupings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radiogenomics.report._format import count, listed, p_text, ratio
from radiogenomics.report._found import Found, blocks, where

_ALPHA = 0.05
_NAMES = {
    "snf": "similarity network fusion",
    "coca": "cluster-of-clusters analysis",
    "concat": "consensus clustering of all features side by side",
    "mofa": "consensus clustering of the factors of MOFA+",
}


def integrate(found: Found) -> list[str]:
    """How many joint groups, how large, of whom, and whether their number could have been one."""
    settings, members = found.settings, found.table("members")
    k, names = int(found.result["n_clusters"]), listed(settings.get("modalities", []), most=9)
    said = []
    for split, rows in blocks(members):
        sizes = rows["group"].value_counts().sort_index()
        if k == 1:
            said.append(f"{where(split)}no evidence of joint groups among {count(len(rows), 'patient')} by {names}.")
            continue
        text = listed((f"{group} ({n:,})" for group, n in sizes.items()), most=8)
        said.append(
            f"{where(split)}{count(len(sizes), 'joint group')} of {count(len(rows), 'patient')} by {names}: {text}."
        )
    partial = int((members["n_modalities"] < len(settings.get("modalities", []))).sum())
    if partial:
        said.append(f"{count(partial, 'patient')} of them had not every modality.")
    if settings.get("n_clusters") == "auto" and settings.get("method") in ("snf", "coca"):
        said.append(_number(found, k))
    return said


def _number(found: Found, k: int) -> str:
    """What the number of joint groups chosen on the data rests on."""
    ks, p = found.table("evidence")["k"], found.settings.get("p_value")
    tried = f"{int(ks.min())} to {int(ks.max())}"
    if p is None or p != p:
        if k == 1:
            return f"One group was answered; {tried} were tried."
        return f"The number k = {k} fits best of those tried, which do not include one: it is no evidence of groups."
    if found.settings.get("method") == "coca":
        verdict = "agree more than" if k > 1 else "do not agree more than"
        return (
            f"The groups of the modalities {verdict} groups dealt anew to the patients ({p_text(p)}; tried: {tried})."
        )
    if k == 1:
        return (
            f"None of the numbers tried ({tried}) fits better than in simulated patients of one population "
            f"({p_text(p)} over all of them)."
        )
    return (
        f"The number k = {k} fits best of those tried ({tried}), and better than in simulated patients of one "
        f"population ({p_text(p)} over all of them)."
    )


def agreement(found: Found) -> list[str]:
    """How far the groupings agree, pair by pair, strongest first."""
    said = []
    for split, rows in blocks(found.table("table")):
        tested = rows[rows["cramers_v"].notna()].sort_values("adjusted_rand", ascending=False)
        for row in tested.head(4).itertuples():
            pair, made = f"{row.first} and {row.second}", "integrated" in (row.first, row.second)
            p, size = float(str(row.p_adjusted)), f"adjusted Rand {ratio(row.adjusted_rand)}, n = {int(str(row.n)):,}"
            if made or p != p:
                said.append(f"{where(split)}agreement of {pair}: {size}.")
            elif p < _ALPHA:
                more = f"agree more than by chance ({size}, adjusted {p_text(p)})"
                said.append(f"{where(split)}the groupings {pair} {more}.")
            else:
                said.append(f"{where(split)}no evidence that {pair} agree ({size}, adjusted {p_text(p)}).")
    if any("integrated" in str(name) for name in found.settings.get("groupings", [])):
        said.append("The joint groups were made from the modalities, so that they agree with their groups by design.")
    return said


def integrate_method(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Paragraph on an integration."""
    name = str(s.get("method"))
    text = (
        f"Patients were grouped on {listed(s.get('modalities', []), most=9)} together by {_NAMES.get(name, name)}; "
        f"patients with data of {s.get('patients', 'all modalities')} took part ({s.get('n_patients')}), and the "
        f"number of groups ({found.result['n_clusters']}) was chosen by: {s.get('number')}"
    )
    if s.get("n_assigned"):
        text += f"; {count(int(s['n_assigned']), 'further patient')} got a group by: {s.get('test_patients')}"
    cited = {"snf": ("snf",), "coca": ("coca", "monti"), "concat": ("monti",), "mofa": ("mofa", "monti")}
    return "Joint groups", text, cited.get(name, ())


def agreement_method(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Paragraph on agreement."""
    text = (
        f"Agreement of {listed(s.get('groupings', []), most=9)} was measured by the adjusted Rand index, normalised "
        f"mutual information and Cram\u00e9r's V, and tested by {s.get('n_permutations'):,} permutations"
    )
    return "Agreement of groupings", text, ("rand", "cramer")
