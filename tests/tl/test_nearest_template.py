"""Classes of patients by marker genes, from the cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics import ml
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning

TEMPLATES = {"one": [f"SYM{i}" for i in range(12)], "two": [f"SYM{i}" for i in range(12, 22)]}


def planted(n: int = 40, effect: float = 2.0) -> AnnData:
    random = np.random.default_rng(0)
    x = random.normal(6, 1, (n, 150))
    kind = np.arange(n) % 2
    x[:, :12] += effect * (kind == 0)[:, None]
    x[:, 12:22] += effect * (kind == 1)[:, None]
    data = AnnData(x, obs=pd.DataFrame({"kind": np.array(["one", "two"])[kind]}, index=[f"P{i}" for i in range(n)]))
    data.var_names = [f"ENSG{i:011d}" for i in range(150)]
    data.var["symbol"] = [f"SYM{i}" for i in range(150)]
    return data


def test_planted_classes_by_symbol() -> None:
    data = planted()
    rg.tl.nearest_template(data, TEMPLATES, n_permutations=200)
    table = rg.get.nearest_template(data)
    assert (table["nearest"].to_numpy() == data.obs["kind"]).all()
    assert table["group"].notna().mean() > 0.95
    assert table["distance"].between(0, 1).all()
    assert len(rg.get.nearest_template(data, table="distances")) == 80
    assert data.obs["nearest_template"].dropna().isin(["one", "two"]).all()


def test_patients_near_no_template_stay_without() -> None:
    data = planted(effect=0.0)
    rg.tl.nearest_template(data, TEMPLATES, n_permutations=200)
    left_out = rg.get.nearest_template(data, table="left_out")
    assert len(left_out) > 30
    assert left_out["reason"].str.contains("near no template").all()


def test_a_gmt_file(tmp_path) -> None:
    file = tmp_path / "classes.gmt"
    file.write_text("".join(f"{c}\tof this test\t" + "\t".join(g) + "\n" for c, g in TEMPLATES.items()))
    by_file, by_hand = planted(), planted()
    rg.tl.nearest_template(by_file, file, n_permutations=50)
    rg.tl.nearest_template(by_hand, TEMPLATES, n_permutations=50)
    pd.testing.assert_frame_equal(rg.get.nearest_template(by_file), rg.get.nearest_template(by_hand))


def test_centres_come_from_the_training_patients() -> None:
    data = planted()
    data.obs["part"] = pd.Categorical(np.where(np.arange(40) < 30, "training", "external"))
    data.uns["split"] = {"column": "part"}
    other = data.copy()
    other.X[35:] += 100.0 * np.random.default_rng(1).normal(size=(5, 150))
    for one in (data, other):
        rg.tl.nearest_template(one, TEMPLATES, n_permutations=50)
    pd.testing.assert_series_equal(
        rg.get.nearest_template(data)["p_value"][:35], rg.get.nearest_template(other)["p_value"][:35]
    )


def test_the_estimator() -> None:
    data = planted()
    x = pd.DataFrame(data.X, columns=data.var["symbol"])
    model = ml.NearestTemplate(TEMPLATES, n_permutations=20, random_state=0).fit(x)
    assert (model.predict(x) == data.obs["kind"].to_numpy()).all()
    assert model.score(x, data.obs["kind"].to_numpy()) == 1.0


class TestBadInput:
    def test_no_gene_in_common(self) -> None:
        with pytest.raises(InputError, match=r"no gene in common.*human symbols.*of one kind but other genes"):
            rg.tl.nearest_template(planted(), {"a": ["TP53", "MYC"], "b": ["EGFR"]})

    def test_a_class_without_a_gene(self) -> None:
        with pytest.raises(InputError, match="'three': found none of 2 genes"):
            rg.tl.nearest_template(planted(), {**TEMPLATES, "three": ["TP53", "MYC"]})

    def test_few_genes_and_missing_ones(self) -> None:
        data = planted()
        with pytest.warns(RadiogenomicsWarning, match=r"'two' \(2\)"):
            rg.tl.nearest_template(data, {"one": TEMPLATES["one"], "two": ["SYM12", "SYM13", "TP53"]}, n_permutations=9)
        table = rg.get.nearest_template(data, table="templates")
        assert table.loc[~table["found"], "gene"].tolist() == ["TP53"]

    def test_one_text_for_a_class(self) -> None:
        with pytest.raises(InputError, match="list of genes"):
            rg.tl.nearest_template(planted(), {"one": "SYM1", "two": ["SYM2"]})

    @pytest.mark.parametrize(
        ("given", "said"), [({"alpha": 0}, "alpha"), ({"n_permutations": 0}, "n_permutations"), ({"rng": -1}, "rng")]
    )
    def test_settings(self, given, said) -> None:
        with pytest.raises(InputError, match=said):
            rg.tl.nearest_template(planted(), TEMPLATES, **given)

    def test_one_template(self) -> None:
        with pytest.raises(InputError, match="two or more"):
            rg.tl.nearest_template(planted(), {"one": TEMPLATES["one"]})

    def test_nothing_varies(self) -> None:
        data = planted()
        data.X[:] = 2.0
        with pytest.raises(DegenerateInputError, match="no gene varies"):
            rg.tl.nearest_template(data, TEMPLATES)

    def test_constant_genes_count_as_not_found(self) -> None:
        data = planted()
        data.X[:, 0] = 2.0
        rg.tl.nearest_template(data, TEMPLATES, n_permutations=9)
        table = rg.get.nearest_template(data, table="templates")
        assert table.loc[~table["found"], "gene"].tolist() == ["SYM0"]

    def test_gaps_are_named(self) -> None:
        data = planted()
        data.X[2, 7] = np.nan
        with pytest.raises(InputError, match=r"(?s)SYM7.*impute"):
            rg.tl.nearest_template(data, TEMPLATES)


def test_many_templates_of_another_scheme_are_told_in_one_line() -> None:
    many = {f"set {i}": [f"ENSG{i:011d}.7"] for i in range(40)} | {"one": ["SYM1"]}
    with pytest.raises(InputError, match="no gene of 40 of 41 templates") as told:
        rg.tl.nearest_template(planted(), many, n_permutations=10)
    assert str(told.value).count("\n") < 4
