"""The report, with its tables and figures."""

from __future__ import annotations

from radiogenomics.study._check_checklists import answer_paths, answers_of
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps.check import sheets_in
from radiogenomics.study.steps.outputs import annotate, remove_old


def run(context: Context) -> None:
    """Write the report; tables and figures of results that are gone are removed."""
    from radiogenomics import report

    annotate(context)
    remove_old(context)
    title = context.settings.title or context.file.name
    lists = context.settings.checklists
    page = report.write(context.mdata, context.output, title=title, provenance=context.provenance.content,
                        contact_sheets=sheets_in(context.folder.parent / "check"), checklists=lists.which,
                        answers=answers_of(lists))  # fmt: skip
    context.outputs += [
        page,
        page.with_name("methods.md"),
        page.with_name("references.bib"),
        *sorted((context.output / "tables").glob("*.csv")),
        *sorted((context.output / "figures").glob("*.*")),
    ]


REPORT = Step("report", run, "final", inputs=answer_paths, needs=("outputs",))
