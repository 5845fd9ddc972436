"""The cohort with everything in it, and what went wrong, as files."""

from __future__ import annotations

import json

from radiogenomics._cohort import to_uns
from radiogenomics.study._files import whole_file
from radiogenomics.study._provenance import plain_settings, versions
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import FAILURES, write_failures

COHORT = "cohort.h5mu"


def run(context: Context) -> None:
    """Write ``cohort.h5mu``; without a report also the tables, which the report otherwise writes."""
    from radiogenomics import io
    from radiogenomics.report._tables import tables_of, write_tables

    annotate(context)
    with whole_file(context.output / COHORT) as part:
        io.write_cohort(context.mdata, part)
    context.outputs.append(context.output / COHORT)
    failures = write_failures(context.output, context.provenance.content["failures"])
    context.outputs.append(failures)
    if context.file.steps.report is None:
        remove_old(context)
        for name in ("report.html", "methods.md", "references.bib"):
            (context.output / name).unlink(missing_ok=True)
        context.outputs += write_tables(tables_of(context.mdata), failures.parent)


def remove_old(context: Context) -> None:
    """Remove the tables and figures of an earlier run: results that are gone must not look current."""
    for folder in ("tables", "figures"):
        for old in (context.output / folder).glob("*.*"):
            if old.name != FAILURES:
                old.unlink()


def annotate(context: Context) -> None:
    """Store in the cohort itself what the study was and what it could not do."""
    content = context.provenance.content
    uns = context.mdata.uns
    named = {name: value for name, value in context.file.steps.named().items() if name != "report"}
    uns["skipped"] = json.dumps(
        [
            {"step": row["step"], "what": row["what"], "reason": f"{row['what']}: {row['reason']}"}
            for row in content["skipped"]
        ]
    )
    uns["study"] = to_uns(
        name=context.file.name,
        steps={name: plain_settings(value, context.output) for name, value in named.items()},
        versions=versions(),
        rng=context.file.rng,
    )


OUTPUTS = Step("outputs", run, "final", reads=lambda file: [file.name, file.steps.report is None])
