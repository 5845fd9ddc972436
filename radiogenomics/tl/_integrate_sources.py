"""The modalities of an integration as matrices over the patients of the cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import (
    dense,
    group_order,
    groups_of,
    is_multimodal,
    modality_of,
    patients_of,
    training_rows,
)
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError
from radiogenomics._keys import CONTROL
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._consensus_cluster import _refuse_missing, _refuse_unlike_scales

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Source:
    """One modality over all patients of the cohort.

    Attributes
    ----------
    x
        (n, p) centred on the training patients, each feature or the whole block scaled by them; NaN without data.
    present
        (n,) patients with data.
    n_constant
        Features that did not vary between the training patients and were left out.
    """

    modality: str
    x: FloatArray
    present: BoolArray
    n_constant: int


@dataclass(frozen=True)
class Memberships:
    """The groups of one modality over all patients: codes from 0, -1 without one."""

    modality: str
    codes: IntArray
    groups: list[str]

    @property
    def present(self) -> BoolArray:
        """(n,) patients with a group."""
        out: BoolArray = self.codes >= 0
        return out


def modalities_of(data: Cohort, given: Sequence[str] | None) -> list[str]:
    """The modalities to integrate: two or more different ones."""
    if not is_multimodal(data):
        raise InputError("data", "an AnnData is one modality; integration needs a MuData with at least two")
    every = [m for m in data.mod if m != CONTROL]
    names = every if given is None else [given] if isinstance(given, str) else list(given)
    for name in names:
        modality_of(data, name)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(
            "modalities",
            Fault(
                f"{names}", "two or more different modalities", hint="Group one modality by rg.tl.consensus_cluster."
            ),
        )
    return names


def sources_of_features(data: Cohort, modalities: Sequence[str], *, scale: str) -> list[Source]:
    """Features of each modality: ``"feature"`` gives each unit variance, ``"block"`` gives each modality that."""
    everyone, training = patients_of(data), training_rows(data)
    out = []
    for name in modalities:
        adata = modality_of(data, name)
        own = pd.DataFrame(dense(adata.X), index=patients_of(adata)).reindex(everyone).to_numpy(dtype=float)
        present: BoolArray = np.asarray(~np.isnan(own).all(axis=1))
        _refuse_missing(own[present], adata.var_names)
        learn = own[present & training]
        if len(learn) < 2:
            raise DegenerateInputError(name, f"{len(learn)} training patient(s) have data in this modality")
        varies = np.ptp(learn, axis=0) > 0
        learn, own = learn[:, varies], own[:, varies]
        if scale == "block":
            _refuse_unlike_scales(learn, adata.var_names[varies])
            spread = np.sqrt(learn.var(axis=0, ddof=1).sum())
        elif not varies.any():
            raise DegenerateInputError(name, "no feature varies between the training patients")
        else:
            spread = learn.std(axis=0, ddof=1)
        out.append(Source(name, (own - learn.mean(axis=0)) / spread, present, int((~varies).sum())))
    return out


def sources_of_groups(data: Cohort, modalities: Sequence[str], key: str) -> list[Memberships]:
    """Groups of each modality; those with one group say nothing on who belongs together and are refused."""
    out, single = [], []
    for name in modalities:
        column = f"{name}:{key}"
        if column not in data.obs:
            raise InputError(
                "groups",
                Fault(
                    f"no groups {key!r} of {name}",
                    f"data.obs[{column!r}]",
                    hint=f"Run rg.tl.consensus_cluster(data, modality={name!r}) first, or take another method.",
                ),
            )
        labels, order = groups_of(data, column, at_least=1), group_order(data, column)
        codes: IntArray = np.array([order.index(g) if isinstance(g, str) else -1 for g in labels], dtype=np.int64)
        out.append(Memberships(name, codes, order))
        if len(order) < 2:
            single.append(name)
    if single:
        raise DegenerateGroupsError(
            "groups",
            Fault(
                f"one group in {', '.join(single)}",
                "at least 2 in every modality",
                hint="Leave such a modality out, or take method='snf', which reads the features.",
            ),
        )
    return out
