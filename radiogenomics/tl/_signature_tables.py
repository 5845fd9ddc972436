"""Tables of a signature: predictions of every patient, risks, coefficients, features left after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.tl._chain import Column
from radiogenomics.tl._predictions import APPARENT, COLUMNS, HELD_OUT, OUT_OF_FOLD, RISK_COLUMNS
from radiogenomics.tl._signature_fit import LASSO, FittedSignature, Task


@dataclass(frozen=True)
class FoldFit:
    """What one outer fold leaves behind: predictions of its test patients, and what was selected without them."""

    repeat: int
    fold: int
    rows: IntArray
    score: FloatArray
    probability: FloatArray
    risk: FloatArray
    cutoff: float
    threshold: float
    steps: Mapping[str, int]
    chosen: tuple[Column, ...]
    penalty: float


def fold_fit(fitted: FittedSignature, task: Task, repeat: int, fold: int, rows: IntArray) -> FoldFit:
    """Predict the test patients of a fold."""
    score = fitted.score(task.features, rows)
    return FoldFit(
        repeat, fold, rows, score, fitted.probability(score), fitted.risk(score), fitted.cutoff, fitted.threshold,
        fitted.steps, fitted.chosen, penalty_of(fitted),
    )  # fmt: skip


def penalty_of(fitted: FittedSignature) -> float:
    """The lambda that was used; NaN where no feature reached the LASSO."""
    return float("nan") if fitted.model is None else float(fitted.model.lambda_)


def fold_predictions(folds: Sequence[FoldFit], task: Task, part: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Out-of-fold rows of ``predictions`` and ``risks``."""
    made = []
    for f in folds:
        told = (f.score, f.probability, f.risk, f.cutoff, f.threshold)
        made.append(_rows(task, f.rows, part, OUT_OF_FOLD, f.repeat, f.fold, *told))
    return _joined(made, task)


def model_predictions(
    fitted: FittedSignature, task: Task, blocks: Sequence[tuple[str, IntArray]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the model of all training patients: ``apparent`` of these, ``held_out`` of internal and external ones."""
    made = []
    for part, rows in blocks:
        score = fitted.score(task.features, rows)
        estimate = APPARENT if part in ("all", keys.SPLITS[0]) else HELD_OUT
        made.append(
            _rows(task, rows, part, estimate, 0, -1, score, fitted.probability(score), fitted.risk(score),
                  fitted.cutoff, fitted.threshold)
        )  # fmt: skip
    return _joined(made, task)


def _rows(
    task: Task, rows: IntArray, part: str, estimate: str, repeat: int, fold: int, score: FloatArray,
    probability: FloatArray, risk: FloatArray, cutoff: float, threshold: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    patients = task.features.patients[rows].to_numpy(dtype=object)
    return prediction_rows(
        patients, model=task.name, part=part, estimate=estimate, repeat=repeat, fold=fold, score=score,
        probability=probability, risk=risk, horizons=task.horizons, cutoff=cutoff, threshold=threshold,
    )  # fmt: skip


def prediction_rows(
    patients: Any, *, model: str, part: str, estimate: str, repeat: int, fold: int, score: FloatArray,
    probability: FloatArray, risk: FloatArray, horizons: Sequence[float], cutoff: float, threshold: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Rows of ``predictions``, and of ``risks`` where there are horizons, of patients judged together."""
    head = {keys.PATIENT: patients, "model": model, "split": part, "estimate": estimate, "repeat": repeat, "fold": fold}
    table = pd.DataFrame(
        {
            **head,
            "score": score,
            "probability": probability,
            "cutoff": cutoff,
            "threshold": threshold,
            "group": np.where(score >= cutoff, "high", "low"),
        }
    )
    risks = [pd.DataFrame({**head, "horizon": h, "probability": risk[:, j]}) for j, h in enumerate(horizons)]
    return table[list(COLUMNS)], pd.concat(risks, ignore_index=True) if risks else pd.DataFrame(
        columns=list(RISK_COLUMNS)
    )


def _joined(made: Sequence[tuple[pd.DataFrame, pd.DataFrame]], task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = pd.concat([table for table, _ in made], ignore_index=True)
    if not task.horizons:
        return tables, pd.DataFrame(columns=list(RISK_COLUMNS))
    return tables, pd.concat([risks for _, risks in made], ignore_index=True)


def coefficient_table(
    fitted: FittedSignature, folds: Sequence[FoldFit], scales: pd.DataFrame, name: str
) -> pd.DataFrame:
    """A row per feature of the signature, the largest first, then those that only fits in folds selected."""
    times: Counter[str] = Counter(column.name for f in folds for column in f.chosen)
    known = {c.name: c for f in folds for c in f.chosen} | {c.name: c for c in fitted.chosen}
    table = pd.DataFrame({"feature": list(known)})
    table.insert(0, "model", name)
    table["source"] = [c.source for c in known.values()]
    table["level"] = [c.level for c in known.values()]
    own = pd.DataFrame({"coefficient": fitted.coef}, index=fitted.chain.names)
    own["standardized"] = fitted.coef * fitted.chain.x.std(axis=0)
    own["coefficient_raw"] = fitted.coef * scales["per_unit"].to_numpy()
    own["stability"] = np.nan if getattr(fitted.model, "stability_", None) is None else fitted.model.stability_
    table = pd.concat([table, own.reindex(table["feature"]).reset_index(drop=True)], axis=1)
    for column in ("coefficient", "standardized", "coefficient_raw"):
        # A transform that is no straight line leaves the worth of a unit unknown, but not that of a feature left out.
        out = table["coefficient"].fillna(0.0) == 0
        table[column] = table[column].mask(out, 0.0).astype(float)
    table["selected_folds"] = [times[name] / max(len(folds), 1) for name in table["feature"]]
    size = table["standardized"].abs()
    order = np.lexsort((-table["selected_folds"].to_numpy(), -size.to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def selection_table(fitted: FittedSignature, folds: Sequence[FoldFit]) -> pd.DataFrame:
    """Features left after each step: of the final fit (repeat 0, fold -1), then of each fold."""
    fits: list[tuple[str, int, int, Mapping[str, int], float]] = [("final", 0, -1, fitted.steps, penalty_of(fitted))]
    fits += [("fold", f.repeat, f.fold, f.steps, f.penalty) for f in folds]
    rows = []
    for fit, repeat, fold, steps, penalty in fits:
        for step, n in steps.items():
            own = penalty if step == LASSO else np.nan
            rows.append({"fit": fit, "repeat": repeat, "fold": fold, "step": step, "n_features": n, "lambda": own})
    return pd.DataFrame(rows)
