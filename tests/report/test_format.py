import numpy as np
import pytest

from radiogenomics.report import _format as f


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"),
     (1234567.0, "1,234,567"), (0.012345, "0.0123"), (-2.5, "−2.50"), (1e-7, "1.00 × 10^-7".replace("-", "−")),
     (float("nan"), "–"), (None, "–"), (float("inf"), "∞")],
)  # fmt: skip
def test_numbers(value: float | None, text: str) -> None:
    assert f.number(value) == text


def test_p_values_are_never_zero() -> None:
    assert f.p_text(1e-30) == "p < 0.001"
    assert f.p_text(0.0499) == "p = 0.050"
    assert f.p_text(0.2) == "p = 0.20"
    assert f.p_text(np.nan) == "p not available"


def test_interval_says_when_there_is_none() -> None:
    assert f.interval(1.5, 1.1, 2.04) == "1.50 (95 % CI 1.10 to 2.04)"
    assert f.interval(1.5, np.nan, np.nan) == "1.50 (no interval)"
    assert f.interval(np.nan, np.nan, np.nan) == "–"
    assert f.interval(900, 300, np.nan) == "900 (95 % CI 300 to –)"


def test_lists_say_how_many_more() -> None:
    assert f.listed(["a"]) == "a"
    assert f.listed(["a", "b", "c"]) == "a, b and c"
    assert f.listed(list("abcdef"), most=2) == "a, b and 4 more"


def test_file_names_keep_letters_of_any_script() -> None:
    assert f.slug("rna", "Gruppen <ä> 组") == "rna_gruppen_ä_组"
    assert f.slug("../../etc/passwd") == "etc_passwd"
    assert f.slug("...") == "unnamed"


def test_settings_are_readable() -> None:
    assert f.setting(None) == "none"
    assert f.setting({"a": [1, 2.5], "b": None}) == "a: 1, 2.5; b: none"
    assert f.setting(True) == "yes"
    assert f.setting([]) == "none"


def test_small_numbers_are_said_to_be_small_not_written_with_exponents() -> None:
    assert f.interval(0.02, 0.0023, 0.19) == "0.02 (95 % CI < 0.01 to 0.19)"
    assert f.cell(3.56e-5, "effect") == "< 0.001"
    assert f.cell(0.0123, "effect") == "0.0123"
