"""``compare``: what differs between two runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics._errors import Fault, InputError
from radiogenomics.cli._console import tell

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics.study._compare import Comparison

_SHOWN = 20


def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="Output folder of a run.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Output folder of another run.")],
    tolerance: Annotated[float, typer.Option(help="Numbers differ beyond this part of the larger one.")] = 1e-6,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one row per difference as CSV.")] = False,
) -> None:
    """Say what differs between two runs: inputs, settings, versions, patients left out, groups, tables, figures."""
    if as_json and as_csv:
        raise InputError("options", Fault("--json and --csv", "one of them"))
    from radiogenomics.study import compare as compare_runs

    found = compare_runs(run_a, run_b, tolerance=tolerance)
    for note in found.notes:
        tell(f"note: {note}", err=True)
    if as_csv:
        typer.echo(found.differences.to_csv(index=False), nl=False)
    elif as_json:
        typer.echo(_json(found))
    else:
        typer.echo("\n".join(_text(found)))


def _json(found: Comparison) -> str:
    rows = json.loads(found.differences.to_json(orient="records"))
    told = [{key: value for key, value in row.items() if value is not None} for row in rows]
    content = {"a": found.a, "b": found.b, "notes": list(found.notes), "same": found.same, "differences": told}
    return json.dumps(content, indent=2, ensure_ascii=False)


def _text(found: Comparison) -> list[str]:
    lines = [f"A: {found.a}", f"B: {found.b}"]
    for part, n in found.same.items():
        rows = found.differences[found.differences["part"] == part]
        if rows.empty:
            lines.append(f"{part}: {'nothing in either' if n == 0 else f'the same ({n})'}")
            continue
        lines.append(f"{part}: {len(rows)} {'differs' if len(rows) == 1 else 'differ'}, {n} the same")
        lines += [f"  {_line(row)}" for _, row in rows.head(_SHOWN).iterrows()]
        if len(rows) > _SHOWN:
            lines.append(f"  and {len(rows) - _SHOWN} more; --csv lists all")
    return lines


def _line(row: pd.Series) -> str:
    told = row["told"] if isinstance(row["told"], str) else ""
    change = row["change"] if row["change"] != "differs" else ""
    return f"{row['item']}: " + ": ".join(filter(None, (change, told)))
