"""Which way round an expression table lies: found from its ids, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from radiogenomics._errors import Fault, InputError

GENES_IN_ROWS = "genes_x_samples"
SAMPLES_IN_ROWS = "samples_x_genes"
ORIENTATIONS = (GENES_IN_ROWS, SAMPLES_IN_ROWS)

ENSEMBL = re.compile(r"(ENS[A-Z]*G\d{6,})(\.\d+)?(_PAR_Y)?")
_TCGA = re.compile(r"TCGA[-.]\w{2}[-.]\w{4}([-.].*)?")
_GENE_HEADER = re.compile(
    r"(hugo_?)?(gene|symbol|ensembl|entrez|feature)([ _.]?(id|name|symbol|gene_id))?s?", re.IGNORECASE
)
_PATIENT_HEADER = re.compile(
    r"(patient|sample|case|subject|bcr_patient|submitter)([ _.]?(id|name|barcode))?s?", re.IGNORECASE
)
#: Symbols that nearly every panel or transcriptome has a few of.
_WELL_KNOWN = frozenset(
    (
        "ACTB", "AKT1", "ALB", "APC", "ATM", "BAX", "BCL2", "BRAF", "BRCA1", "BRCA2", "CASP3", "CCNB1", "CCND1", "CD4",
        "CD8A", "CDH1", "CDK1", "CDK4", "CDKN1A", "CDKN2A", "COL1A1", "CTNNB1", "EGFR", "ERBB2", "ESR1", "FN1", "FOXM1",
        "GAPDH", "GATA3", "HIF1A", "IDH1", "IFNG", "IGF1", "IGF2", "IL6", "JUN", "KIT", "KRAS", "MAPK1", "MDM2",
        "MKI67", "MMP9", "MTOR", "MYC", "NF1", "NOTCH1", "PCNA", "PDGFRA", "PIK3CA", "PTEN", "RB1", "STAT3", "TERT",
        "TGFB1", "TNF", "TOP2A", "TP53", "TUBB", "VEGFA", "VIM", "ZEB1",
    )
)  # fmt: skip


def orientation_of(
    header: str, rows: Sequence[str], columns: Sequence[str], *, patients: Sequence[str] | None, where: str
) -> str:
    """``genes_x_samples`` or ``samples_x_genes``, by the evidence of the ids.

    Parameters
    ----------
    header
        Name of the column of row ids.
    rows, columns
        Ids along either side.
    patients
        Ids of known patients, the strongest evidence.

    Raises
    ------
    InputError
        If nothing tells the two apart, or the evidence speaks for both.
    """
    evidence = _evidence(rows, columns, patients)
    if _GENE_HEADER.fullmatch(header):
        evidence[GENES_IN_ROWS].append(f"the first column is called {header!r}")
    if _PATIENT_HEADER.fullmatch(header):
        evidence[SAMPLES_IN_ROWS].append(f"the first column is called {header!r}")
    found = [side for side, reasons in evidence.items() if reasons]
    if len(found) == 1:
        return found[0]
    said = "; ".join(reason for reasons in evidence.values() for reason in reasons) or (
        f"ids that tell nothing (rows {_some(rows)}; columns {_some(columns)})"
    )
    raise InputError(
        where,
        Fault(
            said,
            "ids that show where the genes stand",
            hint=f"Say it with orientation={GENES_IN_ROWS!r} or orientation={SAMPLES_IN_ROWS!r}",
        ),
    )


def refuse_contradiction(
    orientation: str, rows: Sequence[str], columns: Sequence[str], *, patients: Sequence[str] | None, where: str
) -> None:
    """Refuse an orientation whose opposite is all that the ids (not the header) speak for."""
    evidence = _evidence(rows, columns, patients)
    other = SAMPLES_IN_ROWS if orientation == GENES_IN_ROWS else GENES_IN_ROWS
    if evidence[other] and not evidence[orientation]:
        found = f"orientation={orientation!r}, although {'; '.join(evidence[other])}"
        raise InputError(where, Fault(found, f"orientation={other!r}, or none: it is found from the ids"))


def _evidence(rows: Sequence[str], columns: Sequence[str], patients: Sequence[str] | None) -> dict[str, list[str]]:
    """What the ids along either side say, by orientation."""
    evidence = {GENES_IN_ROWS: list[str](), SAMPLES_IN_ROWS: list[str]()}
    for genes_in_rows, ids in ((True, rows), (False, columns)):
        as_genes = GENES_IN_ROWS if genes_in_rows else SAMPLES_IN_ROWS
        as_patients = SAMPLES_IN_ROWS if genes_in_rows else GENES_IN_ROWS
        side = "rows" if genes_in_rows else "columns"
        if patients is not None and set(patients) & set(ids):
            evidence[as_patients].append(f"the {side} hold known patients")
        if _share(ENSEMBL, ids) > 0.5:
            evidence[as_genes].append(f"the {side} hold Ensembl genes")
        if _share(_TCGA, ids) > 0.5:
            evidence[as_patients].append(f"the {side} hold TCGA barcodes")
        if len(_WELL_KNOWN & set(ids)) >= 2:
            evidence[as_genes].append(f"the {side} hold gene symbols")
    return evidence


def _share(pattern: re.Pattern[str], ids: Sequence[str]) -> float:
    return sum(pattern.fullmatch(i) is not None for i in ids) / len(ids) if len(ids) else 0.0


def _some(ids: Sequence[str]) -> str:
    return ", ".join(repr(i) for i in ids[:3]) + (" ..." if len(ids) > 3 else "")
