"""Words for what the code calls by column names: groupings, modalities, and what a result is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from radiogenomics import _keys as keys
from radiogenomics._words import grouping_words, modality_words
from radiogenomics.report._format import listed
from radiogenomics.report._found import Found, modalities_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_NAMES = {
    "consensus_cluster": "Groups",
    "combine_groups": "Combined groups",
    "integrate": "Joint groups",
    "agreement": "Agreement of groupings",
    "associate": "Associations",
    "correlate": "Radiogenomic map",
    "canonical_correlation": "Canonical correlation",
    "encoder": "Learned features",
    "icc": "Reproducibility",
    "batch_effect": "Batches",
    "kaplan_meier": "Survival curves",
    "cumulative_incidence": "Cumulative incidence",
    "cox": "Cox regression",
    "fine_gray": "Fine-Gray regression",
    "stepwise_cox": "Stepwise Cox model",
    "combined_cindex": "C-index",
    "signature": "Signature",
    "compare_models": "Comparison of classifiers",
    "logistic": "Clinical model",
    "nomogram": "Nomogram",
    "evaluate": "Judgement",
    "delong": "DeLong's test",
    "calibrate": "Calibration",
    "decision_curve": "Decision curve",
    "time_roc": "Time-dependent ROC",
    "differential_expression": "Expression",
    "enrich": "Enrichment",
    "rna_quality": "Quality of expression",
    "shrunken_centroids": "Classifier of the groups",
}
#: What a key of a step is called by default, and which therefore need not be said.
_USUAL = {"rna_quality": "rna_quality",
          "integrate": "integrated", "agreement": "agreement", "associate": "associations", "correlate": "correlation",
          "canonical_correlation": "canonical_correlation",
          "combined_cindex": "combined_cindex", "enrich": "enrichment",
          "shrunken_centroids": "shrunken_centroids",
          "differential_expression": "differential_expression"}  # fmt: skip


def title_of(found: Found) -> str:
    """Heading of a result, with the columns it is about: ``Survival curves: mfs by rna:groups``."""
    name = _NAMES[found.kind]
    if found.kind == "consensus_cluster":
        return first_capital(grouping_words(found.label))
    if found.kind == "encoder":
        return f"Learned features: {found.modality or 'the matrix'}"
    if found.kind == "icc":
        return f"{name} of {found.modality or 'the features'}"
    if found.kind == "batch_effect":
        return f"{name} of {found.modality or 'the features'} ({found.settings.get('batch')})"
    if found.kind == "combine_groups":
        return f"{name} ({crossed(found)})" if found.key == "combined" else f"{name} {found.key} ({crossed(found)})"
    about = found.label.removeprefix(f"{found.kind}_")
    if found.kind in ("cumulative_incidence", "fine_gray", "stepwise_cox"):
        by = found.settings.get("groupby") or found.settings.get("cause")
        about = f"{found.settings.get('outcome', '')}{f' by {by}' if found.settings.get('groupby') else ''}"
        about += f", {by}" if by and not found.settings.get("groupby") else ""
    elif found.kind == "kaplan_meier":
        about = f"{found.settings.get('outcome', '')} by {found.settings.get('groupby', found.key)}".strip()
    elif found.kind == "cox":
        about = f"{found.settings.get('outcome', '')} by {_terms(found)}".strip()
    elif about == _USUAL.get(found.kind):
        return name
    elif found.kind == "combined_cindex" and found.key == keys.CINDEX_WITHOUT_STRATA:
        return f"{name} with the strata ignored"
    return f"{name}: {about}"


def _terms(found: Found) -> str:
    """Groupings by name, with what they are adjusted for: ``radiomics:groups and rna:groups, with age``."""
    variables = [str(v) for v in found.settings.get("variables", [])]
    groupings = [v for v in variables if ":" in v or found.key.endswith(f"_{v}") or v == "combined"]
    others = [v for v in variables if v not in groupings]
    if not groupings:
        return listed(others, most=3)
    return listed(groupings, most=3) + (f", with {listed(others, most=3)}" if others else "")


def crossed(found: Found) -> str:
    """``radiomics x RNA`` of combined groups."""
    parts = []
    for column in found.settings.get("groupby", []):
        modality, sign, key = str(column).partition(":")
        parts.append(modality_words(modality) if sign and key == keys.GROUPS else grouping_words(str(column)))
    return " x ".join(parts)


def first_capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


class Wording:
    """Puts words in the place of the columns that hold groups: ``rna:groups`` becomes "RNA groups"."""

    def __init__(self, data: Cohort, results: Sequence[Found]) -> None:
        modalities = [str(m) for m in modalities_of(data) if m]
        self._combined = [found.key for found in results if found.kind == "combine_groups"]
        self._rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = []
        if modalities:
            column = rf"(?<![\w/.:-])({'|'.join(map(re.escape, modalities))}):(\w[\w-]*)"
            self._rule(rf"(the |The )?\b[Gg]roups of {column}", lambda m: (m[1] or "") + self._column(m[2], m[3]))
            self._rule(rf"{column}(?= \S+ against )", lambda m: self._column(m[1], m[2]).removesuffix("s"))
            self._rule(column, lambda m: self._column(m[1], m[2]))
            no_data = rf"^no ({'|'.join(map(re.escape, modalities))}) data$"
            self._rule(no_data, lambda m: f"no {modality_words(m[1])} data")
        for key in map(re.escape, self._combined):
            self._rule(rf"(the |The )?\b[Gg]roups of ({key})\b(?!:\w|[\w-])", lambda m: f"{m[1] or ''}{m[2]} groups")
            self._rule(rf"(?<![\w-])({key})(?= [^\s.,;:]+ x \S)", lambda m: f"{m[1]} group")
            self._rule(rf"\b(by|of|in|no|\+) ({key})\b(?! group)(?!:\w|[\w-])", lambda m: f"{m[1]} {m[2]} groups")
        self._bare = [m for m in modalities if modality_words(m) != m]

    def _rule(self, pattern: str, words: Callable[[re.Match[str]], str]) -> None:
        self._rules.append((re.compile(pattern), words))

    @staticmethod
    def _column(modality: str, key: str) -> str:
        return grouping_words(f"{modality}:{key}")

    def columns(self, text: str) -> str:
        """The text with words for the columns of groups; whole cells too."""
        if text in self._combined:
            return f"{text} groups"
        for pattern, words in self._rules:
            text = pattern.sub(words, text)
        return text

    def prose(self, text: str) -> str:
        """A sentence or heading: also the modalities in words."""
        text = self.columns(text)
        for name in self._bare:
            text = re.sub(rf"(?<![\w/.:'-]){re.escape(name)}(?![\w/'-]|[.:]\w)", modality_words(name), text)
        return text

    def section(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """A section with all it says in words."""
        return {
            **section,
            "title": self.prose(section["title"]),
            "findings": [first_capital(self.prose(text)) for text in section["findings"]],
            "warnings": [self.prose(text) for text in section["warnings"]],
            "glance": [{**said, "text": first_capital(self.prose(said["text"]))} for said in section.get("glance", [])],
            "blocks": [self._block(block) for block in section["blocks"]],
            "parts": [self.section(part) for part in section["parts"]],
        }

    def _block(self, block: Mapping[str, Any]) -> dict[str, Any]:
        if block["kind"] == "figure":
            return {**block, "caption": self.prose(block["caption"]), "alt": self.prose(block["alt"])}
        return {
            **block,
            "title": self.prose(block["title"]),
            "columns": [{**column, "heading": self.prose(column["heading"])} for column in block["columns"]],
            "rows": [[{**cell, "text": self.columns(cell["text"])} for cell in row] for row in block["rows"]],
        }
