"""The simulated cohort: what a hospital would hand over, with effects of the size that was planted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError
from radiogenomics.datasets import simulate_cohort
from radiogenomics.datasets._simulate_clinical import IMAGING_EFFECT, RNA_EFFECT
from radiogenomics.datasets._simulate_counts import PROGRAMMES

sitk = pytest.importorskip("SimpleITK")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return simulate_cohort(tmp_path_factory.mktemp("simulated"), n_jobs=1)


@pytest.fixture(scope="module")
def truth(cohort):
    names = ("imaging", "biology", "hazards", "genes")
    return {name: pd.read_csv(cohort.truth / f"{name}.csv", keep_default_na=False) for name in names}


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


def _concordance(time, event, risk) -> float:
    """Harrell's c-index by counting every pair."""
    first = (time[:, None] < time[None, :]) & (event[:, None] == 1)
    better = (risk[:, None] > risk[None, :]) + 0.5 * (risk[:, None] == risk[None, :])
    return float((first * better).sum() / first.sum())


def test_writes_what_it_says(cohort):
    manifest = pd.read_csv(cohort.manifest)
    clinical = pd.read_csv(cohort.clinical)
    counts = pd.read_csv(cohort.counts, index_col=0)
    columns = ["patient_id", "sequence", "image", "mask", "reader", "reading", "scanner", "centre"]
    assert list(manifest) == columns
    assert len(manifest) == 60 * 3 + 2 * 20 * 3
    assert list(manifest.query("reading == 2")["reader"].unique()) == ["reader1"]
    assert all((cohort.folder / p).is_file() for p in {*manifest["image"], *manifest["mask"]})
    assert len(clinical) == 60
    assert clinical["patient_id"].is_unique
    assert counts.shape == (2000, 40)
    assert set(counts) <= set(clinical["patient_id"])
    assert (counts.to_numpy() >= 0).all()
    assert counts.to_numpy().dtype == np.int64
    with pytest.raises(FrozenInstanceError):
        cohort.folder = Path()


def test_same_seed_same_bytes_whatever_the_workers(tmp_path):
    size = {"n_patients": 12, "n_sequenced": 8, "n_reread": 4, "n_genes": 240, "sequences": ("T1",)}
    one = _hashes(simulate_cohort(tmp_path / "a", rng=3, n_jobs=1, **size).folder)
    two = _hashes(simulate_cohort(tmp_path / "b", rng=3, n_jobs=2, **size).folder)
    other = _hashes(simulate_cohort(tmp_path / "c", rng=4, n_jobs=1, **size).folder)
    assert one == two
    assert one["clinical.csv"] != other["clinical.csv"]
    assert one["images/SIM-001/T1.nii.gz"] != other["images/SIM-001/T1.nii.gz"]


def test_images_and_masks_share_a_grid_and_readers_nearly_agree(cohort):
    manifest = pd.read_csv(cohort.manifest)
    reread = sorted(manifest.loc[manifest["reader"] == "reader2", "patient_id"].unique())
    assert len(reread) == 20
    for patient in reread[:6]:
        rows = manifest[(manifest["patient_id"] == patient) & (manifest["sequence"] == "T1")]
        rows = rows.drop_duplicates(["reader", "reading"])
        assert len(rows) == 3
        image = sitk.ReadImage(str(cohort.folder / rows["image"].iloc[0]))
        masks = [sitk.ReadImage(str(cohort.folder / m)) for m in rows["mask"]]
        for mask in masks:
            assert mask.GetSize() == image.GetSize() == (48, 48, 16)
            assert mask.GetSpacing() == image.GetSpacing() == pytest.approx((1.5, 1.5, 4.0))
            assert mask.GetOrigin() == image.GetOrigin()
        first, other, again = (sitk.GetArrayFromImage(m).astype(bool) for m in masks)
        between, within = (2 * (first & b).sum() / (first.sum() + b.sum()) for b in (other, again))
        assert 0.85 < between < within < 0.995


def test_tumours_keep_clear_of_the_border_of_the_volume(cohort):
    for path in cohort.folder.glob("images/*/mask_*.nii.gz"):
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
        assert mask.any()
        assert not any(np.take(mask, i, axis=k).any() for k in range(3) for i in (0, -1)), path


def test_images_show_the_hidden_factors(cohort, truth):
    """Rim enhancement, necrosis and texture length can be measured on the CE-T1 images."""
    measured = []
    for row in truth["imaging"].itertuples():
        folder = cohort.folder / "images" / row.patient_id
        image = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "CE-T1.nii.gz"))).astype(float)
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "mask_reader1.nii.gz"))).astype(bool)
        muscle = np.median(image[~mask & (image > 200)])
        values = image[mask] / muscle
        measured.append((mask.sum() * 9.0, np.quantile(values, 0.95), (values < 0.85).mean()))
    volume, bright, dark = np.array(measured).T
    hidden = truth["imaging"]
    np.testing.assert_allclose(volume, hidden["volume_mm3"], rtol=1e-5)
    assert np.corrcoef(bright, hidden["rim"])[0, 1] > 0.6
    assert np.corrcoef(dark, hidden["necrotic_share"])[0, 1] > 0.9


def test_scanners_differ(cohort):
    manifest = pd.read_csv(cohort.manifest).query("sequence == 'T1' and reader == 'reader1'")
    fat = {
        scanner: np.mean(
            [
                np.quantile(sitk.GetArrayFromImage(sitk.ReadImage(str(cohort.folder / i))), 0.95)
                for i in rows["image"][:8]
            ]
        )
        for scanner, rows in manifest.groupby("scanner")
    }
    assert fat["S2"] > 1.15 * fat["S1"]


def test_counts_carry_the_programmes(cohort, truth):
    counts = pd.read_csv(cohort.counts, index_col=0)
    log = np.log2(counts / counts.sum() * 1e6 + 1)
    classes = truth["biology"].set_index("patient_id").loc[log.columns, "rna_class"].to_numpy()
    change = log.loc[:, classes == "R2"].mean(axis=1) - log.loc[:, classes == "R1"].mean(axis=1)
    by_programme = change.groupby(truth["genes"]["programme"].to_numpy()).median()
    for name, planted in PROGRAMMES.items():
        assert by_programme[name] == pytest.approx(planted, abs=0.5), name
    assert by_programme[""] == pytest.approx(0.0, abs=0.25)
    # Over-dispersed: the variance of a well expressed gene that no programme drives exceeds the Poisson one.
    plain = counts[(truth["genes"]["programme"] == "").to_numpy() & (counts.mean(axis=1) > 50).to_numpy()]
    assert (plain.var(axis=1) > 2 * plain.mean(axis=1)).mean() > 0.95


def test_gene_sets_are_programmes_and_decoys(cohort, truth):
    sets = {line.split("\t")[0]: line.split("\t")[2:] for line in cohort.gene_sets.read_text().splitlines()}
    genes = truth["genes"]
    for name in PROGRAMMES:
        measured = set(sets[f"PROGRAMME_{name}"]) & set(genes["gene"])
        assert measured == set(genes.loc[genes["programme"] == name, "gene"])
        assert len(measured) < len(sets[f"PROGRAMME_{name}"])
    assert sum(name.startswith("DECOY") for name in sets) == 20


def test_imaging_and_biology_are_independent(tmp_path):
    from scipy.stats import chi2_contingency

    paths = simulate_cohort(
        tmp_path, n_patients=400, n_sequenced=0, n_reread=0, n_genes=200, sequences=["T1"], shape=(8, 8, 8)
    )
    image = pd.read_csv(paths.truth / "imaging.csv")["imaging_class"]
    rna = pd.read_csv(paths.truth / "biology.csv")["rna_class"]
    assert chi2_contingency(pd.crosstab(image, rna)).pvalue > 0.01
    assert not paths.counts.exists()
    assert "rna" not in paths.study.read_text()


def test_survival_depends_on_both_and_events_are_as_many_as_planned(cohort, truth):
    clinical = pd.read_csv(cohort.clinical)
    assert 0.40 <= clinical["mfs_event"].mean() <= 0.50
    assert (clinical["os_days"] >= clinical["mfs_days"]).all()
    assert (clinical["mfs_event"] >= clinical["os_event"]).all()
    assert (clinical["mfs_event"] >= clinical["lung_metastasis"]).all()
    assert (clinical["mfs_days"] > 0).all()
    time, event = clinical["mfs_days"].to_numpy(), clinical["mfs_event"].to_numpy()
    image = truth["imaging"]["imaging_class"].map(IMAGING_EFFECT).to_numpy()
    rna = truth["biology"]["rna_class"].map(RNA_EFFECT).to_numpy()
    both = _concordance(time, event, image + rna)
    assert both > _concordance(time, event, image) + 0.02 > 0.57
    assert both > _concordance(time, event, rna) + 0.02 > 0.57


def test_progression_is_recurrence_or_metastasis(cohort, truth):
    clinical = pd.read_csv(cohort.clinical)
    assert (clinical["pfs_days"] <= clinical["mfs_days"]).all()
    both = clinical["recurrence"].astype(bool) | clinical["mfs_event"].astype(bool)
    assert (clinical["pfs_event"].astype(bool) == both).all()
    assert 0.3 <= clinical["recurrence"].mean() <= 0.5
    assert set(clinical["ajcc_stage"]) == {"II", "IIIA", "IIIB"}
    assert clinical.groupby("ajcc_stage")["size_mm"].mean().is_monotonic_increasing
    odds, high = truth["hazards"]["log_odds_grade_resected"], clinical["grade_resected"] == "G3"
    assert odds[high].mean() > odds[~high].mean() + 1
    hazard, lost = truth["hazards"]["log_hazard_recurrence"], clinical["recurrence"] == 1
    assert hazard[lost].mean() > hazard[~lost].mean() + 0.5


def test_deep_features_follow_factors_and_scanners(cohort, truth):
    from radiogenomics.io import read_features

    deep = read_features(cohort.deep, modality="deep")
    assert deep.shape == (60, 3 * 64)
    assert list(deep.var) == ["model", "sequence", "dimension"]
    assert set(deep.var["model"]) == {"resnet34"}
    assert (deep.X >= 0).all()
    log = np.log(truth["imaging"][["radius_mm", "necrosis", "texture_length_mm", "heterogeneity", "rim"]])
    correlation = np.abs(np.corrcoef(deep.X.T, log.to_numpy().T)[:-5, -5:])
    t1 = (deep.var["sequence"] == "T1").to_numpy()
    assert 0.1 < (correlation.max(axis=1) > 0.6).mean() < 0.3, "a quarter carry a factor, most of them clearly"
    assert correlation[t1, :4].max() > 0.6


def test_the_worst_combination_is_large_enough_to_be_studied(cohort, truth):
    classes = truth["imaging"].merge(truth["biology"], on="patient_id").set_index("patient_id")
    sequenced = pd.read_csv(cohort.counts, index_col=0, nrows=1).columns
    worst = classes.loc[sequenced].query("imaging_class == 'I3' and rna_class == 'R2'").index
    events = pd.read_csv(cohort.clinical, index_col="patient_id").loc[worst, "mfs_event"]
    assert len(events) >= 10
    assert events.sum() >= 5


def test_study_file_is_valid(cohort):
    from radiogenomics.study import load

    assert load(cohort.study).file.modalities() == ["radiomics", "rna"]


def test_planted_hazards_are_recovered(tmp_path):
    """Cox coefficients of the true classes in a large cohort, by an independent implementation."""
    from lifelines import CoxPHFitter

    from radiogenomics.datasets import _simulate_clinical as clinical
    from radiogenomics.datasets._simulate_counts import draw_biology
    from radiogenomics.datasets._simulate_images import draw_imaging

    rng = np.random.default_rng(0)
    patients = [str(i) for i in range(3000)]
    imaging = draw_imaging(patients, rng)
    biology = draw_biology(imaging, 200, rng).patients
    covariates = clinical.draw_covariates(imaging, biology, rng)
    follow_up, _ = clinical.draw_follow_up(covariates, imaging, biology, rng)
    table = pd.DataFrame(
        {
            "I2": (imaging["imaging_class"] == "I2").astype(float),
            "I3": (imaging["imaging_class"] == "I3").astype(float),
            "R2": (biology["rna_class"] == "R2").astype(float),
            "age": covariates["age_years"] / 10.0,
            "time": follow_up["mfs_days"],
            "event": follow_up["mfs_event"],
        }
    )
    fit = CoxPHFitter().fit(table, "time", "event")
    planted = {"I2": 0.9, "I3": 1.8, "R2": 1.6, "age": 0.1}
    for name, value in planted.items():
        assert abs(fit.params_[name] - value) < 3.5 * fit.standard_errors_[name], name


def test_truth_is_readable(cohort):
    settings = json.loads((cohort.truth / "settings.json").read_text())
    assert settings["log_hazard_ratio"]["rna"] == RNA_EFFECT
    assert [s["name"] for s in settings["scanners"]] == ["S1", "S2"]


def test_study_file_names_what_was_written(cohort):
    import yaml

    study = yaml.safe_load(cohort.study.read_text())
    clinical = pd.read_csv(cohort.clinical)
    data = study["data"]
    for path in (data["clinical"]["path"], data["images"]["manifest"], data["rna"]["path"]):
        assert (cohort.folder / path).is_file()
    assert (cohort.folder / study["steps"]["enrichment"]["gene_sets"]).is_file()
    for outcome in data["outcomes"].values():
        assert {outcome.get("time"), outcome.get("event"), outcome.get("column")} - {None} <= set(clinical)
    assert set(study["steps"]["associate"]["variables"]) <= set(clinical)


def test_wrong_numbers_are_named_together(tmp_path):
    with pytest.raises(InputError) as caught:
        simulate_cohort(tmp_path, n_patients=3, n_sequenced=5, n_genes=10)
    message = str(caught.value)
    assert all(word in message for word in ("n_patients", "n_sequenced", "n_genes"))
    with pytest.raises(InputError, match="Did you mean 'CE-T1'"):
        simulate_cohort(tmp_path, sequences=["CET1"])


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        simulate_cohort(tmp_path / "out")


def test_counts_of_an_earlier_call_do_not_stay_beside_patients_without(tmp_path: Path) -> None:
    tiny = {"n_patients": 12, "n_reread": 0, "n_genes": 200, "sequences": ["T1"], "shape": (8, 8, 8)}
    assert simulate_cohort(tmp_path, n_sequenced=6, **tiny).counts.is_file()
    paths = simulate_cohort(tmp_path, n_sequenced=0, **tiny)
    assert not paths.counts.exists()
    assert not paths.gene_sets.exists()
