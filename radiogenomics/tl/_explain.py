"""Which features does a model of a comparison rest on?"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtri

from radiogenomics._cohort import check_key, frame_of, left_out_table, patients_of, result_of, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, FloatArray
from radiogenomics.ml._classifiers import CLASSIFIERS
from radiogenomics.tl._compare_tables import WINNER
from radiogenomics.tl._explain_fits import Chosen, chosen_models
from radiogenomics.tl._explain_methods import Block, explained, gathered, import_shap, value_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_UNITS = {"log_odds": "log odds", "share": "share of votes", "margin": "margin"}
_EXPLAINERS = {
    "linear": "LinearExplainer (features as if independent)",
    "tree": "TreeExplainer (along the paths of the trees)",
    "kernel": "KernelExplainer (25 training patients in the background, at least 512 combinations of features)",
}


def explain(
    data: Cohort,
    *,
    model: str,
    key: str = "models",
    method: Literal["permutation", "shap"] = "permutation",
    n_permutations: int = 50,
    apparent: bool = False,
    confidence: float = 0.95,
    rng: RNG = 0,
    n_jobs: int | None = None,
    key_added: str = "explain",
) -> None:
    """Importance of the features of a model on patients it has not seen :cite:p:`Breiman2001,Lundberg2017`.

    The model of every training fold is made again, with the settings it had chosen, and explained on its test
    patients; the model of all training patients on the internal and external ones.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.compare_models` was run.
    model
        Name of a model in its tables, such as ``"random_forest | radiomics"``; ``"picked by inner folds"`` (with
        ``"permutation"``) is another model in each fold.
    key
        Name under which the comparison is stored.
    method
        ``"permutation"``: AUC lost when a feature is shuffled among the patients judged (those of one fold);
        ``"shap"``: what a feature adds to each patient's score, by SHAP's linear, tree or kernel explainer.
    n_permutations
        Shuffles of each feature.
    apparent
        Also explain the model of all training patients on these; labelled ``apparent``.
    confidence
        Coverage of the intervals.
    rng
        Seed or generator.
    n_jobs
        Workers.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``importance`` (per part of the split, estimate and feature: AUC lost, or
    mean absolute SHAP value, with its interval over patients; `frequency`, the share of the fits that used the
    feature, those that did not counting 0), ``sources`` (permutation: all features of a modality, or all clinical
    columns, shuffled together), ``values`` (SHAP: per patient and feature the feature's value in standard deviations of
    the training patients, and its SHAP value), ``settings`` with the ``unit``, and ``left_out``.

    Raises
    ------
    UnknownNameError
        There is no such comparison or model.
    InputError
        The cohort no longer gives the models it gave, or SHAP is asked of a model that is another in each fold.
    MissingDependencyError
        ``"shap"`` without the package shap.

    Warns
    -----
    RadiogenomicsWarning
        A part of the split lacks a class, and is left out of ``"permutation"``.

    Notes
    -----
    *Shuffling one of several features that say the same* loses little, because the others stay: look at ``sources``
    too. A value below 0 is chance. Importance tells what this model uses, not what causes the outcome.

    *SHAP values* are of the score: log odds of logistic regression and gradient boosting, share of votes of trees
    and forests, margin of support vectors and AdaBoost. They are comparable within a model, not between kinds.
    """
    check_key(data, key_added)
    _check(method, n_permutations, confidence, model)
    plan, chosen, compared = chosen_models(data, key, model, apparent=apparent)
    if method == "shap":
        import_shap()
    else:
        chosen = _with_both_classes(chosen, plan.target.event)
    seeds = spawn_seeds(generator(rng), len(chosen))
    tasks = [(plan, one, method, n_permutations, seed) for one, seed in zip(chosen, seeds, strict=True)]
    blocks: list[Block] = [
        b for made in parallel_map(explained, tasks, n_jobs=n_jobs, description="Explaining") for b in made
    ]
    if not any(b.features for b in blocks):
        raise InputError("model", Fault(f"{model!r}, which uses no feature in any fit", "a model with features"))
    reach = float(ndtri(0.5 + confidence / 2))
    parts: dict[str, Any] = {}
    for name in ("importance", *(["sources"] if method == "permutation" else [])):
        table = gathered(blocks, plan.target.event, method, by_source=name == "sources")
        table.insert(0, "model", model)
        at = list(table.columns).index("value")
        table.insert(at + 1, "lower", table["value"] - reach * table["se"])
        table.insert(at + 2, "upper", table["value"] + reach * table["se"])
        parts[name] = table.rename(columns={"feature": "source"}) if name == "sources" else table
    if method == "shap":
        parts["values"] = value_table(blocks, patients_of(data))
    gone = frame_of(result_of(data, key, made_by="compare_models"), "left_out")
    data.uns[key_added] = to_uns(
        **parts,
        settings={
            "model": model, "key": key, "method": method, "outcome": compared["outcome"],
            "n_permutations": n_permutations if method == "permutation" else None, "apparent": apparent,
            "confidence": confidence, "n_fits": len(chosen), "rng": seed_of(rng), **_words(method, chosen),
        },
        left_out=left_out_table(dict(zip(gone["patient_id"], gone["reason"], strict=True))),
    )  # fmt: skip


def _with_both_classes(chosen: list[Chosen], event: FloatArray) -> list[Chosen]:
    """Parts of the split whose patients have an AUC to lose."""
    out, without = [], []
    for one in chosen:
        judged = {at: rows for at, rows in one.judged.items() if np.unique(event[rows]).size == 2}
        without += [split for split, estimate in one.judged if (split, estimate) not in judged]
        if judged:
            out.append(replace(one, judged=judged))
    for split in dict.fromkeys(without):
        warnings.warn(
            f"{split} patients are of one class only: no AUC that a shuffled feature could lower; use method='shap'",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    return out


def _check(method: str, n_permutations: int, confidence: float, model: str) -> None:
    faults = []
    if method not in ("permutation", "shap"):
        faults.append(Fault(repr(method), "'permutation' or 'shap'", column="method"))
    if not isinstance(n_permutations, int | np.integer) or isinstance(n_permutations, bool) or n_permutations < 1:
        faults.append(Fault(repr(n_permutations), "a whole number of at least 1", column="n_permutations"))
    if not 0 < confidence < 1:
        faults.append(Fault(repr(confidence), "a number between 0 and 1", argument="confidence"))
    if method == "shap" and model == WINNER:
        hint = "SHAP values of different classifiers are on different scales; method='permutation' takes it."
        faults.append(Fault(f"{model!r} with method='shap'", "one model", column="model", hint=hint))
    if faults:
        raise InputError("explain", faults)


def _words(method: str, chosen: list[Chosen]) -> dict[str, str]:
    if method == "permutation":
        return {"unit": "AUC lost"}
    kind = CLASSIFIERS[chosen[0].classifier]
    return {"unit": _UNITS[kind.score], "explainer": _EXPLAINERS[kind.explainer]}
