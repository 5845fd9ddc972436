from __future__ import annotations

import numpy as np
import pytest

from radiogenomics.core.fold_concordance import fold_concordance


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
