"""How well models predict, how sure that is, and whether one predicts better than another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics._types import FloatArray
from radiogenomics.core.fold_concordance import concordance_by_fold, fold_auc, fold_concordance
from radiogenomics.core.resampled_ttest import resampled_ttest
from radiogenomics.tl._cindex_estimates import Predicted
from radiogenomics.tl._cindex_models import Model, pairs_of
from radiogenomics.tl._cindex_precision import (
    Judged,
    Precision,
    caution,
    fitting_factor,
    resample_weights,
    warn_few_events,
    whom,
)

#: Secondary measures, in the order of the table.
MEASURES = ("uno_c", "auc", "integrated_brier", "explained_brier")
_SHARES = ("uno_c", "auc")  # of pairs: from 0 to 1


def judge(
    made: Predicted, models: Sequence[Model], part: str, *, n_boot: int, confidence: float, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Tables ``models``, ``comparisons``, ``measures`` and ``measure_differences`` of one part of the patients.

    The resamples give the variance that comes from who is tested. Training sets of K-fold cross-validation share
    patients with each other and are the test sets of one another; the variance is multiplied by K / (K - 1), which is
    the correction of Nadeau and Bengio for many repeats. The variance between repeats is added for what other
    training patients would have made of the models, and the sum multiplied for few events. Test patients of a split
    need none of this.
    """
    precision = Precision(int((made.patients.event == 1).sum()), confidence)
    weights = resample_weights(made.patients.event, n_boot, rng)
    try:
        harrell = _judged(made, weights, _concordance(made, "harrell"))
    except DegenerateInputError as error:
        if made.estimate == "cross-validated":
            raise
        warnings.warn(f"no c-index of the {whom(part)}: {error}", RadiogenomicsWarning, stacklevel=3)
        harrell = _unknown(made)
    usable = int(np.isfinite(harrell.drawn).all(axis=1).sum())
    if np.isfinite(harrell.value).all():
        warn_few_events(precision.events, part, n_boot - usable, n_boot)
    measures = dict(zip(MEASURES, _secondary(made, weights, part), strict=True))
    return {
        "models": _models(made, models, harrell, part, precision, usable),
        "comparisons": _comparisons(made, models, harrell, part, precision),
        "measures": _measures(made, models, measures, part, precision),
        "measure_differences": _measure_differences(models, measures, part, precision),
    }


def _overlap(made: Predicted) -> float:
    return made.n_folds / (made.n_folds - 1) if made.estimate == "cross-validated" else 1.0


def _fitting(made: Predicted) -> float:
    own = made.patients
    return fitting_factor(int((own.event == 1).sum())) if made.estimate == "cross-validated" else 1.0


def _judged(made: Predicted, weights: FloatArray, measure: Callable[[FloatArray], FloatArray]) -> Judged:
    by_repeat = measure(np.ones((1, weights.shape[1])))[:, 0]
    return Judged(by_repeat.mean(axis=0), measure(weights).mean(axis=0), by_repeat, _overlap(made), _fitting(made))


def _unknown(made: Predicted) -> Judged:
    nothing = np.full((1, len(made.risks)), np.nan)
    return Judged(nothing[0], nothing, nothing, 1.0)


def _concordance(made: Predicted, method: str) -> Callable[[FloatArray], FloatArray]:
    own = made.patients
    tau = own.horizon if method == "uno" else None
    entry = own.entry if method == "harrell" else None
    return partial(
        _weighted, fold_concordance, own.time, own.event, made.risks, made.folds, entry=entry, strata=own.strata,
        method=method, tau=tau, per_repeat=True,
    )  # fmt: skip


def _weighted(function: Callable[..., FloatArray], *arguments: object, **more: object) -> FloatArray:
    *first, weights = arguments
    return function(*first, weights=weights, **more)


def _brier(made: Predicted, weights: FloatArray) -> FloatArray:
    """(repeats, B, models + 1)."""
    total = np.einsum("mrn,bn->rbm", made.losses, weights, optimize=True)
    return np.asarray(total / weights.sum(axis=1)[None, :, None])


def _explained(made: Predicted, weights: FloatArray) -> FloatArray:
    """Share of the error of the common survival curve that a model takes away."""
    scores = _brier(made, weights)
    return np.asarray(1.0 - scores[:, :, :-1] / scores[:, :, -1:])


def _secondary(made: Predicted, weights: FloatArray, part: str) -> list[Judged]:
    own = made.patients
    if own.entry is not None:
        warnings.warn(
            f"no Uno's c, AUC and Brier score of the {whom(part)}: their weights for censoring are not defined "
            "under delayed entry. Harrell's c is given.",
            RadiogenomicsWarning,
            stacklevel=4,
        )
        return [_unknown(made)] * len(MEASURES)
    auc = partial(
        _weighted, fold_auc, own.time, own.event, made.risks, made.folds, own.horizon, strata=own.strata,
        per_repeat=True,
    )  # fmt: skip
    out = []
    for name, measure in (("Uno's c", _concordance(made, "uno")), ("time-dependent AUC", auc)):
        try:
            out.append(_judged(made, weights, measure))
        except InputError as error:
            warnings.warn(f"no {name} of the {whom(part)}: {error}", RadiogenomicsWarning, stacklevel=4)
            out.append(_unknown(made))
    if np.isnan(made.losses).any():
        warnings.warn(
            f"no Brier score of the {whom(part)}: none is followed until {own.horizon:g}; pass a smaller horizon.",
            RadiogenomicsWarning,
            stacklevel=4,
        )
        return [*out, _unknown(made), _unknown(made)]
    return [*out, _judged(made, weights, partial(_brier, made)), _judged(made, weights, partial(_explained, made))]


def _models(
    made: Predicted, models: Sequence[Model], judged: Judged, part: str, precision: Precision, usable: int
) -> pd.DataFrame:
    rows = [
        {"c": value} | precision.bounds_of_share(value, se) for value, se in map(judged.of_model, range(len(models)))
    ]
    table = pd.DataFrame(
        {
            "split": part,
            "model": [m.name for m in models],
            "terms": [m.terms for m in models],
            "n_parameters": made.n_parameters,
            "n": made.patients.time.size,
            "events": int((made.patients.event == 1).sum()),
        }
    )
    table = pd.concat([table, pd.DataFrame(rows)], axis=1)
    return table.assign(
        apparent_c=made.apparent,
        estimate=made.estimate,
        separated_fits=made.separated,
        n_fits=made.n_fits,
        usable_resamples=usable,
        caution=pd.Series([caution(precision.events, int(size)) for size in made.n_parameters], dtype=object),
    )


def _comparisons(
    made: Predicted, models: Sequence[Model], judged: Judged, part: str, precision: Precision
) -> pd.DataFrame:
    by_fold = None
    if made.estimate == "cross-validated":
        own = made.patients
        by_fold = concordance_by_fold(own.time, own.event, made.risks, made.folds, entry=own.entry, strata=own.strata)
        by_fold = by_fold.reshape(-1, len(models))
        by_fold = by_fold[np.isfinite(by_fold).all(axis=1)]
    rows = []
    for i, j in pairs_of(models):
        nested = models[i].contains(models[j])
        side = "greater" if nested else "two-sided"
        value, se = judged.of_difference(i, j)
        row = {
            "split": part, "model": models[i].name, "reference": models[j].name, "nested": nested, "alternative": side,
            "difference": value, **precision.bounds(value, se), "p_value": precision.p_value(value, se, side),
            "p_value_folds": np.nan,
        }  # fmt: skip
        if by_fold is not None and len(by_fold) > 1:
            differences = by_fold[:, i] - by_fold[:, j]
            row["p_value_folds"] = resampled_ttest(
                differences, test_share=1 / made.n_folds, alternative="greater" if nested else "two-sided"
            ).p_value
        rows.append(row)
    columns = ["split", "model", "reference", "nested", "alternative", "difference", "se", "lower", "upper", "p_value",
               "p_value_folds"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    adjusted = core.benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
    table.insert(columns.index("p_value") + 1, "p_adjusted", adjusted)
    return table


def _measures(
    made: Predicted, models: Sequence[Model], measures: dict[str, Judged], part: str, precision: Precision
) -> pd.DataFrame:
    rows = []
    for name, judged in measures.items():
        for m, model in enumerate(models):
            value, se = judged.of_model(m)
            known = (precision.bounds_of_share if name in _SHARES else precision.bounds)(value, se)
            rows.append(
                {"split": part, "model": model.name, "measure": name, "horizon": made.patients.horizon, "value": value,
                 **known}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _measure_differences(
    models: Sequence[Model], measures: dict[str, Judged], part: str, precision: Precision
) -> pd.DataFrame:
    rows = []
    for name, judged in measures.items():
        for i, j in pairs_of(models):
            value, se = judged.of_difference(i, j)
            rows.append(
                {"split": part, "model": models[i].name, "reference": models[j].name, "measure": name,
                 "difference": value, **precision.bounds(value, se)}
            )  # fmt: skip
    columns = ["split", "model", "reference", "measure", "difference", "se", "lower", "upper"]
    return pd.DataFrame(rows, columns=columns)
