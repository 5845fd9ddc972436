"""Joint groups of several modalities, and how far they agree with the groups of each."""

from __future__ import annotations

from radiogenomics.study._groups import INTEGRATED, modality_groupings
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Group the patients on several modalities together; compare with the groups of each where there are some."""
    from radiogenomics import tl

    settings = context.settings.model_dump()
    permutations = settings.pop("n_permutations")
    with context.unless_degenerate("joint groups"):
        tl.integrate(context.mdata, rng=context.seed(), n_jobs=context.n_jobs, key_added=INTEGRATED, **settings)
    if INTEGRATED not in context.mdata.uns:
        return
    own = [*modality_groupings(context.mdata).values()]
    joint = [INTEGRATED] if context.mdata.obs[INTEGRATED].dropna().nunique() > 1 else []
    if not joint:
        context.skip("agreement of the joint groups", "the modalities together show no more than one group")
    if len(own) + len(joint) > 1:
        compared = [*own[:1], *joint, *own[1:]]
        tl.agreement(context.mdata, compared, n_permutations=permutations, rng=context.seed("agreement"))


INTEGRATE = Step("integrate", run, "cohort")
