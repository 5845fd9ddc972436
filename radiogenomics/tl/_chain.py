"""The chain before a model, fitted on some patients and applied to others: transforms, one-hot, imputation, selectors.

Everything that learns is here, so that a model is judged by fitting the chain again in every training fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._random import spawn_seeds
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.ml._pipeline import RecordedPipeline, build_pipeline
from radiogenomics.tl._feature_sets import FeatureSet, Modality
from radiogenomics.tl._selectors import Select, selector_of
from radiogenomics.tl._target import Target
from radiogenomics.tl._variables import Variable

IMPUTE = (None, "median")
CLINICAL = "clinical"


@dataclass(frozen=True)
class Column:
    """A feature as a model sees it.

    Attributes
    ----------
    name
        Unique: the feature's own name, ``modality:name`` where two modalities share it, ``column=level`` of categories.
    source
        Modality, or ``"clinical"``.
    feature
        Feature of the modality, or column of ``data.obs``.
    level
        Of categories, else empty.
    """

    name: str
    source: str
    feature: str
    level: str = ""


@dataclass(frozen=True)
class FittedChain:
    """The chain as its training patients taught it.

    Attributes
    ----------
    x
        (n_training, k) features that are left, of the training patients in the order of the rows given.
    columns
        (k,) what they are; none where a selector let nothing through.
    steps
        Name of each step (``"measured"``, ``"varying"``, then those of ``select``) -> features left after it.
    selectors
        Fitted selectors by name; those after one that let nothing through are not there.
    """

    x: FloatArray
    columns: tuple[Column, ...]
    steps: dict[str, int]
    selectors: dict[str, BaseEstimator]
    _blocks: tuple[_Block, ...]
    _fill: FloatArray
    _keep: IntArray

    @property
    def names(self) -> list[str]:
        """Names of the features that are left."""
        return [column.name for column in self.columns]

    @property
    def empty(self) -> bool:
        """Whether nothing is left, so that only a null model can follow."""
        return not self.columns

    def place(self, number: int, column: Column) -> int:
        """Where a feature stands in what the pipeline of modality ``number`` gives."""
        block = self._blocks[number]
        assert block.taken is not None
        return int(np.flatnonzero(block.taken)[block.columns.index(column)])

    def transform(self, features: FeatureSet, rows: IntArray, at: IntArray | None = None) -> FloatArray:
        """(len(rows), k) features of other patients, of this cohort or of another (a set of the same items).

        ``at``: which of the columns, by position; the others may then be missing.
        """
        wanted = np.arange(len(self.columns)) if at is None else at
        if not len(wanted):
            return np.empty((len(rows), 0))
        keep = self._keep[wanted]
        x = _joined(self._blocks, features, rows)[:, keep]
        x = np.where(np.isnan(x), self._fill[keep], x)
        _refuse_missing(x, [self.columns[j].name for j in wanted], "patients to be predicted")
        return x


@dataclass(frozen=True)
class _Block:
    """Part of the matrix that one modality, or all clinical columns, gives."""

    columns: tuple[Column, ...]
    pipeline: RecordedPipeline | None
    taken: BoolArray | None

    def values(self, features: FeatureSet, rows: IntArray, number: int) -> FloatArray:
        if self.pipeline is None:
            return _encoded(features.clinical, self.columns, rows)
        modality = features.modalities[number]
        return _transformed(self.pipeline, modality, rows)[:, self.taken]


def pipeline_values(chain: FittedChain, number: int, modality: Modality, values: FloatArray) -> FloatArray:
    """Made-up rows of a modality through its fitted transforms, none of which reads columns of patients."""
    pipeline = chain._blocks[number].pipeline
    assert pipeline is not None
    given: FloatArray | pd.DataFrame = values
    if "ICCFilter" in modality.pipeline:
        given = pd.DataFrame(values, columns=list(modality.features))
    return np.asarray(pipeline.transform(given), dtype=float)


def fit_chain(
    features: FeatureSet, select: Select, target: Target, rows: IntArray, *, impute: str | None = None, seed: int = 0
) -> FittedChain:
    """Fit transforms, encoding, imputation and selectors on the patients in ``rows``, and on no others.

    Parameters
    ----------
    features
        What to learn from.
    select
        Selectors as :func:`radiogenomics.tl._selectors.checked_select` returns them.
    rows
        Positions of the training patients in the cohort.
    impute
        ``"median"``: values missing after the recorded transforms become the training patients' median (of categories:
        the most frequent one); ``None``: they are refused.
    seed
        Of selectors that draw random numbers.

    Raises
    ------
    InputError
        Missing values without `impute`, with the features named.
    DegenerateInputError
        If no feature varies among the training patients.

    Warns
    -----
    RadiogenomicsWarning
        By a selector that lets nothing through; those that fit many folds silence it around their loop.
    """
    if impute not in IMPUTE:
        raise InputError("impute", Fault(repr(impute), "'median' or None"))
    blocks = _with_unique_names([_fit_modality(m, rows) for m in features.modalities])
    if features.clinical:
        blocks.append(_fit_clinical(features.clinical, rows))
    columns = [column for block in blocks for column in block.columns]
    x = _joined(blocks, features, rows)
    x, fill = _filled(x, columns, impute)
    keep = np.flatnonzero(np.ptp(x, axis=0) > 0) if len(x) else np.array([], dtype=np.int64)
    if not keep.size:
        found = f"none of {len(columns)} features varies among {len(rows)} training patients"
        raise DegenerateInputError("features", found)
    steps = {"measured": len(columns), "varying": len(keep)}
    x = x[:, keep]
    y = target.y(rows)
    selectors: dict[str, BaseEstimator] = {}
    for (name, settings), own in zip(select, spawn_seeds(seed, len(select)), strict=True):
        if not keep.size:
            steps[name] = 0
            continue
        selector: Any = selector_of(name, settings, target, own).fit(x, y)
        kept = np.flatnonzero(selector.get_support())
        selectors[name], keep, x, steps[name] = selector, keep[kept], x[:, kept], len(kept)
    return FittedChain(x, tuple(columns[j] for j in keep), steps, selectors, tuple(blocks), fill, keep)


def _fit_modality(modality: Modality, rows: IntArray) -> _Block:
    pipeline = build_pipeline(modality.pipeline)
    pipeline.fit(_given(modality, rows), obs=modality.obs.iloc[rows])
    all_names = np.array(modality.features, dtype=object)
    out = (
        all_names if modality.pipeline == "[]" else np.asarray(pipeline.get_feature_names_out(all_names), dtype=object)
    )
    wanted = set(all_names[modality.wanted])
    taken = np.array([name in wanted for name in out], dtype=bool)
    if not taken.any():
        raise DegenerateInputError("features", f"no feature of {modality.name!r} is left by its recorded transforms")
    columns = tuple(Column(str(name), modality.name, str(name)) for name in out[taken])
    return _Block(columns, pipeline, taken)


def _with_unique_names(blocks: list[_Block]) -> list[_Block]:
    """Features that several modalities share take the modality's name in front."""
    seen: dict[str, int] = {}
    for block in blocks:
        for column in block.columns:
            seen[column.name] = seen.get(column.name, 0) + 1
    if all(count == 1 for count in seen.values()):
        return blocks
    return [
        _Block(
            tuple(
                c if seen[c.name] == 1 else Column(f"{c.source.partition('@')[0]}:{c.name}", c.source, c.feature)
                for c in block.columns
            ),
            block.pipeline,
            block.taken,
        )
        for block in blocks
    ]


def _fit_clinical(variables: Sequence[Variable], rows: IntArray) -> _Block:
    columns: list[Column] = []
    for variable in variables:
        if variable.levels is None:
            columns.append(Column(variable.name, CLINICAL, variable.name))
            continue
        values = variable.values.iloc[rows]
        present = [level for level in variable.levels if (values == level).any()]
        # As in regression tables: the first level of a declared order stands for it, else the most frequent.
        counts = values.value_counts()
        first = present[0] if variable.declared else max(present, key=lambda level: int(counts[level]))
        columns += [
            Column(f"{variable.name}={level}", CLINICAL, variable.name, level) for level in present if level != first
        ]
    return _Block(tuple(columns), None, None)


def _encoded(variables: Sequence[Variable], columns: Sequence[Column], rows: IntArray) -> FloatArray:
    """Numbers, and 0/1 columns of levels; NaN where unknown, 0 for a level without a training patient."""
    by_name = {v.name: v for v in variables}
    out = np.empty((len(rows), len(columns)))
    for j, column in enumerate(columns):
        values = by_name[column.feature].values.iloc[rows]
        if column.level:
            out[:, j] = np.where(values.isna(), np.nan, (values == column.level).astype(float))
        else:
            out[:, j] = values.to_numpy(dtype=float)
    return out


def _transformed(pipeline: RecordedPipeline, modality: Modality, rows: IntArray) -> FloatArray:
    return np.asarray(pipeline.transform(_given(modality, rows), obs=modality.obs.iloc[rows]), dtype=float)


def _given(modality: Modality, rows: IntArray) -> FloatArray | pd.DataFrame:
    """Values of those patients; as a frame, which is checked column by column, only where a step matches patients."""
    values = modality.values[rows]
    if "ICCFilter" not in modality.pipeline:
        return values
    return pd.DataFrame(values, index=modality.obs.index[rows], columns=list(modality.features))


def _joined(blocks: Sequence[_Block], features: FeatureSet, rows: IntArray) -> FloatArray:
    return np.hstack([block.values(features, rows, number) for number, block in enumerate(blocks)])


def _filled(x: FloatArray, columns: Sequence[Column], impute: str | None) -> tuple[FloatArray, FloatArray]:
    """The training matrix without gaps, and what fills those of others (NaN: nothing may)."""
    infinite: BoolArray = np.asarray(np.isinf(x).any(axis=0), dtype=bool)
    if infinite.any():
        names = [c.name for c, bad in zip(columns, infinite, strict=True) if bad]
        hint = "Clean the features first (rg.pp.clean_features turns infinite into missing)."
        raise InputError("features", Fault(f"infinite values in {_shown(names)}", "finite values", hint=hint))
    if impute is None:
        _refuse_missing(x, [c.name for c in columns], "training patients")
        return x, np.full(x.shape[1], np.nan)
    some: BoolArray = np.asarray(~np.isnan(x).all(axis=0), dtype=bool)
    fill = np.zeros(x.shape[1])  # a feature without any value becomes constant, and goes
    fill[some] = np.nanmedian(x[:, some], axis=0)
    for feature in dict.fromkeys(c.feature for c in columns if c.level):
        at = [j for j, c in enumerate(columns) if c.level and c.feature == feature]
        share = np.nan_to_num(np.nanmean(x[:, at], axis=0)) if some[at].all() else np.zeros(len(at))
        fill[at] = 0.0  # the reference level
        if share.max() > 1.0 - share.sum():
            fill[at[int(share.argmax())]] = 1.0
    return np.where(np.isnan(x), fill, x), fill


def _refuse_missing(x: FloatArray, names: Sequence[str], whose: str) -> None:
    missing = np.isnan(x)
    if not missing.any():
        return
    at = missing.any(axis=0)
    found = f"{int(missing.any(axis=1).sum())} of {len(x)} {whose} with missing values in {_shown(np.array(names)[at])}"
    hint = "Give impute='median' (fitted in each training fold), or run rg.pp.clean_features and rg.pp.impute first."
    raise InputError("features", Fault(found, "a value of every feature", hint=hint))


def _shown(names: Any, most: int = 5) -> str:
    shown = ", ".join(repr(str(n)) for n in list(names)[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
