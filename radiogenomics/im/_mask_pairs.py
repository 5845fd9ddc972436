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
            raise InputError("automatic", Fault(f"sequences {', '.join(sorted(set(own['sequence'])))}",
                                                f"one of the reference: {', '.join(sorted(set(other['sequence'])))}"))  # fmt: skip
        own, other = (t[t["sequence"].isin(both)].reset_index(drop=True) for t in (own, other))
    else:
        own, other = manifest_frame(own, sequences), manifest_frame(other, sequences)
    visits = ALL if "visit" in own and "visit" in other else None
    key = KEY if visits else KEY[:2]
    own = choose_reads(own, None, None, visits)
    other = choose_reads(other, reader, reading, visits)
    mine, theirs = _by_key(own, key), _by_key(other, key)
    failures = _beside(automatic, "failures", "failures.csv")
    lost = {tuple(map(str, row[:2])): str(row[2]) for row in failures.reindex(
        columns=[PATIENT, "sequence", "message"]).itertuples(index=False, name=None)}  # fmt: skip
    failed = [(name, lost[name[:2]]) for name in theirs if name not in mine and name[:2] in lost]
    gone = {name for name, _ in failed}
    out = [(*name, REASONS[0]) for name in theirs if name not in mine and name not in gone]
    out += [(*name, REASONS[1]) for name in mine if name not in theirs]
    names = [name for name in theirs if name in mine]
    if not names and not failed:
        raise InputError("automatic", Fault("no image that the reference has too", "masks of the same patients"))
    left_out = pd.DataFrame(out, columns=[*key, "reason"], dtype=object)
    quality = _beside(automatic, "quality", "quality.csv")
    return MaskPairs(key, [(mine[n], theirs[n]) for n in names], names, failed, left_out, quality)


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
