"""A matplotlib figure as an SVG file, and as a fragment fit to stand beside others in one HTML page."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
#: More points than this are drawn as one embedded image: the page stays small and quick.
MANY_POINTS = 2000

for _prefix, _space in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
    ElementTree.register_namespace(_prefix, _space)


def to_svg(figure: Figure | SubFigure, *, dpi: int = 200) -> str:
    """The figure as SVG text, the same for the same figure; words stay words, pictures have ``dpi`` dots per inch."""
    import matplotlib as mpl

    for axes in figure.axes:
        for points in axes.collections:
            if len(np.asarray(points.get_offsets())) > MANY_POINTS:
                points.set_rasterized(True)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "radiogenomics"}), warnings.catch_warnings():
        # Names in other scripts than matplotlib's own font has: the words are kept as text, which the browser can draw.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning)
        figure.figure.savefig(
            buffer,
            format="svg",
            dpi=dpi,
            bbox_inches="tight",
            pad_inches=0.06,
            metadata={"Date": None, "Creator": None},
        )
    return buffer.getvalue()


def width_of(svg: str) -> float:
    """Its own width, in CSS pixels."""
    found = re.search(r'<svg[^>]* width="([0-9.]+)pt"', svg)
    return float(found[1]) * 4 / 3 if found else 480.0


def inline(svg: str, name: str) -> str:
    """The ``<svg>`` element alone, hidden from screen readers (the figure around it carries the alt text).

    Ids are prefixed with ``name``, so that figures do not draw with each other's clips and markers, and the style
    sheet, which would apply to the whole page, becomes inherited attributes.
    """
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"):
                parent.remove(child)
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            if attribute == "id":
                element.set("id", f"{name}-{value}")
            elif attribute in ("href", _XLINK) and value.startswith("#"):
                element.set(attribute, f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.set(attribute, _REFERENCE.sub(rf"url(#{name}-\1)", value))
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("style", f"stroke-linejoin:round;stroke-linecap:butt;width:{width_of(svg):.0f}px")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
