"""Models whose c-indices are compared: which factors each has, its design matrix, its risks for patients not fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from radiogenomics import core
from radiogenomics._types import BoolArray, FloatArray, IntArray

#: A factor by patient: whole-number codes of its levels, or numbers (float) as they are.
Factors = Mapping[str, IntArray | FloatArray]


@dataclass(frozen=True)
class Model:
    """A Cox model of some factors.

    Attributes
    ----------
    groupings, covariates
        Factors with main effects.
    interaction
        Whether every combination of the groupings also has an effect of its own (of scores: their product).
    """

    name: str
    groupings: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    interaction: bool = False

    @property
    def factors(self) -> tuple[str, ...]:
        """All factors with main effects."""
        return self.covariates + self.groupings

    @property
    def terms(self) -> str:
        """The model in words: ``age + a x b`` has the effects of a, b and of their combinations."""
        groups = (" x " if self.interaction else " + ").join(self.groupings)
        return " + ".join([*self.covariates, *([groups] if groups else [])])

    def contains(self, other: Model) -> bool:
        """Whether ``other`` is this model with some effects left out."""
        inside = set(other.factors) <= set(self.factors) and (
            not other.interaction or (self.interaction and set(other.groupings) == set(self.groupings))
        )
        return inside and (set(other.factors), other.interaction) != (set(self.factors), self.interaction)


def models_of(
    groupings: Sequence[str], covariates: Sequence[str], *, interaction: bool,
    combine: Sequence[Sequence[str]] | None = None,
) -> list[Model]:  # fmt: skip
    """Each grouping alone, those of each combination together, with interaction; covariates alone and beside them.

    ``combine``: which groupings are taken together; by default all of them.
    """
    out = [Model(g, (g,)) for g in groupings]
    joint = []
    for together in [groupings] if combine is None else combine:
        if len(together) > 1:
            joint.append(Model(" + ".join(together), tuple(together)))
            if interaction:
                joint.append(Model(" x ".join(together), tuple(together), interaction=True))
    out += joint
    if covariates:
        out.append(Model("clinical", (), tuple(covariates)))
        out += [Model(f"clinical + {m.name}", m.groupings, tuple(covariates), m.interaction) for m in joint or out[:1]]
    return out


def pairs_of(models: Sequence[Model]) -> list[tuple[int, int]]:
    """Comparisons (model, reference): every model with each one inside it, and models of one form with each other.

    Of one form are single groupings, and combinations of as many groupings, both with or both without interaction.
    """
    out = []
    for i, model in enumerate(models):
        for j, other in enumerate(models):
            if model.contains(other) or (j < i and _form(model) == _form(other)):
                out.append((i, j))
    return out


def _form(model: Model) -> tuple[int, bool, tuple[str, ...]]:
    return len(model.groupings), model.interaction, model.covariates


@dataclass(frozen=True)
class Design:
    """Columns of a model, and which of them belong to the main effect of which categorical factor."""

    x: FloatArray
    blocks: tuple[slice, ...]


def design_of(model: Model, factors: Factors) -> Design:
    """0/1 columns of levels but the first, numbers over their deviation, and their products for the interaction."""
    columns: list[FloatArray] = []
    blocks = []
    effects = {}
    for name in model.factors:
        values = factors[name]
        if values.dtype.kind == "f":
            spread = values.std()
            scaled = np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0), dtype=float)
            columns.append(scaled)
            effects[name] = [scaled]
            continue
        own = [(values == level).astype(float) for level in range(1, int(values.max()) + 1)]
        own = [column for column in own if column.any()]
        blocks.append(slice(len(columns), len(columns) + len(own)))
        columns += own
        effects[name] = own
    if model.interaction:
        for size in range(2, len(model.groupings) + 1):
            for chosen in combinations(model.groupings, size):
                products = [np.ones(len(factors[chosen[0]]))]
                for name in chosen:
                    products = [p * d for p in products for d in effects[name]]
                columns += [p for p in products if p.any()]
    empty = np.empty((len(factors[model.factors[0]]), 0))
    return Design(np.column_stack(columns) if columns else empty, tuple(blocks))


@dataclass(frozen=True)
class Risks:
    """Linear predictors (B, n) of B fits for all patients, and how the fits went."""

    risk: FloatArray
    separated: BoolArray
    converged: BoolArray


def risks_of(
    design: Design, time: FloatArray, event: FloatArray, train: BoolArray, *, ridge: float,
    strata: IntArray | None = None, entry: FloatArray | None = None,
) -> Risks:  # fmt: skip
    """Fit on each row of ``train`` (B, n) and predict everyone.

    A level without a training patient gets the mean effect of its factor in the training patients; a combination
    without one gets the sum of its main effects. ``separated`` tells the fits in which a column had training
    patients but no event among them, or nothing but events: only the ridge keeps its coefficient finite.
    """
    weights = train.astype(float)
    if design.x.shape[1] == 0:  # one level only: everyone has the same risk
        nothing = np.zeros(len(train), dtype=bool)
        return Risks(np.zeros(train.shape), nothing, ~nothing)
    coef, converged = core.fit_cox_batch(design.x, time, event, weights, entry=entry, strata=strata, ridge=ridge)
    risk = coef @ design.x.T
    present = weights @ design.x
    for block in design.blocks:
        inside = present[:, block]
        in_reference = weights @ (design.x[:, block].sum(axis=1) == 0)
        for b in np.flatnonzero((inside == 0).any(axis=1) | (in_reference == 0)):
            effect = design.x[:, block] @ coef[b, block]
            unseen = (design.x[:, block][:, inside[b] == 0] == 1).any(axis=1)
            if in_reference[b] == 0:
                unseen |= design.x[:, block].sum(axis=1) == 0
            risk[b, unseen] += effect[train[b]].mean() - effect[unseen]
    binary = ((design.x == 0) | (design.x == 1)).all(axis=0)
    failed = (weights * event) @ design.x
    separated = ((present > 0) & ((failed == 0) | (failed == present)) & binary).any(axis=1)
    # Patients with equal values have equal risks, whatever the order of the additions.
    return Risks(np.round(risk, 9), separated, np.asarray(converged, dtype=bool))
