"""Gene expression: raw counts, normalised abundances, or values already on the log2 scale."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import dense, to_uns
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.io._expression_table import SYMBOLS, Expression, read_expression_table
from radiogenomics.io._orientation import ENSEMBL, GENES_IN_ROWS, ORIENTATIONS, SAMPLES_IN_ROWS, refuse_contradiction
from radiogenomics.io._quantifications import STRANDEDNESS, read_sample_files, sample_files
from radiogenomics.io._tables import existing_file

if TYPE_CHECKING:
    from anndata import AnnData

LINEAR = ("normalized", "rsem", "fpkm", "tpm")
COUNTED = ("counts", "expected_counts")
KINDS = (*COUNTED, *LINEAR, "log2", "zscore")
#: Linear values whose largest is below look like logarithms; logarithms above are none (2^40 is a million millions).
_LEAST_LINEAR, _MOST_LOG2 = 30.0, 40.0
#: A gene as "symbol|Entrez id", as the Firehose writes it.
_FIREHOSE = re.compile(r"([^|?]+)\|\d+")


def read_counts(
    path: StrPath | Sequence[StrPath] | Mapping[str, StrPath],
    *,
    id: str | None = None,
    kind: str = "counts",
    orientation: str | None = None,
    patients: Sequence[str] | None = None,
    strandedness: str | None = None,
) -> AnnData:
    """Read gene expression of patients.

    Parameters
    ----------
    path
        A table (csv, tsv, either as .gz, or h5ad), genes x samples or samples x genes, also as featureCounts writes it;
        columns that describe genes (symbol, length ...) may stand beside the samples. Or one file per patient of STAR
        (``ReadsPerGene.out.tab``), RSEM (``genes.results``), salmon (``quant.genes.sf``), kallisto (gene tables),
        featureCounts or the GDC: their folder, a list of them, or a mapping of patients to files. Without a mapping a
        patient is the name of the file without the program's ending, or that of its folder.
    id
        Column that names the rows of a table; the first by default.
    kind
        ``counts``: raw integers. ``expected_counts``: those of RSEM, salmon or kallisto in a table, which are rounded;
        their own files are read so for ``counts`` too. ``rsem``, ``fpkm``, ``tpm``, ``normalized``: linear values.
        ``log2``: already logarithms. ``zscore``: standardised per gene, so that differences are standard deviations and
        no fold changes.
    orientation
        ``genes_x_samples`` or ``samples_x_genes``; by default found from the ids. Refused where the ids plainly say
        the opposite.
    patients
        Ids of known patients (the index of the clinical table): they show which side holds the patients.
    strandedness
        ``unstranded``, ``forward`` or ``reverse``: which counts of STAR's (or the GDC's) files are meant; required for
        those, and for no others.

    Returns
    -------
    Patients x genes. ``X``: log2(counts per million + 1) of counts (which stay in ``layers["counts"]``), log2(x + 1)
    of linear values, the values themselves otherwise. ``var``: ``symbol`` and ``ensembl_id`` (without its
    version), empty where unknown. Counts and linear values of a gene that stands there more than once are added up; of
    logarithms and z-scores the row of the highest mean is kept. ``uns["expression"]``: ``kind``, ``scale`` of ``X``
    (``log2`` or ``zscore``), ``orientation`` and what was put together or left out, as JSON text;
    ``uns["not_counted"]``: reads per patient that are of no gene (``N_unmapped``), where the files have them.

    Raises
    ------
    InputError
        With every fault at once: text or gaps among the numbers, counts that are negative or not whole, a patient
        without any count, ids twice, ids that do not tell genes from patients, values that are no logarithms although
        they are declared so, files of several programs or genes, transcripts instead of genes.

    Warns
    -----
    RadiogenomicsWarning
        Genes that were put together; values in a range that is unusual for what they are declared to be.
    """
    for name, value, allowed in (("kind", kind, KINDS), ("orientation", orientation, (None, *ORIENTATIONS)),
                                 ("strandedness", strandedness, (None, *STRANDEDNESS))):  # fmt: skip
        if value not in allowed:
            raise InputError(name, Fault(repr(value), f"one of {', '.join(str(a) for a in allowed if a)}"))
    files = sample_files(path)
    where = str(path) if isinstance(path, str | PathLike) else f"{len(files or ())} files"
    if files is not None:
        _refuse_idle(id=id, orientation=orientation)
        read = read_sample_files(files, kind, strandedness, where)
    else:
        _refuse_idle(strandedness=strandedness)
        table = cast("StrPath", path)
        h5ad = where.endswith(".h5ad")
        read = _from_h5ad(table, id, orientation, kind) if h5ad else read_expression_table(
            table, id, orientation, patients
        )  # fmt: skip
    matrix, note = read.matrix, dict(read.note)
    if kind == "expected_counts" or (kind == "counts" and note.get("program") in ("RSEM", "salmon", "kallisto")):
        matrix, note["counts_rounded"] = matrix.round(), True
    _check_values(matrix, kind, where)
    matrix, symbols, merged = _merge_genes(matrix, read.symbols, kind, where)
    note |= {"kind": kind, "scale": "zscore" if kind == "zscore" else "log2", "genes_merged": merged}
    if merged:
        note["merged_by"] = "sum" if kind in (*COUNTED, *LINEAR) else "highest mean"
    adata = _annotated(matrix, symbols, kind, note, where)
    if read.not_counted.shape[1]:
        counted = read.not_counted.rename_axis("patient_id", axis=0).rename_axis(None, axis=1).reset_index()
        adata.uns.update(to_uns(not_counted=counted))
    return adata


def _refuse_idle(**given: str | None) -> None:
    faults = [Fault(f"{name}={value!r}", "none for files of this kind") for name, value in given.items() if value]
    if faults:
        raise InputError("read_counts", faults)


def _from_h5ad(path: StrPath, id_name: str | None, orientation: str | None, kind: str) -> Expression:
    import anndata

    existing_file(path)
    if id_name is not None:
        raise InputError("id", f"an h5ad file names its patients in obs; leave out id={id_name!r}")
    try:
        adata = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(str(path), f"is not a readable h5ad file: {error}") from error
    x = adata.layers[keys.COUNTS] if kind in COUNTED and keys.COUNTS in adata.layers else adata.X
    if x is None:
        raise InputError(str(path), Fault("no X", "a matrix of patients x genes"))
    frame = pd.DataFrame(dense(x), index=adata.obs_names.astype(str), columns=adata.var_names.astype(str))
    if orientation is not None:
        refuse_contradiction(orientation, list(frame.index), list(frame.columns), patients=None, where=str(path))
    if orientation == GENES_IN_ROWS:
        frame = frame.T
    side = adata.obs if orientation == GENES_IN_ROWS else adata.var
    naming = [c for c in side.columns if str(c).lower() in SYMBOLS]
    symbols = side[naming[0]].astype(str) if naming else pd.Series("", index=frame.columns, dtype=object)
    return Expression(frame, symbols, {"orientation": orientation or SAMPLES_IN_ROWS, "rows_left_out": []})


def _check_values(matrix: pd.DataFrame, kind: str, where: str) -> None:
    x = matrix.to_numpy()
    doubled = matrix.index[matrix.index.duplicated()].unique()
    faults = [Fault(f"patient {p!r} {int((matrix.index == p).sum())} times", "each patient once") for p in doubled]
    bad = {"infinite": (np.isinf(x), "finite numbers", "")}
    if kind in COUNTED:
        bad["missing"] = (np.isnan(x), "a count", "")
        bad["not whole"] = (
            np.isfinite(x) & (x != np.rint(x)),
            "whole numbers",
            "kind='expected_counts' rounds those of RSEM, salmon and kallisto; kind='rsem', kind='fpkm', kind='tpm' "
            "and kind='normalized' read normalised values",
        )
    if kind in (*COUNTED, *LINEAR):
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
    if kind in COUNTED and not faults:
        faults += [
            Fault(f"no count at all for patient {p!r}", "a sequenced patient") for p in matrix.index[x.sum(axis=1) == 0]
        ]
    if kind == "log2" and x.size and np.nanmax(x) > _MOST_LOG2:
        found = f"values from {np.nanmin(x):.4g} to {np.nanmax(x):.6g}"
        hint = "kind='normalized' (rsem, fpkm, tpm) takes the logarithm of linear values"
        faults.append(Fault(found, f"logarithms, at most {_MOST_LOG2:g}", hint=hint))
    if faults:
        raise InputError(where, faults)
    if kind in LINEAR and np.nanmax(x) < _LEAST_LINEAR:
        _warn(where, f"the largest value is {np.nanmax(x):.3g}, which looks like logarithms; kind='log2' reads those")
    if kind == "tpm" and np.nansum(x, axis=1).max() > 1.05e6:
        _warn(where, f"the values of a patient add up to {np.nansum(x, axis=1).max():,.0f}, but transcripts per "
                     "million to a million at most; kind='fpkm' or 'rsem' records other units")  # fmt: skip
    if kind == "zscore" and x.size:
        _warn_of_no_z_scores(x, where)
    if (
        kind == "log2"
        and abs(np.nanmedian(np.nanmean(x, axis=0))) < 0.3
        and 0.5 < np.nanmedian(np.nanstd(x, axis=0)) < 1.5
    ):
        _warn(where, "genes vary around 0 with a spread of about 1, like z-scores, whose differences are no log2 fold "
                     "changes; kind='zscore' records that")  # fmt: skip


def _warn_of_no_z_scores(x: FloatArray, where: str) -> None:
    """Z-scores vary around 0 in every gene; those against other samples may lie off it, but not all on one side."""
    least, most = float(np.nanmin(x)), float(np.nanmax(x))
    known = ~np.isnan(x).all(axis=0)
    centre = float(np.median(np.nanmean(x[:, known], axis=0)))
    if least >= 0 or abs(centre) > 2:
        likely = (
            "kind='normalized' (rsem, fpkm, tpm) reads linear values"
            if most > _MOST_LOG2
            else "kind='log2' reads logarithms"
        )
        _warn(where, f"values from {least:.4g} to {most:.6g} with a typical mean of {centre:.3g} per gene, but "
                     f"z-scores vary around 0; {likely}")  # fmt: skip


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
    if kind in (*COUNTED, *LINEAR):
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
    name = name.strip()
    match = ENSEMBL.fullmatch(name) or _FIREHOSE.fullmatch(name)
    return match[1] if match else name


def _annotated(matrix: pd.DataFrame, symbols: pd.Series, kind: str, note: dict[str, object], where: str) -> AnnData:
    from anndata import AnnData

    names = [str(name) for name in matrix.columns]
    ensembl = [ENSEMBL.fullmatch(name) is not None for name in names]
    known = symbols.fillna("").astype(str)
    var = pd.DataFrame(
        {
            "symbol": [s or ("" if e or n.isdigit() else n) for s, e, n in zip(known, ensembl, names, strict=True)],
            "ensembl_id": [n if e else "" for e, n in zip(ensembl, names, strict=True)],
        },
        index=pd.Index(names),
        dtype=object,
    )
    x = matrix.to_numpy(dtype=float)
    obs = pd.DataFrame(index=pd.Index([str(p) for p in matrix.index]))
    if kind in COUNTED:
        adata = AnnData(np.log2(x / x.sum(axis=1, keepdims=True) * 1e6 + 1), obs=obs, var=var)
        adata.layers[keys.COUNTS] = x.astype(np.int64)
        note["x"] = "log2(counts per million + 1)"
    else:
        adata = AnnData(np.log2(x + 1) if kind in LINEAR else x, obs=obs, var=var)
        note["x"] = "log2(value + 1)" if kind in LINEAR else "as it came"
    adata.uns.update(to_uns(expression={**note, "file": where.replace("\\", "/").rpartition("/")[2]}))
    return adata


def _warn(where: str, text: str) -> None:
    warnings.warn(f"{where}: {text}", RadiogenomicsWarning, stacklevel=3)
