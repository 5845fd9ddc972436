from __future__ import annotations

import pytest

import radiogenomics as rg
from radiogenomics.core import check_sample_size
from radiogenomics.report._found import results_in
from radiogenomics.report._sentences import findings
from tests.tl._cohorts import cohort, reference


def test_a_cox_result_holds_the_patients_it_would_need() -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, ["age", "sex", "ecog"])
    fit = rg.get.cox(data, table="fit").iloc[0]
    row = rg.get.cox(data, table="sample_size").iloc[0]
    expected = check_sample_size(int(fit["n"]), int(fit["events"]), 4)
    assert row[["n", "events", "n_parameters"]].tolist() == [fit["n"], fit["events"], 4]
    assert row["events_per_parameter"] == pytest.approx(fit["events"] / 4)
    assert row["n_needed"] == expected.needed.n
    assert row["enough"] == expected.enough


@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_the_report_warns_below_ten_events_per_coefficient_with_the_stored_number() -> None:
    data = cohort(reference("lung").head(30))
    rg.tl.cox(data, ["age", "sex", "ecog"])
    needed = rg.get.cox(data, table="sample_size")["n_needed"].iloc[0]
    said = [text for text in findings(results_in(data)[0]) if "fewer than 10)" in text]
    assert len(said) == 1
    assert f"A prediction model of as many would need about {needed:,} patients." in said[0]
    many = cohort(reference("lung"))
    rg.tl.cox(many, ["age", "sex"])
    assert not any("fewer than 10)" in text for text in findings(results_in(many)[0]))
