"""Net benefit of treating those whose predicted risk reaches a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.hosmer_lemeshow import check_probabilities
from radiogenomics.core.weighted_survival import weighted_survival


@dataclass(frozen=True)
class NetBenefit:
    """Net benefit under each of B rows of weights at each of m thresholds.

    Attributes
    ----------
    prevalence
        (B,) share with the event (by the horizon).
    treated, true_positive, false_positive
        (B, m) shares of all patients whose risk reaches the threshold, and of those with and without the event.
    """

    thresholds: FloatArray
    prevalence: FloatArray
    treated: FloatArray
    true_positive: FloatArray
    false_positive: FloatArray

    @property
    def odds(self) -> FloatArray:
        """(m,) what a needless treatment costs, where one that is needed counts 1."""
        return self.thresholds / (1.0 - self.thresholds)

    @property
    def model(self) -> FloatArray:
        """(B, m) net benefit: true positives less the false ones times their cost, per patient."""
        return np.asarray(self.true_positive - self.false_positive * self.odds)

    @property
    def treat_all(self) -> FloatArray:
        """(B, m) net benefit of treating everyone; that of treating nobody is 0."""
        return np.asarray(self.prevalence[:, None] - (1.0 - self.prevalence[:, None]) * self.odds)

    @property
    def standardised(self) -> FloatArray:
        """(B, m) net benefit as a share of the highest there can be, the prevalence."""
        rate = np.where(self.prevalence > 0, self.prevalence, np.nan)
        return np.asarray(self.model / rate[:, None])

    @property
    def reduction(self) -> FloatArray:
        """(B, m) treatments avoided per 100 patients, none of them needed, compared with treating everyone."""
        return np.asarray(100.0 * (self.model - self.treat_all) / self.odds)

    @property
    def gain(self) -> FloatArray:
        """(B, m) net benefit above the better of treating everyone and nobody."""
        return np.asarray(self.model - np.maximum(self.treat_all, 0.0))


def check_thresholds(where: str, thresholds: ArrayLike) -> FloatArray:
    """Increasing probabilities between 0 and 1, both excluded."""
    try:
        values = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.empty(0)
    inside = values.ndim == 1 and len(values) > 0 and bool(((values > 0) & (values < 1)).all())
    if not inside or not (np.diff(values) > 0).all():
        raise InputError(
            where, Fault(repr(thresholds), "increasing probabilities above 0 and below 1", column="thresholds")
        )
    return values


def net_benefit(
    y: ArrayLike, probability: ArrayLike, thresholds: ArrayLike, *, weights: ArrayLike | None = None
) -> NetBenefit:
    """Decision curve of a binary outcome :cite:p:`Vickers2006`.

    Parameters
    ----------
    y
        (n,) 1 for the event, 0 without.
    probability
        (n,) predicted probability of the event, in [0, 1]; a patient is treated where it is the threshold or more.
    thresholds
        (m,) increasing, above 0 and below 1.
    weights
        (B, n) weights of the patients, one row per bootstrap sample; by default one row of ones.

    Returns
    -------
    NetBenefit

    Raises
    ------
    InputError
        Values are at fault.
    """
    where = "net_benefit"
    at = check_thresholds(where, thresholds)
    classes, p = check_probabilities(where, y, probability)
    share = _shares(weights, len(p))
    treated = (p[:, None] >= at).astype(np.float64)
    true = share @ (treated * classes[:, None])
    all_treated = share @ treated
    return NetBenefit(at, share @ classes, all_treated, true, all_treated - true)


def survival_net_benefit(
    time: ArrayLike,
    event: ArrayLike,
    probability: ArrayLike,
    horizon: float,
    thresholds: ArrayLike,
    *,
    weights: ArrayLike | None = None,
) -> NetBenefit:
    """Decision curve of having the event by a horizon, with censored patients :cite:p:`Vickers2008`.

    The share of events among the treated is one minus the Kaplan-Meier survival of the treated at the horizon.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    probability
        (n,) predicted probability of the event by `horizon`, in [0, 1].
    horizon
        Time in the unit of `time`.
    thresholds, weights
        As in :func:`net_benefit`.

    Returns
    -------
    NetBenefit
        NaN at a threshold none of whose treated patients is followed until the horizon.

    Raises
    ------
    InputError
        Values are at fault.
    """
    where = "survival_net_benefit"
    at = check_thresholds(where, thresholds)
    outcome = check_outcome(where, time, event, need_events=False)
    _, p = check_probabilities(where, outcome.event, probability)
    if not 0 < horizon < np.inf:
        raise InputError(where, Fault(repr(horizon), "a time above 0", column="horizon"))
    share = _shares(weights, len(p))
    treated = np.empty((len(share), len(at)))
    true = np.empty_like(treated)
    # Thresholds between two neighbouring predictions treat the same patients.
    among, first, again = np.unique((p[:, None] >= at).sum(axis=0), return_index=True, return_inverse=True)
    for k, n_treated in zip(first, among, strict=True):
        same = again == again[k]
        inside = p >= at[k]
        size = share[:, inside].sum(axis=1)
        treated[:, same] = size[:, None]
        failing = np.zeros(len(share))
        if n_treated:
            survival = weighted_survival(outcome.time[inside], outcome.event[inside], share[:, inside], horizon)
            failing = np.where(size > 0, (1.0 - survival) * size, 0.0)
        true[:, same] = failing[:, None]
    prevalence = 1.0 - weighted_survival(outcome.time, outcome.event, share, horizon)
    return NetBenefit(at, prevalence, treated, true, treated - true)


def _shares(weights: ArrayLike | None, n: int) -> FloatArray:
    """(B, n) weights that add up to 1 in each row."""
    sample = np.ones((1, n)) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.asarray(sample / sample.sum(axis=1, keepdims=True))
