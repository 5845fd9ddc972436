"""What the quality of expression comes to, in sentences."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._format import count, listed
from radiogenomics.report._found import Found, blocks, where

_MOST_NAMED = 8


def rna_quality(found: Found) -> list[str]:
    """Depth, sex check and outliers of each part of the split."""
    sentences = []
    for split, rows in blocks(found.table("patients")):
        sentences += [where(split) + text for text in (*_sequenced(rows), _sexes(rows, found), _outliers(rows)) if text]
    return sentences


def _sequenced(rows: pd.DataFrame) -> list[str]:
    parts = []
    depth, detected, share = (rows[name].dropna() for name in ("depth", "detected", "mitochondrial"))
    if len(depth):
        parts.append(f"a median of {depth.median() / 1e6:.3g} million counts ({depth.min() / 1e6:.3g} to "
                     f"{depth.max() / 1e6:.3g})")  # fmt: skip
    if len(detected):
        parts.append(f"a median of {detected.median():,.0f} detected genes ({detected.min():,.0f} to "
                     f"{detected.max():,.0f})")  # fmt: skip
    if len(share):
        parts.append(f"up to {share.max():.1%} of expression from mitochondrial genes")
    return [f"{count(len(rows), 'patient')} with {listed(parts)}."] if parts else []


def _sexes(rows: pd.DataFrame, found: Found) -> str:
    checks = rows["sex_check"].value_counts()
    checked = int(checks.get("agrees", 0) + checks.get("mismatch", 0))
    unclear = int(checks.get("unclear", 0))
    if not checked + unclear:
        not_done = found.settings.get("not_done", {})
        why = [not_done[key] for key in ("sex by expression", "clinical sex") if key in not_done]
        return f"sex by expression could not be compared with the clinical sex ({'; '.join(why)})." if why else ""
    wrong = list(rows.loc[rows["sex_check"] == "mismatch", "patient_id"])
    said = "agrees with the clinical sex" if not wrong else f"contradicts the clinical sex of {_names(wrong)}"
    of = f" in {count(checked, 'patient')}" if not wrong else f" ({len(wrong)} of {checked} checked)"
    more = f"; it is unclear in {unclear}" if unclear else ""
    return f"sex by expression (XIST against the Y chromosome) {said}{of}{more}."


def _outliers(rows: pd.DataFrame) -> str:
    far = rows[rows["outlier"].astype(bool)].sort_values("distance", ascending=False)
    if far.empty:
        return "no patient lies far from the others on the principal components."
    verb = "lies" if len(far) == 1 else "lie"
    return f"{_names(list(far['patient_id']))} {verb} far from the others on the principal components."


def _names(patients: list[str]) -> str:
    return listed(patients, most=_MOST_NAMED)


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """How it was looked at."""
    s = found.settings
    text = (
        "Each patient's expression was looked at as it was read: counts, detected genes (above 0), and the share of "
        "mitochondrial genes, where the data have them"
    )
    if s.get("y_genes"):
        text += (
            f"; sex by XIST against the mean of {count(len(s['y_genes']), 'gene')} of the Y chromosome (log2), unclear "
            "within a factor of two"
        )
    text += (
        f"; and the robust distance (medians and median absolute deviations) over {s.get('n_components')} principal "
        f"components of the {s.get('n_genes'):,} genes that vary most in the training patients, called an outlier "
        f"where fewer than {s.get('alpha')} of normal patients would lie as far out"
    )
    return "Quality of expression", text, ()
