"""A classifier of groups from the cohort: honest errors, splits, new patients, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import DegenerateGroupsError, InputError, UnknownNameError
from radiogenomics.tl._shrunken_folds import matched

FAST = {"folds": 5, "repeats": 2, "rng": 0}


def planted(n: int = 60, *, effect: float = 3.0, seed: int = 0, split: bool = False) -> AnnData:
    random = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    x = random.normal(6, 1, (n, 80))
    x[:, :20] += effect * kind[:, None]
    data = AnnData(
        x,
        obs=pd.DataFrame({"kind": pd.Categorical(np.array(["low", "high"])[kind])}, index=[f"P{i}" for i in range(n)]),
    )
    data.var_names = [f"G{i}" for i in range(80)]
    data.var["symbol"] = [f"SYM{i}" for i in range(80)]
    if split:
        data.obs["part"] = pd.Categorical(np.where(np.arange(n) < 2 * n // 3, "training", "external"))
        data.uns["split"] = {"column": "part"}
    return data


def errors(data: AnnData, **where: str) -> pd.DataFrame:
    return rg.get.shrunken_centroids(data, **where).set_index("estimate")


def clustered(data: AnnData) -> AnnData:
    rg.tl.consensus_cluster(data, n_clusters=2, metric="euclidean", n_resamples=50, rng=0)
    return data


class TestErrors:
    def test_groups_from_elsewhere_are_not_remade(self) -> None:
        data = planted()
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        table = errors(data)
        assert list(table.index) == ["majority", "apparent", "cross_validated", "nested"]
        assert table.loc["nested", "error"] < 0.05
        assert not table.loc["nested", "apparent"]
        assert ((table["lower"] <= table["error"]) & (table["error"] <= table["upper"])).all()

    def test_groups_from_the_genes_are_remade(self) -> None:
        data = clustered(planted())
        rg.tl.shrunken_centroids(data, "groups", **FAST)
        table = errors(data)
        assert {"remade", "assignment", "clustering"} <= set(table.index)
        assert table.loc["nested", "apparent"]
        assert not table.loc["remade", "apparent"]
        assert table.loc["remade", "error"] < 0.1

    def test_groups_of_noise(self) -> None:
        """Groups found in noise are told with a low apparent error; made without the patient they are not."""
        random = np.random.default_rng(1)
        data = AnnData(random.normal(size=(50, 400)), obs=pd.DataFrame(index=[f"P{i}" for i in range(50)]))
        rg.tl.consensus_cluster(data, n_clusters=2, method="kmeans", metric="euclidean", n_resamples=50, rng=0)
        rg.tl.shrunken_centroids(data, "groups", **FAST)
        table = errors(data)
        assert table.loc["apparent", "error"] < 0.05 < 0.25 < table.loc["remade", "error"]

    def test_no_difference_is_told_as_such(self) -> None:
        data = planted(effect=0.0)
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        row = errors(data).loc["nested"]
        assert row["error"] > 0.35
        assert row["upper"] > 0.5

    def test_held_out_patients_teach_nothing(self) -> None:
        """A patient that is unlike everyone else changes only its own held-out prediction."""
        from radiogenomics.tl._shrunken_folds import Task, _fold

        data = planted()
        codes = (data.obs["kind"] == "high").to_numpy().astype(int)
        raw = pd.DataFrame(data.X, index=data.obs_names, columns=data.var_names)
        test = np.arange(12)
        settings = {"threshold": "cv"}
        before = _fold(Task(raw, pd.DataFrame(index=raw.index), "[]", codes, settings, None), test, 3, 0)
        changed, other = raw.copy(), codes.copy()
        changed.iloc[:6], other[:6] = 50.0, 1 - other[:6]
        after = _fold(Task(changed, pd.DataFrame(index=raw.index), "[]", other, settings, None), test, 3, 0)
        assert after[0][6:].tolist() == before[0][6:].tolist()
        assert after[2].tolist() == before[2].tolist()

    def test_the_same_whatever_the_workers(self) -> None:
        tables = []
        for n_jobs in (1, 2):
            data = clustered(planted(40))
            rg.tl.shrunken_centroids(data, "groups", n_jobs=n_jobs, **FAST)
            tables.append(rg.get.shrunken_centroids(data, table="predictions"))
        pd.testing.assert_frame_equal(*tables)

    def test_transforms_are_made_in_the_folds(self) -> None:
        data = planted()
        rg.pp.clean_features(data)
        rg.pp.scale(data)
        rg.tl.shrunken_centroids(data, "kind", threshold=4.0, **FAST)
        genes = rg.get.shrunken_centroids(data, table="genes")
        assert genes["overall"].mean() > 4  # log2 values from before scaling
        assert set(genes["gene"][:10]) <= {f"G{i}" for i in range(20)}
        assert (genes["frequency"][:10] == 1).all()


class TestTables:
    def test_genes_and_their_order(self) -> None:
        data = planted()
        rg.tl.shrunken_centroids(data, "kind", rule="one_se", **FAST)
        genes = rg.get.shrunken_centroids(data, table="genes")
        assert set(genes["group"]) == {"low", "high"}
        assert (genes["symbol"] == "SYM" + genes["gene"].str[1:]).all()
        path = rg.get.shrunken_centroids(data, table="path")
        at = path.loc[path["chosen"], "threshold"].iloc[0]
        left = rg.get.shrunken_centroids(data, table="order", threshold=at)
        assert set(left["gene"]) == set(genes["gene"])
        assert len(left) == path.loc[path["chosen"], "n_genes"].iloc[0]
        with pytest.raises(InputError, match="order"):
            rg.get.shrunken_centroids(data, table="path", threshold=1.0)

    def test_confusion_counts_every_patient(self) -> None:
        data = planted(split=True)
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        totals = rg.get.shrunken_centroids(data, table="confusion").groupby("estimate")["n"].sum()
        assert totals.to_dict() == {"apparent": 40, "nested": 40, "external": 20}

    def test_test_patients_are_told_by_the_training_ones(self) -> None:
        data = planted(split=True)
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        assert errors(data).loc["model", "n"] == 20
        assert errors(data).loc["model", "error"] < 0.1
        rg.get.shrunken_centroids(data, table="predictions")
        changed = planted(split=True)
        changed.X[40:] += 3.0
        rg.tl.shrunken_centroids(changed, "kind", **FAST)
        for table in ("genes", "path"):
            pd.testing.assert_frame_equal(
                rg.get.shrunken_centroids(data, table=table), rg.get.shrunken_centroids(changed, table=table)
            )

    def test_files_keep_it(self, tmp_path) -> None:
        import anndata

        data = clustered(planted(40))
        rg.tl.shrunken_centroids(data, "groups", **FAST)
        data.write_h5ad(tmp_path / "a.h5ad")
        again = anndata.read_h5ad(tmp_path / "a.h5ad")
        pd.testing.assert_frame_equal(rg.get.shrunken_centroids(data), rg.get.shrunken_centroids(again))


def test_names_of_remade_groups_keep_as_many_patients_as_possible() -> None:
    given = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    codes = np.array([2, 2, 2, 0, 0, 1, 1, 0])
    assert matched(codes, given)[codes].tolist() == [0, 0, 0, 1, 1, 2, 2, 1]


class TestNewPatients:
    def test_as_the_model(self) -> None:
        data, new = planted(), planted(20, seed=5)
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        both = planted(split=True)
        rg.tl.assign_centroids(new, data)
        table = rg.get.assign_centroids(new)
        assert (table["group"].to_numpy() == new.obs["kind"].astype(str)).mean() > 0.9
        assert new.obs["shrunken_centroids"].astype(str).tolist() == table["group"].tolist()
        rg.tl.assign_centroids(both, data)
        own = rg.get.shrunken_centroids(data, table="predictions")
        again = rg.get.assign_centroids(both)
        np.testing.assert_allclose(again["probability"], own["probability"], rtol=1e-10)
        assert again["group"].tolist() == own["predicted"].tolist()

    def test_after_recorded_transforms(self) -> None:
        data, new = planted(), planted(20, seed=5)
        rg.pp.clean_features(data)
        rg.pp.scale(data)
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        rg.tl.assign_centroids(new, data)
        assert (rg.get.assign_centroids(new)["group"].to_numpy() == new.obs["kind"].astype(str)).mean() > 0.9
        with pytest.raises(InputError, match="recorded transforms"):
            rg.tl.assign_centroids(new[:, 5:].copy(), data)

    def test_missing_genes_are_named_or_left_out(self) -> None:
        data, new = planted(), planted(20, seed=5)[:, 3:].copy()
        rg.tl.shrunken_centroids(data, "kind", threshold=2.0, **FAST)
        with pytest.raises(InputError, match=r"3 of \d+ genes .*'G.'.*leave_out"):
            rg.tl.assign_centroids(new, data)
        rg.tl.assign_centroids(new, data, missing="leave_out")
        assert set(rg.get.assign_centroids(new, table="missing_genes")["gene"]) == {"G0", "G1", "G2"}
        other = new.copy()
        other.var_names = [f"X{i}" for i in range(other.n_vars)]
        with pytest.raises(InputError, match="named alike"):
            rg.tl.assign_centroids(other, data, missing="leave_out")

    def test_the_unsure_stay_without(self) -> None:
        data, new = planted(effect=0.8), planted(20, effect=0.8, seed=5)
        rg.tl.shrunken_centroids(data, "kind", threshold=2.0, **FAST)
        rg.tl.assign_centroids(new, data, min_probability=0.9)
        table = rg.get.assign_centroids(new)
        assert table["group"].isna().tolist() == (table["probability"] < 0.9).tolist()
        assert len(rg.get.assign_centroids(new, table="left_out")) == table["group"].isna().sum() > 0


class TestBadInput:
    @pytest.mark.parametrize(("settings", "said"), [({"folds": 1}, "folds"), ({"repeats": 0}, "repeats")])
    def test_settings(self, settings, said) -> None:
        with pytest.raises(InputError, match=said):
            rg.tl.shrunken_centroids(planted(), "kind", **settings)

    def test_one_group(self) -> None:
        data = planted()
        data.obs["one"] = "A"
        with pytest.raises(DegenerateGroupsError, match="at least 2"):
            rg.tl.shrunken_centroids(data, "one")

    def test_a_group_of_one_patient(self) -> None:
        data = planted()
        data.obs["rare"] = ["x", *["y"] * 30, *["z"] * 29]
        with pytest.raises(DegenerateGroupsError, match=r"'x' \(1\)"):
            rg.tl.shrunken_centroids(data, "rare")

    def test_gaps_are_named(self) -> None:
        data = planted()
        data.X[2, 7] = np.nan
        with pytest.raises(InputError, match=r"(?s)G7.*impute"):
            rg.tl.shrunken_centroids(data, "kind")

    def test_constant_genes_are_counted(self) -> None:
        data = planted()
        data.X[:, 79] = 3.0
        rg.tl.shrunken_centroids(data, "kind", **FAST)
        assert '"n_genes_varying": 79' in data.uns["shrunken_centroids"]["settings"]

    def test_a_threshold_that_leaves_nothing(self) -> None:
        data = planted()
        rg.tl.shrunken_centroids(data, "kind", threshold=1e6, **FAST)
        assert rg.get.shrunken_centroids(data, table="genes").empty
        assert rg.pl.shrunken_centroids(data).texts[0].get_text() == "the threshold leaves no gene"
        with pytest.raises(InputError, match="uses no gene"):
            rg.tl.assign_centroids(planted(), data)


class TestFigures:
    @pytest.fixture
    def data(self) -> AnnData:
        data = clustered(planted())
        rg.tl.shrunken_centroids(data, "groups", **FAST)
        return data

    def test_error(self, data) -> None:
        axes = rg.pl.threshold_error(data)
        path = rg.get.shrunken_centroids(data, table="path")
        np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 * path["cv_error"])

    def test_centroids(self, data) -> None:
        axes = rg.pl.shrunken_centroids(data, n_genes=5)
        genes = rg.get.shrunken_centroids(data, table="genes")
        widths = [bar.get_width() for bar in axes.patches]
        np.testing.assert_allclose(sorted(widths), sorted(genes["score"][:10]))
        with pytest.raises(InputError, match="n_genes"):
            rg.pl.shrunken_centroids(data, n_genes=0)

    def test_confusion(self, data) -> None:
        assert rg.pl.class_confusion(data).get_title(loc="left") == "Held-out patients, groups remade"
        assert "30" in rg.pl.class_confusion(data, estimate="apparent").texts[0].get_text()
        with pytest.raises(UnknownNameError, match="nested"):
            rg.pl.class_confusion(data, estimate="nest")


def test_uveal_melanoma(real_data) -> None:
    """Three k-means groups of UVM: the honest errors stand above the apparent one and far under that of guessing."""
    rna = rg.io.read_counts(real_data / "tcga_rna" / "UVM_rsem_normalized.csv.gz", kind="normalized")
    rna = rna[:, np.argsort(-rna.X.var(axis=0), kind="stable")[:2000]].copy()
    rg.tl.consensus_cluster(rna, n_clusters=3, method="kmeans", metric="euclidean", n_resamples=100, rng=0)
    rg.tl.shrunken_centroids(rna, "groups", folds=5, repeats=1, rng=0)
    table = errors(rna)["error"]
    assert table["apparent"] <= table["remade"] < 0.2 < table["majority"]


def test_raw_counts_are_refused_and_groups_of_scanpy_are_apparent() -> None:
    data = planted()
    data.layers["counts"] = data.X.copy()
    with pytest.raises(InputError, match="raw counts in X"):
        rg.tl.shrunken_centroids(data, "kind", **FAST)
    del data.layers["counts"]
    data.uns["kind"] = {"params": {"resolution": 1.0}}
    rg.tl.shrunken_centroids(data, "kind", **FAST)
    assert errors(data).loc["nested", "apparent"]


def test_bars_of_a_gene_stand_around_its_name() -> None:
    kind = np.arange(30) % 3
    x = np.random.default_rng(0).normal(6, 1, (30, 40))
    x[:, :5] += 2 * (kind == 0)[:, None]
    obs = pd.DataFrame({"kind": np.array(list("abc"))[kind]}, index=[f"P{i}" for i in range(30)])
    data = AnnData(x, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(40)]))
    rg.tl.shrunken_centroids(data, "kind", threshold=1.5, folds=3, repeats=1)
    axes = rg.pl.shrunken_centroids(data)
    table = rg.get.shrunken_centroids(data, table="genes")
    bars = [b for b in axes.patches if b.get_width()]
    assert len(bars) == len(axes.patches) == (table["score"].fillna(0) != 0).sum()
    for y in axes.get_yticks():
        middles = [m for b in bars if abs((m := b.get_y() + b.get_height() / 2) - y) < 0.5]
        assert np.mean(middles) == pytest.approx(y)
