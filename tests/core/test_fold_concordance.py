from __future__ import annotations

import numpy as np
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import concordance_batch, concordance_index, time_auc
from radiogenomics.core.fold_concordance import concordance_by_fold, fold_auc, fold_concordance, uncensored_before


def naive(time, event, risks, folds, weights):  # type: ignore[no-untyped-def]
    """Pair by pair."""
    out = []
    for risk, fold in zip(risks, folds, strict=True):
        concordant = comparable = 0.0
        for i in range(len(time)):
            for j in range(len(time)):
                first = time[i] < time[j] or (time[i] == time[j] and not event[j])
                if i != j and fold[i] == fold[j] and event[i] and first:
                    w = weights[i] * weights[j]
                    comparable += w
                    concordant += w * (1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0)
        out.append(concordant / comparable if comparable else np.nan)
    return np.mean(out)


def test_equals_the_naive_count() -> None:
    rng = np.random.default_rng(0)
    n, models, repeats = 40, 3, 4
    time = rng.integers(1, 12, n).astype(float)
    event = (rng.random(n) < 0.6).astype(float)
    risks = rng.integers(0, 3, (models, repeats, n)).astype(float)
    folds = rng.integers(0, 3, (repeats, n))
    weights = rng.multinomial(n, np.full(n, 1 / n), size=5)
    got = fold_concordance(time, event, risks, folds, weights=weights)
    expected = [[naive(time, event, risks[m], folds, w) for m in range(models)] for w in weights]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    plain = fold_concordance(time, event, risks, folds)
    np.testing.assert_allclose(plain[0], [naive(time, event, r, folds, np.ones(n)) for r in risks], rtol=1e-12)


def test_counted_by_hand() -> None:
    # Fold 0: patients 0, 1, 2. 0 fails at 1, 1 at 2, 2 is censored at 3: pairs 01, 02, 12.
    # Fold 1: patients 3, 4. 3 fails at 5, 4 at 6: pair 34. Across folds nothing counts.
    time, event = [1, 2, 3, 5, 6], [1, 1, 0, 1, 1]
    risk = [[[3.0, 3.0, 1.0, 0.0, 9.0]]]  # 01 tied, 02 and 12 right, 34 wrong
    assert fold_concordance(time, event, risk, [[0, 0, 0, 1, 1]])[0, 0] == pytest.approx(2.5 / 4)


def test_a_patient_drawn_twice_is_not_compared_with_himself() -> None:
    weights = [[2.0, 1.0]]
    assert fold_concordance([1, 2], [1, 1], [[[1.0, 0.0]]], [[0, 0]], weights=weights)[0, 0] == 1.0
    assert np.isnan(fold_concordance([1, 2], [1, 1], [[[1.0, 0.0]]], [[0, 0]], weights=[[2.0, 0.0]])[0, 0])


def test_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="2 patients"):
        fold_concordance([1, 2], [1, 1], [[1.0, 0.0]], [[0, 0]])


def folded(n: int = 60, models: int = 2, repeats: int = 3):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(7)
    time, event = rng.integers(1, 30, n).astype(float), (rng.random(n) < 0.6).astype(float)
    return time, event, rng.normal(size=(models, repeats, n)).round(1), rng.integers(0, 3, (repeats, n)), rng


@pytest.mark.parametrize("method", ["harrell", "uno"])
def test_equals_the_count_that_sorts(method: str) -> None:
    time, event, risks, folds, rng = folded()
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=4).astype(float)
    strata = rng.integers(0, 2, 60)
    for own in (None, strata):
        got = fold_concordance(
            time, event, risks, folds, weights=weights, strata=own, method=method, tau=25.0, per_repeat=True
        )
        for r, fold in enumerate(folds):
            inside = fold if own is None else fold * 2 + own
            if method == "uno" and own is not None:
                continue  # there the sorting count estimates censoring in each stratum of its own
            more = {"method": "uno", "censoring": (time, event)} if method == "uno" else {}
            expected = concordance_batch(time, event, risks[:, r].T, weights, strata=inside, tau=25.0, **more)
            np.testing.assert_allclose(got[r], expected, rtol=1e-12)


def test_uno_takes_the_censoring_of_the_stratum() -> None:
    time, event, risks, _, rng = folded(repeats=1)
    strata, one = rng.integers(0, 2, 60), np.zeros((1, 60), dtype=int)
    got = fold_concordance(time, event, risks, one, strata=strata, method="uno", tau=20.0)
    expected = [
        concordance_index(time, event, risk[0], strata=strata, method="uno", tau=20.0).c for risk in risks
    ]  # each stratum its own there too
    np.testing.assert_allclose(got[0], expected, rtol=1e-12)


def test_each_fold_on_its_own() -> None:
    time, event, risks, folds, _ = folded()
    got = concordance_by_fold(time, event, risks, folds)
    assert got.shape == (3, 3, 2)
    for r, k, m in np.ndindex(got.shape):
        rows = folds[r] == k
        assert got[r, k, m] == pytest.approx(concordance_index(time[rows], event[rows], risks[m, r][rows]).c)
    alone = concordance_by_fold([1, 2, 3], [1, 1, 0], [[[1.0, 2.0, 3.0]]], [[0, 0, 1]])
    np.testing.assert_array_equal(alone[0, :, 0], [0.0, np.nan])


def test_auc_within_folds() -> None:
    time, event, risks, folds, _ = folded(repeats=1)
    one = np.zeros((1, 60), dtype=int)
    whole = fold_auc(time, event, risks, one, 10.0)
    expected = [time_auc(time, event, risk[0], 10.0).auc[0] for risk in risks]
    np.testing.assert_allclose(whole[0], expected, rtol=1e-12)
    before = uncensored_before(time, event)
    agreeing = pairs = 0.0
    for i in np.flatnonzero((event > 0) & (time <= 10)):
        for j in np.flatnonzero((time > 10) & (folds[0] == folds[0, i])):
            pairs += 1 / before[i]
            agreeing += ((risks[0, 0, i] > risks[0, 0, j]) + 0.5 * (risks[0, 0, i] == risks[0, 0, j])) / before[i]
    assert fold_auc(time, event, risks, folds, 10.0)[0, 0] == pytest.approx(agreeing / pairs)


def test_degenerate() -> None:
    with pytest.raises(DegenerateInputError, match="use fewer folds"):
        fold_concordance([1, 2], [1, 1], [[[1.0, 0.0]]], [[0, 1]])
    with pytest.raises(DegenerateInputError, match="no events"):
        fold_concordance([1, 2], [0, 0], [[[1.0, 0.0]]], [[0, 0]])
    with pytest.raises(DegenerateInputError, match="comparable pair"):
        fold_auc([1, 2], [1, 1], [[[1.0, 0.0]]], [[0, 0]], 2.0)
    with pytest.raises(InputError, match="risks"):
        fold_concordance([1, 2], [1, 1], [[[np.nan, 0.0]]], [[0, 0]])
