"""The report, with its tables and figures."""

from __future__ import annotations

from typing import Any

from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps.outputs import annotate, remove_old


def run(context: Context) -> None:
    """Write the report; tables and figures of results that are gone are removed."""
    from radiogenomics import report

    annotate(context)
    remove_old(context)
    title = context.settings.title or context.file.name
    page = report.write(context.mdata, context.output, title=title, provenance=_told(context))
    context.outputs += [
        page,
        *sorted((context.output / "tables").glob("*.csv")),
        *sorted((context.output / "figures").glob("*.*")),
    ]


def _told(context: Context) -> dict[str, Any]:
    """The provenance as a reader wants it: how the run ends is not known yet, and the rest has sections of its own."""
    content = context.provenance.content
    told = {name: content[name] for name in ("study", "started", "source", "rng", "versions", "platform", "inputs")}
    shown = ("step", "status", "seconds", "seed")
    steps = [{name: str(step[name]) if name == "seed" else step[name] for name in shown} for step in content["steps"]]
    return {**told, "steps": steps, "everything": "provenance.json"}


REPORT = Step("report", run, "final", needs=("outputs",))
