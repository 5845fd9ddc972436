from __future__ import annotations

import hashlib
import os
from pathlib import Path

from radiogenomics.study._hash import FileHashes, fingerprint


def test_hash_is_of_the_content_and_remembered_by_size_and_time(tmp_path: Path) -> None:
    file, memory = tmp_path / "a.csv", tmp_path / "hashes.json"
    file.write_text("abc", encoding="utf-8")
    hashes = FileHashes(memory)
    expected = hashlib.sha256(b"abc").hexdigest()
    assert hashes.of(file) == expected
    hashes.save()
    os.utime(file, ns=(1, 1))
    assert FileHashes(memory).of(file) == expected
    file.write_text("abd", encoding="utf-8")
    assert FileHashes(memory).of(file) == hashlib.sha256(b"abd").hexdigest()
    assert hashes.of(tmp_path / "none") == "missing"


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_again(tmp_path: Path) -> None:
    file, memory = tmp_path / "a.nii.gz", tmp_path / "hashes.json"
    file.write_text("abc", encoding="utf-8")
    then = file.stat().st_mtime_ns
    hashes = FileHashes(memory)
    hashes.of(file)
    hashes.save()
    file.write_text("abd", encoding="utf-8")
    os.utime(file, ns=(then, then))
    assert FileHashes(memory).of(file) == hashlib.sha256(b"abd").hexdigest()


def test_damaged_memory_is_only_a_lost_short_cut(tmp_path: Path) -> None:
    (tmp_path / "hashes.json").write_text("{half", encoding="utf-8")
    file = tmp_path / "a"
    file.write_text("x", encoding="utf-8")
    assert FileHashes(tmp_path / "hashes.json").of(file) == hashlib.sha256(b"x").hexdigest()


def test_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
