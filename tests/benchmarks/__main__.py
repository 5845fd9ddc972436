"""``python -m tests.benchmarks [TOPIC ...]``: measures every registered row (long topics only by name); one table."""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

from tests.benchmarks._framework import BENCHMARKS, LONG, markdown


def main(topics: list[str]) -> int:
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"tests.benchmarks.{file.stem}")
    known = sorted({topic for topic, _ in BENCHMARKS})
    unknown = [topic for topic in topics if topic not in known]
    if unknown:
        print(f"No benchmark of {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    rows = []
    for topic, function in BENCHMARKS:
        if topic in topics or (not topics and topic not in LONG):
            for row in function():
                print(f"{topic}: {row.name} done", file=sys.stderr, flush=True)
                rows.append((topic, row))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n\n{markdown(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
