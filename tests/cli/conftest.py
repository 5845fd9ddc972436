"""The small cohort of tests/study, for the command line."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[1] / "study" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("small_study", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path: Path = _MODULE.write_study(tmp_path, n=40)
    return path
