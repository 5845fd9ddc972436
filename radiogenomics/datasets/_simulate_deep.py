"""A table in the form of deep features, made of the hidden imaging factors: no network sees any image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.datasets._simulate_images import CONTRASTS, FACTORS
from radiogenomics.datasets._simulate_outcomes import standard_factor

#: Features of each sequence, and the share of them that follow a hidden factor.
N_FEATURES = 64
INFORMATIVE = 0.25

_SCANNER = 0.5  # shift from one scanner to the next, in standard deviations of a feature


def draw_deep(
    imaging: pd.DataFrame, sequences: Sequence[str], scanner: Sequence[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Features ``<sequence>_resnet34_<dimension>`` per patient, non-negative as after a network's last pooling.

    A quarter follow one hidden factor each (never the rim where the sequence does not show it); all shift with the
    scanner; the rest is noise.
    """
    factors = np.column_stack([standard_factor(imaging, name) for name in FACTORS])
    batch = np.asarray(scanner, dtype=float)[:, None]
    columns: dict[str, np.ndarray] = {}
    for sequence in sequences:
        seen = [i for i, name in enumerate(FACTORS) if name != "rim" or CONTRASTS[sequence].rim > 0]
        weights = np.zeros((len(FACTORS), N_FEATURES))
        for j in np.flatnonzero(rng.random(N_FEATURES) < INFORMATIVE):
            weights[rng.choice(seen), j] = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.5)
        shift = _SCANNER * rng.normal(0.0, 1.0, N_FEATURES)
        values = factors @ weights + batch * shift + rng.normal(0.0, 1.0, (len(imaging), N_FEATURES))
        positive = np.logaddexp(0.0, values)
        columns |= {f"{sequence}_resnet34_{j:03d}": positive[:, j] for j in range(N_FEATURES)}
    return pd.DataFrame({keys.PATIENT: imaging[keys.PATIENT], **columns})
