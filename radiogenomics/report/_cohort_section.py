"""The section on the patients: who has what, who was left out and why, outcomes and events, per part of the split."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import split_of
from radiogenomics.core import survival_curve
from radiogenomics.report._format import count, listed
from radiogenomics.report._found import Found, modalities_of, outcomes_of
from radiogenomics.report._tables import plain, shown
from radiogenomics.report._views import View
from radiogenomics.report._wording import title_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def parts_of(data: Cohort) -> list[tuple[str, np.ndarray]]:
    """Name and rows of each part of the split, everyone first."""
    parts = [("all", np.ones(data.n_obs, dtype=bool))]
    split = split_of(data)
    if split is not None:
        present = set(split)
        parts += [(name, (split == name).to_numpy()) for name in keys.SPLITS if name in present]
    return parts


def who_has_what(data: Cohort) -> pd.DataFrame:
    """Patients per part of the split: in all, with each modality, with every modality."""
    has = {
        str(m): np.asarray(data.obs_names.isin(a.obs_names)) for m, a in modalities_of(data).items() if m is not None
    }
    rows = []
    for name, inside in parts_of(data):
        row: dict[str, Any] = {"patients_of": name, "patients": int(inside.sum())}
        row |= {f"with {m}": int((inside & there).sum()) for m, there in has.items()}
        if len(has) > 1:
            row["with all of these"] = int((inside & np.logical_and.reduce(list(has.values()))).sum())
        rows.append(row)
    return pd.DataFrame(rows)


def outcome_counts(data: Cohort) -> pd.DataFrame:
    """Patients with a known outcome and their events, per outcome and part of the split."""
    rows = []
    for name, declared in outcomes_of(data).items():
        for part, inside in parts_of(data):
            row: dict[str, Any] = {"outcome": name, "kind": declared["kind"], "patients_of": part}
            rows.append(row | _known_and_events(data.obs[inside], declared))
    return pd.DataFrame(rows)


def _known_and_events(obs: pd.DataFrame, declared: dict[str, Any]) -> dict[str, Any]:
    if declared["kind"] == "binary":
        values = obs[declared["column"]]
        positive = values.astype(str) == str(declared["positive"])
        return {"known": int(values.notna().sum()), "events": int(positive.sum())}
    time = pd.to_numeric(obs[declared["time"]], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    event = pd.to_numeric(obs[declared["event"]], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(time) & np.isfinite(event)
    median = float(np.median(time[known])) if known.any() else float("nan")
    counts = {"known": int(known.sum()), "events": int((event[known] > 0).sum())}
    return counts | {"median_time": median, "median_follow_up": _median_follow_up(time[known], event[known] > 0),
                     "longest_time": float(time[known].max()) if known.any() else np.nan,
                     "unit": declared.get("unit") or ""}  # fmt: skip


def _median_follow_up(time: np.ndarray, event: np.ndarray) -> float:
    """Reverse Kaplan-Meier estimate (Schemper and Smith, 1996): an event ends the observation of the follow-up."""
    if not len(time) or event.all():
        return float("nan")
    curve = survival_curve(time, ~event)
    reached = curve.time[curve.survival <= 0.5]
    return float(reached[0]) if len(reached) else float("nan")


def is_simulated(data: Cohort, title: str | None, provenance: Mapping[str, Any]) -> bool:
    """Whether the patients came from ``rg.datasets.simulate_cohort``: by their numbers, or by the study's name."""
    if data.n_obs and all(re.fullmatch(r"SIM-\d{3,}", str(name)) for name in data.obs_names):
        return True
    settings = provenance.get("settings")
    named = settings.get("name") if isinstance(settings, Mapping) else None
    study = data.uns.get("study")
    stored = study.get("name") if isinstance(study, Mapping) else None
    names = (str(name).replace("_", " ") for name in (title, named, stored) if name)
    return any(re.search(r"\bsimulated\b", name, re.IGNORECASE) for name in names)


def _unused_outcomes(data: Cohort, results: Sequence[Found]) -> list[str]:
    """Outcomes that were declared and that no analysis, or no c-index, has used."""
    if not any(found.settings.get("outcome") for found in results):
        return []
    declared = outcomes_of(data)
    columns = {name: o.get("column") for name, o in declared.items()}
    used = {str(found.settings.get("outcome")) for found in results}
    tested = {str(v) for found in results for v in found.settings.get("variables") or ()}
    judged = {str(found.settings.get("outcome")) for found in results if found.kind == "combined_cindex"}
    idle = [name for name in declared if name not in used and columns[name] not in tested]
    unranked = [name for name in declared if name not in idle and name in used - judged] if judged else []
    told = [f"no analysis here used {listed(idle, most=6)}"] if idle else []
    if unranked:
        told.append(f"the c-index was judged on {listed(sorted(judged))}, not on {listed(unranked, most=6)}")
    return [f"{(text := '; '.join(told))[0].upper()}{text[1:]}."] if told else []


def findings(data: Cohort, results: Sequence[Found] = ()) -> list[str]:
    """Who is in the cohort, how many had the event, which outcomes nothing used, who was left out."""
    has = who_has_what(data).iloc[0]
    withs = [f"{int(v)} {name}" for name, v in has.items() if str(name).startswith("with ")]
    sentences = [f"{count(has['patients'], 'patient')}" + (f": {listed(withs, most=9)}." if withs else ".")]
    counts = outcome_counts(data)
    if not counts.empty:
        overall = counts[counts["patients_of"] == "all"]
        told = (
            f"{o.outcome} ({count(o.events, 'event')} among {count(o.known, 'patient')})" for o in overall.itertuples()
        )
        sentences.append(f"{'Outcome' if len(overall) == 1 else 'Outcomes'}: {listed(told, most=6)}.")
        sentences += _unused_outcomes(data, results)
    parts = parts_of(data)[1:]
    if parts:
        sentences.append(f"Split: {listed(f'{int(rows.sum())} {name}' for name, rows in parts)}.")
    audit = audit_of(data)
    if "kept" in audit:
        out = audit[~audit["kept"].astype(bool)]
        strangers = int((~audit["in_clinical"].astype(bool)).sum()) if "in_clinical" in audit else 0
        if len(out):
            verb = "is" if len(out) == 1 else "are"
            sentences.append(f"{count(len(out), 'patient')} of the files {verb} not in the cohort.")
        elif not strangers:
            sentences.append("Everyone in the files is in the cohort.")
        if strangers:
            sentences.append(
                f"{count(strangers, 'patient')} {'has' if strangers == 1 else 'have'} no clinical row, so no outcome."
            )
    return sentences


def audit_of(data: Cohort) -> pd.DataFrame:
    """The assembly's own table; empty where there is none."""
    audit = data.uns.get(keys.AUDIT)
    return plain(audit) if isinstance(audit, pd.DataFrame) else pd.DataFrame()


def left_out_by_analysis(results: Sequence[Found]) -> pd.DataFrame:
    """Patients that analyses left out: a row per reason and the same patients, with the analyses."""
    by_patients: dict[tuple[str, ...], list[str]] = {}
    for found in results:
        if not found.left_out.empty:
            for reason, ids in found.left_out.groupby("reason", sort=False)[keys.PATIENT]:
                by_patients.setdefault((str(reason), *sorted(map(str, ids))), []).append(title_of(found))
    rows = [
        {
            "reason": reason,
            "n": len(ids),
            "patients": listed(ids, most=5),
            "analysis": "; ".join(titles[:4]) + (f"; {len(titles) - 4} more" if len(titles) > 4 else ""),
        }
        for (reason, *ids), titles in by_patients.items()
    ]
    return pd.DataFrame(rows, columns=["reason", "n", "patients", "analysis"])


def blocks_of(data: Cohort, results: Sequence[Found]) -> list[dict[str, Any]]:
    """Tables of the section."""
    has = who_has_what(data)
    columns = tuple((c, c[0].upper() + c[1:].replace("_", " ")) for c in has.columns)
    out = [shown(has, View("Who has what", columns), csv="clinical")]
    counts = outcome_counts(data)
    if not counts.empty:
        view = View("Outcomes", (("outcome", "Outcome"), ("kind", "Kind"), ("patients_of", "Patients of"),
                                 ("known", "Known"), ("events", "Events"),
                                 ("median_follow_up", "Median follow-up (reverse Kaplan-Meier)"),
                                 ("median_time", "Median observed time"),
                                 ("longest_time", "Longest time"), ("unit", "Unit")))  # fmt: skip
        out.append(shown(counts, view))
    audit = audit_of(data)
    if "kept" in audit:
        gone = audit[~audit["kept"].astype(bool)]
        view = View("Patients of the files who are not in the cohort",
                    ((keys.PATIENT, "Patient"), ("reason", "Reason"), ("note", "Note")), most=30)  # fmt: skip
        if len(gone):
            out.append(shown(gone, view, csv="audit"))
        if "note" in audit:
            noted = audit[audit["kept"].astype(bool) & audit["note"].fillna("").astype(str).ne("")]
            if len(noted):
                view = View("Patients to look at again", ((keys.PATIENT, "Patient"), ("note", "Note")), most=30)
                out.append(shown(noted, view, csv="audit"))
    left = left_out_by_analysis(results)
    if len(left):
        view = View(
            "Patients an analysis did not use",
            (("reason", "Reason"), ("n", "Patients"), ("patients", "Who"), ("analysis", "Not in")),
        )
        out.append(shown(left, view))
    return [*out, patients_block(data)]


#: Rows of the table of patients that stand in the page.
_MOST_PATIENTS = 500
_MOST_GROUPINGS = 6


def patients_block(data: Cohort) -> dict[str, Any]:
    """One row per patient: part of the split, modalities, outcomes, groups; the file has the whole clinical table."""
    columns: list[tuple[str, str]] = [(keys.PATIENT, "Patient")]
    table = pd.DataFrame({keys.PATIENT: data.obs_names.astype(str)})
    split = split_of(data)
    if split is not None:
        table["part"] = split.astype(str).to_numpy()
        columns.append(("part", "Part"))
    for i, (modality, adata) in enumerate(modalities_of(data).items()):
        if modality is not None:
            table[f"has{i}"] = [bool(there) for there in data.obs_names.isin(adata.obs_names)]
            columns.append((f"has{i}", f"Has {modality}"))
    for i, (name, declared) in enumerate(outcomes_of(data).items()):
        parts = ("column",) if declared["kind"] == "binary" else ("event", "time")
        for part in parts:
            table[f"outcome{i}{part}"] = plain(data.obs[[declared[part]]]).iloc[:, -1].to_numpy()
            columns.append((f"outcome{i}{part}", name if part == "column" else f"{name}, {part}"))
    modalities = {str(m) for m in modalities_of(data) if m is not None}
    groupings = [c for c in map(str, data.obs.columns) if c.partition(":")[0] in modalities and ":" in c]
    for i, column in enumerate(groupings[:_MOST_GROUPINGS]):
        if isinstance(data.obs[column].dtype, pd.CategoricalDtype):
            table[f"groups{i}"] = plain(data.obs[[column]]).iloc[:, -1].to_numpy()
            columns.append((f"groups{i}", column))
    view = View("Patients one by one", tuple(columns), most=_MOST_PATIENTS)
    return shown(table, view, csv="clinical")


def facts(data: Cohort) -> list[tuple[str, str]]:
    """What the head of the report says at one glance."""
    out = [("Patients", f"{data.n_obs:,}")]
    for modality, adata in modalities_of(data).items():
        out.append((modality or "Features", f"{adata.n_obs:,} × {adata.n_vars:,}"))
    counts = outcome_counts(data)
    if not counts.empty:
        for o in counts[counts["patients_of"] == "all"].itertuples():
            out.append((f"Events, {o.outcome}", f"{o.events:,} of {o.known:,}"))
    return out


def skipped_steps(data: Cohort) -> list[dict[str, str]]:
    """Steps a study named and did not do, with the reason (``uns["skipped"]``, JSON text)."""
    stored = data.uns.get("skipped", "[]")
    found: list[dict[str, str]] = json.loads(stored) if isinstance(stored, str) else list(stored)
    return found
