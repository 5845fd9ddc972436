"""Which files of a folder are DICOM, and what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import

if TYPE_CHECKING:
    from pydicom import Dataset

_RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
_SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_NO_IMAGES = ("RTDOSE", "RTPLAN", "PR", "KO", "SR", "REG")  # modalities
_SUFFIXES = (".dcm", ".ima")


@dataclass(frozen=True)
class Header:
    """A DICOM file without its pixels."""

    path: Path
    data: Dataset

    def text(self, keyword: str) -> str:
        """An attribute as text, empty where the file does not have it."""
        value = self.data.get(keyword)
        return "" if value is None else str(value).strip()

    @property
    def kind(self) -> str:
        """``RTSTRUCT``, ``SEG``, ``image`` or ``other``."""
        sop = self.text("SOPClassUID")
        if sop == _RTSTRUCT:
            return "RTSTRUCT"
        if sop in _SEGMENTATIONS:
            return "SEG"
        return "image" if "Rows" in self.data and self.text("Modality") not in _NO_IMAGES else "other"


def is_dicom(path: Path) -> bool:
    """Whether a file says that it is DICOM."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def read_dicom(path: Path, *, pixels: bool) -> Dataset:
    """One DICOM file.

    Raises
    ------
    InputError
        If it is damaged.
    """
    pydicom = optional_import("pydicom", needed_for="reading DICOM")
    try:
        with pydicom.config.disable_value_validation():
            data: Dataset = pydicom.dcmread(path, stop_before_pixels=not pixels)
            _ = data.get("SOPClassUID"), data.get("Rows")
    except (pydicom.errors.InvalidDicomError, EOFError, ValueError, KeyError, OSError) as error:
        fault = Fault(
            f"a damaged DICOM file ({' '.join(str(error).split())[:120]})", "a whole one", hint="Copy it again"
        )
        raise InputError(str(path), fault) from None
    return data


def headers_of(folder: Path) -> list[Header]:
    """Every DICOM file in a folder and those below it; files of other kinds are passed over.

    Raises
    ------
    InputError
        If a file called ``.dcm`` or ``.ima`` is not DICOM or damaged, or there is no DICOM file at all.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "DICOMDIR")
    found = [
        Header(path, read_dicom(path, pixels=False))
        for path in files
        if path.suffix.lower() in _SUFFIXES or is_dicom(path)
    ]
    if not found:
        what = f"{len(files)} files and no DICOM among them" if files else "an empty folder"
        raise InputError(str(folder), Fault(what, "a folder with a DICOM series"))
    return found


def matching(names: Sequence[str], wanted: str) -> list[int]:
    """Positions of the names equal to ``wanted``; if none is, of those it matches as a pattern.

    Names with brackets or plus signs are found as they stand. A pattern is a regular expression, or has ``*`` for any
    letters (``GTV*``; what fits either way is found, so that none is chosen by a misunderstanding); it must match the
    whole name, whatever its case.
    """
    exact = [i for i, name in enumerate(names) if name.strip() == wanted.strip()]
    if exact:
        return exact
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error:  # no regular expression: GTV* is one, *GTV is none
        pattern = None
    # Without a * this is the name itself, whatever its case.
    parts = re.compile(".*".join(re.escape(part) for part in wanted.strip().split("*")), re.IGNORECASE)
    fitting = [p for p in (pattern, parts) if p is not None]
    return [i for i, name in enumerate(names) if any(p.fullmatch(name.strip()) for p in fitting)]


def numbers(data: Any, keyword: str, count: int, where: str) -> tuple[float, ...]:
    """A numeric attribute of a fixed length.

    Raises
    ------
    InputError
        If it is missing, of another length or not finite.
    """
    value = data.get(keyword)
    try:
        found = tuple(float(v) for v in ([value] if count == 1 else value))
    except (TypeError, ValueError):
        found = ()
    if len(found) != count or not all(abs(v) < float("inf") for v in found):
        what = f"no {keyword}" if value is None else f"{keyword} {value!s}"
        raise InputError(where, Fault(what, "a number" if count == 1 else f"{count} numbers", column=keyword))
    return found
