"""Stepwise choice of the variables of a Cox model, and how far it can be trusted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, to_uns, training_rows
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import parallel_map, workers
from radiogenomics._random import generator
from radiogenomics._types import RNG, BoolArray, FloatArray
from radiogenomics.core.stepwise import Criterion, Direction, StepwiseCox
from radiogenomics.tl._cox_checks import columns_of
from radiogenomics.tl._cox_models import CoxModels
from radiogenomics.tl._cox_warnings import warn_few_events, warn_separated
from radiogenomics.tl._follow_up import follow_up
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import (
    Term,
    check_names,
    complete_cases,
    names_of,
    refuse_follow_up,
    refuse_formula,
    variable,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_SHOWN_MODELS = 10
_APPARENT = (
    "the variables were chosen on the patients whose hazard ratios are given: intervals are too narrow, p-values too "
    "small"
)


def stepwise_cox(
    data: Cohort,
    variables: str | Sequence[str],
    *,
    direction: Direction = "backward",
    criterion: Criterion = "aic",
    keep: Sequence[str] = (),
    outcome: str | None = None,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    strata: str | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    entry: str | None = None,
    landmark: float | None = None,
    bootstrap: int = 500,
    rng: RNG = None,
    n_jobs: int | None = None,
    key_added: str = "stepwise",
) -> None:
    """Cox model with the variables that an information criterion keeps :cite:p:`Akaike1974,Sauerbrei1992`.

    A single path misleads: other patients would have led elsewhere. So the walk is repeated on bootstrap samples, and
    how often each variable was chosen stands beside the path.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome. With a split, the training patients are used.
    variables
        Columns of ``data.obs`` to start from; the levels of a category come and go together.
    direction
        ``"backward"`` only drops; ``"both"`` also adds what was dropped.
    criterion
        ``"aic"``: 2 per coefficient. ``"bic"``: the logarithm of the number of events per coefficient
        :cite:p:`Volinsky2000`.
    keep
        Variables that stay whatever happens.
    outcome, categorical, reference, strata, ties, entry, landmark
        As in `rg.tl.cox`.
    bootstrap
        Number of bootstrap samples; 0 for none.
    rng
        Seed or generator of the samples.
    n_jobs
        Threads; by default ``rg.settings.n_jobs``. The result does not depend on it.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``path`` (the start and each step: what was dropped or added, criterion,
    log-likelihood, coefficients of the model after it), ``coefficients`` (hazard ratios of the final model, apparent:
    chosen and estimated on the same patients), ``inclusion`` (each variable: chosen or not, share of the bootstrap
    samples that chose it), ``models`` (the models most often chosen), ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If an argument is at fault, or a column is the time or event of a registered outcome.
    DegenerateInputError
        If there is no event, or a variable is constant, a combination of others, or has hardly more patients than
        levels (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 events per coefficient of the start; separation; samples in which no model could be fitted;
        patients with a time of 0 (as in `rg.tl.cox`); all events at
        one time.
    """
    check_key(data, key_added)
    names, chosen = names_of(variables), dict(reference or {})
    check_names("variables", names, subset=categorical)
    check_names("variables", names, subset=list(chosen), of="reference")
    check_names("variables", names, subset=keep, of="keep")
    if not names or strata in names:
        raise InputError("variables", Fault(f"{names}", "at least one column, none of them the strata"))
    if isinstance(bootstrap, bool) or bootstrap < 0:
        raise InputError("bootstrap", Fault(repr(bootstrap), "a number of samples, 0 for none"))
    survival = follow_up(data, outcome, entry=entry, landmark=landmark)
    refuse_formula(data, names, offered=False)
    refuse_follow_up(data, "variables", names)
    read = [variable(data, name, categorical=name in categorical) for name in names]
    layer = variable(data, strata, categorical=True) if strata is not None else None
    training = training_rows(data)
    rows = complete_cases(read, training & survival.known & (layer.known if layer else True))
    models = CoxModels(survival, layer, ties, None, chosen, offers_ridge=False)
    full, terms = models.fit(read, rows)
    _warn(full.n_events, full.coef.size, [terms[j].name for j in _terms_of(terms, full.diverging)])
    given: dict[str, Any] = {
        "terms": columns_of(terms),
        "direction": direction,
        "criterion": criterion,
        "keep": [names.index(name) for name in keep],
        **models.data(rows),
    }
    x = np.hstack([t.x for t in terms])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)  # separation is told above, with names
        walked = core.stepwise_cox(x, **given)
    selected, done = _resampled(x, given, bootstrap, rng, n_jobs)
    final = [v for v, inside in zip(read, walked.selected, strict=True) if inside]
    settings = {
        "variables": names, "direction": direction, "criterion": criterion, "penalty": walked.penalty,
        "keep": list(keep), "outcome": survival.name, "unit": survival.unit, "categorical": list(categorical),
        "reference": {t.name: t.reference for t in terms}, "strata": strata, "ties": ties, "entry": entry,
        "landmark": landmark, "bootstrap": bootstrap, "n_done": int(done.sum()), "n": int(rows.sum()),
        "events": full.n_events, **said(columns_taught(data, names), reason=_APPARENT, apparent=True),
        "time_zero": survival.time_zero,
    }  # fmt: skip
    why = {"not a training patient": ~training, **survival.why}
    reasons = why_left_out(data, rows, [*read, *([layer] if layer else [])], why)
    coefficients = models.table(final, rows) if final else models.table(read, rows).iloc[:0]
    data.uns[key_added] = to_uns(
        path=_path(walked, names),
        coefficients=coefficients,
        inclusion=_inclusion(names, walked, selected, done, terms),
        models=_models(names, walked, selected, done),
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _terms_of(terms: Sequence[Term], columns: Sequence[int]) -> list[int]:
    return [k for k, own in enumerate(columns_of(terms)) if set(own) & set(columns)]


def _warn(events: int, n_parameters: int, separated: Sequence[str]) -> None:
    then = "what a stepwise choice keeps is largely chance; start from fewer variables."
    warn_few_events(events, n_parameters, of="coefficients to choose from", then=then, stacklevel=3)
    then = "the criterion takes the likelihood it runs to. Merge levels, or leave the variable out."
    warn_separated(separated, ratio="hazard ratio", then=then, stacklevel=3)


def _resampled(
    x: FloatArray, given: dict[str, Any], bootstrap: int, rng: RNG, n_jobs: int | None
) -> tuple[BoolArray, BoolArray]:
    """Choices of every bootstrap sample, and which could be made; the samples are drawn before they are shared out."""
    n, n_terms = len(x), len(given["terms"])
    if bootstrap == 0:
        return np.zeros((0, n_terms), dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    weights = generator(rng).multinomial(n, np.full(n, 1.0 / n), size=bootstrap).astype(np.float64)
    given = dict(given)
    time, event = given.pop("time"), given.pop("event")

    def walk(part: FloatArray) -> tuple[BoolArray, BoolArray]:
        return tuple(core.stepwise_cox_batch(x, time, event, part, **given))  # type: ignore[return-value]

    jobs = workers(n_jobs)
    parts = np.array_split(weights, min(bootstrap, max(1, 4 * abs(jobs)))) if jobs != 1 else [weights]
    found = parallel_map(
        walk, [(p,) for p in parts], n_jobs=n_jobs, description="Bootstrap of the choice", threads=True
    )
    selected, done = np.vstack([f[0] for f in found]), np.concatenate([f[1] for f in found])
    failed = int((~done).sum())
    if failed:
        warnings.warn(
            f"in {failed} of {bootstrap} bootstrap samples no model could be fitted (no events, or variables that the "
            "sample cannot tell apart); frequencies are of the others.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    return selected, done


def _path(walked: StepwiseCox, names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for k, step in enumerate(walked.path):
        action = "start" if step.term is None else ("add" if step.added else "drop")
        variable = None if step.term is None else names[step.term]
        rows.append((k, action, variable, step.criterion, step.loglik, step.n_parameters))
    return pd.DataFrame(rows, columns=["step", "action", "variable", "criterion", "loglik", "n_parameters"])


def _inclusion(
    names: Sequence[str], walked: StepwiseCox, selected: BoolArray, done: BoolArray, terms: Sequence[Term]
) -> pd.DataFrame:
    share = selected[done].mean(axis=0) if done.any() else np.full(len(names), np.nan)
    table = pd.DataFrame({"variable": list(names), "selected": walked.selected, "frequency": share})
    table["n_samples"] = int(done.sum())
    table["n_parameters"] = [t.x.shape[1] for t in terms]
    return table.sort_values("frequency", ascending=False, kind="stable", ignore_index=True)


def _models(names: Sequence[str], walked: StepwiseCox, selected: BoolArray, done: BoolArray) -> pd.DataFrame:
    """The models most often chosen, and the one chosen on all patients wherever it ranks."""

    def text(inside: BoolArray) -> str:
        return " + ".join(n for n, i in zip(names, inside, strict=True) if i) or "none"

    counts = pd.Series([text(s) for s in selected[done]], dtype=object).value_counts(sort=True)
    chosen = text(walked.selected)
    shown = list(counts.index[:_SHOWN_MODELS])
    if chosen not in shown:
        shown.append(chosen)
    total = max(int(done.sum()), 1)
    frequency = [counts.get(m, 0) / total if done.any() else np.nan for m in shown]
    return pd.DataFrame({"model": shown, "frequency": frequency, "chosen": [m == chosen for m in shown]})
