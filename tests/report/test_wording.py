"""Columns of groups in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mudata import MuData

from radiogenomics.report._found import results_in
from radiogenomics.report._wording import Wording


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Differences between the groups of rna:groups in os", "Differences between the RNA groups in os"),
        ("Groups of radiomics:groups", "radiomics groups"),
        ("3 groups of rna:groups.", "3 RNA groups."),
        ("rna:groups B against A: hazard ratio 2", "RNA group B against A: hazard ratio 2"),
        ("combined A x B against A x A", "combined group A x B against A x A"),
        ("curves of os by combined: censored patients", "curves of os by combined groups: censored patients"),
        ("radiomics:groups + rna:groups", "radiomics groups + RNA groups"),
        ("no rna:groups", "no RNA groups"),
        ("no rna data", "no RNA data"),
        ("4 groups of 20 patients by rna: A (12)", "4 groups of 20 patients by RNA: A (12)"),
        ("combined", "combined groups"),
        ("6 combined groups of 20 patients", "6 combined groups of 20 patients"),
        ("/data/rna/rna:groups.csv and rna.csv", "/data/rna/rna:groups.csv and rna.csv"),
        ("rna_score, mrna, combined_score", "rna_score, mrna, combined_score"),
    ],
)
def test_words(cohort: Callable[..., MuData], text: str, words: str) -> None:
    data = cohort()
    assert Wording(data, results_in(data)).prose(text) == words
