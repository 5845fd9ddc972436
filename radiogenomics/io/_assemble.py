"""Put clinical table and modalities together into one cohort."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import own_columns, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._outcome_values import is_positive
from radiogenomics._words import modality_words
from radiogenomics.io._cohort_files import name_faults
from radiogenomics.io._outcomes import refuse_without_events, register_outcomes
from radiogenomics.io._patient_ids import looks_like, near_misses
from radiogenomics.io._split import split_patients

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData


def assemble_cohort(
    clinical: pd.DataFrame,
    *,
    outcomes: Mapping[str, Mapping[str, Any]],
    split: str | Mapping[str, Any] | pd.Series | None = None,
    id_pattern: str | None = None,
    **modalities: AnnData | pd.DataFrame,
) -> MuData:
    r"""Assemble a cohort: one row per patient of any modality.

    Patients need not have every modality, nor a clinical row: they are kept with missing values and named in the
    audit, with the id they look like. Patients of the clinical table without any modality are named there too, and not
    kept.

    Parameters
    ----------
    clinical
        One row per patient, indexed by id (:func:`rg.io.read_clinical`).
    outcomes
        By name: ``{"kind": "survival", "time": column, "event": column, "unit": "days"}`` (or weeks, months, years),
        where ``codes`` may give the meaning of events other than 0 and 1 (``{"Dead": 1, "Alive": 0}``); ``{"kind":
        "binary", "column": column, "positive": value}``; ``{"kind": "competing", "time": column, "event": column,
        "causes": {"relapse": 1, "death": 2}, "unit": "days"}``. The first is the one that functions take by default.
    split
        Column of the clinical table that says training, internal or external; or a Series by patient; or
        ``{"external": "centre == 'B'", "internal": 0.2, "rng": 0}``: a condition on clinical columns, and the share of
        the other patients drawn at random with the same share of the first outcome's events.
    id_pattern
        Regular expression of the patient id within the ids of modalities (its first group if it has one), for example
        ``r"TCGA-\w\w-\w{4}"`` where samples carry suffixes.
    **modalities
        By name (``radiomics``, ``deep``, ``rna`` ...): patients x features, as AnnData or DataFrame.

    Returns
    -------
    ``obs``: the clinical table; whole numbers with gaps are float64, text is categorical. ``uns``: ``outcomes``,
    ``split`` (if asked for; the parts stand in ``obs["split"]``), ``audit``.

    Raises
    ------
    InputError
        With every fault at once: no modality, patients twice, columns that do not exist, negative times, undeclared
        event codes, a modality none of whose patients is in the clinical table (with the ids that look alike), columns,
        outcomes and modalities whose names cohort files cannot hold.
    DegenerateInputError
        If nobody kept has an event.

    Warns
    -----
    RadiogenomicsWarning
        If patients of a modality have no clinical row, with how many and the ids that look alike; if an outcome has no
        unit of time, or times that can hardly be in it (a longest one of more than 120 years or less than a month).
    """
    table = _clinical_table(clinical)
    mods = {name: _modality(name, data, id_pattern) for name, data in modalities.items()}
    if not mods:
        raise InputError(
            "assemble_cohort", Fault("no modality", "at least one", hint="For example rna=rg.io.read_counts(...)")
        )
    _refuse_strangers(table, mods)
    faults = [*name_faults("clinical column", table.columns), *name_faults("outcome", outcomes)]
    faults += name_faults("modality", mods)
    if faults:
        raise InputError("assemble_cohort", faults)
    table, registered = register_outcomes(table, outcomes)

    in_any = pd.Index(dict.fromkeys(p for adata in mods.values() for p in adata.obs_names))
    with_row = table.index[table.index.isin(in_any)]
    patients = with_row.append(in_any[~in_any.isin(table.index)])
    obs = _settled(table.reindex(patients))
    refuse_without_events(obs, registered, "patients with a modality")
    parts = None
    if split is not None:
        parts = split_patients(table, patients, split, _strata(table, registered))
        obs[keys.SPLIT] = pd.Categorical(parts, categories=list(keys.SPLITS))
    audit = _audit(table.index, patients, mods, parts)
    _warn_of_strangers(table, mods)
    return _built(mods, obs, registered, audit, parts)


def parts_before_assembly(
    clinical: pd.DataFrame, patients: pd.Index, *, outcomes: Mapping[str, Any], split: Mapping[str, Any]
) -> pd.Series:
    """Part of the split that each patient will have, for steps that learn before there is a cohort."""
    table, registered = register_outcomes(_clinical_table(clinical), outcomes)
    ordered = table.index[table.index.isin(patients)]
    return split_patients(table, ordered, split, _strata(table, registered))


def _clinical_table(clinical: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(clinical, pd.DataFrame):
        raise InputError("clinical", Fault(type(clinical).__name__, "a DataFrame indexed by patient"))
    ids = pd.Index([str(i).strip() for i in clinical.index])
    doubled = ids[ids.duplicated()].unique()
    if len(doubled):
        raise InputError("clinical", [Fault(f"patient {p!r} in several rows", "one row per patient") for p in doubled])
    if not clinical.columns.is_unique:
        name = clinical.columns[clinical.columns.duplicated()][0]
        raise InputError("clinical", Fault(f"the column {name!r} twice", "each once"))
    out = clinical.set_axis(ids, axis=0)
    out.columns = out.columns.map(str)
    out.attrs = dict(clinical.attrs)
    return out


def _modality(name: str, data: AnnData | pd.DataFrame, id_pattern: str | None) -> AnnData:
    from anndata import AnnData

    where = f"modality {name!r}"
    if isinstance(data, pd.DataFrame):
        text = [str(c) for c in data.columns if not pd.api.types.is_numeric_dtype(data[c])]
        if text:
            raise InputError(where, Fault(f"columns that are no numbers: {', '.join(text[:5])}", "numbers"))
        ids, names = data.index, data.columns
    elif isinstance(data, AnnData):
        ids, names = data.obs_names, data.var_names
    else:
        raise InputError(where, Fault(type(data).__name__, "an AnnData or a DataFrame, patients in rows"))
    patients = pd.Index(_matched([str(i).strip() for i in ids], id_pattern, where))
    faults = [
        Fault(f"patient {p!r} in several rows", "each patient once") for p in patients[patients.duplicated()].unique()
    ]
    faults += [Fault(f"the feature {v!r} more than once", "each once") for v in names[names.duplicated()].unique()]
    if faults:
        raise InputError(where, faults)
    if isinstance(data, pd.DataFrame):
        var = pd.DataFrame(index=pd.Index([str(c) for c in names]))
        return AnnData(data.to_numpy(dtype=float), obs=pd.DataFrame(index=patients), var=var)
    made = data.copy()
    made.obs_names = patients
    return made


def _matched(ids: list[str], pattern: str | None, where: str) -> list[str]:
    if pattern is None:
        return ids
    try:
        found = [re.search(pattern, i) for i in ids]
    except re.error as error:
        raise InputError("id_pattern", f"{pattern!r} is no regular expression: {error}") from error
    faults = [Fault(repr(i), f"an id that contains {pattern!r}") for i, m in zip(ids, found, strict=True) if m is None]
    if faults:
        raise InputError(where, faults)
    return [m[1] if m.re.groups else m[0] for m in found if m is not None]


def _refuse_strangers(table: pd.DataFrame, mods: Mapping[str, AnnData]) -> None:
    faults = []
    for name, adata in mods.items():
        if adata.obs_names.isin(table.index).any():
            continue
        misses = near_misses(adata.obs_names, table.index)
        hint = f"{looks_like(misses)}. Make the ids the same, or give id_pattern=" if misses else (
            f"There they look like {table.index[0]!r}; were the right columns of ids named?"
        )  # fmt: skip
        faults.append(
            Fault(f"{adata.n_obs} patients of {name!r} such as {adata.obs_names[0]!r}, none in the clinical table",
                  "ids of the clinical table", hint=hint)
        )  # fmt: skip
    if faults:
        raise InputError("assemble_cohort", faults)


def _warn_of_strangers(table: pd.DataFrame, mods: Mapping[str, AnnData]) -> None:
    """Say which patients are kept with nothing but their features: they count in no analysis of the outcomes."""
    told = []
    strangers: dict[str, None] = {}
    for name, adata in mods.items():
        without = adata.obs_names[~adata.obs_names.isin(table.index)]
        if len(without):
            told.append(f"{len(without)} of {adata.n_obs} patients with {modality_words(name)}")
            strangers.update(dict.fromkeys(map(str, without)))
    if not told:
        return
    misses = near_misses(strangers, table.index)
    ids = list(strangers)
    named = ", ".join(map(repr, ids[:5])) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    warnings.warn(
        f"{' and '.join(told)} {'has' if len(ids) == 1 else 'have'} no clinical row, and so no outcome: "
        f"{looks_like(misses) if misses else named}. They are kept; the audit names each of them",
        RadiogenomicsWarning,
        stacklevel=3,
    )


def _settled(obs: pd.DataFrame) -> pd.DataFrame:
    """Columns of kinds that files keep: int64, float64, bool and categorical; nothing nullable, no bare text."""
    out: dict[str, Any] = {}
    for name in obs.columns:
        column = obs[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            out[name] = column.array
        elif pd.api.types.infer_dtype(column, skipna=True) == "boolean":
            known = column.notna().all()
            out[name] = (
                column.to_numpy(dtype=bool) if known else column.astype(object).to_numpy(dtype=float, na_value=np.nan)
            )
        elif pd.api.types.is_numeric_dtype(column.dtype):
            whole = pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any()
            out[name] = column.to_numpy(dtype=np.int64) if whole else column.to_numpy(dtype=float, na_value=np.nan)
        else:
            text = column.astype(object).where(column.notna(), None).map(str, na_action="ignore")
            out[name] = pd.Categorical(text, categories=sorted(text.dropna().unique()))
    return pd.DataFrame(out, index=pd.Index(obs.index.to_numpy(dtype=object)))


def _strata(table: pd.DataFrame, registered: Mapping[str, Mapping[str, Any]]) -> pd.Series:
    first = next(iter(registered.values()))
    if first["kind"] == "binary":
        return is_positive(table[first["column"]], first["positive"])
    events: pd.Series = table[first["event"]].astype(float)
    return events


def _audit(
    in_clinical: pd.Index, patients: pd.Index, mods: Mapping[str, AnnData], parts: pd.Series | None
) -> pd.DataFrame:
    everyone = in_clinical.append(patients[~patients.isin(in_clinical)])
    audit = pd.DataFrame({keys.PATIENT: everyone.to_numpy(dtype=object), "in_clinical": everyone.isin(in_clinical)})
    for name, adata in mods.items():
        audit[f"has_{name}"] = everyone.isin(adata.obs_names)
    audit[keys.SPLIT] = "all" if parts is None else parts.reindex(everyone).fillna("none").to_numpy(dtype=object)
    kept = everyone.isin(patients)
    audit["kept"] = kept
    audit["reason"] = np.where(~kept, "no modality", np.where(audit["in_clinical"], "", "no clinical row"))
    without_row = everyone[~audit["in_clinical"].to_numpy()]
    without_modality = everyone[~kept]
    notes = near_misses(without_row, in_clinical)
    notes |= near_misses(without_modality, without_row)
    notes |= {match: name for name, match in notes.items() if match in set(without_modality) and match not in notes}
    audit["note"] = [f"looks like {notes[p]}" if p in notes else "" for p in everyone]
    return audit


def _built(
    mods: Mapping[str, AnnData],
    obs: pd.DataFrame,
    registered: Mapping[str, Mapping[str, Any]],
    audit: pd.DataFrame,
    parts: pd.Series | None,
) -> MuData:
    from mudata import MuData

    ordered = {}
    for name, adata in mods.items():
        own = obs.index[obs.index.isin(adata.obs_names)]
        ordered[name] = adata[own].copy()
    with own_columns():
        mdata = MuData(ordered)
        mdata = mdata[obs.index].copy() if list(mdata.obs_names) != list(obs.index) else mdata
        mdata.obs = obs.reindex(mdata.obs_names)
    mdata.uns[keys.OUTCOMES] = {name: dict(outcome) for name, outcome in registered.items()}
    mdata.uns.update(to_uns(**{keys.AUDIT: audit}))
    if parts is not None:
        mdata.uns[keys.SPLIT] = {"column": keys.SPLIT}
    return mdata
