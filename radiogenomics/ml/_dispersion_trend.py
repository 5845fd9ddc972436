"""How the dispersion of counts depends on their mean: pydeseq2's estimates on genes along the mean."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import FloatArray

#: Genes whose dispersions teach the trend, and the mean normalised count from which they are taken; as in DESeq2's vst.
N_GENES, LEAST_MEAN = 1000, 5.0
_FEWEST_GENES = 50


def dispersion_trend(counts: FloatArray, factors: FloatArray) -> tuple[float, float]:
    """Coefficients of the trend ``dispersion = asymptotic + extra / mean`` :cite:p:`Love2014,Muzellec2023`.

    Parameters
    ----------
    counts
        (n_patients, n_genes) raw counts.
    factors
        (n_patients,) size factors.

    Returns
    -------
    ``asymptotic``, ``extra``; where no such trend fits, the mean dispersion and 0.

    Raises
    ------
    DegenerateInputError
        With fewer than three patients, or too few genes of a mean normalised count above 5.
    """
    if len(counts) < 3:
        raise DegenerateInputError("CountNormalizer", f"vst needs three training patients; there are {len(counts)}")
    mean = (counts / factors[:, None]).mean(axis=0)
    usable = np.flatnonzero(mean > LEAST_MEAN)
    if len(usable) < _FEWEST_GENES:
        raise DegenerateInputError(
            "CountNormalizer",
            f"{len(usable)} gene(s) have a mean normalised count above {LEAST_MEAN:g}; vst needs {_FEWEST_GENES}. "
            "Use method='log_cpm'",
        )
    ordered = usable[np.argsort(mean[usable], kind="stable")]
    if len(ordered) > N_GENES:
        ordered = ordered[np.rint(np.linspace(0, len(ordered) - 1, N_GENES)).astype(int)]
    return _fit(counts[:, ordered], factors)


def _fit(counts: FloatArray, factors: FloatArray) -> tuple[float, float]:
    from pydeseq2.dds import DeseqDataSet

    patients = [f"p{i}" for i in range(len(counts))]
    table = pd.DataFrame(counts.astype(np.int64), index=patients, columns=[f"g{i}" for i in range(counts.shape[1])])
    with warnings.catch_warnings():
        # What is learned is the trend over all genes: a gene whose own estimate stands at its bound does no harm.
        warnings.filterwarnings("ignore", module="pydeseq2")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message="The dispersion trend curve fitting did not converge")
        # n_cpus=1: within folds that run in parallel already; 1,000 genes take seconds.
        made = DeseqDataSet(
            counts=table, metadata=pd.DataFrame({"all": "1"}, index=patients), design="~1", quiet=True, n_cpus=1
        )
        # Those of all genes; fitted anew, they would rest on the genes chosen here.
        made.obs["size_factors"] = factors
        made.layers["normed_counts"] = counts / factors[:, None]
        made.var["_normed_means"] = made.layers["normed_counts"].mean(axis=0)
        made.fit_genewise_dispersions()
        made.fit_dispersion_trend()
    if made.uns["disp_function_type"] == "mean":
        return float(made.uns["mean_disp"]), 0.0
    return float(made.uns["trend_coeffs"]["a0"]), float(made.uns["trend_coeffs"]["a1"])
