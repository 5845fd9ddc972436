"""The inner search: settings of a classifier chosen, and its scores turned into probabilities, by training patients.

Features come in as each inner fold's own selection left them, so that neither choice nor probabilities rest on
patients whom the selection has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.delong import fold_delong
from radiogenomics.core.roc import roc_threshold
from radiogenomics.ml._classifiers import CLASSIFIERS, Fitted, Settings, log_odds, own_probability
from radiogenomics.ml._sampling import resampled
from radiogenomics.ml._sigmoid import Sigmoid, fit_sigmoid


@dataclass(frozen=True)
class Training:
    """Features (n, k) and classes (n,) of patients that a fit learns from, and the scale that they give.

    Attributes
    ----------
    x
        On their own scale: mean 0, standard deviation 1.
    """

    x: FloatArray
    y: IntArray
    mean: FloatArray
    spread: FloatArray

    def scaled(self, x: FloatArray) -> FloatArray:
        """Features of other patients on the scale of these."""
        return (x - self.mean) / self.spread

    def sampled(self, sampling: str, neighbors: int, seed: int, where: str) -> tuple[FloatArray, IntArray]:
        """What is fitted: these patients, with synthetic ones where asked for."""
        return resampled(self.x, self.y, sampling=sampling, neighbors=neighbors, seed=seed, where=where)


def training(x: FloatArray, y: IntArray) -> Training:
    """Training patients brought on one scale."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return Training((x - mean) / spread, y, mean, spread)


@dataclass(frozen=True)
class Inner:
    """One inner fold: who learns, and the scaled features of those held out (positions among the training patients)."""

    learn: Training
    rows: IntArray
    x: FloatArray


@dataclass(frozen=True)
class Tuned:
    """A classifier with its settings chosen, fitted on all training patients.

    Attributes
    ----------
    fitted
        The model; its input is scaled by ``Training.scaled``.
    settings, aucs
        Settings chosen, and the inner AUC of each that was tried.
    auc
        Inner AUC of those chosen: pairs of patients of one inner fold.
    sigmoid
        From scores to probabilities, learned on the scores that inner folds gave to patients they held out; ``None``
        where the classifier's own probabilities stand.
    cutoff
        Youden's cut-off of those scores; ``threshold`` is the same one on the probabilities.
    """

    fitted: Fitted
    settings: Settings
    aucs: FloatArray
    sigmoid: Sigmoid | None
    cutoff: float

    @property
    def auc(self) -> float:
        return float(self.aucs.max())

    @property
    def threshold(self) -> float:
        return float(self.probability(np.array([self.cutoff]))[0])

    def probability(self, score: FloatArray) -> FloatArray:
        """(n,) probability of class 1 that goes with each score."""
        if self.sigmoid is None:
            return own_probability(self.fitted.name, score)
        return self.sigmoid(log_odds(self.fitted.name, score))


def needs_sigmoid(name: str, sampling: str) -> bool:
    """Whether probabilities have to be learned: of margins, and of every model fitted to synthetic patients."""
    return sampling != "none" or CLASSIFIERS[name].score == "margin"


class Search:
    """What all classifiers of one training set share: inner folds, and their synthetic patients."""

    def __init__(
        self, whole: Training, inner: Sequence[Inner], *, sampling: str, neighbors: int, seed: int, where: str
    ) -> None:
        self.whole, self.inner, self.sampling, self.where = whole, inner, sampling, where
        self.seed = seed
        seeds = np.random.SeedSequence(seed).generate_state(len(inner) + 1)
        made = [p.sampled(sampling, neighbors, int(s), where) for p, s in zip(
            [whole, *(fold.learn for fold in inner)], seeds, strict=True)]  # fmt: skip
        self.drawn, self.inner_drawn = made[0], made[1:]
        self.folds = np.empty(len(whole.y), dtype=np.int64)
        for k, fold in enumerate(inner):
            self.folds[fold.rows] = k

    def tune(self, name: str, settings: Sequence[Settings]) -> Tuned:
        """Try every setting in the inner folds, and fit the best (the first of equals) on all training patients."""
        scores = np.empty((len(settings), len(self.whole.y)))
        for i, one in enumerate(settings):
            for fold, (x, y) in zip(self.inner, self.inner_drawn, strict=True):
                scores[i, fold.rows] = Fitted(name, one, x, y, self.seed).score(fold.x)
        y = self.whole.y
        aucs = fold_delong(y, scores[:, None, :], self.folds[None, :]).auc
        best = int(np.argmax(np.round(aucs, 12)))
        sigmoid = fit_sigmoid(log_odds(name, scores[best]), y) if needs_sigmoid(name, self.sampling) else None
        return Tuned(self.refit(name, settings[best]), settings[best], aucs, sigmoid, roc_threshold(y, scores[best]))

    def refit(self, name: str, settings: Settings) -> Fitted:
        """The model of all training patients with these settings."""
        return Fitted(name, settings, *self.drawn, self.seed)
