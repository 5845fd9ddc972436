"""Step preprocess with a split: what is learned from images is learned from training patients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import radiogenomics as rg

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")]


def test_landmarks_are_learned_from_the_training_part(tmp_path: Path) -> None:
    simulated = rg.datasets.simulate_cohort(
        tmp_path, n_patients=14, n_sequenced=10, n_reread=0, n_genes=200, sequences=("T1",), shape=(24, 24, 8)
    )
    off = ("normalise", "expression", "enrichment", "combined_cindex", "cluster", "associate", "survival", "report")
    steps = {f"steps.{name}": False for name in off}
    result = rg.study.run(
        simulated.study,
        n_jobs=1,
        overrides={
            **steps,
            "data.split": {"internal": 0.3},
            "data.rna.kind": "normalized",
            "steps.preprocess": {"spacing": [2, 2, None], "normalization": "nyul"},
            "steps.clean": {"radiomics": {}},
        },
    )
    cohort = rg.io.read_cohort(result.output / "cohort.h5mu")
    training = set(cohort.obs_names[cohort.obs["split"] == "training"])
    folder = result.output / ".radiogenomics" / "preprocess"
    learned = json.loads((folder / "standard.json").read_text())["sequences"]["T1"]["patients"]
    assert set(learned) == training & set(cohort.mod["radiomics"].obs_names)
    assert 0 < len(learned) < 14
    told = json.loads(cohort.mod["radiomics"].uns["preprocessing"])
    assert told["settings"]["standard"]["T1"]["source"] == "mean of the training patients"
    assert len(told["cases"]) == 14
