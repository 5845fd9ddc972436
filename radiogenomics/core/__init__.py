"""The mathematics: arrays in, frozen dataclasses or arrays out. One method per file.

Imported eagerly (not on first use) because functions and their files share names.
"""

__all__: list[str] = []
