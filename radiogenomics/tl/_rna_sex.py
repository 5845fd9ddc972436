"""Sex by expression: XIST, which one of two X chromosomes expresses, against genes of the Y chromosome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import column_of, patients_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

XIST = {"XIST": "ENSG00000229807"}
#: Genes of the male-specific part of the Y chromosome that most tissues express.
Y_GENES = {
    "RPS4Y1": "ENSG00000129824", "DDX3Y": "ENSG00000067048", "KDM5D": "ENSG00000012817", "UTY": "ENSG00000183878",
    "EIF1AY": "ENSG00000198692", "USP9Y": "ENSG00000114374", "ZFY": "ENSG00000067646", "NLGN4Y": "ENSG00000165246",
    "TXLNGY": "ENSG00000131002",
}  # fmt: skip
#: Difference (log2) from which one of the two is called more than the other, and what both must exceed to say anything.
_MARGIN, _SILENT = 1.0, 0.5
_WORDS = {"male": "male", "m": "male", "man": "male", "female": "female", "f": "female", "w": "female",
          "woman": "female"}  # fmt: skip
_COLUMNS = ("sex", "gender")


def sex_check(
    data: Cohort,
    adata: AnnData,
    values: FloatArray,
    scale: str,
    column: str | None,
    codes: Mapping[Any, str] | None,
    not_done: dict[str, str],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Sex by expression beside the clinical one, per patient of ``adata``; and what it rests on.

    What cannot be done is named in ``not_done``.

    Raises
    ------
    InputError
        If ``column`` was named and a value has no known meaning.
    """
    clinical, used = clinical_sex(data, adata, column, codes, not_done)
    xist, y = _mean(adata, values, XIST), _mean(adata, values, Y_GENES)
    found = ([*_present(adata, XIST)], [*_present(adata, Y_GENES)])
    if scale != "log2" or not all(found):
        why = "z-scores do not say which gene is silent" if scale != "log2" else "XIST or every Y gene was not measured"
        not_done["sex by expression"] = why
        expressed = np.full(adata.n_obs, "", dtype=object)
    else:
        difference = xist - y
        expressed = np.where(difference >= _MARGIN, "female", np.where(difference <= -_MARGIN, "male", "unclear"))
        expressed = np.where(np.fmax(xist, y) < _SILENT, "unclear", expressed).astype(object)
    check = np.where(expressed == clinical, "agrees", "mismatch").astype(object)
    check[(expressed == "unclear") & (clinical != "")] = "unclear"
    check[(expressed == "") | (clinical == "")] = "unknown"
    table = pd.DataFrame(
        {"xist": xist, "y_genes": y, "sex_expressed": expressed, "sex_clinical": clinical, "sex_check": check}
    )
    return table, {"sex": used, "y_genes": found[1]}


def _present(adata: AnnData, genes: Mapping[str, str]) -> dict[str, int]:
    """Columns of the genes that were measured, by symbol or Ensembl id."""
    names = adata.var_names.astype(str)
    symbols = adata.var["symbol"].astype(str).tolist() if "symbol" in adata.var else list(names)
    places: dict[str, int] = {}
    for i, (name, symbol) in enumerate(zip(names, symbols, strict=True)):
        for gene, ensembl in genes.items():
            if gene in (name, symbol) or name.partition(".")[0] == ensembl:
                places.setdefault(gene, i)
    return places


def _mean(adata: AnnData, values: FloatArray, genes: Mapping[str, str]) -> FloatArray:
    places = list(_present(adata, genes).values())
    return np.asarray(values[:, places].mean(axis=1)) if places else np.full(len(values), np.nan)


def clinical_sex(
    data: Cohort, adata: AnnData, column: str | None, codes: Mapping[Any, str] | None, not_done: dict[str, str]
) -> tuple[np.ndarray, str | None]:
    """Clinical sex of each patient of ``adata`` (``""`` where unknown) and the column it is from.

    Raises
    ------
    InputError
        If ``column`` or ``codes`` were given and a value has no known meaning.
    """
    nobody = np.full(adata.n_obs, "", dtype=object)
    named = column
    if column is None:
        like = [str(c) for c in data.obs.columns if str(c).lower() in _COLUMNS]
        if codes is not None and len(like) != 1:
            raise InputError("sex_codes", Fault(f"no column for them among {like or 'none'}", "sex= with its name"))
        if len(like) != 1:
            not_done["clinical sex"] = "no column sex or gender" if not like else f"several columns: {', '.join(like)}"
            return nobody, None
        column = like[0]
    meaning = {str(k).strip().lower(): v for k, v in (codes or {}).items()}
    wrong = [v for v in meaning.values() if v not in ("male", "female")]
    if wrong:
        raise InputError("sex_codes", Fault(repr(wrong[0]), "'male' or 'female'"))
    values = column_of(data, column).astype(object)
    values.index = patients_of(data)
    text = values.where(values.notna(), "").map(_plain)
    sexes = text.map({**_WORDS, **meaning, "": ""})
    unknown = sorted(text[sexes.isna()].unique())
    if unknown:
        said = f"values {', '.join(map(repr, unknown[:5]))}"
        if named is not None or codes is not None:
            hint = "Say it with sex_codes={value: 'male' or 'female'}"
            raise InputError(f"column {column!r}", Fault(said, "male and female", hint=hint))
        not_done["clinical sex"] = f"column {column!r} has {said} of unknown meaning (sex_codes= says it)"
        return nobody, None
    return sexes.reindex(patients_of(adata)).to_numpy(dtype=object), column


def _plain(value: Any) -> str:
    """A value as it stands in ``sex_codes``: 1.0 is 1."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip().lower()
