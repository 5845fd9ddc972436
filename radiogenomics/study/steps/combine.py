"""Joint groups of the modalities that the study names."""

from __future__ import annotations

from radiogenomics._errors import InputError
from radiogenomics.study._groups import crossed_groupings, modality_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cross the groups of each combination; one whose modalities lack groups is put on record."""
    from radiogenomics import tl

    crossed, grouped = crossed_groupings(context.mdata, context.settings), modality_groupings(context.mdata)
    for name, modalities in context.settings.items():
        if name not in crossed:
            lacking = [modality for modality in modalities if modality not in grouped]
            reason = f"no groups of {' and '.join(lacking)}: {one_group_reason(context.mdata)}"
            context.skip(f"combined groups {name}", reason)
            continue
        try:
            tl.combine_groups(context.mdata, crossed[name], key_added=name)
        except InputError as error:  # the modalities share no patient
            context.skip(f"combined groups {name}", str(error))


COMBINE = Step("combine", run, "cohort", needs=("cluster",))
