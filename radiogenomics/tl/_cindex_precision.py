"""How sure a cross-validated figure is: resamples, standard errors, intervals, and where all of these fail."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import FloatArray

#: With fewer events, simulated intervals covered less than they say: see the notes of `rg.tl.combined_cindex`.
FEW_EVENTS = 10
#: Events that the fits use up, as degrees of freedom do; chosen by simulation (tests/tl/test_cindex_few_events.py).
SPENT = 3


def resample_weights(event: FloatArray, n_boot: int, rng: np.random.Generator) -> FloatArray:
    """(n_boot, n) weights of bootstrap samples of those with and of those without the event :cite:p:`Rao1988`.

    Of m patients of a kind m - 1 are drawn and weighted up to m: so many events are in every sample, and the variance
    over samples is that of a mean, not (m - 1) / m of it. A single event leaves nothing to draw from: its weight is 0
    and figures are unknown. A single patient without one stays in.
    """
    weights = np.ones((n_boot, len(event)))
    for kind in (event == 1, event != 1):
        m = int(kind.sum())
        if m > 1:
            weights[:, kind] = rng.multinomial(m - 1, np.full(m, 1 / m), size=n_boot) * (m / (m - 1))
    if (event == 1).sum() == 1:
        weights[:, event == 1] = 0.0
    return weights


def fitting_factor(events: int) -> float:
    """What the variance of a cross-validated figure is multiplied by for models that few events were fitted to."""
    return events / max(events - SPENT, 1)


@dataclass(frozen=True)
class Judged:
    """A measure of every model: (models,) values, (B, models) resamples, (repeats, models) divisions into folds.

    Attributes
    ----------
    overlap
        Factor of the resamples' variance for folds that share patients.
    fitting
        Factor of the whole variance for models fitted to few events.
    """

    value: FloatArray
    drawn: FloatArray
    repeats: FloatArray
    overlap: float
    fitting: float = 1.0

    def variance(self, column: FloatArray, repeat: FloatArray) -> float:
        """Variance of a combination of models, given as its resamples and its values by repeat."""
        usable = column[np.isfinite(column)]
        if len(usable) < 2:
            return float("nan")
        between = float(np.var(repeat, ddof=1)) if len(repeat) > 1 else 0.0
        return (float(np.var(usable, ddof=1)) * self.overlap + between) * self.fitting

    def of_model(self, m: int) -> tuple[float, float]:
        """Value and standard error."""
        return float(self.value[m]), self.variance(self.drawn[:, m], self.repeats[:, m]) ** 0.5

    def of_difference(self, i: int, j: int) -> tuple[float, float]:
        """Difference of two models and its standard error."""
        columns, repeats = self.drawn[:, i] - self.drawn[:, j], self.repeats[:, i] - self.repeats[:, j]
        return float(self.value[i] - self.value[j]), self.variance(columns, repeats) ** 0.5


@dataclass(frozen=True)
class Precision:
    """Intervals and p-values by a t distribution with events less one degrees of freedom."""

    events: int
    confidence: float

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return max(self.events - 1, 1)

    @property
    def reach(self) -> float:
        """Standard errors to either side."""
        return float(stdtrit(self.df, 0.5 + self.confidence / 2))

    def bounds(self, value: float, se: float) -> dict[str, float]:
        """Interval on the scale of the figure."""
        return {"se": se, "lower": value - self.reach * se, "upper": value + self.reach * se}

    def bounds_of_share(self, value: float, se: float) -> dict[str, float]:
        """Interval of a figure from 0 to 1, symmetric in its log odds.

        All pairs alike leave no spread to go by; the interval is then the exact one of as many alike events.
        """
        if np.isnan(value) or np.isnan(se):
            return {"se": se, "lower": float("nan"), "upper": float("nan")}
        if value in (0.0, 1.0):
            known = ((1 - self.confidence) / 2) ** (1 / max(self.events, 1))
            return {"se": se, "lower": known if value else 0.0, "upper": 1.0 if value else 1 - known}
        step = self.reach * se / (value * (1 - value))
        low, high = expit(logit(value) - step), expit(logit(value) + step)
        return {"se": se, "lower": float(low), "upper": float(high)}

    def p_value(self, value: float, se: float, side: str) -> float:
        """Of a difference: that it is above 0 (``side`` "greater"), or other than 0."""
        if np.isnan(value) or np.isnan(se):
            return float("nan")
        if se == 0:  # the two models rank everyone alike, or differ alike in every resample: no spread to judge by
            return 1.0 if value == 0 or (side == "greater" and value < 0) else float("nan")
        t = value / se
        return float(stdtr(self.df, -t)) if side == "greater" else float(2 * stdtr(self.df, -abs(t)))


def caution(events: int, n_parameters: int) -> str | None:
    """Why the figures of a model with so many events are not to be relied on; ``None`` where nothing speaks against."""
    said = []
    if events < 2:
        said.append("no interval from a single event")
    elif events < FEW_EVENTS:
        said.append(f"fewer than {FEW_EVENTS} events: intervals and p-values are not calibrated")
    if n_parameters and events < FEW_EVENTS * n_parameters:
        said.append(f"{events / n_parameters:.1f} events per coefficient, fewer than {FEW_EVENTS}")
    return "; ".join(said) or None


def whom(part: str) -> str:
    """The part of the split before the word patients."""
    return "patients" if part == "all" else f"{part} patients"


def warn_few_events(events: int, part: str, lost: int, n_boot: int) -> None:
    """Too few events for calibrated intervals, and resamples that had to be left out."""
    if events < FEW_EVENTS:
        few = "an interval cannot be had" if events < 2 else "intervals and p-values are not calibrated"
        warnings.warn(
            f"{events} event{'' if events == 1 else 's'} among the {whom(part)}: with fewer than {FEW_EVENTS} "
            f"{few}. Report the c-index as exploratory, or wait for more events.",
            RadiogenomicsWarning,
            stacklevel=4,
        )
    if 0.1 * n_boot < lost < n_boot:
        warnings.warn(
            f"{lost} of {n_boot} resamples of the {whom(part)} had a repeat without a comparable pair and are left "
            "out; use fewer folds.",
            RadiogenomicsWarning,
            stacklevel=4,
        )
