"""Figure of the coefficients of a signature along its penalties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from matplotlib.figure import Figure

import radiogenomics as rg
from radiogenomics._cohort import left_out_table, to_uns
from radiogenomics._errors import InputError
from radiogenomics.ml import LassoSignature


def stored(penalty: float | None = None) -> tuple[AnnData, LassoSignature]:
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 30))
    y = x[:, 0] - x[:, 1] + random.normal(size=100) > 0
    names = [f"f{i}" for i in range(30)]
    model = LassoSignature(penalty=penalty, random_state=0).fit(pd.DataFrame(x, columns=names), y)
    path, cv = model.path_table(), model.cv_table()
    for table in (path, cv):
        table.insert(0, "model", "signature")
    data = AnnData(np.zeros((1, 1)))
    data.uns["signature"] = to_uns(path=path, cv=cv, settings={}, left_out=left_out_table({}))
    return data, model


def test_path_and_deviance() -> None:
    data, model = stored()
    axes = rg.pl.coefficient_path(data)
    left, right = axes.get_figure().axes
    assert left is axes
    assert {t.get_text() for t in left.get_legend().get_texts()} <= set(model.report()["feature"])
    assert left.get_legend().get_texts()[0].get_text() == model.report()["feature"][0]
    assert left.get_xlim()[0] > left.get_xlim()[1]  # from large penalties to small
    largest = model.report()["standardized"].abs().max()
    assert largest < max(np.abs(left.get_ylim())) < 5 * largest  # to be seen, whatever the unpenalised end does
    drawn = next(line for line in left.lines if line.get_label() == model.report()["feature"][0])
    at = list(np.asarray(drawn.get_xdata())).index(model.lambda_)
    assert drawn.get_ydata()[at] == pytest.approx(model.report()["standardized"][0])
    vertical = {line.get_label(): line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 2}
    expected = {"least": model.lambda_min_, "within one SE": model.lambda_1se_, "used": model.lambda_}
    assert vertical == pytest.approx(expected)
    axes.get_figure().canvas.draw()


def test_fixed_penalty_has_one_panel_and_null_model_is_said() -> None:
    data, _ = stored(0.05)
    ax = Figure().add_subplot()
    assert rg.pl.coefficient_path(data, ax=ax) is ax
    assert ax.get_figure().axes == [ax]
    with pytest.warns(UserWarning, match="all coefficients are zero"):
        data, _ = stored(10.0)
    axes = rg.pl.coefficient_path(data)
    assert "no feature" in axes.texts[0].get_text()
    with pytest.raises(InputError, match="one of signature"):
        rg.pl.coefficient_path(data, model="other")


def test_legends_stand_below_with_whole_names() -> None:
    data, model = stored()
    long = {
        name: f"original_wavelet-HHL_glszm_LargeAreaLowGrayLevelEmphasis_{name}" for name in model.report()["feature"]
    }
    path = data.uns["signature"]["path"]
    path["feature"] = [long.get(name, name) for name in path["feature"].astype(str)]
    for ax in (None, Figure(figsize=(4, 3), layout="constrained").add_subplot()):
        axes = rg.pl.coefficient_path(data, ax=ax)
        figure = axes.get_figure()
        figure.draw_without_rendering()
        for panel in figure.axes:
            assert panel.get_legend().get_window_extent().y1 < panel.get_window_extent().y0
        named = [t.get_text().replace("\n", "") for t in axes.get_legend().get_texts()]
        assert set(named) <= set(long.values())
