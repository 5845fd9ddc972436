"""One way in and one way out of a cohort: modalities, columns, outcomes, groups, splits and stored results."""

from __future__ import annotations

import difflib
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError, UnknownNameError
from radiogenomics._outcome_values import is_positive, read_follow_up
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort


_MOST_NUMBERED_GROUPS = 10


def refuse_other(data: Any) -> None:
    """Refuse what is no cohort at all, before its first attribute fails."""
    if not hasattr(data, "obs_names") or not hasattr(data, "uns"):
        raise InputError(
            "data",
            Fault(type(data).__name__, "a cohort from rg.io.assemble_cohort or rg.io.read_cohort, or an AnnData"),
        )


def is_multimodal(data: Cohort) -> bool:
    """Whether ``data`` is a MuData (told by its modalities, so that mudata need not be imported)."""
    refuse_other(data)
    return hasattr(data, "mod")


def near_names(name: str, known: Iterable[str], *, at_most: int = 3) -> list[str]:
    """The known names that ``name`` may mean: spelt alike whatever the case, or one beginning with or in the other."""
    names = [str(k) for k in known]
    low = name.strip().lower()
    same = [k for k in names if k.lower() == low]
    begin = [k for k in names if len(low) >= 3 and k.lower().startswith(low)]
    spelt = difflib.get_close_matches(name, names, n=at_most, cutoff=0.6)
    parts = [k for k in names if len(low) >= 3 and low in re.split(r"[^a-z0-9]+", k.lower())]
    looser = difflib.get_close_matches(name, names, n=at_most, cutoff=0.5)
    return list(dict.fromkeys([*same, *begin, *spelt, *parts, *looser]))[:at_most]


def unknown_name(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Error for a name that does not exist, with the nearest ones that do."""
    names = [str(k) for k in known]
    near = near_names(str(name), names)
    shown = ", ".join(repr(n) for n in names[:12]) + (" ..." if len(names) > 12 else "")
    hint = f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    return UnknownNameError(
        what, Fault(repr(name), f"one of {shown}" if names else "a name; there is none yet", hint=hint)
    )


def modality_of(data: Cohort, modality: str | None) -> AnnData:
    """The matrix to work on: ``modality`` is required for a MuData and refused for an AnnData."""
    if is_multimodal(data):
        if modality is None:
            names = ", ".join(repr(m) for m in data.mod)
            if len(data.mod) == 1:
                raise InputError("modality", f"a cohort needs modality={names}, although it is the only one")
            raise InputError("modality", f"a cohort with several modalities needs modality=, one of {names}")
        if modality not in data.mod:
            raise unknown_name("modality", modality, data.mod)
        return data.mod[modality]
    if modality is not None:
        raise InputError("modality", f"an AnnData is one modality; leave out modality={modality!r}")
    return data


def patients_of(data: Cohort) -> pd.Index:
    """Patient ids, in the order of ``data.obs``."""
    refuse_other(data)
    ids: pd.Index = data.obs_names.astype(str)
    return ids


def column_of(data: Cohort, name: str) -> pd.Series:
    """Column of ``data.obs`` or the nearest names."""
    refuse_other(data)
    if name not in data.obs:
        raise unknown_name("column of data.obs", name, data.obs.columns)
    column: pd.Series = data.obs[name]
    return column


_FOR_SURVIVAL = "For survival: rg.tl.signature, rg.tl.cox, rg.tl.evaluate"


def outcome_of(data: Cohort, outcome: str | None, *, kinds: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Name and declaration of a registered outcome of one of ``kinds``; by default the first such."""
    refuse_other(data)
    registered: Mapping[str, Any] = data.uns.get(keys.OUTCOMES, {})
    # AnnData sorts the keys of uns when it writes; the order of registration is kept beside each outcome.
    names = sorted(registered, key=lambda n: int(registered[n].get("order", 0)))
    usable = [n for n in names if registered[n]["kind"] in kinds]
    if outcome is None:
        if not usable:
            survival = any(declared["kind"] == "survival" for declared in registered.values())
            raise InputError(
                "outcome",
                f"no {' or '.join(kinds)} outcome is registered; name it in rg.io.assemble_cohort(outcomes=...)"
                + (f". {_FOR_SURVIVAL}" if survival else ""),
            )
        return usable[0], dict(registered[usable[0]])
    if outcome not in registered:
        raise unknown_name("outcome", outcome, names)
    if outcome not in usable:
        found = registered[outcome]["kind"]
        hint = _FOR_SURVIVAL if found == "survival" and "survival" not in kinds else ""
        raise InputError("outcome", Fault(f"{outcome!r} of kind {found!r}", f"kind {' or '.join(kinds)}", hint=hint))
    return outcome, dict(registered[outcome])


@dataclass(frozen=True)
class SurvivalOutcome:
    """A survival outcome, one entry per patient of the cohort.

    Attributes
    ----------
    time
        Follow-up in ``unit``; NaN where unknown.
    event
        1 event, 0 censored; NaN where unknown.
    known
        Patients with both.
    """

    name: str
    time: FloatArray
    event: FloatArray
    known: BoolArray
    unit: str


def survival_outcome(data: Cohort, outcome: str | None = None) -> SurvivalOutcome:
    """Time and event of a registered survival outcome; refuses one without any event, and values that are none."""
    name, declared = outcome_of(data, outcome, kinds=("survival",))
    unit = str(declared.get("unit", ""))
    time, event = follow_up_values(data, name, declared, {0: "censored", 1: "event"})
    known = np.isfinite(time) & np.isfinite(event)
    if not known.any():
        raise DegenerateInputError(f"outcome {name!r}", "no patient has both a time and an event status")
    if not (event[known] == 1).any():
        raise DegenerateInputError(
            f"outcome {name!r}", f"none of the {int(known.sum())} patients has an event; survival cannot be compared"
        )
    return SurvivalOutcome(name, time, event, known, unit)


@dataclass(frozen=True)
class BinaryOutcome:
    """A yes-or-no outcome, one entry per patient of the cohort.

    Attributes
    ----------
    value
        1 positive, 0 negative; NaN where unknown.
    known
        Patients with either.
    positive
        What the column says of a positive patient.
    """

    name: str
    value: FloatArray
    known: BoolArray
    positive: str


def binary_outcome(data: Cohort, outcome: str | None = None) -> BinaryOutcome:
    """Values of a registered binary outcome; refuses one that everybody has, or nobody."""
    name, declared = outcome_of(data, outcome, kinds=("binary",))
    value = is_positive(column_of(data, str(declared["column"])), declared["positive"]).to_numpy(dtype=float)
    known = np.isfinite(value)
    n_yes = int((value[known] == 1).sum())
    if n_yes in (0, int(known.sum())):
        found = f"{n_yes} positive of {int(known.sum())} patients"
        raise DegenerateInputError(f"outcome {name!r}", Fault(found, "patients with and without it"))
    return BinaryOutcome(name, value, np.asarray(known, dtype=np.bool_), group_name(declared["positive"]))


def follow_up_values(
    data: Cohort, name: str, declared: Mapping[str, Any], meaning: Mapping[int, str]
) -> tuple[FloatArray, FloatArray]:
    """Times and event codes of a registered outcome as its columns have them now, whatever was done to them since."""
    columns = [column_of(data, str(declared[part])) for part in ("time", "event")]
    obs = pd.concat([c.set_axis(patients_of(data)) for c in columns], axis=1)
    time, event = (str(c.name) for c in columns)
    return read_follow_up(name, obs, time, event, str(declared.get("unit", "")), meaning)


def groups_of(data: Cohort, groupby: str, *, at_least: int = 2) -> pd.Series:
    """Group of each patient as an object Series (NaN without one).

    Fewer than ``at_least`` groups are refused, and so is a column of many different numbers.
    """
    column = column_of(data, groupby)
    _refuse_continuous(groupby, column)
    labels = column.astype(object).where(column.notna(), np.nan)
    labels = labels.map(group_name, na_action="ignore")
    labels.index = patients_of(data)
    found = labels.dropna().unique()
    if len(found) < at_least:
        raise DegenerateGroupsError(
            f"groupby {groupby!r}",
            Fault(
                f"{len(found)} group(s) {sorted(found)} over {int(labels.notna().sum())} patients",
                f"at least {at_least}",
            ),
        )
    return labels


def _refuse_continuous(groupby: str, column: pd.Series) -> None:
    """A measurement is no grouping, although each of its values can be taken for one."""
    if not pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return
    n = int(column.nunique())
    if n > _MOST_NUMBERED_GROUPS:
        raise InputError(
            f"groupby {groupby!r}",
            Fault(
                f"a continuous column ({n} different numbers)",
                "groups",
                hint="Cut it into groups first, for example with pandas.cut; if the numbers are names of groups, make "
                "the column categorical",
            ),
        )


def group_order(data: Cohort, groupby: str) -> list[str]:
    """Names of the groups in their declared (categorical) order, otherwise sorted (numbers by value)."""
    column = column_of(data, groupby)
    present = column.dropna().unique()
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = {group_name(v) for v in present}
        return [name for name in map(group_name, column.cat.categories) if name in names]
    if pd.api.types.is_numeric_dtype(column):
        return [group_name(v) for v in sorted(present)]
    return sorted(group_name(v) for v in present)


def group_name(value: Any) -> str:
    """A whole number reads the same whether gaps in its column made it a float or not."""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def write_groups(
    data: Cohort, modality: str | None, key: str, labels: pd.Series, *, categories: Sequence[str] | None = None
) -> str:
    """Store group labels of a modality; returns the name ``groupby=`` takes (``modality:key`` for a MuData).

    ``labels`` is indexed by patient; patients without a label get a missing value. ``categories``: all groups there
    are, where some may have no patient; by default those in ``labels``.
    """
    adata = modality_of(data, modality)
    if categories is None:
        categories = sorted(str(v) for v in labels.dropna().unique())
    own = labels.reindex(patients_of(adata))
    names = pd.Index(categories)
    adata.obs[key] = pd.Categorical(own.to_numpy(), categories=names)
    if not is_multimodal(data):
        return key
    name = f"{modality}:{key}"
    data.obs[name] = pd.Categorical(labels.reindex(patients_of(data)).to_numpy(), categories=names)
    return name


def check_key(data: Cohort, key: str, *, column: bool = False) -> None:
    """Refuse a ``key_added`` that would overwrite what is no result, or that files cannot hold.

    ``data`` is where the result is stored; with ``column`` the result also writes ``data.obs[key]``, which may replace
    the column of an earlier result only.
    """
    refuse_other(data)
    hint = "Give another name in key_added="
    if not key or "/" in key:
        raise InputError("key_added", Fault(repr(key), "a name without '/', which files cannot hold", hint=hint))
    if key in keys.RESERVED:
        raise InputError("key_added", Fault(f"{key!r}, a place of the cohort's own data", "a new name", hint=hint))
    if column and key in data.obs and key not in data.uns:
        found = f"{key!r}, a column of obs that is no result"
        raise InputError("key_added", Fault(found, "a new name, or an earlier result to replace", hint=hint))


def split_of(data: Cohort) -> pd.Series | None:
    """Part of the split of each patient (training, internal, external; none), or ``None`` without a split."""
    refuse_other(data)
    if keys.SPLIT not in data.uns:
        return None
    column = column_of(data, str(data.uns[keys.SPLIT]["column"]))
    parts: pd.Series = column.astype(object).where(column.notna(), keys.NO_PART).astype(str)
    return parts


def training_rows(data: Cohort) -> BoolArray:
    """Patients a model may learn from: the training part of the split, everyone without one."""
    split = split_of(data)
    if split is None:
        return np.ones(data.n_obs, dtype=bool)
    return (split == keys.SPLITS[0]).to_numpy()


def training_patients(data: Cohort, adata: AnnData) -> BoolArray:
    """Patients of a modality of ``data`` that a model may learn from."""
    training = pd.Series(training_rows(data), index=patients_of(data))
    return training.reindex(patients_of(adata)).to_numpy(dtype=bool)


def split_blocks(data: Cohort) -> list[tuple[str, BoolArray]]:
    """Rows of each part of the split that has patients, in order; one block ``"all"`` without a split."""
    split = split_of(data)
    if split is None:
        return [("all", np.ones(data.n_obs, dtype=bool))]
    parts = [(part, (split == part).to_numpy()) for part in keys.SPLITS]
    return [(part, rows) for part, rows in parts if rows.any()]


def left_out_table(reasons: Mapping[str, str]) -> pd.DataFrame:
    """Table of left-out patients (``patient_id``, ``reason``) from ``{patient: reason}``."""
    return pd.DataFrame({keys.PATIENT: list(reasons), "reason": list(reasons.values())}, dtype=object)


def _storable_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Text columns become categorical, which every AnnData version writes with missing values."""
    out = frame.copy()
    out.columns = out.columns.map(str)
    if not isinstance(out.index, pd.RangeIndex):
        out.index = out.index.map(str)
    else:
        out.index = pd.Index([str(i) for i in out.index])
    for name in out.columns:
        if out[name].dtype == object or isinstance(out[name].dtype, pd.StringDtype):
            text = out[name].map(str, na_action="ignore")
            out[name] = pd.Categorical(text, categories=list(dict.fromkeys(text.dropna())))
    return out


def to_uns(**parts: Any) -> dict[str, Any]:
    """Make a result fit to be written to ``.h5mu`` and ``.zarr`` and to read back equal.

    DataFrames keep their columns; ``settings`` (and every other mapping) is kept as JSON text, because it may hold
    ``None``, nested lists and user's names, which HDF5 keys cannot.
    """
    out: dict[str, Any] = {}
    for name, value in parts.items():
        if isinstance(value, pd.DataFrame):
            out[name] = _storable_frame(value)
        elif isinstance(value, pd.Series):
            out[name] = _storable_frame(value.to_frame())
        elif isinstance(value, Mapping) or value is None or isinstance(value, list | tuple):
            out[name] = json.dumps(value, default=_plain, sort_keys=False)
        else:
            out[name] = value
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def result_of(data: Cohort, key: str, *, made_by: str, package: str = "tl") -> dict[str, Any]:
    """A stored result by its key, or an error that names the function which makes it."""
    refuse_other(data)
    if key not in data.uns:
        stored = [str(k) for k, value in data.uns.items() if isinstance(value, Mapping) and keys.SETTINGS in value]
        near = list(dict.fromkeys([*near_names(key, stored), *(k for k in stored if made_by in k)]))[:5]
        hint = f". Stored under other names: {', '.join(map(repr, near))}" if near else ""
        raise UnknownNameError("result", f"{key!r} has not been computed; run rg.{package}.{made_by} first{hint}")
    result: dict[str, Any] = data.uns[key]
    return result


def frame_of(result: Mapping[str, Any], name: str) -> pd.DataFrame:
    """A stored table as a tidy DataFrame: text columns as text, a plain 0..n-1 index."""
    if name not in result:
        raise UnknownNameError("result", f"it has no table {name!r}; another function made it")
    frame: pd.DataFrame = result[name].copy()
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].astype(object)
    return frame.reset_index(drop=True)


def settings_of(result: Mapping[str, Any], name: str = keys.SETTINGS) -> Any:
    """A stored mapping or list (kept as JSON text by :func:`to_uns`)."""
    return json.loads(result[name])


@contextmanager
def own_columns() -> Iterator[None]:
    """MuData keeps joint and per-modality columns apart (mudata 0.4's rule) while it is made, read or updated."""
    import mudata

    with warnings.catch_warnings(), mudata.set_options(pull_on_update=False):
        # Two modalities may well have a feature of the same name; nothing here looks features up across modalities.
        warnings.filterwarnings("ignore", message="var_names are not unique")
        yield


def replace_modality(data: Cohort, modality: str | None, new: AnnData) -> None:
    """Put ``new`` (same patients, other features) in the place of a modality, in place."""
    if is_multimodal(data):
        with own_columns():
            data.mod[modality] = new
            data.update()
        return
    data._init_as_actual(new)


def raw_features(data: Cohort, modality: str | None) -> pd.DataFrame:
    """The matrix as it came (patients x all features): what the recorded pipeline is applied to.

    That is ``raw`` once a ``pp`` function has run, ``X`` before. After ``rg.pp.normalize_counts`` it holds counts.
    """
    adata = modality_of(data, modality)
    source = adata if adata.raw is None else adata.raw
    return pd.DataFrame(dense(source.X), index=patients_of(adata), columns=source.var_names.astype(str))


def patient_columns(data: Cohort, modality: str | None, names: Sequence[str]) -> pd.DataFrame:
    """Columns by patient of a modality: those of the cohort's table, else of the modality's own."""
    adata = modality_of(data, modality)
    ids = patients_of(adata)
    out = pd.DataFrame(index=ids)
    for name in names:
        source = adata if name not in data.obs and name in adata.obs else data
        out[name] = column_of(source, name).set_axis(patients_of(source)).reindex(ids)
    return out


def pipeline_of(data: Cohort, modality: str | None) -> str:
    """Transforms applied to a modality so far, as JSON text for ``ml.build_pipeline`` (``"[]"`` before the first)."""
    return str(modality_of(data, modality).uns.get(keys.PIPELINE, "[]"))


def refuse_whole_cohort(data: Cohort, modality: str | None, where: str) -> None:
    """Refuse a modality with a transform that no training fold can repeat, because it learned from everyone at once."""
    done = modality_of(data, modality).uns.get(keys.WHOLE_COHORT)
    if done is not None:
        raise InputError(
            where,
            f"{modality or 'the matrix'} was changed by {done} of all patients together, which cannot be learned from "
            "some and applied to others; start from the data as they came, with rg.pp.combat(method='combat')",
        )


def dense(matrix: Any) -> FloatArray:
    """A matrix of a container (dense or sparse) as a new dense float array."""
    return np.array(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=np.float64)


def spread_uns(data: Cohort, modality: str | None) -> dict[str, Any]:
    """Where results of one modality are stored: ``mod[m].uns`` (or ``uns`` of the AnnData)."""
    uns: dict[str, Any] = modality_of(data, modality).uns
    return uns
