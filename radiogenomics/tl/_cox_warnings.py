"""What the regressions of survival warn of, in the same words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from radiogenomics._errors import RadiogenomicsWarning

# Fewer events per parameter than this make estimates unstable (Peduzzi et al., 1995).
_EVENTS_PER_PARAMETER = 10
_SHOWN = 4


def shortened(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def warn_few_events(
    events: int, n_parameters: int, *, cause: str = "", of: str = "parameters", then: str, stacklevel: int
) -> None:
    """Say that there are too few events for the parameters; ``then`` is what follows where they are merely few."""
    if events >= _EVENTS_PER_PARAMETER * n_parameters:
        return
    counted = f"{events} events" + (f" of {cause}" if cause else "")
    if events < n_parameters:
        said = (
            f"{counted} for {n_parameters} {of}, fewer events than parameters: the model can follow these "
            "patients whatever the truth, and its estimates, tests and c-index say nothing of others. Use fewer "
            "variables, or merge levels."
        )
    else:
        each = f"{events / n_parameters:.1f} each, fewer than {_EVENTS_PER_PARAMETER}"
        said = f"{counted} for {n_parameters} {of} ({each}): {then}"
    warnings.warn(said, RadiogenomicsWarning, stacklevel=stacklevel + 1)


def warn_separated(columns: Sequence[str], *, ratio: str, then: str, stacklevel: int) -> None:
    """Say which columns separate the patients with events; ``then`` is what is done about it and what may be."""
    if columns:
        said = (
            f"{shortened(columns)}: the {ratio} runs to infinity, because the patients with events are separated from "
            f"those without; {then}"
        )
        warnings.warn(said, RadiogenomicsWarning, stacklevel=stacklevel + 1)
