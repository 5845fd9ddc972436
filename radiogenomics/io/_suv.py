"""Standardised uptake values by body weight from a DICOM PET series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from radiogenomics._errors import Fault, InputError
from radiogenomics.io._dicom_files import Header

_PHILIPS_SUV = (0x7053, 0x1000)
_NOT_BQ = 1e5  # Bq: a smaller dose was written in MBq or mCi
_CONSTANT = ("Units", "DecayCorrection", "PatientWeight", "SeriesDate", "SeriesTime")


def suv_factor(headers: Sequence[Header], where: str) -> float:
    """What the rescaled values of a PET series are multiplied by to give SUV (g/mL, body weight).

    ``BQML``: weight in g over the dose in Bq, decayed from its administration to the start of the scan where images
    are corrected to that (``DecayCorrection START``) and not decayed where they are corrected to the administration
    (``ADMIN``). The scan starts at the series' time, or at the first acquisition if that is earlier: series made
    afterwards carry a later time. ``GML``: 1. ``CNTS``: the scanner maker's own factor (Philips), if it is there.

    Raises
    ------
    InputError
        With every attribute that is missing or makes no sense.
    """
    first = headers[0]
    if first.text("Modality") != "PT":
        raise InputError(where, Fault(f"modality {first.text('Modality')!r}", "PT (PET), for SUV", column="intensity"))
    faults = [
        Fault(f"several values of {name}", "one for the series", column=name)
        for name in _CONSTANT
        if len({header.text(name) for header in headers}) > 1
    ]
    if faults:
        raise InputError(where, faults)
    units = first.text("Units")
    if units == "GML":
        kind = first.text("SUVType")
        if kind not in ("", "BW"):
            raise InputError(where, Fault(f"SUVType {kind}", "BW (body weight)", column="SUVType"))
        return 1.0
    if units == "CNTS":
        return _philips(headers, where)
    if units != "BQML":
        raise InputError(where, Fault(f"Units {units or 'missing'}", "BQML, GML or CNTS", column="Units"))
    return _from_activity(headers, where)


def _philips(headers: Sequence[Header], where: str) -> float:
    values = {float(str(h.data[_PHILIPS_SUV].value)) for h in headers if _PHILIPS_SUV in h.data}
    if len(values) != 1 or not min(values) > 0 or not all(_PHILIPS_SUV in h.data for h in headers):
        hint = "Export the series in BQML"
        raise InputError(
            where, Fault("counts without a factor to SUV", "(7053,1000) above 0, the same in every file", hint=hint)
        )
    return values.pop()


def _from_activity(headers: Sequence[Header], where: str) -> float:
    first = headers[0]
    drugs = first.data.get("RadiopharmaceuticalInformationSequence") or [{}]
    drug, faults = drugs[0], []
    if len(drugs) > 1:
        faults.append(Fault(f"{len(drugs)} radiopharmaceuticals", "one"))
    weight = _positive(first.data, "PatientWeight", faults)
    dose = _positive(drug, "RadionuclideTotalDose", faults)
    if 0 < dose < _NOT_BQ:
        faults.append(Fault(f"{dose:g}", "a dose in Bq", column="RadionuclideTotalDose", hint="Written in MBq?"))
    corrected = first.data.get("CorrectedImage")
    done = {str(part) for part in ([corrected] if isinstance(corrected, str) else corrected or [])}
    faults += [
        Fault(f"images corrected for {', '.join(sorted(done))}", f"{need} among them", column="CorrectedImage")
        for need in ("ATTN", "DECY")
        if done and need not in done
    ]
    correction = first.text("DecayCorrection")
    if correction not in ("START", "ADMIN"):
        faults.append(Fault(correction or "nothing", "START or ADMIN", column="DecayCorrection"))
    decay = 1.0
    if correction == "START":
        half_life = _positive(drug, "RadionuclideHalfLife", faults)
        elapsed = _elapsed(headers, drug, faults)
        if half_life and elapsed is not None:
            decay = 2 ** (-elapsed / half_life)
            if not 0 <= elapsed <= 10 * half_life:
                faults.append(
                    Fault(f"{elapsed / 60:.4g} minutes from injection to scan", "between 0 and ten half-lives")
                )
    if faults:
        raise InputError(where, faults)
    return 1000 * weight / (dose * decay)


def _positive(data: Any, name: str, faults: list[Fault]) -> float:
    try:
        value = float(data.get(name))
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        found = "nothing" if data.get(name) is None else str(data.get(name))
        faults.append(Fault(found, "a number above 0", column=name))
        return 0.0
    return value


def _elapsed(headers: Sequence[Header], drug: Any, faults: list[Fault]) -> float | None:
    """Seconds from the injection to the time that the images are decay-corrected to."""
    first = headers[0]
    series = _moment(first.text("SeriesDate"), first.text("SeriesTime"))
    acquired = [_moment(h.text("AcquisitionDate") or h.text("SeriesDate"), h.text("AcquisitionTime")) for h in headers]
    known = [moment for moment in (series, *acquired) if moment is not None]
    full = str(drug.get("RadiopharmaceuticalStartDateTime") or "")
    clock = str(drug.get("RadiopharmaceuticalStartTime") or "")
    injected = _moment(full[:8], full[8:]) if full else _moment(first.text("SeriesDate"), clock)
    if series is None:
        faults.append(Fault("no time", "SeriesDate and SeriesTime", column="SeriesTime"))
    if injected is None:
        faults.append(
            Fault("no time of injection", "RadiopharmaceuticalStartDateTime or RadiopharmaceuticalStartTime",
                  column="RadiopharmaceuticalStartTime")
        )  # fmt: skip
    if series is None or injected is None:
        return None
    scan = min(known)
    if not full and injected > scan:  # a time without its date: injected before midnight
        injected -= timedelta(days=1)
    return (scan - injected).total_seconds()


def _moment(date: str, time: str) -> datetime | None:
    """Date and time of day as DICOM writes them; zones are the scanner's own on all of them and are left out."""
    day = date.replace(".", "")
    clock = time.replace(":", "").split("+")[0].split("-")[0]
    whole, _, fraction = clock.partition(".")
    try:
        base = datetime.strptime(day + whole.ljust(6, "0"), "%Y%m%d%H%M%S") if len(whole) >= 2 else None
    except ValueError:
        return None
    return None if base is None else base + timedelta(seconds=float(f"0.{fraction}") if fraction.isdigit() else 0)
