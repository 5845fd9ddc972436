"""Quality of expression, patient by patient: depth, detected genes, mitochondrial share, sex, outliers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    left_out_table,
    modality_of,
    patients_of,
    settings_of,
    split_blocks,
    to_uns,
    training_patients,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.sample_outliers import sample_outliers
from radiogenomics.tl._expression_input import refuse_doubles
from radiogenomics.tl._rna_sex import sex_check

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

#: Mitochondrial genes that code for proteins, as Ensembl has them; symbols begin with "MT-".
_MITOCHONDRIAL = tuple(
    f"ENSG00000{n}" for n in (198888, 198763, 198804, 198712, 228253, 198899, 198938, 198840, 212907, 198886, 198786,
                              198695, 198727)
)  # fmt: skip
#: Z-scores beyond count as this in the outlier search: a gene silent in the others can have one of thousands.
_MOST_Z = 10.0
#: Standard deviations below are rounding.
_LEAST_SPREAD = 1e-9


def rna_quality(
    data: Cohort,
    *,
    modality: str | None = None,
    sex: str | None = None,
    sex_codes: Mapping[Any, str] | None = None,
    n_components: int = 5,
    n_genes: int = 2000,
    alpha: float = 0.001,
    key_added: str = "rna_quality",
) -> None:
    """Look at each patient's expression: was enough sequenced, is it the right patient, does it lie apart?

    Run it on expression as it was read: what was filtered or scaled no longer says how much was sequenced.

    Parameters
    ----------
    data
        Cohort; with a split, outliers are judged against the training patients.
    modality
        Required for a MuData.
    sex
        Clinical column to compare with; by default a column called sex or gender, if there is exactly one.
    sex_codes
        What its values mean (``{1: "male", 2: "female"}``), for others than male, female, m, f, man, woman.
    n_components
        Principal components of the outlier search (fewer where there are fewer than three times as many training
        patients).
    n_genes
        Its genes: those that vary most among the training patients.
    alpha
        A patient is called an outlier whose distance fewer than this share of normal patients would reach, if the
        middle and spread of the training patients were known; of 40 patients about 0.6 % exceed 0.001 by chance.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``patients`` (``split``, ``patient_id``; ``depth``: all counts;
    ``detected``: genes with a count, or a value above 0; ``mitochondrial``: share in [0, 1] of the counts, or of the
    linear values; ``xist`` and ``y_genes``: XIST and the mean of the Y chromosome's genes, log2; ``sex_expressed``:
    male, female or unclear; ``sex_clinical``; ``sex_check``: agrees, mismatch, unclear or unknown; ``pc1`` ...;
    ``distance``: robust, over the principal components; ``p_value``; ``outlier``), ``summary`` (per part of the
    split), ``settings`` and ``left_out``. What the data do not have is NaN and named in ``settings["not_done"]``.

    Raises
    ------
    InputError
        A column of sex with values of unknown meaning, settings out of range, linear values above 40, counts that are
        missing or negative, a gene or patient twice.
    DegenerateInputError
        Fewer than three training patients, or fewer than two genes that vary.

    Warns
    -----
    RadiogenomicsWarning
        If expression contradicts the clinical sex, or a patient has none: who.

    Notes
    -----
    Tumours lose the Y chromosome, and normal cells among them express what they lost: a patient whose XIST and Y genes
    are within a factor of two, or both silent, is unclear and no mismatch.
    """
    check_key(data, key_added)
    _check_settings(n_components, n_genes, alpha)
    adata = modality_of(data, modality)
    refuse_doubles(adata, "expression" if modality is None else f"modality {modality!r}")
    training = training_patients(data, adata)
    if training.sum() < 3:
        raise DegenerateInputError("rna_quality", f"three training patients are needed; there are {training.sum()}")
    values, scale = _values(adata)
    not_done: dict[str, str] = {}
    table = pd.DataFrame({keys.PATIENT: patients_of(adata)})
    table = pd.concat([table, _sequencing(adata, values, scale, not_done)], axis=1)
    checked, sex_settings = sex_check(data, adata, values, scale, sex, sex_codes, not_done)
    table = pd.concat([table, checked], axis=1)
    if scale == "zscore":
        values = np.clip(values, -_MOST_Z, _MOST_Z)
    far, far_settings = _outliers(values, training, n_components, n_genes, alpha, not_done)
    table = pd.concat([table, far], axis=1)
    parts = pd.Series(keys.NO_PART, index=patients_of(data), dtype=object)
    for part, rows in split_blocks(data):
        parts[rows] = part
    table.insert(0, "split", parts.reindex(table[keys.PATIENT]).to_numpy())
    without = patients_of(data).difference(patients_of(adata), sort=False)
    settings = {
        "modality": modality, "scale": scale, "counts": keys.COUNTS in adata.layers, "n_genes_measured": adata.n_vars,
        **sex_settings, **far_settings, "alpha": alpha, "not_done": not_done,
    }  # fmt: skip
    data.uns[key_added] = to_uns(
        patients=table, summary=_summary(table), settings=settings,
        left_out=left_out_table(dict.fromkeys(without, "no expression")),
    )  # fmt: skip
    _warn_of_empty(table)
    _warn_of_sex(table)


def _check_settings(n_components: int, n_genes: int, alpha: float) -> None:
    faults = []
    if n_components < 1:
        faults.append(Fault(repr(n_components), "1 or more", column="n_components"))
    if n_genes < 2:
        faults.append(Fault(repr(n_genes), "2 or more", column="n_genes"))
    if not 0 < alpha < 1:
        faults.append(Fault(repr(alpha), "a share in (0, 1)", column="alpha"))
    if faults:
        raise InputError("rna_quality", faults)


def _values(adata: AnnData) -> tuple[FloatArray, str]:
    """Expression on the log2 scale (or as z-scores), and which."""
    values = dense(adata.X)
    scale = settings_of(adata.uns, "expression")["scale"] if "expression" in adata.uns else "log2"
    if keys.COUNTS in adata.layers:
        counts = dense(adata.layers[keys.COUNTS])
        _refuse_no_counts(adata, counts)
        total = counts.sum(axis=1, keepdims=True)
        # Of the counts, whatever X has become since.
        return np.log2(counts / np.where(total > 0, total, 1) * 1e6 + 1), "log2"
    if scale == "log2" and values.size and np.nanmax(values) > 40:
        hint = "Counts belong into layers['counts']; rg.io.read_counts takes the logarithm of linear values"
        raise InputError("data", Fault(f"values up to {np.nanmax(values):g}", "values on the log2 scale", hint=hint))
    return values, str(scale)


def _refuse_no_counts(adata: AnnData, counts: FloatArray) -> None:
    """Missing, infinite or negative counts; fractions (expected counts) say as much of depth as whole numbers do."""
    wrong = ~np.isfinite(counts) | (counts < 0)
    if wrong.any():
        i, j = (int(k) for k in np.argwhere(wrong)[0])
        found = f"{int(wrong.sum())} values that are missing or negative, the first {counts[i, j]:g} of "
        raise InputError(
            "layers['counts']",
            Fault(f"{found}{str(adata.obs_names[i])!r}", "counts, 0 or more", column=str(adata.var_names[j])),
        )


def _warn_of_empty(table: pd.DataFrame) -> None:
    empty = list(table.loc[table["detected"] == 0, keys.PATIENT])
    if empty:
        shown = ", ".join(empty[:5]) + (" ..." if len(empty) > 5 else "")
        warnings.warn(
            f"{len(empty)} patient(s) have no expression of any gene: {shown}; leave them out of the modality before "
            "anything else",
            RadiogenomicsWarning, stacklevel=3,
        )  # fmt: skip


def _sequencing(adata: AnnData, values: FloatArray, scale: str, not_done: dict[str, str]) -> pd.DataFrame:
    """Depth, detected genes and mitochondrial share."""
    n = adata.n_obs
    nothing = np.full(n, np.nan)
    counted = keys.COUNTS in adata.layers
    linear = dense(adata.layers[keys.COUNTS]) if counted else np.exp2(values) - 1 if scale == "log2" else None
    depth, detected, share = nothing, nothing, nothing
    if counted and linear is not None:
        depth = linear.sum(axis=1)
    else:
        not_done["depth"] = "there are no counts"
    if linear is None or np.nanmin(linear) < -1e-9:
        not_done["detected"] = not_done["mitochondrial"] = "the values do not start at 0"
        return pd.DataFrame({"depth": depth, "detected": detected, "mitochondrial": share})
    detected = (linear > 1e-9).sum(axis=1).astype(float)
    symbol = adata.var["symbol"].astype(str) if "symbol" in adata.var else adata.var_names.to_series().astype(str)
    mitochondrial = np.array(symbol.str.upper().str.startswith("MT-")) | adata.var_names.isin(_MITOCHONDRIAL)
    total = np.nansum(linear, axis=1)
    if mitochondrial.any():
        share = np.nansum(linear[:, mitochondrial], axis=1) / np.where(total > 0, total, np.nan)
    else:
        not_done["mitochondrial"] = "no mitochondrial gene (MT-...) was measured"
    return pd.DataFrame({"depth": depth, "detected": detected, "mitochondrial": share})


def _outliers(
    values: FloatArray, training: BoolArray, n_components: int, n_genes: int, alpha: float, not_done: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    complete = np.isfinite(values).all(axis=0)
    spread = np.where(complete, values[training].std(axis=0), 0.0)
    genes = np.argsort(-spread, kind="stable")[:n_genes]
    genes = genes[spread[genes] > _LEAST_SPREAD]
    if len(genes) < 2:
        raise DegenerateInputError("rna_quality", "fewer than two genes without gaps vary among the training patients")
    used = max(1, min(n_components, int(training.sum()) // 3, len(genes)))
    x = values[:, genes]
    found = sample_outliers(x, x[training], n_components=used)
    columns: dict[str, Any] = {f"pc{k + 1}": found.scores[:, k] for k in range(min(used, 2))}
    columns |= {"distance": found.distance, "p_value": found.p_value, "outlier": found.p_value < alpha}
    if not complete.all():
        not_done["genes of the outlier search"] = f"{int((~complete).sum())} genes with gaps were left out"
    settings = {"n_components": used, "n_genes": len(genes), "variance_explained": found.variance_explained.tolist()}
    return pd.DataFrame(columns), settings


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for part, block in table.groupby("split", sort=False):
        known = {name: block[name].dropna() for name in ("depth", "detected", "mitochondrial")}
        middle = {f"median_{name}": float(v.median()) if len(v) else np.nan for name, v in known.items()}
        rows.append(
            {"split": part, "n": len(block), **middle, "n_outliers": int(block["outlier"].sum()),
             "n_sex_checked": int(block["sex_check"].isin(["agrees", "mismatch"]).sum()),
             "n_sex_unclear": int((block["sex_check"] == "unclear").sum()),
             "n_sex_mismatch": int((block["sex_check"] == "mismatch").sum())}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _warn_of_sex(table: pd.DataFrame) -> None:
    wrong = table[table["sex_check"] == "mismatch"]
    if len(wrong):
        said = [f"{r.patient_id} ({r.sex_clinical} in the clinical table)" for r in wrong.head(5).itertuples()]
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        warnings.warn(
            f"expression contradicts the clinical sex of {len(wrong)} patient(s): {', '.join(said)}{more}; samples may "
            "have been exchanged",
            RadiogenomicsWarning, stacklevel=3,
        )  # fmt: skip
