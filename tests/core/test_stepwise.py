"""Stepwise Cox models: against R's step (reference/stepwise) and a naive walk."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import fit_cox, stepwise_cox, stepwise_cox_batch

FOLDER = Path(__file__).parents[1] / "reference" / "stepwise"
OUTCOME = ("time", "event", "entry")


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=["NA"])


def design(data: pd.DataFrame) -> tuple[Any, list[list[int]], list[str]]:
    names = [c for c in data if c not in OUTCOME]
    columns, terms = [], []
    for name in names:
        own = data[[name]] if pd.api.types.is_numeric_dtype(data[name]) else pd.get_dummies(data[name], drop_first=True)
        terms.append(list(range(len(columns), len(columns) + own.shape[1])))
        columns += [own.iloc[:, j].to_numpy(dtype=float) for j in range(own.shape[1])]
    return np.column_stack(columns), terms, names


@pytest.mark.parametrize(
    ("key", "rows"),
    [pytest.param(k, r, id="-".join(k)) for k, r in table("path").groupby(["data", "direction", "by"], sort=False)],
)
def test_path_equals_r(key: Any, rows: pd.DataFrame) -> None:
    data = table(f"data_{key[0]}")
    x, terms, names = design(data)
    got = stepwise_cox(
        x, data["time"], data["event"], terms=terms, direction=key[1], criterion=key[2], entry=data.get("entry")
    )
    changes = ["" if s.term is None else ("+" if s.added else "-") + names[s.term] for s in got.path]
    assert changes == rows["change"].tolist()
    np.testing.assert_allclose([s.criterion for s in got.path], rows["criterion"], rtol=1e-8)
    final = table("final").set_index(["data", "direction", "by"]).loc[key]
    assert [n for n, s in zip(names, got.selected, strict=True) if s] == str(final["variables"]).split()
    assert got.path[-1].loglik == pytest.approx(float(final["loglik"]), rel=1e-8)


def test_some_path_adds_a_term_again() -> None:
    assert table("path")["change"].str.startswith("+").any()


def test_the_end_is_better_than_its_neighbours() -> None:
    data = table("data_pbc")
    x, terms, _ = design(data)
    got = stepwise_cox(x, data["time"], data["event"], terms=terms, direction="both")
    for t in range(len(terms)):
        chosen = got.selected.copy()
        chosen[t] = not chosen[t]
        columns = [j for k, c in enumerate(terms) if chosen[k] for j in c]
        fit = fit_cox(x[:, columns], data["time"], data["event"])
        assert -2 * fit.loglik[1] + 2 * len(columns) > got.path[-1].criterion


def test_kept_terms_stay() -> None:
    data = table("data_noise")
    x, terms, _ = design(data)
    got = stepwise_cox(x, data["time"], data["event"], terms=terms, criterion="bic", keep=[2])
    assert got.selected[2]
    assert got.selected.sum() < len(terms)


def test_batch_equals_single_walks() -> None:
    data = table("data_lung")
    x, terms, _ = design(data)
    time, event = data["time"].to_numpy(), data["event"].to_numpy()
    rng = np.random.default_rng(0)
    n = len(time)
    weights = np.vstack([np.ones(n), rng.random((6, n)) < 0.8]).astype(float)
    got = stepwise_cox_batch(x, time, event, weights, terms=terms, criterion="bic")
    assert got.done.all()
    for w, selected in zip(weights, got.selected, strict=True):
        rows = w > 0
        alone = stepwise_cox(x[rows], time[rows], event[rows], terms=terms, criterion="bic")
        assert (alone.selected == selected).all()


def test_a_sample_without_a_level_goes_on_without_it() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.normal(size=60), np.arange(60) < 2]).astype(float)
    time = rng.exponential(size=60) * np.exp(-x[:, 0])
    weights = np.vstack([np.ones(60), np.arange(60) >= 2, np.zeros(60)]).astype(float)
    weights[2, :3] = 1
    event = np.ones(60)
    event[:3] = 0
    got = stepwise_cox_batch(x, time, event, weights, terms=[[0], [1]])
    assert got.done.tolist() == [True, True, False]
    assert got.selected[1, 0]


def test_noise_is_chosen_as_often_as_aic_says() -> None:
    # Under the null a term of one coefficient survives AIC when its chi-squared exceeds 2: 15.7 %.
    rng = np.random.default_rng(4)
    n, chosen = 300, 0
    for _ in range(150):
        x = rng.normal(size=(n, 4))
        got = stepwise_cox(x, rng.exponential(size=n), np.ones(n), terms=[[0], [1], [2], [3]])
        chosen += int(got.selected.sum())
    assert 0.12 <= chosen / 600 <= 0.20


def test_bad_input() -> None:
    rng = np.random.default_rng(0)
    x, time, event = rng.normal(size=(30, 2)), rng.exponential(size=30), np.ones(30)
    with pytest.raises(InputError, match="direction"):
        stepwise_cox(x, time, event, terms=[[0], [1]], direction="forward")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="criterion"):
        stepwise_cox(x, time, event, terms=[[0], [1]], criterion="p")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="every one of the 2 columns"):
        stepwise_cox(x, time, event, terms=[[0]])
    with pytest.raises(InputError, match="keep"):
        stepwise_cox(x, time, event, terms=[[0], [1]], keep=[5])
    with pytest.raises(DegenerateInputError, match="linear combination"):
        stepwise_cox(np.column_stack([x[:, 0], 2 * x[:, 0]]), time, event, terms=[[0], [1]])
    with pytest.raises(DegenerateInputError, match="no events"):
        stepwise_cox(x, time, 0 * event, terms=[[0], [1]])
