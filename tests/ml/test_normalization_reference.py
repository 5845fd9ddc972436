"""Normalisation of counts beside edgeR's and DESeq2's (tests/reference/normalization)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.count_scaling import stabilized, trimmed_means
from radiogenomics.ml import CountNormalizer, GeneFilter

FOLDER = Path(__file__).parents[1] / "reference" / "normalization"
COUNTS = pd.read_csv(FOLDER / "counts.csv.gz", index_col=0).T.to_numpy(float)
SAMPLES = pd.read_csv(FOLDER / "samples.csv")
SOME = np.arange(1, 251) * 7 - 1
TRAIN = 16


def values(name: str) -> np.ndarray:
    return pd.read_csv(FOLDER / f"{name}.csv.gz", index_col=0).T.to_numpy()


def test_tmm_is_edger() -> None:
    normalizer = CountNormalizer("tmm").fit(COUNTS)
    np.testing.assert_allclose(normalizer.tmm_factors(COUNTS), SAMPLES["tmm"], atol=1e-12)
    np.testing.assert_allclose(normalizer.transform(COUNTS)[:, SOME], values("log_cpm_tmm"), atol=1e-10)
    training = CountNormalizer("tmm").fit(COUNTS[:TRAIN])
    np.testing.assert_allclose(training.tmm_factors(COUNTS[:TRAIN]), SAMPLES["tmm_train"][:TRAIN], atol=1e-12)


def test_size_factors_are_deseq2() -> None:
    whole = CountNormalizer("size_factors").fit(COUNTS)
    np.testing.assert_allclose(whole.size_factors(COUNTS), SAMPLES["size_factor"], atol=1e-12)
    frozen = CountNormalizer("size_factors").fit(COUNTS[:TRAIN])
    np.testing.assert_allclose(frozen.size_factors(COUNTS), SAMPLES["size_factor_frozen"], atol=1e-12)


@pytest.mark.parametrize(("rows", "trend", "file"), [(24, "vst", "vst"), (TRAIN, "vst_training", "vst_frozen")])
def test_vst_is_deseq2_but_for_the_trend(rows: int, trend: str, file: str) -> None:
    coefficients = pd.read_csv(FOLDER / "trend.csv", index_col="what").loc[trend].to_numpy()
    normalizer = CountNormalizer("vst").fit(COUNTS[:rows])
    np.testing.assert_allclose(normalizer.trend_, coefficients, rtol=2e-3)
    np.testing.assert_allclose(normalizer.transform(COUNTS)[:, SOME], values(file), atol=2e-3)
    normalized = COUNTS / normalizer.size_factors(COUNTS)[:, None]
    np.testing.assert_allclose(stabilized(normalized, *coefficients)[:, SOME], values(file), atol=1e-10)


def test_vst_makes_variances_alike() -> None:
    rng = np.random.default_rng(3)
    mu = np.geomspace(8, 20_000, 400)
    counts = rng.negative_binomial(10, 10 / (10 + mu), size=(60, 400)).astype(float)
    spread = CountNormalizer("vst").fit_transform(counts).std(axis=0)
    logged = CountNormalizer("log_cpm").fit_transform(counts).std(axis=0)
    assert spread[:100].mean() == pytest.approx(spread[-100:].mean(), rel=0.05)
    assert logged[:100].mean() > 1.15 * logged[-100:].mean()


def test_frozen_methods_see_one_new_patient_alone() -> None:
    for method in ("tmm", "vst"):
        normalizer = CountNormalizer(method).fit(COUNTS[:TRAIN])
        np.testing.assert_array_equal(normalizer.transform(COUNTS)[-1:], normalizer.transform(COUNTS[-1:]))


def test_tmm_by_hand() -> None:
    # Ten genes alike but for one, which takes half of the counts: trimmed away, the others are 1/2 of what they were.
    reference = np.full(10, 100.0)
    patient = np.append(np.full(9, 100.0), 1100.0)
    assert trimmed_means(patient[None], reference)[0] == pytest.approx(0.5)
    assert trimmed_means(reference[None], reference)[0] == 1.0


def test_filter_is_edger() -> None:
    expected = pd.read_csv(FOLDER / "filter_by_expr.csv")
    np.testing.assert_array_equal(GeneFilter(smallest_group=24).fit(COUNTS).support_, expected["all"])
    np.testing.assert_array_equal(GeneFilter(smallest_group=7).fit(COUNTS).support_, expected["group7"])
    np.testing.assert_array_equal(GeneFilter().fit(COUNTS[:9]).support_, expected["ten"])
    strict = GeneFilter(minimum=50, min_total=100, smallest_group=24).fit(COUNTS)
    np.testing.assert_array_equal(strict.support_, expected["min_count_50"])


def test_filter_by_hand() -> None:
    x = np.array([[10, 0, 5, 9], [10, 20, 9, 9], [9, 30, 9, 9], [10, 0, 9, 9], [10, 0, 9, 977.0]])
    kept = GeneFilter("count", min_share=0.4).fit(x)
    assert kept.support_.tolist() == [True, True, False, False]
    assert kept.n_reached_.tolist() == [4, 2, 0, 1]
    assert kept.transform(x).shape == (5, 2)
    assert GeneFilter("cpm", minimum=50_000, min_share=1).fit(x).support_.tolist() == [False, False, False, True]
    assert GeneFilter("value", minimum=9).fit(x).report()["n_reached"].tolist() == [5, 2, 4, 5]


def test_filter_refuses() -> None:
    with pytest.raises(InputError, match="filter_by_expr, count, cpm, value"):
        GeneFilter("tmm").fit(COUNTS)
    with pytest.raises(InputError, match=r"min_share.*0.5 with method 'filter_by_expr'"):
        GeneFilter(min_share=0.5).fit(COUNTS)
    with pytest.raises(InputError, match=r"smallest_group.*1 to 24"):
        GeneFilter(smallest_group=30).fit(COUNTS)
    with pytest.raises(InputError, match="minimum"):
        GeneFilter("count", minimum=0).fit(COUNTS)
    with pytest.raises(DegenerateInputError, match="none of 1800 genes reaches"):
        GeneFilter("count", minimum=1e9).fit(COUNTS)


def test_genes_of_a_minority_stay_by_default() -> None:
    counts = np.full((60, 4), 500.0)
    counts[15:, 0] = 0  # on in 15 of 60: a group still to be found
    counts[3:, 1] = 0
    chosen = GeneFilter().fit(counts)
    assert chosen.support_.tolist() == [True, False, True, True]
    assert chosen.n_needed_ == pytest.approx(10 + 0.7 * 2)
    assert GeneFilter(smallest_group=60).fit(counts).support_.tolist() == [False, False, True, True]
    assert GeneFilter().fit(counts[:8]).n_needed_ == 8
