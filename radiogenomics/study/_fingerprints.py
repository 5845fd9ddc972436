"""Fingerprint of each step of a study: hash of everything its result rests on."""

from __future__ import annotations

from typing import Any

import radiogenomics
from radiogenomics.study._hash import FileHashes, code_hash, fingerprint
from radiogenomics.study._load import Study
from radiogenomics.study._provenance import plain_settings, relative
from radiogenomics.study._step import Step, seed_of


def settings_of(study: Study, step: Step) -> Any:
    """The step's block of the study file; ``None`` for a step that has none."""
    return getattr(study.file.steps, step.name, None)


class Fingerprints:
    """Fingerprints of the steps of one study, taken in their order.

    A fingerprint needs nothing that a step computes, so that those of all steps can be told before any is done.

    Attributes
    ----------
    inputs
        Hash of every input file met so far.
    """

    def __init__(self, study: Study, hashes: FileHashes) -> None:
        self._study, self._hashes = study, hashes
        self._known: dict[str, str] = {}
        self._base: str | None = None
        self.inputs: dict[str, str] = {}

    def of(self, step: Step) -> tuple[str, dict[str, str]]:
        """Fingerprint of the next step, and a hash of each part of it, which tells what has changed."""
        study = self._study
        hashes = self._hashes.of_all(step.inputs(study.file))
        self.inputs.update(hashes)
        above = list(self._known) if step.kind == "final" else list(step.needs)
        if step.kind != "files" and self._base is not None:
            above.append(self._base)
        parts = {
            "step": step.name,
            "settings": plain_settings(settings_of(study, step), study.folder),
            "reads": plain_settings(step.reads(study.file), study.folder),
            "seed": seed_of(study.file.rng, step.name),
            "version": [radiogenomics.__version__, code_hash()],
            "inputs": [[relative(path, study.folder), digest] for path, digest in hashes.items()],
            "above": {name: self._known[name] for name in above if name in self._known},
        }
        whole = self._known[step.name] = fingerprint(parts)
        if step.kind == "cohort":
            self._base = step.name
        return whole, {name: fingerprint({name: value})[:16] for name, value in parts.items()}
