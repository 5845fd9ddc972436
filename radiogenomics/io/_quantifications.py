"""Files of one patient each, as programs write them: STAR, featureCounts, RSEM, salmon, kallisto, GDC."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.io._expression_table import SUMMARIES, Expression, opened
from radiogenomics.io._tables import Table, existing_file, numbers_of, read_table

STRANDEDNESS = ("unstranded", "forward", "reverse")
_TRANSCRIPT = re.compile(r"(ENS[A-Z]*T\d{6,}|[NX][MR]_\d+)(\.\d+)?")


@dataclass(frozen=True)
class _Format:
    """How a program writes: columns that tell it, those of gene, symbol and values; of counts, one per strandedness."""

    name: str
    tells: frozenset[str]
    gene: str
    counts: tuple[str, ...]
    tpm: str = ""
    fpkm: str = ""
    symbol: str = ""


#: Names of STAR's four columns, which its files do not have.
_STAR = ("gene", *STRANDEDNESS)
_FORMATS = (
    _Format("STAR", frozenset(_STAR), "gene", STRANDEDNESS),
    _Format("GDC", frozenset({"gene_id", "unstranded", "stranded_first", "stranded_second"}), "gene_id",
            ("unstranded", "stranded_first", "stranded_second"), "tpm_unstranded", "fpkm_unstranded", "gene_name"),
    _Format("RSEM", frozenset({"gene_id", "expected_count", "TPM"}), "gene_id", ("expected_count",), "TPM", "FPKM"),
    _Format("salmon", frozenset({"Name", "EffectiveLength", "TPM", "NumReads"}), "Name", ("NumReads",), "TPM"),
    _Format("kallisto", frozenset({"target_id", "est_counts", "tpm"}), "target_id", ("est_counts",), "tpm"),
    _Format("featureCounts", frozenset({"Geneid", "Chr", "Start", "End", "Strand", "Length"}), "Geneid", ("",)),
)  # fmt: skip
#: Names of files by program, as they are found in a folder and taken off the sample's name.
_FILES = re.compile(
    r"[._-]?(ReadsPerGene\.out\.tab|rna_seq\.augmented_star_gene_counts\.tsv|(rsem\.)?genes\.results|quant\.genes\.sf"
    r"|(gene_)?abundance(\.genes?)?\.tsv|(?P<table>(featureCounts|counts)\.(txt|tsv)))(\.gz)?$",
    re.IGNORECASE,
)


def sample_files(path: StrPath | Sequence[StrPath] | Mapping[str, StrPath]) -> dict[str, Path] | None:
    """Files by patient of a folder, a list or a mapping; ``None`` for a single table."""
    if isinstance(path, Mapping):
        return {str(name): existing_file(file) for name, file in path.items()}
    if isinstance(path, Sequence) and not isinstance(path, str):
        return _by_name([existing_file(file) for file in path], "path")
    file = Path(path).expanduser().absolute()
    if file.is_dir():
        files = sorted(f for f in file.rglob("*") if f.is_file() and _FILES.search(f.name))
        if not files:
            seen = ", ".join(sorted(f.name for f in file.iterdir())[:4]) or "nothing"
            expected = "ReadsPerGene.out.tab, genes.results, quant.genes.sf or the like, one per patient"
            raise InputError(str(path), Fault(f"a folder with {seen}", expected))
        return _by_name(files, str(path))
    named = _FILES.search(file.name)
    # featureCounts and tables called "counts" hold many patients in one file.
    return _by_name([file], str(path)) if named and file.is_file() and not named["table"] else None


def _by_name(files: Sequence[Path], where: str) -> dict[str, Path]:
    """Patient by file: the name without what programs add, or that of its folder where nothing is left."""
    found: dict[str, Path] = {}
    faults = []
    for file in files:
        name = _FILES.sub("", file.name) or file.parent.name
        if name == file.name:
            name = file.name.removesuffix(".gz").rsplit(".", 1)[0]
        if name in found:
            hint = "Give a mapping of patients to files"
            faults.append(Fault(f"patient {name!r} in {found[name].name} and {file.name}", "a file each", hint=hint))
        found[name] = file
    if not found:
        faults.append(Fault("no file", "at least one"))
    if faults:
        raise InputError(where, faults)
    return found


def read_sample_files(files: Mapping[str, Path], kind: str, strandedness: str | None, where: str) -> Expression:
    """Read one file per patient, all of one program and with the same genes."""
    tables = {patient: _read(file) for patient, file in files.items()}
    formats = {patient: _format_of(table) for patient, table in tables.items()}
    programs = sorted({found.name for found in formats.values()})
    if len(programs) > 1:
        raise InputError(where, Fault(f"files of {' and '.join(programs)}", "files of one program"))
    found = next(iter(formats.values()))
    columns = _columns(found, next(iter(tables.values())), kind, where)
    genes, values = _numbers(files, tables, found, columns, where)
    chosen = _strand(found, columns, values, strandedness, where)
    summary = genes.str.startswith(SUMMARIES)
    matrix = pd.DataFrame(values[:, :, chosen], index=pd.Index(list(files)), columns=genes)
    first = next(iter(tables.values())).cells
    symbols = pd.Series(first[found.symbol].to_numpy() if found.symbol else "", index=genes, dtype=object)
    _refuse_transcripts(genes[~summary], where)
    note: dict[str, object] = {
        "orientation": "one file per sample", "program": found.name, "column": columns[chosen] or "the last",
        "rows_left_out": list(genes[summary]),
    }  # fmt: skip
    if len(columns) > 1:
        note["strandedness"] = strandedness
    return Expression(matrix.loc[:, ~summary], symbols[~summary], note, matrix.loc[:, summary])


def _read(file: Path) -> Table:
    try:
        with opened(file) as stream:
            # STAR writes no header: what stands there is its first row.
            star = stream.readline().startswith("N_")
    except (OSError, EOFError, UnicodeDecodeError):
        star = False  # read_table says why the file cannot be read
    return read_table(file, sep="\t", comment="#", header=_STAR if star else ())


def _format_of(table: Table) -> _Format:
    columns = set(table.cells.columns)
    found = [f for f in _FORMATS if f.tells <= columns]
    if not found:
        names = ", ".join(map(repr, list(table.cells.columns)[:6]))
        expected = f"the columns of {', '.join(f.name for f in _FORMATS)}"
        raise InputError(str(table.path), Fault(f"columns {names}", expected, row=1))
    return found[0]


def _columns(found: _Format, table: Table, kind: str, where: str) -> tuple[str, ...]:
    """Columns of the values asked for; for counts of a stranded protocol one per strandedness."""
    if kind in ("counts", "expected_counts"):
        return found.counts if found.counts != ("",) else (str(table.cells.columns[-1]),)
    column = {"tpm": found.tpm, "fpkm": found.fpkm}.get(kind, "")
    if not column:
        have = ["counts", *(k for k in ("tpm", "fpkm") if getattr(found, k))]
        raise InputError(where, Fault(f"kind {kind!r} of files of {found.name}", f"one of {', '.join(have)}"))
    return (column,)


def _numbers(
    files: Mapping[str, Path], tables: Mapping[str, Table], found: _Format, columns: tuple[str, ...], where: str
) -> tuple[pd.Index, FloatArray]:
    """Genes of every file, and patients x genes x columns."""
    genes: pd.Index = pd.Index([], dtype=object)
    out, faults = [], []
    for patient, table in tables.items():
        cells = table.cells
        names: pd.Index = pd.Index(cells[found.gene].str.strip())
        genes = names if not len(genes) else genes
        # featureCounts names the column of the values after the BAM file.
        own = (str(cells.columns[-1]),) if found.name == "featureCounts" else columns
        values = np.empty((len(cells), len(own)))
        for k, column in enumerate(own):
            numbers = pd.to_numeric(cells[column].str.strip(), errors="coerce")
            if numbers.isna().any():
                numbers = numbers_of(cells[column])
                for i in np.flatnonzero(numbers.isna())[:10]:
                    # GDC leaves normalised values of its N_ rows empty.
                    if not names[i].startswith(SUMMARIES):
                        what = Fault(repr(cells[column].iloc[i]), "a number", row=table.rows[i], column=column)
                        faults.append(Fault(f"{files[patient].name}: {what.found}", what.expected, what.row, column))
            values[:, k] = numbers.to_numpy()
        if not names.equals(genes):
            if len(names) != len(genes) or not names.is_unique or set(names) != set(genes):
                more = f"{len(names.difference(genes))} other and lacks {len(genes.difference(names))} genes"
                faults.append(
                    Fault(f"{files[patient].name} has {more}", f"the genes of {next(iter(files.values())).name}")
                )
                continue
            values = values[names.get_indexer(genes)]
        out.append(values)
    if faults:
        raise InputError(where, faults)
    return genes, np.stack(out)


def _strand(found: _Format, columns: tuple[str, ...], values: FloatArray, strandedness: str | None, where: str) -> int:
    """Which of the columns to take."""
    if len(columns) == 1:
        if strandedness is not None:
            hint = "Only STAR and the GDC write a column per strandedness"
            raise InputError("strandedness", Fault(f"{strandedness!r} for {found.name}", "none", hint=hint))
        return 0
    totals = np.nansum(values[:, 0 if values.shape[1] < 5 else 4 :], axis=(0, 1))
    said = ", ".join(f"{name} {total:,.0f}" for name, total in zip(STRANDEDNESS, totals, strict=True))
    looks = _looks(totals)
    if strandedness is None:
        hint = f"That is what a library of strandedness={looks!r} looks like" if looks else "Ask the sequencing centre"
        raise InputError("strandedness", Fault(f"none, for files of {found.name} with counts of {said}",
                                               f"one of {', '.join(STRANDEDNESS)}", hint=hint))  # fmt: skip
    if looks and strandedness != looks and strandedness != "unstranded":
        warnings.warn(
            f"{where}: strandedness={strandedness!r}, but the counts ({said}) look like {looks!r}",
            RadiogenomicsWarning, stacklevel=4,
        )  # fmt: skip
    return STRANDEDNESS.index(strandedness)


def _looks(totals: FloatArray) -> str:
    """The strandedness that totals speak for, ``""`` where they speak for none."""
    _, forward, reverse = totals
    if max(forward, reverse) <= 0:
        return ""
    share = forward / (forward + reverse)
    return "forward" if share > 0.8 else "reverse" if share < 0.2 else "unstranded" if 0.4 < share < 0.6 else ""


def _refuse_transcripts(genes: pd.Index, where: str) -> None:
    share = np.mean([_TRANSCRIPT.fullmatch(name) is not None for name in genes]) if len(genes) else 0.0
    if share > 0.5:
        hint = "Have the program sum transcripts to genes (salmon quant --geneMap, tximport)"
        raise InputError(where, Fault(f"transcripts such as {genes[0]!r}", "genes", hint=hint))
