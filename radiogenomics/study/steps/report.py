"""The report, with its tables and figures."""

from __future__ import annotations

from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps.check import sheets_in
from radiogenomics.study.steps.outputs import annotate, remove_old


def run(context: Context) -> None:
    """Write the report; tables and figures of results that are gone are removed."""
    from radiogenomics import report

    annotate(context)
    remove_old(context)
    title = context.settings.title or context.file.name
    page = report.write(context.mdata, context.output, title=title, provenance=context.provenance.content,
                        contact_sheets=sheets_in(context.folder.parent / "check"))  # fmt: skip
    context.outputs += [
        page,
        *sorted((context.output / "tables").glob("*.csv")),
        *sorted((context.output / "figures").glob("*.*")),
    ]


REPORT = Step("report", run, "final", needs=("outputs",))
