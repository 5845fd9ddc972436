"""Nearest-template prediction against CMScaller's `ntp`, a naive twin, and under the null."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics import core

REFERENCE = Path(__file__).parents[1] / "reference" / "nearest_template"
NAMES = ["one", "two", "three"]


@pytest.fixture(scope="module", params=[2, 3])
def compared(request):
    k = request.param
    x = pd.read_csv(REFERENCE / "x.csv").to_numpy()
    classes = np.repeat(np.arange(3), [20, 15, 25])[: [0, 0, 35, 60][k]]
    ours = core.nearest_template(
        x, np.arange(len(classes)), core.template_matrix(classes, k), n_permutations=4000, rng=0
    )
    return ours, pd.read_csv(REFERENCE / f"ntp_{k}.csv"), k


class TestAsCMScaller:
    def test_distances(self, compared):
        ours, theirs, k = compared
        np.testing.assert_allclose(ours.distance, theirs[[f"d.{n}" for n in NAMES[:k]]], rtol=1e-10)
        assert [NAMES[i] for i in ours.nearest] == theirs["prediction"].tolist()

    def test_p_values(self, compared):
        ours, theirs, _ = compared
        p = theirs["p.value"].to_numpy()
        # Four standard errors of 4,000 draws beside 20,000, and one draw of difference in how ties are counted.
        room = 4 * np.sqrt(p * (1 - p) * (1 / 4000 + 1 / 20000)) + 2 / 4000
        assert (np.abs(ours.p_value - p) < room + 0.02 * p).all()


def test_as_a_naive_twin():
    random = np.random.default_rng(4)
    x, classes = random.normal(size=(5, 40)), np.array([0, 0, 1, 1, 1, 2, 2])
    genes = random.permutation(40)[:7]
    out = core.nearest_template(x, genes, core.template_matrix(classes, 3), n_permutations=5, rng=0)
    for i in range(5):
        for k in range(3):
            own = x[i, genes]
            cosine = sum(own[j] for j in range(7) if classes[j] == k) / (
                np.sqrt(sum(v * v for v in own)) * np.sqrt((classes == k).sum())
            )
            assert out.distance[i, k] == pytest.approx(np.sqrt((1 - cosine) / 2), rel=1e-12)


def test_p_values_are_uniform_without_classes():
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 400))
    out = core.nearest_template(x, np.arange(45), core.template_matrix(np.arange(45) % 3, 3), n_permutations=199, rng=1)
    assert 0.025 < (out.p_value <= 0.05).mean() < 0.08
    assert abs((out.p_value <= 0.5).mean() - 0.5) < 0.07


def test_planted_classes_are_found():
    random = np.random.default_rng(2)
    x, classes = random.normal(size=(30, 500)), np.repeat([0, 1, 2], 15)
    truth = np.arange(30) % 3
    x[:, :45] += 1.5 * (classes[None, :] == truth[:, None])
    out = core.nearest_template(x, np.arange(45), core.template_matrix(classes, 3), n_permutations=200, rng=0)
    assert (out.nearest == truth).all()
    assert (out.p_adjusted < 0.05).all()


def test_a_patient_is_judged_whoever_else_is_there():
    x = np.random.default_rng(3).normal(size=(6, 50))
    both = [
        core.nearest_template(v, np.arange(10), core.template_matrix(np.arange(10) % 2, 2), n_permutations=99, rng=5)
        for v in (x, x[:2])
    ]
    assert both[0].p_value[:2].tolist() == both[1].p_value.tolist()


def test_two_templates_are_opposites():
    out = core.nearest_template(
        np.array([[1.0, 1, -1, -1, 0, 0]]), [0, 1, 2, 3], core.template_matrix([0, 0, 1, 1], 2), n_permutations=9, rng=0
    )
    np.testing.assert_allclose(out.distance, [[0.0, 1.0]], atol=1e-12)


class TestBadInput:
    def test_a_patient_of_zeros_has_no_class(self):
        out = core.nearest_template(np.zeros((1, 9)), [0, 1], core.template_matrix([0, 1], 2), n_permutations=9, rng=0)
        assert out.nearest.tolist() == [-1]
        assert np.isnan(out.p_value).all()
        assert np.isnan(out.distance).all()

    @pytest.mark.parametrize(
        ("genes", "templates", "n", "said"),
        [([0, 1], np.zeros((2, 2)), 9, "all zero"), ([0, 1], np.eye(2), 0, "1 or more"),
         (np.arange(5), np.ones((5, 2)), 9, "5 genes for 4")],
    )  # fmt: skip
    def test_refused(self, genes, templates, n, said):
        with pytest.raises(ValueError, match=said):
            core.nearest_template(np.ones((2, 4)), genes, templates, n_permutations=n)
