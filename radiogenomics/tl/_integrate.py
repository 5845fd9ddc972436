"""Joint groups of patients from several modalities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    left_out_table,
    patients_of,
    split_of,
    to_uns,
    training_rows,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._random import seed_of
from radiogenomics._types import RNG, BoolArray
from radiogenomics.tl import _integrate_methods as methods
from radiogenomics.tl._consensus_cluster import group_letters
from radiogenomics.tl._integrate_sources import (
    Memberships,
    Source,
    modalities_of,
    sources_of_features,
    sources_of_groups,
)
from radiogenomics.tl._taught import columns_taught, features_taught, recorded

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_CONSENSUS: dict[str, Any] = {"n_resamples": 1000, "sample_fraction": 0.8}
_NULL: dict[str, Any] = {"n_null": 100, "alpha": 0.05}
#: Options of each method with their defaults; others are refused.
_OPTIONS: dict[str, dict[str, Any]] = {
    "snf": {"n_neighbors": None, "n_iterations": 20, "mu": 0.5, **_NULL},
    "coca": {"groups": keys.GROUPS, **_CONSENSUS, **_NULL},
    "concat": {"weights": None, "metric": "pearson", "linkage": "average", **_CONSENSUS, **_NULL},
    "mofa": {"n_factors": 10, "metric": "euclidean", "linkage": "average", **_CONSENSUS, **_NULL},
}
_KEEPS_PARTIAL = ("coca", "mofa")


def integrate(
    data: Cohort,
    modalities: Sequence[str] | None = None,
    *,
    method: Literal["snf", "coca", "concat", "mofa"] = "snf",
    n_clusters: int | Literal["auto"] = "auto",
    max_clusters: int = 6,
    n_neighbors: int | None = None,
    n_iterations: int | None = None,
    mu: float | None = None,
    groups: str | None = None,
    weights: Mapping[str, float] | None = None,
    n_factors: int | None = None,
    metric: str | None = None,
    linkage: str | None = None,
    n_resamples: int | None = None,
    sample_fraction: float | None = None,
    n_null: int | None = None,
    alpha: float | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
    key_added: str = "integrated",
) -> None:
    """Group the patients on several modalities together.

    An option of ``None`` takes the default of its method; one that the method does not have is refused.

    Parameters
    ----------
    data
        MuData cohort; features finite, expression on the log scale.
    modalities
        Two or more; by default all but ``radiomics_shuffled``, a control.
    method
        ``"snf"``: similarity networks of the patients (features at unit variance), fused and cut by spectral
        clustering :cite:p:`Wang2014`. Patients in all modalities.

        ``"coca"``: consensus clustering of the groups that the patients have in each modality
        :cite:p:`Hoadley2014`. Patients in any modality: two are compared on those they both have.

        ``"concat"``: consensus clustering of the features side by side, each modality at the same total variance.
        Patients in all modalities.

        ``"mofa"``: consensus clustering of the factors of MOFA+ :cite:p:`Argelaguet2020` (features at unit variance;
        needs the extra ``mofa``). Patients in any modality: their factors rest on those they have.
    n_clusters
        Number of groups, or ``"auto"``, which may answer 1. concat and mofa: against simulated data without groups,
        as in `consensus_cluster`. snf: the k whose gap of eigenvalues stands out most from those of `n_null` simulated
        cohorts of one population with the same features, correlated as within and between the modalities. coca: the
        k of the largest mean silhouette, up to the number of groups of the modality with most, if the mean adjusted
        Rand index of the modalities' groups exceeds that of `n_null` cohorts with the groups of each modality shuffled
        between its patients: one group means that the modalities agree no more than by chance. Accepted is a p-value
        (for the other methods over all k, by the maximum statistic) of at most `alpha`.
    max_clusters
        Largest k for which evidence is computed.
    n_neighbors, n_iterations, mu
        Of snf: neighbours of a patient (20, at most a quarter of the patients), rounds (20), kernel width (0.5).
    groups
        Of coca: name of the groups in each modality (``"groups"``).
    weights
        Of concat: total variance of each modality (1 each).
    n_factors
        Of mofa: factors to start from (10); those that explain under 1 % everywhere are dropped.
    metric, linkage, n_resamples, sample_fraction
        Of the consensus clustering, as in `consensus_cluster` (mofa: Euclidean); coca has
        `n_resamples` and `sample_fraction` of them, snf none.
    n_null, alpha
        Null cohorts and level of ``n_clusters="auto"`` (100, 0.05).
    rng
        Seed or generator; snf with a given number of groups uses no random numbers.
    n_jobs
        Workers.
    key_added
        Name of the result.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]``: labels A, B, ... from the largest group of training patients to the
    smallest; ``data.obsp[key_added + "_similarity"]``: fused network or consensus, NaN beside patients that were not
    clustered; ``data.uns[key_added]``: ``members`` (patient_id, group, confidence, n_modalities, split), ``evidence``
    (per k), ``sources`` (per modality), ``n_clusters``, ``settings``, ``left_out``; with mofa ``factors`` and
    ``variance_explained`` (%). With a split only training patients are learned from; the others get the nearest
    centroid (concat, mofa), the vote of their nearest training patients (snf) or the group that differs least (coca).

    Raises
    ------
    InputError
        Fewer than two modalities, options that the method does not have, missing values, features on unlike scales
        (concat), no groups to read (coca).
    DegenerateInputError
        Too few patients in all modalities.
    MissingDependencyError
        mofa without mofapy2.
    """
    check_key(data, key_added, column=True)
    given = {
        "n_neighbors": n_neighbors, "n_iterations": n_iterations, "mu": mu, "groups": groups, "weights": weights,
        "n_factors": n_factors, "metric": metric, "linkage": linkage, "n_resamples": n_resamples,
        "sample_fraction": sample_fraction, "n_null": n_null, "alpha": alpha,
    }  # fmt: skip
    options = {**_chosen_options(method, given), "max_clusters": max_clusters}
    _check_number(n_clusters, max_clusters)
    names = modalities_of(data, modalities)
    if method == "concat":
        options["weights"] = _weights(weights, names)
    sources: Sequence[Source | Memberships]
    if method == "coca":
        sources = sources_of_groups(data, names, options["groups"])
    else:
        sources = sources_of_features(data, names, scale="block" if method == "concat" else "feature")
    rows, reasons = _patients(data, sources, partial=method in _KEEPS_PARTIAL)
    training = rows & training_rows(data)
    if training.sum() < 4:
        what = "any" if method in _KEEPS_PARTIAL else "all"
        raise DegenerateInputError(
            "modalities", f"{int(training.sum())} training patients with {what} of {', '.join(names)}; 4 are needed"
        )
    arguments: tuple[Any, ...] = (sources, training, rows, n_clusters, options)
    joint = getattr(methods, method)(*arguments, n_jobs, rng)
    if method == "coca":
        taught = columns_taught(data, [f"{name}:{options['groups']}" for name in names])
    else:
        taught = [one for name in names for one in features_taught(data, name)]
    _store(data, joint, sources, rows, training, reasons, key_added, {
        "method": method, "modalities": names, "n_clusters": n_clusters, **options, "rng": seed_of(rng),
        "patients": "any modality" if method in _KEEPS_PARTIAL else "all modalities",
        **recorded(taught),
    })  # fmt: skip


def _chosen_options(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if method not in _OPTIONS:
        raise InputError("method", Fault(repr(method), f"one of {', '.join(map(repr, _OPTIONS))}"))
    own = _OPTIONS[method]
    faults = [
        Fault(f"{name}={value!r}", f"options of {method!r}: {', '.join(own)}", column=name)
        for name, value in given.items()
        if value is not None and name not in own
    ]
    options = {name: default if given[name] is None else given[name] for name, default in own.items()}
    for name in ("n_iterations", "n_factors", "n_neighbors"):
        if options.get(name) is not None and options[name] < 1:
            faults.append(Fault(str(options[name]), "at least 1", column=name))
    if "mu" in options and not 0 < options["mu"] < 1:
        faults.append(Fault(str(options["mu"]), "a number between 0 and 1", column="mu"))
    if faults:
        raise InputError("integration", faults)
    return options


def _check_number(n_clusters: int | str, max_clusters: int) -> None:
    whole = isinstance(n_clusters, int | np.integer) and not isinstance(n_clusters, bool)
    if n_clusters != "auto" and (not whole or int(n_clusters) < 2):
        raise InputError("n_clusters", Fault(repr(n_clusters), "an integer of at least 2, or 'auto'"))
    if max_clusters < 2:
        raise InputError("max_clusters", Fault(str(max_clusters), "at least 2"))


def _weights(weights: Mapping[str, float] | None, names: list[str]) -> dict[str, float]:
    out = dict.fromkeys(names, 1.0) | {k: float(v) for k, v in (weights or {}).items()}
    if set(out) != set(names) or not all(np.isfinite(w) and w > 0 for w in out.values()):
        raise InputError("weights", Fault(f"{dict(weights or {})}", f"positive numbers for {names}"))
    return out


def _patients(
    data: Cohort, sources: Sequence[Source | Memberships], *, partial: bool
) -> tuple[BoolArray, dict[str, str]]:
    """Patients to group, and for each of the others what it lacks."""
    present = np.stack([s.present for s in sources])
    rows: BoolArray = np.asarray(present.any(axis=0) if partial else present.all(axis=0), dtype=bool)
    if not rows.any():
        raise DegenerateInputError(
            "modalities", f"no patient has all of {', '.join(s.modality for s in sources)}; they share no patients"
        )
    what = "groups" if isinstance(sources[0], Memberships) else "data"
    reasons = {
        str(patient): f"no {' and '.join(s.modality for s, has in zip(sources, present[:, i], strict=True) if not has)}"
        f" {what}"
        for i, patient in enumerate(patients_of(data))
        if not rows[i]
    }
    return rows, reasons


def _store(
    data: Cohort, joint: methods.Joint, sources: Sequence[Source | Memberships], rows: BoolArray, training: BoolArray,
    reasons: dict[str, str], key: str, settings: dict[str, Any],
) -> None:  # fmt: skip
    letters = group_letters(joint.n_clusters)
    labels = np.array([letters[c] if c >= 0 else None for c in joint.codes], dtype=object)
    split = split_of(data)
    present = np.stack([s.present for s in sources])
    members = pd.DataFrame(
        {
            keys.PATIENT: patients_of(data).to_numpy(dtype=object),
            "group": labels,
            "confidence": joint.confidence,
            "n_modalities": present.sum(axis=0),
            "split": "all" if split is None else split.to_numpy(),
        }
    )
    table = pd.DataFrame(
        [
            {
                "modality": s.modality,
                "n_patients": int(s.present.sum()),
                "n_used": int((s.present & rows).sum()),
                "n_features": s.x.shape[1] if isinstance(s, Source) else 1,
                "n_constant": s.n_constant if isinstance(s, Source) else 0,
            }
            for s in sources
        ]
    )
    more = {n: t[rows].assign(**{keys.PATIENT: members[keys.PATIENT][rows]}) if n == "factors" else t
            for n, t in joint.tables.items()}  # fmt: skip
    settings |= joint.settings | {"n_patients": int(training.sum()), "n_assigned": int((rows & ~training).sum())}
    result = to_uns(
        members=members[rows].reset_index(drop=True), evidence=joint.evidence, sources=table, settings=settings,
        left_out=left_out_table(reasons), **{n: t.reset_index(drop=True) for n, t in more.items()},
    )  # fmt: skip
    similarity = np.full((data.n_obs, data.n_obs), np.nan)
    similarity[np.ix_(training, training)] = joint.similarity
    data.obs[key] = pd.Categorical(labels, categories=[letter for letter in letters if letter in set(labels)])
    data.obsp[f"{key}_similarity"] = similarity
    data.uns[key] = {**result, "n_clusters": joint.n_clusters}
