"""Hosmer and Lemeshow's test: observed against expected numbers in groups of predicted probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._survival_input import as_vector, positions


@dataclass(frozen=True)
class HosmerLemeshow:
    """The test and its groups, from low to high probability.

    Attributes
    ----------
    df
        Degrees of freedom: groups, less 2 where the model was fitted to these patients.
    n, observed, expected
        (g,) patients of each group, those with the event, and the sum of their probabilities.
    """

    statistic: float
    df: int
    p_value: float
    n: IntArray
    observed: FloatArray
    expected: FloatArray

    @property
    def smallest_expected(self) -> float:
        """Smallest expected number of a cell, with and without the event; below 5 the p-value is rough."""
        return float(np.minimum(self.expected, self.n - self.expected).min())


def check_probabilities(where: str, y: ArrayLike, probability: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Classes and probabilities of one length, or every fault of them."""
    faults: list[Fault] = []
    p = as_vector("probability", probability, None, faults)
    classes = as_vector("y", y, None if p is None else len(p), faults)
    if p is not None and (wrong := ~((p >= 0) & (p <= 1))).any():
        found = f"values outside 0 to 1, or missing, at {positions(wrong)}"
        hint = "Scores and log odds are no probabilities; pass what predict_proba gives."
        faults.append(Fault(found, "probabilities", column="probability", hint=hint))
    if classes is not None and (other := ~((classes == 0) | (classes == 1))).any():
        faults.append(Fault(f"others at {positions(other)}", "0 or 1 (1: the event)", column="y"))
    if faults or p is None or classes is None:
        raise InputError(where, faults)
    if not len(p):
        raise DegenerateInputError(where, Fault("no patients", "at least one"))
    return classes, p


def quantile_groups(values: FloatArray, groups: int) -> IntArray:
    """Group of each patient, 0 first: cut at quantiles, equal values together, so that ties may leave fewer groups."""
    cuts = np.unique(np.quantile(values, np.linspace(0, 1, groups + 1)))
    codes = np.searchsorted(cuts[1:-1], values, side="left") if len(cuts) > 2 else np.zeros(len(values), dtype=np.int64)
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def hosmer_lemeshow(y: ArrayLike, probability: ArrayLike, *, groups: int = 10, fitted: bool = False) -> HosmerLemeshow:
    """Chi-squared test that events are as frequent as predicted in each group of patients :cite:p:`Hosmer1980`.

    Parameters
    ----------
    y
        (n,) 1 for the event, 0 without.
    probability
        (n,) predicted probability of the event, in [0, 1].
    groups
        Number of groups, cut at quantiles of the probability; equal probabilities stay together, so there may be fewer.
    fitted
        Whether the model was fitted to these very patients, which costs 2 degrees of freedom.

    Returns
    -------
    HosmerLemeshow

    Raises
    ------
    InputError
        Values are at fault, or `groups` is smaller than 3.
    DegenerateInputError
        Too few different probabilities for a test.
    """
    where = "hosmer_lemeshow"
    if isinstance(groups, bool) or not isinstance(groups, int | np.integer) or groups < 3:
        raise InputError(where, Fault(repr(groups), "a whole number of at least 3", column="groups"))
    classes, p = check_probabilities(where, y, probability)
    codes = quantile_groups(p, int(groups))
    n = np.bincount(codes)
    df = len(n) - 2 if fitted else len(n)
    if df < 1 or len(n) < 2:
        found = f"{len(np.unique(p))} different probabilities, {len(n)} group(s)"
        hint = "The calibration intercept needs no groups."
        raise DegenerateInputError(where, Fault(found, f"at least {3 if fitted else 2} groups", hint=hint))
    observed = np.bincount(codes, weights=classes).astype(np.float64)
    expected = np.bincount(codes, weights=p).astype(np.float64)
    statistic = float((_cells(observed, expected) + _cells(n - observed, n - expected)).sum())
    return HosmerLemeshow(statistic, df, float(chdtrc(df, statistic)), n.astype(np.int64), observed, expected)


def _cells(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Squared differences over what is expected; infinite where something was seen that could not be."""
    impossible: BoolArray = (expected <= 0) & (observed > 0)
    share = (observed - expected) ** 2 / np.where(expected > 0, expected, 1.0)
    return np.where(impossible, np.inf, np.where(expected > 0, share, 0.0))
