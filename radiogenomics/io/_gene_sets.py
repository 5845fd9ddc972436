"""Gene sets from GMT files."""

from __future__ import annotations

from radiogenomics._gmt import parse_gmt
from radiogenomics._types import StrPath


def read_gmt(path: StrPath) -> dict[str, list[str]]:
    """Read gene sets from a GMT file (plain or gzip).

    Parameters
    ----------
    path
        Tab-separated text: name, description, genes; one set per line.

    Returns
    -------
    Genes by set name, in the order of the file, each gene once per set.

    Raises
    ------
    InputError
        With every faulty line: too few fields, no name, no genes, a set that comes twice.
    """
    return parse_gmt(path)
