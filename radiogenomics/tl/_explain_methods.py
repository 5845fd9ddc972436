"""What a fitted model rests on: AUC lost when a feature is shuffled, and SHAP values."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.delong import placements
from radiogenomics.ml._classifiers import Fitted
from radiogenomics.tl._compare_units import Again, Plan
from radiogenomics.tl._explain_fits import Chosen

#: Patients that stand for all others where SHAP has to ask the model (kernel), and questions about each patient: more
#: than there are features, whose values would be anybody's guess otherwise.
_BACKGROUND, _QUESTIONS, _QUESTIONS_PER_FEATURE = 25, 512, 2


@dataclass(frozen=True)
class Block:
    """What one training set's model says of the patients of one part of the split.

    Attributes
    ----------
    values
        (n, k): by how much each patient's DeLong component falls when the feature is shuffled, or SHAP values.
    by_source
        (n, sources) of permutations: all features of a modality shuffled together.
    x
        (n, k) features as the model sees them.
    """

    split: str
    estimate: str
    repeat: int
    fold: int
    rows: IntArray
    features: list[str]
    sources: list[str]
    values: FloatArray
    by_source: FloatArray
    x: FloatArray


def explained(plan: Plan, chosen: Chosen, method: str, n_permutations: int, seed: int) -> list[Block]:
    """One block per part of the split and estimate that the training set's model judges."""
    again = chosen.again(plan)
    out = []
    for number, ((split, estimate), rows) in enumerate(chosen.judged.items()):
        x = again.features(chosen.features, rows)
        sources = [column.source for column in again.chain.columns]
        if method == "permutation":
            rng = np.random.default_rng([seed, number])
            positive = np.asarray(plan.target.event[rows] == 1)
            groups = [[j] for j in range(x.shape[1])]
            groups += [[j for j, s in enumerate(sources) if s == name] for name in dict.fromkeys(sources)]
            lost = _lost(again.fitted, x, positive, groups, n_permutations, rng)
            values, by_source = lost[:, : x.shape[1]], lost[:, x.shape[1] :]
        else:
            values, by_source = shap_values(again, x, seed), np.empty((len(x), 0))
        names, unit = again.chain.names, chosen.unit
        out.append(Block(split, estimate, unit.repeat, unit.fold, rows, names, sources, values, by_source, x))
    return out


def _lost(
    model: Fitted, x: FloatArray, positive: BoolArray, groups: list[list[int]], n: int, rng: np.random.Generator
) -> FloatArray:
    """(patients, groups) component as it is, less its mean over `n` shuffles of the features of the group."""
    base = placements(positive, model.score(x))
    out = np.zeros((len(x), len(groups)))
    for g, columns in enumerate(groups):
        copies = np.tile(x, (n, 1))
        for i in range(n):
            own = slice(i * len(x), (i + 1) * len(x))
            copies[own, columns] = x[rng.permutation(len(x))][:, columns]
        shuffled = model.score(copies).reshape(n, len(x))
        out[:, g] = base - np.mean([placements(positive, s) for s in shuffled], axis=0)
    return out


def import_shap() -> Any:
    """The package shap, whose import warns of what its own dependencies will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optional_import("shap", needed_for="method='shap'")


def shap_values(again: Again, x: FloatArray, seed: int) -> FloatArray:
    """(n, k) SHAP values of the model's score :cite:p:`Lundberg2017`; they and a constant add up to it."""
    model = again.fitted
    if model.model is None:
        return np.zeros(x.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of shap's own calls
        shap = import_shap()
        background = again.training.x
        if model.kind.explainer == "linear":
            return np.asarray(shap.LinearExplainer(model.model, background).shap_values(x), dtype=np.float64)
        if model.kind.explainer == "tree":
            values = np.asarray(shap.TreeExplainer(model.model).shap_values(x), dtype=np.float64)
            return values[..., 1] if values.ndim == 3 else values
        few = np.random.default_rng(seed).permutation(len(background))[:_BACKGROUND]
        explainer = shap.KernelExplainer(model.score, background[few])
        state = np.random.get_state()  # noqa: NPY002 (shap draws from the global generator)
        try:
            np.random.seed(seed % 2**32)  # noqa: NPY002
            questions = max(_QUESTIONS, _QUESTIONS_PER_FEATURE * x.shape[1])
            values = explainer.shap_values(x, nsamples=questions, l1_reg=False, silent=True)
        finally:
            np.random.set_state(state)  # noqa: NPY002
    return np.asarray(values, dtype=np.float64)


def gathered(blocks: list[Block], event: FloatArray, method: str, *, by_source: bool = False) -> pd.DataFrame:
    """One row per part of the split, estimate and feature: its importance with the standard error over patients."""
    tables = []
    for split, estimate in dict.fromkeys((b.split, b.estimate) for b in blocks):
        own = [b for b in blocks if (b.split, b.estimate) == (split, estimate)]
        names = list(dict.fromkeys(f for b in own for f in (_sources(b) if by_source else b.features)))
        source = {f: s for b in own for f, s in zip(b.features, b.sources, strict=True)}
        rows = np.unique(np.concatenate([b.rows for b in own]))
        repeats = len({b.repeat for b in own})
        value, se = (_area_lost if method == "permutation" else _mean_size)(own, names, rows, repeats, event, by_source)
        used = {f: sum(f in b.features for b in own) / len(own) for f in names}
        table = pd.DataFrame({"split": split, "estimate": estimate, "feature": names, "value": value, "se": se})
        if not by_source:
            table.insert(3, "source", [source[f] for f in names])
            table["frequency"] = [used[f] for f in names]
        table["n"] = len(rows)
        tables.append(table.sort_values("value", ascending=False, kind="stable"))
    return pd.concat(tables, ignore_index=True)


def _sources(block: Block) -> list[str]:
    return list(dict.fromkeys(block.sources))


def _spread(block: Block, names: list[str], by_source: bool) -> FloatArray:
    """Values of a block under all names: 0 for features that its model did not use."""
    own, values = (_sources(block), block.by_source) if by_source else (block.features, block.values)
    out = np.zeros((len(block.rows), len(names)))
    out[:, [names.index(f) for f in own]] = values
    return out


def _area_lost(
    blocks: list[Block], names: list[str], rows: IntArray, repeats: int, event: FloatArray, by_source: bool
) -> tuple[FloatArray, FloatArray]:
    """AUC lost, and its standard error by DeLong's components: pairs of one fold, pooled, averaged over repeats."""
    positive = event[rows] == 1
    n = np.where(positive, positive.sum(), (~positive).sum())
    lost, influence = np.zeros(len(names)), np.zeros((len(rows), len(names)))
    for repeat in {b.repeat for b in blocks}:
        own = [b for b in blocks if b.repeat == repeat]
        ones = [float((event[b.rows] == 1).sum()) for b in own]
        pairs = sum(m * (len(b.rows) - m) for m, b in zip(ones, own, strict=True))
        share, fall = np.zeros(len(rows)), np.zeros((len(rows), len(names)))
        for m, b in zip(ones, own, strict=True):
            at = np.searchsorted(rows, b.rows)
            share[at] = np.where(event[b.rows] == 1, len(b.rows) - m, m) / pairs
            fall[at] = _spread(b, names, by_source)
        area = share[positive] @ fall[positive]
        lost += area / repeats
        influence += (share * n)[:, None] * (fall - area) / repeats
    squares = influence**2 / (n * (n - 1))[:, None]
    return lost, np.sqrt(squares.sum(axis=0))


def _mean_size(
    blocks: list[Block], names: list[str], rows: IntArray, repeats: int, event: FloatArray, by_source: bool
) -> tuple[FloatArray, FloatArray]:
    """Mean absolute SHAP value, of each patient over the repeats, and its standard error over patients."""
    size = np.zeros((len(rows), len(names)))
    for b in blocks:
        size[np.searchsorted(rows, b.rows)] += np.abs(_spread(b, names, by_source)) / repeats
    spread = size.std(axis=0, ddof=1) if len(rows) > 1 else np.full(len(names), np.nan)
    return size.mean(axis=0), spread / np.sqrt(len(rows))


def value_table(blocks: list[Block], patients: pd.Index) -> pd.DataFrame:
    """One row per patient, repeat and feature that the patient's model used."""
    frames = []
    for b in blocks:
        n, k = b.values.shape
        frames.append(pd.DataFrame({
            "patient_id": np.repeat(patients[b.rows].to_numpy(), k), "split": b.split, "estimate": b.estimate,
            "repeat": b.repeat, "fold": b.fold, "feature": np.tile(np.array(b.features, dtype=object), n),
            "value": b.x.ravel(), "shap": b.values.ravel(),
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)
