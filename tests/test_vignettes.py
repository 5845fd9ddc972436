"""The manual's pages: figures are shown, and pages on real cohorts are left out where there is no data."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "vignettes"
EXECUTED = sorted(p for p in FOLDER.glob("*.md") if "{code-cell}" in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.stem)
def test_figures_are_shown(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # Without pyplot, a notebook shows the name of a figure instead of the figure until it is told how to draw one.
    assert "figure\n" not in text or "%matplotlib inline" in text


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.stem)
def test_pages_that_need_data_are_left_out_without(page: Path) -> None:
    configuration = (FOLDER / "conf.py").read_text("utf-8")
    left_out = re.search(r'"RADIOGENOMICS_DATA"\):\s+nb_execution_excludepatterns \+= \[([^\]]*)\]', configuration)
    assert left_out is not None
    needs = 'os.environ["RADIOGENOMICS_DATA"]' in page.read_text("utf-8").replace("'", '"')
    assert not needs or any(fnmatch(page.name, p) for p in re.findall(r'"([^"]+)"', left_out[1]))
