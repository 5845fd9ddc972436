"""``doctor``: what this installation and this machine can do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from radiogenomics._doctor import Finding

AT_FAULT = 2

_SIGNS = {"ok": ("ok", "green"), "absent": ("-", "dim"), "caution": ("!", "yellow"), "fault": ("X", "red")}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Versions, extras, GPU, cores, memory and folders; exit code 2 if something will not work."""
    from radiogenomics._doctor import examine

    findings = examine()
    faults = [finding for finding in findings if finding.state == "fault"]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
        typer.echo(f"{len(faults)} fault(s)." if faults else "No fault found.")
    if faults:
        raise typer.Exit(AT_FAULT)


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for topic in dict.fromkeys(finding.topic for finding in findings):
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for finding in findings:
            if finding.topic == topic:
                sign, style = _SIGNS[finding.state]
                told = finding.told + (f". {finding.hint}" if finding.hint else "")
                table.add_row(_plain(f"  {sign}", style), _plain(finding.name), _plain(told))
        console.print(_plain(topic.capitalize(), "bold"))
        console.print(table)


def _plain(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)
