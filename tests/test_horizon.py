"""Sentence and figure show one horizon: the first with patients enough on either side."""

from __future__ import annotations

import pandas as pd

from radiogenomics._horizon import firm, usual_horizon


def table(with_it: list[int], without: list[int], names: tuple[str, str] = ("events", "event_free")) -> pd.DataFrame:
    return pd.DataFrame({"horizon": [365.0, 1095.0, 1825.0], names[0]: with_it, names[1]: without})


def test_the_first_with_ten_on_either_side() -> None:
    assert usual_horizon(table([6, 20, 30], [40, 20, 12])) == 1095.0
    assert usual_horizon(table([12, 20, 30], [40, 20, 5])) == 365.0
    assert usual_horizon(table([6, 12, 30], [40, 20, 5], ("cases", "controls"))) == 1095.0


def test_the_least_thin_where_all_are() -> None:
    assert usual_horizon(table([2, 5, 9], [40, 8, 3])) == 1095.0


def test_a_model_with_fewer_patients_counts() -> None:
    both = pd.concat([table([12, 20, 30], [40, 20, 12]), table([8, 14, 20], [30, 16, 11])])
    assert usual_horizon(both) == 1095.0


def test_results_without_the_column_count_those_without_an_observed_event() -> None:
    old = table([12, 20, 30], [0, 0, 0]).drop(columns="event_free").assign(n=50)
    assert usual_horizon(old) == 365.0
    assert firm(old).tolist() == [True, True, True]
    assert firm(table([12, 20, 30], [40, 9, 10])).tolist() == [True, False, True]
