"""Broken inputs: each a named failure; the others' features are what they are alone; the exit code tells."""

# ruff: noqa: E501 (one broken input per line)

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from radiogenomics import im, io
from radiogenomics._cohort import frame_of
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.cli import app

sitk = pytest.importorskip("SimpleITK")
SHAPE = (10, 16, 18)
SETTINGS = {"feature_classes": ["shape", "firstorder"]}


def good(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    z, y, x = np.indices(SHAPE)
    ball = (z - 5) ** 2 + (y - 8) ** 2 + (x - 9) ** 2 <= 12
    values = np.random.default_rng(seed).normal(100, 10, SHAPE) + 40 * ball
    return values.astype(np.float32), ball.astype(np.uint8)


class Maker:
    """Writes a case of a patient; a broken one is a good one with something changed."""

    def __init__(self, folder: Path, dicom: Any) -> None:
        self.folder, self.dicom = folder, dicom
        folder.mkdir()

    def files(self, *, image: Any = None, mask: Any = None, ending: str = "nii.gz") -> dict[str, Any]:
        values, ball = good()
        paths = {}
        for name, given, own in (("image", image, values), ("mask", mask, ball)):
            made = given if isinstance(given, sitk.Image) else sitk.GetImageFromArray(own if given is None else given)
            paths[name] = str(self.folder / f"{name}.{ending}")
            sitk.WriteImage(made, paths[name])
        return paths

    def edited(self, edit: Callable[[bytearray], Any], ending: str = "nii", which: str = "image") -> dict[str, Any]:
        """The bytes of a file changed."""
        row = self.files(ending=ending)
        content = bytearray(Path(row[which]).read_bytes())
        edit(content)
        Path(row[which]).write_bytes(bytes(content))
        return row

    def header(self, edit: Callable[[bytes], bytes]) -> dict[str, Any]:
        row = self.files(ending="nrrd")
        path = Path(row["image"])
        head, _, rest = path.read_bytes().partition(b"\n\n")
        path.write_bytes(edit(head) + b"\n\n" + rest)
        return row

    def series(self, change: Any = None, mask: np.ndarray | None = None, **how: Any) -> dict[str, Any]:
        values, ball = good()
        self.dicom.write_series(self.folder / "dicom", values, change=change, **how)
        seg = self.dicom.write_seg(self.folder / "seg.dcm", {"GTV": ball if mask is None else mask})
        return {"image": str(self.folder / "dicom"), "mask": str(seg)}

    def rtstruct(self, roi: str | None = None, shift: Any = 0.0, **how: Any) -> dict[str, Any]:
        row = self.series()
        contours = [c + shift for c in self.dicom.outlines(good()[1])]
        row["mask"] = str(self.dicom.write_rtstruct(self.folder / "rs.dcm", {"GTV": contours}, **how))
        return row | ({} if roi is None else {"roi": roi})


def nan_voxel(make: Maker) -> dict[str, Any]:
    values, _ = good()
    values[1, 2, 3] = np.nan
    return make.files(image=values)


def moved(make: Maker) -> dict[str, Any]:
    mask = sitk.GetImageFromArray(good()[1])
    mask.SetOrigin((400.0, 0.0, 0.0))
    return make.files(mask=mask) | {"resample_mask": True}


def only(*at: Any) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[at] = 1
    return mask


def pixdim(axis: int, value: float) -> Callable[[bytearray], Any]:
    return lambda content: struct.pack_into("<f", content, 76 + 4 * axis, value)


def shear(content: bytearray) -> None:
    struct.pack_into("<2h", content, 252, 0, 1)  # sform alone
    struct.pack_into("<12f", content, 280, 1, 0.4, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)


def two_series(make: Maker) -> dict[str, Any]:
    row = make.series()
    make.dicom.write_series(make.folder / "dicom", good()[0], series="1.2.9", description="second")
    return row


def put(name: str, value: Callable[[int, Any], Any]) -> Callable[[Any, int], Any]:
    return lambda data, k: setattr(data, name, value(k, getattr(data, name, None)))


def empty_folder(make: Maker) -> dict[str, Any]:
    (make.folder / "empty").mkdir()
    return make.files() | {"image": str(make.folder / "empty")}


def one_slice(make: Maker) -> dict[str, Any]:
    values, mask = good()
    return make.files(image=values[5:6], mask=mask[5:6])


def other_image(make: Maker) -> dict[str, Any]:
    row = make.series()
    make.dicom.write_seg(Path(row["mask"]), {"GTV": good()[1]}, frame="1.2.3.99")
    return row


def off_grid(make: Maker) -> dict[str, Any]:
    row = make.series()
    make.dicom.write_seg(Path(row["mask"]), {"GTV": good()[1]}, origin=(0.4, 0, 0))
    return row


def cut_raw(make: Maker) -> dict[str, Any]:
    row = make.files(ending="mhd")
    raw = make.folder / "image.raw"
    raw.write_bytes(raw.read_bytes()[:-500])
    return row


BROKEN: dict[str, tuple[Callable[[Maker], dict[str, Any]], str, str]] = {
    # what is wrong: how it is made, error, words of its message
    "truncated gzip": (lambda m: m.edited(lambda c: c.__delitem__(slice(len(c) // 2, None)), "nii.gz"), "InputError", "gzip stream that breaks off"),
    "truncated inside a whole gzip": (lambda m: m.edited(lambda c: c.__setitem__(slice(None), gzip.compress(gzip.decompress(c)[:900])), "nii.gz"), "InputError", "900 bytes; expected"),
    "wrong magic": (lambda m: m.edited(lambda c: c.__setitem__(slice(0, 4), b"\0\0\0\0")), "InputError", "no NIfTI header"),
    "text in place of an image": (lambda m: m.edited(lambda c: c.__setitem__(slice(None), b"patient,sequence"), "nrrd"), "InputError", "image.nrrd"),
    "missing file": (lambda m: m.files() | {"image": str(m.folder / "none.nii")}, "InputError", "no such file"),
    "missing mask": (lambda m: m.files() | {"mask": str(m.folder / "none.nii")}, "InputError", "no such file"),
    "empty folder": (empty_folder, "InputError", "an empty folder"),
    "2-D image": (lambda m: m.files(image=good()[0][0], ending="nrrd"), "InputError", "2 dimensions (18 x 16)"),
    "4-D image": (lambda m: m.files(image=sitk.JoinSeries([sitk.GetImageFromArray(good()[0])] * 2)), "InputError", "4 dimensions"),
    "colour image": (lambda m: m.files(image=sitk.Compose([sitk.GetImageFromArray(good()[0])] * 3), ending="nrrd"), "InputError", "3 values per voxel"),
    "NaN voxels": (nan_voxel, "InputError", "1 of 2880 voxels NaN"),
    "zero spacing": (lambda m: m.edited(pixdim(2, 0.0)), "GeometryError", "voxel spacing 1 x 0 x 1"),
    "negative spacing": (lambda m: m.edited(pixdim(3, -1.0)), "GeometryError", "voxel spacing 1 x 1 x -1"),
    "negative spacing, MetaImage": (lambda m: m.edited(lambda c: c.__setitem__(slice(None), c.replace(b"ElementSpacing = 1 1", b"ElementSpacing = 1 -1")), "mha"), "GeometryError", "voxel spacing 1 x -1 x 1"),
    "sheared NIfTI": (lambda m: m.edited(shear), "InputError", "orthonormal"),
    "sheared NRRD": (lambda m: m.header(lambda h: h.replace(b"(0,1,0)", b"(0.4,1,0)")), "GeometryError", "column 'direction'"),
    "truncated raw file of MetaImage": (cut_raw, "InputError", "image.mhd"),
    "one slice": (one_slice, "DegenerateInputError", "an image of one slice (18 x 16 x 1)"),
    "all-zero mask": (lambda m: m.files(mask=only([])), "DegenerateInputError", "without any marked voxel"),
    "float labels": (lambda m: m.files(mask=good()[1] * np.float32(0.5)), "InputError", "the mask value 0.5"),
    "label that is not there": (lambda m: m.files() | {"label": 7}, "InputError", "no label 7; expected one of 1 ("),
    "several labels, none chosen": (lambda m: m.files(mask=good()[1] + 3 * only(0, 0)), "InputError", "expected one label"),
    "one voxel": (lambda m: m.files(mask=only(5, 8, 9)), "DegenerateInputError", "a region of 1 voxel(s)"),
    "line of voxels": (lambda m: m.files(mask=only(5, 8, slice(4, 9))), "DegenerateInputError", "a line of 5 voxels"),
    "flat region": (lambda m: m.files(image=np.ones(SHAPE, dtype=np.float32)), "DegenerateInputError", "the same intensity 1"),
    "mask of another size": (lambda m: m.files(mask=good()[1][:-1]), "GeometryError", "mask size (18, 16, 9)"),
    "mask off the image": (moved, "DegenerateInputError", "a mask that lies off the image"),
    "missing slice": (lambda m: m.series(lambda d, k: k != 4), "GeometryError", "1 missing slice(s) between"),
    "duplicated slice": (lambda m: m.series(put("ImagePositionPatient", lambda k, p: [0, 0, p[2] - (k == 9)])), "GeometryError", "in a place that has one already"),
    "unequal slices": (lambda m: m.series(put("ImagePositionPatient", lambda k, p: [0, 0, p[2] + 0.2 * (k > 6)])), "GeometryError", "distances between slices"),
    "mixed orientations": (lambda m: m.series(put("ImageOrientationPatient", lambda k, o: [0, 1, 0, 0, 0, -1] if k == 3 else o)), "GeometryError", "slices of 2 orientations"),
    "truncated DICOM file": (lambda m: m.series() | {"_cut": "dicom"}, "InputError", "pixels that cannot be read"),
    "two series, none chosen": (two_series, "InputError", "2 DICOM series ('t1', MR, 10 slices"),
    "series that is not there": (lambda m: two_series(m) | {"series": "flair"}, "InputError", "no series 'flair'"),
    "RTSTRUCT of another frame of reference": (lambda m: m.rtstruct(frame="1.2.3.99"), "GeometryError", "structure 'GTV' in another frame of reference"),
    "structure that is not there": (lambda m: m.rtstruct(roi="CTV"), "InputError", "no structures that fit 'CTV'; expected one of: 'GTV' (1)"),
    "contours between slices": (lambda m: m.rtstruct(shift=[0, 0, 0.5]), "GeometryError", "contours between slices"),
    "contours off the image": (lambda m: m.rtstruct(shift=[90, 0, 0]), "GeometryError", "contours beyond the image"),
    "SEG of another image": (other_image, "GeometryError", "segment 'GTV' in another frame of reference"),
    "SEG on another grid": (off_grid, "GeometryError", "mask size"),
    "SUV without a dose": (lambda m: m.series(**m.dicom.pet(RadionuclideTotalDose=None)) | {"intensity": "suv"}, "InputError", "column 'RadionuclideTotalDose': found nothing"),
    "SUV of a NIfTI file": (lambda m: m.files() | {"intensity": "suv"}, "InputError", "intensity 'suv' for a file"),
}  # fmt: skip


def broken(name: str, folder: Path, dicom: Any) -> dict[str, Any]:
    row = BROKEN[name][0](Maker(folder, dicom))
    if row.pop("_cut", None):
        file = sorted(Path(row["image"]).iterdir())[3]
        file.write_bytes(file.read_bytes()[:-40])
    return row


def write_good(folder: Path, seed: int) -> dict[str, Any]:
    folder.mkdir()
    for name, values in zip(("image", "mask"), good(seed), strict=True):
        sitk.WriteImage(sitk.GetImageFromArray(values), str(folder / f"{name}.nii.gz"))
    return {"image": str(folder / "image.nii.gz"), "mask": str(folder / "mask.nii.gz")}


@pytest.fixture(scope="module")
def corpus(dicom: Any, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Every broken case, and three whole ones among them."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = [{"patient_id": name, **broken(name, folder / f"{i}", dicom)} for i, name in enumerate(BROKEN)]
    whole = [{"patient_id": f"good{seed}", **write_good(folder / f"good{seed}", seed)} for seed in range(3)]
    table = pd.DataFrame([whole[0], *rows[:20], whole[1], *rows[20:], whole[2]])
    return table.assign(sequence="T1")


def test_each_is_named_and_the_others_are_unharmed(corpus: pd.DataFrame, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(BROKEN) >= 30
    found = im.extract_radiomics(corpus, settings=SETTINGS)
    failures = frame_of(found.uns, "failures").set_index("patient_id")
    assert sorted(failures.index) == sorted(BROKEN)
    wrong = {
        name: (failures.at[name, "error"], failures.at[name, "message"])
        for name, (_, error, words) in BROKEN.items()
        if failures.at[name, "error"] != error or words not in failures.at[name, "message"]
    }
    assert not wrong
    assert set(failures["step"]) <= {"read", "check"}
    assert not failures["message"].str.contains(r"secret|Doe|1\.2\.3\.99").any()
    assert found.obs_names.tolist() == ["good0", "good1", "good2"]
    for name in found.obs_names:
        alone = im.extract_radiomics(corpus[corpus["patient_id"] == name], settings=SETTINGS)
        np.testing.assert_array_equal(found[name].X, alone.X)
    assert capfd.readouterr().out == ""


def test_workers_name_the_same(corpus: pd.DataFrame) -> None:
    some = corpus.iloc[[0, *range(1, len(corpus), 6)]]
    one, two = (im.extract_radiomics(some, settings=SETTINGS, n_jobs=n) for n in (1, 2))
    pd.testing.assert_frame_equal(frame_of(one.uns, "failures"), frame_of(two.uns, "failures"))
    np.testing.assert_array_equal(one.X, two.X)


def on_disk(corpus: pd.DataFrame, folder: Path) -> Path:
    """A manifest file without the cases whose file is missing: those are refused before anything is read."""
    table = corpus[
        [Path(i).exists() and Path(m).exists() for i, m in zip(corpus["image"], corpus["mask"], strict=True)]
    ]
    text = {
        "label": lambda v: "" if pd.isna(v) else str(int(v)),
        "resample_mask": lambda v: "true" if v is True else "",
    }
    table = table.assign(**{column: table[column].map(to_text) for column, to_text in text.items()})
    table.to_csv(folder / "manifest.csv", index=False)
    return folder / "manifest.csv"


def test_exit_code_says_that_some_failed(corpus: pd.DataFrame, tmp_path: Path) -> None:
    manifest = on_disk(corpus, tmp_path)
    done = CliRunner().invoke(app, ["extract", str(manifest), "-o", str(tmp_path / "f.csv"), "--jobs", "1"])
    assert done.exit_code == 3, done.output
    assert done.output.count("failed: ") == len(BROKEN) - 2
    assert len(pd.read_csv(tmp_path / "f.csv")) == 3


def test_validate_names_them_before_a_run(corpus: pd.DataFrame, tmp_path: Path) -> None:
    manifest = on_disk(corpus, tmp_path)
    table = io.read_manifest(manifest)
    clinical = pd.DataFrame({"patient_id": table["patient_id"], "days": np.arange(len(table)) + 1, "event": 1})
    clinical.to_csv(tmp_path / "clinical.csv", index=False)
    (tmp_path / "study.yaml").write_text(
        "name: x\ndata:\n  clinical: {path: clinical.csv, id: patient_id}\n"
        "  outcomes: {os: {kind: survival, time: days, event: event, unit: days}}\n"
        "  images: {manifest: manifest.csv}\nsteps:\n  extract: {feature_classes: [firstorder]}\n"
    )
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "study.yaml")])
    assert f"{len(BROKEN) - 2} of {len(table)} cases would fail" in " ".join(done.output.split())
    for words in ("1 missing slice(s)", "'GTV' (1)", "RadionuclideTotalDose"):
        assert words in " ".join(done.output.split())


def test_mask_of_the_whole_image_is_a_warning(tmp_path: Path) -> None:
    row = write_good(tmp_path / "a", 0)
    sitk.WriteImage(sitk.GetImageFromArray(np.ones(SHAPE, dtype=np.uint8)), row["mask"])
    with pytest.warns(RadiogenomicsWarning, match=r"covers the whole image in 1 case\(s\), for instance P T1"):
        found = im.extract_radiomics(pd.DataFrame([{"patient_id": "P", "sequence": "T1", **row}]), settings=SETTINGS)
    assert frame_of(found.uns, "cases")["share_of_image"].tolist() == [1.0]
