"""Findings on a classifier of groups, one plain sentence each, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radiogenomics._words import modality_words
from radiogenomics.report._format import count, interval, listed, percent, setting
from radiogenomics.report._found import Found
from radiogenomics.report._wording import title_of

#: Share of the classifiers in training folds below which a gene is called unsteady.
STEADY = 0.7


def shrunken_centroids(found: Found) -> list[str]:
    """How often patients who took no part are told wrongly, beside the apparent error, and by how many genes."""
    s, errors = found.settings, found.table("errors")
    rows: dict[str, Any] = {str(r["estimate"]): r for r in errors[::-1].to_dict("records")}
    honest = rows["remade" if "remade" in rows else "nested"]
    who = count(honest["n"], "patient")
    n_groups = len(s["groups"])
    made = {
        "remade": "groups and classifier made without the patient, against the group by the clustering of everyone",
        "nested": "classifier made without the patient",
    }[str(honest["estimate"])]
    apparent = "Apparent: " if honest["apparent"] else ""
    said = [
        f"{apparent}{_share(honest)} of {who} are told to be of another of {n_groups} groups than theirs ({made}); "
        f"{percent(rows['apparent']['error'], 1)} of those the classifier learned from (apparent), and "
        f"{percent(rows['majority']['error'], 1)} if all are told to be of the largest group."
    ]
    if honest["upper"] >= rows["majority"]["error"]:
        said.append("So no evidence that the genes tell the groups better than the size of the groups does.")
    if "clustering" in rows:
        said.append(
            f"Without the patient, the clustering itself gives {_share(rows['clustering'])} of them another group: "
            "that part of the error is the groups' own unsteadiness."
        )
    said.append(_genes(found))
    said += [
        f"Of {count(row['n'], 'patient')} of the {row['split']} part of the split, {_share(row)} are told wrongly."
        for row in errors[errors["estimate"] == "model"].to_dict("records")
    ]
    return said


def _share(row: Mapping[Any, Any]) -> str:
    error, lower, upper = (100 * float(row[c]) for c in ("error", "lower", "upper"))
    return interval(error, lower, upper, decimals=0).replace(" (", " % (", 1)


def _genes(found: Found) -> str:
    s, genes = found.settings, found.table("genes")
    if genes.empty:
        return "The threshold leaves no gene: every patient is told to be of the group with the largest prior."
    unique = genes.drop_duplicates("gene")
    steady = int((unique["frequency"] >= STEADY).sum())
    names = listed(unique["symbol"].fillna(unique["gene"]), most=5)
    return (
        f"It uses {len(unique):,} of {count(s['n_genes_varying'], 'gene')}, of which {steady:,} are used in at least "
        f"{100 * STEADY:.0f} % of the classifiers made in training folds; the farthest apart: {names}."
    )


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s, errors = found.settings, set(found.table("errors")["estimate"])
    by = modality_words(s["modality"]) if s.get("modality") else "the features"
    text = f"{s['groupby']} were told from {by} by nearest shrunken centroids"
    if s["threshold"] == "cv":
        rule = {
            "min_error": "of the smallest cross-validated error, the largest on ties",
            "one_se": "the largest whose cross-validated error is within one standard error of the smallest",
        }[s["rule"]]
        text += f" (of {s['n_thresholds']} thresholds, {rule})"
    else:
        text += f" (threshold {setting(s['threshold'])})"
    text += (
        f"; transforms, threshold and classifier were made anew without the test patients in "
        f"{count(s['repeats'], 'repetition')} of {s['folds']}-fold cross-validation"
    )
    if "remade" in errors:
        text += (
            ", and so were the groups, which took the names of the groups of all patients that they share most "
            "patients with; their number was kept"
        )
    return title_of(found), f"{text}. Intervals are Wilson's, for as many patients", ("tibshirani",)
