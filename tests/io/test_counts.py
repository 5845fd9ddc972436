import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning

GENES = ["TP53", "EGFR", "MYC", "GENE4"]
PATIENTS = ["P1", "P2", "P3"]
COUNTS = np.array([[10, 0, 5, 85], [1, 2, 3, 94], [0, 0, 50, 150]])


def genes_by_samples(folder: Path, counts: np.ndarray = COUNTS, header: str = "gene_id", name: str = "c.csv") -> Path:
    path = folder / name
    pd.DataFrame(counts.T, index=pd.Index(GENES, name=header), columns=PATIENTS).to_csv(path)
    return path


def test_both_orientations_and_formats_agree(tmp_path: Path) -> None:
    frame = pd.DataFrame(COUNTS, index=pd.Index(PATIENTS, name="patient_id"), columns=GENES)
    frame.to_csv(tmp_path / "s.tsv.gz", sep="\t")
    anndata.AnnData(frame.astype(float)).write_h5ad(tmp_path / "a.h5ad")
    for path in (genes_by_samples(tmp_path), tmp_path / "s.tsv.gz", tmp_path / "a.h5ad"):
        adata = rg.io.read_counts(path)
        assert list(adata.obs_names) == PATIENTS
        assert list(adata.var_names) == GENES
        assert adata.layers["counts"].dtype == np.int64
        np.testing.assert_array_equal(adata.layers["counts"], COUNTS)
        # by hand: 10 of 100 reads are 100,000 per million
        assert adata.X[0, 0] == pytest.approx(np.log2(100_001))
        assert adata.X[2, 2] == pytest.approx(np.log2(250_001))
        assert adata.var["symbol"].tolist() == GENES
        assert json.loads(adata.uns["expression"])["scale"] == "log2"


def test_normalized_is_logged_and_log2_is_not(tmp_path: Path) -> None:
    path = genes_by_samples(tmp_path, COUNTS / 2)
    np.testing.assert_allclose(rg.io.read_counts(path, kind="normalized").X, np.log2(COUNTS / 2 + 1))
    with pytest.raises(InputError, match=r"values from 0 to 75; expected logarithms, at most 40.*kind='normalized'"):
        rg.io.read_counts(path, kind="log2")
    for kind in ("rsem", "fpkm", "tpm"):
        adata = rg.io.read_counts(path, kind=kind)
        np.testing.assert_allclose(adata.X, np.log2(COUNTS / 2 + 1))
        assert "counts" not in adata.layers
        assert json.loads(adata.uns["expression"])["kind"] == kind
    logged = genes_by_samples(tmp_path, COUNTS / 8)
    np.testing.assert_allclose(rg.io.read_counts(logged, kind="log2").X, COUNTS / 8)
    with pytest.raises(InputError, match="one of counts, expected_counts, normalized, rsem, fpkm, tpm, log2, zscore"):
        rg.io.read_counts(path, kind="rpkm")
    expected = rg.io.read_counts(genes_by_samples(tmp_path, COUNTS / 2), kind="expected_counts")
    np.testing.assert_array_equal(expected.layers["counts"], np.rint(COUNTS / 2))
    assert json.loads(expected.uns["expression"])["counts_rounded"]
    million = genes_by_samples(tmp_path, COUNTS * 30_000)
    with pytest.warns(RadiogenomicsWarning, match="add up to 6,000,000, but transcripts per million to a million"):
        rg.io.read_counts(million, kind="tpm")


def test_orientation_by_patients_or_by_word_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    pd.DataFrame([[1, 2], [3, 4]], index=pd.Index(["u1", "u2"], name="id"), columns=["v1", "v2"]).to_csv(path)
    with pytest.raises(InputError, match=r"ids that tell nothing.*orientation='genes_x_samples'"):
        rg.io.read_counts(path)
    assert list(rg.io.read_counts(path, patients=["v2"]).obs_names) == ["v1", "v2"]
    assert list(rg.io.read_counts(path, patients=["u1"]).obs_names) == ["u1", "u2"]
    assert list(rg.io.read_counts(path, orientation="genes_x_samples").obs_names) == ["v1", "v2"]
    assert list(rg.io.read_counts(path, orientation="samples_x_genes").obs_names) == ["u1", "u2"]
    with pytest.raises(InputError, match="orientation"):
        rg.io.read_counts(path, orientation="genes")


def test_conflicting_evidence_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gene symbols.*called 'patient_id'.*orientation="):
        rg.io.read_counts(genes_by_samples(tmp_path, header="patient_id"))


def test_repeated_genes_are_summed_and_versions_stripped(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(
        "gene_id,gene_name,P1,P2\nENSG00000141510.17,TP53,1,2\nENSG00000141510.18,TP53,10,20\n"
        "ENSG00000146648.5,EGFR,5,5\n__no_feature,,99,99\nN_unmapped,,7,7\n"
    )
    with pytest.warns(RadiogenomicsWarning, match="1 gene.*ENSG00000141510.*added up"):
        adata = rg.io.read_counts(path)
    assert list(adata.var_names) == ["ENSG00000141510", "ENSG00000146648"]
    assert adata.var["symbol"].tolist() == ["TP53", "EGFR"]
    assert adata.var["ensembl_id"].tolist() == list(adata.var_names)
    np.testing.assert_array_equal(adata.layers["counts"], [[11, 5], [22, 5]])
    assert json.loads(adata.uns["expression"])["rows_left_out"] == ["__no_feature", "N_unmapped"]
    with pytest.warns(RadiogenomicsWarning, match="highest mean"):
        logged = rg.io.read_counts(path, kind="log2")
    np.testing.assert_array_equal(logged.X, [[10, 5], [20, 5]])


def test_values_that_are_no_counts(tmp_path: Path) -> None:
    bad = COUNTS.astype(float).copy()
    bad[0, 1], bad[1, 0], bad[2, 3] = -1, 2.5, np.nan
    with pytest.raises(InputError) as caught:
        rg.io.read_counts(genes_by_samples(tmp_path, bad))
    said = str(caught.value)
    assert "column 'EGFR': found 1 values that are negative, the first -1.0 of patient 'P1'" in said
    assert "column 'TP53': found 1 values that are not whole, the first 2.5 of patient 'P2'" in said
    assert "kind='normalized'" in said
    assert "column 'GENE4': found 1 values that are missing" in said
    silent = COUNTS.copy()
    silent[1] = 0
    with pytest.raises(InputError, match="no count at all for patient 'P2'"):
        rg.io.read_counts(genes_by_samples(tmp_path, silent))


def test_text_and_patients_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("gene,P1,P2\nTP53,1,many\nEGFR,x,3\n")
    with pytest.raises(InputError) as caught:
        rg.io.read_counts(path)
    assert "row 2, column 'P2': found 'many'; expected a number" in str(caught.value)
    assert "row 3, column 'P1': found 'x'" in str(caught.value)
    path.write_text("patient_id,TP53,EGFR\nP1,1,2\nP1,1,2\n")
    with pytest.raises(InputError, match="patient 'P1' 2 times"):
        rg.io.read_counts(path)


def test_scale_that_looks_like_another(tmp_path: Path) -> None:
    z = np.array([[-1.0, 0.5, 1.1, -0.2], [0.1, -1.3, -0.9, 1.3], [0.9, 0.8, -0.2, -1.1]])
    path = genes_by_samples(tmp_path, z)
    with pytest.warns(RadiogenomicsWarning, match="z-scores"):
        rg.io.read_counts(path, kind="log2")
    assert json.loads(rg.io.read_counts(path, kind="zscore").uns["expression"])["scale"] == "zscore"
    with pytest.warns(RadiogenomicsWarning, match="looks like logarithms"):
        rg.io.read_counts(genes_by_samples(tmp_path, COUNTS / 10), kind="normalized")


def test_no_h5ad(tmp_path: Path) -> None:
    (tmp_path / "x.h5ad").write_text("no")
    with pytest.raises(InputError, match="not a readable h5ad"):
        rg.io.read_counts(tmp_path / "x.h5ad")


@pytest.mark.parametrize(("name", "shape"), [("ACC", (79, 18174)), ("UVM", (80, 17776))])
def test_whole_transcriptomes(real_data: Path, name: str, shape: tuple[int, int]) -> None:
    path = real_data / "tcga_rna" / f"{name}_rsem_normalized.csv.gz"
    adata = rg.io.read_counts(path, kind="normalized")
    assert adata.shape == shape
    reference = pd.read_csv(path, index_col=0, nrows=5)
    np.testing.assert_allclose(adata[:, reference.index].X, np.log2(reference.T + 1))


@pytest.mark.parametrize(("low", "high", "hint"), [(0, 1e6, "kind='normalized'"), (3, 15, "kind='log2'")])
def test_z_scores_that_are_none_are_warned_about(tmp_path: Path, low: float, high: float, hint: str) -> None:
    rng = np.random.default_rng(0)
    ids = pd.Index([f"P{i}" for i in range(20)], name="patient_id")
    genes = [f"ENSG{i:011d}" for i in range(30)]
    path = tmp_path / "x.csv"
    pd.DataFrame(rng.uniform(low, high, (20, 30)), index=ids, columns=genes).to_csv(path)
    with pytest.warns(RadiogenomicsWarning, match=rf"z-scores vary around 0; {hint}"):
        rg.io.read_counts(path, kind="zscore")
    pd.DataFrame(rng.normal(size=(20, 30)), index=ids, columns=genes).to_csv(path)
    rg.io.read_counts(path, kind="zscore")


def test_an_orientation_against_the_ids_is_refused(tmp_path: Path) -> None:
    ids = pd.Index(["P1", "P2"], name="id")
    genes = [f"ENSG{i:011d}" for i in range(5)]
    counts = pd.DataFrame(np.arange(10).reshape(2, 5) + 1, index=ids, columns=genes)
    path = tmp_path / "x.csv"
    counts.to_csv(path)
    with pytest.raises(InputError, match="although the columns hold Ensembl genes"):
        rg.io.read_counts(path, orientation="genes_x_samples")
    assert rg.io.read_counts(path, orientation="samples_x_genes").shape == (2, 5)
    anndata.AnnData(counts.astype(float)).write_h5ad(tmp_path / "x.h5ad")
    with pytest.raises(InputError, match="although the columns hold Ensembl genes"):
        rg.io.read_counts(tmp_path / "x.h5ad", orientation="genes_x_samples")
