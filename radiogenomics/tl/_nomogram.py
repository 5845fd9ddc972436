"""Nomogram of a logistic or Cox model of a signature and clinical terms."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import check_key, frame_of, left_out_table, patients_of, settings_of, split_blocks, to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.tl import _nomogram_tables as tables
from radiogenomics.tl._cox_models import with_names
from radiogenomics.tl._cox_warnings import shortened, warn_few_events, warn_separated
from radiogenomics.tl._follow_up import horizon_times
from radiogenomics.tl._leaks import warn_of_leaks
from radiogenomics.tl._nomogram_scores import refitted_variables
from radiogenomics.tl._predictions import APPARENT, HELD_OUT, learned_here, signature_of
from radiogenomics.tl._stage import Stage, fit_stage, mean_scores, predict_everyone
from radiogenomics.tl._target import Target, deal_folds, target_of
from radiogenomics.tl._variables import (
    Term,
    Variable,
    check_names,
    complete_cases,
    names_of,
    refuse_follow_up,
    refuse_formula,
    term,
    variable,
    warn_single_patients,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_YEARS = (1.0, 3.0, 5.0)
_PER_YEAR = {"days": 365.25, "weeks": 365.25 / 7, "months": 12.0, "years": 1.0}


def nomogram(
    data: Cohort,
    terms: str | Sequence[str],
    *,
    outcome: str | None = None,
    horizons: float | Sequence[float] | None = None,
    apparent: bool = False,
    penalty: Literal["firth"] | None = None,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    folds: int = 5,
    repeats: int = 5,
    rng: RNG = 0,
    key_added: str = "nomogram",
) -> None:
    """Model of a few terms as a nomogram: points of each value, and the probability of their sum :cite:p:`Harrell2015`.

    A logistic model for a binary outcome, a Cox model (Efron's ties) for a survival outcome. The coefficients are
    fitted on the training patients alone. A signature of `rg.tl.signature` joins by its name, with the scores of
    models that had not seen the patient: the coefficient then says what the score is worth in new patients. Scores
    of the patients that it learned from would give it far too much weight; publications often do so, and ``apparent``
    repeats it.

    Parameters
    ----------
    data
        Cohort with a registered binary or survival outcome.
    terms
        Columns of ``data.obs``, numbers or categories; ``"signature"`` (or the ``key_added`` of a signature) is its
        score, ``"signature_group"`` its two groups.
    outcome
        Name of a registered outcome; by default the first.
    horizons
        Times at which the probability is given, in the unit of the outcome; by default those of 1, 3 and 5 years that
        the follow-up reaches. Of a survival outcome only.
    apparent
        Fit on the scores of signatures for the patients that they learned from; everything is labelled so. Out of
        fold the model is still judged on scores that had not seen the patient.
    penalty
        ``"firth"``: finite and less biased estimates in small samples. It is used anyway, with a warning, where a term
        separates the classes or the events.
    categorical
        Terms to take as categories although they are numbers.
    reference
        Reference level by term, as in `rg.tl.cox`.
    folds, repeats
        Cross-validation of the model of these terms, repeated: how it does on patients whom it was not fitted on.
    rng
        Seed or generator of the folds.
    key_added
        Name under which the result is stored, and of the column ``data.obs[key_added]``.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]``, the linear predictor (by models that had not seen the patient), and
    ``data.uns[key_added]``: ``points`` (of each tick and level; the term of the largest effect spans 100), ``total``
    (total points at which round probabilities are reached, by horizon; NaN of a logistic model), ``coefficients``
    (hazard ratios ``hr`` or odds ratios ``or`` with their Wald intervals), ``scores`` (each patient's total points,
    linear predictor and probability with interval by the final model; of the training patients ``apparent``),
    ``predictions`` and ``risks`` (also out of fold, for `rg.tl.evaluate` and others), ``fit``, ``model`` (the document
    that `rg.io.write_model` writes; see `rg.get.nomogram_model`), ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If an argument is at fault, a term is a column of an outcome, or horizons lie before the first event or beyond
        the follow-up.
    DegenerateInputError
        If a term is constant or a combination of others, or there are fewer events than folds.

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 events per coefficient; separation; test patients with an unknown level; a level that a training
        fold lacks; a term that repeats the outcome; a signature that cannot be made again; a signature whose
        coefficient points the wrong way.

    Notes
    -----
    The stored score of a patient comes from models that knew the other patients, also those of the fold that the
    nomogram is judged on. For that judgement a signature is therefore made again without the fold judged and, for each
    patient to learn from, without the patient's own fold: 15 fits per repeat of 5 folds. On pure noise (80 patients,
    20 cohorts) the mean out-of-fold AUC of signature and age is 0.49 so; it was 0.55 by the stored scores.
    """
    check_key(data, key_added, column=True)
    names, chosen = names_of(terms), dict(reference or {})
    if not names:
        raise InputError("terms", Fault("none", "at least one column"))
    check_names("terms", names, subset=categorical)
    check_names("terms", names, subset=list(chosen), of="reference")
    refuse_formula(data, names, offered=False)
    refuse_follow_up(data, "terms", names)
    target = target_of(data, outcome)
    refuse_outcome("terms", names, target)
    signatures = [name for name in names if signature_of(data, name) is not None]
    if apparent and not signatures:
        raise InputError("apparent", Fault(f"True, but no signature among {names}", "a term of rg.tl.signature"))
    read = [variable(data, name, categorical=name in categorical) for name in names]
    honest = read
    if apparent:
        read = [_apparent(data, v, target) if v.name in signatures else v for v in read]
    blocks = [(part, rows & target.known) for part, rows in split_blocks(data)]
    rows = complete_cases([*read, *honest], blocks[0][1])
    warn_of_leaks(read, target, blocks[0][1], stacklevel=2)
    made = _made(target, read, rows, chosen, penalty, data)
    at = _horizons(target, horizons, rows)
    model = tables.document_of(target, made.terms, made.fit, rows, at, apparent, data)
    parts = _parts(blocks, read, made, rows)
    order = np.flatnonzero(rows)
    random = generator(rng)
    fold_of = deal_folds(target, order, folds, repeats, rng=random)

    designs = {} if apparent else _fold_designs(data, honest, made, order, fold_of, spawn_seeds(random, 1)[0])
    # Whatever it was fitted on, a model is judged on scores that had not seen the patient.
    stored = design_of(honest, made.terms)[0]

    def refit(train: IntArray) -> Stage:
        fold = designs.get(train.tobytes())
        own = made if fold is None else replace(made, x=fold)
        judged = np.nan_to_num((stored if fold is None else fold) - made.center)
        return replace(_named_fit(target, own, train, penalty), x=judged)

    predictions, risks, refits = predict_everyone(
        target, patients_of(data), made.fit, refit, order, parts, fold_of, at, key_added
    )  # fmt: skip
    _warn_of_folds(made, refits)
    _warn(data, made, target, rows, penalty, read, blocks)
    scores = tables.scores(model, data, read, parts)
    settings = {
        "outcome": target.name, "kind": target.kind, "unit": target.unit, "terms": names, "signatures": signatures,
        "features": names, "horizons": at, "apparent": apparent, "penalty": made.fit.penalty,
        "penalty_asked": penalty, "categorical": list(categorical),
        "reference": {t.name: t.reference for t in made.terms}, "folds": folds, "repeats": repeats, "confidence": 0.95,
        "n": int(rows.sum()), "events": int(target.event[rows].sum()), "model": model.document.model,
        "estimate_of_signatures": (APPARENT if apparent else "out_of_fold") if signatures else None,
        "signatures_refitted": bool(designs),
        "threshold_from": "Youden's index of the patients of the fit, apparent" if target.time is None else None,
    }  # fmt: skip
    data.uns[key_added] = to_uns(
        points=model.points_table(),
        total=tables.totals(model, at),
        coefficients=tables.coefficients(target, made.terms, made.fit, rows),
        scores=scores,
        predictions=predictions,
        risks=risks,
        fit=tables.fit_table(target, made.fit, rows),
        model=model.document.model_dump(mode="json"),
        settings=settings,
        left_out=left_out_table(_left_out(data, read, made, target, parts)),
    )
    data.obs[key_added] = mean_scores(predictions, patients_of(data))


@dataclass(frozen=True)
class _Made:
    """The model of all training patients, and the design of everybody."""

    terms: list[Term]
    x: FloatArray
    known: BoolArray
    center: FloatArray
    fit: Stage

    @property
    def columns(self) -> list[str]:
        return [column for t in self.terms for column in t.columns]


def _made(
    target: Target, read: Sequence[Variable], rows: BoolArray, chosen: Mapping[str, str], penalty: Any, data: Cohort
) -> _Made:
    if not rows.any():
        raise DegenerateInputError("terms", Fault("no training patient with a value of every term", "some"))
    terms = [term(v, rows, reference=chosen.get(v.name)) for v in read]
    for t in terms:
        if t.x.shape[1] == 0 or (t.reference is None and np.ptp(t.x) == 0):
            shown = f"the one level {t.reference!r}" if t.reference is not None else f"the one value {t.x[0, 0]:g}"
            said = f"all {len(t.x)} patients have {shown}; leave the term out"
            raise DegenerateInputError(f"term {t.name!r}", said)
    x, known = design_of(read, terms)
    numeric = np.array([t.reference is None for t in terms for _ in t.levels])
    center = np.where(numeric & (target.time is not None), np.nanmean(x[rows], axis=0), 0.0)
    made = _Made(terms, x, known, center, None)  # type: ignore[arg-type]
    fit = _named_fit(target, made, np.flatnonzero(rows), penalty)
    return replace(made, fit=fit)


def _named_fit(target: Target, made: _Made, rows: IntArray, penalty: Any) -> Stage:
    x = np.where(made.known[:, None], made.x, made.center)
    try:
        fitted = fit_stage(target, x, rows, penalty, made.center)
    except InputError as error:
        varying = [c for c, column in zip(made.columns, made.x[rows].T, strict=True) if np.ptp(column) > 0]
        where = f"model of {shortened([t.name for t in made.terms])}"
        raise with_names(error, where, varying, ridge=False) from error
    if not fitted.finite:
        found = "coefficients without bounds: the terms tell the outcome of (nearly) everybody"
        hint = "Is a term known only once the event has happened? Leave it out, or use fewer terms"
        said = Fault(found, "terms that leave something open", hint=hint)
        raise DegenerateInputError(f"model of {shortened([t.name for t in made.terms])}", said)
    return fitted


def design_of(variables: Sequence[Variable], terms: Sequence[Term]) -> tuple[FloatArray, BoolArray]:
    """(n, p) columns of all patients, NaN where unknown, and for whom all are known."""
    columns: list[FloatArray] = []
    known = np.ones(len(variables[0].values), dtype=bool)
    for v, t in zip(variables, terms, strict=True):
        if t.reference is None:
            columns.append(v.values.to_numpy(dtype=float))
            known &= v.known
            continue
        known &= v.values.isin([*t.levels, t.reference]).to_numpy()
        columns += [np.asarray(v.values == level, dtype=np.float64) for level in t.levels]
    return np.column_stack(columns), known


def _fold_designs(
    data: Cohort, read: Sequence[Variable], made: _Made, order: IntArray, fold_of: IntArray, seed: int
) -> dict[bytes, FloatArray]:
    """Design of everybody for each set of patients to fit on, scores of signatures made without the patients judged."""
    key_of = {v.name: signature_of(data, v.name) for v in read}
    taught = {name: key for name, key in key_of.items() if key is not None and learned_here(data, key)}
    if not taught:
        return {}
    refitted = refitted_variables(data, read, taught, order, fold_of, seed)
    return {order[fold_of[r] != k].tobytes(): design_of(own, made.terms)[0] for (r, k), own in refitted.items()}


def _parts(
    blocks: Sequence[tuple[str, BoolArray]], read: Sequence[Variable], made: _Made, rows: BoolArray
) -> list[tuple[str, IntArray]]:
    """Patients of each part of the split with a prediction; those of the fit first."""
    out = [(blocks[0][0], np.flatnonzero(rows))]
    for part, inside in blocks[1:]:
        who = np.flatnonzero(complete_cases(read, inside) & made.known)
        if len(who):
            out.append((part, who))
    return out


def _left_out(
    data: Cohort, read: Sequence[Variable], made: _Made, target: Target, parts: Sequence[tuple[str, IntArray]]
) -> dict[str, str]:
    used = np.zeros(len(made.x), dtype=bool)
    for _, who in parts:
        used[who] = True
    why = {
        "no part of the split": ~np.any([inside for _, inside in split_blocks(data)], axis=0),
        f"no outcome ({target.name})": ~target.known,
        "a level that the training patients lack": ~made.known & complete_cases(read, target.known),
    }
    return why_left_out(data, used, read, why)


def refuse_outcome(where: str, names: Sequence[str], target: Target) -> None:
    """Refuse columns of the outcome as predictors of it."""
    own = [name for name in names if name in target.columns]
    if own:
        raise InputError(where, Fault(f"{own}, of the outcome {target.name!r} itself", "what was known before it"))


def _apparent(data: Cohort, given: Variable, target: Target) -> Variable:
    """The same variable with the scores (or groups) of patients by the model that learned from them."""
    key = str(signature_of(data, given.name))
    table = frame_of(data.uns[key], "predictions")
    if table["model"].nunique() != 1:
        raise InputError("terms", Fault(f"{key!r}, which holds several models", "a signature of rg.tl.signature"))
    table = table[table["estimate"].isin([APPARENT, HELD_OUT])].set_index(keys.PATIENT)
    made_for = settings_of(data.uns[key])["outcome"]
    if made_for != target.name:
        warnings.warn(
            f"{key!r} was made for the outcome {made_for!r}, not for {target.name!r}.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    values = table["score" if given.levels is None else "group"].reindex(given.values.index)
    return replace(given, values=values.astype(object if given.levels is not None else float))


def _horizons(target: Target, given: float | Sequence[float] | None, rows: BoolArray) -> list[float]:
    if target.time is None:
        if given is not None:
            raise InputError("horizons", Fault(f"{given}", f"none: outcome {target.name!r} has no times"))
        return []
    last, events = float(target.time[rows].max()), target.time[rows & (target.event == 1)]
    if given is not None:
        at = horizon_times(given)
        first = float(events.min())
        wrong = [f"{h:g}" for h in at if not first <= h <= last]
        if wrong:
            expected = f"times from the first event to the last follow-up, {first:g} to {last:g} {target.unit}".rstrip()
            raise InputError("horizons", Fault(", ".join(wrong), expected))
        return at
    if target.unit not in _PER_YEAR:
        hint = "Give horizons=, or declare the unit"
        raise InputError("horizons", Fault(f"none, and outcome {target.name!r} without a unit", "times", hint=hint))
    at = [h * _PER_YEAR[target.unit] for h in _YEARS]
    kept = [h for h in at if events.min() <= h <= last]
    return kept or [float(np.median(events))]


def _warn_of_folds(made: _Made, refits: Sequence[Any]) -> None:
    lacking = np.array([~stage.used for stage in refits]).sum(axis=0)
    said: dict[bool, list[str]] = {True: [], False: []}
    numeric = [t.reference is None for t in made.terms for _ in t.levels]
    for number, column, k in zip(numeric, made.columns, lacking, strict=True):
        if k:
            said[number].append(f"{column} in {k} of {len(refits)}")
    if said[True]:
        warnings.warn(
            f"training folds in which all patients have the same value ({'; '.join(said[True])}), such as the score of "
            "a null signature: there the term says nothing, and the model out of fold goes without it.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    if said[False]:
        warnings.warn(
            f"training folds without a patient of a level ({'; '.join(said[False])}): out of fold such patients count "
            "as those of the reference. Merge rare levels.",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _first(made: _Made, wanted: Term) -> int:
    """Number of the first column of a term."""
    return made.columns.index(wanted.columns[0])


def _warn(
    data: Cohort, made: _Made, target: Target, rows: BoolArray, penalty: Any, read: Sequence[Variable],
    blocks: Sequence[tuple[str, BoolArray]],
) -> None:  # fmt: skip
    event = target.event[rows]
    fewer = int(event.sum()) if target.time is not None else int(min(event.sum(), len(event) - event.sum()))
    cause = "" if target.time is not None else "the rarer class"
    then = "coefficients are unstable, and so are points; use fewer terms, merge levels."
    warn_few_events(fewer, len(made.columns), cause=cause, then=then, stacklevel=3)
    if penalty is None:
        names = [made.columns[j] for j in made.fit.separated]
        ratio = "odds ratio" if target.time is None else "hazard ratio"
        warn_separated(names, ratio=ratio, then="Firth's penalty is used instead (penalty='firth').", stacklevel=3)
    wrong = [
        t.name for t in made.terms
        if t.reference is None and signature_of(data, t.name) == t.name and made.fit.coef[_first(made, t)] < 0
    ]  # fmt: skip
    if wrong:
        warnings.warn(
            f"{shortened(wrong)}: the coefficient of the score is below 0, against what the score was made for: "
            "beside the other terms it tells nothing that holds in other patients. Leave it out.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    for v in read:
        warn_single_patients(v, rows, stacklevel=3)
    lost = [
        str(p) for part, inside in blocks[1:]
        for p in patients_of(data)[complete_cases(read, inside) & ~made.known]
    ]  # fmt: skip
    if lost:
        more = " ..." if len(lost) > 5 else ""
        warnings.warn(
            f"{len(lost)} test patient(s) with a level that no training patient has ({', '.join(lost[:5])}{more}) have "
            "no prediction; merge levels before the fit.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
