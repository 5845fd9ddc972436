"""Survival of every grouping: curves, hazard ratios."""

from __future__ import annotations

from radiogenomics.study._groups import INTEGRATED, all_groupings, combined_groupings, one_group_reason, without_groups
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Kaplan-Meier curves per outcome and grouping; Cox models of the modalities' groups, and of the joint ones."""
    from radiogenomics import tl

    settings = context.settings
    declared = context.file.data.outcomes
    outcomes = settings.outcomes or [name for name, outcome in declared.items() if outcome.kind == "survival"]
    groupings = all_groupings(context.mdata)
    if not groupings:
        context.skip("survival by group", one_group_reason(context.mdata))
    for name in without_groups(context.mdata) if groupings else []:
        context.skip(f"survival by {name} groups", f"clustering found no more than one group in {name}")
    joint_names = [*combined_groupings(context.mdata), INTEGRATED]
    own = [column for name, column in groupings.items() if name not in joint_names]
    adjust = list(settings.adjust)
    cox, curves = settings.cox_settings(), settings.curve_settings()
    for outcome in outcomes:
        for name, column in groupings.items():
            with context.unless_degenerate(f"survival curves of {name} groups, outcome {outcome}"):
                key = f"kaplan_meier_{outcome}_{name}"
                tl.kaplan_meier(context.mdata, column, outcome=outcome, key_added=key, **curves)
        if own or adjust or settings.preset:
            with context.unless_degenerate(f"Cox models of outcome {outcome}"):
                tl.cox(context.mdata, [*own, *adjust], outcome=outcome, key_added=f"cox_{outcome}", **cox)
        for joint in joint_names:
            if joint in groupings:
                with context.unless_degenerate(f"Cox models of {joint} groups, outcome {outcome}"):
                    key = f"cox_{outcome}_{joint}"
                    tl.cox(context.mdata, [joint, *adjust], outcome=outcome, key_added=key, **cox)


SURVIVAL = Step("survival", run, "results")
