"""Tumour volumes of the simulated cohort: hidden imaging factors, an anatomy made of them, scanners and readers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import ndimage

from radiogenomics import _keys as keys
from radiogenomics._types import BoolArray, FloatArray, IntArray

IMAGING_CLASSES = ("I1", "I2", "I3")
SHARES = (0.25, 0.25, 0.50)

# Mean of each hidden factor in each class, the standard deviation of its logarithm, and its limits.
FACTORS = ("radius_mm", "necrosis", "texture_length_mm", "heterogeneity", "rim")
_MEANS = np.array(
    [
        [13.0, 0.008, 4.5, 0.5, 0.10],  # small, homogeneous
        [17.0, 0.080, 1.6, 1.5, 0.45],  # heterogeneous, fine texture
        [21.0, 0.360, 2.6, 0.8, 0.95],  # large, necrotic, enhancing rim
    ]
)
_SPREAD = np.array([0.08, 0.20, 0.12, 0.12, 0.15])
_LIMITS = np.array([[9.0, 25.0], [0.004, 0.60], [1.2, 6.0], [0.3, 2.0], [0.05, 1.40]])


@dataclass(frozen=True)
class _Contrast:
    """Intensities of one sequence, in arbitrary units before the scanner."""

    fat: float
    muscle: float
    tumour: float
    necrosis: float
    texture: float
    rim: float


#: Ends the name of a mask that was drawn in a second reading.
SECOND = "reading2"

CONTRASTS = {
    "T1": _Contrast(fat=820, muscle=400, tumour=340, necrosis=270, texture=45, rim=0),
    "T2": _Contrast(fat=620, muscle=210, tumour=520, necrosis=800, texture=120, rim=0),
    "CE-T1": _Contrast(fat=830, muscle=430, tumour=560, necrosis=300, texture=110, rim=320),
}


@dataclass(frozen=True)
class Scanner:
    """What a scanner does to the true intensities: ``gain * field * truth + offset + noise``."""

    name: str
    gain: float
    offset: float
    noise: float
    bias: float


def make_scanners(n: int) -> list[Scanner]:
    """One scanner per centre; the first is the cleanest, the others differ in gain, offset, noise and bias field."""
    return [
        Scanner(f"S{i + 1}", 1.0 + 0.35 * i, 30.0 * i, 14.0 * (1.0 + 0.5 * (i % 3)), 0.06 + 0.06 * (i % 3))
        for i in range(n)
    ]


def draw_classes(n: int, names: tuple[str, ...], shares: tuple[float, ...], rng: np.random.Generator) -> IntArray:
    """Class index of each patient: sizes as near to ``shares`` as whole patients allow, order random."""
    edges = np.round(np.cumsum(shares) / np.sum(shares) * n).astype(int)
    labels = np.searchsorted(edges, np.arange(n), side="right").clip(max=len(names) - 1)
    return rng.permutation(labels)


def draw_imaging(patients: list[str], rng: np.random.Generator) -> pd.DataFrame:
    """Hidden imaging class and factors of each patient."""
    labels = draw_classes(len(patients), IMAGING_CLASSES, SHARES, rng)
    factors = _MEANS[labels] * np.exp(_SPREAD * rng.standard_normal((len(patients), len(FACTORS))))
    factors = factors.clip(_LIMITS[:, 0], _LIMITS[:, 1])
    table = pd.DataFrame(factors, columns=list(FACTORS))
    table.insert(0, "imaging_class", [IMAGING_CLASSES[i] for i in labels])
    table.insert(0, keys.PATIENT, patients)
    return table


def _field(shape: tuple[int, ...], spacing: FloatArray, length_mm: float, rng: np.random.Generator) -> FloatArray:
    """Stationary Gaussian field (mean 0, standard deviation 1) smoothed over ``length_mm``; axes z, y, x."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), length_mm / spacing, mode="wrap", truncate=3.0)
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64)


def _largest(mask: BoolArray) -> BoolArray:
    labels, n = ndimage.label(mask)
    if n <= 1:
        return mask
    sizes = np.bincount(labels.ravel())[1:]
    return np.asarray(labels == 1 + int(np.argmax(sizes)))


@dataclass(frozen=True)
class Anatomy:
    """One patient's tissue maps on the grid (axes z, y, x)."""

    air: BoolArray
    fat: BoolArray
    tumour: BoolArray
    necrosis: FloatArray
    rim: FloatArray
    texture: FloatArray
    longest_mm: float


def make_anatomy(
    factors: dict[str, float],
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    rng: np.random.Generator,
) -> Anatomy:
    """A limb with a lobulated tumour whose size, necrotic core, texture and rim follow the hidden factors."""
    step = np.asarray(spacing[::-1], dtype=float)
    grid = np.asarray(shape[::-1])
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(grid, step, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    half = grid * step / 2
    limb = np.hypot(y / (0.94 * half[1]), x / (0.94 * half[2]))
    # The tumour keeps clear of the border of the volume, whatever the grid.
    radius = min(factors["radius_mm"], 0.72 * float(half.min()))
    semi_axes = np.minimum(radius * np.exp(rng.normal(0.0, 0.08, 3)), 0.74 * half)
    centre = rng.uniform(-1.0, 1.0, 3) * np.maximum(0.0, 0.8 * half - semi_axes) * 0.3
    place = np.sqrt(sum(((g - c) / a) ** 2 for g, c, a in zip((z, y, x), centre, semi_axes, strict=True)))
    lobes = place + 0.09 * _field(tuple(grid), step, 0.45 * radius, rng)
    tumour = _largest(lobes < 1.0)
    depth = (1.0 - lobes) * radius
    core = place + 0.15 * _field(tuple(grid), step, 0.3 * radius, rng)
    # A sigmoid one voxel wide instead of a step: partial volume at the border of the necrosis.
    necrosis = 1.0 / (1.0 + np.exp((core - factors["necrosis"] ** (1 / 3)) * radius / 0.75))
    rim = factors["rim"] * np.exp(-0.5 * ((depth - 2.0) / 2.0) ** 2)
    texture = factors["heterogeneity"] * _field(tuple(grid), step, factors["texture_length_mm"], rng)
    return Anatomy(
        air=limb > 1.0,
        fat=(limb > 0.86) & (limb <= 1.0) & ~tumour,
        tumour=tumour,
        necrosis=necrosis,
        rim=rim,
        texture=texture,
        longest_mm=float(2.0 * semi_axes.max()),
    )


def make_image(anatomy: Anatomy, contrast: _Contrast, scanner: Scanner, rng: np.random.Generator) -> FloatArray:
    """One sequence of that anatomy as that scanner shows it (non-negative whole numbers as float)."""
    truth = np.where(anatomy.fat, contrast.fat, contrast.muscle).astype(float)
    inside = contrast.tumour + contrast.texture * anatomy.texture
    inside = inside + anatomy.rim * contrast.rim
    # Necrosis is homogeneous: it replaces the textured, enhancing tissue.
    inside = anatomy.necrosis * contrast.necrosis + (1.0 - anatomy.necrosis) * inside
    truth = np.where(anatomy.tumour, inside, truth)
    truth[anatomy.air] = 0.0
    truth = ndimage.gaussian_filter(truth, 0.5)
    unit = [np.linspace(-1.0, 1.0, n) for n in truth.shape]
    z, y, x = np.meshgrid(*unit, indexing="ij", sparse=True)
    w = rng.normal(0.0, 1.0, 6)
    field = np.exp(scanner.bias * (w[0] * x + w[1] * y + w[2] * z + w[3] * x * y + w[4] * x * x + w[5] * y * y))
    signal = scanner.gain * field * truth + scanner.offset * (truth > 0)
    # Magnitude images: noise enters both channels, so that air is Rayleigh and tissue nearly Gaussian.
    noise = rng.normal(0.0, scanner.noise * scanner.gain, (2, *truth.shape))
    return np.asarray(np.rint(np.hypot(signal + noise[0], noise[1])).clip(0, 32767), dtype=np.float64)


def make_mask(tumour: BoolArray, spacing: tuple[float, ...], error_mm: float, rng: np.random.Generator) -> BoolArray:
    """A reader's contour: the true border moved by a smooth field of that standard deviation (mm)."""
    if error_mm == 0.0:
        return tumour
    step = np.asarray(spacing[::-1], dtype=float)
    distance = ndimage.distance_transform_edt(tumour, step) - ndimage.distance_transform_edt(~tumour, step)
    # The distance jumps from -step to +step across the border; half a voxel is taken off so that zero is the border.
    distance = distance - 0.5 * float(step.min()) * np.sign(distance)
    moved = _largest(distance + error_mm * _field(tumour.shape, step, 6.0, rng) > 0)
    return moved if moved.any() else tumour


def _write(array: Any, path: Path, spacing: tuple[float, ...], origin: tuple[float, ...], sitk: Any) -> None:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([float(s) for s in spacing])
    image.SetOrigin([float(o) for o in origin])
    sitk.WriteImage(image, str(path), useCompression=True)


def write_patient(
    folder: str,
    factors: dict[str, float],
    sequences: tuple[str, ...],
    scanner: Scanner,
    readers: tuple[tuple[str, float], ...],
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    seed: int,
    reread_mm: float = 0.0,
) -> tuple[float, float, float]:
    """Write one patient's volumes and masks; returns the tumour's diameter (mm), volume (mm3), necrotic share.

    With ``reread_mm`` the first reader contoured a second time, straying by that much from the first contour.
    """
    import SimpleITK as sitk

    rng = np.random.default_rng(seed)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    anatomy = make_anatomy(factors, shape, spacing, rng)
    origin = tuple(np.round(rng.uniform(-150.0, 150.0, 3), 1))
    for name in sequences:
        image = make_image(anatomy, CONTRASTS[name], scanner, rng)
        _write(image.astype(np.int16), out / f"{name}.nii.gz", spacing, origin, sitk)
    for reader, error_mm in readers:
        mask = make_mask(anatomy.tumour, spacing, error_mm, rng)
        _write(mask.astype(np.uint8), out / f"mask_{reader}.nii.gz", spacing, origin, sitk)
    if reread_mm:
        # Draws of its own, so that the other files do not depend on who was read twice.
        again = make_mask(anatomy.tumour, spacing, reread_mm, np.random.default_rng(seed + 1))
        _write(again.astype(np.uint8), out / f"mask_{readers[0][0]}_{SECOND}.nii.gz", spacing, origin, sitk)
    necrotic = float((anatomy.necrosis[anatomy.tumour] > 0.5).mean())
    return anatomy.longest_mm, float(anatomy.tumour.sum() * np.prod(spacing)), necrotic
