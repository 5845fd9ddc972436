"""ICCFilter: the features that repeat between readers, readings or scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.icc import FORMS, ICC, icc
from radiogenomics.ml._matrix import feature_names, matrix_of, one_of, share_of
from radiogenomics.ml._readings import unpacked_readings

RULES = ("value", "lower")
#: Patients below which an interval is too wide to tell repeatable features from others.
FEWEST = 3


class ICCFilter(SelectorMixin, BaseEstimator):
    """Keep features whose intraclass correlation over repeated readings reaches a threshold in every design.

    Parameters
    ----------
    designs
        By name (``{"inter": ..., "intra": ...}``), the readings of the same patients: a sequence of k tables
        (patients, features), one per reading, or an array (k, n, p). A reading is whatever was repeated: another
        reader's masks, a reader's second reading, a second scan, a perturbed mask. Tables are matched by patient
        (index; patients who are not in all k are left out and counted) and by feature name, and may hold more features
        than the matrix that is filtered; arrays need the same patients and that matrix's features, in its order. A
        recorded pipeline holds them as text; a feature that the text lacks goes.
    threshold
        Least ICC in [0, 1] of a feature that stays; one that equals it stays.
    form
        ``"icc1"``, ``"icc2"`` or ``"icc3"``, of the mean of the readings with ``k`` behind it (see
        :class:`radiogenomics.core.ICC`); one for all designs, or one by name of each.
    rule
        ``"value"``: the estimate must reach the threshold; ``"lower"``: the lower bound of its interval.
    confidence
        Level of the interval.
    cohort
        Patients of the cohort that is filtered. Of these, only readings of patients the filter is fitted on are used,
        so that a training fold learns nothing from the others; readings of patients who are not named here (those of a
        study of its own) are always used.

    Attributes
    ----------
    results_
        By name of the design, :class:`radiogenomics.core.ICC` of all features.
    n_unmatched_
        By name of the design, patients that are in some of its tables but not in all.
    n_set_apart_
        By name of the design, patients of ``cohort`` whose readings were not used.

    Notes
    -----
    The designs never see an outcome, and need not be of the patients the filter is fitted on. A feature whose ICC
    cannot be told (fewer than 3 patients with all readings, one value for everyone) goes. Missing and infinite
    values pass ``transform`` as they are; an infinite reading counts as missing.
    """

    def __init__(
        self,
        designs: Mapping[str, Any] | str | None = None,
        *,
        threshold: float = 0.75,
        form: str | Mapping[str, str] = "icc2",
        rule: str = "value",
        confidence: float = 0.95,
        cohort: Sequence[str] | None = None,
    ) -> None:
        self.designs = designs
        self.threshold = threshold
        self.form = form
        self.rule = rule
        self.confidence = confidence
        self.cohort = cohort

    def fit(
        self, X: Any, y: Any = None, *, patients: Sequence[str] | None = None, features: Sequence[str] | None = None
    ) -> Self:
        """Decide which features of ``X`` (n_patients, n_features) repeat; only their names and number are used.

        ``patients`` and ``features`` name the rows and columns of ``X`` where it is no DataFrame.
        """
        threshold, designs = share_of(self, "threshold"), self._designs()
        forms = self._forms(list(designs))
        one_of(self, "rule", RULES)
        matrix_of(self, X, reset=True, infinite=True)
        apart = self._apart(X, patients)
        self.features_ = feature_names(self, self.n_features_in_) if features is None else [str(f) for f in features]
        self.results_: dict[str, ICC] = {}
        self.n_unmatched_: dict[str, int] = {}
        self.n_set_apart_: dict[str, int] = {}
        passed = np.ones(self.n_features_in_, dtype=bool)
        for name, readings in designs.items():
            stack = self._stack(name, readings, apart, named=features is not None)
            found = icc(stack, confidence=self.confidence)
            self.results_[name] = found
            judged = getattr(getattr(found, forms[name]), self.rule)
            passed &= (judged >= threshold) & (found.n_patients >= FEWEST)
        if not passed.any():
            best = {name: _best(getattr(found, forms[name]), self.rule) for name, found in self.results_.items()}
            told = ", ".join(f"{name}: highest {forms[name]} {value:.3g}" for name, value in best.items())
            raise DegenerateInputError(
                "ICCFilter",
                f"no feature of {len(passed)} reaches {threshold:g} in every design by its {self.rule} ({told}); "
                "lower the threshold, or see whether patients are in the same order in all readings",
            )
        self.support_: BoolArray = passed
        return self

    def transform(self, X: Any) -> FloatArray:
        """The features that stay: (n_patients, n_kept)."""
        check_is_fitted(self)
        return matrix_of(self, X, reset=False, infinite=True)[:, self.support_]

    def report(self) -> pd.DataFrame:
        """A row per design and feature.

        Columns: ``design``, ``feature``, ``form``, ``icc``, ``lower``, ``upper``, ``f``, ``p_value``, ``n_patients``,
        ``n_dropped``, ``n_readings`` and ``kept`` (in every design).
        """
        check_is_fitted(self)
        forms = self._forms(list(self.results_))
        tables = []
        for name, found in self.results_.items():
            one = getattr(found, forms[name])
            columns = {
                "design": name, "feature": self.features_, "form": forms[name],
                "icc": one.value, "lower": one.lower, "upper": one.upper, "f": one.statistic, "p_value": one.p_value,
                "n_patients": found.n_patients, "n_dropped": found.n_dropped + self.n_unmatched_[name],
                "n_readings": found.n_readings, "kept": self.support_,
            }  # fmt: skip
            tables.append(pd.DataFrame(columns))
        return pd.concat(tables, ignore_index=True)

    def recorded_features(self) -> list[str]:
        """Columns that recorded readings have: the features of the matrix as it came, in its order."""
        return list(next(iter(self._designs().values()))[0].columns)

    def _designs(self) -> Mapping[str, Any]:
        designs = unpacked_readings(self.designs) if isinstance(self.designs, str) else self.designs
        if not isinstance(designs, Mapping) or not designs:
            expected = "repeated readings by name, such as {'inter': [reader_1, reader_2]}"
            raise InputError("ICCFilter", Fault(repr(self.designs)[:60], expected, column="designs"))
        return designs

    def _apart(self, x: Any, patients: Sequence[str] | None) -> set[str]:
        """Patients of the cohort whom the filter is not fitted on."""
        if self.cohort is None:
            return set()
        known = getattr(x, "index", None) if patients is None else patients
        if known is None:
            raise InputError("ICCFilter", "with cohort, fit needs the patients of the rows: a DataFrame, or patients=")
        return set(map(str, self.cohort)) - set(map(str, known))

    def _forms(self, designs: list[str]) -> dict[str, str]:
        faults = []
        by_name = dict(self.form) if isinstance(self.form, Mapping) else dict.fromkeys(designs, self.form)
        if set(by_name) != set(designs):
            faults.append(Fault(f"forms of {sorted(by_name)}", f"one of each of {sorted(designs)}", column="form"))
        faults += [
            Fault(repr(value), f"one of {', '.join(FORMS)}", column="form")
            for value in dict.fromkeys(by_name.values())
            if value not in FORMS
        ]
        if faults:
            raise InputError("ICCFilter", faults)
        return by_name

    def _stack(self, name: str, readings: Any, apart: set[str], *, named: bool) -> FloatArray:
        """Readings of one design as (p, n, k); counts who lacks one of the tables, and who was set apart."""
        where = f"ICCFilter, design {name}"
        tables = list(readings)
        if len(tables) < 2:
            raise InputError(where, Fault(f"{len(tables)} reading", "two or more of the same patients"))
        framed = [isinstance(table, pd.DataFrame) for table in tables]
        if any(framed) and not all(framed):
            raise InputError(where, Fault("tables and arrays", "all of one kind"))
        self.n_unmatched_[name] = self.n_set_apart_[name] = 0
        if all(framed):
            every = len({str(p) for table in tables for p in table.index})
            tables = [table[[str(p) not in apart for p in table.index]] for table in tables] if apart else tables
            self.n_set_apart_[name] = every - len({str(p) for table in tables for p in table.index})
            matched, self.n_unmatched_[name] = self._matched(where, tables, named)
            arrays = [table.to_numpy(dtype=float) for table in matched]
        else:
            if apart:
                raise InputError(where, Fault("arrays beside cohort", "tables, whose rows are named"))
            arrays = [np.asarray(table, dtype=float) for table in tables]
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1 or arrays[0].ndim != 2 or arrays[0].shape[1] != self.n_features_in_:
            found = " and ".join(map(str, sorted(shapes)))
            raise InputError(where, Fault(f"readings of shape {found}", f"all (n_patients, {self.n_features_in_})"))
        stack = np.stack(arrays, axis=2).transpose(1, 0, 2)
        if stack.shape[1] < FEWEST:
            without = f", {self.n_set_apart_[name]} others being set apart" if self.n_set_apart_[name] else ""
            raise DegenerateInputError(
                where, Fault(f"{stack.shape[1]} patient(s) with all readings{without}", f"{FEWEST} or more")
            )
        return np.where(np.isinf(stack), np.nan, stack)

    def _matched(self, where: str, tables: list[pd.DataFrame], named: bool) -> tuple[list[pd.DataFrame], int]:
        known = self.features_ if named or hasattr(self, "feature_names_in_") else tables[0].columns
        wanted, faults = list(known), []
        if isinstance(self.designs, str):
            tables = [table.reindex(columns=wanted) for table in tables]
        for at, table in enumerate(tables, start=1):
            lacking = [str(column) for column in wanted if column not in table.columns]
            if lacking:
                shown = ", ".join(lacking[:5]) + (" ..." if len(lacking) > 5 else "")
                faults.append(Fault(f"reading {at} lacks {len(lacking)} feature(s): {shown}", "every feature"))
            twice = table.index[table.index.duplicated()].unique()
            if len(twice):
                shown = ", ".join(map(str, twice[:5]))
                faults.append(Fault(f"reading {at} has patients twice: {shown}", "a row per patient (the index)"))
        if faults:
            raise InputError(where, faults)
        shared, every = tables[0].index, tables[0].index
        for table in tables[1:]:
            shared, every = shared.intersection(table.index, sort=False), every.union(table.index, sort=False)
        return [table.loc[shared, wanted] for table in tables], len(every) - len(shared)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _best(form: Any, rule: str) -> float:
    judged = np.asarray(getattr(form, rule))
    known = judged[~np.isnan(judged)]
    return float(known.max()) if len(known) else float("nan")
