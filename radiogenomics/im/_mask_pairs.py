"""Automatic masks beside the reference masks of the same images."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.im._case import Case
from radiogenomics.im._manifest_rows import ALL, cases_of, choose_reads, manifest_frame

KEY = (PATIENT, "sequence", "visit")
REASONS = ("no automatic mask", "no reference mask")
#: Step and error of a case in which :func:`segment` found nothing.
NOTHING_FOUND = ("segment", "DegenerateInputError")


@dataclass(frozen=True)
class MaskPairs:
    """Rows of two manifests that are of the same images.

    Attributes
    ----------
    key
        Columns that tell the images: patient, sequence, and visit where both manifests name it.
    pairs
        Automatic and reference case.
    names
        Values of ``key`` by pair.
    failed
        Values of ``key`` and message of images with a reference in which the segmenter found nothing.
    left_out
        The columns of ``key`` and ``reason``.
    quality
        What the segmenter says of its masks, by the columns of ``key``; without rows where nothing is known.
    """

    key: tuple[str, ...]
    pairs: list[tuple[Case, Case]]
    names: list[tuple[str, ...]]
    failed: list[tuple[tuple[str, ...], str]]
    left_out: pd.DataFrame
    quality: pd.DataFrame


def mask_pairs(
    automatic: StrPath | pd.DataFrame, reference: StrPath | pd.DataFrame, *, reader: str | None,
    reading: str | int | None, sequences: Sequence[str] | None,
) -> MaskPairs:  # fmt: skip
    """Match two manifests by patient, sequence and visit.

    Raises
    ------
    InputError
        If a manifest is at fault, several masks of an image are not told apart, or no image has both.
    """
    own, other = manifest_frame(automatic), manifest_frame(reference)
    if sequences is None:
        both = set(own["sequence"]) & set(other["sequence"])
        if not both:
            mine, theirs = (", ".join(sorted(set(t["sequence"]))) for t in (own, other))
            raise InputError("automatic", Fault(f"sequences {mine}", f"one of the reference: {theirs}"))
        own, other = (t[t["sequence"].isin(both)].reset_index(drop=True) for t in (own, other))
    else:
        own, other = manifest_frame(own, sequences), manifest_frame(other, sequences)
    visits = ALL if "visit" in own and "visit" in other else None
    key = KEY if visits else KEY[:2]
    own = choose_reads(own, None, None, visits)
    other = choose_reads(other, reader, reading, visits)
    made, wanted = _by_key(own, key), _by_key(other, key)
    failures = _beside(automatic, "failures", "failures.csv")
    lost = {tuple(map(str, row[:2])): tuple(map(str, row[2:])) for row in failures.reindex(
        columns=[PATIENT, "sequence", "step", "error", "message"]).itertuples(index=False, name=None)}  # fmt: skip
    failed, out = [], []
    for name in (n for n in wanted if n not in made):
        step, error, message = lost.get(name[:2], ("", "", ""))
        if (step, error) == NOTHING_FOUND:
            failed.append((name, message))
        else:  # files that could not be read are no verdict on the segmenter
            out.append((*name, f"{REASONS[0]} ({step}: {message})" if step else REASONS[0]))
    out += [(*name, REASONS[1]) for name in made if name not in wanted]
    names = [name for name in wanted if name in made]
    if not names and not failed:
        raise InputError("automatic", Fault("no image that the reference has too", "masks of the same patients"))
    left_out = pd.DataFrame(out, columns=[*key, "reason"], dtype=object)
    quality = _beside(automatic, "quality", "quality.csv")
    return MaskPairs(key, [(made[n], wanted[n]) for n in names], names, failed, left_out, quality)


def _by_key(table: pd.DataFrame, key: Sequence[str]) -> dict[tuple[str, ...], Case]:
    names = [tuple(map(str, row)) for row in table[list(key)].itertuples(index=False, name=None)]
    # A case is named by its image alone: readers are chosen by now.
    return {name: replace(case, row=name[0]) for name, case in zip(names, cases_of(table), strict=True)}


def _beside(manifest: StrPath | pd.DataFrame, attribute: str, file: str) -> pd.DataFrame:
    """A table that came with a manifest: in memory, or in the file beside it."""
    if isinstance(manifest, pd.DataFrame):
        rows: list[dict[Hashable, Any]] = list(manifest.attrs.get(attribute) or [])
        return pd.DataFrame(rows)
    path = Path(manifest).parent / file
    # Written by rg.im.segment: plain, with ids that are text whatever they look like.
    return pd.read_csv(path, dtype={PATIENT: str, "sequence": str, "visit": str}) if path.is_file() else pd.DataFrame()
