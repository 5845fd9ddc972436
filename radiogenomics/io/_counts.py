"""Gene expression: raw counts, normalised abundances, or values already on the log2 scale."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import dense, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import StrPath
from radiogenomics.io._orientation import ENSEMBL, GENES_IN_ROWS, ORIENTATIONS, SAMPLES_IN_ROWS, orientation_of
from radiogenomics.io._tables import MISSING_WORDS, Table, existing_file, id_column, is_missing, numbers_of, read_table

if TYPE_CHECKING:
    from anndata import AnnData

KINDS = ("counts", "normalized", "log2", "zscore")

#: Columns that describe genes beside the samples, in files of featureCounts, STAR, RSEM and the GDC.
_SYMBOLS = {"symbol", "gene_name", "gene_symbol", "hugo_symbol", "external_gene_name"}
_ANNOTATION = _SYMBOLS | {"gene_type", "gene_biotype", "description", "entrez_gene_id", "entrezid", "chr", "chromosome",
                          "start", "end", "strand", "length", "transcript_id(s)"}  # fmt: skip
#: Rows that counting programs add below the genes.
_SUMMARIES = ("__", "N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")


def read_counts(
    path: StrPath,
    *,
    id: str | None = None,
    kind: str = "counts",
    orientation: str | None = None,
    patients: Sequence[str] | None = None,
) -> AnnData:
    """Read gene expression of patients.

    Parameters
    ----------
    path
        csv, tsv, either as .gz, or h5ad; genes x samples or samples x genes. Columns that describe genes (symbol,
        length ...) may stand beside the samples.
    id
        Column that names the rows; the first by default.
    kind
        ``counts``: raw integers. ``normalized``: linear FPKM, TPM or RSEM. ``log2``: already logarithms. ``zscore``:
        standardised per gene, so that differences are standard deviations and no fold changes.
    orientation
        ``genes_x_samples`` or ``samples_x_genes``; by default found from the ids.
    patients
        Ids of known patients (the index of the clinical table): they show which side holds the patients.

    Returns
    -------
    Patients x genes. ``X``: log2(counts per million + 1) of counts (which stay in ``layers["counts"]``), log2(x + 1)
    of normalised values, the values themselves otherwise. ``var``: ``symbol`` and ``ensembl_id`` (without its
    version), empty where unknown. ``uns["expression"]``: ``kind``, ``scale`` of ``X`` (``log2`` or ``zscore``),
    ``orientation`` and what was put together or left out, as JSON text.

    Raises
    ------
    InputError
        With every fault at once: text or gaps among the numbers, counts that are negative or not whole, a patient
        without any count, ids twice, or ids that do not tell genes from patients.
    """
    for name, value, allowed in (("kind", kind, KINDS), ("orientation", orientation, (None, *ORIENTATIONS))):
        if value not in allowed:
            raise InputError(name, Fault(repr(value), f"one of {', '.join(str(a) for a in allowed if a)}"))
    where = str(path)
    matrix, symbols, note = _read(path, id, orientation, patients)
    _check_values(matrix, kind, where)
    matrix, symbols, merged = _merge_genes(matrix, symbols, kind, where)
    note |= {"kind": kind, "scale": "zscore" if kind == "zscore" else "log2", "genes_merged": merged}
    return _annotated(matrix, symbols, kind, note, where)


def _read(
    path: StrPath, id_name: str | None, orientation: str | None, patients: Sequence[str] | None
) -> tuple[pd.DataFrame, pd.Series, dict[str, object]]:
    """Patients x genes, the symbol of each gene ("" if unknown) and what is worth recording."""
    if str(path).endswith(".h5ad"):
        frame, symbols, header = _from_h5ad(path, id_name)
        found = orientation or SAMPLES_IN_ROWS
        left_out: list[str] = []
    else:
        table = read_table(path)
        header = id_column(table, id_name)
        cells = table.cells.set_index(header)
        cells.index = pd.Index([str(i).strip() for i in cells.index])
        annotation = [c for c in cells.columns if str(c).lower() in _ANNOTATION]
        samples = [c for c in cells.columns if c not in annotation]
        if annotation and orientation is None:
            found = GENES_IN_ROWS
        else:
            found = orientation or orientation_of(
                header, list(cells.index), list(cells.columns), patients=patients, where=str(path)
            )
        if found == SAMPLES_IN_ROWS:
            annotation, samples = [], list(cells.columns)
        left_out = [i for i in cells.index if i.startswith(_SUMMARIES)] if found == GENES_IN_ROWS else []
        kept = ~cells.index.isin(left_out)
        frame = _to_numbers(table, cells, samples, kept)
        naming = [c for c in annotation if str(c).lower() in _SYMBOLS]
        symbols = cells.loc[kept, naming[0]].str.strip() if naming else pd.Series("", index=frame.index)
    if found == GENES_IN_ROWS:
        frame = frame.T
    if len(symbols) != frame.shape[1]:
        symbols = pd.Series("", index=frame.columns)
    return frame, symbols, {"orientation": found, "rows_left_out": left_out}


def _from_h5ad(path: StrPath, id_name: str | None) -> tuple[pd.DataFrame, pd.Series, str]:
    import anndata

    existing_file(path)
    if id_name is not None:
        raise InputError("id", f"an h5ad file names its patients in obs; leave out id={id_name!r}")
    try:
        adata = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(str(path), f"is not a readable h5ad file: {error}") from error
    x = adata.layers.get(keys.COUNTS, adata.X)
    if x is None:
        raise InputError(str(path), Fault("no X", "a matrix of patients x genes"))
    frame = pd.DataFrame(dense(x), index=adata.obs_names.astype(str), columns=adata.var_names.astype(str))
    naming = [c for c in adata.var.columns if str(c).lower() in _SYMBOLS]
    symbols = adata.var[naming[0]].astype(str) if naming else pd.Series("", index=frame.columns)
    return frame, symbols, ""


def _to_numbers(table: Table, cells: pd.DataFrame, samples: list[str], kept: np.ndarray) -> pd.DataFrame:
    faults: list[Fault] = []
    out: dict[str, np.ndarray] = {}
    rows = np.array(table.rows)[kept]
    for name in samples:
        column = cells.loc[kept, name]
        try:
            out[name] = column.to_numpy(dtype=float)
        except ValueError:
            numbers = numbers_of(column)
            wrong = np.flatnonzero((numbers.isna() & ~is_missing(column, MISSING_WORDS)).to_numpy())
            faults += [Fault(repr(column.iloc[i]), "a number", row=int(rows[i]), column=str(name)) for i in wrong]
            out[name] = numbers.to_numpy()
    if faults:
        raise InputError(str(table.path), sorted(faults, key=lambda fault: fault.row or 0))
    return pd.DataFrame(out, index=cells.index[kept])


def _check_values(matrix: pd.DataFrame, kind: str, where: str) -> None:
    x = matrix.to_numpy()
    doubled = matrix.index[matrix.index.duplicated()].unique()
    faults = [Fault(f"patient {p!r} {int((matrix.index == p).sum())} times", "each patient once") for p in doubled]
    bad = {"infinite": (np.isinf(x), "finite numbers", "")}
    if kind == "counts":
        bad["missing"] = (np.isnan(x), "a count", "")
        bad["not whole"] = (
            np.isfinite(x) & (x != np.rint(x)),
            "whole numbers",
            "kind='normalized' reads FPKM, TPM, RSEM",
        )
    if kind in ("counts", "normalized"):
        bad["negative"] = (x < 0, "0 or more", "kind='log2' reads values that are logarithms already")
    for what, (cells, expected, hint) in bad.items():
        if cells.any():
            i, j = (int(k) for k in np.argwhere(cells)[0])
            faults.append(
                Fault(
                    f"{int(cells.sum())} values that are {what}, the first {x[i, j]} of patient {matrix.index[i]!r}",
                    expected,
                    column=str(matrix.columns[j]),
                    hint=hint,
                )
            )
    if kind == "counts" and not faults:
        faults += [
            Fault(f"no count at all for patient {p!r}", "a sequenced patient") for p in matrix.index[x.sum(axis=1) == 0]
        ]
    if faults:
        raise InputError(where, faults)
    if kind == "normalized" and np.nanmax(x) < 30:
        _warn(where, f"the largest value is {np.nanmax(x):.3g}, which looks like logarithms; kind='log2' reads those")
    if (
        kind == "log2"
        and abs(np.nanmedian(np.nanmean(x, axis=0))) < 0.3
        and 0.5 < np.nanmedian(np.nanstd(x, axis=0)) < 1.5
    ):
        _warn(where, "genes vary around 0 with a spread of about 1, like z-scores, whose differences are no log2 fold "
                     "changes; kind='zscore' records that")  # fmt: skip


def _merge_genes(
    matrix: pd.DataFrame, symbols: pd.Series, kind: str, where: str
) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """One column per gene: versions of an Ensembl id go, repeated genes are put together."""
    names = pd.Index([_unversioned(str(c)) for c in matrix.columns])
    unnamed = int((names == "").sum())
    if unnamed:
        raise InputError(where, Fault(f"{unnamed} gene(s) without a name", "a name for every gene"))
    symbols = pd.Series(symbols.to_numpy(), index=names)
    matrix = matrix.set_axis(names, axis=1)
    repeated = list(dict.fromkeys(names[names.duplicated()]))
    if not repeated:
        return matrix, symbols, []
    shown = ", ".join(repeated[:5]) + (" ..." if len(repeated) > 5 else "")
    if kind in ("counts", "normalized"):
        matrix = matrix.T.groupby(level=0, sort=False).sum(min_count=1).T
        _warn(where, f"{len(repeated)} gene(s) stand there more than once ({shown}); their values were added up")
    else:
        order = np.argsort(-matrix.mean().to_numpy(), kind="stable")
        first = pd.Series(order, index=names[order])
        best = np.sort(first[~first.index.duplicated()].to_numpy())
        matrix = matrix.iloc[:, best]
        _warn(where, f"{len(repeated)} gene(s) stand there more than once ({shown}); of each, the one with the highest "
                     "mean was kept, since logarithms cannot be added up")  # fmt: skip
    symbols = symbols[~symbols.index.duplicated()].reindex(matrix.columns)
    return matrix, symbols, repeated


def _unversioned(name: str) -> str:
    match = ENSEMBL.fullmatch(name.strip())
    return match[1] if match else name.strip()


def _annotated(matrix: pd.DataFrame, symbols: pd.Series, kind: str, note: dict[str, object], where: str) -> AnnData:
    from anndata import AnnData

    names = [str(name) for name in matrix.columns]
    ensembl = [ENSEMBL.fullmatch(name) is not None for name in names]
    known = symbols.fillna("").astype(str)
    var = pd.DataFrame(
        {
            "symbol": [s or ("" if e else n) for s, e, n in zip(known, ensembl, names, strict=True)],
            "ensembl_id": [n if e else "" for e, n in zip(ensembl, names, strict=True)],
        },
        index=pd.Index(names),
        dtype=object,
    )
    x = matrix.to_numpy(dtype=float)
    obs = pd.DataFrame(index=pd.Index([str(p) for p in matrix.index]))
    if kind == "counts":
        adata = AnnData(np.log2(x / x.sum(axis=1, keepdims=True) * 1e6 + 1), obs=obs, var=var)
        adata.layers[keys.COUNTS] = x.astype(np.int64)
        note["x"] = "log2(counts per million + 1)"
    else:
        adata = AnnData(np.log2(x + 1) if kind == "normalized" else x, obs=obs, var=var)
        note["x"] = "log2(value + 1)" if kind == "normalized" else "as it came"
    adata.uns.update(to_uns(expression={**note, "file": where.replace("\\", "/").rpartition("/")[2]}))
    return adata


def _warn(where: str, text: str) -> None:
    warnings.warn(f"{where}: {text}", RadiogenomicsWarning, stacklevel=3)
