"""Command line: parse, call, print.

Commands import what they need when they are called, so that ``radiogenomics --help`` answers at once.
"""

from __future__ import annotations

from radiogenomics.cli._app import app


def main() -> None:
    """Entry point of the command ``radiogenomics``."""
    app()


__all__ = ["app", "main"]
