"""Rows of the speed table: ours and its peer measured in turns in one run, so that a busy machine slows both."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Run = Callable[[], object]
Benchmark = Callable[[], "Iterable[Row]"]

#: Every registered benchmark: (topic, function that measures its rows), in the order of registration.
BENCHMARKS: list[tuple[str, Benchmark]] = []
#: Topics that run only where they are named, because they take many minutes.
LONG: set[str] = set()


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of ours, seconds of the peer (``None`` where there is none) and what is asked.

    ``goal_ratio`` is the least peer / ours, ``goal_seconds`` the most seconds of ours; the row meets its goal when
    both hold.
    """

    name: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    goal_ratio: float | None = None
    goal_seconds: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.peer / self.ours

    @property
    def goal(self) -> str:
        parts = []
        if self.goal_ratio is not None:
            parts.append(f"at least {self.goal_ratio:g} times")
        if self.goal_seconds is not None:
            parts.append(f"under {duration(self.goal_seconds)}")
        return ", ".join(parts)

    @property
    def met(self) -> bool:
        fast = self.goal_seconds is None or self.ours <= self.goal_seconds
        faster = self.goal_ratio is None or (self.ratio is not None and self.ratio >= self.goal_ratio)
        return fast and faster


def benchmark(topic: str, *, long: bool = False) -> Callable[[Benchmark], Benchmark]:
    """Registers a function that measures and yields rows; a `long` topic runs only when it is asked for by name."""
    if long:
        LONG.add(topic)

    def register(function: Benchmark) -> Benchmark:
        BENCHMARKS.append((topic, function))
        return function

    return register


def compare(
    name: str,
    ours: Run,
    peer: Run | None,
    *,
    peer_name: str = "",
    peer_scale: float = 1.0,
    goal_ratio: float | None = None,
    goal_seconds: float | None = None,
    seconds: float = 2.0,
    note: str = "",
) -> Row:
    """Best time of each, after one unmeasured call of ours (compilation), taking turns for about ``seconds``.

    ``peer_scale`` extrapolates a peer that was timed on a slice of the work (say so in ``note``).
    """
    ours()
    # Calls that are short next to the clock and to a scheduler's tick are timed in blocks.
    ours_block = max(1, int(0.02 / max(_time(ours, 1), 1e-7)))
    best_ours, best_peer = float("inf"), float("inf")
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or (time.perf_counter() < end and rounds < 100):
        best_ours = min(best_ours, _time(ours, ours_block))
        if peer is not None:
            if best_peer < float("inf") and best_peer > seconds:
                break  # a slow peer is measured once
            best_peer = min(best_peer, _time(peer, 1))
        rounds += 1
    found = None if peer is None else best_peer * peer_scale
    return Row(name, best_ours, found, peer_name, goal_ratio, goal_seconds, note)


def _time(run: Run, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def own_peak() -> int:
    """Most memory of this process so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def duration(seconds: float | None) -> str:
    """Seconds with a unit fit to read."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def markdown(rows: Iterable[tuple[str, Row]]) -> str:
    """The table as it goes into a note."""
    lines = ["| topic | what | ours | peer | peer's time | ratio | goal | met | note |", "|" + "---|" * 9]
    for topic, row in rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.3g}"
        met = ("yes" if row.met else "NO") if row.goal else "-"
        cells = (topic, row.name, duration(row.ours), row.peer_name or "-", duration(row.peer), ratio, row.goal or "-")
        lines.append("| " + " | ".join((*cells, met, row.note)) + " |")
    return "\n".join(lines)
