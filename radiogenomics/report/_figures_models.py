"""Figures of prediction models and of how good they are."""

from __future__ import annotations

from radiogenomics._horizon import ENOUGH
from radiogenomics.report._figure_kinds import Kind, part
from radiogenomics.report._format import count
from radiogenomics.report._found import Found

_HONEST = "Predictions of patients that the models had not seen."
_HOLLOW = (
    "Filled: predictions of patients that the models had not seen; hollow, if there are any: apparent, of patients "
    "they were fitted on."
)
_DASHED = (
    "Full lines: predictions of patients that the models had not seen; dashed, if there are any: apparent, of patients "
    "they were fitted on."
)


def _judged(found: Found, beside: str) -> str:
    """What predictions a figure shows that draws the apparent ones too, where there are any."""
    estimates = set(found.table("measures")["estimate"])
    if "given" in estimates:
        return "Predictions as they were given." if estimates == {"given"} else ""
    return beside if "apparent" in estimates else _HONEST


def _shown(found: Found, part: str) -> str:
    """The same of a figure that shows the honest predictions alone."""
    return "" if "given" in set(found.table(part)["estimate"]) else _HONEST


def _binary(found: Found) -> bool:
    return found.settings.get("kind") == "binary"


def _told(found: Found) -> str:
    return str(found.settings.get("outcome", "the outcome"))


def _by(found: Found) -> str:
    """Which of several horizons is drawn."""
    if len(found.settings.get("horizons") or []) < 2:
        return ""
    return f", by the first horizon with at least {ENOUGH} patients with and {ENOUGH} without it"


def _models(found: Found) -> str:
    return count(len(found.settings.get("models") or []) or 1, "model")


MODELS: tuple[Kind, ...] = (
    Kind(
        "signature",
        "waterfall",
        lambda f: (
            f"{f.key} of every patient as a bar from the cut-off, coloured by {_told(f)}: a good score has one colour "
            f"on each side. {_HONEST}"
        ),
        lambda f: "A bar per patient, sorted; its file gives every score.",
        part("predictions"),
        per_split="performance",
        when=lambda f: not f.settings.get("null"),
    ),
    Kind(
        "signature",
        "coefficient_path",
        lambda f: (
            f"Coefficients of {f.key} at each penalty, and the cross-validated deviance that chose one, on all "
            "training patients."
        ),
        lambda f: "A line per feature over the penalties; its file gives every coefficient.",
        part("path"),
        suffix="path",
        when=lambda f: len(f.table("path")) > 0,
    ),
    Kind(
        "compare_models",
        "compare_models",
        lambda f: "AUC of every model with its interval; 0.5 is chance. The highest is apparent: it was found here.",
        lambda f: f"AUC of {count(f.table('models')['model'].nunique(), 'model')}; the table below gives every number.",
        part("models"),
        per_split="models",
    ),
    Kind(
        "nomogram",
        "nomogram",
        lambda f: (
            f"Nomogram of {_told(f)}: straight up from the value of each term to its points, their sum on the line of "
            "total points, straight down to the probability."
        ),
        lambda f: f"Scales of {count(len(f.settings.get('terms', [])), 'term')}; the table below gives the points.",
        part("points"),
    ),
    Kind(
        "evaluate",
        "roc",
        lambda f: f"ROC curves for {_told(f)}. {_judged(f, _DASHED)}".rstrip(),
        lambda f: f"Curves of {_models(f)}; the table below gives the areas with their intervals.",
        part("roc"),
        suffix="roc",
        when=lambda f: _binary(f) and len(f.settings.get("models", [])) <= 8,
        per_split="measures",
    ),
    Kind(
        "evaluate",
        "evaluate",
        lambda f: f"Measures of each model for {_told(f)}, with their intervals. {_judged(f, _HOLLOW)}".rstrip(),
        lambda f: f"Points with intervals for {_models(f)}; the table below gives every number.",
        part("measures"),
        when=lambda f: len(f.settings.get("models", [])) <= 8,
        per_split="measures",
    ),
    Kind(
        "calibrate",
        "calibration",
        lambda f: (
            f"Predicted and observed probability of {_told(f)}{_by(f)}; the diagonal is ideal. {_shown(f, 'measures')}"
        ).rstrip(),
        lambda f: "Smooth curves and groups of patients around the diagonal; the tables below give the numbers.",
        part("groups"),
        per_split="measures",
        when=lambda f: f.table("measures")["model"].nunique() <= 8,
    ),
    Kind(
        "decision_curve",
        "decision_curve",
        lambda f: (
            f"Net benefit of treating by each model, everyone and nobody, over the probability of {_told(f)} from "
            f"which on one would treat{_by(f)}. {_shown(f, 'summary')}"
        ).rstrip(),
        lambda f: "Curves over the thresholds; the file gives every number.",
        part("curve"),
        per_split="summary",
        when=lambda f: f.table("summary")["model"].nunique() <= 8,
    ),
    Kind(
        "time_roc",
        "time_roc",
        lambda f: (
            f"Area under the ROC curve for {_told(f)} over time; 0.5 is chance. Horizons with fewer than 5 patients "
            f"with or without the event are in the table only. {_shown(f, 'auc')}"
        ).rstrip(),
        lambda f: "Curves of the areas over time; the table below gives every number.",
        part("auc"),
        per_split="auc",
        when=lambda f: f.table("auc")["model"].nunique() <= 8,
    ),
)
