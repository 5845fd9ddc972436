"""Autoencoders from manifest to features: who is encoded by which network, and in whose terms."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
sitk = pytest.importorskip("SimpleITK")

import radiogenomics as rg  # noqa: E402
from radiogenomics.core.procrustes import procrustes  # noqa: E402
from radiogenomics.im._autoencoder_folder import read_model  # noqa: E402
from radiogenomics.im._latent import Encoder, pooled  # noqa: E402
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame  # noqa: E402
from radiogenomics.im._slices import prepare_slices  # noqa: E402

SLICES = {"size": 16, "choice": "all", "margin": 3.0, "min_area_share": 0.6}
SETTINGS = {"epochs": 2, "latent_dim": 4, "widths": (4, 8), "batch_size": 8}
LEARNERS = [f"P{i:02d}" for i in range(18)]
NEW = [f"P{i:02d}" for i in range(18, 22)]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """22 tumours of different size, all with T1, all but one with T2."""
    folder, rng, rows = tmp_path_factory.mktemp("images"), np.random.default_rng(0), []
    z, y, x = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in (8, 20, 20)], indexing="ij")
    for i, patient in enumerate(LEARNERS + NEW):
        radius = 4 + 4 * rng.random()
        mask = sitk.GetImageFromArray(((x**2 + y**2 <= radius**2) & (abs(z) < 3)).astype(np.uint8))
        sitk.WriteImage(mask, str(folder / f"{patient}_mask.nii.gz"))
        for sequence in ("T1", "T2")[: 1 if i == 3 else 2]:
            values = rng.normal(1, 0.1, x.shape) + (x**2 + y**2 <= radius**2) * (1 + 0.3 * np.sin(x + i))
            sitk.WriteImage(
                sitk.GetImageFromArray(values.astype(np.float32)), str(folder / f"{patient}_{sequence}.nii.gz")
            )
            rows.append(
                (
                    patient,
                    sequence,
                    str(folder / f"{patient}_{sequence}.nii.gz"),
                    str(folder / f"{patient}_mask.nii.gz"),
                )
            )
    return pd.DataFrame(rows, columns=["patient_id", "sequence", "image", "mask"])


def learners(manifest: pd.DataFrame) -> pd.DataFrame:
    return manifest[manifest["patient_id"].isin(LEARNERS)]


LABEL = pd.Series([i % 2 for i in range(16)], index=LEARNERS[:16])


@pytest.fixture(scope="module")
def supervised(manifest: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HSCAE of T1, three folds with two inner ones; two learners without a label, two patients held out."""
    return rg.im.train_autoencoder(
        learners(manifest), out_dir=tmp_path_factory.mktemp("hscae"), model="hscae", label=LABEL, sequences=["T1"],
        test=["P00", "P01"], slices=SLICES, settings=SETTINGS, folds=3, inner_folds=2, n_jobs=1, device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(manifest: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CAE of T1 and T2, two folds twice."""
    return rg.im.train_autoencoder(
        learners(manifest), out_dir=tmp_path_factory.mktemp("cae"), slices=SLICES, settings=SETTINGS, folds=2,
        repeats=2, n_jobs=1, device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="module")
def features(manifest: pd.DataFrame, supervised: Path) -> Any:
    with warnings.catch_warnings():  # spaces of networks trained for two epochs differ
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        return rg.im.encode(manifest, supervised, n_jobs=1, device="cpu")


def encoder(manifest: pd.DataFrame, folder: Path, sequence: str = "T1") -> Encoder:
    model = read_model(folder, needed_for="a test")
    table = choose_reads(manifest_frame(manifest, [sequence]), None, None)
    return Encoder(model, sequence, prepare_slices(cases_of(table), model.slices[sequence], n_jobs=1), "cpu")


def test_what_a_model_folder_tells(supervised: Path) -> None:
    about = json.loads((supervised / "model.json").read_text())
    assert about["test"] == ["P00", "P01"]
    assert sorted(about["label"]["patients"]) == LEARNERS[2:16]
    errors = pd.read_csv(supervised / "errors.csv")
    assert set(errors["model"]) == {"hscae", "pca", "mean_slice"}
    assert sorted(errors.loc[errors["model"] == "hscae", "patient_id"]) == LEARNERS[2:]
    curves = pd.read_csv(supervised / "learning_curves.csv")
    assert curves.groupby("network").size().tolist() == [2] * (1 + 3 + 6)
    assert curves["training_label_loss"].notna().all()


def test_a_second_run_reads_what_the_first_wrote(manifest: pd.DataFrame, supervised: Path) -> None:
    given = {
        "model": "hscae", "label": LABEL, "sequences": ["T1"], "test": ["P00", "P01"], "slices": SLICES, "folds": 3,
        "inner_folds": 2, "n_jobs": 1, "device": "cpu",
    }  # fmt: skip
    before = (supervised / "model.json").read_text()
    rg.im.train_autoencoder(learners(manifest), out_dir=supervised, settings=SETTINGS, **given)  # type: ignore[arg-type]
    assert (supervised / "model.json").read_text() == before
    with pytest.raises(InputError, match="another configuration"):
        rg.im.train_autoencoder(learners(manifest), out_dir=supervised, settings={**SETTINGS, "latent_dim": 5}, **given)  # type: ignore[arg-type]
    assert (supervised / "model.json").read_text() == before


def test_names_and_standing(features: Any) -> None:
    assert list(features.obs_names) == LEARNERS + NEW
    assert list(features.var_names) == [f"T1_hscae_00{i}{s}" for s in ("", "_sd") for i in (1, 2, 3, 4)]
    assert list(features.var.columns) == ["model", "sequence", "dimension", "statistic"]
    standing = features.obs["estimate"].astype(str)
    assert (standing[LEARNERS[2:]] == "out_of_fold").all()
    assert (standing[["P00", "P01", *NEW]] == "unseen").all()
    about = json.loads(features.uns["encoder"])
    assert (about["supervised"], about["estimate"], about["pooling"]) == (True, "out_of_fold", "mean_sd")
    assert about["apparent"] == []
    assert {"torch", "monai", "lightning", "radiogenomics"} == set(about["versions"])
    assert np.isfinite(features.X).all()


def test_final_features_of_a_supervised_model_are_apparent(manifest: pd.DataFrame, supervised: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        found = rg.im.encode(manifest, supervised, estimate="final", pooling="max", n_jobs=1)
    standing = found.obs["estimate"].astype(str)
    assert (standing[LEARNERS[2:16]] == "apparent").all()
    assert (standing[LEARNERS[16:]] == "seen").all()
    assert (standing[["P00", *NEW]] == "unseen").all()
    assert json.loads(found.uns["encoder"])["apparent"] == LEARNERS[2:16]
    assert list(found.var_names) == [f"T1_hscae_00{i}_max" for i in (1, 2, 3, 4)]


def test_out_of_fold_is_by_networks_that_never_saw_the_patient(
    manifest: pd.DataFrame, supervised: Path, features: Any
) -> None:
    """By hand: the network of the patient's fold, turned by its training patients' slices."""
    own = encoder(manifest, supervised)
    final = own.of(own.model.final)
    patients = own.slices.table["patient_id"].to_numpy()
    for task in own.model.folds():
        learned = np.isin(patients, task.learn)
        turn = procrustes(own.of(task)[learned], final[learned])
        for patient in task.judge:
            wanted = turn(own.of(task)[patients == patient])
            row = features[patient].X[0]
            assert row == pytest.approx(np.concatenate([wanted.mean(axis=0), wanted.std(axis=0)]))
            assert patient not in task.learn
    for patient in NEW:
        assert features[patient].X[0, :4] == pytest.approx(final[patients == patient].mean(axis=0))


def test_views_hold_nothing_of_the_fold_left_out(manifest: pd.DataFrame, supervised: Path, features: Any) -> None:
    own, views = encoder(manifest, supervised), features.uns["views"].set_index("patient_id")["fold"]
    patients = own.slices.table["patient_id"].to_numpy()
    assert sorted(k for k in features.obsm) == ["view_0", "view_1", "view_2"]
    assert (views[["P00", "P01", *NEW]] == -1).all()
    for task in own.model.folds(0):
        view = features.obsm[f"view_{task.fold}"]
        assert list(view.columns) == list(features.var_names)
        assert set(views.index[views == task.fold]) == set(task.judge)
        for patient in [*task.judge, "P00", *NEW]:  # by the fold's own network, as it is
            wanted = own.of(task)[patients == patient]
            assert view.loc[patient].to_numpy()[:4] == pytest.approx(wanted.mean(axis=0))
        for inner in own.model.within(task):
            learned = np.isin(patients, inner.learn)
            assert not set(inner.learn) & set(task.judge)
            turn = procrustes(own.of(inner)[learned], own.of(task)[learned])
            for patient in inner.judge:
                wanted = turn(own.of(inner)[patients == patient])
                assert view.loc[patient].to_numpy()[:4] == pytest.approx(wanted.mean(axis=0))


def test_a_patient_of_the_test_fold_moves_no_other_patient(
    manifest: pd.DataFrame, supervised: Path, features: Any
) -> None:
    """Without the patients of a fold, the others' features of that view, and their map, are the same."""
    left = features.uns["views"].query("fold == 1")["patient_id"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        fewer = rg.im.encode(manifest[~manifest["patient_id"].isin(left)], supervised, n_jobs=1)
    whole = features.obsm["view_1"].loc[fewer.obs_names]
    assert np.allclose(fewer.obsm["view_1"], whole)


def test_features_of_two_sequences(manifest: pd.DataFrame, plain: Path) -> None:
    with pytest.warns(RadiogenomicsWarning, match=r"1 patient\(s\) have no T2 \(P03\); their T2 features are missing"):
        found = rg.im.encode(manifest, plain, pooling="mean", n_jobs=1)
    assert list(found.var["sequence"].unique()) == ["T1", "T2"]
    assert found.shape == (22, 8)
    missing = np.isnan(found["P03"].X[0])
    assert missing.tolist() == [False] * 4 + [True] * 4
    assert found.obs.loc["P03", "n_slices_T2"] == 0
    assert not np.isnan(found[[p for p in found.obs_names if p != "P03"]].X).any()
    standing = found.obs["estimate"].astype(str)
    assert (standing[LEARNERS] == "seen").all()
    assert "views" not in found.uns
    assert json.loads(found.uns["encoder"])["repeats"] == 2


def test_repeats_are_averaged(manifest: pd.DataFrame, plain: Path) -> None:
    own = encoder(manifest, plain)
    patients = own.slices.table["patient_id"].to_numpy()
    rows = np.asarray(patients == "P05")
    by_hand = [own.aligned(t, own.model.final, rows) for t in own.model.folds() if "P05" in t.judge]
    assert len(by_hand) == 2
    assert np.allclose(own.out_of_fold()[rows], np.mean(by_hand, axis=0))


def test_new_patients_alone(manifest: pd.DataFrame, supervised: Path, features: Any) -> None:
    new = manifest[manifest["patient_id"].isin(NEW)]
    found = rg.im.encode(new, supervised, estimate="final", n_jobs=1)
    assert np.allclose(found.X, features[NEW].X)
    some = manifest[manifest["patient_id"].isin([*NEW, "P05"])]
    with pytest.raises(DegenerateInputError, match=r"Give the manifest of the training"):
        rg.im.encode(some, supervised, n_jobs=1)


def test_images_the_model_does_not_know(manifest: pd.DataFrame, supervised: Path, plain: Path) -> None:
    other = manifest[manifest["sequence"] == "T2"]
    with pytest.raises(InputError, match=r"found sequences T2; expected T1, which the model learned from"):
        rg.im.encode(other, supervised)
    with pytest.raises(InputError, match="'mean', 'mean_sd' or 'max'") as caught:
        rg.im.encode(manifest, supervised, estimate="best", pooling="median")  # type: ignore[arg-type]
    assert "'final', 'out_of_fold' or None" in str(caught.value)
    with pytest.raises(InputError, match=r"no model\.json"):
        rg.im.encode(manifest, plain.parent)


def test_weights_of_another_network_are_refused(manifest: pd.DataFrame, supervised: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(supervised, copy)
    shutil.copy(supervised / "T1/repeat0_fold0/weights.pt", copy / "T1/final/weights.pt")
    with pytest.raises(InputError, match="other weights than those the description names"):
        rg.im.encode(manifest, copy, estimate="final", n_jobs=1)
    (copy / "folds.csv").unlink()
    with pytest.raises(InputError, match="a model that cannot be read"):
        rg.im.encode(manifest, copy, estimate="final")


def test_pooling_by_hand() -> None:
    latent, rows = np.array([[1.0, 2], [3, 6], [5, 5]]), pd.Series(["a", "a", "b"])
    found = pooled(latent, rows, ["b", "a", "c"], "mean_sd")
    assert found[:2].tolist() == [[5, 5, 0, 0], [2, 4, 1, 2]]
    assert np.isnan(found[2]).all()
    assert pooled(latent, rows, ["a"], "max").tolist() == [[3, 6]]


def test_a_cohort_keeps_them_on_disk(features: Any, tmp_path: Path) -> None:
    clinical = pd.DataFrame({"age": 50.0, "sick": [0, 1] * 11}, index=LEARNERS + NEW)
    outcomes = {"sick": {"kind": "binary", "column": "sick", "positive": 1}}
    mdata = rg.io.assemble_cohort(clinical, outcomes=outcomes, deep=features.copy())
    rg.io.write_cohort(mdata, tmp_path / "cohort.h5mu")
    back = rg.io.read_cohort(tmp_path / "cohort.h5mu").mod["deep"]
    assert back.obsm["view_2"].equals(features.obsm["view_2"])
    assert back.uns["encoder"] == features.uns["encoder"]
    for name in ("errors", "learning_curves", "folds", "failures", "alignment", "views"):
        pd.testing.assert_frame_equal(
            back.uns[name].astype(object), features.uns[name].astype(object), check_index_type=False,
            check_column_type=False,
        )  # fmt: skip
    some = back[["P05", "P02"]].copy()
    assert some.obsm["view_0"].index.tolist() == ["P05", "P02"]


def test_slices_beside_their_reconstructions(manifest: pd.DataFrame, supervised: Path, features: Any) -> None:
    adata = features.copy()
    rg.im.reconstruct(adata, manifest, supervised, n_jobs=1)
    stored = adata.uns["reconstructions"]
    table = stored["table"].set_index("patient_id")
    assert stored["images"].shape == stored["reconstructions"].shape == (22, 16, 16)
    assert table.loc["P19", "network"] == "final"
    fold = {p: t.name for t in read_model(supervised, needed_for="a test").folds(0) for p in t.judge}
    assert table.loc["P07", "network"] == fold["P07"]
    errors = ((stored["images"] - stored["reconstructions"]) ** 2).mean(axis=(1, 2))
    assert np.allclose(errors, table["mse"])
    with pytest.raises(InputError, match="'T9'; expected one of the model's: T1"):
        rg.im.reconstruct(adata, manifest, supervised, sequence="T9")
    with pytest.raises(InputError, match="none of X1"):
        rg.im.reconstruct(adata, manifest, supervised, patients=["X1"])


def test_along_one_latent_feature(supervised: Path, features: Any) -> None:
    adata = features.copy()
    rg.im.traverse(adata, supervised, dimensions=[2, 4], n_steps=3, reach=1.0)
    stored = adata.uns["traversals"]
    assert stored["images"].shape == (6, 16, 16)
    assert stored["table"]["step"].tolist() == [-1, 0, 1] * 2
    assert np.allclose(stored["images"][1], stored["images"][4])  # the mean patient
    values = stored["table"]["value"].to_numpy()[:3]
    column = features.X[:, 1]
    assert values == pytest.approx(column.mean() + column.std() * np.array([-1, 0, 1]))
    with pytest.raises(InputError, match=r"some of 1 to 4"):
        rg.im.traverse(adata, supervised, dimensions=[5])
    renamed = adata.copy()
    renamed.var_names = [f"x{i}" for i in range(8)]
    with pytest.raises(InputError, match="no feature T1_hscae_001"):
        rg.im.traverse(renamed, supervised)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"folds": 50}, "50 for 18 patients"),
        ({"model": "hscae"}, "no label"),
        ({"label": LABEL}, "a label with model='cae'"),
        ({"inner_folds": 1}, "0, or 2 and more"),
        ({"repeats": 0}, "1 or more"),
        ({"slices": {"size": 20}}, "a multiple of 16"),
        ({"slices": {"sise": 64}}, "sise"),
        ({"settings": {"model": "hscae"}}, "that of the argument model"),
        ({"settings": {"epochs": 0}}, "epochs"),
        ({"device": "tpu"}, "'auto', 'cpu' or 'cuda'"),
        ({"test": ["X"]}, "patients of the manifest"),
    ],
)
def test_bad_arguments(manifest: pd.DataFrame, tmp_path: Path, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        rg.im.train_autoencoder(learners(manifest), out_dir=tmp_path / "m", n_jobs=1, sequences=["T1"], **given)


def test_labels_of_one_class_are_refused(manifest: pd.DataFrame, tmp_path: Path) -> None:
    one = pd.Series(1, index=LEARNERS)
    with pytest.raises(DegenerateInputError, match="one class over 18 labelled patients"):
        rg.im.train_autoencoder(learners(manifest), out_dir=tmp_path / "m", model="hscae", label=one)
