"""Further outcomes of the simulated cohort: local recurrence, progression-free survival, stage, final grade."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from radiogenomics import _keys as keys
from radiogenomics._types import FloatArray
from radiogenomics.datasets._simulate_clinical import scale_for, whole_days

# Log hazard ratios of local recurrence: per standard deviation of the logarithm of two imaging factors, and of G3.
RECURRENCE_EFFECT = {"heterogeneity": 1.0, "rim": 0.6, "G3": 0.4}
#: Mean and standard deviation of the logarithms over the classes in their shares.
LOG_FACTORS = {
    "radius_mm": (2.87, 0.21),
    "necrosis": (-2.35, 1.56),
    "texture_length_mm": (0.97, 0.41),
    "heterogeneity": (-0.18, 0.41),
    "rim": (-0.80, 0.93),
}

# Log odds of G3 at resection: at mean factors, and per standard deviation of the logarithm of each.
RESECTION_EFFECT = {"mean": 0.5, "heterogeneity": 1.5, "necrosis": 1.0}

_EVENT_SHARE = 0.40
_SHAPE = 1.1  # of the Weibull time to local recurrence
#: Sizes (mm) that stand for the 5 and 10 cm of AJCC: simulated tumours are small.
_STAGE_LIMITS = (30.0, 40.0)
_STAGES = ("II", "IIIA", "IIIB")


def standard_factor(imaging: pd.DataFrame, name: str) -> FloatArray:
    """Logarithm of a hidden imaging factor in standard deviations."""
    mean, sd = LOG_FACTORS[name]
    return np.asarray((np.log(imaging[name].to_numpy(dtype=float)) - mean) / sd)


def draw_outcomes(
    covariates: pd.DataFrame, imaging: pd.DataFrame, hazards: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns ``pfs_days``, ``pfs_event``, ``recurrence``, ``grade_resected``, and the truth behind them.

    Progression is local recurrence or metastasis, whichever is first; ``recurrence`` is a local one within follow-up.
    """
    log_hazard = sum(
        effect * standard_factor(imaging, name) for name, effect in RECURRENCE_EFFECT.items() if name != "G3"
    ) + RECURRENCE_EFFECT["G3"] * (covariates["grade"] == "G3").to_numpy(dtype=float)
    censoring = hazards["censoring_days"].to_numpy(dtype=float)
    unit = (rng.exponential(1.0, len(imaging)) / np.exp(log_hazard)) ** (1.0 / _SHAPE)
    local = scale_for(unit, censoring, _EVENT_SHARE) * unit
    progression = np.minimum(local, hazards["metastasis_days"].to_numpy(dtype=float))
    odds = RESECTION_EFFECT["mean"] + sum(
        effect * standard_factor(imaging, name) for name, effect in RESECTION_EFFECT.items() if name != "mean"
    )
    high = rng.random(len(imaging)) < expit(odds)
    columns = pd.DataFrame(
        {
            "pfs_days": whole_days(np.minimum(progression, censoring)),
            "pfs_event": (progression <= censoring).astype(int),
            "recurrence": (local <= censoring).astype(int),
            "grade_resected": np.where(high, "G3", "G2"),
        }
    )
    truth = pd.DataFrame(
        {
            keys.PATIENT: imaging[keys.PATIENT],
            "log_hazard_recurrence": log_hazard,
            "recurrence_days": local,
            "log_odds_grade_resected": odds,
        }
    )
    return columns, truth


def stage_of(imaging: pd.DataFrame) -> list[str]:
    """Stage of each patient by size alone: all tumours are of intermediate or high grade and none has spread.

    The size is the hidden one, which a small grid does not shrink.
    """
    size_mm = 2.0 * imaging["radius_mm"].to_numpy(dtype=float)
    return [_STAGES[i] for i in np.digitize(size_mm, _STAGE_LIMITS, right=True)]
