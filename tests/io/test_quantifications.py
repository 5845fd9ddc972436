"""Files as STAR, featureCounts, RSEM, salmon, kallisto and the GDC write them."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning

GENES = ["ENSG00000141510.17", "ENSG00000146648.5", "ENSG00000136997.21"]
STAR = (
    "N_unmapped\t50\t50\t50\nN_multimapping\t7\t7\t7\nN_noFeature\t3\t40\t9\nN_ambiguous\t1\t0\t0\n"
    "ENSG00000141510.17\t100\t2\t98\nENSG00000146648.5\t60\t1\t59\nENSG00000136997.21\t{last}\t0\t{last}\n"
)


def star(folder: Path, **last: int) -> Path:
    for name, count in last.items():
        (folder / f"{name}.ReadsPerGene.out.tab").write_text(STAR.format(last=count))
    return folder


def test_star_folder_list_and_mapping(tmp_path: Path) -> None:
    folder = star(tmp_path, P1=40, P2=0)
    (tmp_path / "notes.txt").write_text("not of STAR")
    adata = rg.io.read_counts(folder, strandedness="reverse")
    assert list(adata.obs_names) == ["P1", "P2"]
    assert list(adata.var_names) == ["ENSG00000141510", "ENSG00000146648", "ENSG00000136997"]
    np.testing.assert_array_equal(adata.layers["counts"], [[98, 59, 40], [98, 59, 0]])
    note = json.loads(adata.uns["expression"])
    assert note["program"] == "STAR"
    assert note["rows_left_out"] == ["N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"]
    assert note["strandedness"] == "reverse"
    assert adata.uns["not_counted"]["N_noFeature"].tolist() == [9, 9]
    unstranded = rg.io.read_counts(sorted(folder.glob("*.tab")), strandedness="unstranded")
    np.testing.assert_array_equal(unstranded.layers["counts"][0], [100, 60, 40])
    named = rg.io.read_counts({"B": folder / "P2.ReadsPerGene.out.tab"}, strandedness="reverse")
    assert list(named.obs_names) == ["B"]
    one = rg.io.read_counts(folder / "P1.ReadsPerGene.out.tab", strandedness="reverse")
    np.testing.assert_array_equal(one.layers["counts"], adata.layers["counts"][:1])


def test_strandedness_is_asked_for(tmp_path: Path) -> None:
    folder = star(tmp_path, P1=40)
    with pytest.raises(InputError, match=r"unstranded 200, forward 3, reverse 197.*strandedness='reverse'"):
        rg.io.read_counts(folder)
    with pytest.warns(RadiogenomicsWarning, match=r"strandedness='forward'.*look like 'reverse'"):
        rg.io.read_counts(folder, strandedness="forward")
    with pytest.raises(InputError, match="one of unstranded, forward, reverse"):
        rg.io.read_counts(folder, strandedness="yes")
    path = tmp_path / "c.csv"
    path.write_text("gene_id,P1\nTP53,1\nEGFR,2\n")
    with pytest.raises(InputError, match=r"strandedness='reverse'.*none for files of this kind"):
        rg.io.read_counts(path, strandedness="reverse")


def test_feature_counts_of_many_and_of_one(tmp_path: Path) -> None:
    path = tmp_path / "featureCounts.txt"
    header = "Geneid\tChr\tStart\tEnd\tStrand\tLength\t"
    rows = ["TP53\tchr17;chr17\t1;5\t3;9\t-;-\t8\t{}", "EGFR\tchr7\t1\t9\t+\t9\t{}"]
    path.write_text(
        '# Program:featureCounts v2.0.3; Command:"featureCounts" "-a" "g.gtf"\n' + header
        + "/data/bam/P1.Aligned.sortedByCoord.out.bam\t/data/bam/P2.sorted.bam\n"
        + "\n".join(r.format(f"{i}\t{i + 5}") for i, r in enumerate(rows)) + "\n"
    )  # fmt: skip
    adata = rg.io.read_counts(path)
    assert list(adata.obs_names) == ["P1", "P2"]
    np.testing.assert_array_equal(adata.layers["counts"], [[0, 1], [5, 6]])
    note = json.loads(adata.uns["expression"])
    assert note["samples_renamed"]["/data/bam/P2.sorted.bam"] == "P2"
    path.write_text(path.read_text().replace("\t6\n", "\tsix\n"))
    with pytest.raises(InputError, match=r"row 4, column '/data/bam/P2.sorted.bam': found 'six'"):
        rg.io.read_counts(path)
    folder = tmp_path / "each"
    folder.mkdir()
    for i, name in enumerate(("P1", "P2")):
        text = "# Program:featureCounts\n" + header + f"{name}.bam\n" + "\n".join(r.format(i + 2) for r in rows) + "\n"
        (folder / f"{name}.featureCounts.txt").write_text(text)
    np.testing.assert_array_equal(rg.io.read_counts(folder).layers["counts"], [[2, 2], [3, 3]])


def test_rsem_salmon_and_kallisto(tmp_path: Path) -> None:
    rsem, salmon, kallisto = (tmp_path / name for name in ("rsem", "salmon", "kallisto"))
    for i, name in enumerate(("P1", "P2")):
        counts = [10.4 + i, 0.0, 7.6]
        for folder in (rsem, salmon / name, kallisto / name):
            folder.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(
            {"gene_id": GENES, "transcript_id(s)": "t", "length": 9.0, "effective_length": 8.0,
             "expected_count": counts, "TPM": [5.0, 0.0, 90.0], "FPKM": [2.0, 0.0, 50.0]}
        )  # fmt: skip
        frame.to_csv(rsem / f"{name}.genes.results", sep="\t", index=False)
        order = [2, 0, 1] if i else [0, 1, 2]
        pd.DataFrame(
            {"Name": GENES, "Length": 9, "EffectiveLength": 8.0, "TPM": [5.0, 0.0, 90.0], "NumReads": counts}
        ).iloc[order].to_csv(salmon / name / "quant.genes.sf", sep="\t", index=False)
        with gzip.open(kallisto / name / "abundance.genes.tsv.gz", "wt") as stream:
            pd.DataFrame(
                {"target_id": GENES, "length": 9, "eff_length": 8.0, "est_counts": counts, "tpm": [5.0, 0.0, 90.0]}
            ).to_csv(stream, sep="\t", index=False)
    for folder in (rsem, salmon, kallisto):
        adata = rg.io.read_counts(folder)
        assert list(adata.obs_names) == ["P1", "P2"], folder
        np.testing.assert_array_equal(adata.layers["counts"], [[10, 0, 8], [11, 0, 8]])
        assert json.loads(adata.uns["expression"])["counts_rounded"]
        tpm = rg.io.read_counts(folder, kind="tpm")
        np.testing.assert_allclose(tpm.X, np.log2([[6, 1, 91]] * 2))
        assert "counts" not in tpm.layers
    np.testing.assert_allclose(rg.io.read_counts(rsem, kind="fpkm").X[0], np.log2([3, 1, 51]))
    with pytest.raises(InputError, match=r"kind 'fpkm' of files of salmon; expected one of counts, tpm"):
        rg.io.read_counts(salmon, kind="fpkm")
    with pytest.raises(InputError, match=r"files of RSEM and salmon; expected files of one program"):
        rg.io.read_counts({"A": rsem / "P1.genes.results", "B": salmon / "P1" / "quant.genes.sf"})


def test_gdc(tmp_path: Path) -> None:
    path = tmp_path / "uuid.rna_seq.augmented_star_gene_counts.tsv"
    path.write_text(
        "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\t"
        "tpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded\nN_unmapped\t\t\t9\t9\t9\t\t\t\n"
        "ENSG00000141510.17\tTP53\tprotein_coding\t40\t20\t20\t31.5\t80\t9\n"
        "ENSG00000146648.5\tEGFR\tprotein_coding\t6\t3\t3\t2.5\t1\t1\n"
    )
    adata = rg.io.read_counts({"TCGA-01": path}, strandedness="unstranded")
    np.testing.assert_array_equal(adata.layers["counts"], [[40, 6]])
    assert adata.var["symbol"].tolist() == ["TP53", "EGFR"]
    np.testing.assert_allclose(rg.io.read_counts({"A": path}, kind="tpm").X, np.log2([[32.5, 3.5]]))
    assert list(rg.io.read_counts(tmp_path, kind="fpkm").obs_names) == ["uuid"]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"a folder with nothing; expected ReadsPerGene"):
        rg.io.read_counts(tmp_path / "empty")
    folder = tmp_path / "star"
    folder.mkdir()
    star(folder, P1=40)
    (folder / "P2.ReadsPerGene.out.tab").write_text(STAR.format(last=1).replace("ENSG00000141510", "ENSG00000999999"))
    with pytest.raises(InputError, match=r"P2.* has 1 other and lacks 1 genes"):
        rg.io.read_counts(folder, strandedness="reverse")
    (folder / "P2.ReadsPerGene.out.tab").write_text(STAR.format(last="many"))
    with pytest.raises(InputError, match=r"row 7.*P2.ReadsPerGene.out.tab: 'many'"):
        rg.io.read_counts(folder, strandedness="unstranded")
    salmon = tmp_path / "quant.genes.sf"
    salmon.write_text("Name\tLength\tEffectiveLength\tTPM\tNumReads\nENST00000269305.9\t1\t1\t1\t1\n")
    with pytest.raises(InputError, match=r"transcripts such as 'ENST00000269305.9'; expected genes.*tximport"):
        rg.io.read_counts(salmon)
    with pytest.raises(InputError, match="no file; expected at least one"):
        rg.io.read_counts([])
    with pytest.raises(InputError, match=r"id='x'.*orientation='genes_x_samples'|2 faults"):
        rg.io.read_counts(folder, id="x", orientation="genes_x_samples", strandedness="reverse")


def test_tables_of_r_and_the_firehose(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text('"P1"\t"P2"\n"TP53|7157"\t1\t2\n"EGFR|1956"\t3\t4\n"?|100130426"\t5\t6\n')
    adata = rg.io.read_counts(path, patients=["P1"])
    assert list(adata.var_names) == ["TP53", "EGFR", "?|100130426"]
    np.testing.assert_array_equal(adata.layers["counts"], [[1, 3, 5], [2, 4, 6]])


def test_fast_and_careful_reading_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics.io import _expression_table as module

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.gamma(0.3, 100, (40, 30)) + 1 / 3, columns=[f"P{i:02}" for i in range(30)])
    frame.index = pd.Index(["TP53", "EGFR", *(f"g{i}" for i in range(38))], name="gene")
    frame.to_csv(tmp_path / "t.tsv.gz", sep="\t")
    frame.T.rename_axis("patient_id").to_csv(tmp_path / "t.csv")
    fast = rg.io.read_counts(tmp_path / "t.tsv.gz", kind="fpkm")
    monkeypatch.setattr(module, "_MANY_COLUMNS", 3)
    lines = rg.io.read_counts(tmp_path / "t.csv", kind="fpkm")
    monkeypatch.setattr(module, "_fast", lambda *given: None)
    careful = rg.io.read_counts(tmp_path / "t.tsv.gz", kind="fpkm")
    np.testing.assert_array_equal(fast.X, careful.X)
    np.testing.assert_array_equal(lines.X, careful.X)
    np.testing.assert_array_equal(careful.X, np.log2(frame.T.to_numpy() + 1))


@pytest.mark.parametrize("many", [3, 2000])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patient_id,TP53,EGFR\nP1,1,2\nP2,3\n", r"row 3: found 2 cells; expected 3"),
        ("patient_id,TP53,EGFR\nP1,1,2\nP2,3,4,5\n", r"row 3: found 4 cells; expected 3"),
        ("patient_id,TP53,EGFR\nP1,1,1_000\nP2,3,4\n", r"row 2, column 'EGFR': found '1_000'"),
        ("patient_id,TP53,EGFR\nP1,1,0x1F\nP2,3,4\n", r"row 2, column 'EGFR': found '0x1F'"),
        ("patient_id,TP53,TP53\nP1,1,2\nP2,3,4\n", r"the name 'TP53' in columns 2 and 3"),
        ("patient_id,TP53,EGFR\nP1,1,NA\nP2,3,4\n", r"1 values that are missing"),
        ("patient_id,TP53,EGFR\nP1,1,Not Available\nP2,3,4\n", r"1 values that are missing"),
    ],
)
def test_fast_reading_hides_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, text: str, said: str
) -> None:
    from radiogenomics.io import _expression_table as module

    monkeypatch.setattr(module, "_MANY_COLUMNS", many)
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        rg.io.read_counts(path)
