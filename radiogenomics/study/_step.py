"""What a step is, and what it is given."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from radiogenomics._errors import DegenerateInputError
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._cache import StepState
from radiogenomics.study._inputs import needs_masks, selected_rows, study_rows
from radiogenomics.study._provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd
    from mudata import MuData


def seed_of(rng: int, name: str) -> int:
    """Seed of a step (or a part of one) by its name: steps that come and go do not change the seeds of the others."""
    sequence = np.random.SeedSequence(entropy=rng, spawn_key=(zlib.crc32(name.encode()),))
    return int(sequence.generate_state(1)[0] % (2**31 - 1))


@dataclass
class Context:
    """What a step is given, and where it says what happened.

    Attributes
    ----------
    settings
        Settings of the step (a schema model, or models by modality).
    folder
        The step's own folder, kept between runs.
    output
        The output folder of the study.
    manifest
        The manifest to read images from: that of the study, or that of the preprocessed volumes.
    done
        What the steps before left on record.
    """

    file: StudyFile
    name: str
    settings: Any
    folder: Path
    output: Path
    manifest: Path | None
    n_jobs: int | None
    provenance: Provenance
    done: dict[str, StepState]
    _mdata: MuData | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)
    seeds: dict[str, int] = field(default_factory=dict)

    @property
    def mdata(self) -> MuData:
        """The cohort as it is before this step."""
        if self._mdata is None:
            raise RuntimeError(f"step {self.name} has no cohort")
        return self._mdata

    @mdata.setter
    def mdata(self, value: MuData) -> None:
        self._mdata = value

    def images(self) -> pd.DataFrame:
        """Rows of the manifest, of the sequences that the study uses."""
        from radiogenomics import io

        source = self.file.data.images
        if self.manifest is None or source is None:
            raise RuntimeError(f"step {self.name} has no manifest")
        if self.manifest == Path(source.manifest):
            return study_rows(source, masks=needs_masks(self.file))
        rows = io.read_manifest(self.manifest)
        return rows if self.manifest.parent.name == "segment" else selected_rows(rows, source)

    def seed(self, part: str = "") -> int:
        """Seed of this step, or of a part of it; goes on record."""
        drawn = self.seeds[part or self.name] = seed_of(self.file.rng, f"{self.name}.{part}" if part else self.name)
        return drawn

    def skip(self, what: str, reason: str) -> None:
        """Record what could not be done and why; the study goes on."""
        self.skipped.append({"what": what, "reason": reason})

    @contextmanager
    def unless_degenerate(self, what: str) -> Iterator[None]:
        """Record ``what`` as skipped when the data cannot answer it."""
        try:
            yield
        except DegenerateInputError as error:
            self.skip(what, str(error))


@dataclass(frozen=True)
class Step:
    """One step of a study.

    Attributes
    ----------
    name
        Its name in the study file (``assemble`` has none and is always done).
    run
        Does the work.
    kind
        ``files``: leaves files, needs no cohort; ``cohort``: changes the cohort, which is saved whole; ``results``:
        adds joint results to ``mdata.uns`` and columns to ``mdata.obs``, which alone are saved; ``final``: writes what
        the user gets, and rests on every step before it.
    inputs
        Files of the user that it reads.
    needs
        Steps it reads the work of, where they are switched on; a step that needs the cohort also rests on the last step
        before it that changed the cohort.
    reads
        Parts of the study file besides its own settings that it depends on.
    """

    name: str
    run: Callable[[Context], None]
    kind: Literal["files", "cohort", "results", "final"]
    inputs: Callable[[StudyFile], list[Path]] = lambda file: []
    needs: tuple[str, ...] = ()
    reads: Callable[[StudyFile], Any] = lambda file: None
