import pytest

from radiogenomics.io._patient_ids import looks_like, near_misses


@pytest.mark.parametrize(
    ("stranger", "known"),
    [
        ("TCGA-BA-4074-01", "TCGA-BA-4074"),
        ("TCGA.BA.4074.01A.11R", "TCGA-BA-4074"),
        ("sts_001", "STS_001"),
        ("STS_1", "STS_001"),
        ("STS-001", "STS_001"),
        ("STS 001", "STS_001"),
        ("7", "007"),
        ("P01_T1", "P01"),
        ("P01/baseline", "P01"),
    ],
)
def test_what_looks_alike(stranger: str, known: str) -> None:
    assert near_misses([stranger], ["X9", known]) == {stranger: known}


@pytest.mark.parametrize("stranger", ["STS_002", "STS_010", "STS", "TCGA-BA-4075-01", "P011"])
def test_other_patients_do_not(stranger: str) -> None:
    assert near_misses([stranger], ["STS_001", "STS_100", "TCGA-BA-4074", "P01"]) == {}


def test_a_study_prefix_is_no_patient() -> None:
    assert near_misses(["STS_001"], ["STS"]) == {}


def test_said_in_words() -> None:
    misses = {f"a{i}": f"A{i}" for i in range(7)}
    assert looks_like(misses, at_most=1) == "'a0' looks like 'A0'; and 6 more"
