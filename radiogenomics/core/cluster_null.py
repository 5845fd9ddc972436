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
        bent = np.where(np.abs(self.skew) < 1e-6, z, np.expm1(self.skew * z) / np.where(self.skew == 0, 1.0, self.skew))
        return self.centre + self.scale * bent * np.exp(0.5 * self.tail * z * z)


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
    """Median, scale, skew and tail weight from sorted columns, by the quantiles at 10 and 90 % and 2.5 and 97.5 %."""
    n = ordered.shape[0]
    grid = (np.arange(n) + 0.5) / n

    def quantile(q: float) -> FloatArray:
        at = np.searchsorted(grid, q)
        low, high = max(at - 1, 0), min(at, n - 1)
        share = 0.0 if high == low else (q - grid[low]) / (grid[high] - grid[low])
        return (1 - share) * ordered[low] + share * ordered[high]

    tiny = 1e-12 * np.maximum(np.ptp(ordered, axis=0), np.finfo(float).tiny)
    centre = quantile(0.5)
    skew = np.zeros(ordered.shape[1])
    for q in (0.1, 0.05):
        up, down = quantile(1 - q) - centre + tiny, centre - quantile(q) + tiny
        skew += 0.5 * np.clip(np.log(up / down) / ndtri(1 - q), -2.0, 2.0)
    shape = np.where(np.abs(skew) < 1e-6, score[:, None], np.expm1(skew * score[:, None]) / np.where(skew == 0, 1.0, skew))
    near, far = ndtri(0.75), ndtri(0.975)

    def spread(z: float) -> FloatArray:
        return np.where(np.abs(skew) < 1e-6, 2 * z, 2 * np.sinh(skew * z) / np.where(skew == 0, 1.0, skew))

    ratio_far = (quantile(0.975) - quantile(0.025) + tiny) / spread(far)
    ratio_near = (quantile(0.75) - quantile(0.25) + tiny) / spread(near)
    tail = np.clip(2 * np.log(ratio_far / ratio_near) / (far**2 - near**2), 0.0, 0.5)
    bent = shape * np.exp(0.5 * tail * score[:, None] ** 2)
    # The scale that gives the feature its own standard deviation.
    scale = ordered.std(axis=0) / bent.std(axis=0)
    return centre, scale, skew, tail


@dataclass(frozen=True)
class NullComparison:
    """Stability of the data against data without groups.

    Attributes
    ----------
    rcsi
        Relative cluster stability index per k: mean log10 PAC of the null minus log10 PAC of the data.
    p_value
        Monte-Carlo p-value per k: share of data sets (the real one included) at least as stable.
    p_value_overall
        One p-value over all k: the largest standardised stability of a data set over k is compared.
    best
        Index of the k whose stability stands out most.
    """

    rcsi: FloatArray
    p_value: FloatArray
    p_value_overall: float
    best: int


def stability(labels: Any) -> FloatArray:
    """Ambiguous share (PAC) at each k of the labels of resamples."""
    return np.array([ambiguous_share(upper_values(m)) for m in matrix_of_labels(labels)])


def _pac_of(model: NullModel | FloatArray, seed: int, ks: Sequence[int], base: dict[str, Any]) -> FloatArray:
    rng = np.random.default_rng(seed)
    x = model.draw(rng) if isinstance(model, NullModel) else model
    fractions = {name: base[name] for name in ("sample_fraction", "feature_fraction")}
    words = {name: base[name] for name in ("method", "metric", "linkage")}
    draws = draw_resamples(*x.shape, n_resamples=_NULL_RESAMPLES, rng=rng, **fractions)
    return stability(resample_labels(x, ks, draws=draws, n_jobs=1, **words))


def compare_with_null(
    x: FloatArray, ks: Sequence[int], *, n_null: int, rng: RNG, n_jobs: int | None = None, **base: Any
) -> NullComparison:
    """Compare the stability of ``x`` at every k with ``n_null`` simulated data sets without groups (M3C, John 2020).

    The real data is clustered with as many resamples as the null data sets.
    """
    if n_null < 19:
        raise InputError("n_null", Fault(str(n_null), "at least 19, which allow a p-value of 0.05"))
    random = generator(rng)
    seeds = spawn_seeds(random, n_null + 1)
    model = fit_null(x)
    arguments = [(x if i == 0 else model, seed, list(ks), base) for i, seed in enumerate(seeds)]
    pac = np.stack(
        parallel_map(_pac_of, arguments, n_jobs=n_jobs, description="Data without groups", threads=True)
    )
    return judge(pac)


def judge(pac: FloatArray) -> NullComparison:
    """Compare row 0 (the data) with the other rows (the null) of the PAC of every data set and k."""
    spread = np.maximum(pac.std(axis=0), 1e-9)
    z = (pac.mean(axis=0) - pac) / spread
    top = z.max(axis=1)
    floor = 1e-4
    logs = np.log10(np.maximum(pac, floor))
    return NullComparison(
        rcsi=logs[1:].mean(axis=0) - logs[0],
        p_value=(pac <= pac[0]).mean(axis=0),
        p_value_overall=float((top >= top[0]).mean()),
        best=int(np.argmax(z[0])),
    )
