"""The speed table's frame; the measuring itself is ``make bench``."""

from __future__ import annotations

from tests.benchmarks._framework import Row, compare, duration, markdown


def test_goals():
    assert Row("a", 1.0, 100.0, goal_ratio=100).met
    assert not Row("a", 1.0, 99.0, goal_ratio=100).met
    assert not Row("a", 1.0, None, goal_ratio=100).met
    assert not Row("a", 1.0, 100.0, goal_ratio=100, goal_seconds=0.5).met


def test_peer_is_extrapolated_and_ours_warmed_up():
    calls = []
    row = compare("a", lambda: calls.append("ours"), lambda: calls.append("peer"), peer_scale=1e6, seconds=0)
    assert calls[0] == "ours"
    assert row.ratio > 100


def test_table():
    text = markdown([("survival", Row("fit", 1e-4, 0.02, "lifelines", goal_ratio=100)), ("x", Row("y", 3.0))])
    assert "| survival | fit | 100 µs | lifelines | 20 ms | 200 | at least 100 times | yes |  |" in text
    assert "| x | y | 3 s | - | - | - | - | - |  |" in text


def test_durations():
    assert [duration(s) for s in (None, 2.0, 0.0015, 2e-6, 3e-9)] == ["-", "2 s", "1.5 ms", "2 µs", "3 ns"]
