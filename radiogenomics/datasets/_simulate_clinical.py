"""Clinical table and follow-up of the simulated cohort: hazards that depend on both hidden classes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._types import FloatArray

# Log hazard ratios of the hidden classes against the first of each, and per decade of age.
IMAGING_EFFECT = {"I1": 0.0, "I2": 0.9, "I3": 1.8}
RNA_EFFECT = {"R1": 0.0, "R2": 1.6}
AGE_EFFECT = 0.1

_EVENT_SHARE = 0.46
_SHAPE = 1.2  # of the Weibull time to metastasis
_HISTOLOGIES = ("undifferentiated pleomorphic sarcoma", "leiomyosarcoma", "myxoid liposarcoma", "synovial sarcoma")
_HISTOLOGY_SHARES = {"R1": (0.25, 0.15, 0.35, 0.25), "R2": (0.40, 0.30, 0.10, 0.20)}
_PHENOTYPES = {"I1": "homogeneous", "I2": "heterogeneous", "I3": "necrotic"}
_MISREAD = 0.2  # of these, a third get the right name all the same
_HIGH_GRADE = {"I1": 0.35, "I2": 0.60, "I3": 0.75}


def draw_covariates(imaging: pd.DataFrame, biology: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Age, sex, grade (follows the imaging class), histology (follows the RNA class) and site."""
    n = len(imaging)
    histology = [str(rng.choice(_HISTOLOGIES, p=_HISTOLOGY_SHARES[c])) for c in biology["rna_class"]]
    high = rng.random(n) < imaging["imaging_class"].map(_HIGH_GRADE).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            keys.PATIENT: imaging[keys.PATIENT],
            "age_years": np.rint(rng.normal(58.0, 14.0, n)).clip(18, 88).astype(int),
            "sex": rng.choice(["female", "male"], n),
            "grade": np.where(high, "G3", "G2"),
            "histology": histology,
            "site": rng.choice(["thigh", "leg", "arm", "buttock"], n, p=[0.5, 0.2, 0.2, 0.1]),
        }
    )


def draw_follow_up(
    covariates: pd.DataFrame, imaging: pd.DataFrame, biology: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Follow-up columns of the clinical table, and the true log hazards with the uncensored times.

    Metastasis-free survival is Weibull with proportional hazards; death follows metastasis. Censoring is
    administrative (two to seven years of follow-up) or by loss (exponential, mean 15 years).
    """
    n = len(covariates)
    parts = pd.DataFrame(
        {
            keys.PATIENT: covariates[keys.PATIENT],
            "log_hazard_imaging": imaging["imaging_class"].map(IMAGING_EFFECT).to_numpy(dtype=float),
            "log_hazard_rna": biology["rna_class"].map(RNA_EFFECT).to_numpy(dtype=float),
            "log_hazard_age": AGE_EFFECT * (covariates["age_years"].to_numpy(dtype=float) - 58.0) / 10.0,
        }
    )
    parts["log_hazard"] = parts.filter(like="log_hazard_").sum(axis=1)
    unit = (rng.exponential(1.0, n) / np.exp(parts["log_hazard"].to_numpy())) ** (1.0 / _SHAPE)
    censoring = np.minimum(rng.uniform(2 * 365.0, 7 * 365.0, n), rng.exponential(15 * 365.0, n)).clip(60.0)
    metastasis = scale_for(unit, censoring, _EVENT_SHARE) * unit
    death = metastasis + rng.exponential(550.0, n)
    parts["metastasis_days"] = metastasis
    parts["death_days"] = death
    parts["censoring_days"] = censoring
    mfs_event = metastasis <= censoring
    follow_up = pd.DataFrame(
        {
            "mfs_days": whole_days(np.minimum(metastasis, censoring)),
            "mfs_event": mfs_event.astype(int),
            "os_days": whole_days(np.minimum(death, censoring)),
            "os_event": (death <= censoring).astype(int),
            "lung_metastasis": (mfs_event & (rng.random(n) < 0.75)).astype(int),
        }
    )
    return follow_up, parts


def read_images(imaging: pd.DataFrame, clinical: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Columns ``radiophenotype`` (a reading of the images, sometimes wrong) and ``risk_group`` (a clinical score).

    The score counts an age above 60, a size above 35 mm, G3 and leiomyosarcoma; 2 or more are high. Where the grade is
    unknown, so is the group.
    """
    seen = imaging["imaging_class"].map(_PHENOTYPES).to_numpy(dtype=object)
    wrong = rng.random(len(seen)) < _MISREAD
    others = rng.choice(list(_PHENOTYPES.values()), len(seen))
    points = (
        (clinical["age_years"] > 60).astype(int) + (clinical["size_mm"] > 35).astype(int)
        + (clinical["grade"] == "G3").astype(int) + (clinical["histology"] == "leiomyosarcoma").astype(int)
    )  # fmt: skip
    risk = pd.Series(np.where(points >= 2, "high", "low"), index=clinical.index, dtype=object)
    return pd.DataFrame(
        {"radiophenotype": np.where(wrong, others, seen), "risk_group": risk.where(clinical["grade"].notna())}
    )


def whole_days(days: FloatArray) -> FloatArray:
    """Days as charts count them, none of them 0."""
    return np.ceil(days).astype(int)


def scale_for(unit: FloatArray, censoring: FloatArray, share: float) -> float:
    """Time scale at which that share of patients has the event before censoring."""
    # The event of patient i is seen as long as the scale stays below censoring_i / unit_i.
    limits = np.sort(censoring / unit)[::-1]
    seen = max(1, round(share * len(unit)))
    following = limits[seen] if seen < len(limits) else 0.5 * limits[seen - 1]
    return float(0.5 * (limits[seen - 1] + following))


def hide_some(covariates: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Blank about one grade in thirty, as charts do."""
    out = covariates.copy()
    out.loc[rng.random(len(out)) < 0.03, "grade"] = np.nan
    return out
