"""GMT files and what can be wrong with them."""

from __future__ import annotations

import gzip

import pytest

from radiogenomics._errors import InputError
from radiogenomics.io import read_gmt


def test_reads_sets_in_order_and_genes_once(tmp_path):
    path = tmp_path / "a.gmt"
    path.write_text("Z\tabout z\tTP53\tMYC\tTP53\t\r\n\nA\t\tKRAS\r\n")
    assert list(read_gmt(path).items()) == [("Z", ["TP53", "MYC"]), ("A", ["KRAS"])]
    packed = tmp_path / "a.gmt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_gmt(packed) == read_gmt(path)


def test_every_fault_at_once(tmp_path):
    path = tmp_path / "bad.gmt"
    path.write_text("A\tx\tTP53\nB,x,TP53\nA\tx\tMYC\nC\tx\t\n\tx\tMYC\n")
    with pytest.raises(InputError) as caught:
        read_gmt(path)
    message = str(caught.value)
    assert "4 faults" in message
    for part in (
        "row 2",
        "tab-separated",
        "row 3",
        "first in row 1",
        "row 4",
        "without genes",
        "row 5",
        "without a name",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "empty file"), (b"\xff\xfe\x00\x01", "not text"), (b"\x1f\x8bbroken", "not text")],
)
def test_not_gene_sets(tmp_path, content, expected):
    path = tmp_path / "x.gmt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        read_gmt(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_gmt(tmp_path / "none.gmt")
    with pytest.raises(InputError, match="a folder"):
        read_gmt(tmp_path)


def test_hallmark(real_data):
    sets = read_gmt(real_data / "msigdb" / "h.all.v2025.1.Hs.symbols.gmt")
    assert len(sets) == 50
    assert len({g for genes in sets.values() for g in genes}) == 4384
