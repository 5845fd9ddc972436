"""A matplotlib figure as an SVG file, and as a fragment fit to stand beside others in one HTML page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.pl._marks import Marks, marks_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure, SubFigure

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
#: More marks than this are drawn as one embedded image: the page stays small and quick.
MANY_POINTS = 2000
#: Begins the id of the group of an artist whose patients are known.
_MARKS = "marks"

for _prefix, _space in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
    ElementTree.register_namespace(_prefix, _space)


@dataclass(frozen=True)
class Drawn:
    """A figure as SVG text, and whose marks stand in the groups of which ids."""

    svg: str
    marks: Mapping[str, Marks] = field(default_factory=dict)


def to_svg(figure: Figure | SubFigure, *, dpi: int = 200) -> str:
    """The figure as SVG text, the same for the same figure; words stay words, pictures have ``dpi`` dots per inch."""
    return drawn(figure, dpi=dpi).svg


def drawn(figure: Figure | SubFigure, *, dpi: int = 200) -> Drawn:
    """The figure as SVG text, with the patients of its marks beside it (the text itself names none)."""
    import matplotlib as mpl

    for axes in figure.axes:
        _flatten([*axes.collections, *axes.lines, *axes.patches])
    named = {f"{_MARKS}-{i}": pair for i, pair in enumerate(marks_of(figure)) if not pair[0].get_rasterized()}
    before = {id_: artist.get_gid() for id_, (artist, _) in named.items()}
    for id_, (artist, _) in named.items():
        artist.set_gid(id_)
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
    for id_, (artist, _) in named.items():
        artist.set_gid(before[id_])
    return Drawn(buffer.getvalue(), {id_: _finite(artist, marks) for id_, (artist, marks) in named.items()})


def _finite(artist: Artist, marks: Marks) -> Marks:
    """Those of the marks that are drawn: those with a place."""
    from matplotlib.collections import PathCollection
    from matplotlib.lines import Line2D

    if isinstance(artist, PathCollection):
        places: FloatArray = np.ma.filled(np.ma.asarray(artist.get_offsets(), dtype=float), np.nan)
    elif isinstance(artist, Line2D):
        places = np.asarray(artist.get_xydata(), dtype=float)
    else:
        return marks
    there = np.asarray(np.isfinite(places).all(axis=1))
    if len(there) != len(marks.patients) or there.all():
        return marks
    kept = np.flatnonzero(there)
    return Marks(tuple(marks.patients[i] for i in kept), tuple(marks.texts[i] for i in kept))


def _flatten(artists: list[Artist]) -> None:
    """Have artists of very many marks drawn as an image: points, markers, paths, and bars taken together."""
    from matplotlib.collections import Collection as Paths
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    for artist in artists:
        if isinstance(artist, Paths):
            n = max(len(np.asarray(artist.get_offsets())), len(artist.get_paths()))
        elif isinstance(artist, Line2D):
            n = len(np.asarray(artist.get_xdata())) if artist.get_marker() not in ("None", None, "", " ") else 0
        else:
            continue
        if n > MANY_POINTS:
            artist.set_rasterized(True)
    patches = [artist for artist in artists if isinstance(artist, Patch)]
    if len(patches) > MANY_POINTS:
        for patch in patches:
            patch.set_rasterized(True)


def width_of(svg: str) -> float:
    """Its own width, in CSS pixels."""
    found = re.search(r'<svg[^>]* width="([0-9.]+)pt"', svg)
    return float(found[1]) * 4 / 3 if found else 480.0


def inline(
    svg: str, name: str, *, marks: Mapping[str, Marks] | None = None, patients: Mapping[str, int] | None = None,
    named: Collection[str] = (),
) -> str:  # fmt: skip
    """The ``<svg>`` element alone, hidden from screen readers (the figure around it carries the alt text).

    Ids are prefixed with ``name``, so that figures do not draw with each other's clips and markers, and the style
    sheet, which would apply to the whole page, becomes inherited attributes.

    Parameters
    ----------
    svg
        What :func:`to_svg` made.
    name
        Of the figure.
    marks
        Whose marks stand in the groups of which ids.
    patients
        Number of each patient of the page. A mark of one of them gets ``data-p``, the number, and ``data-v``, what is
        told of it.
    named
        Patients whose id, where it stands alone as a text of the figure, is their mark.
    """
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"):
                parent.remove(child)
    _name(root, marks or {}, patients or {}, named)
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


def _name(
    root: ElementTree.Element, marks: Mapping[str, Marks], patients: Mapping[str, int], named: Collection[str]
) -> None:
    """Number the marks of patients that the page knows."""
    groups = {element.get("id"): element for element in root.iter(f"{{{_SVG}}}g")} if marks else {}
    for id_, own in marks.items():
        group = groups.get(id_)
        found = _leaves(group) if group is not None and len(own.patients) > 1 else [group]
        if group is None or len(found) != len(own.patients):
            continue  # some marks lie outside the axes and were not drawn: which is whose cannot be told
        for element, patient, text in zip(found, own.patients, own.texts, strict=True):
            if element is not None and patient in patients:
                element.set("data-p", str(patients[patient]))
                if text:
                    element.set("data-v", text)
    for element in root.iter(f"{{{_SVG}}}text") if named else ():
        words = "".join(element.itertext()).strip()
        if words in named and words in patients:
            element.set("data-p", str(patients[words]))


def _leaves(group: ElementTree.Element) -> list[ElementTree.Element]:
    """The marks drawn in a group, without the shapes that they refer to."""
    shapes = {id(e) for defs in group.iter(f"{{{_SVG}}}defs") for e in defs.iter()}
    uses = list(group.iter(f"{{{_SVG}}}use"))
    return uses or [e for e in group.iter(f"{{{_SVG}}}path") if id(e) not in shapes]
