"""Predicted risks by a horizon of patients whose follow-up is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._follow_up import horizon_times
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._predictions import GIVEN, Predictions

#: Horizons nearer than this share of each other are one: 365 days and a year of 365.25.
TOLERANCE = 0.005


def same_horizon(one: ArrayLike, other: float) -> BoolArray:
    """Whether horizons mean the same time."""
    return np.asarray(np.isclose(np.asarray(one, dtype=float), other, rtol=TOLERANCE, atol=0.0))


def stored_horizons(parts: Sequence[Predictions]) -> list[float]:
    """Horizons by which the models give risks, in order."""
    kept: list[float] = []
    for h in sorted({float(h) for part in parts for h in part.risks["horizon"]}):
        if not same_horizon(kept, h).any():
            kept.append(h)
    return kept


def common_horizons(parts: Sequence[Predictions]) -> list[float]:
    """Horizons by which all models give risks, in order; those of any model where they share none."""
    modelled = [part for part in parts if part.estimate != GIVEN and len(part.risks)]
    known = stored_horizons(modelled)
    shared = [h for h in known if all(same_horizon(stored_horizons([part]), h).any() for part in modelled)]
    return shared or known


def check_horizons(horizons: float | Sequence[float] | None, known: Sequence[float], end: float) -> list[float]:
    """The horizons asked for, or those of the models.

    Raises
    ------
    InputError
        If there is none, or follow-up ends before one.
    """
    wanted = horizon_times(horizons) or list(known)
    if not wanted:
        raise InputError("horizons", Fault("none", "one or several times, in the unit of the outcome"))
    late = [h for h in wanted if h > end]
    if late:
        found = f"{late[0]:g}, after the last follow-up"
        raise InputError("horizons", Fault(found, f"times up to {end:g}", hint="Ask for an earlier time."))
    return wanted


def require_risks(parts: Sequence[Predictions], horizons: Sequence[float]) -> None:
    """Refuse models without risks by the horizons: scores have to be turned into risks where the model is fitted."""
    faults: list[Fault] = []
    hint = _shared_words(parts)
    for part in parts:
        if any(fault.column == part.model for fault in faults):
            continue
        if part.estimate == GIVEN:
            if part.table["probability"].isna().any():
                faults.append(Fault("values outside 0 to 1", "risks of the event by the horizon", column=part.model))
            elif len(horizons) > 1:
                found = f"one column and {len(horizons)} horizons"
                faults.append(Fault(found, "the one horizon that its risks are for", column=part.model))
            continue
        known = stored_horizons([part])
        missing = [h for h in horizons if not same_horizon(known, h).any()] if known else list(horizons)
        if missing:
            has = f"risks by {', '.join(f'{h:g}' for h in known)}" if known else "scores without risks"
            faults.append(Fault(has, f"risks by {missing[0]:g}", column=part.model, hint=hint if known else _WITHOUT))
    if faults:
        raise InputError("predictions", faults)


_WITHOUT = "It has none: judge it with rg.tl.evaluate or rg.tl.time_roc, which take scores"


def _shared_words(parts: Sequence[Predictions]) -> str:
    """Horizons to ask for, as code."""
    modelled = [part for part in parts if part.estimate != GIVEN and len(part.risks)]
    shared = common_horizons(modelled)
    if all(same_horizon(stored_horizons([part]), h).any() for part in modelled for h in shared):
        return f"Ask for horizons={_code(shared)}, or make the model with horizons= that hold it"
    return f"The models share no horizon: make them with the same, such as horizons={_code(shared)}"


def _code(horizons: Sequence[float]) -> str:
    return f"[{', '.join(f'{h:g}' for h in horizons)}]"


def block_risks(part: Predictions, block: Block, horizon: float) -> FloatArray:
    """(repeats, n) risk of the event by the horizon of the patients of a block.

    Raises
    ------
    InputError
        If a risk is missing or outside [0, 1].
    """
    if part.estimate == GIVEN:
        return block.probability
    stored = part.risks["horizon"].to_numpy(dtype=float)
    nearest = min(set(stored), key=lambda h: abs(h - horizon))
    own = part.risks[stored == nearest]
    table = own.pivot(index="repeat", columns=keys.PATIENT, values="probability").reindex(columns=list(block.patients))
    risks = table.to_numpy(dtype=float)
    wrong: BoolArray = ~((risks >= 0) & (risks <= 1))
    if risks.shape != block.score.shape or wrong.any():
        bad = table.columns[np.asarray(wrong.any(axis=0))].tolist()
        found = f"{len(bad)} patients with a missing risk or one outside 0 to 1, such as {bad[:1]}"
        where = f"model {part.model!r}, {part.estimate}, {part.split}, horizon {horizon:g}"
        raise InputError("predictions", Fault(found, "a probability in [0, 1] per repeat", column=where))
    return np.asarray(risks, dtype=np.float64)
