"""Patient groups of one modality by consensus clustering."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    is_multimodal,
    left_out_table,
    modality_of,
    patients_of,
    pipeline_of,
    split_of,
    to_uns,
    training_patients,
    write_groups,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import seed_of
from radiogenomics._types import RNG, BoolArray, FloatArray
from radiogenomics.core.cluster_evidence import assignment_confidence
from radiogenomics.ml._consensus_clusterer import ConsensusClusterer
from radiogenomics.tl._encoders import warn_apparent
from radiogenomics.tl._taught import features_taught, recorded

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

_DISTANCES = "distances"
_EVEN_SHARE = 0.05
_SPAN = 1000.0


def consensus_cluster(
    data: Cohort,
    *,
    modality: str | None = None,
    n_clusters: int | Literal["auto"] = "auto",
    max_clusters: int = 6,
    method: str = "hierarchical",
    metric: str = "pearson",
    linkage: str = "average",
    n_resamples: int = 1000,
    sample_fraction: float = 0.8,
    feature_fraction: float = 1.0,
    n_null: int = 100,
    alpha: float = 0.05,
    rng: RNG = None,
    n_jobs: int | None = None,
    key_added: str = keys.GROUPS,
) -> None:
    """Group the patients of a modality by consensus clustering :cite:p:`Monti2003,John2020`.

    Patients and features are resampled, every resample is clustered, and the groups are those of the patients who
    keep together. With a split in the cohort only the training patients are clustered; the others get the group of
    the nearest centroid.

    Parameters
    ----------
    data
        Cohort; ``X`` of the modality finite and on comparable scales.
    modality
        Modality to cluster; required for a MuData.
    n_clusters
        Number of groups, or ``"auto"``: a k that is more stable than `n_null` simulated data sets with
        the same features and no groups, or 1 if none does at level `alpha`. The simulated features are skewed and
        correlated as the real ones, but go together along straight lines (of their normal scores): curved dependence
        and a few odd patients can be taken for groups, and small groups that are close in many features be missed.
    max_clusters
        Largest k for which evidence is computed.
    method, metric, linkage, n_resamples, sample_fraction, feature_fraction
        As in :func:`radiogenomics.core.consensus_matrix`; ``metric="precomputed"`` reads the dense matrix
        ``obsp["distances"]`` of the modality.
    n_null, alpha
        Null data sets and level of ``n_clusters="auto"``.
    rng
        Seed or generator; the same seed gives the same groups whatever `n_jobs` is.
    n_jobs
        Workers.
    key_added
        Name of the result.

    Returns
    -------
    ``None``. Sets ``obs[key_added]`` of the modality (and ``obs["modality:key_added"]`` of a MuData): labels A, B, ...
    from the largest group to the smallest; ``obsp[key_added + "_consensus"]``: the share of resamples, in [0, 1], in
    which two patients kept together, NaN beside patients that were not clustered (of the k that came nearest where
    ``"auto"`` answers one group); ``uns[key_added]``: ``evidence`` (per k), ``cdf``, ``members`` (item consensus: mean
    consensus with the own group, in [0, 1]; confidence: 1 minus the ratio of the distances to the nearest and the
    second centroid, in [0, 1]), ``centroids``, ``features_left_out``, ``pipeline`` (the transforms before the
    clustering, which `assign_clusters` repeats), ``n_clusters``, ``settings``, ``left_out``.

    Raises
    ------
    InputError
        Missing values (columns named), features on unlike scales, arguments that do not fit the cohort.
    DegenerateInputError
        Too few patients, or fewer than two features that vary between them.

    Warns
    -----
    RadiogenomicsWarning
        If ``"auto"`` answers `max_clusters`, because more groups were not tried, or a group of one patient. If features
        come from a network that learned from these patients' own labels.
    """
    adata = modality_of(data, modality)
    check_key(adata, key_added, column=True)
    rows, left_out = _patients(data, adata, modality)
    training = _training_of(data, adata) & rows
    warn_apparent(data, modality, patients_of(adata)[training])
    if metric == "precomputed":
        x, features, constant = _precomputed(adata, training, rows), adata.var_names[:0], adata.var_names[:0]
        fit_on = x[np.ix_(training, training)]
    else:
        x = dense(adata.X)
        _refuse_missing(x[rows], adata.var_names)
        varies = np.ptp(x[training], axis=0) > 0
        features, constant = adata.var_names[varies], adata.var_names[~varies]
        x = x[:, varies]
        _refuse_unlike_scales(x[training], features)
        fit_on = x[training]
    model = ConsensusClusterer(
        n_clusters,
        method=method, metric=metric, linkage=linkage, n_resamples=n_resamples, sample_fraction=sample_fraction,
        feature_fraction=feature_fraction, max_clusters=max_clusters, n_null=n_null, alpha=alpha, random_state=rng,
        n_jobs=n_jobs,
    ).fit(fit_on)  # fmt: skip
    at_limit = n_clusters == "auto" and model.n_clusters_ == max_clusters
    if at_limit:
        _warn_at_limit(max_clusters)
    if n_clusters == "auto":
        _warn_of_single_patients(adata, training, model)
    codes = np.full(adata.n_obs, -1)
    codes[training] = model.labels_
    others = rows & ~training
    if others.any():
        codes[others] = model.predict(x[others])
    letters = group_letters(model.n_clusters_)
    confidence = np.full(adata.n_obs, np.nan)
    if metric != "precomputed":
        confidence[rows] = assignment_confidence(model.distances(x[rows]))
    members = _members(data, adata, codes, training, model, letters).assign(confidence=confidence[codes >= 0])
    consensus = np.full((adata.n_obs, adata.n_obs), np.nan)
    consensus[np.ix_(training, training)] = model.consensus_matrix_
    settings = {
        "modality": modality, "n_clusters": n_clusters, "max_clusters": max_clusters, "method": method,
        "metric": metric, "linkage": linkage if method == "hierarchical" else None, "n_resamples": n_resamples,
        "sample_fraction": sample_fraction, "feature_fraction": feature_fraction,
        "n_null": n_null if n_clusters == "auto" else None, "alpha": alpha if n_clusters == "auto" else None,
        "at_max_clusters": at_limit if n_clusters == "auto" else None, "p_value": model.p_value_,
        "consensus_k": model.consensus_k_, "rng": seed_of(rng), "n_patients": int(training.sum()),
        "n_assigned": int(others.sum()), "n_features": len(features), "n_constant_features": len(constant),
        "labels": "A is the largest group of the clustered patients, then by size",
        **recorded(features_taught(data, modality, patients_of(adata)[rows])),
    }  # fmt: skip
    result = to_uns(
        evidence=_evidence(model),
        cdf=_cdf(model),
        members=members,
        centroids=_centroids(model, features, letters),
        features_left_out=pd.DataFrame(
            {"feature": list(constant), "reason": ["constant"] * len(constant)}, dtype=object
        ),
        settings=settings,
        left_out=left_out_table(left_out),
        pipeline=pipeline_of(data, modality),
    )
    write_groups(data, modality, key_added, pd.Series(members["group"].to_numpy(), index=members[keys.PATIENT]))
    adata.obsp[f"{key_added}_consensus"] = consensus
    adata.uns[key_added] = {**result, "n_clusters": model.n_clusters_}


def _warn_at_limit(max_clusters: int) -> None:
    warnings.warn(
        f"n_clusters='auto' answers {max_clusters} groups, the most that were tried; raise max_clusters to see whether "
        "there are more",
        RadiogenomicsWarning,
        stacklevel=3,
    )


def _warn_of_single_patients(adata: AnnData, training: BoolArray, model: ConsensusClusterer) -> None:
    """A patient alone is no group, whatever the p-value says."""
    single = np.flatnonzero(np.bincount(model.labels_) == 1)
    if single.size and model.n_clusters_ > 1:
        names = [str(p) for p in patients_of(adata)[training][np.isin(model.labels_, single)]]
        shown = ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
        warnings.warn(
            f"{len(names)} of {model.n_clusters_} groups have one patient ({shown}): odd patients rather than groups; "
            "look at their features, leave them out, or take method='pam' or linkage='ward'",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def group_letters(n: int) -> list[str]:
    """Labels A to Z, then AA, AB, ..."""
    return [(chr(64 + i // 26) if i >= 26 else "") + chr(65 + i % 26) for i in range(n)]


def _patients(data: Cohort, adata: AnnData, modality: str | None) -> tuple[BoolArray, dict[str, str]]:
    """Patients of the modality with any value, and the reasons of all others of the cohort."""
    rows: BoolArray = np.asarray(~np.isnan(dense(adata.X)).all(axis=1))
    left_out = {str(p): "no value in any feature" for p in patients_of(adata)[~rows]}
    if is_multimodal(data):
        left_out |= {
            str(p): f"no {modality} data" for p in patients_of(data).difference(patients_of(adata), sort=False)
        }
    return rows, left_out


def _training_of(data: Cohort, adata: AnnData) -> BoolArray:
    out = training_patients(data, adata)
    if not out.any():
        raise DegenerateInputError("split", "no training patient has data in this modality")
    return out


def _precomputed(adata: AnnData, training: BoolArray, rows: BoolArray) -> FloatArray:
    if _DISTANCES not in adata.obsp:
        raise InputError("metric", "'precomputed' reads obsp['distances'] of the modality, which is not there")
    if (rows & ~training).any():
        raise InputError(
            "metric", "'precomputed' distances cannot assign patients outside the training part of the split"
        )
    d = adata.obsp[_DISTANCES]
    if hasattr(d, "toarray"):
        raise InputError("metric", "obsp['distances'] is sparse (neighbours only); store every distance, dense")
    d = np.asarray(d, dtype=float)
    unknown = (~np.isfinite(d[np.ix_(rows, rows)])).any(axis=1)
    if unknown.any():
        names = [str(p) for p in adata.obs_names[rows][unknown]]
        shown = ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
        raise InputError(
            "obsp['distances']",
            Fault(f"NaN or Inf among the distances of {len(names)} patients ({shown})", "every distance, finite"),
        )
    return d


def _refuse_missing(x: FloatArray, names: pd.Index) -> None:
    bad = ~np.isfinite(x)
    columns = np.flatnonzero(bad.any(axis=0))
    if not columns.size:
        return
    shown = [
        Fault(f"{int(bad[:, j].sum())} of {len(x)} patients with NaN or Inf", "finite values", column=str(names[j]))
        for j in columns[:20]
    ]
    rest = f" ({len(columns) - 20} more columns have such values.)" if len(columns) > 20 else ""
    faults = [*shown[:-1], Fault(shown[-1].found, shown[-1].expected, column=shown[-1].column,
                                 hint=f"Run rg.pp.clean_features and rg.pp.impute first.{rest}")]  # fmt: skip
    raise InputError("features", faults)


def _refuse_unlike_scales(x: FloatArray, names: pd.Index) -> None:
    """Refuse features in unlike units, where the largest unit alone makes every distance and correlation.

    Told by either of two signs: the standard deviations (5 to 95 % of the features) span more than three orders of
    magnitude, or the effective number of features, (sum of variances)^2 / (sum of squared variances), is under a
    twentieth of them. A log2 expression matrix spans less than two orders and keeps a quarter of its genes; radiomic
    features in their own units span eight orders and keep one or two in a hundred.
    """
    if x.shape[1] < 2:
        raise DegenerateInputError("features", f"{x.shape[1]} feature(s) vary between patients; clustering needs 2")
    sd = x.std(axis=0)
    share = sd**2 / (sd**2).sum()
    effective = 1.0 / float((share**2).sum())
    low, high = np.quantile(sd, [0.05, 0.95])
    if effective >= max(1.1, _EVEN_SHARE * len(sd)) and high <= _SPAN * low:
        return
    largest = int(np.argmax(sd))
    raise InputError(
        "features",
        Fault(
            f"standard deviations from {sd.min():.3g} to {sd.max():.3g} ({str(names[largest])!r}), so that about "
            f"{effective:.1f} of {len(sd)} features decide every distance",
            "features on comparable scales",
            hint="Run rg.pp.scale first (or take log2 of expression values).",
        ),
    )


def _evidence(model: ConsensusClusterer) -> pd.DataFrame:
    table = pd.DataFrame(model.evidence_)
    table["chosen"] = table["k"] == model.n_clusters_
    return table


def _cdf(model: ConsensusClusterer) -> pd.DataFrame:
    value, cdf = model.cdf_["value"], model.cdf_["cdf"]
    ks = model.evidence_["k"]
    return pd.DataFrame({"k": np.repeat(ks, len(value)), "value": np.tile(value, len(ks)), "cdf": cdf.ravel()})


def _members(
    data: Cohort, adata: AnnData, codes: Any, training: BoolArray, model: ConsensusClusterer, letters: list[str]
) -> pd.DataFrame:
    """One row per grouped patient; the item consensus exists for clustered patients only."""
    item = np.full(adata.n_obs, np.nan)
    item[training] = model.item_consensus_
    split = split_of(data)
    part = "all" if split is None else split.set_axis(patients_of(data)).reindex(patients_of(adata)).to_numpy()
    table: pd.DataFrame = pd.DataFrame(
        {
            keys.PATIENT: patients_of(adata).to_numpy(dtype=object),
            "group": [letters[c] if c >= 0 else None for c in codes],
            "item_consensus": item,
            "split": part,
        }
    )
    grouped: pd.DataFrame = table[codes >= 0]
    return grouped.reset_index(drop=True)


def _centroids(model: ConsensusClusterer, features: pd.Index, letters: list[str]) -> pd.DataFrame:
    """Mean patient of each group in the training space, one row per feature (none with precomputed distances)."""
    if not len(features):
        return pd.DataFrame({"feature": pd.Series([], dtype=object)} | {g: pd.Series([], dtype=float) for g in letters})
    return pd.DataFrame({"feature": list(features)} | {g: model.centroids_[i] for i, g in enumerate(letters)})
