"""``--scheduler``: work that is done in parallel goes to a dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from radiogenomics._errors import Fault, InputError

_ANSWER_WITHIN = 10
"""Seconds that a scheduler and its first worker have to answer."""

Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Dask scheduler whose workers do the parallel work, e.g. tcp://host:8786.",
        show_default=False,
    ),
]  # fmt: skip


@contextmanager
def on_scheduler(address: str | None, *, jobs: int | None) -> Iterator[None]:
    """What runs in the block uses the cluster's workers; without an address, nothing changes.

    Raises
    ------
    InputError
        If nobody answers at the address, the scheduler has no worker, or a number of workers is given too.
    MissingDependencyError
        If dask is not installed.
    """
    if address is None:
        yield
        return
    if jobs is not None:
        hint = "The cluster has as many workers as it was started with."
        raise InputError("options", Fault("--jobs and --scheduler", "one of them", hint=hint))
    from joblib import parallel_config

    client = _client(address)
    try:
        with parallel_config(backend="dask"):
            yield
    finally:
        client.close()


def _client(address: str) -> Any:
    import asyncio

    from radiogenomics._optional import optional_import

    distributed: Any = optional_import("distributed", needed_for="--scheduler")
    connect = optional_import("distributed.comm", needed_for="--scheduler").connect

    async def knock() -> None:
        await (await connect(address, timeout=_ANSWER_WITHIN)).close()

    hint = "Start one with 'dask scheduler', and 'dask worker ADDRESS' on every machine."
    try:
        asyncio.run(knock())  # a client that finds nobody would still be at work when it is given up
    except (OSError, ValueError) as error:
        raise InputError(
            "--scheduler", Fault(f"{address!r} ({error})", "the address of a dask scheduler that answers", hint=hint)
        ) from error
    client = distributed.Client(address, timeout=_ANSWER_WITHIN)
    try:
        client.wait_for_workers(1, timeout=_ANSWER_WITHIN)
    except TimeoutError as error:
        client.close()
        raise InputError(
            "--scheduler", Fault(f"{address!r}, which has no worker", "a scheduler with workers", hint=hint)
        ) from error
    return client
