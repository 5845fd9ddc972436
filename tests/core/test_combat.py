from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import combat, fit_combat

FOLDER = Path(__file__).parents[1] / "reference" / "combat"
SETTINGS: dict[str, dict[str, Any]] = {
    "parametric": {},
    "nonparametric": {"parametric": False},
    "covariates": {"covariates": True},
    "mean_only": {"covariates": True, "mean_only": True},
    "reference": {"covariates": True, "reference": "b"},
    "nonparametric_mean_only": {"parametric": False, "mean_only": True},
    "nonparametric_reference": {"parametric": False, "covariates": True, "reference": "b"},
    "reference_mean_only": {"mean_only": True, "reference": "a"},
    "one_patient": {"mean_only": True},
    "gaps_covariates": {"covariates": True},
    "gaps_reference": {"reference": "c"},
    "gaps_nonparametric": {"parametric": False},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_equals_sva(name: str) -> None:
    table = pd.read_csv(FOLDER / "values.csv")
    x, batch = table.iloc[:, 3:].to_numpy(), table["batch"].to_numpy(dtype=object)
    design = np.column_stack([table["group"] == "y", table["group"] == "z", table["age"]]).astype(float)
    given = dict(SETTINGS[name])
    if name == "one_patient":
        batch[27] = "d"
    if name.startswith("gaps"):
        cells = pd.read_csv(FOLDER / "missing.csv").to_numpy() - 1
        x[cells[:, 1], cells[:, 0]] = np.nan
    covariates = design if given.pop("covariates", False) else None
    expected = pd.read_csv(FOLDER / f"{name}.csv").to_numpy()
    np.testing.assert_allclose(combat(x, batch, covariates, **given), expected, rtol=0, atol=1e-8)


def planted(seed: int = 0, p: int = 40, sizes: tuple[int, ...] = (12, 15, 10)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(5, 1, (sum(sizes), p)), np.repeat(list("abcdef")[: len(sizes)], sizes)


def test_parametric_equals_the_joint_posterior() -> None:
    """Twin: per feature, solve the two conditional means of the model together by a root finder."""
    x, batch = planted(1)
    x[batch == "b"] = 1.4 * x[batch == "b"] + 1
    fit = fit_combat(x, batch)
    weights = {b: (batch == b).mean() for b in fit.batches}
    centre = sum(w * x[batch == b].mean(axis=0) for b, w in weights.items())
    pooled = sum(w * x[batch == b].var(axis=0) for b, w in weights.items())
    np.testing.assert_allclose(fit.center, centre)
    np.testing.assert_allclose(fit.scale, np.sqrt(pooled))
    for name, effect in fit.batches.items():
        s = (x[batch == name] - centre) / np.sqrt(pooled)
        g, d = s.mean(axis=0), s.var(axis=0, ddof=1)
        a = 2 + d.mean() ** 2 / d.var(ddof=1)
        b = d.mean() + d.mean() ** 3 / d.var(ddof=1)
        for j in range(5):

            def conditional(z: Any, s: Any = s[:, j], g: Any = g, j: int = j, a: Any = a, b: Any = b) -> list[float]:
                precision, prior = len(s) / z[1], 1 / g.var(ddof=1)
                return [z[0] - (precision * g[j] + prior * g.mean()) / (precision + prior),
                        z[1] - (b + ((s - z[0]) ** 2).sum() / 2) / (a + len(s) / 2 - 1)]  # fmt: skip

            root = optimize.root(conditional, [g[j], d[j]], tol=1e-12).x
            np.testing.assert_allclose([effect.gamma[j], effect.delta[j]], root, rtol=2e-3, atol=1e-4)


def test_nonparametric_equals_a_loop() -> None:
    x, batch = planted(2, p=12)
    x[batch == "c"] = 1.5 * x[batch == "c"] - 2
    fit = fit_combat(x, batch, parametric=False)
    s = (x[batch == "c"] - fit.center) / fit.scale
    g, d = s.mean(axis=0), s.var(axis=0, ddof=1)
    for j in range(12):
        others = [k for k in range(12) if k != j]
        weight = np.array([stats.norm.pdf(s[:, j], g[k], np.sqrt(d[k])).prod() for k in others])
        weight /= weight.sum()
        assert fit.batches["c"].gamma[j] == pytest.approx(weight @ g[others])
        assert fit.batches["c"].delta[j] == pytest.approx(weight @ d[others])


def test_many_patients_do_not_underflow() -> None:
    """The product of hundreds of densities is 0 in double precision; its logarithm is not."""
    x, batch = planted(3, p=6, sizes=(900, 900))
    x[batch == "a"] += 3 * np.arange(6)
    out = combat(x, batch, parametric=False)
    assert np.isfinite(out).all()


@given(st.integers(0, 2**20), st.booleans(), st.floats(-20, 20), st.floats(0.3, 3))
@settings(max_examples=25, deadline=None)
def test_shift_and_stretch_are_removed(seed: int, mean_only: bool, shift: float, stretch: float) -> None:
    x, batch = planted(seed, p=60, sizes=(25, 30))
    own = batch == "b"
    rng = np.random.default_rng(seed)
    moved = x.copy()
    moved[own] += shift + rng.normal(0, 0.3, 60)
    if not mean_only:
        moved[own] = (moved[own] - moved[own].mean(axis=0)) * stretch + moved[own].mean(axis=0)
    out = combat(moved, batch, mean_only=mean_only)
    between = np.abs(out[own].mean(axis=0) - out[~own].mean(axis=0)) / out.std(axis=0)
    # What is left is what shrinking holds for chance: about the standard error of a difference of means.
    if mean_only:  # shrunken as if of one patient: what all features share goes, what is peculiar to one in part
        assert abs((out[own].mean(axis=0) - out[~own].mean(axis=0)).mean()) < 0.15
    else:
        assert np.median(between) < 0.4
        ratio = np.log(out[own].std(axis=0) / out[~own].std(axis=0))
        assert abs(np.median(ratio)) < 0.15


@given(st.integers(0, 2**20), st.booleans())
@settings(max_examples=25, deadline=None)
def test_without_batch_effect_little_changes(seed: int, parametric: bool) -> None:
    x, batch = planted(seed, p=60, sizes=(30, 30))
    out = combat(x, batch, parametric=parametric)
    assert np.sqrt(((out - x) ** 2).mean()) < 0.3
    assert np.corrcoef(out.ravel(), x.ravel())[0, 1] > 0.97


@given(st.integers(0, 2**20), st.floats(0.01, 100), st.floats(-50, 50))
@settings(max_examples=15, deadline=None)
def test_units_and_order_do_not_matter(seed: int, factor: float, offset: float) -> None:
    x, batch = planted(seed, p=20)
    x[batch == "a"] += 1
    once = combat(x, batch)
    np.testing.assert_allclose(
        combat(factor * x + offset, batch), factor * once + offset, rtol=1e-7, atol=1e-7 * factor
    )
    order = np.random.default_rng(seed).permutation(len(x))
    np.testing.assert_allclose(combat(x[order], batch[order])[np.argsort(order)], once, atol=1e-9)


def test_covariate_is_kept_that_batches_share_unequally() -> None:
    rng = np.random.default_rng(5)
    x, batch = planted(5, p=80, sizes=(40, 40))
    sick = (rng.random(80) < np.where(batch == "a", 0.8, 0.2)).astype(float)
    x[:, :40] += 2 * sick[:, None]
    x[batch == "a"] += 1.5

    def difference(values: np.ndarray) -> float:
        return float(values[sick == 1][:, :40].mean() - values[sick == 0][:, :40].mean())

    assert difference(combat(x, batch, sick)) == pytest.approx(2, abs=0.15)
    assert difference(combat(x, batch)) < 1.7


def test_new_batch_is_brought_to_the_others() -> None:
    x, batch = planted(6, p=80, sizes=(30, 30, 30))
    x[batch == "c"] = 2 * x[batch == "c"] + 4
    fit = fit_combat(x[batch != "c"], batch[batch != "c"])
    new = fit.adjust(x[batch == "c"], fit.effect_of(x[batch == "c"]))
    assert np.abs(new.mean(axis=0) - fit.center).max() < 0.3
    np.testing.assert_allclose(np.median(new.std(axis=0) / fit.scale), 1, atol=0.1)


def test_known_batch_is_adjusted_as_at_the_fit() -> None:
    x, batch = planted(7)
    x[batch == "b"] += 2
    fit = fit_combat(x, batch, reference="a")
    out = combat(x, batch, reference="a")
    np.testing.assert_array_equal(out[batch == "a"], x[batch == "a"])
    np.testing.assert_allclose(fit.adjust(x[batch == "b"][:1], fit.batches["b"]), out[batch == "b"][:1])


def test_flat_features_stay() -> None:
    x, batch = planted(8)
    x[batch == "a", 3] = 0
    x[:, 4] = 1
    fit = fit_combat(x, batch)
    assert np.flatnonzero(~fit.adjusted).tolist() == [3, 4]
    np.testing.assert_array_equal(combat(x, batch)[:, [3, 4]], x[:, [3, 4]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x, b: (x, np.full(len(b), "a"), {}), "one batch ('a')"),
        (lambda x, b: (x, np.append(b[:-1], "z"), {}), "batch(es) of one patient ('z')"),
        (lambda x, b: (x, b, {"covariates": (b == "a").astype(float)}), "confounded"),
        (lambda x, b: (x, b, {"covariates": np.ones(len(x))}), "confounded"),
        (lambda x, b: (x, b, {"reference": "q"}), "found 'q'; expected one of 'a', 'b', 'c'"),
        (lambda x, b: (x, b[:-1], {}), "one per patient"),
        (lambda x, b: (x[:, :1], b, {}), "1 of 1 feature(s)"),
        (lambda x, b: (np.where((b == "a")[:, None] & (np.arange(x.shape[1]) == 2), np.nan, x), b, {}),
         "1 feature(s) (2) have fewer than 2 values in batch 'a'"),
        (lambda x, b: (np.where(x == x[0, 0], np.inf, x), b, {}), "infinite"),
        (lambda x, b: (x, b, {"covariates": np.full(len(x), np.nan)}), "missing values"),
    ],
)  # fmt: skip
def test_what_cannot_be_harmonised(change: Any, said: str) -> None:
    x, batch, given = change(*planted(9))
    with pytest.raises((InputError, DegenerateInputError)) as caught:
        combat(x, batch, **given)
    assert said in str(caught.value)
