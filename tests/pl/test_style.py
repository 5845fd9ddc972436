"""Colours that words can be read in, and names in words."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_rgb

import radiogenomics as rg
from radiogenomics._words import grouping_words, model_words, survival_words
from radiogenomics.pl._style import MUTED, PALETTE, _luminance, text_colour
from radiogenomics.pl._text import estimate_text
from tests.tl._planted import FAST, cohort, frame


def contrast_with_white(colour: str) -> float:
    return 1.05 / (_luminance(to_rgb(colour)) + 0.05)


def test_luminance_of_known_colours() -> None:
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", [*PALETTE, MUTED, "#ffffff"])
def test_words_in_a_colour_stand_out_from_white(colour: str) -> None:
    assert contrast_with_white(text_colour(colour)) >= 4.5


def test_a_colour_that_stands_out_already_is_kept() -> None:
    assert text_colour("#0072B2").upper() == "#0072B2"


@pytest.mark.parametrize(
    ("column", "words"),
    [("radiomics:groups", "radiomics groups"), ("rna:groups", "RNA groups"), ("rna:subtype", "RNA subtype"),
     ("grade", "grade"), ("a:", "a:"), (":b", ":b")],
)  # fmt: skip
def test_groupings_in_words(column: str, words: str) -> None:
    assert grouping_words(column) == words


def test_models_in_words() -> None:
    assert model_words("radiomics:groups x rna:groups") == "radiomics groups x RNA groups"


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("size", [None, (8.0, 3.0), (3.0, 5.0)])
def test_title_of_the_consensus_matrix_stands_clear_of_the_names_of_the_groups(
    k: int, size: tuple[float, float] | None
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=k, **FAST)
    axes = rg.pl.consensus_matrix(adata, ax=None if size is None else Figure(figsize=size).add_subplot())
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    axes.figure.draw(renderer)
    title = next(t for t in axes.get_children() if getattr(t, "get_text", lambda: "")() == axes.get_title(loc="left"))
    assert title.get_window_extent(renderer).y0 > max(t.get_window_extent(renderer).y1 for t in axes.texts)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("os", "Overall survival (os)"), ("overall_survival", "Overall survival (overall_survival)"),
     ("mfs", "Metastasis-free survival (mfs)"), ("pfi", "Progression-free survival (pfi)"),
     ("pfs", "Progression-free survival (pfs)"), ("death", "Free of event (death)"),
     ("loss_of_graft", "Free of event (loss_of_graft)")],
)  # fmt: skip
def test_axes_of_survival_name_the_outcome(outcome: str, words: str) -> None:
    assert survival_words(outcome) == words


def test_estimates_in_figures_have_no_exponents() -> None:
    assert estimate_text(0.02, 0.0023, 0.19) == "0.02 (<0.01–0.19)"
    assert estimate_text(12.0, 1.5, 25000.0) == "12.00 (1.50–>1000)"
