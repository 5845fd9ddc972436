"""The section on the images: what a look at each of them found, and all of them on one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError
from radiogenomics.report._figures import Plan
from radiogenomics.report._format import count, listed, number, slug
from radiogenomics.report._tables import shown
from radiogenomics.report._views import View

if TYPE_CHECKING:
    from radiogenomics._types import Cohort, StrPath

#: Longest page of contact sheets that stands in a report, in letters of SVG; all together they stay below 12 MB.
_AT_MOST = 12_000_000


def checked_images(data: Cohort) -> pd.DataFrame:
    """The stored table of ``rg.im.check``; without rows where there is none."""
    found = data.uns.get(keys.IMAGE_CHECK)
    return found if isinstance(found, pd.DataFrame) else pd.DataFrame()


def sheet_plans(data: Cohort, sheets: Mapping[str, StrPath]) -> list[Plan]:
    """Contact sheets that were drawn before, as figures.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    checked = checked_images(data)
    out = []
    for sequence, path in sheets.items():
        try:
            svg = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(str(path), Fault(str(error), "an SVG file of rg.pl.contact_sheet")) from error
        own = checked[checked["sequence"].astype(str) == sequence] if "sequence" in checked else checked
        n = f"{count(len(own), 'case')} of {sequence}" if len(own) else sequence
        out.append(
            Plan(
                slug("contact_sheet", sequence),
                f"Every tumour of {sequence}: the slice with most of it and its contour. Names in colour: remarks in "
                "the table below.",
                f"Contact sheet of {n}: one slice of each with the contour of the mask; a figure for the eye alone.",
                own.drop(columns=[c for c in own if str(c).startswith("z_")]).reset_index(drop=True),
                svg=svg,
                named=frozenset(own[keys.PATIENT].astype(str)) if keys.PATIENT in own else frozenset(),
            )
        )
    return out


def too_large(plans: list[Plan]) -> set[str]:
    """Figures that would make the page too large to open; they stay files."""
    out, total = set(), 0
    for plan in sorted(plans, key=lambda p: len(p.svg or "")):
        total += len(plan.svg or "")
        if total > _AT_MOST:
            out.add(plan.name)
    return out


def findings(checked: pd.DataFrame) -> list[str]:
    """What was looked at, what was remarked on, and protocols that differ."""
    noted = checked[checked["remarks"].astype(str) != ""]
    n = checked[keys.PATIENT].nunique()
    out = [
        f"{count(len(checked), 'image')} of {count(n, 'patient')} were looked at; {count(len(noted), 'case')} "
        f"{'has' if len(noted) == 1 else 'have'} remarks" + (f": {_kinds(checked)}." if len(noted) else ".")
    ]
    for sequence, own in checked.groupby("sequence", sort=False):
        said = _spacings(own)
        if said:
            out.append(f"{sequence}: voxel spacing differs between patients ({said}).")
    return out


def _kinds(checked: pd.DataFrame) -> str:
    """How many cases have which kind of remark."""
    text = checked["remarks"].astype(str)
    kinds = {
        "cannot be used": text.str.startswith("cannot be used"),
        "mask touching the border of the image": text.str.contains("touches the image's border"),
        "several parts or holes": text.str.contains("separate parts|holes of"),
        "small masks": text.str.contains("only .* voxels|lies in one slice"),
        "a protocol or intensities unlike the others'": text.str.contains("most others have|median of all"),
        "one intensity everywhere": text.str.contains("the same intensity everywhere"),
    }
    kinds["others"] = (text != "") & ~pd.concat(list(kinds.values()), axis=1).any(axis=1)
    return listed([f"{words} in {int(found.sum())}" for words, found in kinds.items() if found.any()], most=len(kinds))


def _spacings(own: pd.DataFrame) -> str:
    """Voxel sizes with how many have them, the most common first; empty where they are all the same."""
    axes = [f"spacing_{a}" for a in "xyz"]
    if not set(axes) <= set(own):
        return ""
    known = own[axes].dropna().astype(float)
    sizes = known.map(lambda v: number(v)).agg(" x ".join, axis=1).value_counts()
    if len(sizes) < 2 or bool((known.max() <= known.min() * 1.01).all()):
        return ""
    more = [f"{len(sizes) - 5} more"] if len(sizes) > 5 else []
    return listed([f"{size} mm in {n}" for size, n in sizes.head(5).items()] + more)


def section(data: Cohort, drawn: list[Plan]) -> dict[str, Any] | None:
    """The section, or ``None`` where no images were looked at."""
    checked = checked_images(data)
    large = too_large(drawn)
    blocks: list[dict[str, Any]] = [
        {"kind": "figure", "name": p.name, "caption": p.caption, "alt": p.alt} for p in drawn if p.name not in large
    ]
    if "remarks" not in checked and not drawn:
        return None
    said: list[str] = []
    if "remarks" in checked:
        said = findings(checked)
        noted = checked[checked["remarks"].astype(str) != ""]
        columns = ((keys.PATIENT, "Patient"), ("sequence", "Sequence"), ("reader", "Reader"), ("remarks", "Remarks"))
        if "reader" in noted and not noted["reader"].astype(str).ne("").any():
            noted = noted.drop(columns="reader")
        if len(noted):
            blocks.append(shown(noted, View("Images to look at again", columns), csv=keys.IMAGE_CHECK))
    said += [f"The contact sheet of {name} is too large for this page: figures/{name}.svg." for name in sorted(large)]
    return {"id": "images", "title": "Images", "findings": said, "warnings": [], "blocks": blocks, "parts": []}
