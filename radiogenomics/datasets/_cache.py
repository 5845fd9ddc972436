"""Where downloads are kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``RADIOGENOMICS_CACHE``, by default the user's cache folder."""
    import pooch

    return Path(os.environ.get("RADIOGENOMICS_CACHE") or pooch.os_cache("radiogenomics"))
