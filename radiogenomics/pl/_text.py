"""Numbers as figures print them."""

from __future__ import annotations

import re

import numpy as np


def p_text(p: float, name: str = "p") -> str:
    """``p = 0.034``, ``p < 0.001``, or that there is none."""
    if np.isnan(p):
        return f"{name} not available"
    return f"{name} < 0.001" if p < 0.001 else f"{name} = {p_short(p)}"


def p_short(p: float) -> str:
    """``0.034``, ``0.45``, ``<0.001``; a dash where there is none."""
    if np.isnan(p):
        return "–"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def estimate_text(value: float, lower: float, upper: float) -> str:
    """``1.85 (1.10–3.02)``; a dash where there is no estimate."""
    if np.isnan(value):
        return "–"
    if np.isnan(lower) or np.isnan(upper):
        return _ratio(value)
    return f"{_ratio(value)} ({_ratio(lower)}–{_ratio(upper)})"


def _ratio(value: float) -> str:
    if 0 < value < 0.01:
        return "<0.01"
    if value > 1000:
        return ">1000"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def count_text(n: object, one: str) -> str:
    """``1 event``, ``2 events``."""
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def wrapped(name: str, width: int) -> str:
    """A name in lines of at most ``width`` characters, broken after spaces and signs and before capitals.

    A longer word stays whole.
    """
    lines = [""]
    for piece in re.findall(r"[^\s_.\-:/|+]*?(?:[\s_.\-:/|+]+|(?<=[a-z])(?=[A-Z])|$)", name):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip(" ") for line in lines)


def elided(name: str, longest: int) -> str:
    """A name of at most ``longest`` characters: both ends of a longer one, which tell names apart."""
    if len(name) <= longest:
        return name
    left = max((longest - 1) // 2, 1)
    return f"{name[:left]}\u2026{name[-max(longest - 1 - left, 1) :]}"
