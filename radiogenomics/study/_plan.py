"""Which steps a study has, in which order, and whether they fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault
from radiogenomics._keys import CONTROL
from radiogenomics.schemas.steps import Steps
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._check_deep import encoder_faults
from radiogenomics.study._check_models import model_faults
from radiogenomics.study._check_segment import segment_faults
from radiogenomics.study._yaml import KeyPath

ORDER = tuple(Steps.model_fields)
"""Every step of the design, in its order."""

_GROUPS = ("associate", "survival", "combined_cindex", "expression", "centroids")
_IMAGE_READERS = ("extract", "autoencoder", "transfer")
_RNA_READERS = ("cluster", "integrate", "correlate", "expression", "centroids")


def consistency_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Faults of a file whose every entry is valid by itself: steps without their data or the step they rest on."""
    found: list[Fault] = []

    def fault(key: str, what: str, expected: str, hint: str = "") -> None:
        path = tuple(key.split("."))
        row = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
        found.append(Fault(what, expected, row=row, key=key, hint=hint))

    steps, data = file.steps, file.data
    readers = [name for name in _IMAGE_READERS if getattr(steps, name) is not None]
    for name in ("preprocess", "segment", *_IMAGE_READERS):
        if getattr(steps, name) is not None and data.images is None:
            fault(f"steps.{name}", f"step {name!r}, but no images", "data.images with a manifest")
    if steps.preprocess is not None and not readers:
        fault("steps.preprocess", "step 'preprocess' without 'extract'", "step extract, which reads the new volumes")
    if steps.icc is not None and steps.extract is None:
        fault(
            "steps.icc",
            "step 'icc' without 'extract'",
            "step extract, whose features were read again",
            "A ready table is filtered by rg.pp.filter_icc.",
        )
    if steps.extract is not None and data.radiomics is not None:
        fault("data.radiomics", "a table of features beside step 'extract'", "one source of radiomic features")
    if data.images is not None and not readers:
        fault("data.images", "images that no step reads", "step extract, or the block removed")
    modalities = file.modalities()
    if not modalities:
        fault("data", "no images and no table", "one of images, radiomics, deep, rna")
    for name in ("clean", "harmonise", "cluster"):
        for modality in getattr(steps, name) or {}:
            if modality not in modalities:
                near = _near(modality, modalities)
                fault(f"steps.{name}.{modality}", f"modality {modality!r}", f"one of {', '.join(modalities)}", near)
    if steps.quality is not None and data.rna is None:
        fault("steps.quality", "step 'quality', but no RNA", "data.rna", "Remove the step.")
    counts = data.rna is not None and data.rna.counted()
    found += _normalise_faults(file, lines)
    if counts and steps.normalise is None:
        readers = [name for name in _RNA_READERS if _reads_rna(file, name)]
        if readers:
            fault(f"steps.{readers[0]}", "raw counts", "step 'normalise: {}' before it")
    for name in _GROUPS:
        if getattr(steps, name) is not None and steps.cluster is None:
            fault(f"steps.{name}", f"step {name!r} without 'cluster'", "step cluster, whose groups it compares")
    if steps.correlate is not None:
        for side in ("x", "y", "control"):
            modality = getattr(steps.correlate, side)
            if modality is not None and modality not in modalities:
                near = _near(modality, modalities)
                fault(f"steps.correlate.{side}", f"modality {modality!r}", f"one of {', '.join(modalities)}", near)
        if steps.correlate.x == steps.correlate.y:
            fault("steps.correlate.y", f"{steps.correlate.y!r} on both sides", "two modalities")
    if steps.expression is not None and "rna" not in modalities:
        fault("steps.expression", "step 'expression', but no RNA", "data.rna")
    if steps.expression is not None and steps.expression.method == "deseq2" and data.rna and not data.rna.counted():
        fault("steps.expression.method", f"deseq2 with data.rna.kind {data.rna.kind}", "raw counts, or limma_trend")
    if steps.centroids is not None and steps.centroids.modality not in modalities:
        modality = steps.centroids.modality
        near = _near(modality, modalities)
        fault("steps.centroids.modality", f"modality {modality!r}", f"one of {', '.join(modalities)}", near)
    if steps.enrichment is not None and steps.expression is None:
        fault("steps.enrichment", "step 'enrichment' without 'expression'", "step expression, whose genes it reads")
    found += _integrate_faults(file, modalities, lines)
    found += encoder_faults(file, lines)
    found += segment_faults(file, lines)
    found += _outcome_faults(file, lines)
    found += model_faults(file, lines)
    return found


def _normalise_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Counts are normalised, other expression is at most filtered."""
    step, rna = file.steps.normalise, file.data.rna
    if step is None:
        return []
    row = lines.get(("steps", "normalise"))
    if rna is None or (not rna.counted() and step.method is not False):
        what = "no RNA" if rna is None else "expression that is normalised already"
        hint = "Remove the step." if rna is None or step.filter is None else "method: false only filters."
        return [Fault(f"step 'normalise', but {what}", "data.rna of kind counts", row=row, key="steps.normalise",
                      hint=hint)]  # fmt: skip
    if rna.counted() and step.method is False:
        return [Fault("method: false for counts", "a method", row=row, key="steps.normalise.method")]
    if rna.kind == "zscore" and step.filter is not None:
        return [Fault("a filter of z-scores", "values that say how much is expressed", row=row,
                      key="steps.normalise.filter")]  # fmt: skip
    return []


def _integrate_faults(file: StudyFile, modalities: Sequence[str], lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Modalities to integrate must be there, two at least, and grouped first where their groups are read."""
    step = file.steps.integrate
    if step is None:
        return []
    row, names = lines.get(("steps", "integrate")), step.modalities or [m for m in modalities if m != CONTROL]
    faults = [
        Fault(f"modality {name!r}", f"one of {', '.join(modalities)}", row=row, key="steps.integrate.modalities",
              hint=_near(name, modalities))
        for name in names if name not in modalities
    ]  # fmt: skip
    if len(set(names)) < 2:
        found = f"{len(set(names))} modality ({', '.join(names)})"
        hint = "Group one modality by step cluster."
        faults.append(Fault(found, "two or more to integrate", row=row, key="steps.integrate", hint=hint))
    ungrouped = [name for name in names if name not in (file.steps.cluster or {})]
    if step.method == "coca" and ungrouped:
        faults.append(Fault(f"method 'coca' without groups of {', '.join(ungrouped)}", "step cluster for each modality",
                            row=row, key="steps.integrate.method"))  # fmt: skip
    return faults


def _reads_rna(file: StudyFile, name: str) -> bool:
    if name == "cluster":
        return "rna" in (file.steps.cluster or {})
    if name == "correlate":
        return file.steps.correlate is not None and "rna" in (file.steps.correlate.x, file.steps.correlate.y)
    if name == "centroids":
        return file.steps.centroids is not None and file.steps.centroids.modality == "rna"
    return getattr(file.steps, name) is not None


def _outcome_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Outcomes that steps name must be registered survival outcomes."""
    survival = [name for name, outcome in file.data.outcomes.items() if outcome.kind == "survival"]
    asked: list[tuple[str, str]] = []
    if file.steps.survival is not None:
        asked += [("survival", name) for name in file.steps.survival.outcomes or []]
    for name in ("combined_cindex", "stepwise"):
        step = getattr(file.steps, name)
        if step is not None and step.outcome is not None:
            asked.append((name, step.outcome))
    faults = [
        Fault(f"outcome {name!r}", f"a survival outcome: {', '.join(survival) or 'there is none'}",
              row=lines.get(("steps", step)), key=f"steps.{step}", hint=_near(name, survival))
        for step, name in asked if name not in survival
    ]  # fmt: skip
    for name in ("survival", "stepwise", "combined_cindex"):
        if getattr(file.steps, name) is not None and not survival:
            faults.append(
                Fault(
                    "no survival outcome", "one in data.outcomes", row=lines.get(("steps", name)), key=f"steps.{name}"
                )
            )
    return faults


def _near(name: str, known: Iterable[str]) -> str:
    near = near_names(name, known, at_most=1)
    return f"Did you mean {near[0]!r}?" if near else ""
