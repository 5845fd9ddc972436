"""Which patient each mark of a figure is; kept beside the artists, so that a saved figure names nobody.

The report asks for it (:func:`marks_of`): there, pointing at a mark tells the patient and the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from radiogenomics._errors import Fault, InputError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure, SubFigure


@dataclass(frozen=True)
class Marks:
    """Patients of the marks of one artist, in the order in which they are drawn, and what is said of each."""

    patients: tuple[str, ...]
    texts: tuple[str, ...]


_NAMED: WeakKeyDictionary[Artist, Marks] = WeakKeyDictionary()


def name_marks(artist: Artist, patients: Iterable[object], texts: Iterable[str] | None = None) -> None:
    """Say whose marks an artist draws.

    Parameters
    ----------
    artist
        A scatter or a line of markers with one mark per patient, or one bar, text or patch of one patient.
    patients
        Their ids, in the order of the data that the artist draws.
    texts
        What is told of each beside the id (``"score 1.2, relapsed"``).

    Raises
    ------
    InputError
        If there are not as many texts as patients.
    """
    ids = tuple(str(p) for p in patients)
    told = ("",) * len(ids) if texts is None else tuple(texts)
    if len(told) != len(ids):
        raise InputError("name_marks", Fault(f"{len(told)} texts for {len(ids)} patients", "one for each"))
    _NAMED[artist] = Marks(ids, told)


def name_each(artists: Iterable[Artist], patients: Iterable[object], texts: Iterable[str] | None = None) -> None:
    """The same for artists of one patient each, such as bars."""
    drawn, ids = list(artists), list(patients)
    told = [""] * len(ids) if texts is None else list(texts)
    if not len(drawn) == len(ids) == len(told):
        found = f"{len(drawn)} marks, {len(ids)} patients and {len(told)} texts"
        raise InputError("name_each", Fault(found, "as many of each"))
    for artist, patient, text in zip(drawn, ids, told, strict=True):
        name_marks(artist, [patient], [text])


def marks_of(figure: Figure | SubFigure) -> list[tuple[Artist, Marks]]:
    """Every artist of the figure whose patients are known, with them."""
    return [(artist, _NAMED[artist]) for artist in figure.findobj(lambda a: a in _NAMED)]


def value_text(name: str, value: float) -> str:
    """``score 1.23``: what is told of one mark."""
    return f"{name} {value:.3g}".replace("-", "\N{MINUS SIGN}") if value == value else f"{name} not known"
