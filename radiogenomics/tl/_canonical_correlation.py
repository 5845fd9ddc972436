"""Canonical correlation: combinations of few features of two modalities that go together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, patients_of, split_blocks, split_of, to_uns, training_rows
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._random import generator, seed_of
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.correlation import correlation_p, covariate_basis
from radiogenomics.core.sparse_cca_null import PENALTIES, SparseCCATest
from radiogenomics.ml._sparse_cca import METHODS, STATISTICS, checked_penalty
from radiogenomics.tl._canonical_input import Prepared, correlation_of, fitted, held_out, varying
from radiogenomics.tl._correlate_input import Side, covariate_matrix, design, side_of, sides_taught, whom
from radiogenomics.tl._taught import recorded

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

# Fewest patients of a test fold, under which a correlation says nothing.
_LEAST_FOLD = 5
_SCALES = ("zscore", "rank_normal")


def canonical_correlation(
    data: Cohort,
    x: str | pd.DataFrame = keys.RADIOMICS,
    y: str | pd.DataFrame = keys.RNA,
    *,
    method: Literal["scca", "spls", "pls"] = "scca",
    n_components: int = 2,
    penalty: Literal["auto"] | tuple[float, float] = "auto",
    statistic: Literal["covariance", "correlation"] = "covariance",
    scale: Literal["zscore", "rank_normal"] = "rank_normal",
    covariates: Sequence[str] = (),
    categorical: Sequence[str] = (),
    n_permutations: int = 500,
    folds: int = 5,
    repeats: int = 5,
    rng: RNG = 0,
    key_added: str = "canonical_correlation",
) -> None:
    """Find combinations of features of two modalities whose scores go together, and test whether they do.

    The correlation of scores is high by construction: their weights were chosen for it. Two honest figures stand beside
    it, a permutation test that repeats the choice of the penalty in every permutation, and the correlation in patients
    held out by cross-validation. Patients of both modalities are used, of a split those for training. Features are
    taken cleaned and imputed as recorded (on all training patients), scaled anew.

    Parameters
    ----------
    data
        Cohort.
    x, y
        As in `rg.tl.correlate`: a modality, a key of ``obsm`` or a table.
    method
        ``"scca"``: sparse canonical correlation by penalised matrix decomposition :cite:p:`Witten2009`; ``"spls"``:
        sparse PLS in canonical mode :cite:p:`LeCao2009`, which differs in the components after the first; ``"pls"``:
        PLS in canonical mode, every feature with a weight. All maximise the covariance of the scores of standardised
        features.
    n_components
        Pairs of scores.
    penalty
        For x and y a share in (0, 1], the smaller the fewer features; ``"auto"``: of 0.1 to 0.7 on both sides the one
        that stands out most from permuted patients. Not for ``"pls"``.
    statistic
        What is compared with permuted patients: the ``"covariance"`` of the scores, which the methods maximise, or
        their ``"correlation"``, as R's ``CCA.permute`` does.
    scale
        ``"rank_normal"``: normal quantiles of the ranks, which outliers cannot pull; ``"zscore"``: values.
    covariates, categorical
        As in `rg.tl.correlate`: their linear effect is taken out of every feature of both sides.
    n_permutations
        Permutations of the patients of y, in the manner of :cite:t:`Freedman1983` with covariates: residuals are
        permuted and the covariates taken out of them again. 0: no test, where no penalty is to be chosen.
    folds, repeats
        Of the cross-validation, in which covariates, penalty and weights come from the training folds. 0 repeats: none.
    rng
        For permutations and folds.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``components`` (correlation ``r`` of the scores; ``p_value`` against the
    largest standardised statistic over the penalties in every permutation, not smaller than that of the component
    before; ``r_held_out``, the mean over test folds with a 95 % interval by the variance corrected for overlapping
    folds :cite:p:`Nadeau2003`; features with a weight; with a split, the correlation in the other patients with the
    p-value of a correlation), ``weights`` (features with a weight, and ``r_score``: their correlation with the score of
    their side), ``scores`` (by patient), ``penalties`` (those tried: the statistic, its mean in permuted patients,
    ``z``),
    ``null`` (of each permutation the largest z, and the statistic under the chosen penalty), ``held_out`` (every fold),
    ``removed``, ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If there is no such modality, ``obsm`` key or covariate.
    InputError
        If a feature has a missing or infinite value among the patients used; they are named.
    DegenerateInputError
        If too few patients have both modalities, no feature varies or a covariate is collinear.
    """
    check_key(data, key_added)
    given = _check(method, penalty, statistic, scale, n_components, n_permutations, folds, repeats)
    sides = (side_of(data, x, "x"), side_of(data, y, "y"))
    variables = design(data, covariates, categorical)
    known, reasons = whom(data, sides, variables)
    used = known & training_rows(data)
    z_training = covariate_matrix(variables, used, "pearson") if used.any() else np.empty((0, 0))
    _enough(int(used.sum()), z_training.shape[1], folds if repeats else 1, sides)
    patients = patients_of(data)[known]
    training = np.flatnonzero(used[known])
    z = covariate_matrix(variables, known, "pearson")
    prepared = Prepared(sides[0].values_of(patients), sides[1].values_of(patients), z, scale)
    a, b = prepared.standardised(training)
    for side, m in zip(sides, (a, b), strict=True):
        if varying(m, training).sum() < n_components:
            found = f"{int(varying(m, training).sum())} features vary among the {len(training)} patients beyond the "
            raise DegenerateInputError(side.name, Fault(found + "covariates", f"{n_components} or more"))
    random = generator(rng)
    basis = covariate_basis(z_training, len(training))
    tried = list(PENALTIES) if given is None else [given]
    test = core.sparse_cca_test(
        a[training], b[training], penalties=tried, basis=basis, statistic=statistic, n_permutations=n_permutations,
        rng=random,
    )  # fmt: skip
    chosen = tried[test.best]
    fit = fitted(a[training], b[training], method, chosen, n_components)
    scores = fit.transform(a, b)
    folded = pd.DataFrame(
        held_out(prepared, training, method=method, penalty=given, n_components=n_components, statistic=statistic,
                 folds=folds, repeats=repeats, random=random),
        columns=["repeat", "fold", "component", "n", "penalty_x", "penalty_y", "r"],
    )  # fmt: skip
    components = _components(data, fit, scores, test, folded, known, n_permutations, folds, z.shape[1])
    settings = {
        "x": sides[0].name,
        "y": sides[1].name,
        "method": method,
        "n_components": n_components,
        "penalty": "auto" if given is None else list(given),
        "penalty_used": list(chosen),
        "statistic": statistic,
        "scale": scale,
        "covariates": list(covariates),
        "categorical": list(categorical),
        "n_permutations": n_permutations,
        "folds": folds,
        "repeats": repeats,
        "rng": seed_of(rng),
        **recorded(sides_taught(data, x, y)),
    }
    data.uns[key_added] = to_uns(
        components=components,
        weights=_weights(sides, fit, scores, (a, b), training),
        scores=_scores(data, known, scores),
        penalties=_penalties(test, n_permutations),
        null=pd.DataFrame({"largest_z": test.null_z.max(axis=1), statistic: test.null_value[:, test.best]}),
        held_out=folded,
        removed=_removed(sides, (a, b), training),
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _check(
    method: str,
    penalty: Any,
    statistic: str,
    scale: str,
    n_components: int,
    n_permutations: int,
    folds: int,
    repeats: int,
) -> tuple[float, float] | None:
    """The penalty, ``None`` where it is to be chosen."""
    faults = []
    if method not in METHODS:
        faults.append(Fault(repr(method), " or ".join(map(repr, METHODS)), column="method"))
    if statistic not in STATISTICS:
        faults.append(Fault(repr(statistic), " or ".join(map(repr, STATISTICS)), column="statistic"))
    if scale not in _SCALES:
        faults.append(Fault(repr(scale), " or ".join(map(repr, _SCALES)), column="scale"))
    if n_components < 1:
        faults.append(Fault(repr(n_components), "1 or more", column="n_components"))
    least = 2 if isinstance(penalty, str) and method != "pls" else 0
    if n_permutations < least:
        faults.append(Fault(repr(n_permutations), f"{least} or more", column="n_permutations"))
    if repeats < 0 or (repeats and folds < 2):
        faults.append(Fault(f"{repeats} repeats of {folds} folds", "2 or more folds, or 0 repeats", column="folds"))
    if method == "pls" and penalty != "auto":
        faults.append(Fault(repr(penalty), "no penalty with method 'pls'", column="penalty"))
    if faults:
        raise InputError("canonical_correlation", faults)
    if method == "pls":
        return (1.0, 1.0)
    return None if isinstance(penalty, str) and penalty == "auto" else checked_penalty(penalty)


def _enough(n: int, n_covariates: int, folds: int, sides: Sequence[Side]) -> None:
    if n == 0:
        raise DegenerateInputError(
            "canonical_correlation", f"no patient has both {sides[0].name} and {sides[1].name} and every covariate"
        )
    least = max(n_covariates + 6, _LEAST_FOLD * folds)
    if n < least:
        hint = "Take fewer folds, or repeats=0 for no cross-validation" if _LEAST_FOLD * folds > n else ""
        found = f"{n} patients, {n_covariates} covariate columns, {folds} folds"
        raise DegenerateInputError("canonical_correlation", Fault(found, f"at least {least} patients", hint=hint))


def _components(
    data: Cohort, fit: Any, scores: Sequence[FloatArray], test: SparseCCATest, folded: pd.DataFrame, known: BoolArray,
    n_permutations: int, folds: int, n_covariates: int,
) -> pd.DataFrame:  # fmt: skip
    values = fit.covariances_ if test.statistic == "covariance" else fit.correlations_
    p = np.full(len(values), np.nan)
    if n_permutations:
        # The first as the test itself measured it; a later one is no more sure than those before.
        p = np.maximum.accumulate(np.append(test.p_value, test.p_of(values[1:])))
    rows = []
    for part, inside in split_blocks(data):
        own = inside[known]
        fitted_here = part in ("all", keys.SPLITS[0])
        for k, r in enumerate(fit.correlations_):
            row: dict[str, Any] = {"split": part, "component": k + 1, "n": int(own.sum())}
            if fitted_here:
                row |= {"r": float(r), "covariance": float(fit.covariances_[k]) / (int(own.sum()) - 1)}
                row |= {"p_value": float(p[k])}
                row |= _fold_interval(folded[folded["component"] == k + 1]["r"], folds)
            else:
                # The weights know nothing of these patients: the correlation is tested as any other.
                found = correlation_of(scores[0][own, k], scores[1][own, k])
                df = int(own.sum()) - 2 - n_covariates
                sure = np.isfinite(found) and df > 0
                row |= {"r": found, "p_value": float(correlation_p(found, df)) if sure else np.nan}
            row |= {"n_x": int((fit.x_weights_[:, k] != 0).sum()), "n_y": int((fit.y_weights_[:, k] != 0).sum())}
            row |= {"penalty_x": fit.penalty_[0], "penalty_y": fit.penalty_[1], "converged": bool(fit.converged_[k])}
            rows.append(row)
    return pd.DataFrame(rows)


def _fold_interval(r: pd.Series, folds: int) -> dict[str, float]:
    """Mean over the test folds with its interval."""
    values = r.dropna().to_numpy(dtype=float)
    if len(values) < 2:
        return {"r_held_out": np.nan, "lower": np.nan, "upper": np.nan}
    found = core.resampled_ttest(values, test_share=1 / folds)
    half = float(student.ppf(0.975, found.df)) * found.se
    return {"r_held_out": found.difference, "lower": found.difference - half, "upper": found.difference + half}


def _weights(
    sides: Sequence[Side], fit: Any, scores: Sequence[FloatArray], matrices: Sequence[FloatArray], training: IntArray
) -> pd.DataFrame:
    blocks = []
    for name, side, w, score, m in zip(
        ("x", "y"), sides, (fit.x_weights_, fit.y_weights_), scores, matrices, strict=True
    ):
        for k in range(w.shape[1]):
            order = np.argsort(-np.abs(w[:, k]), kind="stable")
            order = order[w[order, k] != 0]
            r = [correlation_of(m[training, j], score[training, k]) for j in order]
            blocks.append(
                pd.DataFrame(
                    {"component": k + 1, "side": name, "feature": side.features[order], "weight": w[order, k],
                     "r_score": r}
                )
            )  # fmt: skip
    return pd.concat(blocks, ignore_index=True)


def _scores(data: Cohort, known: BoolArray, scores: Sequence[FloatArray]) -> pd.DataFrame:
    split = split_of(data)
    parts = np.array(["all"] * int(known.sum())) if split is None else split[known].to_numpy()
    blocks = [
        pd.DataFrame(
            {"split": parts, keys.PATIENT: patients_of(data)[known], "component": k + 1, "x": scores[0][:, k],
             "y": scores[1][:, k]}
        )
        for k in range(scores[0].shape[1])
    ]  # fmt: skip
    table = pd.concat(blocks, ignore_index=True)
    return table[table["split"] != keys.NO_PART].reset_index(drop=True)


def _penalties(test: SparseCCATest, n_permutations: int) -> pd.DataFrame:
    null = test.null_value.mean(axis=0) if n_permutations else np.full(len(test.value), np.nan)
    return pd.DataFrame(
        {
            "penalty_x": test.penalties[:, 0],
            "penalty_y": test.penalties[:, 1],
            test.statistic: test.value,
            f"{test.statistic}_permuted": null,
            "z": test.z if n_permutations else np.nan,
            "chosen": np.arange(len(test.value)) == test.best,
        }
    )


def _removed(sides: Sequence[Side], matrices: Sequence[FloatArray], training: IntArray) -> pd.DataFrame:
    blocks = [
        pd.DataFrame({"side": name, "feature": side.features[~varying(m, training)]})
        for name, side, m in zip(("x", "y"), sides, matrices, strict=True)
    ]
    return pd.concat(blocks, ignore_index=True).assign(reason="does not vary, or explained by the covariates")
