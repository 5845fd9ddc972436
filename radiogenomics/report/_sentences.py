"""One plain sentence of finding per result, from its numbers, cautious by rule.

A null result is said as null ("no evidence that"), never as "no difference"; every estimate comes with its interval
and with how many patients and events stand behind it; what was chosen and tested on the same data is called apparent.
"""

from __future__ import annotations

import pandas as pd

from radiogenomics._words import grouping_words
from radiogenomics.report import _sentences_choice as choice
from radiogenomics.report import _sentences_integrate as joint
from radiogenomics.report._format import count, interval, listed, p_text, percent, ratio, setting
from radiogenomics.report._found import Found, blocks, where
from radiogenomics.report._sentences_batches import batch_effect
from radiogenomics.report._sentences_canonical import canonical_correlation
from radiogenomics.report._sentences_centroids import shrunken_centroids
from radiogenomics.report._sentences_cindex import combined_cindex
from radiogenomics.report._sentences_encoders import encoder
from radiogenomics.report._sentences_icc import icc
from radiogenomics.report._sentences_map import correlate
from radiogenomics.report._sentences_models import MODEL_FINDINGS
from radiogenomics.report._sentences_rna import rna_quality
from radiogenomics.report._sentences_survival import cox, kaplan_meier

#: Share of the genes of the sets that were measured, below which enrichment is warned about.
LOW_COVERAGE = 0.5
#: Proportion of ambiguously clustered pairs above which groups are called unstable (Senbabaoglu 2014 looks for near 0).
HIGH_PAC = 0.25
#: Patients of a group below which it is called small.
FEW_PATIENTS = 10
#: Epsilon squared from which groups are said to go closely with a measure of size, and how such a measure is named.
STRONG_EFFECT = 0.3
_SIZE = r"(?<![a-z])(?:tumou?r_?)?(?:size|volume|vol|diameter|longest|largest|burden)(?![a-z])"
_ALPHA = 0.05


def _alpha(found: Found) -> float:
    value = found.settings.get("alpha", _ALPHA)
    return float(value) if isinstance(value, int | float) else _ALPHA


def consensus_cluster(found: Found) -> list[str]:
    """How many groups, how large, and how far the evidence for their number goes."""
    evidence, members = found.table("evidence"), found.table("members")
    k = int(found.result["n_clusters"])
    by = found.modality or "the features"
    sentences = []
    for split, rows in blocks(members):
        sizes = rows["group"].value_counts().sort_index()
        if k == 1:
            sentences.append(f"{where(split)}no evidence of groups among {count(sizes.sum(), 'patient')} by {by}.")
            continue
        text = listed((f"{group} ({n:,})" for group, n in sizes.items()), most=8)
        sentences.append(
            f"{where(split)}{count(len(sizes), 'group')} of {count(sizes.sum(), 'patient')} by {by}: {text}."
        )
    sizes = members["group"].value_counts()
    tiny = sorted(sizes.index[sizes < FEW_PATIENTS])
    if tiny:
        sentences.append(f"Fewer than {FEW_PATIENTS} patients are in {listed(tiny)}; what is said of them is unsteady.")
    return [*sentences, _evidence(found, k, evidence)]


def _evidence(found: Found, k: int, evidence: pd.DataFrame) -> str:
    row = evidence[evidence["k"] == k]
    chosen_on_data = found.settings.get("n_clusters") == "auto"
    tried = f"{int(evidence['k'].min())} to {int(evidence['k'].max())}"
    p = found.settings.get("p_value")
    if k == 1 and chosen_on_data:
        level = f" ({p_text(p)} over all of them)" if p is not None and not pd.isna(p) else ""
        return f"None of the numbers tried ({tried}) gives groups more stable than those of data without any{level}."
    text = f"The number k = {k} was " + (
        f"chosen on these data (tried: {tried})" if chosen_on_data else "set beforehand"
    )
    if not row.empty and not pd.isna(row.iloc[0]["pac"]):
        pac = float(row.iloc[0]["pac"])
        text += f"; {percent(pac, 1)} of the pairs of patients are clustered ambiguously"
        text += ", so the groups are not stable under resampling" if pac > HIGH_PAC else ""
    if p is not None and not pd.isna(p):
        verdict = "more stable than" if float(p) < _alpha(found) else "no evidence that they are more stable than"
        text += f"; {verdict} groups found in data without any ({p_text(p)})"
    # A number chosen on the data was held against data without groups; a number set beforehand was not.
    return f"{text}." if chosen_on_data else f"{text}. Consensus clustering finds groups in any data."


def combine_groups(found: Found) -> list[str]:
    """How many combined groups, and which are too small to say much about."""
    sentences = []
    for split, sizes in blocks(found.table("sizes")):
        sizes = sizes[sizes["n"] > 0]
        text = listed((f"{g} ({n:,})" for g, n in zip(sizes["group"], sizes["n"], strict=True)), most=12)
        sentences.append(
            f"{where(split)}{count(len(sizes), 'combined group')} of {count(sizes['n'].sum(), 'patient')}: {text}."
        )
        small = sizes.loc[sizes["n"] < FEW_PATIENTS, "group"]
        if len(small):
            sentences.append(
                f"{where(split)}fewer than {FEW_PATIENTS} patients are in {listed(small)}; what is said of them is "
                "unsteady."
            )
    return sentences


def associate(found: Found) -> list[str]:
    """How many pairs are associated after adjustment, the strongest first."""
    table, alpha = found.table("table"), _alpha(found)
    sentences = []
    for split, rows in blocks(table):
        tested = rows[rows["p_adjusted"].notna()]
        if tested.empty:
            sentences.append(f"{where(split)}none of the {count(len(rows), 'pair')} could be tested.")
            continue
        tested = tested.sort_values("p_adjusted", kind="stable")
        hits = tested[tested["p_adjusted"] < alpha]
        if hits.empty:
            best = tested.iloc[0]
            sentences.append(
                f"{where(split)}no evidence of an association in {count(len(tested), 'test')} (smallest adjusted "
                f"{p_text(best['p_adjusted'])}, {best['group']} with {best['variable']}, "
                f"{count(best['n'], 'patient')})."
            )
        else:
            text = listed((_association(r) for _, r in hits.iterrows()), most=4)
            verb = "shows" if len(hits) == 1 else "show"
            sentences.append(
                f"{where(split)}{len(hits)} of {count(len(tested), 'test')} {verb} an association after "
                f"adjustment: {text}."
            )
    return sentences + size_measures(found)


def size_measures(found: Found) -> list[str]:
    """Groups that go strongly with a measure of size: whatever follows from them may follow from size alone."""
    table = found.table("table")
    strong = table[
        (table["kind"] == "numeric")
        & (table["effect"] >= STRONG_EFFECT)
        & (table["p_adjusted"] < _alpha(found))
        & table["variable"].astype(str).str.contains(_SIZE, case=False, regex=True)
    ]
    sentences = []
    for group, rows in strong.groupby("group", sort=False):
        names = listed(dict.fromkeys(rows["variable"]))
        sentences.append(
            f"The groups of {group} may be little more than a measure of size: they go closely with {names} (ε² "
            f"{ratio(rows['effect'].max())}). What follows from them may be size alone; adjust for {names} before "
            "reading more into them."
        )
    return sentences


def _association(row: pd.Series) -> str:
    names = {"cramers_v": "Cramér's V", "epsilon_squared": "ε²", "eta_squared": "η²",
             "rank_biserial": "rank-biserial correlation", "correlation": "correlation with the order"}  # fmt: skip
    effect = names.get(str(row["effect_name"]), str(row["effect_name"]))
    size = f"{effect} {ratio(row['effect'])}, adjusted {p_text(row['p_adjusted'])}, n = {int(row['n'])}"
    return f"{row['group']} with {row['variable']} ({size})"


def differential_expression(found: Found) -> list[str]:
    """How many genes differ, in which direction, and whether the comparison is apparent."""
    table, settings = found.table("table"), found.settings
    hits = table[table["significant"].fillna(False).astype(bool)]
    up, down = int((hits["log2_fold_change"] > 0).sum()), int((hits["log2_fold_change"] < 0).sum())
    sides = (
        f"{settings.get('group')} ({count(settings.get('n_group', 0), 'patient')}) and "
        f"{reference_of(found)} ({settings.get('n_reference', 0):,})"
    )
    apparent = "Apparent: " if settings.get("apparent") else ""
    tested = count(table["p_value"].notna().sum(), "gene")
    adjusted = [grouping_words(str(name)) for name in settings.get("covariates") or []]
    sides += f", adjusted for {listed(adjusted, most=9)}" if adjusted else ""
    limits = f"adjusted p < {setting(_alpha(found))}"
    if settings.get("scale") != "zscore":
        limits += f", fold change of at least {setting(settings.get('fold_change', 1))}"
    how = str(settings.get("chosen_by") or "named")
    chosen = [] if how == "named" else [f"{settings.get('group')} was chosen by the {how}.", *_worst(found)]
    if hits.empty:
        return [f"{apparent}no evidence that any of {tested} differs between {sides} ({limits}).", *chosen]
    verb = "differs" if len(hits) == 1 else "differ"
    hits = hits.sort_values("p_value", kind="stable")
    names = listed(hits["symbol"].fillna(hits["gene"]), most=5)
    return [
        f"{apparent}{len(hits):,} of {tested} {verb} between {sides}: {up:,} higher, {down:,} lower in "
        f"{settings.get('group')} ({limits}); smallest p: {names}.",
        *chosen,
    ]


def _worst(found: Found) -> list[str]:
    """What is said when the group with the highest hazard is not evidently worse than the others."""
    candidates = found.table("candidates")
    own = candidates[candidates["group"] == found.settings.get("group")] if "group" in candidates else candidates
    if own.empty or own.iloc[0]["lower"] > 1:
        return []
    hr = interval(*own.iloc[0][["hr", "lower", "upper"]])
    return [f"Its hazard ratio against the others is {hr}: no evidence that its patients do worse than they."]


def reference_of(found: Found) -> str:
    """What a group was compared with, in words."""
    reference = found.settings.get("reference") or "rest"
    return "the others" if reference == "rest" else str(reference)


def enrich(found: Found) -> list[str]:
    """How many gene sets are enriched, the strongest first."""
    table, expression = found.table("table"), found.settings.get("expression", {})
    alpha = float(expression.get("alpha", _ALPHA))
    apparent = "Apparent: " if expression.get("apparent") else ""
    tested = table[table["p_adjusted"].notna()].assign(size=lambda t: -t["score"].abs())
    tested = tested.sort_values(["p_adjusted", "size"], kind="stable")  # permutations leave many p-values equal
    if tested.empty:
        return [f"{apparent}no gene set could be tested."]
    hits = tested[tested["p_adjusted"] < alpha]
    n = count(tested["term"].nunique(), "gene set")
    if hits.empty:
        best = tested.iloc[0]
        return [
            f"{apparent}no evidence that any of {n} is enriched "
            f"(smallest adjusted {p_text(best['p_adjusted'])}, {best['term']})."
        ]
    told = (f"{r['term']} ({r['direction']}, adjusted {p_text(r['p_adjusted'])})" for _, r in hits.iterrows())
    verb = "is" if hits["term"].nunique() == 1 else "are"
    return [f"{apparent}{hits['term'].nunique()} of {n} {verb} enriched: {listed(told, most=4)}."]


def enrichment_warnings(found: Found) -> list[str]:
    """Where too few genes of the sets were measured for the result to mean much."""
    warnings = []
    left_out = found.table("not_tested")
    for _, row in found.table("coverage").iterrows():
        in_sets, of_sets, measured = (
            int(row[c]) for c in ("genes_measured_in_sets", "genes_in_sets", "genes_measured")
        )
        if not of_sets or in_sets / of_sets >= LOW_COVERAGE:
            continue
        text = (
            f"Only {in_sets:,} of the {of_sets:,} genes in {row['collection']} ({percent(in_sets, of_sets)}) are among "
            f"the {measured:,} measured genes: a set that is not enriched here may only not have been measured."
        )
        if not left_out.empty:
            terms = left_out.loc[left_out["collection"] == row["collection"], "term"]
            if len(terms):
                text += (
                    f" {len(terms):,} of its {int(row['n_sets']):,} sets could not be tested: {listed(terms, most=6)}."
                )
        warnings.append(text)
    return warnings


FINDINGS = {
    "encoder": encoder,
    "icc": icc,
    "batch_effect": batch_effect,
    "consensus_cluster": consensus_cluster,
    "combine_groups": combine_groups,
    "integrate": joint.integrate,
    "rna_quality": rna_quality,
    "agreement": joint.agreement,
    "associate": associate,
    "correlate": correlate,
    "canonical_correlation": canonical_correlation,
    "kaplan_meier": kaplan_meier,
    "cumulative_incidence": choice.cumulative_incidence,
    "cox": cox,
    "fine_gray": choice.fine_gray,
    "stepwise_cox": choice.stepwise_cox,
    "combined_cindex": combined_cindex,
    "differential_expression": differential_expression,
    "enrich": enrich,
    "shrunken_centroids": shrunken_centroids,
    **MODEL_FINDINGS,
}


def findings(found: Found) -> list[str]:
    """The sentences of one stored result."""
    sentences = FINDINGS[found.kind](found)
    return [s[0].upper() + s[1:] for s in sentences]
