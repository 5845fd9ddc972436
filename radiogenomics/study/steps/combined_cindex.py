"""Whether the modalities together predict better than each alone."""

from __future__ import annotations

from radiogenomics import _keys as keys
from radiogenomics.study._groups import joint_groupings, one_group_reason, without_groups
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cross-validated c-index of each modality's groups alone, together, and with interaction.

    With strata, also without them.
    """
    from radiogenomics import tl

    groupings = list(joint_groupings(context.mdata).values())
    if not groupings:
        context.skip("c-index comparison", one_group_reason(context.mdata))
        return
    for name in without_groups(context.mdata):
        context.skip(f"c-index comparison of {name} groups", f"clustering found no more than one group in {name}")
    settings, seed = context.settings.model_dump(), context.seed()
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


COMBINED_CINDEX = Step("combined_cindex", run, "results")
