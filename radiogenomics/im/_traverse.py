"""What changes in a slice when one latent feature changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import check_key, modality_of, raw_features, to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.im._autoencoder_folder import AutoencoderModel, read_model
from radiogenomics.im._reconstruct import sequence_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_SHOWN = 5


def traverse(
    data: Cohort,
    model_dir: StrPath,
    *,
    modality: str | None = None,
    sequence: str | None = None,
    dimensions: Sequence[int] | None = None,
    n_steps: int = 7,
    reach: float = 2.5,
    key_added: str = "traversals",
) -> None:
    """Decode slices along single latent features, all others at the mean patient's, for `rg.pl.latent_traversal`.

    Parameters
    ----------
    data
        Cohort or features of :func:`encode`, pooled by mean (and standard deviation).
    model_dir
        Folder of the model, whose final network decodes.
    modality
        Where the features are, in a cohort.
    sequence
        Of the model; by default its first.
    dimensions
        Latent features, counted from 1; by default those that vary most from patient to patient.
    n_steps
        Slices along each.
    reach
        How far to either side of the mean, in standard deviations of the patients.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``uns[key_added]`` of the modality: ``images`` (n, size, size) in [0, 1], ``table`` (``dimension``,
    ``feature``, ``step`` in standard deviations, ``value`` of each slice, in the same order) and ``settings``.

    Raises
    ------
    InputError
        If the features are not those of the model, or a dimension does not exist.
    """
    model = read_model(model_dir, needed_for="rg.im.traverse")
    adata = modality_of(data, modality)
    check_key(adata, key_added)
    if n_steps < 2 or not reach > 0:
        raise InputError("traverse", Fault(f"n_steps={n_steps}, reach={reach}", "two steps or more, a positive reach"))
    name = sequence_of(model, sequence)
    features = _features(data, modality, model, name)
    centre, spread = features.mean().to_numpy(), features.std(ddof=0).to_numpy()
    chosen = _chosen(dimensions, spread)
    steps = np.linspace(-reach, reach, n_steps)
    latent = np.repeat(centre[None], len(chosen) * n_steps, axis=0)
    rows = []
    for i, dimension in enumerate(chosen):
        values = centre[dimension - 1] + steps * spread[dimension - 1]
        latent[i * n_steps : (i + 1) * n_steps, dimension - 1] = values
        rows += [(dimension, features.columns[dimension - 1], s, v) for s, v in zip(steps, values, strict=True)]
    adata.uns[key_added] = to_uns(
        images=_decoded(model, name, latent),
        table=pd.DataFrame(rows, columns=["dimension", "feature", "step", "value"]),
        settings={"model": model.settings.model, "sequence": name, "reach": reach},
    )


def _features(data: Cohort, modality: str | None, model: AutoencoderModel, sequence: str) -> pd.DataFrame:
    """(n, latent_dim) mean latent features as they came, of patients who have them."""
    table = raw_features(data, modality)
    names = [f"{sequence}_{model.settings.model}_{i + 1:03d}" for i in range(model.settings.latent_dim)]
    missing = [n for n in names if n not in table]
    if missing:
        raise InputError(
            "data",
            Fault(f"no feature {missing[0]}", f"the {len(names)} features of this model",
                  hint="rg.im.encode(pooling='mean' or 'mean_sd') makes them."),
        )  # fmt: skip
    table = table[names].dropna()
    if len(table) < 2:
        raise DegenerateInputError("data", Fault(f"{len(table)} patient(s) with {sequence} features", "two or more"))
    return table


def _chosen(dimensions: Sequence[int] | None, spread: FloatArray) -> list[int]:
    if dimensions is None:
        return [int(i) + 1 for i in np.argsort(-spread, kind="stable")[:_SHOWN]]
    unknown = [d for d in dimensions if not 1 <= d <= len(spread)]
    if unknown or not len(dimensions):
        raise InputError("dimensions", Fault(str(list(dimensions)), f"some of 1 to {len(spread)}"))
    return [int(d) for d in dimensions]


def _decoded(model: AutoencoderModel, sequence: str, latent: FloatArray) -> FloatArray:
    from radiogenomics.nn._encode import decode

    return decode(model.network(sequence, model.final), latent).astype(np.float32)
