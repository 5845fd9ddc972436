"""The tables of a report: every stored table as a CSV file, and how the page shows the top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal
from radiogenomics.report._format import cell, interval, slug
from radiogenomics.report._found import Found, modalities_of, results_in
from radiogenomics.report._sentences import term

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Rows of a table that stand in the page; the CSV file has them all.
MOST_ROWS = 100


@dataclass(frozen=True)
class Table:
    """One table as it is written: ``tables/<name>.csv``."""

    name: str
    frame: pd.DataFrame
    of: Found | None = None
    part: str = ""


def tables_of(data: Cohort, results: Sequence[Found] | None = None) -> list[Table]:
    """Every table the cohort holds: clinical, audit, cleaning, failures and each result's own."""
    tables = [Table("clinical", clinical(data))]
    if isinstance(data.uns.get(keys.AUDIT), pd.DataFrame):
        tables.append(Table("audit", plain(data.uns[keys.AUDIT])))
    for modality, adata in modalities_of(data).items():
        for name, value in adata.uns.items():
            if isinstance(value, pd.DataFrame) and (modality is not None or name != keys.AUDIT):
                tables.append(Table(slug(modality, name), plain(value)))
    found = results_in(data) if results is None else results
    for result in found:
        for part, frame in result.tables():
            name = result.slug if part == "table" else slug(result.slug, part)
            tables.append(Table(name, frame, result, part))
    return _unique(tables)


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


@dataclass(frozen=True)
class View:
    """How a stored table stands in the page.

    Attributes
    ----------
    title
        Its caption.
    columns
        (column, heading); a column of the name ``"interval:x"`` shows ``x`` with ``lower`` and ``upper``, and
        ``"term"`` a Cox term. Columns that the table does not have are not shown.
    sort_by
        Column that orders the rows, smallest first.
    most
        Rows shown.
    """

    title: str
    columns: tuple[tuple[str, str], ...]
    sort_by: str | None = None
    most: int = MOST_ROWS


_P = (("p_value", "p"), ("p_adjusted", "Adjusted p"))

VIEWS: dict[tuple[str, str], View] = {
    ("consensus_cluster", "evidence"): View(
        "Evidence for the number of groups",
        (
            ("chosen", "Chosen"),
            ("k", "k"),
            ("pac", "Ambiguous pairs (PAC)"),
            ("area", "Area under CDF"),
            ("delta_area", "Change in area"),
            ("silhouette", "Mean silhouette"),
            ("rcsi", "RCSI"),
            ("p_value", "p against no groups"),
        ),
    ),
    ("combine_groups", "sizes"): View(
        "Sizes of the combined groups", (("group", "Group"), ("n", "Patients"), ("n_events", "Events"))
    ),
    ("associate", "table"): View(
        "Tests of association",
        (
            ("group", "Group"),
            ("variable", "Variable"),
            ("test", "Test"),
            ("statistic", "Statistic"),
            ("df", "df"),
            *_P,
            ("effect", "Effect size"),
            ("effect_name", "Measure"),
            ("n", "Patients"),
            ("n_missing", "Missing"),
        ),
        sort_by="p_value",
    ),
    ("kaplan_meier", "test"): View(
        "Log-rank test", (("statistic", "χ²"), ("df", "df"), ("p_value", "p"))
    ),
    ("kaplan_meier", "summary"): View(
        "Groups and median survival",
        (("group", "Group"), ("n", "Patients"), ("events", "Events"), ("interval:median", "Median (95 % CI)"),
         ("interval:survival_at_horizon", "Survival at the horizon (95 % CI)")),
    ),
    ("cox", "univariable"): View(
        "Univariable Cox regression (each term alone)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio (95 % CI)"),
         ("z", "z"), *_P),
    ),
    ("cox", "multivariable"): View(
        "Multivariable Cox regression (all terms together)",
        (("term", "Term"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio (95 % CI)"),
         ("z", "z"), ("p_value", "p")),
    ),
    ("cox", "model"): View(
        "Tests of the multivariable model", (("test", "Test"), ("statistic", "Statistic"), ("df", "df"), ("p_value", "p"))
    ),
    ("cox", "fit"): View(
        "Fit of the multivariable model",
        (("loglik_null", "Log likelihood without terms"), ("loglik", "Log likelihood"), ("c", "C-index (apparent)"),
         ("c_se", "Standard error")),
    ),
    ("combined_cindex", "models"): View(
        "C-index of each model",
        (("model", "Model"), ("n_parameters", "Coefficients"), ("n", "Patients"), ("events", "Events"),
         ("interval:c", "C-index (95 % CI)"), ("estimate", "Estimate"), ("apparent_c", "Apparent c-index"),
         ("groups", "Groups")),
    ),
    ("combined_cindex", "comparisons"): View(
        "Differences between models",
        (("model", "Model"), ("reference", "Less"), ("interval:difference", "Difference (95 % CI)"), *_P),
    ),
    ("differential_expression", "table"): View(
        "Genes with the smallest p-values",
        (("symbol", "Gene"), ("gene", "Identifier"), ("mean_group", "Mean in group"), ("mean_reference", "Mean in others"),
         ("log2_fold_change", "log₂ fold change"), ("statistic", "Statistic"), *_P, ("significant", "Significant")),
        sort_by="p_value",
        most=50,
    ),
    ("differential_expression", "candidates"): View(
        "Choice of the worst group",
        (("group", "Group"), ("n", "Patients"), ("events", "Events"), ("interval:hr", "Hazard ratio against the others (95 % CI)"),
         ("eligible", "Eligible")),
    ),
    ("enrich", "coverage"): View(
        "Coverage: how many of the measured genes are in any set",
        (("collection", "Collection"), ("n_sets", "Sets"), ("genes_in_sets", "Genes in sets"),
         ("genes_measured", "Genes measured"), ("genes_measured_in_sets", "Measured and in sets"), ("share", "Share")),
    ),
    ("enrich", "table"): View(
        "Gene sets",
        (("term", "Gene set"), ("direction", "Direction"), ("method", "Method"), ("set_size", "Genes in set"),
         ("measured", "Measured"), ("overlap", "Found"), ("score", "Score"), *_P),
        sort_by="p_value",
        most=50,
    ),
}  # fmt: skip


def shown(frame: pd.DataFrame, view: View, *, csv: str = "") -> dict[str, Any]:
    """The top of a table as the template takes it: ``columns``, ``rows`` of cells, ``total`` and the CSV's name."""
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
    return {"kind": "table", "title": view.title, "columns": columns, "rows": cells, "total": len(frame), "csv": csv}


def _there(frame: pd.DataFrame, name: str) -> bool:
    name = name.removeprefix("interval:")
    return name == "term" and "variable" in frame or (name in frame and bool(frame[name].notna().any() or frame.empty))


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
        text = interval(row[name], lower, upper, level="")
        return {"text": text, "sort": _sortable(row[name])}
    return {"text": cell(row[name], name), "sort": _sortable(row[name])}


def _sortable(value: Any) -> float | None:
    """What the browser sorts a number by; text sorts as it reads."""
    if value is None or isinstance(value, str | bool) or pd.isna(value):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
