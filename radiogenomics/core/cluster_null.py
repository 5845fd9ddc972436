"""Is there more than one group? Consensus clustering of data that has the same features and no groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from radiogenomics._errors import Fault, InputError
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.cluster_evidence import ambiguous_share, upper_values
from radiogenomics.core.consensus import draw_resamples, matrix_of_labels, resample_labels

_NULL_RESAMPLES = 100
_PAC_FLOOR = 1e-3  # where the logarithm stops: none of a thousand pairs ambiguous


@dataclass(frozen=True)
class NullModel:
    """Features of one population: correlated normal scores, bent to each feature's own skew and tails.

    Attributes
    ----------
    components
        (q, p) loadings of the normal scores' principal components times their standard deviations.
    centre, scale, skew, tail
        (p,) g-and-h quantile function of each feature: one peak whatever its parameters.
    """

    components: FloatArray
    centre: FloatArray
    scale: FloatArray
    skew: FloatArray
    tail: FloatArray
    n: int

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """One data set (n, p) without groups."""
        z = rng.standard_normal((self.n, self.components.shape[0])) @ self.components
        return self.centre + self.scale * _skewed(z, self.skew) * np.exp(0.5 * self.tail * z * z)


def _skewed(z: FloatArray, skew: FloatArray) -> FloatArray:
    """Normal scores bent to a skew: (exp(g z) - 1) / g."""
    straight = np.abs(skew) < 1e-6
    out: FloatArray = np.where(straight, z, np.expm1(skew * z) / np.where(straight, 1.0, skew))
    return out


def fit_null(x: FloatArray) -> NullModel:
    """Null model of the patients ``x`` (n, p).

    The normal scores of every feature keep their principal components, hence the correlation; each feature then
    gets the median, spread, skew (g) and tail weight (h) that its own quantiles show (Tukey's g-and-h family), so
    that skewed features alone do not look like groups. Two peaks cannot be expressed.
    """
    n, p = x.shape
    order = np.argsort(x, axis=0, kind="stable")
    score = ndtri((np.arange(n) + 0.5) / n)
    normal = np.empty_like(x)
    np.put_along_axis(normal, order, np.broadcast_to(score[:, None], (n, p)), axis=0)
    normal -= normal.mean(axis=0)
    _, size, loadings = np.linalg.svd(normal, full_matrices=False)
    keep = size > 1e-10 * size[0]
    components = loadings[keep] * (size[keep, None] / np.sqrt(n - 1))
    components /= np.sqrt((components**2).sum(axis=0))
    return NullModel(components, *_g_and_h(np.take_along_axis(x, order, axis=0), score), n)


def _g_and_h(ordered: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Median, scale, skew and tail weight from sorted columns, by quantiles that lie evenly about the median."""

    def quantile(q: float) -> FloatArray:
        return np.asarray(np.quantile(ordered, q, axis=0))

    tiny = 1e-12 * np.maximum(np.ptp(ordered, axis=0), np.finfo(float).tiny)
    centre = quantile(0.5)
    skew = np.zeros(ordered.shape[1])
    for q in (0.1, 0.05):
        up, down = quantile(1 - q) - centre + tiny, centre - quantile(q) + tiny
        skew += 0.5 * np.clip(np.log(up / down) / ndtri(1 - q), -2.0, 2.0)

    def width(q: float) -> FloatArray:
        """Distance between the two quantiles beside what the skew alone would give."""
        z = np.array([ndtri(1 - q)])[:, None]
        return np.asarray((quantile(1 - q) - quantile(q) + tiny) / (_skewed(z, skew) - _skewed(-z, skew))[0])

    far, near = 0.025, 0.25
    tail = np.clip(2 * np.log(width(far) / width(near)) / (ndtri(far) ** 2 - ndtri(near) ** 2), 0.0, 0.5)
    bent = _skewed(score[:, None], skew) * np.exp(0.5 * tail * score[:, None] ** 2)
    scale = ordered.std(axis=0) / bent.std(axis=0)  # the feature's own standard deviation
    return centre, scale, skew, tail


@dataclass(frozen=True)
class Standing:
    """Where a statistic of the data stands among those of data sets without groups.

    Attributes
    ----------
    z
        (data sets, K) statistic standardised at every k over the data sets, the real one included.
    p_value
        (K,) share of data sets (the real one included) with at least the statistic of the data.
    p_value_overall
        One p-value over all k: compared is the largest standardised statistic of a data set over k.
    """

    z: FloatArray
    p_value: FloatArray
    p_value_overall: float


def standing(statistic: FloatArray) -> Standing:
    """Compare row 0 (the data) with the other rows (the null) of a statistic (data sets, K) that is large in groups."""
    z = (statistic - statistic.mean(axis=0)) / np.maximum(statistic.std(axis=0), 1e-9)
    top = z.max(axis=1)
    return Standing(z, (statistic >= statistic[0]).mean(axis=0), float((top >= top[0]).mean()))


def check_null(n_null: int, alpha: float) -> None:
    """Refuse a level out of range and too few null data sets to reach it."""
    if not 0 < alpha < 1:
        raise InputError("alpha", Fault(str(alpha), "a level between 0 and 1"))
    if n_null + 1 < 1 / alpha:
        least = int(np.ceil(1 / alpha)) - 1
        raise InputError("n_null", Fault(str(n_null), f"at least {least}, without which no p-value can reach {alpha}"))


@dataclass(frozen=True)
class NullComparison:
    """Stability of the data against data without groups.

    Attributes
    ----------
    rcsi
        Relative cluster stability index per k: mean log10 PAC of the null minus log10 PAC of the data.
    p_value
        Monte-Carlo p-value per k: share of data sets (the real one included) at least as sharp.
    p_value_overall
        One p-value over all k: compared is the largest standardised sharpness of a data set over k.
    best
        Index of the k to take if more than one group is accepted.
    """

    rcsi: FloatArray
    p_value: FloatArray
    p_value_overall: float
    best: int


def _stability(x: FloatArray | NullModel, seed: int, ks: Sequence[int], base: dict[str, Any]) -> FloatArray:
    """Sharpness and PAC at each k, (2, K), of the data or of one data set drawn from the null."""
    rng = np.random.default_rng(seed)
    values = x.draw(rng) if isinstance(x, NullModel) else x
    n, p = values.shape
    draws = draw_resamples(
        n, p, n_resamples=_NULL_RESAMPLES, sample_fraction=base["sample_fraction"],
        feature_fraction=base["feature_fraction"], rng=rng,
    )  # fmt: skip
    labels = resample_labels(
        values, ks, method=base["method"], metric=base["metric"], linkage=base["linkage"], draws=draws, n_jobs=1
    )
    upper = [upper_values(m) for m in matrix_of_labels(labels)]
    return np.array([[u.var() for u in upper], [ambiguous_share(u) for u in upper]])


def compare_with_null(
    x: FloatArray,
    ks: Sequence[int],
    *,
    silhouette: FloatArray,
    n_null: int,
    alpha: float,
    rng: RNG,
    n_jobs: int | None = None,
    **base: Any,
) -> NullComparison:
    """Compare the stability of ``x`` at every k with ``n_null`` simulated data sets without groups (M3C, John 2020).

    The data is clustered anew with as few resamples as the null data sets, so that all are exchangeable when there
    are no groups. Tested is the sharpness of the consensus matrix, the variance of its values, which is large only
    when groups of some size keep apart: a few odd patients beside one large group are stable in any skewed data, and
    the share of ambiguous pairs (PAC) takes them for groups. See :func:`judge` for the choice of k.

    ``silhouette`` is the mean one of the data at every k; ``base`` holds ``method``, ``metric``, ``linkage``,
    ``sample_fraction`` and ``feature_fraction``.
    """
    check_null(n_null, alpha)
    seeds = spawn_seeds(generator(rng), n_null + 1)
    model = fit_null(x)
    arguments = [(x if i == 0 else model, seed, list(ks), base) for i, seed in enumerate(seeds)]
    found = parallel_map(_stability, arguments, n_jobs=n_jobs, description="Data without groups", threads=True)
    sharpness, pac = np.stack(found, axis=1)
    return judge(sharpness, pac, silhouette=silhouette, alpha=alpha)


def judge(sharpness: FloatArray, pac: FloatArray, *, silhouette: FloatArray, alpha: float) -> NullComparison:
    """Compare row 0 (the data) with the other rows (the null) of sharpness and PAC, each (data sets, K).

    Candidates are the k that are sharper than the null at level ``alpha`` and whose relative cluster stability index
    reaches two thirds of the largest among those: merging the two nearest of three groups is about as stable as
    keeping them apart. Where none of those is above 0 the index compares with a null that is stable for its odd
    patients, and says nothing between them: all are candidates. Of the candidates the one with the largest mean
    silhouette (K,) is best.
    """
    found = standing(sharpness)
    logs = np.log10(np.maximum(pac, _PAC_FLOOR))
    rcsi = logs[1:].mean(axis=0) - logs[0]
    accepted = found.p_value <= alpha
    if accepted.any():
        largest = rcsi[accepted].max()
        candidate = accepted & (rcsi >= largest * 2 / 3) if largest > 0 else accepted
        best = int(np.argmax(np.where(candidate, silhouette, -np.inf)))
    else:
        best = int(np.argmax(found.z[0]))
    return NullComparison(rcsi, found.p_value, found.p_value_overall, best)
