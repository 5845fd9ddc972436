"""Gene sets: hypergeometric by hand, GSEA against a naive twin, coverage, and what cannot be tested."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import radiogenomics as rg
from radiogenomics._cohort import settings_of, to_uns
from radiogenomics._errors import InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.tl._gene_names import scheme_of
from radiogenomics.tl._gseapy import over_representation, prerank

REFERENCE = Path(__file__).parents[1] / "reference" / "expression"


@pytest.fixture
def tested(planted):
    rg.tl.differential_expression(planted.cohort, "risk", modality="rna")
    return planted


def _gmt(path: Path, sets: dict[str, list[str]]) -> Path:
    path.write_text("".join("\t".join([name, "", *genes]) + "\n" for name, genes in sets.items()), encoding="utf-8")
    return path


def test_over_representation_agrees_with_r():
    cases = pd.read_csv(REFERENCE / "phyper.csv").query("x <= k and m - x + k <= n")
    for n, m, k, x, p in cases.itertuples(index=False):
        background = [f"G{i}" for i in range(int(n))]
        members, query = background[: int(m)], set(background[int(m - x) : int(m - x + k)])
        row = over_representation(query, {"S": members}, set(background)).iloc[0]
        assert row["overlap"] == x
        assert row["p_value"] == pytest.approx(p, rel=1e-9), (n, m, k, x)


def test_over_representation_counted_by_hand():
    # 10 genes, 4 in the set, 3 significant of which 2 in the set: (C(4,2) C(6,1) + C(4,3)) / C(10,3) = 40 / 120.
    genes = list("ABCDEFGHIJ")
    table = over_representation({"A", "B", "E"}, {"S": list("ABCD"), "NONE": list("GHIJ")}, set(genes)).set_index(
        "term"
    )
    assert table.loc["S", "p_value"] == pytest.approx(40 / 120)
    assert table.loc["S", "genes"] == "A;B"
    # Cells 2, 2, 1, 5, each raised by a half.
    assert table.loc["S", "score"] == pytest.approx(2.5 * 5.5 / (2.5 * 1.5))
    # A set without a hit was tested too: it stays, and counts in the adjustment.
    assert table.loc["NONE", ["overlap", "p_value"]].tolist() == [0, 1.0]


def test_finds_the_planted_sets(tested):
    rg.tl.enrich(tested.cohort, tested.gmt_path)
    table = rg.get.enrich(tested.cohort).set_index(["term", "direction"])
    found = table.index[table["p_adjusted"] < 0.05].tolist()
    assert sorted(found) == [("DOWN", "down"), ("UP", "up")]
    row = table.loc[("UP", "up")]
    assert (row["collection"], row["set_size"], row["measured"], row["overlap"]) == ("planted", 31, 30, 30)
    assert row["genes"].split(";") == tested.sets["UP"]
    assert row["p_value"] == pytest.approx(stats.hypergeom.sf(29, 400, 30, 30), rel=1e-9)
    # One family: all sets in both directions.
    assert len(table) == 24
    np.testing.assert_allclose(table["p_adjusted"], stats.false_discovery_control(table["p_value"]))


def test_all_significant_genes_together(tested):
    rg.tl.enrich(tested.cohort, tested.gmt_path, directions=["all"])
    table = rg.get.enrich(tested.cohort).set_index("term")
    assert set(table["direction"]) == {"all"}
    assert set(table.index[table["p_adjusted"] < 0.05]) == {"UP", "DOWN"}


def test_background_is_the_genes_measured(tested):
    """A set whose genes are all measured and all significant means little when nearly every gene is significant."""
    rg.tl.enrich(tested.cohort, tested.gmt_path, directions=["up"])
    row = rg.get.enrich(tested.cohort).set_index("term").loc["UP"]
    with_genome = stats.hypergeom.sf(29, 20000, 31, 30)
    assert row["p_value"] > 1e30 * with_genome


def _naive_score(ranking: pd.Series, genes: set[str]) -> float:
    """Enrichment score of Subramanian et al. (2005), walking down the list."""
    hit_weight = sum(abs(v) for g, v in ranking.items() if g in genes)
    misses = len(ranking) - len(genes)
    running, extreme = 0.0, 0.0
    for gene, value in ranking.items():
        running += abs(value) / hit_weight if gene in genes else -1 / misses
        if abs(running) > abs(extreme):
            extreme = running
    return extreme


def test_prerank_agrees_with_a_naive_walk(tested):
    rg.tl.enrich(tested.cohort, tested.gmt_path, method="prerank", n_permutations=200)
    table = rg.get.enrich(tested.cohort).set_index("term")
    expression = rg.get.differential_expression(tested.cohort).set_index("gene")["statistic"]
    ranking = expression.sort_values(ascending=False)
    for term, genes in tested.sets.items():
        assert table.loc[term, "enrichment_score"] == pytest.approx(_naive_score(ranking, set(genes)), abs=1e-9)
    assert table.loc["UP", "direction"] == "up"
    assert table.loc["DOWN", "direction"] == "down"
    assert set(table.index[table["p_adjusted"] < 0.05]) == {"UP", "DOWN"}
    assert table["p_value"].min() == pytest.approx(1 / 201)
    leading = set(table.loc["UP", "genes"].split(";"))
    assert leading <= set(tested.sets["UP"])
    assert len(leading) == table.loc["UP", "overlap"] > 25
    running = rg.get.enrich(tested.cohort, table="running")
    up = running[running["term"] == "UP"]
    assert up["score"].abs().max() == pytest.approx(abs(table.loc["UP", "enrichment_score"]))
    assert (up["rank"].iloc[0], up["score"].iloc[0]) == (0, 0.0)
    assert up["score"].iloc[-1] == pytest.approx(0.0, abs=1e-9)
    assert up["hit"].sum() == 30


def test_prerank_same_seed_same_result_whatever_the_threads(tested):
    tables = []
    for n_jobs, rng in ((1, 7), (2, 7), (1, 8)):
        rg.tl.enrich(tested.cohort, tested.gmt_path, method="prerank", n_permutations=100, rng=rng, n_jobs=n_jobs)
        tables.append(rg.get.enrich(tested.cohort))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0]["p_value"].equals(tables[2]["p_value"])


def test_prerank_keeps_names_apart_that_differ_in_case():
    ranking = pd.Series(
        np.linspace(3, -3, 40), index=[*(f"gene{i}" for i in range(20)), *(f"GENE{i}" for i in range(20))]
    )
    table, _ = prerank(ranking, {"LOW": [f"gene{i}" for i in range(5)]}, n_permutations=100, threads=1, seed=0)
    assert table.loc[0, "genes"] == "gene0;gene1;gene2;gene3;gene4"


def test_quiet_and_nothing_written(tested, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    level = logging.root.manager.disable
    data = tested.cohort
    ties = rg.get.differential_expression(data)
    ties.loc[:99, "statistic"] = 0.5
    stored = data.uns["differential_expression"]
    data.uns["differential_expression"] = stored | to_uns(table=ties)
    for method in ("ora", "prerank"):
        rg.tl.enrich(data, tested.gmt_path, method=method, n_permutations=100)
    assert settings_of(data.uns["enrichment"])["n_tied"] == 100
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert logging.root.manager.disable == level


def test_coverage_and_its_warning(tested, tmp_path):
    genes = [f"GENE{i:03d}" for i in range(10)]
    thin = _gmt(tmp_path / "thin.gmt", {"A": [*genes, *(f"ELSEWHERE{i}" for i in range(30))], "B": genes[:2]})
    with pytest.warns(
        RadiogenomicsWarning, match=r"'thin': only 10 of its 40 genes \(25 %\) were measured, and 10 of 400"
    ):
        rg.tl.enrich(tested.cohort, {"thin": thin, "planted": tested.gmt_path})
    coverage = rg.get.enrich(tested.cohort, table="coverage").set_index("collection")
    row = coverage.loc["thin"]
    assert (row["n_sets"], row["n_tested"], row["genes_in_sets"], row["genes_measured_in_sets"]) == (2, 1, 40, 10)
    assert row["genes_measured"] == 400
    assert row["share"] == pytest.approx(0.25)
    assert row["share_of_measured"] == pytest.approx(10 / 400)
    assert coverage.loc["planted", "share"] > 0.99
    left = rg.get.enrich(tested.cohort, table="not_tested")
    assert left[["term", "measured", "reason"]].to_numpy().tolist() == [["B", 2, "too few genes measured"]]
    # Each collection is a family of its own.
    table = rg.get.enrich(tested.cohort)
    for _, block in table.groupby("collection"):
        np.testing.assert_allclose(block["p_adjusted"], stats.false_discovery_control(block["p_value"]))


def test_symbols_stand_in_for_ensembl_ids(planted):
    data = planted.cohort
    genes = data["rna"].var_names
    data["rna"].var["symbol"] = [*genes[:399], ""]
    data["rna"].var_names = [f"ENSG{i:011d}" for i in range(400)]
    rg.tl.differential_expression(data, "risk", modality="rna")
    rg.tl.enrich(data, planted.gmt_path)
    assert settings_of(data.uns["enrichment"])["identifier"] == "symbol"
    assert set(rg.get.enrich(data).query("p_adjusted < 0.05")["term"]) == {"UP", "DOWN"}
    assert rg.get.enrich(data, table="coverage")["genes_measured"].item() == 399


def test_symbols_that_stand_there_twice_count_once(planted):
    data = planted.cohort
    symbols = list(data["rna"].var_names)
    symbols[1] = symbols[0]
    data["rna"].var["symbol"] = symbols
    rg.tl.differential_expression(data, "risk", modality="rna")
    for method in ("ora", "prerank"):
        rg.tl.enrich(data, planted.gmt_path, method=method, n_permutations=100)
        assert (rg.get.enrich(data).query("term == 'UP'")["measured"] == 29).all()
    assert settings_of(data.uns["enrichment"])["n_duplicated_names"] == 1


def test_other_naming_scheme_is_named(tested, tmp_path):
    ensembl = _gmt(tmp_path / "e.gmt", {"A": [f"ENSG{i:011d}" for i in range(20)]})
    with pytest.raises(
        InputError, match=r"sets hold Ensembl ids \(such as ENSG0.*expression human symbols \(such as GENE000"
    ):
        rg.tl.enrich(tested.cohort, ensembl)


@pytest.mark.parametrize(
    ("names", "scheme"),
    [
        (["ENSG00000141510", "ENSG00000136997"], "Ensembl ids"),
        (["ENSG00000141510.18"], "Ensembl ids with version"),
        (["ENSMUSG00000059552"], "Ensembl ids"),
        (["7157", "4609"], "Entrez ids"),
        (["TP53", "HLA-A", "C1orf112", "7157"], "human symbols"),
        (["Trp53", "Myc", "Rpl13a"], "mouse symbols"),
        (["a b", "-"], "names of no known scheme"),
        ([], "no names"),
    ],
)
def test_naming_schemes(names, scheme):
    assert scheme_of(names) == scheme


def test_nothing_significant_is_said(planted):
    data = planted.cohort
    rg.tl.differential_expression(data, "risk", modality="rna", group="A", reference="B")
    with pytest.warns(RadiogenomicsWarning, match="no significant gene in direction up and down"):
        rg.tl.enrich(data, planted.gmt_path)
    assert (rg.get.enrich(data)["p_adjusted"] == 1).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"method": "gsea"}, "'ora' or 'prerank'"),
        ({"directions": "up"}, "in a list"),
        ({"directions": []}, "in a list"),
        ({"min_size": 9, "max_size": 3, "n_permutations": 1}, "2 faults"),
        ({"min_size": 100}, "the largest has 30"),
        ({"gene_sets": {}}, "no collection"),
        ({"gene_sets": "none.gmt"}, "no such file"),
        ({"key": "other"}, "differential_expression first"),
    ],
)
def test_bad_arguments(tested, changed, message):
    with pytest.raises(InputError, match=message):
        rg.tl.enrich(tested.cohort, **({"gene_sets": tested.gmt_path} | changed))
    assert "enrichment" not in tested.cohort.uns


def test_unknown_table(tested):
    rg.tl.enrich(tested.cohort, tested.gmt_path)
    with pytest.raises(UnknownNameError, match="not_tested"):
        rg.get.enrich(tested.cohort, table="not tested")


def test_reads_back_equal(tested, tmp_path):
    for method in ("ora", "prerank"):
        rg.tl.enrich(tested.cohort, tested.gmt_path, method=method, n_permutations=100, key_added=method)
    rg.io.write_cohort(tested.cohort, tmp_path / "c.h5mu")
    again = rg.io.read_cohort(tmp_path / "c.h5mu")
    for key in ("ora", "prerank"):
        for table in ("table", "coverage", "not_tested", "running", "left_out"):
            pd.testing.assert_frame_equal(
                rg.get.enrich(tested.cohort, key=key, table=table), rg.get.enrich(again, key=key, table=table)
            )


def test_hallmark_of_976_genes(real_data):
    """Only 271 of the 976 genes of this cohort are in Hallmark sets; E2F and G2M targets have one each."""
    folder = real_data / "tcga_hnsc_ct_rna"
    clinical = rg.io.read_clinical(folder / "clinical_cdr.csv", id="ID")
    rna = rg.io.read_counts(folder / "rnaseq_fpkm.csv", id="ID", kind="normalized")
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(clinical, outcomes=outcomes, rna=rna)
    rg.tl.differential_expression(data, "gender", modality="rna", group="MALE")
    with pytest.warns(RadiogenomicsWarning) as caught:
        rg.tl.enrich(data, rg.datasets.msigdb("hallmark"))
    assert "271 of its 4384 genes (6 %)" in str(caught[0].message)
    assert "271 of 976 measured genes" in str(caught[0].message)
    assert caught[0].filename == __file__
    row = rg.get.enrich(data, table="coverage").iloc[0]
    assert (row["genes_measured_in_sets"], row["genes_measured"]) == (271, 976)
    left = rg.get.enrich(data, table="not_tested").set_index("term")["measured"]
    assert left["HALLMARK_E2F_TARGETS"] == left["HALLMARK_G2M_CHECKPOINT"] == 1


def test_an_empty_query_has_no_odds(tested):
    settings = {**settings_of(tested.cohort.uns["differential_expression"])}
    table = rg.get.differential_expression(tested.cohort).assign(significant=False)
    tested.cohort.uns["none"] = to_uns(
        table=table, settings=settings, left_out=rg.get.differential_expression(tested.cohort, table="left_out")
    )
    with pytest.warns(RadiogenomicsWarning, match="no significant gene in direction up and down"):
        rg.tl.enrich(tested.cohort, tested.gmt_path, key="none")
    found = rg.get.enrich(tested.cohort)
    assert found["score"].isna().all()
    assert (found["p_value"] == 1).all()


def test_the_result_it_reads_is_not_overwritten_and_must_be_one_of_genes(tested):
    with pytest.raises(InputError, match="the differential expression itself"):
        rg.tl.enrich(tested.cohort, tested.gmt_path, key_added="differential_expression")
    rg.tl.kaplan_meier(tested.cohort, "risk")
    with pytest.raises(UnknownNameError, match="no table 'table'"):
        rg.tl.enrich(tested.cohort, tested.gmt_path, key="kaplan_meier")


def test_sets_that_are_no_files_are_refused(tested):
    with pytest.raises(InputError, match=r"no file for 'own'.*Write sets made in Python to a GMT file"):
        rg.tl.enrich(tested.cohort, {"own": {"S": ["A", "B"]}})
    with pytest.raises(InputError, match="found list"):
        rg.tl.enrich(tested.cohort, ["a.gmt"])


def test_mouse_symbols_are_named_where_few_genes_meet():
    from radiogenomics.tl._gene_names import coverage_table

    measured = {f"Gene{i}" for i in range(50)} | {"TP53"}
    sets = {"h": {"A": ["TP53", "MYC", "EGFR", "KRAS"]}}
    with pytest.warns(
        RadiogenomicsWarning, match="measured genes look like mouse symbols, those of the sets like human"
    ):
        coverage_table(sets, sets, measured)
