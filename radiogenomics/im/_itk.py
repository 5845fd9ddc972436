"""How workers use ITK and PyRadiomics: one thread each, nothing on the terminal."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from radiogenomics._optional import optional_import


@contextmanager
def quiet_single_thread() -> Iterator[None]:
    """One ITK and one BLAS thread while inside; ITK's and PyRadiomics' notices are kept off the terminal.

    Numerical warnings inside PyRadiomics (a correlation of a flat region, say) end as the feature's own value or
    NaN; its deprecation warnings concern its authors.
    """
    from threadpoolctl import threadpool_limits

    sitk = optional_import("SimpleITK", needed_for="image processing")
    optional_import("radiomics", needed_for="image processing")  # sets its logger up, so before it is silenced
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    logger = logging.getLogger("radiomics")
    level = logger.level
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with threadpool_limits(limits=1), warnings.catch_warnings():
            for category in (
                DeprecationWarning,
                PendingDeprecationWarning,
                FutureWarning,
                RuntimeWarning,
                SyntaxWarning,
            ):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        logger.setLevel(level)
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
