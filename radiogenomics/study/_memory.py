"""The cohort of a run: read from the last step that saved it only when a step needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogenomics.study._cache import StepCache

if TYPE_CHECKING:
    from mudata import MuData


class CohortMemory:
    """Where the cohort stands: a base saved whole, and results added since."""

    def __init__(self, cache: StepCache) -> None:
        self._cache = cache
        self._base: str | None = None
        self._pending: list[str] = []
        self._mdata: MuData | None = None

    @property
    def base(self) -> str | None:
        """The last step that changed the cohort."""
        return self._base

    def at(self, step: str, mdata: MuData | None = None) -> None:
        """The cohort is now as ``step`` left it (``mdata``, if it was done just now)."""
        self._base, self._pending, self._mdata = step, [], mdata

    def add(self, step: str) -> None:
        """The saved results of ``step`` belong to the cohort."""
        self._pending.append(step)

    def mdata(self) -> MuData:
        """The cohort with everything that was added."""
        if self._base is None:
            raise RuntimeError("no step has made a cohort yet")
        if self._mdata is None:
            self._mdata = self._cache.load_cohort(self._base)
        while self._pending:
            results, columns = self._cache.load_results(self._pending.pop(0))
            self._mdata.uns.update(results)
            if columns is not None:
                for name in columns:
                    self._mdata.obs[name] = columns[name].reindex(self._mdata.obs_names)
        return self._mdata


def new_results(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Entries of ``uns`` that a step added or replaced."""
    return {key: value for key, value in after.items() if key not in before or before[key] is not value}
