"""The manual's pages: figures are shown, and pages on real cohorts are left out where there is no data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radiogenomics._vignettes import notebook, vignettes

FOLDER = Path(__file__).parents[1] / "vignettes"
CELL = re.compile(r"^```\{code-cell\}.*?^```", re.MULTILINE | re.DOTALL)
#: Calls that run a network.
LEARN = re.compile(r"\brg\.im\.(train_\w+|encode|extract_transfer|grad_cam|reconstruct|traverse|segment)\(")
EXECUTED = sorted(p for p in FOLDER.glob("*.md") if "{code-cell}" in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.stem)
def test_figures_are_shown(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # Without pyplot, a notebook shows the name of a figure instead of the figure until it is told how to draw one.
    assert "figure\n" not in text or "%matplotlib inline" in text


def test_pages_that_need_data_or_torch_are_known() -> None:
    need_data = {page.name for page in vignettes().values() if page.needs_data}
    configuration = (FOLDER / "conf.py").read_text("utf-8")
    listed = re.search(r"NEED_TORCH = \[([^\]]*)\]", configuration)
    assert listed is not None
    need_torch = set(re.findall(r'"([^"]+)"', listed[1]))
    for page in EXECUTED:
        code = "".join(CELL.findall(page.read_text("utf-8")))
        assert ("RADIOGENOMICS_DATA" in code) <= (page.stem in need_data), page
        assert bool(LEARN.search(code)) <= (page.stem in need_torch), page


def test_every_page_with_code_is_a_notebook() -> None:
    pytest.importorskip("jupytext")
    assert set(vignettes()) == {page.stem for page in EXECUTED}
    for page in vignettes().values():
        made = notebook(page)
        cells = [cell.source for cell in made.cells if cell.cell_type == "code"]
        assert len(cells) == page.text.count("{code-cell}")
        assert "radiogenomics" in "".join(cells)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.stem)
def test_code_that_is_not_run_is_coloured_too(page: Path) -> None:
    # The configuration adds the language below this line; without it the build warns where a page is not executed.
    assert "  display_name: Python 3\n---" in page.read_text("utf-8")
