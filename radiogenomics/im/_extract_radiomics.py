"""Handcrafted radiomic features of a cohort."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import to_uns
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._types import StrPath
from radiogenomics.im._cache import DamagedEntryError, content_hash, entry_key, library_versions, read_entry
from radiogenomics.im._case import Case, CaseFeatures, Failure, extract_case, told
from radiogenomics.im._catalogue import ibsi_status
from radiogenomics.im._features import feature_columns
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame, with_choices
from radiogenomics.im._pair import LARGE_CHANGE, MOVED
from radiogenomics.schemas.radiomics import RadiomicsSettings, radiomics_settings

if TYPE_CHECKING:
    from anndata import AnnData

#: Features that are 0 if and only if a region has one grey level, whatever the feature set.
_ENTROPIES = {("glcm", "JointEntropy"), ("firstorder", "Entropy"), ("histogram", "Entropy")}


def extract_radiomics(
    manifest: StrPath | pd.DataFrame,
    *,
    settings: RadiomicsSettings | Mapping[str, Any] | str | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    visit: str | int | None = None,
    resample_mask: bool = False,
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> AnnData:
    """Handcrafted features of every patient and sequence of a manifest, as the IBSI defines them.

    The names are those of PyRadiomics :cite:p:`vanGriethuysen2017`; the values are those of the IBSI's definitions
    :cite:p:`Zwanenburg2020` (see :func:`verify_ibsi`), or with ``ibsi="pyradiomics"`` those of PyRadiomics. Filters
    (wavelet, Laplacian of Gaussian) are PyRadiomics'.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it: ``patient_id``, ``sequence``, ``image``,
        ``mask``; optional ``series``, ``intensity``, ``roi``, ``label``, ``resample_mask``, ``reader``, ``reading``,
        ``scanner``, ``centre``, ``visit``. A manifest file that names a missing image is refused before anything is
        computed; in a table it is a failure of that case.
    settings
        A preset (``"default"``, ``"crombe"``, ``"yan"``, ``"liang"``, ``"zhu"``, ``"ibsi"``), a mapping of settings
        (with ``preset`` as its base) or a :class:`~radiogenomics.schemas.radiomics.RadiomicsSettings`.
    reader, reading, visit
        Which masks to use where a patient and sequence has several; ``"all"`` gives one row per read, named
        ``patient|reader`` (and ``|reading``, ``|visit``).
    resample_mask
        Take masks on another grid to their image's (nearest neighbour), as the column of that name does for one row;
        otherwise they are failures. Grids are the same if the sizes are, spacings agree within 0.1 %, origins within
        1 % of the smallest voxel edge and direction cosines within 0.001.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``. Each uses one thread.
    cache_dir
        Folder that keeps every finished case, so that a run that was stopped goes on where it was. An entry is
        used again only for the same files, settings and versions.

    Returns
    -------
    AnnData of patients x features, named ``<sequence>_<image type>_<family>_<feature>``, shape in mm. A sequence a
    patient lacks, or whose case failed, is NaN; patients without any are left out. ``obs``: ``patient_id``,
    ``n_sequences``, ``tumour_volume_ml`` (of the mask on the patient's first sequence) and the manifest's ``reader``,
    ``reading``, ``scanner``, ``centre``, ``visit``. ``var``: ``sequence``, ``region`` (``tumour`` or
    ``peritumoral``), ``image_type``, ``feature_class``, ``feature``, ``ibsi_id`` (empty where the IBSI has no such
    feature), ``ibsi_compliant`` and ``ibsi_note`` (why not, or what was corrected of PyRadiomics' value).
    ``uns``: ``failures`` (``patient_id``,
    ``sequence``, ``step``, ``error``, ``message``), ``cases`` (what was found in each mask: voxels, volume,
    share of the image; where it was resampled ``mask_volume_change_percent`` and ``mask_shift_mm``), ``extraction``
    (settings and versions, JSON text), ``preprocessing`` likewise if the manifest is one of
    :func:`radiogenomics.im.preprocess`.

    Raises
    ------
    InputError
        If the manifest or the settings are at fault, or every case fails.
    """
    chosen = radiomics_settings(settings)
    optional_import("radiomics", needed_for="radiomic features")
    table = choose_reads(manifest_frame(manifest, chosen.sequences), reader, reading, visit)
    table = with_choices(table, resample_mask=resample_mask)
    _warn_of_shuffled(table, chosen)
    cases = cases_of(table)
    results = _results(cases, chosen, n_jobs, None if cache_dir is None else Path(cache_dir))
    failures = _failures(cases, results)
    done = [(c, r) for c, r in zip(cases, results, strict=True) if isinstance(r, CaseFeatures)]
    if not done:
        raise InputError("images", _all_failed(failures))
    facts = _facts(done)
    _warn_of_spacing(facts)
    _warn_of_masks(facts)
    settings_used = {"settings": chosen.model_dump(mode="json"), "reader": reader, "reading": reading, "visit": visit,
                     "resample_mask": resample_mask, "versions": library_versions()}  # fmt: skip
    adata = _matrix(table, done, chosen)
    _warn_of_undefined(done, chosen)
    _warn_of_one_level(done, chosen)
    adata.uns.update(to_uns(failures=failures, cases=facts, extraction=settings_used))
    if "preprocessing" in table.attrs:
        adata.uns.update(to_uns(preprocessing=table.attrs["preprocessing"]))
    return adata


def _results(
    cases: list[Case], settings: RadiomicsSettings, n_jobs: int | None, cache: Path | None
) -> list[CaseFeatures | Failure]:
    """Result of each case, from the cache where it has it."""
    results: dict[int, CaseFeatures | Failure] = {}
    entries: dict[int, tuple[Path, str]] = {}
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        entries = _entries(cases, settings, cache)
        for i, (path, key) in entries.items():
            try:
                kept = read_entry(path, key)
            except DamagedEntryError as error:
                case = cases[i]
                warnings.warn(
                    f"cache entry of {case.patient_id} {case.sequence} ({path}) is damaged ({error}); computed again",
                    RadiogenomicsWarning,
                    stacklevel=3,
                )
                continue
            if kept is not None:
                results[i] = CaseFeatures(*kept)
    todo = [i for i in range(len(cases)) if i not in results]
    if todo:
        arguments = [(cases[i], settings, *entries.get(i, (None, ""))) for i in todo]
        results.update(
            zip(todo, parallel_map(extract_case, arguments, n_jobs=n_jobs, description="Extracting"), strict=True)
        )
    return [results[i] for i in range(len(cases))]


def _entries(cases: list[Case], settings: RadiomicsSettings, cache: Path) -> dict[int, tuple[Path, str]]:
    """Cache file and key of each case whose files exist."""
    versions = library_versions()
    wanted = settings.model_dump(mode="json", exclude={"sequences"})
    hashes: dict[str, str] = {}
    entries = {}
    for i, case in enumerate(cases):
        files = (Path(case.image), Path(case.mask))
        if not all(f.exists() for f in files):
            continue
        for file in files:
            if str(file) not in hashes:
                hashes[str(file)] = content_hash(file)
        key = entry_key(*[hashes[str(f)] for f in files], case.choices, wanted, versions)
        entries[i] = (cache / f"{key}.json", key)
    return entries


def _failures(cases: list[Case], results: list[CaseFeatures | Failure]) -> pd.DataFrame:
    rows = [
        (c.patient_id, c.sequence, r.step, r.error, r.message)
        for c, r in zip(cases, results, strict=True)
        if isinstance(r, Failure)
    ]
    return pd.DataFrame(rows, columns=[PATIENT, "sequence", "step", "error", "message"], dtype=object)


def _all_failed(failures: pd.DataFrame) -> str:
    rows = failures[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None)
    return f"all {len(failures)} cases failed:\n{told(rows)}"


def _facts(done: list[tuple[Case, CaseFeatures]]) -> pd.DataFrame:
    """What was found in each mask."""
    return pd.DataFrame([{PATIENT: c.patient_id, "sequence": c.sequence, "row": c.row, **r.about} for c, r in done])


def _warn_of_spacing(facts: pd.DataFrame) -> None:
    for sequence, rows in facts.groupby("sequence", sort=False):
        spacing = rows[["spacing_x", "spacing_y", "spacing_z"]].to_numpy(dtype=float)
        low, high = spacing.min(axis=0), spacing.max(axis=0)
        if (high > low * 1.01).any():
            text = " x ".join(
                f"{a:.3g}-{b:.3g}" if b > a * 1.01 else f"{a:.3g}" for a, b in zip(low, high, strict=True)
            )
            warnings.warn(
                f"{sequence}: voxel spacing differs between patients ({text} mm) and texture features depend on it; "
                "resample with settings={'spacing': (x, y, z)} or rg.im.preprocess(spacing=...)",
                RadiogenomicsWarning,
                stacklevel=3,
            )


def _warn_of_masks(facts: pd.DataFrame) -> None:
    """Masks that cover their whole image, and those that resampling changed."""
    whole = facts[facts["share_of_image"] == 1] if "share_of_image" in facts else facts[:0]
    if len(whole):
        warnings.warn(
            f"the mask covers the whole image in {len(whole)} case(s), for instance {whole.iloc[0][PATIENT]} "
            f"{whole.iloc[0]['sequence']}; it touches every border, so the region may go on beyond it",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    moved = facts[facts[MOVED[0]].abs() > LARGE_CHANGE] if MOVED[0] in facts else facts[:0]
    if len(moved):
        worst = moved.iloc[int(moved[MOVED[0]].abs().to_numpy().argmax())]
        warnings.warn(
            f"resampling changed the volume of {len(moved)} mask(s) by more than {LARGE_CHANGE:g} %, at most "
            f"{worst[MOVED[0]]:+.3g} % ({worst[PATIENT]} {worst['sequence']}); see uns['cases']",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn_of_undefined(done: list[tuple[Case, CaseFeatures]], settings: RadiomicsSettings) -> None:
    names = [c.name for c in feature_columns(settings)]
    undefined = {c: [n for n in names if not np.isfinite(r.features.get(n, np.nan))] for c, r in done}
    affected = {case: missing for case, missing in undefined.items() if missing}
    if affected:
        case, missing = max(affected.items(), key=lambda item: len(item[1]))
        warnings.warn(
            f"{len(affected)} of {len(done)} cases have features without a value, at most {len(missing)} of "
            f"{len(names)} ({case.patient_id} {case.sequence}, for instance {missing[0]}): the region or image is too "
            "small or too flat for them; rg.pp.clean_features and rg.pp.impute handle them",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn_of_shuffled(table: pd.DataFrame, settings: RadiomicsSettings) -> None:
    """Interpolation gives shuffled voxels a texture again; the record beside the manifest tells their spacing."""
    done = (table.attrs.get("preprocessing") or {}).get("masks", [])
    for step in done:
        own, asked = step.get("spacing"), settings.spacing
        if step.get("made_by") == "shuffle_voxels" and asked is not None and list(asked) != own:
            was = "without resampling" if own is None else f"with spacing {tuple(own)}"
            warnings.warn(
                f"the voxels were shuffled {was} and are now resampled to {asked}, which gives them a texture again; "
                "give rg.im.shuffle_voxels and rg.im.extract_radiomics the same settings",
                RadiogenomicsWarning,
                stacklevel=3,
            )


def _warn_of_one_level(done: list[tuple[Case, CaseFeatures]], settings: RadiomicsSettings) -> None:
    """Regions whose intensities all fall into one bin: texture has values (contrast 0) that say nothing."""
    if settings.bin_width is None:
        return
    entropies = [c.name for c in feature_columns(settings) if (c.feature.family, c.feature.name) in _ENTROPIES]
    flat: dict[str, list[str]] = {}
    for case, result in done:
        if any(abs(result.features.get(name, np.nan)) < 1e-9 for name in entropies):
            flat.setdefault(case.sequence, []).append(case.row)
    for sequence, rows in flat.items():
        of = sum(case.sequence == sequence for case, _ in done)
        warnings.warn(
            f"{sequence}: bin_width {settings.bin_width:g} leaves a single grey level in {len(rows)} of {of} cases "
            f"(for instance {rows[0]}), so that their texture is that of a flat image; choose a bin_width that "
            "suits the intensities (0.1 or less for z-scored images), or bin_count",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _matrix(table: pd.DataFrame, done: list[tuple[Case, CaseFeatures]], settings: RadiomicsSettings) -> AnnData:
    from anndata import AnnData

    columns = feature_columns(settings)
    sequences = settings.sequences or tuple(dict.fromkeys(table["sequence"]))
    var = pd.DataFrame(
        [
            (f"{s}_{c.name}", s, c.region, c.image_type, c.feature.family, c.feature.name, c.feature.ibsi_id,
             *ibsi_status(c, settings))
            for s in sequences
            for c in columns
        ],
        columns=["name", "sequence", "region", "image_type", "feature_class", "feature", "ibsi_id", "ibsi_compliant",
                 "ibsi_note"],
    ).set_index("name")  # fmt: skip
    var.index.name = None
    rows = [r for r in dict.fromkeys(table["row"]) if r in {c.row for c, _ in done}]
    place = {row: i for i, row in enumerate(rows)}
    block = {s: k * len(columns) for k, s in enumerate(sequences)}
    values = np.full((len(rows), len(var)), np.nan)
    for case, result in done:
        start = block[case.sequence]
        values[place[case.row], start : start + len(columns)] = [result.features.get(c.name, np.nan) for c in columns]
    return AnnData(X=values, obs=_obs(table, rows, done), var=var)


def _obs(table: pd.DataFrame, rows: list[str], done: list[tuple[Case, CaseFeatures]]) -> pd.DataFrame:
    counts = pd.Series([c.row for c, _ in done]).value_counts()
    per_row = table.groupby("row", sort=False)
    obs = pd.DataFrame(index=pd.Index(rows, dtype=object))
    obs[PATIENT] = per_row[PATIENT].first().reindex(rows).to_numpy(dtype=object)
    obs["n_sequences"] = counts.reindex(rows).to_numpy(dtype=np.int64)
    first = {c.row: r.about["volume_mm3"] / 1000 for c, r in reversed(done) if "volume_mm3" in r.about}
    obs["tumour_volume_ml"] = [first.get(row, np.nan) for row in rows]
    for column in ("reader", "reading", "scanner", "centre", "visit"):
        if column in table and table[column].notna().any():
            joined = per_row[column].agg(lambda v: "+".join(dict.fromkeys(v.dropna().map(str))))
            joined = joined.astype(object).where(joined != "", None)
            obs[column] = pd.Categorical(joined.reindex(rows).to_numpy(dtype=object))
    return obs
