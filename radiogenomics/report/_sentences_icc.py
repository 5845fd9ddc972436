"""Findings on how well features repeat between readers, readings or scans."""

from __future__ import annotations

from typing import Any

from radiogenomics.report._format import count, listed, percent
from radiogenomics.report._found import Found

_NAMES = {"icc1": "ICC(1,1)", "icc2": "ICC(2,1)", "icc3": "ICC(3,1)", "icc1k": "ICC(1,k)", "icc2k": "ICC(2,k)",
          "icc3k": "ICC(3,k)"}  # fmt: skip
#: Patients read again below which the interval of a good ICC reaches far into the poor ones.
_FEW = 20


def icc(found: Found) -> list[str]:
    """How many features stay, what each design says, and which classes hold."""
    s, of = found.settings, found.modality or "the matrix"
    kept, all_ = int(s["n_kept"]), int(s["n_features"])
    every = "every design" if len(s["designs"]) > 1 else f"design {s['designs'][0]}"
    measure = "a lower bound of the ICC" if s["rule"] == "lower" else "an ICC"
    said = [
        f"{kept:,} of {count(all_, 'feature')} of {of} ({percent(kept, all_)}) repeat with {measure} of at least "
        f"{s['threshold']:g} in {every}, and were kept."
    ]
    for row in found.table("designs").itertuples():
        text = (
            f"Design {row.design}: {count(row.n_readings, 'reading')} of {count(row.n_patients, 'patient')}; median "
            f"{_NAMES[str(row.form)]} {row.median_icc:.2f}, {row.n_reached:,} of {row.n_features:,} features reach the "
            "threshold."
        )
        if row.n_unknown:
            text += f" Of {count(row.n_unknown, 'feature')} it could not be told, and they were left out."
        if row.n_set_apart:
            text += f" Readings of {count(row.n_set_apart, 'test patient')} were not used."
        said.append(text)
    few = found.table("designs").query("n_patients < @_FEW")
    if len(few):
        said.append(
            f"Fewer than {_FEW} patients stand behind {listed(few['design'])}: each ICC is uncertain, and a feature "
            "near the threshold may stand on either side of it by chance."
        )
    return said + _by_class(found)


def _by_class(found: Found) -> list[str]:
    """Which classes of features hold best and worst."""
    table = found.table("features")
    if "feature_class" not in table:
        return []
    once = table[table["design"] == table["design"].iloc[0]]
    share = once.assign(kept=once["kept"].astype(bool)).groupby("feature_class")["kept"].agg(["mean", "sum", "size"])
    share = share[share["size"] >= 5].sort_values("mean", ascending=False, kind="stable")
    if len(share) < 2 or share["mean"].iloc[0] == share["mean"].iloc[-1]:
        return []
    ends = [f"{name} ({percent(row['sum'], row['size'])} stay)" for name, row in share.iloc[[0, -1]].iterrows()]
    return [f"Features of class {ends[0]} repeat best, those of {ends[1]} least."]


def caption(found: Found) -> str:
    """Under the box plots."""
    return (
        f"How well the features of {found.modality or 'the matrix'} repeat: intraclass correlation by class and "
        "design, quartiles and 5th to 95th percentile, with the threshold (dashed). A feature stays that passes every "
        "design."
    )


def alt(found: Found) -> str:
    """Of the box plots, read aloud."""
    return (
        f"Box plots of {count(found.settings['n_features'], 'feature')} by class for "
        f"{listed(found.settings['designs'])}; the tables below give the numbers."
    )


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s = found.settings
    bound = f"lower {100 * s['confidence']:g} % bound of the " if s["rule"] == "lower" else ""
    text = (
        f"Features of {found.modality or 'the matrix'} were kept whose {bound}"
        f"{form_words(s['form'])} reached {s['threshold']:g} in "
        f"{listed((f'design {name}' for name in s['designs']), most=9)}. Where features were chosen anew in training "
        "folds, readings of the patients set apart were left out"
    )
    return f"Reproducibility of {found.modality or 'the features'}", text, ("shrout", "koo")


def form_words(form: Any) -> str:
    """The forms of the ICC that a filter used: of all designs, or of each."""
    forms = [form] if isinstance(form, str) else list(dict.fromkeys(form.values()))
    return listed(_NAMES[name] for name in forms)


def shown_settings(params: dict[str, Any]) -> dict[str, Any]:
    """Settings of the recorded filter without the readings and patients it holds."""
    return {name: value for name, value in params.items() if name not in ("designs", "cohort")}
