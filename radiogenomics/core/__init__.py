"""The mathematics: arrays in, frozen dataclasses or arrays out. One method per file.

Imported eagerly (not on first use) because functions and their files share names.
"""

from radiogenomics.core.consensus import consensus_matrix
from radiogenomics.core.contingency import chi_squared, cramers_v, expected_counts, fisher_exact
from radiogenomics.core.kruskal import kruskal
from radiogenomics.core.multiple_testing import benjamini_hochberg, holm

__all__ = [
    "benjamini_hochberg",
    "chi_squared",
    "consensus_matrix",
    "cramers_v",
    "expected_counts",
    "fisher_exact",
    "holm",
    "kruskal",
]
