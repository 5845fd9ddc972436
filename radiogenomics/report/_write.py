"""Write the report: one HTML file that needs nothing else, and its tables and figures as files beside it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from radiogenomics._errors import Fault, InputError
from radiogenomics.report._figures import Picture, draw, plans, write_figures
from radiogenomics.report._found import results_in
from radiogenomics.report._images_section import sheet_plans
from radiogenomics.report._methods_files import BIBLIOGRAPHY, METHODS, bibliography, methods_text
from radiogenomics.report._summarize import summarize
from radiogenomics.report._svg import inline, width_of
from radiogenomics.report._tables import tables_of, write_tables
from radiogenomics.report._told import told_by
from radiogenomics.report.checklists._answers import read_answers
from radiogenomics.report.checklists._fill import fill_all
from radiogenomics.report.checklists._load import NAMES, checklist_named
from radiogenomics.report.checklists._section import tables as checklist_tables

if TYPE_CHECKING:
    from radiogenomics._types import Cohort, StrPath


#: Figures broader than this (in CSS pixels) get a row of their own.
_WIDE = 560
#: Rows of a table that are printed; paper cannot be filtered.
PRINTED_ROWS = 25
#: Rows from which a table gets a box to filter it by.
FILTERED_FROM = 9
#: Letters of a cell from which it may break at underscores.
_LONG = 24
#: The sign in the name of a combined group: ``A x B``.
_NAMES_CROSSED = re.compile(r"(?<=\b\w) x (?=\w\b)")


def write(
    data: Cohort,
    out: StrPath,
    *,
    title: str | None = None,
    provenance: Mapping[str, Any] | StrPath | None = None,
    contact_sheets: Mapping[str, StrPath] | None = None,
    checklists: Sequence[str] = NAMES,
    answers: Mapping[str, Any] | StrPath | None = None,
) -> Path:
    """Write everything a cohort holds as one self-contained HTML report.

    Everything is drawn and rendered before the first file is written.

    Parameters
    ----------
    data
        Cohort with stored results; what was not computed is not in the report.
    out
        Folder, which then gets ``report.html``, or the path of an ``.html`` file. Beside the page come ``tables/*.csv``
        (every stored table, all rows) and ``figures/*.svg``, each with its data as ``.csv``.
    title
        Heading of the report.
    provenance
        Inputs, settings, versions and timings of the run: a mapping, or the path of its ``provenance.json``, which the
        page then links to.
    contact_sheets
        SVG files of :func:`radiogenomics.pl.contact_sheet` by sequence, for the section on the images; its remarks come
        from ``data.uns["image_check"]``, the table of :func:`radiogenomics.im.check`.
    checklists
        Reporting checklists to fill, as of :func:`radiogenomics.report.checklist`; those for radiomics alone are left
        out of a cohort without features of images.
    answers
        What the authors state in them.

    Returns
    -------
    pathlib.Path
        The HTML file. Beside it also come ``methods.md`` and what it cites as ``references.bib``.

    Raises
    ------
    InputError
        If nothing was computed (the message names the functions to run), or if `out` cannot be written to.
    """
    page = _page_of(Path(out))
    told, link = _provenance_of(provenance, page)
    sheets = sheet_plans(data, contact_sheets or {})
    filled = fill_all(data, checklists, provenance=told, answers=read_answers(answers))
    report = summarize(data, title=title, provenance=told, link=link, sheets=sheets, checklists=filled)
    results = results_in(data)
    pictures = [draw(plan) for plan in (*plans(data, results), *sheets)]
    html = render(report, pictures, written=date.today())
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_tables([*tables_of(data, results), *checklist_tables(filled)], page.parent / "tables")
        write_figures(pictures, page.parent / "figures")
        methods, cited = report["methods"], [checklist_named(name).bibtex for name in filled]
        text = methods_text(methods, report["versions"], title=report["title"])
        (page.parent / METHODS).write_text(text, encoding="utf-8")
        (page.parent / BIBLIOGRAPHY).write_text(bibliography(methods["cited"], cited), encoding="utf-8")
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputError(
            str(page), Fault(error.strerror or str(error), "a folder that can be written to", hint="Give another out=.")
        ) from error
    return page


def render(report: Mapping[str, Any], pictures: Sequence[Picture], *, written: date | None = None) -> str:
    """The page as text, from the summary and the drawn figures."""
    folder = resources.files("radiogenomics.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    used = {b["name"] for s in report["sections"] for part in (s, *s["parts"]) for b in part["blocks"]
            if b["kind"] == "figure"}  # fmt: skip
    patients = {name: i for i, name in enumerate(report["patients"])}
    # What no section shows (a contact sheet that is too large) stays a file.
    svgs = {p.plan.name: inline(p.svg, p.plan.name, marks=p.marks, patients=patients, named=p.plan.named)
            for p in pictures if p.svg is not None and p.plan.name in used}  # fmt: skip
    environment.filters["unbroken"] = _unbroken
    environment.filters["cell"] = _cell
    script = (folder / "script.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("report.html.j2").render(
        report=report,
        svgs={name: Markup(svg) for name, svg in svgs.items()},
        marked={name for name, svg in svgs.items() if " data-p=" in svg},
        patients=patients,
        ids=_json(report["patients"]),
        printed=PRINTED_ROWS,
        filtered=FILTERED_FROM,
        wide={p.plan.name for p in pictures if p.svg is not None and width_of(p.svg) > _WIDE},
        problems={p.plan.name: p.problem for p in pictures if p.svg is None},
        style=Markup((folder / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        date=written.isoformat() if written else None,
    )


def _json(names: Sequence[str]) -> Markup:
    """Names as a JSON list that may stand in a ``<script>`` element: nothing in it can end the element."""
    text = json.dumps(list(names), ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _unbroken(text: str) -> str:
    """The text with figures kept on one line with their signs: ``p = 0.04``, ``95 % CI``."""
    text = _NAMES_CROSSED.sub("\u00a0x\u00a0", re.sub(r" ([=<]) ", "\u00a0\\1\u00a0", text))
    return re.sub(r"(?<=\d) %", "\u00a0%", text).replace("\u00a0% CI", "\u00a0%\u00a0CI")


def _cell(text: str) -> Markup:
    """Text of a cell: names of groups stay on one line, long names of columns may break at their underscores."""
    kept = str(escape(_NAMES_CROSSED.sub("\u00a0x\u00a0", text)))
    return Markup(kept.replace("_", "_<wbr>") if len(text) >= _LONG else kept)


def _page_of(out: Path) -> Path:
    page = out if out.suffix.lower() == ".html" else out / "report.html"
    if page.is_dir() or (page.parent.exists() and not page.parent.is_dir()):
        raise InputError("out", Fault(f"{out}, which is in the way", "a folder, or the path of an .html file"))
    return page


def _provenance_of(given: Mapping[str, Any] | StrPath | None, page: Path) -> tuple[dict[str, Any] | None, str | None]:
    """What the provenance says, and its path as seen from the page (``None`` where it is not below the page)."""
    if given is None or isinstance(given, Mapping):
        beside = page.parent / "provenance.json"
        return (dict(given) if given is not None else None), (beside.name if given and beside.is_file() else None)
    told, path = told_by(given), Path(given)
    folder, target = page.parent.resolve(), path.resolve()
    return told, (target.relative_to(folder).as_posix() if target.is_relative_to(folder) else None)
