"""Patient ids of different files: which belong together, which only look as if they did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TCGA = re.compile(r"(tcga-\w{2}-\w{4})(-.+)?")


def canonical(patient: str) -> str:
    """An id without what files disagree about: case, separators, leading zeros, the suffix of a TCGA barcode."""
    text = re.sub(r"[\s._\-/]+", "-", patient.strip().casefold()).strip("-")
    barcode = _TCGA.fullmatch(text)
    if barcode:
        return barcode[1]
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def near_misses(strangers: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """For each id of ``strangers`` the one of ``known`` that it looks like; ids that look like none are left out.

    Two ids look alike when their canonical forms agree, or one continues the other after a separator
    (``P01_T1`` and ``P01``). Ids that merely differ by a letter or digit do not: those are other patients.
    """
    by_form: dict[str, str] = {}
    for name in known:
        by_form.setdefault(canonical(name), name)
    found: dict[str, str] = {}
    for name in strangers:
        form = canonical(name)
        parts = form.split("-")
        for length in range(len(parts), 0, -1):
            match = by_form.get("-".join(parts[:length]))
            # A lone word such as "sts" before the number is a study's prefix and not a patient.
            if match is not None and (length == len(parts) or any(c.isdigit() for c in canonical(match))):
                found[name] = match
                break
    return found


def looks_like(misses: Mapping[str, str], *, at_most: int = 5) -> str:
    """``'TCGA-BA-4074-01' looks like 'TCGA-BA-4074'``, for the first few."""
    said = [f"{name!r} looks like {match!r}" for name, match in list(misses.items())[:at_most]]
    more = len(misses) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")
