"""Fused networks of snfpy on simulated patients; run where snfpy is installed: ``python make.py``."""

from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from snf import compute

folder = Path(__file__).parent
rng = np.random.default_rng(7)
group = np.arange(36) % 3
data = [rng.normal(size=(36, p)) + shift * rng.normal(size=(3, p))[group] for p, shift in ((12, 1.0), (20, 0.7))]
distances = [cdist(x, x) for x in data]
networks = [compute.affinity_matrix(d.copy(), K=8, mu=0.5) for d in distances]
fused = compute.snf(*networks, K=8, t=20, alpha=1.0)
for i, x in enumerate(data):
    np.savetxt(folder / f"data_{i}.csv", x, delimiter=",", fmt="%.17g")
    np.savetxt(folder / f"network_{i}.csv", networks[i], delimiter=",", fmt="%.17g")
np.savetxt(folder / "fused.csv", fused, delimiter=",", fmt="%.17g")
