"""Planning: events for a log-rank or Cox comparison, and patients for a prediction model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr, ndtri

from radiogenomics._errors import Fault, InputError


@dataclass(frozen=True)
class CoxPower:
    """A planned comparison; ``n`` is NaN unless the share of patients with an event is known."""

    hazard_ratio: float
    events: float
    power: float
    n: float


def cox_power(
    *,
    hazard_ratio: float | None = None,
    events: float | None = None,
    power: float | None = None,
    share: float | None = None,
    spread: float | None = None,
    r_squared: float = 0.0,
    event_share: float | None = None,
    alpha: float = 0.05,
    alternative: Literal["two-sided", "one-sided"] = "two-sided",
) -> CoxPower:
    """Hazard ratio, events and power of a log-rank test or a Cox coefficient: two given, the third computed.

    Parameters
    ----------
    hazard_ratio
        Between two groups, or per unit of a numeric variable; when computed, the smallest above 1 that is found with
        that power (its inverse is found equally well).
    events
        Number of events.
    power
        Chance to find the difference, between `alpha` and 1.
    share
        Of patients in one of two groups (0.5 by default) :cite:p:`Schoenfeld1983`.
    spread
        Standard deviation of a numeric variable, in place of `share` :cite:p:`Hsieh2000`.
    r_squared
        Share of the variable's variance that the other variables of the model explain, in [0, 1).
    event_share
        Share of patients expected to have the event during the study: gives ``n``.
    alpha
        Level of the test.
    alternative
        Whether `alpha` is spent on both sides.

    Returns
    -------
    CoxPower
        ``events`` and ``n`` are not rounded when computed; round them up.

    Raises
    ------
    InputError
        Not exactly two of the three are given, or a value is out of range.
    """
    _check_power(hazard_ratio, events, power, share, spread, r_squared, event_share, alpha, alternative)
    variance = spread**2 if spread is not None else (0.5 if share is None else share) * (1 - (share or 0.5))
    variance *= 1.0 - r_squared
    reach = -float(ndtri(alpha / (2 if alternative == "two-sided" else 1)))
    if events is None:
        assert hazard_ratio is not None
        assert power is not None
        events = (reach + float(ndtri(power))) ** 2 / (variance * math.log(hazard_ratio) ** 2)
    elif power is None:
        assert hazard_ratio is not None
        # The chance to be significant in the wrong direction is not power.
        power = float(ndtr(math.sqrt(events * variance) * abs(math.log(hazard_ratio)) - reach))
    else:
        hazard_ratio = math.exp((reach + float(ndtri(power))) / math.sqrt(events * variance))
    assert hazard_ratio is not None
    return CoxPower(hazard_ratio, events, power, math.nan if event_share is None else events / event_share)


def _check_power(
    hazard_ratio: float | None, events: float | None, power: float | None, share: float | None, spread: float | None,
    r_squared: float, event_share: float | None, alpha: float, alternative: str,
) -> None:  # fmt: skip
    faults = []
    three = {"hazard_ratio": hazard_ratio, "events": events, "power": power}
    given = [name for name, value in three.items() if value is not None]
    if len(given) != 2:
        faults.append(Fault(" and ".join(given) or "none", f"two of {', '.join(three)}; the third is computed"))
    if share is not None and spread is not None:
        faults.append(Fault("share and spread", "share of two groups, or spread of a numeric variable"))
    if hazard_ratio is not None and not (0 < hazard_ratio < math.inf and hazard_ratio != 1):
        faults.append(Fault(str(hazard_ratio), "above 0 and not 1", column="hazard_ratio"))
    for name, value in (("events", events), ("spread", spread)):
        if value is not None and not 0 < value < math.inf:
            faults.append(Fault(str(value), "above 0", column=name))
    ranges = [("alpha", alpha, 0.0, 1.0), ("share", share, 0.0, 1.0), ("power", power, alpha, 1.0)]
    for name, value, low, high in ranges:
        if value is not None and not low < value < high:
            faults.append(Fault(str(value), f"between {low:g} and {high:g}", column=name))
    if not 0 <= r_squared < 1:
        faults.append(Fault(str(r_squared), "at least 0 and below 1", column="r_squared"))
    if event_share is not None and not 0 < event_share <= 1:
        faults.append(Fault(str(event_share), "above 0 and at most 1", column="event_share"))
    if alternative not in ("two-sided", "one-sided"):
        faults.append(Fault(repr(alternative), "'two-sided' or 'one-sided'", column="alternative"))
    if faults:
        raise InputError("cox_power", faults)


@dataclass(frozen=True)
class SampleSize:
    """Patients that a survival prediction model needs, by the criteria of Riley et al.

    Attributes
    ----------
    n
        The largest of the three.
    events, events_per_parameter
        Expected among that many.
    n_shrinkage
        For the expected shrinkage of the coefficients to be mild.
    n_optimism
        For the apparent and the adjusted share of explained variation (Nagelkerke) to differ by 0.05 at most.
    n_overall
        For the overall risk at the horizon to be known within 0.05 either way.
    r_squared, max_r_squared
        Cox-Snell's, expected and largest possible.
    """

    n: int
    events: float
    events_per_parameter: float
    n_shrinkage: int
    n_optimism: int
    n_overall: int
    n_parameters: int
    r_squared: float
    max_r_squared: float


# Far above any event rate times follow-up in one and the same unit of time; the largest R² is 1 from about 5 on.
_MOST_EVENTS_PER_PATIENT = 5.0


def _refuse_other_units(rate: float, mean_follow_up: float) -> None:
    """Refuse a rate per patient beside a follow-up in days, whose product is no number of events per patient."""
    if rate * mean_follow_up > _MOST_EVENTS_PER_PATIENT:
        raise InputError(
            "minimum_sample_size",
            Fault(
                f"rate {rate:g} x mean_follow_up {mean_follow_up:g} = {rate * mean_follow_up:g} events per patient",
                f"at most {_MOST_EVENTS_PER_PATIENT:g}",
                hint="The rate is per patient and unit of time, the unit of the follow-up: events divided by the "
                "summed follow-up of all patients",
            ),
        )


def minimum_sample_size(
    n_parameters: int,
    *,
    rate: float,
    mean_follow_up: float,
    horizon: float,
    r_squared: float | None = None,
    shrinkage: float = 0.9,
    margin: float = 0.05,
) -> SampleSize:
    """Smallest sample for developing a survival prediction model :cite:p:`Riley2019,Riley2020`.

    Parameters
    ----------
    n_parameters
        Coefficients considered, those that a selection drops among them.
    rate
        Events per patient and unit of time.
    mean_follow_up
        Of a patient, in that unit.
    horizon
        Time for which risks will be predicted, in that unit.
    r_squared
        Cox-Snell share of explained variation that is expected; by default 15 % of the largest possible, the authors'
        advice where nothing is known.
    shrinkage
        Expected factor by which the coefficients have to be shrunk, below 1.
    margin
        Largest error of the overall risk.

    Returns
    -------
    SampleSize
        Intermediate figures are rounded as R's pmsampsize rounds them, so that both say the same number.

    Raises
    ------
    InputError
        A value is out of range, rate and follow-up are in unlike units (more than 5 events per patient), or
        `r_squared` is above the largest possible.
    """
    faults = []
    if n_parameters < 1:
        faults.append(Fault(str(n_parameters), "at least 1", column="n_parameters"))
    for name, value in (("rate", rate), ("mean_follow_up", mean_follow_up), ("horizon", horizon)):
        if not 0 < value < math.inf:
            faults.append(Fault(str(value), "above 0", column=name))
    for name, value in (("shrinkage", shrinkage), ("margin", margin)):
        if not 0 < value < 1:
            faults.append(Fault(str(value), "between 0 and 1", column=name))
    if faults:
        raise InputError("minimum_sample_size", faults)
    _refuse_other_units(rate, mean_follow_up)
    events = math.ceil(round(10_000 * rate * mean_follow_up, 6))
    largest = round(1 - math.exp(2 * (events * math.log(events / 10_000) - events) / 10_000), 2)
    expected = 0.15 * largest if r_squared is None else r_squared
    if not 0 < expected < min(largest, shrinkage):
        raise InputError(
            "minimum_sample_size",
            Fault(f"{expected:g}", f"above 0 and below {min(largest, shrinkage):g}", column="r_squared",
                  hint=f"With {events / 10_000:g} events per patient Cox-Snell's R² cannot exceed {largest:g}."),
        )  # fmt: skip
    mild = _for_shrinkage(n_parameters, expected, shrinkage)
    small = _for_shrinkage(n_parameters, expected, round(expected / (expected + 0.05 * largest), 3))
    overall = _for_overall_risk(rate, mean_follow_up, horizon, margin)
    n = max(mild, small, overall)
    per_patient = rate * mean_follow_up
    return SampleSize(
        n, n * per_patient, n * per_patient / n_parameters, mild, small, overall, n_parameters, expected, largest
    )


def _for_shrinkage(n_parameters: int, r_squared: float, shrinkage: float) -> int:
    return math.ceil(n_parameters / ((shrinkage - 1) * math.log(1 - r_squared / shrinkage)))


def _for_overall_risk(rate: float, mean_follow_up: float, horizon: float, margin: float) -> int:
    """From the interval of a constant rate, whose upper bound moves the risk at the horizon most."""
    risk = 1 - math.exp(-rate * horizon)
    if risk + margin >= 1:
        return 1
    allowed = -math.log(1 - risk - margin) / horizon - rate
    return math.ceil(1.96**2 * rate / (mean_follow_up * allowed**2))


@dataclass(frozen=True)
class SampleCheck:
    """A study's patients and events beside those its model needs."""

    n: int
    events: int
    n_parameters: int
    events_per_parameter: float
    needed: SampleSize

    @property
    def enough(self) -> bool:
        """Whether the study is as large as needed."""
        return self.n >= self.needed.n


def check_sample_size(n: int, events: int, n_parameters: int) -> SampleCheck:
    """Events per parameter of a study, and the sample that its model needs :cite:p:`Riley2019,Riley2020`.

    Parameters
    ----------
    n, events
        Patients of the fit, and how many of them have the event.
    n_parameters
        Coefficients of the model.

    Returns
    -------
    SampleCheck
        ``needed`` expects 15 % of the largest possible explained variation, and takes the mean follow-up as horizon.

    Raises
    ------
    InputError
        A number is out of range.
    """
    if not 0 < events <= n:
        raise InputError("check_sample_size", Fault(f"{events} events of {n} patients", "1 to n", column="events"))
    share = min(events / n, 1 - 1e-9)
    needed = minimum_sample_size(n_parameters, rate=share, mean_follow_up=1.0, horizon=1.0)
    return SampleCheck(n, events, n_parameters, events / n_parameters, needed)
