"""Do differential expression and enrichment find the programmes planted in the simulated counts?"""

from __future__ import annotations

import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of

pytest.importorskip("SimpleITK")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Simulated cohort with its true classes in ``obs``; its images are of no interest here, and tiny."""
    folder = tmp_path_factory.mktemp("simulated")
    paths = rg.datasets.simulate_cohort(
        folder, n_patients=90, n_sequenced=70, n_reread=0, sequences=["T1"], shape=(8, 8, 8)
    )
    outcomes = {"mfs": {"kind": "survival", "time": "mfs_days", "event": "mfs_event", "unit": "days"}}
    clinical = rg.io.read_clinical(paths.clinical, id="patient_id")
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, rna=rg.io.read_counts(paths.counts))
    imaging = pd.read_csv(paths.truth / "imaging.csv", index_col="patient_id")["imaging_class"]
    biology = pd.read_csv(paths.truth / "biology.csv", index_col="patient_id")["rna_class"]
    data.obs["imaging"] = imaging.reindex(data.obs_names)
    data.obs["biology"] = biology.reindex(data.obs_names)
    genes = pd.read_csv(paths.truth / "genes.csv", keep_default_na=False).set_index("gene")
    return data, paths, genes


def _found(data) -> dict[str, set[str]]:
    table = rg.get.enrich(data).query("p_adjusted < 0.05")
    return {direction: set(table.loc[table["direction"] == direction, "term"]) for direction in ("up", "down")}


PLANTED = {"up": {"PROGRAMME_PROLIFERATION"}, "down": {"PROGRAMME_IMMUNE_RESPONSE"}}


def test_true_classes(simulated):
    data, paths, genes = simulated
    rg.tl.differential_expression(data, "biology", modality="rna", group="R2", reference="R1")
    table = rg.get.differential_expression(data).set_index("gene")
    planted = genes["programme"].isin(["PROLIFERATION", "IMMUNE_RESPONSE"]).reindex(table.index)
    assert table.loc[planted, "significant"].mean() > 0.8
    # Beyond the fold change of 2, hardly a gene that no class drives.
    assert table.loc[~planted, "significant"].mean() < 0.005
    rg.tl.enrich(data, paths.gene_sets)
    assert _found(data) == PLANTED
    rg.tl.enrich(data, paths.gene_sets, method="prerank", n_permutations=200)
    first = rg.get.enrich(data).assign(size=lambda t: t["score"].abs()).sort_values("size").tail(2)
    assert set(first["term"]) == PLANTED["up"] | PLANTED["down"]


def test_groups_of_the_genes_find_the_same_but_are_apparent(simulated):
    data, paths, _ = simulated
    rg.tl.consensus_cluster(
        data, modality="rna", n_clusters=2, method="kmeans", metric="euclidean", n_resamples=50, rng=0
    )
    agreement = pd.crosstab(data.obs["rna:groups"], data.obs["biology"])
    assert agreement.max(axis=1).sum() / agreement.to_numpy().sum() > 0.9
    rg.tl.differential_expression(data, "rna:groups", modality="rna")
    settings = settings_of(data.uns["differential_expression"])
    assert settings["apparent"]
    # R2 is the class of the higher hazard.
    assert agreement.loc[settings["group"]].idxmax() == "R2"
    rg.tl.enrich(data, paths.gene_sets)
    found = _found(data)
    assert PLANTED["up"] <= found["up"]
    assert PLANTED["down"] <= found["down"]


def test_imaging_classes_have_no_genes(simulated):
    """Biology is independent of imaging: the honest comparison finds next to nothing."""
    data, _, _ = simulated
    rg.tl.differential_expression(data, "imaging", modality="rna", group="I3")
    settings = settings_of(data.uns["differential_expression"])
    assert not settings["apparent"]
    assert settings["n_up"] + settings["n_down"] <= 5


def test_worst_combined_group(simulated):
    data, _, _ = simulated
    rg.tl.combine_groups(data, ["imaging", "biology"])
    rg.tl.differential_expression(data, "combined", modality="rna", min_patients=8, min_events=4)
    assert settings_of(data.uns["differential_expression"])["group"] == "I3 x R2"
    candidates = rg.get.differential_expression(data, table="candidates")
    assert candidates["group"].nunique() == 6
