"""Shared fixtures: the folder of real data, quiet progress bars."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("Agg")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real cohorts; tests that need it are skipped, saying so, where it is not set."""
    folder = os.environ.get("RADIOGENOMICS_DATA")
    if not folder:
        pytest.skip("RADIOGENOMICS_DATA is not set: no real data here")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"RADIOGENOMICS_DATA={folder} is not a folder")
    return path


@pytest.fixture(autouse=True)
def _quiet() -> None:
    from radiogenomics import settings

    settings.progress = False
