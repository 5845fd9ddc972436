"""Groups of patients per modality, and their combination."""

from __future__ import annotations

import warnings

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import dense, training_patients
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics.schemas.steps import ClusterSettings
from radiogenomics.study._check_groups import most_clusters
from radiogenomics.study._groups import joint_groupings, one_group_reason
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Cluster each modality that the study names; combine the groups where two have some and no step combine does."""
    from radiogenomics import tl

    for modality, settings in context.settings.items():
        with context.unless_degenerate(f"groups of {modality}"):
            tl.consensus_cluster(
                context.mdata,
                modality=modality,
                n_jobs=context.n_jobs,
                rng=context.seed(modality),
                **settings.model_dump() | {"max_clusters": _max_clusters(context, modality, settings)},
            )
    if context.file.steps.combine is not None:
        return
    groupings = joint_groupings(context.mdata)
    if len(groupings) > 1:
        try:
            tl.combine_groups(context.mdata, list(groupings.values()))
        except InputError as error:  # the modalities share no patient
            context.skip("combined groups", str(error))
    elif len(context.settings) > 1:
        context.skip("combined groups", one_group_reason(context.mdata))


def _max_clusters(context: Context, modality: str, settings: ClusterSettings) -> int:
    """The most groups to try: fewer than asked for where the patients are few, which is said.

    Raises
    ------
    DegenerateInputError
        If the patients are too few for any groups.
    InputError
        If they are too few for the number of groups that was asked for.
    """
    adata = context.mdata.mod[modality]
    have = training_patients(context.mdata, adata) & ~np.isnan(dense(adata.X)).all(axis=1)
    n, asked = int(have.sum()), settings.n_clusters
    most = most_clusters(n, settings.sample_fraction)
    failed = sum(len(state.failures) for state in context.done.values())
    because = f", because {failed} case(s) failed" if modality == keys.RADIOMICS and failed else ""
    told = f"{n} of {context.mdata.n_obs} patients have {modality} features to form groups from{because}"
    if most < 2:
        raise DegenerateInputError("too few patients", f"only {told}")
    if asked != "auto" and asked > most:
        hint = f"{told[0].upper()}{told[1:]}." if because else ""
        where = f"steps.cluster.{modality}.n_clusters"
        raise InputError(where, Fault(str(asked), f"at most {most} for {n} patients", hint=hint))
    if asked == "auto" and settings.max_clusters > most:
        warnings.warn(
            f"{modality}: up to {most} groups were tried instead of max_clusters: {settings.max_clusters}, because "
            f"only {told}",
            RadiogenomicsWarning,
            stacklevel=2,
        )
        return most
    return settings.max_clusters


CLUSTER = Step("cluster", run, "cohort", reads=lambda file: {"combined": file.steps.combine is None})
