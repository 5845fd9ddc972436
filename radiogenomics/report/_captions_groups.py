"""What stands under the figures of consensus clustering."""

from __future__ import annotations

from radiogenomics.report._format import count, p_text
from radiogenomics.report._found import Found


def _number(found: Found) -> int:
    return int(found.result["n_clusters"])


def tested(found: Found) -> bool:
    """Whether the numbers of groups were held against data without groups."""
    return found.settings.get("p_value") is not None and {"p_value", "rcsi"} <= set(found.table("evidence"))


def matrix_caption(found: Found) -> str:
    """Of the consensus matrix; with one group, the number that came nearest is drawn."""
    how = "how often two patients were put in one group among the resamples that drew both"
    if _number(found) > 1:
        return (
            f"Consensus matrix of {found.label} (k = {_number(found)}): {how}. Clean blocks on the diagonal mean "
            "stable groups."
        )
    k = found.settings.get("consensus_k")
    nearest = f"k = {k}, which came nearest; " if k else ""
    return (
        f"Consensus matrix of {found.label} ({nearest}one group was answered): {how}. The blocks are no cleaner than "
        "those of data without groups."
    )


def matrix_alt(found: Found) -> str:
    """Of the consensus matrix, read aloud."""
    groups = count(_number(found), "group")
    return f"Heat map of {count(len(found.table('members')), 'patient')} by patient, ordered by group; {groups}."


def evidence_caption(found: Found) -> str:
    """Of the p-values of each number of groups."""
    answer = "one group" if _number(found) == 1 else count(_number(found), "group")
    return (
        f"Evidence for the number of groups of {found.label}: p-value of each k against data without groups, "
        f"smaller ones higher. Over all k together {p_text(found.settings['p_value'])} (dashed; level "
        f"{found.settings['alpha']:g} dotted), which decides whether there is more than one: {answer}."
    )


def evidence_alt(found: Found) -> str:
    """Of the p-values of each number of groups, read aloud."""
    ks = found.table("evidence")["k"]
    return (
        f"P-values for k = {int(ks.min())} to {int(ks.max())} of {found.label}; over all k "
        f"{p_text(found.settings['p_value'])}. The table beside gives the numbers."
    )
