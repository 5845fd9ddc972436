"""Whether the steps of prediction models name what there is, told from the study file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._yaml import KeyPath

#: Steps of models by name, and the kinds of outcome each takes.
_KINDS = {
    "signature": ("binary", "survival"),
    "models": ("binary",),
    "logistic": ("binary",),
    "nomogram": ("binary", "survival"),
    "evaluate": ("binary", "survival"),
}
_MAKING = ("signature", "models", "logistic", "nomogram")
GROUP = "_group"


def model_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Unknown outcomes, feature sets, selectors and results; names given twice or taken."""
    found: list[Fault] = []
    for step, name, settings in _each(file):
        path = ("steps", step, name)
        row = next((lines[path[:n]] for n in range(3, 0, -1) if path[:n] in lines), None)
        faults = [*_name_faults(file, step, name), *_outcome_faults(file, step, settings)]
        faults += [fault for items in _feature_sets(settings) for fault in _set_faults(file, items)]
        faults += _select_faults(file, settings)
        if step == "evaluate":
            faults += _prediction_faults(file, settings)
        found += [
            Fault(f.found, f.expected, row=row, key=".".join(filter(None, [*path, f.key])), hint=f.hint) for f in faults
        ]
    return found


def model_columns(file: StudyFile) -> list[tuple[str, str]]:
    """Clinical columns that these steps name, each with its key in the study file."""
    asked: list[tuple[str, str]] = []
    made = made_columns(file)
    for step, name, settings in _each(file):
        key = f"steps.{step}.{name}"
        asked += [
            (f"{key}.features", item)
            for items in _feature_sets(settings)
            for item in items
            if item.partition("@")[0] not in file.modalities()
        ]
        if step == "logistic":
            asked += [(f"{key}.variables", variable) for variable in [*settings.variables, *settings.keep]]
        if step == "nomogram":
            asked += [(f"{key}.terms", term) for term in settings.terms]
        if step == "evaluate":
            asked += [(f"{key}.predictions", one) for one in settings.predictions if one not in _results(file)]
            asked += [(f"{key}.curves", column) for column in settings.curves]
            asked += [(f"{key}.cindex", column) for columns in settings.cindex for column in columns]
    return [(key, name) for key, name in asked if name not in made]


def made_columns(file: StudyFile) -> list[str]:
    """Columns that signatures, clinical models and nomograms of this study will make."""
    steps = file.steps
    groups = [f"{name}{GROUP}" for name in steps.signature or {}]
    return [*(steps.signature or {}), *groups, *(steps.logistic or {}), *(steps.nomogram or {})]


def _each(file: StudyFile) -> Iterator[tuple[str, str, Any]]:
    for step in _KINDS:
        for name, settings in (getattr(file.steps, step) or {}).items():
            yield step, name, settings


def _results(file: StudyFile) -> list[str]:
    """Names under which predictions will be stored."""
    return [name for step in _MAKING for name in getattr(file.steps, step) or {}]


def _name_faults(file: StudyFile, step: str, name: str) -> list[Fault]:
    if step == "evaluate":
        return []
    faults = []
    if not name.isidentifier():
        faults.append(Fault(f"the name {name!r}", "letters, digits and _ (it becomes a column)"))
    if name in (*keys.RESERVED, *file.modalities(), *file.data.outcomes) and name not in file.data.outcomes:
        faults.append(Fault(f"the name {name!r}", "a name of its own: the cohort has a part of this name"))
    if _results(file).count(name) > 1:
        faults.append(Fault(f"the name {name!r} for two results", "a name of its own for each"))
    return faults


def _outcome_faults(file: StudyFile, step: str, settings: Any) -> list[Fault]:
    fitting = [name for name, outcome in file.data.outcomes.items() if outcome.kind in _KINDS[step]]
    kinds = " or ".join(_KINDS[step])
    asked = settings.outcome
    if asked is None:
        # Judged by default is what the models were made for.
        first = next(iter(file.data.outcomes))
        if step == "evaluate" or first in fitting:
            return []
        return [Fault(f"no outcome, and the first ({first}) is none", f"a {kinds} outcome: {_list(fitting)}")]
    if asked in fitting:
        return []
    return [
        Fault(f"outcome {asked!r}", f"a {kinds} outcome: {_list(fitting)}", key="outcome", hint=_near(asked, fitting))
    ]


def _feature_sets(settings: Any) -> list[Sequence[str]]:
    """What each model may learn from, as the study names it."""
    if hasattr(settings, "feature_sets"):
        return list(settings.feature_sets.values())
    return [settings.features] if hasattr(settings, "features") else []


def _set_faults(file: StudyFile, items: Sequence[str]) -> list[Fault]:
    """Sequences that the study does not use, and expression that is not normalised; columns are told elsewhere."""
    faults = []
    used = None if file.data.images is None else file.data.images.sequences
    for item in items:
        modality, sign, sequences = item.partition("@")
        if modality not in file.modalities():
            if sign:
                faults.append(Fault(f"{item!r}", f"one of {_list(file.modalities())} before the @", key="features",
                                    hint=_near(modality, file.modalities())))  # fmt: skip
            continue
        if modality == keys.RADIOMICS and used is not None:
            faults += [
                Fault(f"sequence {one!r} in {item!r}", f"a sequence of data.images: {_list(used)}", key="features")
                for one in filter(None, sequences.split("+")) if one not in used
            ]  # fmt: skip
        counts = modality == keys.RNA and file.data.rna is not None and file.data.rna.counted()
        if counts and file.steps.normalise is None:
            faults.append(Fault("raw counts", "step 'normalise: {}' before it", key="features"))
    return faults


def _select_faults(file: StudyFile, settings: Any) -> list[Fault]:
    """Settings of selectors that do not exist."""
    from radiogenomics.tl._selectors import checked_select
    from radiogenomics.tl._target import Target

    if getattr(settings, "select", None) is None:
        return []
    outcome = file.data.outcomes.get(settings.outcome or next(iter(file.data.outcomes)))
    if outcome is None or outcome.kind == "competing":
        return []
    none = np.empty(0)
    target = Target("", outcome.kind, none, None, none.astype(bool), "", ())
    try:
        checked_select(settings.select, target)
    except InputError as error:
        return list(error.faults) or [Fault(str(error), "selectors with their settings", key="select")]
    return []


def _prediction_faults(file: StudyFile, settings: Any) -> list[Fault]:
    """Results or columns are told by their names; here only what no column can be."""
    known = _results(file)
    if settings.delong is not None and len(settings.predictions) < 2:
        several = file.steps.models or {}
        if not any(name in several for name in settings.predictions):
            return [Fault("one model", f"two or more for delong, such as {_list(known)}", key="predictions")]
    return []


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "there is none"


def _near(name: str, known: Sequence[str]) -> str:
    near = near_names(name, known, at_most=1)
    return f"Did you mean {near[0]!r}?" if near else ""
