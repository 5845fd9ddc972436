"""Whether the modalities together predict better than each alone."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._groups import crossed_groupings, joint_groupings, one_group_reason, without_groups
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cross-validated c-index of each modality's groups alone, together, and with interaction.

    With strata, also without them.
    """
    from radiogenomics import tl

    named = context.file.steps.combine
    crossed = crossed_groupings(context.mdata, named)
    groupings = list(joint_groupings(context.mdata).values())
    if named is not None and crossed:
        groupings = list(dict.fromkeys(column for pair in crossed.values() for column in pair))
    if not groupings:
        context.skip("c-index comparison", one_group_reason(context.mdata))
        return
    for name in without_groups(context.mdata):
        context.skip(f"c-index comparison of {name} groups", f"clustering found no more than one group in {name}")
    settings, seed = context.settings.model_dump(), context.seed()
    if named is not None and crossed:
        settings["combine"] = list(crossed.values())
    with context.unless_degenerate("c-index comparison"):
        tl.combined_cindex(context.mdata, groupings, rng=seed, n_jobs=context.n_jobs, **settings)
    if settings["strata"] is None:
        return
    # What a reader who ignores them would see, on the same folds.
    with context.unless_degenerate("c-index comparison without the strata"):
        tl.combined_cindex(
            context.mdata, groupings, rng=seed, n_jobs=context.n_jobs, key_added=keys.CINDEX_WITHOUT_STRATA,
            **settings | {"strata": None},
        )  # fmt: skip


COMBINED_CINDEX = Step("combined_cindex", run, "results", reads=lambda file: file.steps.combine)
