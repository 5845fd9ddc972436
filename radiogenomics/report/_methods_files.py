"""The methods text as a file, and what it cites as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from radiogenomics.report._references import BIBTEX, REFERENCES

METHODS, BIBLIOGRAPHY = "methods.md", "references.bib"
#: An entry begins at the start of a line and ends before the next one.
_ENTRY = re.compile(r"^@\w+\{([^,\s]+),.*?(?=^@|\Z)", re.MULTILINE | re.DOTALL)


def methods_text(methods: Mapping[str, Any], versions: Mapping[str, str], *, title: str) -> str:
    """The methods as Markdown: a paragraph per step, the versions, and the numbered references."""
    out = [f"# Methods: {title}", ""]
    for paragraph in methods["paragraphs"]:
        out += [f"## {paragraph['heading']}", "", paragraph["text"], ""]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    out += ["## Software", "", f"The analysis was run with {told}.", ""]
    if methods["references"]:
        out += ["## References", ""]
        out += [f"{i}. {text}" for i, text in enumerate(methods["references"], start=1)] + [""]
    return "\n".join(out)


def bibliography(cited: Sequence[str], more: Sequence[str] = ()) -> str:
    """BibTeX of the references of the methods (short names), in their order, and of further keys."""
    entries = entries_of_manual()
    keys = dict.fromkeys([BIBTEX.get(name, name) for name in cited] + list(more))
    # A reference that the bibliography of the manual lacks is still cited, as its text.
    return "\n".join(entries[key] if key in entries else _as_note(key) for key in keys) + "\n"


def _as_note(key: str) -> str:
    return f"@misc{{{key}, note={{{REFERENCES[key]}}}}}"


@cache
def entries_of_manual() -> dict[str, str]:
    """Entries of the manual's bibliography by key; it lies in the installed package, or beside it in a checkout."""
    inside = resources.files("radiogenomics") / "vignettes" / BIBLIOGRAPHY
    file = inside if inside.is_file() else Path(__file__).parents[2] / "vignettes" / BIBLIOGRAPHY
    text = file.read_text(encoding="utf-8")
    return {match[1]: match[0].strip() for match in _ENTRY.finditer(text)}
