"""Four ways to joint groups; each learns from the training patients and places the others."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.cluster_evidence import assignment_confidence, consensus_labels, item_consensus
from radiogenomics.core.cluster_null import Standing
from radiogenomics.core.distance import distance_between
from radiogenomics.ml._consensus_clusterer import ConsensusClusterer
from radiogenomics.tl._integrate_number import agreement_of_groups, fuse, number_of_fused
from radiogenomics.tl._integrate_sources import Memberships, Source

_SET = "set beforehand"


@dataclass(frozen=True)
class Joint:
    """Joint groups of the patients of a cohort.

    Attributes
    ----------
    codes
        (n,) group, 0 the largest of the training patients; -1 without one.
    confidence
        (n,) in [0, 1], NaN without; ``settings["confidence"]`` says of what.
    similarity
        (t, t) of the training patients.
    evidence
        One row per k, with ``chosen``.
    tables
        More to store.
    """

    codes: IntArray
    confidence: FloatArray
    similarity: FloatArray
    n_clusters: int
    evidence: pd.DataFrame
    settings: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def by_features(
    x: FloatArray, training: BoolArray, rows: BoolArray, k: int | str, options: Mapping[str, Any], n_jobs: int | None,
    rng: RNG,
) -> Joint:  # fmt: skip
    """Consensus clustering of the training rows of ``x``; the other rows get the nearest centroid."""
    names = ("metric", "linkage", "n_resamples", "sample_fraction", "max_clusters", "n_null", "alpha")
    model = ConsensusClusterer(k, random_state=rng, n_jobs=n_jobs, **{n: options[n] for n in names}).fit(x[training])
    codes, confidence = np.full(len(x), -1), np.full(len(x), np.nan)
    distances = model.distances(x[rows])
    codes[rows], confidence[rows] = distances.argmin(axis=1), assignment_confidence(distances)
    codes[training] = model.labels_
    evidence = pd.DataFrame(model.evidence_)
    settings = {
        "confidence": "1 minus the ratio of the distances to the nearest and the second centroid",
        "number": "against simulated data without groups" if k == "auto" else _SET,
        "p_value": model.p_value_,
        "test_patients": "nearest centroid",
    }
    return Joint(
        codes, confidence, model.consensus_matrix_, model.n_clusters_,
        evidence.assign(chosen=evidence["k"] == model.n_clusters_), settings,
    )  # fmt: skip


def concat(
    sources: Sequence[Source], training: BoolArray, rows: BoolArray, k: int | str, options: Mapping[str, Any],
    n_jobs: int | None, rng: RNG,
) -> Joint:  # fmt: skip
    """Blocks side by side, each of total variance 1 times its weight."""
    weights = options["weights"]
    x = np.concatenate([np.sqrt(weights[s.modality]) * s.x for s in sources], axis=1)
    return by_features(x, training, rows, k, options, n_jobs, rng)


def snf(
    sources: Sequence[Source], training: BoolArray, rows: BoolArray, k: int | str, options: Mapping[str, Any],
    n_jobs: int | None, rng: RNG,
) -> Joint:  # fmt: skip
    """Fuse the networks of the modalities and cut the fused one by spectral clustering."""
    n = int(training.sum())
    neighbors = options["n_neighbors"] or max(2, min(20, n // 4))
    if not 1 <= neighbors < n:
        raise InputError("n_neighbors", Fault(str(neighbors), f"1 to {n - 1}: {n} patients have all modalities"))
    known = [s.x[training] for s in sources]
    fusion = {"n_neighbors": neighbors, "n_iterations": options["n_iterations"], "mu": options["mu"]}
    fused = fuse(known, **fusion)
    tried = _tried(k, options["max_clusters"], n - 1)
    gaps = core.eigengaps(fused, tried)
    evidence = pd.DataFrame({"k": tried, "eigengap": gaps})
    chosen, p_value = (k, None) if not isinstance(k, str) else _accepted(
        evidence, number_of_fused(known, tried, gaps, fusion, options, n_jobs, rng), options["alpha"]
    )  # fmt: skip
    labels = core.spectral_labels(fused, chosen) if chosen > 1 else np.zeros(n, dtype=np.int64)
    if len(np.unique(labels)) < chosen:
        raise DegenerateGroupsError(
            "n_clusters", Fault(f"{chosen} asked for", f"at most the {len(np.unique(labels))} that the network has")
        )
    codes, confidence = np.full(len(training), -1), np.full(len(training), np.nan)
    member = np.eye(chosen)[labels]
    links = fused - np.diag(np.diag(fused))
    codes[training] = labels
    if chosen > 1:
        confidence[training] = ((links @ member) / links.sum(axis=1, keepdims=True))[np.arange(n), labels]
    others = rows & ~training
    if chosen == 1:
        codes[others] = 0
    elif others.any():
        votes = np.mean([_votes(s.x[others], x, neighbors) @ member for s, x in zip(sources, known, strict=True)], 0)
        codes[others], confidence[others] = votes.argmax(axis=1), votes.max(axis=1)
    settings = {
        "n_neighbors": neighbors,
        "confidence": "share of a patient's links in the fused network that lead into its group",
        "number": "gap of the eigenvalues against simulated patients of one population" if k == "auto" else _SET,
        "p_value": p_value,
        "test_patients": f"weighted vote of the {neighbors} nearest training patients of each modality",
    }
    return Joint(codes, confidence, fused, chosen, evidence.assign(chosen=evidence["k"] == chosen), settings)


def _accepted(evidence: pd.DataFrame, found: Standing, alpha: float) -> tuple[int, float]:
    """The k that stands out most if any does at level ``alpha``, else 1; what decided goes into the evidence."""
    evidence["z"], evidence["p_value"] = found.z[0], found.p_value
    best = int(evidence["k"].iloc[int(np.argmax(found.z[0]))])
    return best if found.p_value_overall <= alpha else 1, found.p_value_overall


def _votes(new: FloatArray, known: FloatArray, neighbors: int) -> FloatArray:
    """Weight of each training patient for each new one: nearer counts more, the farthest neighbour nearly nothing."""
    d = distance_between(new, known, "euclidean")
    farthest = np.partition(d, neighbors - 1, axis=1)[:, neighbors - 1 : neighbors]
    weight = np.where(d <= farthest, np.exp(-(d**2) / (2 * np.maximum(farthest, 1e-300) ** 2 * 0.25)), 0.0)
    out: FloatArray = weight / weight.sum(axis=1, keepdims=True)
    return out


def coca(
    sources: Sequence[Memberships], training: BoolArray, rows: BoolArray, k: int | str, options: Mapping[str, Any],
    n_jobs: int | None, rng: RNG,
) -> Joint:  # fmt: skip
    """Consensus clustering of the patients by the groups they have in the modalities."""
    codes_of = np.stack([s.codes for s in sources], axis=1)
    between, filled = _disagreement(codes_of[training], codes_of[training])
    np.fill_diagonal(between, 0.0)
    n = int(training.sum())
    complete = codes_of[training & (codes_of >= 0).all(axis=1)]
    patterns = len(np.unique(complete, axis=0)) if len(complete) else 0
    if patterns < 2:
        raise DegenerateInputError("groups", f"the patients with a group in all modalities have {patterns} pattern(s)")
    if isinstance(k, int) and k > patterns:
        raise InputError("n_clusters", Fault(str(k), f"at most the {patterns} patterns of groups that patients have"))
    # As many groups as there are patterns always fit best; they are no summary of the modalities.
    most = min(int(options["max_clusters"]), patterns, max(len(s.groups) for s in sources))
    tried = _tried(k, most, round(options["sample_fraction"] * n) - 1)
    model = ConsensusClusterer(
        max(tried), metric="precomputed", linkage="average", n_resamples=options["n_resamples"],
        sample_fraction=options["sample_fraction"], max_clusters=max(tried), random_state=rng, n_jobs=n_jobs,
    ).fit(between)  # fmt: skip
    evidence = pd.DataFrame(model.evidence_)
    nearest = k if isinstance(k, int) else int(evidence["k"].iloc[int(evidence["silhouette"].argmax())])
    rand, p_value = agreement_of_groups(
        codes_of[training], n_null=options["n_null"], alpha=options["alpha"], rng=rng
    ) if isinstance(k, str) else (None, None)  # fmt: skip
    chosen = nearest if p_value is None or p_value <= options["alpha"] else 1
    # Where one group is answered, the matrix of the k that came nearest is kept.
    consensus = model.consensus_matrices_[int(np.flatnonzero(evidence["k"] == nearest)[0])]
    labels = consensus_labels(consensus, chosen)
    codes, confidence = np.full(len(training), -1), np.full(len(training), np.nan)
    codes[training] = labels
    confidence[training] = item_consensus(consensus, labels)[np.arange(n), labels]
    others = rows & ~training
    if others.any():
        far, _ = _disagreement(codes_of[others], codes_of[training], fill=filled)
        member = np.eye(chosen)[labels]
        mean = far @ member / member.sum(axis=0)
        codes[others], confidence[others] = mean.argmin(axis=1), 1.0 - mean.min(axis=1)
    settings = {
        "confidence": "mean consensus with the own group (test patients: mean agreement with it)",
        "number": "largest mean silhouette, up to the groups of the modality with most, if the modalities agree more "
        "than groups shuffled between their patients"
        if k == "auto"
        else _SET,
        "mean_adjusted_rand": rand,
        "p_value": p_value,
        "missing": f"share of the groups that differ, over the modalities both have; pairs without one: {filled:.3g}",
        "test_patients": "group whose training patients differ least",
    }
    evidence = evidence.dropna(axis=1, how="all")
    return Joint(codes, confidence, consensus, chosen, evidence.assign(chosen=evidence["k"] == chosen), settings)


def _disagreement(a: IntArray, b: IntArray, fill: float | None = None) -> tuple[FloatArray, float]:
    """Share of the modalities that two patients both have in which their groups differ; a mean where they have none."""
    both = (a[:, None, :] >= 0) & (b[None, :, :] >= 0)
    differ = ((a[:, None, :] != b[None, :, :]) & both).sum(axis=2)
    n = both.sum(axis=2)
    out = np.divide(differ, n, out=np.full(n.shape, np.nan), where=n > 0)
    mean = float(np.nanmean(out)) if fill is None else fill
    return np.where(np.isnan(out), mean, out), mean


def mofa(
    sources: Sequence[Source], training: BoolArray, rows: BoolArray, k: int | str, options: Mapping[str, Any],
    n_jobs: int | None, rng: RNG,
) -> Joint:  # fmt: skip
    """Consensus clustering of the patients by the factors that MOFA+ finds in all modalities."""
    seed, again = spawn_seeds(generator(rng), 2)
    model, said = _fitted_mofa([s.x[training] for s in sources], int(options["n_factors"]), seed)
    weights = [np.asarray(w, dtype=float) for w in model.nodes["W"].getExpectation()]
    found = np.asarray(model.nodes["Z"].getExpectation(), dtype=float)
    if found.shape[1] < 2:
        raise DegenerateInputError("n_factors", f"MOFA+ keeps {found.shape[1]} factor(s); clustering needs 2. {said}")
    noise = [np.asarray(tau, dtype=float).mean(axis=0) for tau in model.nodes["Tau"].getExpectation()]
    explained = 100 * np.asarray(model.calculate_variance_explained()[0], dtype=float)
    z = np.full((len(training), found.shape[1]), np.nan)
    z[training] = found
    for i in np.flatnonzero(rows & ~training):
        z[i] = _projected([s.x[i] for s in sources], weights, noise)
    joint = by_features(z, training, rows, k, options, n_jobs, again)
    table = pd.DataFrame(
        [
            {"modality": s.modality, "factor": f + 1, "variance_explained": explained[m, f]}
            for m, s in enumerate(sources)
            for f in range(found.shape[1])
        ]
    )
    names = [f"factor_{f + 1}" for f in range(found.shape[1])]
    joint.settings["n_factors_kept"] = found.shape[1]
    joint.settings["missing"] = "factors of a patient rest on the modalities it has"
    joint.tables.update(factors=pd.DataFrame(z, columns=names), variance_explained=table)
    return joint


def _fitted_mofa(views: Sequence[FloatArray], n_factors: int, seed: int) -> tuple[Any, str]:
    entry = optional_import("mofapy2.run.entry_point", needed_for="integrate(method='mofa')").entry_point
    printed = io.StringIO()
    # It prints its progress, and takes logarithms of the zero weights of factors that it drops.
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        run = entry()
        run.set_data_options(scale_views=False, center_groups=False)
        run.set_data_matrix(
            [[v.copy()] for v in views],
            views_names=[str(i) for i in range(len(views))],
            groups_names=["all"],
            samples_names=[[str(i) for i in range(len(views[0]))]],
            features_names=[[f"{i}:{j}" for j in range(v.shape[1])] for i, v in enumerate(views)],
        )
        run.set_model_options(factors=n_factors, spikeslab_weights=True, ard_weights=True)
        run.set_train_options(seed=seed, convergence_mode="medium", dropR2=0.01, quiet=True)
        run.build()
        run.run()
    said = printed.getvalue().strip().splitlines()
    return run.model, said[-1] if said else ""


def _projected(values: Sequence[FloatArray], weights: Sequence[FloatArray], noise: Sequence[FloatArray]) -> FloatArray:
    """Posterior mean of the factors of one patient given the weights, over the modalities it has."""
    k = weights[0].shape[1]
    precision: FloatArray = np.eye(k)
    right: FloatArray = np.zeros(k)
    for x, w, tau in zip(values, weights, noise, strict=True):
        if np.isfinite(x).all():
            weighted = (w * tau[:, None]).T
            precision = np.asarray(precision + weighted @ w)
            right = np.asarray(right + weighted @ x)
    out: FloatArray = np.asarray(np.linalg.solve(precision, right), dtype=np.float64)
    return out


def _tried(k: int | str, max_clusters: int, most: int) -> list[int]:
    """Every k with evidence: up to ``max_clusters`` or the k asked for."""
    top = min(max_clusters, most) if isinstance(k, str) else max(min(max_clusters, most), k)
    if top < 2 or top > most:
        raise InputError("n_clusters", Fault(str(k), f"2 to {most}, which the patients allow"))
    return list(range(2, top + 1))
