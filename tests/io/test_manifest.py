from pathlib import Path

import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a_T1", "a_mask", "b_T1", "b_mask"):
        (tmp_path / f"{name}.nii.gz").write_bytes(b"")
    return tmp_path


def manifest(folder: Path, text: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(text)
    return path


def test_reads_paths_relative_to_the_file(folder: Path) -> None:
    path = manifest(
        folder,
        "patient_id,sequence,image,mask,label,reader\n"
        "01,T1,a_T1.nii.gz,a_mask.nii.gz,2,ann\n01,T1,a_T1.nii.gz,a_mask.nii.gz,,bob\n",
    )
    table = rg.io.read_manifest(path)
    assert list(table.columns) == ["patient_id", "sequence", "image", "mask", "label", "reader"]
    assert table["patient_id"].tolist() == ["01", "01"]
    assert table["image"].iloc[0] == str(folder / "a_T1.nii.gz")
    assert table["label"].iloc[0] == 2
    assert table["label"].isna().iloc[1]


def test_all_faults_at_once(folder: Path) -> None:
    path = manifest(
        folder,
        "patient_id,sequence,image,mask,label\n"
        "a,T1,a_T1.nii.gz,a_mask.nii.gz,1\n"
        "a,T1,a_T1.nii.gz,a_mask.nii.gz,1\n"
        ",T1,b_T1.nii.gz,gone.nii.gz,1\n"
        "b,T1,b_T1.nii.gz,,one\n",
    )
    with pytest.raises(InputError) as caught:
        rg.io.read_manifest(path)
    said = str(caught.value)
    assert "row 3: found patient_id 'a', sequence 'T1' again (first in row 2)" in said
    assert "reader, reading or visit" in said
    assert "row 4, column 'patient_id': found ''; expected text that is not empty" in said
    assert "row 4, column 'mask': found 'gone.nii.gz', which does not exist" in said
    assert "row 5, column 'label': found 'one'; expected a whole number" in said
    assert "row 5, column 'mask': found ''" in said
    assert len(caught.value.faults) == 5


def test_columns(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        rg.io.read_manifest(manifest(folder, "patient_id,sequence,image,contour\na,T1,a_T1.nii.gz,x\n"))
    assert "no column 'mask'" in str(caught.value)
    assert "the unknown column 'contour'" in str(caught.value)


def test_real(real_data: Path) -> None:
    table = rg.io.read_manifest(real_data / "sts_mri" / "manifest.csv")
    assert table["sequence"].value_counts().to_dict() == {"PET": 51, "T1": 49}
    assert Path(table["mask"].iloc[0]).is_file()
