"""Whether added terms are related to the outcome, and whether there are patients enough for a model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radiogenomics import core
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.tl._cindex_estimates import Analysed
from radiogenomics.tl._cindex_models import Model, design_of, pairs_of
from radiogenomics.tl._cindex_precision import FEW_EVENTS
from radiogenomics.tl._cox_warnings import shortened
from radiogenomics.tl._sample_size import sample_size_of

_TINY_RIDGE = 1e-6  # finite coefficients where a group has no event; the likelihood is that of the limit


def added_value(cohort: Analysed, models: Sequence[Model]) -> pd.DataFrame:
    """Likelihood-ratio test of each model against each one inside it, both fitted to all training patients."""
    own = cohort.part(cohort.training)
    fits: dict[int, tuple[float, int]] = {}
    rows = []
    for i, j in pairs_of(models):
        if not models[i].contains(models[j]):
            continue
        for m in (i, j):
            if m not in fits:
                fits[m] = _likelihood(own, models[m])
        statistic, df = max(2 * (fits[i][0] - fits[j][0]), 0.0), fits[i][1] - fits[j][1]
        p = float(chdtrc(df, statistic)) if df else np.nan
        rows.append({"model": models[i].name, "reference": models[j].name, "lr_statistic": statistic, "lr_df": df,
                     "lr_p_value": p})  # fmt: skip
    columns = ["model", "reference", "lr_statistic", "lr_df", "lr_p_value"]
    return pd.DataFrame(rows, columns=columns).astype({"lr_df": float})


def _likelihood(own: Analysed, model: Model) -> tuple[float, int]:
    """Log partial likelihood at its maximum, and the number of coefficients that the data can tell apart."""
    x = design_of(model, own.factors).x
    x = x[:, np.ptp(x, axis=0) > 0] if x.shape[1] else x
    if not x.shape[1]:
        null = core.fit_cox(
            np.arange(len(own.time), dtype=float), own.time, own.event, entry=own.entry, strata=own.strata
        )
        return null.loglik[0], 0
    rank = int(np.linalg.matrix_rank(x - x.mean(axis=0)))
    fit = core.fit_cox(x, own.time, own.event, entry=own.entry, strata=own.strata, ridge=_TINY_RIDGE)
    return fit.loglik[1], rank


def sample_sizes(cohort: Analysed, models: Sequence[Model]) -> pd.DataFrame:
    """Events per coefficient of each model, and the patients it would need."""
    own = cohort.part(cohort.training)
    n, events = len(own.time), int((own.event == 1).sum())
    rows = []
    for model in models:
        size = design_of(model, own.factors).x.shape[1]
        if size:
            rows.append({"model": model.name, **sample_size_of(n, events, size)})
    table = pd.DataFrame(rows)
    _warn_few(table, events)
    return table


def _warn_few(sizes: pd.DataFrame, events: int) -> None:
    """One warning: of the models with more coefficients than events, else of those with few events for each."""
    more = list(sizes.loc[sizes["n_parameters"] > events, "model"])
    few = list(sizes.loc[sizes["events_per_parameter"] < FEW_EVENTS, "model"])
    if more:
        said = f"{events} events, fewer than the coefficients of {', '.join(more)}; only the ridge makes these models "
        said += "estimable. Leave out terms, or merge groups."
    elif few:
        said = f"{events} events are fewer than {FEW_EVENTS} for each coefficient of {shortened(few)}: these models "
        said += "overfit, and their c-indices may fall below those of smaller ones. Leave out terms, or merge groups."
    else:
        return
    warnings.warn(said, RadiogenomicsWarning, stacklevel=4)


def warn_collinear(cohort: Analysed, models: Sequence[Model]) -> None:
    """Name the terms that others of the largest model without interaction already say."""
    own = cohort.part(cohort.training)
    widest = max((m for m in models if not m.interaction), key=lambda m: len(m.factors))
    kept: list[np.ndarray] = []
    rank = 0
    for name in widest.factors:
        x = design_of(Model(name, (name,)), own.factors).x
        together = np.column_stack([*kept, x])
        new = int(np.linalg.matrix_rank(together - together.mean(axis=0)))
        if new - rank < np.linalg.matrix_rank(x - x.mean(axis=0)):
            warnings.warn(
                f"{name!r} is, in part or whole, a linear combination of {list(widest.factors)[: len(kept)]}: the "
                "ridge shares their effect out between them. Leave one out.",
                RadiogenomicsWarning,
                stacklevel=4,
            )
        kept.append(x)
        rank = new
