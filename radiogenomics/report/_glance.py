"""What stands at a glance: the main finding of each section, and how many more the section holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from radiogenomics.report._format import count
from radiogenomics.report._found import Found
from radiogenomics.report._sentences import size_measures
from radiogenomics.report._sentences_logrank import without_strata
from radiogenomics.report._sentences_strata import beside_stratified, clinical_is, ignored_strata
from radiogenomics.report._sentences_survival import as_a_whole, cox, curves_together
from radiogenomics.report._wording import first_capital

#: Results of a section of which the first sentence stands at a glance; the others are counted.
MOST = 3
#: Kinds that are told in the section alone where models are judged.
_IN_DETAIL = ("delong", "calibrate", "decision_curve")
#: Kinds that are made once per outcome; those on the outcome that was registered first stand at a glance.
_PER_OUTCOME = ("kaplan_meier", "cumulative_incidence", "cox", "fine_gray", "stepwise_cox")


def main_findings(
    results: Sequence[Found], parts: Sequence[Mapping[str, Any]], outcomes: Sequence[str]
) -> list[dict[str, str]]:
    """Anchor (of a part) and text of each sentence, before it is put in words."""
    of = {id(found): part for found, part in zip(results, parts, strict=True)}
    ignored = ignored_strata(results)
    aside = [id(found) for found in beside_stratified(results)]
    judged = any(found.kind == "evaluate" for found in results)
    results = [found for found in results if id(found) not in aside]
    said: list[dict[str, str]] = []
    told = 0
    for kind in dict.fromkeys(found.kind for found in results if not (judged and found.kind in _IN_DETAIL)):
        own = [found for found in results if found.kind == kind]
        chosen = _on_first_outcome(own, outcomes) if kind in _PER_OUTCOME else own[:MOST]
        if kind == "kaplan_meier" and len(chosen) > 1:
            said += [{"id": of[id(chosen[0])]["id"], "text": text} for text in curves_together(chosen)]
        else:
            chosen = chosen[:MOST] if kind not in _PER_OUTCOME else chosen[:1]
            said += [
                {"id": of[id(found)]["id"], "text": text} for found in chosen for text in _lead(found, of[id(found)])
            ]
        told += len(chosen)
    said += [{"id": "", "text": text} for text in ignored]
    if told < len(results):
        said.append({"id": "", "text": f"And {count(len(results) - told, 'more result')} in the section."})
    return said


def _on_first_outcome(results: Sequence[Found], outcomes: Sequence[str]) -> list[Found]:
    """Those on the outcome that was registered first of all that were analysed."""
    analysed = [str(found.settings.get("outcome")) for found in results]
    first = next((name for name in outcomes if name in analysed), analysed[0])
    return [found for found, name in zip(results, analysed, strict=True) if name == first]


def _lead(found: Found, part: Mapping[str, Any]) -> list[str]:
    said = first_of_each_split(part["findings"])
    if found.kind == "combined_cindex":  # whether together is better than alone is the question of the section
        said = said + clinical_is(found)
        said = said + [text for text in part["findings"] if " ranks patients " in text and text not in said][:1]
        said = said + [text for text in part["findings"] if text.startswith("No evidence that any model")][:1]
    if found.kind == "kaplan_meier":
        said = said + [first_capital(text) for text in without_strata(found) if "seem to differ" in text]
    if found.kind == "cox":
        said = [first_capital(text) for text in [*cox(found, most=2)[:1], *as_a_whole(found)]]
    if found.kind == "differential_expression":
        said = [f"{text.partition('; smallest p: ')[0].rstrip('.')}." for text in said]
    if found.kind == "associate":
        said = said + size_measures(found)
    return list(dict.fromkeys(said))


def without_the_usual(said: Sequence[str]) -> list[str]:
    """The sentences of a section that tell more than the head of the page does."""
    kept = [text for text in said if not text.startswith(("Outcome: ", "Outcomes: ", "Everyone in the files is "))]
    return kept or list(said)


def first_of_each_split(said: Sequence[str]) -> list[str]:
    """The first sentence on each part of the split; without a split the first."""
    first: dict[str, str] = {}
    for text in said:
        if text.startswith("In the ") or not first:
            first.setdefault(text.partition(":")[0], text)
    return list(first.values())
