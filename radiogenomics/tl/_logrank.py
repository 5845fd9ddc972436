"""Log-rank tests of patient groups: weighted, within strata, and for a trend over ordered groups."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import column_of
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray
from radiogenomics.core.logrank import LogrankTest, Weighting, weighting_faults
from radiogenomics.tl._follow_up import FollowUp
from radiogenomics.tl._variables import Variable, variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class LogRank:
    """How groups are tested against each other, whatever the patients.

    Attributes
    ----------
    weighting, rho, gamma
        As in :func:`radiogenomics.core.logrank`.
    strata
        Column within whose levels groups are compared; ``None`` for none.
    scores
        Score of each group for the test for a trend; ``None`` for no such test.
    """

    weighting: Weighting | None = None
    rho: float | None = None
    gamma: float | None = None
    strata: Variable | None = None
    scores: Mapping[str, float] | None = None

    def compare(
        self, survival: FollowUp, rows: BoolArray, labels: Any, *, stratified: bool = True, trend: bool = False
    ) -> LogrankTest:
        """The test of those patients; ``labels`` are theirs."""
        layers = self.strata.values[rows].to_numpy(dtype=str) if self.strata is not None and stratified else None
        return core.logrank(
            survival.time[rows], survival.event[rows], labels, entry=survival.entries(rows), strata=layers,
            weighting=self.weighting, rho=self.rho, gamma=self.gamma, trend=trend,
        )  # fmt: skip

    def overall(self, survival: FollowUp, groups: pd.Series, rows: BoolArray, split: str) -> dict[str, Any]:
        """Test of all groups in one part of the split; NaN, with a warning, where it has one group or no event."""
        labels = groups[rows].to_numpy(dtype=str)
        found = self._tested(survival, rows, labels, f"log-rank test{_of(split)}")
        if self.strata is not None:
            ignored = self._tested(survival, rows, labels, None, stratified=False)
            found |= {f"{name}_unstratified": ignored[name] for name in ("statistic", "p_value")}
        return found

    def trend(self, survival: FollowUp, groups: pd.Series, rows: BoolArray, split: str) -> dict[str, Any]:
        """Test for a trend in one part of the split: ``z`` is above 0 where higher scores have earlier events."""
        assert self.scores is not None
        score = groups[rows].map(self.scores).to_numpy(dtype=float)
        found = self._tested(survival, rows, score, f"test for a trend{_of(split)}", trend=True)
        return {name: found[name] for name in ("z", "statistic", "df", "p_value")}

    def _tested(
        self, survival: FollowUp, rows: BoolArray, labels: Any, called: str | None, *, stratified: bool = True,
        trend: bool = False,
    ) -> dict[str, float]:  # fmt: skip
        try:
            test = self.compare(survival, rows, labels, stratified=stratified, trend=trend)
        except DegenerateInputError as error:
            if called is not None:
                warnings.warn(f"no {called}: {error}", RadiogenomicsWarning, stacklevel=4)
            return dict.fromkeys(("statistic", "df", "p_value", "z"), np.nan)
        found = {"statistic": test.statistic, "df": float(test.df), "p_value": test.p_value}
        if trend:
            towards = float(np.asarray(test.groups, dtype=float) @ (test.observed - test.expected))
            found["z"] = float(np.copysign(np.sqrt(test.statistic), towards))
        return found


def _of(split: str) -> str:
    return "" if split == "all" else f" of the {split} patients"


def log_rank_of(
    data: Cohort,
    groupby: str,
    names: list[str],
    *,
    weighting: Weighting | None,
    rho: float | None,
    gamma: float | None,
    strata: str | None,
    trend: bool | Mapping[str, float],
) -> LogRank:
    """The tests as they were asked for.

    Raises
    ------
    UnknownNameError
        `strata` is not in ``data.obs``.
    InputError
        The weighting does not exist or has the exponents of another, the strata are the groups, or the groups have no
        scores.
    """
    faults = weighting_faults(weighting, rho, gamma)
    if strata == groupby:
        faults.append(Fault(repr(strata), "another column than the groups", column="strata"))
    if faults:
        raise InputError("kaplan_meier", faults)
    layer = None if strata is None else variable(data, strata, categorical=True)
    return LogRank(weighting, rho, gamma, layer, _scores(data, groupby, names, trend))


def _scores(data: Cohort, groupby: str, names: list[str], trend: bool | Mapping[str, float]) -> dict[str, float] | None:
    """Score of each group; an order that was not declared is not guessed."""
    if trend is False:
        return None
    if trend is True:
        column = column_of(data, groupby)
        if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
            return {name: float(k) for k, name in enumerate(names)}
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            return {name: float(name) for name in names}
        example = ", ".join(f"{name!r}: {k}" for k, name in enumerate(names[:3]))
        hint = f"Give each group its score, such as trend={{{example}}}; the order of their names means nothing."
        raise InputError("trend", Fault(f"groups of {groupby!r} without an order", "ordered groups", hint=hint))
    given = {str(name): score for name, score in trend.items()}
    faults = [Fault(f"no score of group {name!r}", "a number for every group") for name in names if name not in given]
    faults += [Fault(f"group {name!r}", f"one of {names}") for name in given if name not in names]
    faults += [
        Fault(f"{score!r} for {name!r}", "a finite number")
        for name, score in given.items()
        if isinstance(score, bool) or not isinstance(score, int | float | np.number) or not np.isfinite(score)
    ]
    if not faults and len(set(given.values())) < 2:
        faults.append(Fault("one score for all groups", "at least two different ones"))
    if faults:
        raise InputError("trend", faults)
    return {name: float(given[name]) for name in names}
