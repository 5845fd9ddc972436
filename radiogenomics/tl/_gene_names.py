"""Gene names of a result and of gene sets: which naming scheme they follow, and how far they meet."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning

_SCHEMES = (
    ("Ensembl ids with version", re.compile(r"ENS[A-Z]*[GTP]\d{6,}\.\d+")),
    ("Ensembl ids", re.compile(r"ENS[A-Z]*[GTP]\d{6,}")),
    ("Entrez ids", re.compile(r"\d+")),
    ("mouse symbols", re.compile(r"[A-Z][a-z0-9]*[a-z][A-Za-z0-9.-]*")),
    ("human symbols", re.compile(r"[A-Z0-9][A-Z0-9a-z.@_/-]*")),
)
_LEAST_SHARE = 0.5


def scheme_of(names: Iterable[str]) -> str:
    """Naming scheme that most of (the first thousand) names follow."""
    found = Counter(
        next((scheme for scheme, pattern in _SCHEMES if pattern.fullmatch(name)), "names of no known scheme")
        for name in islice(names, 1000)
    )
    return found.most_common(1)[0][0] if found else "no names"


def identifiers(table: pd.DataFrame, collections: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[str, pd.Series]:
    """The column of the result (``symbol`` or ``gene``) that more gene sets know, and its names.

    Raises
    ------
    InputError
        If neither has a gene in common with the sets; the message says which schemes they follow.
    """
    known = {gene for sets in collections.values() for genes in sets.values() for gene in genes}
    columns = {name: table[name] for name in ("symbol", "gene") if name in table}
    shared = {name: int(values.isin(known).sum()) for name, values in columns.items()}
    best = max(shared, key=lambda name: shared[name])
    if shared[best]:
        return best, columns[best]
    measured = columns[best].dropna().astype(str)
    theirs, ours = scheme_of(sorted(known)), scheme_of(measured)
    same = theirs == ours
    raise InputError(
        "gene_sets",
        Fault(
            f"no gene in common: the sets hold {theirs} (such as {', '.join(sorted(known)[:3])}), "
            f"the expression {ours} (such as {', '.join(measured[:3])})",
            "names that both have" if same else "one naming scheme",
            hint="The names are of one kind but other genes: of another list of genes, or another species."
            if same
            else "Take gene sets of the other scheme, or set var['symbol'] of the expression.",
        ),
    )


def _other_scheme(genes: set[str], measured: set[str]) -> str:
    """Says so where the two sides follow different naming schemes."""
    theirs, ours = scheme_of(sorted(genes)), scheme_of(sorted(measured))
    if theirs == ours:
        return ""
    return f". The measured genes look like {ours}, those of the sets like {theirs}: take sets of the other scheme"


def coverage_table(
    collections: Mapping[str, Mapping[str, Sequence[str]]],
    usable: Mapping[str, Mapping[str, Sequence[str]]],
    measured: set[str],
) -> pd.DataFrame:
    """How far each collection and the measured genes meet; warns when under half of a collection's genes were measured.

    ``share`` is the part of the sets' genes that were measured, ``share_of_measured`` the part of the measured genes
    that stand in a set. The second is small for any whole transcriptome and says little about the test.
    """
    rows = []
    for collection, sets in collections.items():
        genes = {gene for members in sets.values() for gene in members}
        both = len(genes & measured)
        share = both / len(genes)
        percent = f"{100 * share:.0f} %"
        if share < _LEAST_SHARE:
            warnings.warn(
                f"collection {collection!r}: only {both} of its {len(genes)} genes ({percent}) were measured, "
                f"and {both} of {len(measured)} measured genes are in its sets; the sets are tested on these few "
                f"genes, and many can show nothing{_other_scheme(genes, measured)}",
                RadiogenomicsWarning,
                stacklevel=4,
            )
        rows.append(
            {
                "collection": collection,
                "n_sets": len(sets),
                "n_tested": len(usable[collection]),
                "genes_in_sets": len(genes),
                "genes_measured": len(measured),
                "genes_measured_in_sets": both,
                "share": share,
                "share_of_measured": both / len(measured),
            }
        )
    return pd.DataFrame(rows)
