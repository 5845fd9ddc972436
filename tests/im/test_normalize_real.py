"""Bias correction and normalisation on the T1 of real sarcomas, with known faults put into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im, io
from radiogenomics.im._n4 import correct_bias
from radiogenomics.im._within import foreground
from radiogenomics.schemas.preprocess import N4Settings

sitk = pytest.importorskip("SimpleITK")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def smallest(real_data: Path) -> pd.DataFrame:
    manifest = io.read_manifest(real_data / "sts_mri" / "manifest.csv")
    t1 = manifest[manifest["sequence"] == "T1"]
    size = t1["image"].map(lambda path: Path(path).stat().st_size).sort_values()
    return t1.loc[size.index[:8]].reset_index(drop=True)


def values_of(path: str) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.Cast(sitk.ReadImage(path), sitk.sitkFloat32)).astype(np.float64)


def rewritten(table: pd.DataFrame, folder: Path, change: Callable[[np.ndarray, int], np.ndarray]) -> pd.DataFrame:
    """The same cases with images that were changed."""
    folder.mkdir()
    paths = []
    for i, path in enumerate(table["image"]):
        new = sitk.GetImageFromArray(change(values_of(path), i).astype(np.float32))
        new.CopyInformation(sitk.ReadImage(path))
        paths.append(str(folder / f"{i}.nii.gz"))
        sitk.WriteImage(new, paths[-1])
    return table.assign(image=paths)


def test_n4_takes_a_known_field_out(smallest: pd.DataFrame) -> None:
    """The images come corrected, their fat at about 1000: a field of a factor of 3 across is put in and found."""
    for path in smallest["image"].iloc[[2, 7]]:
        image = sitk.Cast(sitk.ReadImage(path), sitk.sitkFloat32)
        own = values_of(path)
        z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in own.shape], indexing="ij")
        field = np.exp(0.35 * (0.6 * x + 0.5 * y - 0.6 * x * y + 0.4 * z))
        biased = sitk.GetImageFromArray((own * field).astype(np.float32))
        biased.CopyInformation(image)
        corrected, _ = correct_bias(biased, N4Settings(), where=path)
        again, _ = correct_bias(image, N4Settings(), where=path)  # what N4 would have done without the field
        found, alone = (sitk.GetArrayFromImage(i).astype(np.float64) for i in (corrected, again))
        fat = (own > 800) & (own < 1100)
        bright, put_in, kept, plain = (v[fat] for v in (own * field, field, found, alone))
        assert kept.std() / kept.mean() < 0.55 * bright.std() / bright.mean()
        assert np.corrcoef(np.log(bright / kept), np.log(put_in))[0, 1] > 0.85
        assert np.log(kept / plain).std() < 0.3 * np.log(put_in).std()


@pytest.mark.parametrize("method", ["nyul", "histogram"])
def test_scanners_of_other_gain_and_gamma_are_brought_together(
    method: str, smallest: pd.DataFrame, tmp_path: Path
) -> None:
    """Images of patients nothing was learned from, with and without another gain and gamma, become the same."""

    def as_another_scanner(values: np.ndarray, i: int) -> np.ndarray:
        gain, gamma = ((0.4, 0.8), (2.5, 1.25))[i % 2]
        return 1000 * gain * np.power(np.maximum(values, 0) / 1000, gamma)

    learned, held_out = smallest.iloc[:5], smallest.iloc[5:].reset_index(drop=True)
    im.preprocess(learned, tmp_path / "learned", normalization=method, n_jobs=1)
    standard = tmp_path / "learned" / "standard.json"
    other = rewritten(held_out, tmp_path / "other", as_another_scanner)
    for name, table in (("a", held_out), ("b", other)):
        im.preprocess(table, tmp_path / name, normalization=method, reference=str(standard), n_jobs=1)
    before, after, spread = [], [], []
    done = [io.read_manifest(tmp_path / name / "manifest.csv")["image"] for name in ("a", "b")]
    for path, changed, one, two in zip(held_out["image"], other["image"], *done, strict=True):
        own = values_of(path)
        inside = foreground(own)
        before.append(np.median(np.abs(values_of(changed) - own)[inside]) / np.subtract(*np.percentile(own, [75, 25])))
        a, b = values_of(one), values_of(two)
        after.append(np.median(np.abs(a - b)[inside]) / np.subtract(*np.percentile(a, [75, 25])))
        spread.append(np.percentile(a[inside], [15, 35, 55, 75, 95]))
    assert min(before) > 0.2
    assert max(after) < 0.05
    scale = np.mean(spread, axis=0)
    assert (np.std(spread, axis=0) < 0.1 * (scale[-1] - scale[0])).all()
