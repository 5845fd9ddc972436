from pathlib import Path

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._cohort import frame_of
from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.io._features import describe_features


def table(folder: Path, text: str, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_words_for_no_number_are_counted(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "ID,date,a,b,diagnostics_Mean,c\nx,1996.08.23,1,Inf,5,7\ny,1997.01.02,#DIV/0!,-inf,5,\nz,1998.01.02,NaN,2e-3,5,8\n",
    )
    adata = rg.io.read_features(path)
    assert list(adata.obs_names) == ["x", "y", "z"]
    assert list(adata.var_names) == ["a", "b", "c"]
    np.testing.assert_array_equal(adata.X, [[1, np.inf, 7], [np.nan, -np.inf, np.nan], [np.nan, 0.002, 8]])
    counted = frame_of(adata.uns, "not_finite").set_index("feature")
    assert counted.loc["a"].tolist() == [2, 0, 1]
    assert counted.loc["b"].tolist() == [0, 2, 0]
    assert counted.loc["c"].tolist() == [1, 0, 0]
    left_out = frame_of(adata.uns, "left_out_columns").set_index("column")["reason"].to_dict()
    assert left_out == {"date": "text", "diagnostics_Mean": "diagnostics"}


def test_text_among_numbers_is_a_fault(tmp_path: Path) -> None:
    path = table(tmp_path, "ID,a,b\nx,1,2\ny,see note,3\nx,4,1_000\n")
    with pytest.raises(InputError) as caught:
        rg.io.read_features(path)
    assert "row 3, column 'a': found 'see note'; expected a number" in str(caught.value)
    assert "row 4, column 'b': found '1_000'" in str(caught.value)
    assert "patient 'x' in rows 2, 4" in str(caught.value)


def test_drop_takes_names_and_patterns(tmp_path: Path) -> None:
    path = table(tmp_path, "ID,a1,a2,b\nx,1,2,3\ny,1,2,4\n")
    assert list(rg.io.read_features(path, drop=["a*"]).var_names) == ["b"]
    with pytest.raises(InputError, match=r"'b1'.*Did you mean"):
        rg.io.read_features(path, drop=["b1"])
    with pytest.raises(DegenerateInputError, match="no column of numbers"):
        rg.io.read_features(path, drop=["*"])


def test_files_are_stacked(tmp_path: Path) -> None:
    first = table(tmp_path, "ID,a,b\nx,1,2\n", "1.csv")
    second = table(tmp_path, "ID,b,a\ny,4,3\n", "2.csv")
    np.testing.assert_array_equal(rg.io.read_features([first, second]).X, [[1, 2], [3, 4]])
    with pytest.raises(InputError, match="no column 'b'"):
        rg.io.read_features([first, table(tmp_path, "ID,a\nz,1\n", "3.csv")])
    with pytest.raises(InputError, match=r"patient 'x', who is in 1.csv too"):
        rg.io.read_features([first, table(tmp_path, "ID,a,b\nx,1,2\n", "4.csv")])


def test_names_are_parsed() -> None:
    var = describe_features(
        [
            "T1_wavelet-LLH_glcm_Contrast",
            "CE-T1_log-sigma-2-0-mm-3D_firstorder_Mean",
            "original_shape_Sphericity",
            "VOLUME",
        ]
    )
    assert var.to_numpy().tolist() == [
        ["T1", "wavelet-LLH", "glcm", "Contrast"],
        ["CE-T1", "log-sigma-2-0-mm-3D", "firstorder", "Mean"],
        ["", "original", "shape", "Sphericity"],
        ["", "", "", ""],
    ]


def test_glioma_as_published(real_data: Path) -> None:
    folder = real_data / "tcga_glioma_mri_rna"
    files = [folder / f"TCGA_{name}_radiomicFeatures.csv" for name in ("GBM", "LGG")]
    adata = rg.io.read_features(files)
    assert adata.shape == (167, 724)
    text = "".join(file.read_text() for file in files)
    assert frame_of(adata.uns, "not_finite")["failed"].sum() == text.count("#DIV/0!") > 0
    assert np.isinf(adata.X).sum() == text.count("Inf")
