"""Figures of survival."""

from __future__ import annotations

import pandas as pd

from radiogenomics.report._figure_kinds import Kind, part
from radiogenomics.report._format import count
from radiogenomics.report._found import Found

_CROSSED = (
    " Groups of patients in cross-validation were told by models that had not seen them; their p-value, if there is "
    "one, is corrected for folds."
)


def _groups(found: Found) -> str:
    return str(found.settings.get("groupby", found.label))


PROGNOSIS: tuple[Kind, ...] = (
    Kind(
        "kaplan_meier",
        "kaplan_meier",
        lambda f: (
            f"Kaplan-Meier curves of {f.settings.get('outcome', 'the outcome')} by {_groups(f)}: censored patients "
            "(ticks), numbers at risk and, where there are few groups, 95 % confidence intervals (shaded)."
            + (_CROSSED if f.fold_tests else "")
        ),
        lambda f: (
            f"Survival curves of {count(f.table('summary')['group'].nunique(), 'group')} of {_groups(f)} over time in "
            f"{f.settings.get('unit') or 'the unit of the outcome'}; medians and sizes are in the table below."
        ),
        part("curves"),
        per_split="curves",
    ),
    Kind(
        "cumulative_incidence",
        "cumulative_incidence",
        lambda f: (
            f"Cumulative incidence of the events of {f.settings.get('outcome', 'the outcome')}, each allowing for the "
            "others, with 95 % confidence intervals (shaded)."
        ),
        lambda f: (
            f"Rising curves of {count(f.table('summary')['cause'].nunique(), 'event')} in "
            f"{count(f.table('summary')['group'].nunique(), 'group')}; the tables below give the numbers."
        ),
        part("incidence"),
        per_split="incidence",
    ),
    Kind(
        "stepwise_cox",
        "stepwise_cox",
        lambda f: (
            "How often bootstrap samples keep each variable; coloured bars are in the model chosen on all patients. A "
            "variable that few samples keep was kept by chance."
        ),
        lambda f: f"Bars of {count(len(f.table('inclusion')), 'variable')}; the table below gives every share.",
        part("inclusion"),
        when=lambda f: bool(f.table("inclusion")["frequency"].notna().any()),
    ),
    Kind(
        "cox",
        "forest",
        lambda f: (
            f"Hazard ratios for {f.settings.get('outcome', 'the outcome')} with 95 % confidence intervals; above 1 "
            "means earlier events."
        ),
        lambda f: (
            f"Forest plot of {count(len(f.table('multivariable')) or len(f.table('univariable')), 'Cox coefficient')}; "
            "the tables below give every number."
        ),
        lambda data, f: pd.concat(
            {p: f.table(p) for p in ("univariable", "multivariable") if not f.table(p).empty}, names=["analysis"]
        ).reset_index(level=0),
    ),
    Kind(
        "cox",
        "functional_form",
        lambda f: (
            f"Martingale residuals of the model without {f.table('functional_form')['variable'].iloc[0]}, against it; "
            "a straight line says that one hazard ratio per unit describes its effect."
        ),
        lambda f: (
            f"Scatter plot of {count(f.table('functional_form')['patient_id'].nunique(), 'patient')} with a smooth "
            "line; its file gives every value."
        ),
        lambda data, f: f.table("functional_form").pipe(lambda t: t[t["variable"] == t["variable"].iloc[0]]),
        suffix="form",
        when=lambda f: not f.table("functional_form").empty,
    ),
    Kind(
        "combined_cindex",
        "combined_cindex",
        lambda f: (
            "C-index of each model with its 95 % confidence interval; 0.5 is chance, 1 a perfect ranking. "
            f"{f.settings.get('estimand', '')}"
        ).strip(),
        lambda f: (
            f"Points with intervals for {count(len(f.table('models')), 'model')}, with a line at 0.5; "
            "the table below gives every number."
        ),
        part("models"),
        per_split="models",
    ),
)
