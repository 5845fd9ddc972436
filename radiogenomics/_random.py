"""Random numbers: the same seed gives the same result whatever the number of workers."""

from __future__ import annotations

import numpy as np

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import RNG


def generator(rng: RNG) -> np.random.Generator:
    """Generator from a seed, a Generator (used as it is) or ``None`` (fresh entropy)."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None and (isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0):
        raise InputError("rng", Fault(repr(rng), "a whole number of at least 0, a numpy Generator, or None"))
    return np.random.default_rng(rng)


def seed_of(rng: RNG) -> int | None:
    """The seed, as settings record it; ``None`` where a Generator or nothing was given."""
    return int(rng) if isinstance(rng, int | np.integer) else None


def spawn_seeds(rng: RNG, n: int) -> list[int]:
    """``n`` independent seeds, one per unit of work, drawn before the work is shared out among workers."""
    return [int(seed) for seed in generator(rng).integers(0, 2**31 - 1, size=n)]
