"""What a run would do, told without doing anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radiogenomics._types import StrPath
from radiogenomics.study._cache import HASHES, StepCache, StepState
from radiogenomics.study._fingerprints import Fingerprints
from radiogenomics.study._hash import FileHashes
from radiogenomics.study._load import Study
from radiogenomics.study.steps import planned

_CHANGED = {
    "settings": "its settings",
    "reads": "what it reads of the study file",
    "seed": "the seed",
    "version": "the version or code of radiogenomics",
    "inputs": "its input files",
}


@dataclass(frozen=True)
class Foreseen:
    """What would become of one step.

    Attributes
    ----------
    reused
        Whether the result of an earlier run would be taken.
    reason
        Why the step would be done.
    seconds
        How long it took the last time; ``None`` if it was never done.
    """

    name: str
    reused: bool
    reason: str
    seconds: float | None


def foresee(study: Study, output: StrPath | None = None, *, fresh: bool = False) -> list[Foreseen]:
    """Each step of the study, in order, as a run would find it now; writes nothing."""
    folder = Path(study.file.output if output is None else output).absolute()
    cache = StepCache(folder)
    prints = Fingerprints(study, FileHashes(cache.root / HASHES))
    found: list[Foreseen] = []
    for step in planned(study.file):
        whole, parts = prints.of(step)
        state = cache.state(step.name)
        reused = not fresh and cache.valid(step.name, whole) is not None
        reason = "" if reused else _reason(state, whole, parts, {f.name for f in found if not f.reused}, fresh)
        found.append(Foreseen(step.name, reused, reason, None if state is None else state.seconds))
    return found


def _reason(state: StepState | None, whole: str, parts: dict[str, str], redone: set[str], fresh: bool) -> str:
    if fresh:
        return "everything is done anew"
    if state is None:
        return "not done yet"
    if state.fingerprint == whole:
        return "a file that it wrote is gone"
    changed = [said for name, said in _CHANGED.items() if state.parts.get(name) != parts[name]]
    if not changed and redone:
        return "a step that it rests on is done anew"
    return f"changed: {', '.join(changed)}" if changed else "changed: the steps that it rests on"
