"""What raw counts are divided by, and how: median of ratios, trimmed mean of M-values, variance stabilisation.

Patients in rows, genes in columns. Each function takes what was learned (a reference) apart from whom it is applied to,
so that new patients change nothing.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from radiogenomics._types import BoolArray, FloatArray

#: Shares trimmed from either end of the log ratios and of the mean log expression (Robinson and Oshlack, 2010).
TRIM_RATIO, TRIM_MEAN = 0.3, 0.05


def log_geometric_means(counts: FloatArray) -> FloatArray:
    """Natural log of every gene's geometric mean, ``-inf`` where a patient has a zero: (n_genes,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(counts).mean(axis=0))


def median_of_ratios(counts: FloatArray, log_reference: FloatArray) -> FloatArray:
    """Size factor of each patient against geometric means :cite:p:`Anders2010`.

    Parameters
    ----------
    counts
        (n_patients, n_genes) raw counts.
    log_reference
        Of :func:`log_geometric_means`; genes of ``-inf`` are not used, nor a patient's zeros.

    Returns
    -------
    (n_patients,); NaN for a patient without a count in any of those genes.
    """
    usable = np.isfinite(log_reference)
    factors = np.full(len(counts), np.nan)
    for i, row in enumerate(counts):
        both = usable & (row > 0)
        if both.any():
            factors[i] = np.exp(np.median(np.log(row[both]) - log_reference[both]))
    return factors


def reference_patient(counts: FloatArray) -> int:
    """Row of the patient others are compared with: whose upper quartile, per count, is nearest to the mean of all."""
    expressed = counts[:, counts.any(axis=0)]
    quartile = np.quantile(expressed, 0.75, axis=1) / counts.sum(axis=1)
    if np.median(quartile) < 1e-20:
        return int(np.argmax(np.sqrt(counts).sum(axis=1)))
    return int(np.argmin(np.abs(quartile - quartile.mean())))


def trimmed_means(counts: FloatArray, reference: FloatArray) -> FloatArray:
    """Factor of each patient's total by the trimmed mean of M-values :cite:p:`Robinson2010`; not scaled to a mean of 1.

    Parameters
    ----------
    counts
        (n_patients, n_genes) raw counts.
    reference
        (n_genes,) counts of the patient they are compared with.

    Returns
    -------
    (n_patients,); 1 for the reference itself, and for a patient who shares no gene with it.
    """
    return np.array([_trimmed_mean(row, reference) for row in counts])


def _trimmed_mean(row: FloatArray, reference: FloatArray) -> float:
    both = (row > 0) & (reference > 0)
    total, total_reference = row.sum(), reference.sum()
    own, other = row[both] / total, reference[both] / total_reference
    ratio, mean = np.log2(own / other), (np.log2(own) + np.log2(other)) / 2
    if not len(ratio) or np.abs(ratio).max() < 1e-6:
        return 1.0
    kept = _between(ratio, TRIM_RATIO) & _between(mean, TRIM_MEAN)
    if not kept.any():
        return 1.0
    # Approximate variances of the log ratios, by the delta method.
    variance = (1 - own[kept]) / row[both][kept] + (1 - other[kept]) / reference[both][kept]
    return float(2 ** (np.sum(ratio[kept] / variance) / np.sum(1 / variance)))


def _between(values: FloatArray, trim: float) -> BoolArray:
    """Whether a value is left when a share of the lowest and of the highest goes."""
    n = len(values)
    low = np.floor(n * trim) + 1
    ranks = rankdata(values)
    return np.asarray((ranks >= low) & (ranks <= n + 1 - low))


def stabilized(normalized: FloatArray, asymptotic: float, extra: float) -> FloatArray:
    """Values whose variance is the same at every mean, where the dispersion is ``asymptotic + extra / mean``.

    On the log2 scale for high counts, flatter below :cite:p:`Anders2010`. With ``extra`` 0 it is the transformation of
    one dispersion for all genes.
    """
    a, b, q = asymptotic, extra, normalized
    return np.asarray(np.log2((1 + b + 2 * a * q + 2 * np.sqrt(a * q * (1 + b + a * q))) / (4 * a)))
