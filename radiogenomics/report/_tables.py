"""The tables of a report: every stored table as a CSV file, and how the page shows the top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal
from radiogenomics.report._format import MISSING, cell, interval, slug
from radiogenomics.report._found import ENCODER, ENCODER_TABLES, Found, kind_of, modalities_of, results_in
from radiogenomics.report._sentences_survival import term
from radiogenomics.report._views import View

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Table:
    """One table as it is written: ``tables/<name>.csv``."""

    name: str
    frame: pd.DataFrame
    of: Found | None = None
    part: str = ""


def tables_of(data: Cohort, results: Sequence[Found] | None = None) -> list[Table]:
    """Every table with rows that the cohort holds: clinical, audit, cleaning, failures and each result's own."""
    tables = [Table("clinical", clinical(data))]
    if isinstance(data.uns.get(keys.AUDIT), pd.DataFrame):
        tables.append(Table("audit", plain(data.uns[keys.AUDIT])))
    if isinstance(data.uns.get(keys.IMAGE_CHECK), pd.DataFrame) and is_multimodal(data):
        tables.append(Table(keys.IMAGE_CHECK, plain(data.uns[keys.IMAGE_CHECK])))
    if isinstance(data.uns.get(keys.SEGMENTATION), pd.DataFrame) and is_multimodal(data):
        tables.append(Table(keys.SEGMENTATION, plain(data.uns[keys.SEGMENTATION])))
    for modality, adata in modalities_of(data).items():
        for name, value in sorted(adata.uns.items()):
            told_as_result = ENCODER in adata.uns and name in ENCODER_TABLES
            if name != keys.AUDIT and kind_of(value) is None and not told_as_result:
                tables += [Table(slug(modality, name, part), plain(frame)) for part, frame in _frames(value)]
    found = results_in(data) if results is None else results
    for result in found:
        for part, frame in result.tables():
            name = result.slug if part == "table" else slug(result.slug, part)
            tables.append(Table(name, frame, result, part))
    return _unique([t for t in tables if len(t.frame)])


def _frames(value: Any) -> list[tuple[str, pd.DataFrame]]:
    """A stored table, or the tables of a stored report (of a cleaning, for instance) by their names."""
    if isinstance(value, pd.DataFrame):
        return [("", value)]
    if isinstance(value, Mapping):
        return [(str(part), frame) for part, frame in sorted(value.items()) if isinstance(frame, pd.DataFrame)]
    return []


def _unique(tables: Sequence[Table]) -> list[Table]:
    seen: dict[str, int] = {}
    out = []
    for table in tables:
        n = seen[table.name] = seen.get(table.name, 0) + 1
        out.append(table if n == 1 else Table(f"{table.name}_{n}", table.frame, table.of, table.part))
    return out


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A stored frame with text instead of categories, its index as a column where the index says something."""
    out = frame.copy()
    for column in out.columns:
        if isinstance(out[column].dtype, pd.CategoricalDtype):
            out[column] = out[column].astype(object)
    named = out.index.name is not None and out.index.name not in out.columns
    return out.reset_index(drop=not named)


def clinical(data: Cohort) -> pd.DataFrame:
    """The clinical table and the groups, one row per patient, with which modalities each patient has."""
    out = plain(data.obs)
    ids = pd.Series(data.obs_names.astype(str), name=keys.PATIENT)
    has = {}
    if is_multimodal(data):
        has = {f"has_{m}": data.obs_names.isin(a.obs_names) for m, a in data.mod.items() if f"has_{m}" not in out}
    first = pd.DataFrame({keys.PATIENT: ids, **has})
    return pd.concat([first, out.drop(columns=[keys.PATIENT], errors="ignore")], axis=1)


def write_tables(tables: Sequence[Table], folder: Path) -> list[Path]:
    """Write every table as ``<name>.csv`` (UTF-8)."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables:
        path = folder / f"{table.name}.csv"
        table.frame.to_csv(path, index=False, encoding="utf-8")
        written.append(path)
    return written


def shown(frame: pd.DataFrame, view: View, *, csv: str = "") -> dict[str, Any]:
    """The top of a table as the template takes it: ``columns``, ``rows`` of cells, ``total`` and the CSV's name."""
    n_all = len(frame)
    if view.filled is not None and view.filled in frame and (frame[view.filled] > 0).any():
        frame = frame[frame[view.filled] > 0]
    if view.sort_by is not None and view.sort_by in frame:
        frame = frame.sort_values(view.sort_by, kind="stable", na_position="last")
    chosen = [(name, heading) for name, heading in view.columns if _there(frame, name)]
    if "split" in frame and set(frame["split"].dropna()) - {"all"}:
        chosen = [("split", "Patients of"), *chosen]
    top = frame.head(view.most)
    cells = [[_shown_cell(row, name) for name, _ in chosen] for _, row in top.iterrows()]
    columns = [
        {"heading": heading, "numeric": any(c["sort"] is not None for c in column)}
        for (_, heading), column in zip(chosen, zip(*cells, strict=True) if cells else [()] * len(chosen), strict=True)
    ]
    table = {"kind": "table", "title": view.title, "columns": columns, "rows": cells, "total": len(frame)}
    return table | {"csv": csv, "folded": view.folded, "empty": n_all - len(frame)}


def _there(frame: pd.DataFrame, name: str) -> bool:
    name = name.removeprefix("interval:")
    if name.startswith("with:"):
        return _there(frame, name.split(":")[1])
    if name == "gene" and "symbol" in frame and frame["gene"].equals(frame["symbol"]):
        return False
    if name == "median":
        return name in frame
    if name == "term" and "variable" in frame:
        return True
    return name in frame and bool(frame[name].notna().any() or frame.empty)


def _bounds(row: pd.Series, name: str) -> tuple[Any, Any]:
    own = (f"{name}_lower", f"{name}_upper")
    lower, upper = own if own[0] in row else ("lower", "upper")
    return row.get(lower), row.get(upper)


def _shown_cell(row: pd.Series, name: str) -> dict[str, Any]:
    if name == "term" and "term" not in row:
        return {"text": term(row), "sort": None}
    if name.startswith("interval:"):
        name = name.removeprefix("interval:")
        lower, upper = _bounds(row, name)
        text = interval(row[name], lower, upper, level="", decimals=3 if name == "difference" else None)
        if name == "median" and pd.isna(row[name]):
            text = text.replace(MISSING, "not reached", 1)
        return {"text": text, "sort": _sortable(row[name])}
    if name.startswith("with:"):
        _, name, beside = name.split(":")
        more = row.get(beside)
        bracket = "" if more is None or pd.isna(more) or more == "" else f" ({cell(_WORDS.get(more, more), beside)})"
        known = not pd.isna(row[name])
        return {"text": cell(row[name], name) + (bracket if known else ""), "sort": _sortable(row[name])}
    value = _WORDS.get(row[name], row[name]) if name in _SAID else row[name]
    if value == _WORDS["auc"] and pd.isna(row.get("horizon")):
        value = "AUC"
    return {"text": cell(value, name), "sort": _sortable(value)}


#: Columns whose values have words.
_SAID = ("test", "effect_name", "measure", "estimate", "label", "how")
_WORDS = {
    "out_of_fold": "cross-validated",
    "held_out": "held out",
    "given": "as given",
    "c_index": "c-index (Harrell)",
    "hazard_ratio": "Hazard ratio (high against low)",
    "expected_observed": "Expected / observed",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "ici": "Mean distance from the curve (ICI)",
    "slope": "Slope",
    "intercept": "Intercept (calibration in the large)",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "Positive predictive value",
    "npv": "Negative predictive value",
    "f1": "F1",
    "cramers_v": "Cramér's V",
    "epsilon_squared": "ε²",
    "eta_squared": "η²",
    "rank_biserial": "rank-biserial correlation",
    "correlation": "correlation with the order",
    "likelihood_ratio": "likelihood ratio",
    "wald": "Wald",
    "uno_c": "Uno's c",
    "auc": "Time-dependent AUC",
    "integrated_brier": "Integrated Brier score",
    "explained_brier": "Share of that score taken away",
}


def _sortable(value: Any) -> float | None:
    """What the browser sorts a number by; text sorts as it reads."""
    if value is None or isinstance(value, str | bool) or pd.isna(value):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
