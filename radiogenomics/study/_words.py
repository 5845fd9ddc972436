"""Messages of functions in the words of the study file: its keys instead of arguments and functions."""

from __future__ import annotations

import re
from typing import TypeVar

from radiogenomics._errors import RadiogenomicsError

E = TypeVar("E", bound=RadiogenomicsError)

_SAID = (
    (r"rg\.pp\.clean_features and rg\.pp\.impute", "step clean"),
    (r"rg\.pp\.(clean_features|impute|scale)\b(\([^)]*\))?", "step clean"),
    (r"rg\.pp\.normalize_counts\b", "step normalise"),
    (r"rg\.pp\.combat\b", "step harmonise"),
    (r"rg\.pp\.filter_genes\b", "step normalise, filter"),
    (r"\bstrandedness=", "data.rna.strandedness: "),
    (r"\bsex_codes=", "steps.quality.sex_codes: "),
    (r"rg\.tl\.consensus_cluster\b", "step cluster"),
    (r",? or give id_pattern=", ""),
    (r"\b(id|text|numeric|missing)=(?=\W|$)", r"data.clinical.\1: "),
    (r"\b(codes|causes|positive|unit)=", r"\1: "),
    (r"rg\.pp\.filter_icc\b", "step icc"),
    (r"\b(reader|reading|visit)=", r"steps.extract.\1: "),
    (r"\b(n_clusters|max_clusters|sample_fraction|n_null|categorical|reference|strata|unseen|mean_only)=", r"\1: "),
)  # fmt: skip


def in_study_words(error: E) -> E:
    """The same error; its text names keys of the study file."""
    text = str(error)
    for pattern, said in _SAID:
        text = re.sub(pattern, said, text)
    text = re.sub(r"(?<=\S) +(?=[.;,)]|$)", "", text, flags=re.MULTILINE)
    error.args = (re.sub(r"(?<=\S)  +", " ", text), *error.args[1:])
    return error
