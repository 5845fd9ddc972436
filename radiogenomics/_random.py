"""Random numbers: the same seed gives the same result whatever the number of workers."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import RNG


def generator(rng: RNG) -> np.random.Generator:
    """Generator from a seed, a Generator (used as it is) or ``None`` (fresh entropy)."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


def seed_of(rng: RNG) -> int | None:
    """The seed, as settings record it; ``None`` where a Generator or nothing was given."""
    return int(rng) if isinstance(rng, int | np.integer) else None


def spawn_seeds(rng: RNG, n: int) -> list[int]:
    """``n`` independent seeds, one per unit of work, drawn before the work is shared out among workers."""
    return [int(seed) for seed in generator(rng).integers(0, 2**31 - 1, size=n)]
