"""What the shell offers for an argument that names something of this package."""

from __future__ import annotations

from pathlib import Path


def study_names(incomplete: str) -> list[str]:
    """Recipes, and study files and folders that begin so."""
    from radiogenomics.study._load import recipes

    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    files = [f"{path}/" if path.is_dir() else str(path) for path in found]
    offered = [name for name in files if name.endswith((".yaml", ".yml", "/"))]
    return [name for name in [*recipes(), *offered] if name.startswith(incomplete)]


def recipe_names(incomplete: str) -> list[str]:
    """Recipes that begin so."""
    from radiogenomics.study._load import recipes

    return [name for name in recipes() if name.startswith(incomplete)]


def vignette_names(incomplete: str) -> list[str]:
    """Pages of the manual that begin so."""
    from radiogenomics._vignettes import vignettes

    return [name for name in vignettes() if name.startswith(incomplete)]
