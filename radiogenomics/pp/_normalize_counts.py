"""Raw counts to the log2 scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of
from radiogenomics._errors import InputError
from radiogenomics.ml._count_normalizer import CountNormalizer
from radiogenomics.pp._apply import learn, write_transform

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def normalize_counts(
    data: Cohort,
    *,
    modality: str | None = None,
    method: str = "log_cpm",
    pseudocount: float = 1.0,
    key_added: str = "normalization",
) -> None:
    """Make ``X`` from ``layers["counts"]``, with a reference of the training patients.

    Parameters
    ----------
    data
        Cohort; with a split, test patients are normalised against the training patients.
    modality
        Required for a MuData.
    method
        ``log_cpm`` (counts per million) or ``size_factors`` (median of ratios); see :class:`rg.ml.CountNormalizer`.
    pseudocount
        Added before the logarithm.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Replaces the modality's ``X`` (log2). ``raw`` holds the counts, so that a cross-validation normalises
    anew in each fold. Sets ``uns[key_added]`` of the modality: ``patients`` (``patient_id``, ``total`` count,
    ``size_factor``: what the counts were divided by) and ``settings``.

    Raises
    ------
    InputError
        If there are no counts, or features were already transformed.
    """
    if keys.COUNTS not in modality_of(data, modality).layers:
        raise InputError("data", "there is no layers['counts']; only raw counts (rg.io.read_counts) can be normalised")
    normalizer = CountNormalizer(method=method, pseudocount=pseudocount)
    fitted = learn(data, modality, normalizer, layer=keys.COUNTS)
    total = fitted.source.sum(axis=1)
    factors = normalizer.size_factors(fitted.source) if method == "size_factors" else (total / 1e6).to_numpy()
    patients = pd.DataFrame({"patient_id": total.index, "total": total.to_numpy(), "size_factor": factors})
    settings = {"method": method, "pseudocount": pseudocount, "n_training": fitted.n_training}
    write_transform(
        data, modality, fitted, results={key_added: {"patients": patients, "settings": settings}}, restart=True
    )
