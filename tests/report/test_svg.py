from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure

from radiogenomics.report._svg import MANY_POINTS, inline, to_svg, width_of


def _figure(n: int = 5, title: str = "") -> Figure:
    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.add_subplot()
    axes.scatter(np.arange(n), np.arange(n))
    axes.plot([0, 1], [0, 1], clip_on=True)
    axes.set_title(title)
    return figure


def test_the_same_figure_gives_the_same_file() -> None:
    assert to_svg(_figure()) == to_svg(_figure())


def test_words_stay_words_and_are_escaped() -> None:
    svg = to_svg(_figure(title="<script>alert(1)</script> & 患者"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 患者" in svg
    assert "<script" not in inline(svg, "a")


def test_ids_of_two_figures_do_not_meet() -> None:
    svg = to_svg(_figure())
    first, second = (ElementTree.fromstring(inline(svg, name)) for name in ("a", "b"))
    ids = [{e.get("id") for e in root.iter() if e.get("id")} for root in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for root, own in ((first, ids[0]), (second, ids[1])):
        referred = {v[1:] for e in root.iter() for k, v in e.attrib.items() if k.endswith("href") and v.startswith("#")}
        clips = {e.get("clip-path", "")[5:-1] for e in root.iter() if e.get("clip-path")}
        assert referred | clips
        assert referred | clips <= own


def test_no_style_sheet_reaches_the_page() -> None:
    text = inline(to_svg(_figure()), "a")
    assert "<style" not in text
    assert "<metadata" not in text
    assert not text.startswith("<?xml")


def test_many_points_become_one_image() -> None:
    svg = to_svg(_figure(20 * MANY_POINTS))
    assert "data:image/png;base64" in svg
    assert len(svg) < 200_000


def test_width() -> None:
    assert 300 < width_of(to_svg(_figure())) < 420
