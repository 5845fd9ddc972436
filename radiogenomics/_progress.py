"""Progress bars over long work, and parallel maps that show one."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from radiogenomics._settings import settings

T = TypeVar("T")
R = TypeVar("R")


def progress_is_on() -> bool:
    """Whether bars are shown now."""
    return sys.stderr.isatty() if settings.progress is None else settings.progress


def track(items: Iterable[T], description: str, *, total: int | None = None) -> Iterator[T]:
    """Yield ``items`` and show how far the work is."""
    if not progress_is_on():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, description=description, total=total, console=Console(stderr=True), transient=True)


def workers(n_jobs: int | None) -> int:
    """Number of workers for joblib: the argument, else ``rg.settings.n_jobs``."""
    return settings.n_jobs if n_jobs is None else n_jobs


def parallel_map(
    function: Callable[..., R],
    arguments: Sequence[tuple[Any, ...]],
    *,
    n_jobs: int | None,
    description: str,
    threads: bool = False,
) -> list[R]:
    """``function(*a)`` for every ``a``, in order, through joblib (so ``joblib.parallel_config`` moves it).

    ``threads`` prefers threads to processes: for compiled work that releases the interpreter lock.
    """
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=workers(n_jobs), return_as="generator", prefer="threads" if threads else None)
    parent = os.getpid()
    results = parallel(delayed(_while_parent_lives)(parent, function, a) for a in arguments)
    return list(track(results, description, total=len(arguments)))


def _while_parent_lives(parent: int, function: Callable[..., R], arguments: tuple[Any, ...]) -> R:
    """Call the function; in a worker process, see to it that the worker ends with the process that started it."""
    if os.getpid() != parent and os.getppid() == parent:
        _watch(parent)
    return function(*arguments)


@cache
def _watch(parent: int) -> None:
    """Start, once per worker, the thread that ends an orphan: a killed parent cannot tell its workers to stop."""

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True, name="radiogenomics-parent").start()
