"""Drop features that do not repeat between readers, readings or scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from radiogenomics._cohort import dense, left_out_table, modality_of, patients_of, raw_features, training_patients
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics.ml._icc_filter import ICCFilter
from radiogenomics.ml._readings import packed_readings
from radiogenomics.pp._apply import learn, write_transform

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort


def filter_icc(
    data: Cohort,
    designs: Mapping[str, Sequence[AnnData | pd.DataFrame]],
    *,
    modality: str | None = None,
    threshold: float = 0.75,
    form: str | Mapping[str, str] = "icc2",
    rule: Literal["value", "lower"] = "value",
    confidence: float = 0.95,
    key_added: str = "icc",
) -> None:
    """Drop features whose intraclass correlation is too low in any of several designs :cite:p:`Shrout1979,Koo2016`.

    Parameters
    ----------
    data
        Cohort; with a split, readings of its test patients are left out. Readings of patients who are not in the
        cohort are always used.
    designs
        By name (``{"inter": [reader_1, reader_2], "intra": [...]}``), readings of the same patients: tables of patients
        x features as they were extracted, before any transform (an AnnData may name its patients in
        ``obs["patient_id"]``). They are matched by patient and feature.
    modality
        Required for a MuData.
    threshold
        Least ICC in [0, 1]; 0.75 is commonly called good.
    form
        ``"icc1"``, ``"icc2"`` or ``"icc3"``, with ``k`` behind it of the mean of the readings (see
        :class:`rg.core.ICC`); one for all designs, or one by name of each.
    rule
        ``"value"``: the estimate must reach the threshold; ``"lower"``: the lower bound of its interval.
    confidence
        Level of the intervals.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Drops features from the modality's ``X``, ``var`` and ``layers``; the matrix as it came stays in ``raw``.
    The step is recorded with the readings, so that cross-validated functions filter anew in each training fold, without
    readings of the cohort's patients who are not in it. Sets ``uns[key_added]`` of the modality: ``features`` (a row
    per design and feature: ``icc`` with ``lower`` and ``upper``, ``p_value``, ``n_patients``, ``kept`` in every
    design), ``designs`` (a row per design: patients, readings, how many features reach the threshold there),
    ``settings`` and ``left_out`` (re-read patients whose readings were not used).

    Raises
    ------
    InputError
        Designs without two readings, readings that lack a feature or name a patient twice, faulty arguments.
    DegenerateInputError
        Fewer than three patients have all readings of a design, or no feature passes.
    """
    tables = _tables(designs, [str(name) for name in modality_of(data, modality).var_names])
    raw = list(raw_features(data, modality).columns)
    read = {str(patient) for readings in tables.values() for table in readings for patient in table.index}
    adata = modality_of(data, modality)
    everyone = patients_of(data).union(patients_of(adata))
    estimator = ICCFilter(
        packed_readings(tables, raw), threshold=threshold, form=form, rule=rule, confidence=confidence,
        cohort=sorted(read & set(everyone)),
    )  # fmt: skip
    fitted = learn(data, modality, estimator)
    training = set(patients_of(adata)[training_patients(data, adata)])
    reasons = {p: _reason(p, adata) for p in sorted(read & set(everyone) - training)}
    settings = {
        "designs": list(tables), "threshold": threshold, "form": form if isinstance(form, str) else dict(form),
        "rule": rule, "confidence": confidence, "n_training": fitted.n_training,
        "n_features": fitted.source.shape[1], "n_kept": fitted.result.shape[1],
        "n_outside": len(read - set(everyone)),
    }  # fmt: skip
    report = _annotated(estimator.report(), adata.var)
    parts = {
        "features": report, "designs": _by_design(report, estimator), "settings": settings,
        "left_out": left_out_table(reasons),
    }  # fmt: skip
    write_transform(data, modality, fitted, results={key_added: parts})


def _reason(patient: str, adata: AnnData) -> str:
    return "read again, but not in the training part" if patient in patients_of(adata) else "read again, but has no row"


def _annotated(report: pd.DataFrame, var: pd.DataFrame) -> pd.DataFrame:
    """What the features are, beside their figures."""
    for name in ("sequence", "image_type", "feature_class"):
        if name in var:
            known = pd.Series(var[name].astype(object).to_numpy(), index=var.index.astype(str))
            report.insert(2, name, report["feature"].map(known))
    return report


def _by_design(report: pd.DataFrame, estimator: ICCFilter) -> pd.DataFrame:
    rows = []
    for name, own in report.groupby("design", sort=False):
        judged = own["icc" if estimator.rule == "value" else "lower"].astype(float)
        rows.append({
            "design": name, "form": own["form"].iloc[0], "n_readings": int(own["n_readings"].iloc[0]),
            "n_patients": int(own["n_patients"].max()), "n_set_apart": estimator.n_set_apart_[str(name)],
            "n_unmatched": estimator.n_unmatched_[str(name)], "n_features": len(own),
            "median_icc": float(own["icc"].median()), "n_reached": int((judged >= estimator.threshold).sum()),
            "n_unknown": int(own["icc"].isna().sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _tables(designs: Any, features: list[str]) -> dict[str, list[pd.DataFrame]]:
    """Readings as tables of numbers by patient, or every fault of them."""
    if not isinstance(designs, Mapping) or not designs:
        expected = "repeated readings by name, such as {'inter': [reader_1, reader_2]}"
        raise InputError("filter_icc", Fault(repr(designs)[:60], expected, column="designs"))
    made: dict[int, pd.DataFrame] = {}
    out: dict[str, list[pd.DataFrame]] = {}
    faults = []
    for name, readings in designs.items():
        if not isinstance(readings, list | tuple) or len(readings) < 2:
            found = f"{len(readings)} reading(s)" if isinstance(readings, list | tuple) else "no list of tables"
            faults.append(Fault(found, "two or more of the same patients", column=f"designs[{name!r}]"))
            continue
        for at, reading in enumerate(readings):
            table = made.setdefault(id(reading), _table(reading))
            faults += _faults(table, features, f"designs[{name!r}][{at}]")
            out.setdefault(str(name), []).append(table)
    if faults:
        raise InputError("filter_icc", faults)
    return out


def _table(reading: AnnData | pd.DataFrame) -> pd.DataFrame:
    if isinstance(reading, pd.DataFrame):
        return reading.set_axis(reading.index.astype(str)).set_axis(reading.columns.astype(str), axis=1)
    ids = reading.obs.get(PATIENT, reading.obs_names)
    return pd.DataFrame(dense(reading.X), index=pd.Index(ids).astype(str), columns=reading.var_names.astype(str))


def _faults(table: pd.DataFrame, features: list[str], where: str) -> list[Fault]:
    faults = []
    lacking = [name for name in features if name not in table.columns]
    if lacking:
        shown = ", ".join(lacking[:5]) + (" ..." if len(lacking) > 5 else "")
        hint = "Extract the readings with the settings of the cohort."
        faults.append(Fault(f"{len(lacking)} feature(s) missing ({shown})", "every feature", column=where, hint=hint))
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        shown = ", ".join(map(str, twice[:5]))
        faults.append(Fault(f"patients twice ({shown})", "a row per patient", column=where))
    kinds = {str(column): dtype for column, dtype in table.dtypes.items()}
    words = [c for c in features if c in kinds and not pd.api.types.is_numeric_dtype(kinds[c])]
    if words:
        shown = ", ".join(words[:5])
        faults.append(Fault(f"values that are not numbers in {shown}", "numbers", column=where))
    return faults
