"""Images: preprocessing, masks, quality control and feature extraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.im._add_corrections import add_corrections
    from radiogenomics.im._check_images import check
    from radiogenomics.im._clean_masks import clean_masks
    from radiogenomics.im._encode import encode
    from radiogenomics.im._evaluate_masks import MaskEvaluation, evaluate_masks
    from radiogenomics.im._extract_radiomics import extract_radiomics
    from radiogenomics.im._extract_transfer import extract_transfer
    from radiogenomics.im._grad_cam import GradCam, grad_cam
    from radiogenomics.im._mask_reproducibility import MaskReproducibility, mask_reproducibility
    from radiogenomics.im._peritumoral_masks import peritumoral_masks
    from radiogenomics.im._perturb_masks import perturb_masks
    from radiogenomics.im._preprocess import preprocess
    from radiogenomics.im._reconstruct import reconstruct
    from radiogenomics.im._recrop import recrop
    from radiogenomics.im._segment import segment
    from radiogenomics.im._shuffle_voxels import shuffle_voxels
    from radiogenomics.im._train_autoencoder import train_autoencoder
    from radiogenomics.im._train_segmenter import train_segmenter
    from radiogenomics.im._transfer_masks import transfer_masks
    from radiogenomics.im._traverse import traverse
    from radiogenomics.im._verify_ibsi import verify_ibsi
    from radiogenomics.im._yardstick_masks import yardstick_masks

__all__ = [
    "GradCam",
    "MaskEvaluation",
    "MaskReproducibility",
    "add_corrections",
    "check",
    "clean_masks",
    "encode",
    "evaluate_masks",
    "extract_radiomics",
    "extract_transfer",
    "grad_cam",
    "mask_reproducibility",
    "peritumoral_masks",
    "perturb_masks",
    "preprocess",
    "reconstruct",
    "recrop",
    "segment",
    "shuffle_voxels",
    "train_autoencoder",
    "train_segmenter",
    "transfer_masks",
    "traverse",
    "verify_ibsi",
    "yardstick_masks",
]

_WHERE = {
    "GradCam": "_grad_cam",
    "MaskEvaluation": "_evaluate_masks",
    "MaskReproducibility": "_mask_reproducibility",
    "add_corrections": "_add_corrections",
    "check": "_check_images",
    "clean_masks": "_clean_masks",
    "encode": "_encode",
    "evaluate_masks": "_evaluate_masks",
    "extract_radiomics": "_extract_radiomics",
    "extract_transfer": "_extract_transfer",
    "grad_cam": "_grad_cam",
    "mask_reproducibility": "_mask_reproducibility",
    "peritumoral_masks": "_peritumoral_masks",
    "perturb_masks": "_perturb_masks",
    "preprocess": "_preprocess",
    "reconstruct": "_reconstruct",
    "recrop": "_recrop",
    "segment": "_segment",
    "shuffle_voxels": "_shuffle_voxels",
    "train_autoencoder": "_train_autoencoder",
    "train_segmenter": "_train_segmenter",
    "transfer_masks": "_transfer_masks",
    "traverse": "_traverse",
    "verify_ibsi": "_verify_ibsi",
    "yardstick_masks": "_yardstick_masks",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
