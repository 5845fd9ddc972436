"""Losses of the head: a patient counts once, however many slices he has; patients without a label do not count."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

LabelKind: TypeAlias = Literal["binary", "classes", "survival"]


def patient_means(scores: Tensor, patients: Tensor) -> tuple[Tensor, Tensor]:
    """Mean score of each patient's slices, and the place of one of his slices in the batch."""
    codes, place = torch.unique(patients, return_inverse=True)
    counts = torch.zeros(len(codes), device=scores.device, dtype=scores.dtype)
    counts = counts.index_add(0, place, torch.ones(len(place), device=scores.device, dtype=scores.dtype))
    sums = torch.zeros(len(codes), scores.shape[1], device=scores.device, dtype=scores.dtype)
    means = sums.index_add(0, place, scores) / counts[:, None]
    first = torch.full((len(codes),), len(place), device=scores.device, dtype=torch.long)
    first = first.scatter_reduce(0, place, torch.arange(len(place), device=scores.device), reduce="amin")
    return means, first


def label_loss(kind: LabelKind, scores: Tensor, patients: Tensor, label: Tensor) -> Tensor:
    """Loss of a batch, 0 where it has nothing to say.

    Parameters
    ----------
    kind
        What the label is.
    scores
        (n, outputs) of slices.
    patients
        (n,) codes.
    label
        (n, 2): the class (or time) and the event, NaN for patients without a label.
    """
    means, first = patient_means(scores, patients)
    own = label[first]
    known = torch.isfinite(own[:, 0])
    if not bool(known.any()):
        return scores.sum() * 0.0
    means, own = means[known], own[known]
    if kind == "binary":
        return functional.binary_cross_entropy_with_logits(means[:, 0], own[:, 0])
    if kind == "classes":
        return functional.cross_entropy(means, own[:, 0].long())
    return cox_loss(means[:, 0], own[:, 0], own[:, 1])


def cox_loss(risk: Tensor, time: Tensor, event: Tensor) -> Tensor:
    """Negative log partial likelihood per event, ties by Breslow's way; 0 in a batch without events.

    Parameters
    ----------
    risk
        (n,) log hazards.
    time, event
        (n,) follow-up and status.
    """
    if not bool((event > 0).any()):
        return risk.sum() * 0.0
    at_risk = time[None, :] >= time[:, None]
    denominators = torch.logsumexp(risk[None, :].masked_fill(~at_risk, float("-inf")), dim=1)
    return ((denominators - risk) * event).sum() / event.sum()
