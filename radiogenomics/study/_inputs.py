"""The input files of a study, read as its data block says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.study import ImageSource, RnaSource, StudyFile

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData


def read_faulty_clinical(file: StudyFile) -> tuple[pd.DataFrame, list[Fault]]:
    """The clinical table without the cells at fault, and the faults."""
    from radiogenomics.io._clinical import clinical_and_faults

    source = file.data.clinical
    return clinical_and_faults(source.path, **source.model_dump(exclude={"path"}))


def read_clinical(file: StudyFile) -> pd.DataFrame:
    """The clinical table."""
    from radiogenomics import io

    source = file.data.clinical
    return io.read_clinical(source.path, **source.model_dump(exclude={"path"}))


def read_tables(file: StudyFile, *, only: str | None = None) -> dict[str, AnnData]:
    """Ready tables by modality."""
    from radiogenomics import io

    out: dict[str, AnnData] = {}
    for name, source in file.data.tables().items():
        if only is not None and name != only:
            continue
        settings: dict[str, Any] = source.model_dump(exclude={"path"})
        if isinstance(source, RnaSource):
            out[name] = io.read_counts(source.path, **settings)
        else:
            out[name] = io.read_features(source.path, modality=name, **settings)
    return out


def table_paths(file: StudyFile) -> list[Path]:
    """Files of the ready tables."""
    paths: list[Path] = []
    for source in file.data.tables().values():
        if isinstance(source, RnaSource):
            from radiogenomics.io._quantifications import sample_files

            files = sample_files(source.path)
            paths += [Path(str(source.path))] if files is None else files.values()
            continue
        paths += [Path(path) for path in ([source.path] if isinstance(source.path, str) else source.path)]
    return paths


def gene_set_paths(file: StudyFile) -> list[Path]:
    """GMT files of the enrichment step."""
    return [] if file.steps.enrichment is None else [Path(path) for path in file.steps.enrichment.gene_sets.values()]


def selected_rows(table: pd.DataFrame, images: ImageSource) -> pd.DataFrame:
    """Rows of the sequences that the study uses, refusing a sequence that the manifest does not have."""
    if images.sequences is None:
        return table
    _refuse_unknown(images.sequences, table, images, "sequences")
    return table[table["sequence"].isin(images.sequences)].reset_index(drop=True)


def needs_masks(file: StudyFile) -> bool:
    """Whether the study reads the masks of its manifest: not where a model makes all of them."""
    segment = file.steps.segment
    return segment is None or segment.model_folder is None or file.steps.preprocess is not None


def study_rows(images: ImageSource, *, masks: bool = True) -> pd.DataFrame:
    """Rows of the study's own manifest, with what the study says about reading their files."""
    from radiogenomics import io
    from radiogenomics.im._manifest_rows import with_choices

    rows = selected_rows(io.read_manifest(images.manifest, masks=masks), images)
    _refuse_unknown(images.suv, rows, images, "suv")
    return with_choices(rows, resample_mask=images.resample_mask, suv=images.suv)


def _refuse_unknown(sequences: list[str], table: pd.DataFrame, images: ImageSource, key: str) -> None:
    known = list(dict.fromkeys(table["sequence"].astype(str)))
    unknown = [name for name in sequences if name not in known]
    if unknown:
        expected = f"a sequence of {Path(images.manifest).name}: {', '.join(known)}"
        raise InputError(f"data.images.{key}", [Fault(repr(name), expected) for name in unknown])


def image_paths(file: StudyFile) -> list[Path]:
    """The manifest and every file it names."""
    from radiogenomics import io
    from radiogenomics.io._detached import named_files

    if file.data.images is None:
        return []
    table = io.read_manifest(file.data.images.manifest, masks=needs_masks(file))
    manifest = selected_rows(table, file.data.images)
    columns = [c for c in ("image", "mask", "reference_region") if c in manifest]
    named = dict.fromkeys(str(path) for c in columns for path in manifest[c].dropna())
    files: list[Path] = []
    for path in map(Path, named):
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path, *named_files(path)]
    return [Path(file.data.images.manifest), *files]
