"""Which patient each mark is: known beside the figure, told by the page, not written into saved files."""

import itertools
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from radiogenomics._errors import InputError
from radiogenomics.pl._marks import name_each, name_marks, value_text
from radiogenomics.pl._style import PALETTE
from radiogenomics.report._svg import MANY_POINTS, drawn, inline

IDS = ['A "q"', "<B>", "患者"]
NUMBERS = {name: i for i, name in enumerate(IDS)}


def _axes():  # type: ignore[no-untyped-def]
    return Figure(figsize=(3, 3), layout="constrained").add_subplot()


def _told(axes) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    made = drawn(axes.figure)
    assert not any(name in made.svg for name in ("<B>", "&lt;B&gt;", "患者"))
    root = ElementTree.fromstring(inline(made.svg, "f", marks=made.marks, patients=NUMBERS))
    return [(e.get("data-p"), e.get("data-v")) for e in root.iter() if e.get("data-p")]


def test_points_lines_and_bars_know_their_patients() -> None:
    for draw in ("scatter", "plot"):
        axes = _axes()
        made = axes.scatter([0, 1, 2], [2, 1, 0]) if draw == "scatter" else axes.plot([0, 1, 2], [2, 1, 0], "o")[0]
        name_marks(made, IDS, ["x", 'y "<"', "z"])
        assert _told(axes) == [("0", "x"), ("1", 'y "<"'), ("2", "z")]
    axes = _axes()
    name_each(axes.bar([0, 1, 2], [1, 2, 3]).patches, IDS)
    assert [p for p, _ in _told(axes)] == ["0", "1", "2"]


def test_a_point_without_a_place_moves_nobody_elses_name() -> None:
    axes = _axes()
    name_marks(axes.scatter([0, 1, 2], [2, np.nan, 0]), IDS)
    assert [p for p, _ in _told(axes)] == ["0", "2"]


def test_other_marks_than_patients_name_nobody() -> None:
    axes = _axes()
    (line,) = axes.plot([0, 1], [1, 0], "o")
    name_marks(line, IDS)
    assert _told(axes) == []


def test_very_many_bars_become_one_image() -> None:
    axes = _axes()
    n = MANY_POINTS + 1
    name_each(axes.bar(np.arange(n), np.ones(n)).patches, map(str, range(n)))
    made = drawn(axes.figure)
    assert made.marks == {}
    assert made.svg.count("<image") == 1


def test_as_many_texts_as_patients() -> None:
    with pytest.raises(InputError, match="1 texts for 3 patients"):
        name_marks(_axes().scatter([0], [0]), IDS, ["x"])
    with pytest.raises(InputError, match="1 marks, 3 patients"):
        name_each([_axes().scatter([0], [0])], IDS)


def test_values() -> None:
    assert value_text("score", -1.234) == "score −1.23"
    assert value_text("score", float("nan")) == "score not known"


# Full dichromacy after Machado, Oliveira and Fernandes (2009), of linear RGB.
_SEEN = {
    "everyone": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    share = to_xyz @ np.clip(linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("sight", list(_SEEN))
def test_colours_of_groups_can_be_told_apart(sight: str) -> None:
    """A difference of 2 is just seen side by side; 15 is told from a legend."""
    seen = []
    for colour in PALETTE:
        rgb = np.array(to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen.append(_lab(_SEEN[sight] @ linear))
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15
