from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError


def write(folder: Path, text: str, name: str = "clinical.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_types_and_ids(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "patient_id,age,days,grade,note,empty\n"
        "007,60,12.5,high,a b,\n"
        "\n"
        "008,61,NA,[Not Available],,\n"
        '"009",62,3e2,low,"x, y",n/a\n',
    )
    table = rg.io.read_clinical(path)
    assert list(table.index) == ["007", "008", "009"]
    assert table["age"].dtype == np.int64
    assert table["days"].tolist()[::2] == [12.5, 300.0]
    assert np.isnan(table["days"].iloc[1])
    assert table["grade"].tolist() == ["high", None, "low"]
    assert table["note"].tolist() == ["a b", None, "x, y"]
    assert table["empty"].isna().all()
    assert table.attrs["rows"] == {"007": 2, "008": 4, "009": 5}


def test_lines_within_a_cell(tmp_path: Path) -> None:
    path = write(tmp_path, 'patient_id,note,age\na,"two\nlines",1\nb,one\u2028line,2\n')
    table = rg.io.read_clinical(path)
    assert table["note"].tolist() == ["two\nlines", "one\u2028line"]
    assert table.attrs["rows"] == {"a": 2, "b": 4}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path, f"patient_id{mark}age\na{mark}1\n")
    assert rg.io.read_clinical(path)["age"].tolist() == [1]


def test_none_is_a_value_and_missing_words_can_be_added(tmp_path: Path) -> None:
    path = write(tmp_path, "patient_id,recurrence,size\na,none,1\nb,local,.z\n")
    table = rg.io.read_clinical(path, missing=[".z"])
    assert table["recurrence"].tolist() == ["none", "local"]
    assert np.isnan(table["size"].iloc[1])


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "patient_id,age,size\na,60,1\nb,old,2\na,61,3\n,62,4\nc,63,5\nd,64,>6\ne,65,7\n",
    )
    with pytest.raises(InputError) as caught:
        rg.io.read_clinical(path, numeric=["weight"])
    said = str(caught.value)
    assert str(path) in said
    assert len(caught.value.faults) == 5
    assert "row 3, column 'age': found 'old'; expected a number" in said
    assert "row 4, column 'patient_id': found patient 'a' in rows 2, 4" in said
    assert "row 5, column 'patient_id': found no id" in said
    assert "row 7, column 'size': found '>6'; expected a number" in said
    assert "'weight'" in said


def test_mostly_numbers_may_be_kept_as_text(tmp_path: Path) -> None:
    path = write(tmp_path, "patient_id,stage\na,1\nb,2\nc,3\nd,1\ne,2\nf,2b\n")
    with pytest.raises(InputError, match=r"row 7, column 'stage': found '2b'.*text="):
        rg.io.read_clinical(path)
    assert rg.io.read_clinical(path, text=["stage"])["stage"].tolist() == ["1", "2", "3", "1", "2", "2b"]


def test_declared_number_refuses_any_text(tmp_path: Path) -> None:
    path = write(tmp_path, "patient_id;size\na;1,5\nb;x\n")
    with pytest.raises(InputError, match="Write decimals with a point") as caught:
        rg.io.read_clinical(path, numeric=["size"])
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("patient_id,age\n", "no rows"),
        ("patient_id,age,age\na,1,2\n", "'age' in columns 2 and 3"),
        ("patient_id,age\na,1,2\n", "row 2: found 3 cells; expected 2"),
        ("patient,age\na,1\n", "no column 'patient_id' of patient ids; expected one of the columns 'patient', 'age'"),
        ("ID,age\na,1\nb,1\n", "Name yours with id=, for example id='ID'"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        rg.io.read_clinical(write(tmp_path, text))
    assert said in str(caught.value)


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "patient_id\na\n", "clinical_2.csv")
    with pytest.raises(InputError, match=r"nothing there; expected a file. The folder holds clinical_2.csv"):
        rg.io.read_clinical(tmp_path / "clinical.csv")
    with pytest.raises(InputError, match="a folder; expected a file"):
        rg.io.read_clinical(tmp_path)
    with pytest.raises(InputError, match="does not exist either"):
        rg.io.read_clinical(tmp_path / "no" / "clinical.csv")


def test_other_encodings_and_binary_files_are_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("patient_id,name\na,Gérard\n".encode("latin-1"))
    with pytest.raises(InputError, match="CSV UTF-8"):
        rg.io.read_clinical(latin)
    (tmp_path / "fake.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match="cannot be read"):
        rg.io.read_clinical(tmp_path / "fake.csv.gz")


@pytest.mark.parametrize(
    ("file", "id_name", "shape"),
    [
        ("sts_mri/clinical.csv", "patient_id", (51, 19)),
        ("tcga_hnsc_ct_rna/clinical_cdr.csv", "ID", (106, 32)),
        ("tcga_glioma_mri_rna/clinical_cdr.csv", "bcr_patient_barcode", (166, 33)),
        ("tcga_sarc/clinical_cdr_n261.csv", "bcr_patient_barcode", (261, 32)),
    ],
)
def test_real_tables(real_data: Path, file: str, id_name: str, shape: tuple[int, int]) -> None:
    table = rg.io.read_clinical(real_data / file, id=id_name)
    reference = pd.read_csv(real_data / file, dtype=str).set_index(id_name)
    assert table.shape == shape
    for name in table:
        if pd.api.types.is_numeric_dtype(table[name]):
            expected = pd.to_numeric(reference[name], errors="coerce").to_numpy()
            np.testing.assert_array_equal(table[name].to_numpy(dtype=float), expected)
