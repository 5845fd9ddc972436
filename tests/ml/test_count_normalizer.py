import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.ml import CountNormalizer

RNG = np.random.default_rng(0)
DEPTH = np.array([0.3, 1, 1, 2, 5, 1, 0.7, 1.5])
COUNTS = RNG.poisson(RNG.gamma(1, 80, size=300) * DEPTH[:, None])


def test_log_cpm_by_hand() -> None:
    out = CountNormalizer().fit_transform(np.array([[1, 3], [0, 10]]))
    np.testing.assert_allclose(out, np.log2(np.array([[250_001, 750_001], [1, 1_000_001]])))


def test_size_factors_agree_with_pydeseq2() -> None:
    from pydeseq2.preprocessing import deseq2_norm

    frame = pd.DataFrame(COUNTS)
    _, expected = deseq2_norm(frame)
    normalizer = CountNormalizer(method="size_factors").fit(frame.to_numpy())
    # A patient's zero in a gene that counts cannot occur among training patients, so both use the same genes.
    np.testing.assert_allclose(normalizer.size_factors(COUNTS), expected, rtol=1e-12)
    np.testing.assert_allclose(normalizer.transform(COUNTS), np.log2(COUNTS / np.asarray(expected)[:, None] + 1))


def test_size_factors_recover_the_depth() -> None:
    factors = CountNormalizer(method="size_factors").fit(COUNTS).size_factors(COUNTS)
    np.testing.assert_allclose(factors / factors[1], DEPTH / DEPTH[1], rtol=0.03)


def test_new_patients_change_nothing() -> None:
    normalizer = CountNormalizer(method="size_factors").fit(COUNTS[:5])
    together, alone = normalizer.transform(COUNTS), normalizer.transform(COUNTS[7:])
    np.testing.assert_array_equal(together[7:], alone)


@pytest.mark.parametrize("method", ["log_cpm", "size_factors"])
def test_depth_of_a_new_patient_does_not_matter(method: str) -> None:
    normalizer = CountNormalizer(method=method, pseudocount=1e-9).fit(COUNTS)
    patient = COUNTS[:1] + 1
    np.testing.assert_allclose(normalizer.transform(10 * patient), normalizer.transform(patient))


def test_refusals() -> None:
    with pytest.raises(InputError, match="log_cpm, size_factors, tmm, vst"):
        CountNormalizer(method="rpkm").fit(COUNTS)
    with pytest.raises(InputError, match=r"300 values that are not whole.*raw counts"):
        CountNormalizer().fit(COUNTS + np.where(np.arange(8) == 3, 0.5, 0)[:, None])
    with pytest.raises(InputError, match=r"1.0 with vst"):
        CountNormalizer(method="vst", pseudocount=1.0).fit(COUNTS)
    with pytest.raises(DegenerateInputError, match=r"vst needs 50.*log_cpm"):
        CountNormalizer(method="vst").fit(COUNTS[:, :40])
    with pytest.raises(DegenerateInputError, match="three training patients"):
        CountNormalizer(method="vst").fit(COUNTS[:2])
    with pytest.raises(InputError, match="raw counts, 0 or more"):
        CountNormalizer().fit(-COUNTS)
    with pytest.raises(InputError, match="pseudocount"):
        CountNormalizer(pseudocount=0).fit(COUNTS)
    with pytest.raises(DegenerateInputError, match="no count at all"):
        CountNormalizer().fit(COUNTS * (DEPTH > 0.5)[:, None])
    with pytest.raises(DegenerateInputError, match="use method='log_cpm'"):
        CountNormalizer(method="size_factors").fit(np.array([[0, 1], [1, 0]]))
    with pytest.raises(DegenerateInputError, match="expresses none"):
        CountNormalizer(method="size_factors").fit(np.array([[1, 0], [1, 1]])).transform(np.array([[0, 4]]))
