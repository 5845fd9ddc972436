"""Package-wide settings: ``rg.settings``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Settings:
    """Settings that belong to the person at the keyboard, not to a study.

    Attributes
    ----------
    progress
        Show progress bars: ``True``, ``False``, or ``None`` for "when standard error is a terminal".
    n_jobs
        Workers used where a function's ``n_jobs`` is ``None``; ``-1`` means one per core.
    """

    progress: bool | None = None
    n_jobs: int = 1


settings = Settings()
