"""Numbers and counts as a reader of a paper expects them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

MISSING = "–"
#: Positive numbers of a table below it are said to be below it: an exponent is hard to read.
SMALLEST = 0.001
_MINUS = "−"


def number(value: Any, digits: int = 3) -> str:
    """A number to ``digits`` significant digits, without a needless exponent; a dash where it is not known."""
    if value is None:
        return MISSING
    x = float(value)
    if math.isnan(x):
        return MISSING
    if math.isinf(x):
        return "∞" if x > 0 else f"{_MINUS}∞"
    if x == 0:
        return "0"
    if 1e-4 <= abs(x) < 1e7:
        decimals = max(digits - 1 - math.floor(math.log10(abs(x))), 0)
        text = f"{x:,.{decimals}f}" if decimals else f"{round(x):,}"
    else:
        mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
        text = f"{mantissa} × 10^{int(exponent)}"
    return text.replace("-", _MINUS)


def ratio(value: Any) -> str:
    """A c-index, hazard ratio or share: two decimals, ``< 0.01`` where they would hide it, none of large ones."""
    x = float(value)
    if math.isnan(x) or math.isinf(x):
        return number(x)
    if 0 < x < 0.01:
        return "< 0.01"
    if abs(x) >= 100:
        return number(x, 2)
    return f"{x:.2f}".replace("-", _MINUS)


def p_value(value: Any) -> str:
    """A p-value without its name: ``0.034``, ``< 0.001``."""
    x = float(value)
    if math.isnan(x):
        return MISSING
    if x < 0.001:
        return "< 0.001"
    return f"{x:.3f}" if x < 0.1 else f"{x:.2f}"


def p_text(value: Any, name: str = "p") -> str:
    """A p-value with its name: ``p = 0.034``, ``p < 0.001``, ``p not available``."""
    text = p_value(value)
    if text == MISSING:
        return f"{name} not available"
    return f"{name} {text}" if text.startswith("<") else f"{name} = {text}"


def interval(value: Any, lower: Any, upper: Any, *, level: str = "95 % CI ", decimals: int | None = None) -> str:
    """An estimate with its interval: ``1.85 (95 % CI 1.10 to 3.02)``; says so where there is no interval."""

    def text(x: Any) -> str:
        if decimals is None or not math.isfinite(float(x)):
            return ratio(x)
        return f"{float(x):.{decimals}f}".replace("-", _MINUS)

    if not (_known(lower) or _known(upper)):
        return f"{text(value)} (no interval)" if _known(value) else MISSING
    return f"{text(value)} ({level}{text(lower)} to {text(upper)})"


def _known(value: Any) -> bool:
    return value is not None and not math.isnan(float(value))


def count(n: Any, one: str, many: str | None = None) -> str:
    """``1 patient``, ``12 patients``."""
    return f"{int(n):,} {one if int(n) == 1 else (many or one + 's')}"


def percent(part: float, whole: float) -> str:
    """``25 %`` of a whole; a dash of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else MISSING


def listed(items: Iterable[Any], *, most: int = 5, last: str = "and") -> str:
    """``a, b and c``; at most ``most`` of them, then how many more there are."""
    names = [str(i) for i in items]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def cell(value: Any, column: str = "") -> str:
    """One cell of a table, by the name of its column and the kind of its value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if column.startswith("p_") and not isinstance(value, str):
        return p_value(value)
    if isinstance(value, int | np.integer):
        return f"{value:,}".replace("-", _MINUS)
    if isinstance(value, float | np.floating):
        if float(value).is_integer() and abs(float(value)) < 1e7:
            return f"{int(value):,}".replace("-", _MINUS)
        if 0 < float(value) < SMALLEST:
            return f"< {SMALLEST:g}"
        return number(value)
    return str(value)


def setting(value: Any) -> str:
    """A setting as a reader would say it."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value if value else "(empty)"
    if isinstance(value, dict):
        return "; ".join(f"{k}: {setting(v)}" for k, v in value.items()) or "none"
    if isinstance(value, Sequence):
        return ", ".join(setting(v) for v in value) or "none"
    if isinstance(value, bool):
        return cell(value)
    if isinstance(value, int | float):  # no separators of thousands: a seed is to be copied
        return f"{value:.12g}"
    return str(value)


def slug(*parts: str | None) -> str:
    """A name fit for a file and for an HTML id; letters of any script stay."""
    words = [re.sub(r"[^\w]+", "_", p).strip("_").lower() for p in parts if p]
    return "_".join(w for w in words if w) or "unnamed"
