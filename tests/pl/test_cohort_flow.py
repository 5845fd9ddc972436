import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import radiogenomics as rg

#: The cohorts here have patients without a clinical row on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*no clinical row")


def words(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_numbers_are_those_of_the_audit() -> None:
    ids = [f"P{i:02}" for i in range(20)]
    clinical = pd.DataFrame({"t": range(20), "e": [1, 0] * 10}, index=ids)
    features = pd.DataFrame(np.eye(20), index=ids, columns=ids)
    mdata = rg.io.assemble_cohort(
        clinical,
        outcomes={
            "os": {"kind": "survival", "time": "t", "event": "e", "unit": "months"},
            "b": {"kind": "binary", "column": "e", "positive": 1},
        },
        split={"internal": 0.25},
        radiomics=features.iloc[:12],
        rna=features.iloc[8:16].rename(index={"P15": "p15_T"}),
    )
    axes = rg.pl.cohort_flow(mdata)
    assert words(axes) == [
        "Clinical table", "20 patients", "radiomics", "12 patients", "RNA", "8 patients",
        "Left out: 5 patients", "no modality: 5", "id like one of another file: 1",
        "Cohort", "16 patients", "without a clinical row: 1", "id like one of another file: 1",
        "Modalities", "radiomics + RNA: 4", "radiomics only: 8", "RNA only: 4",
        "Split", "training: 11", "internal: 4", "no part (no clinical row): 1",
        "Outcomes", "os: 8 events of 15", "b: known for 15",
    ]  # fmt: skip


def test_on_given_axes_and_a_plain_cohort() -> None:
    clinical = pd.DataFrame({"t": [1, 2], "e": [1, 0]}, index=["a", "b"])
    rna = pd.DataFrame(np.eye(2), index=["a", "b"], columns=["g", "h"])
    mdata = rg.io.assemble_cohort(
        clinical, outcomes={"os": {"kind": "survival", "time": "t", "event": "e", "unit": "months"}}, rna=rna
    )
    given = Figure().add_subplot()
    assert rg.pl.cohort_flow(mdata, ax=given) is given
    said = words(given)
    assert said[-3:] == ["2 patients", "Outcomes", "os: 1 events of 2"]
    assert not any("Left out" in line for line in said)


def test_text_stays_within_its_figure() -> None:
    ids = [f"P{i:02}" for i in range(20)]
    clinical = pd.DataFrame({"t": range(20), "e": [1, 0] * 10}, index=ids)
    parts = {name: pd.DataFrame(np.eye(20), index=ids, columns=ids) for name in ("radiomics", "deep", "rna")}
    axes = rg.pl.cohort_flow(
        rg.io.assemble_cohort(
            clinical, outcomes={"os": {"kind": "survival", "time": "t", "event": "e", "unit": "months"}}, **parts
        )
    )
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    edges = figure.bbox
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.x0 >= edges.x0
        assert box.x1 <= edges.x1
        assert box.y0 >= edges.y0 - 1
        assert box.y1 <= edges.y1 + 1
