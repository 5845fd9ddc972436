"""Findings of a canonical correlation: the honest figures before the one that is high by construction."""

from __future__ import annotations

from radiogenomics.report._format import count, interval, listed, number, p_text, setting
from radiogenomics.report._found import Found, where
from radiogenomics.report._wording import title_of

_ALPHA = 0.05
_NAMES = {
    "scca": "sparse canonical correlation (penalised matrix decomposition)",
    "spls": "sparse partial least squares in canonical mode",
    "pls": "partial least squares in canonical mode",
}


def canonical_correlation(found: Found) -> list[str]:
    """Whether the scores go together beyond chance, in patients held out, and in other parts of the split."""
    table, s = found.table("components"), found.settings
    said = []
    fitted = table[table["split"].isin(["all", "training"])]
    for i, row in enumerate(fitted.to_dict("records")):
        part = None if row["split"] == "all" else str(row["split"])
        pair = f"{s['x']} and {s['y']} (pair {row['component']} of scores, {count(row['n'], 'patient')})"
        given = f" given {listed(s['covariates'], most=6)}" if s["covariates"] else ""
        p = float(row["p_value"])
        if p != p:
            text = f"scores of {pair}{given} were not tested"
        elif p <= _ALPHA:
            text = f"scores of {pair}{given} go together more than in permuted patients ({p_text(p)})"
        else:
            text = f"no evidence that scores of {pair}{given} go together more than in permuted patients ({p_text(p)})"
        if row["r_held_out"] == row["r_held_out"]:
            r = interval(row["r_held_out"], row["lower"], row["upper"], decimals=2)
            text += f"; correlation in patients held out {r}"
        text += f", in those that chose the weights {number(row['r'], 2)}, high by construction."
        said.append(where(part) + text)
        if i == 0 and s["method"] != "pls":
            said.append(
                f"The first pair has weights on {count(row['n_x'], 'feature')} of {s['x']} and {int(row['n_y']):,} of "
                f"{s['y']}."
            )
    for row in table[~table["split"].isin(["all", "training"])].to_dict("records"):
        said.append(
            f"{where(str(row['split']))}the scores of pair {row['component']} correlate by {number(row['r'], 2)} "
            f"({p_text(row['p_value'])}, {count(row['n'], 'patient')} who chose nothing)."
        )
    return said


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s = found.settings
    text = f"Features of {s['x']} and {s['y']} were combined into pairs of scores by {_NAMES[s['method']]}"
    if s["covariates"]:
        text += f" after {listed(s['covariates'], most=99)} had been regressed out of both sides"
    if s["method"] != "pls":
        how = (
            "the one of those tried that stands out most from permuted patients" if s["penalty"] == "auto" else "given"
        )
        text += f" (penalty {setting(s['penalty_used'])}, {how})"
    cited = {"scca": ["witten"], "spls": ["lecao", "witten"], "pls": ["lecao"]}[s["method"]]
    if s["n_permutations"]:
        text += (
            f"; the {s['statistic']} of the scores was compared with {setting(s['n_permutations'])} permutations of "
            "the patients of one side, each with its own choice of the penalty"
        )
        if s["covariates"]:
            text += ", of the residuals that the covariates leave"
            cited.append("freedman")
    if s["repeats"]:
        text += (
            f"; correlations in patients held out are means over {s['repeats']} repetitions of {s['folds']}-fold "
            "cross-validation, in which covariates, penalty and weights come from the training folds, with a variance "
            "corrected for overlapping folds"
        )
        cited.append("nadeau")
    return title_of(found), text, tuple(cited)
