"""Findings on learned features: what the networks are, how well they redraw what they had not seen."""

from __future__ import annotations

from radiogenomics._words import modality_words
from radiogenomics.report._format import count, listed
from radiogenomics.report._found import Found

_NAMES = {"cae": "convolutional autoencoder (CAE)", "hscae": "half-supervised convolutional autoencoder (HSCAE)"}


def encoder(found: Found) -> list[str]:
    """Held-out error beside the yardsticks, and one sentence on what the features may be used for."""
    s = found.settings
    means = found.table("summary").astype({"sequence": str, "model": str}).pivot(
        index="sequence", columns="model", values="mse"
    )  # fmt: skip
    said = []
    for sequence, row in means.iterrows():
        own = float(row[s["model"]])
        text = f"{modality_words(found.modality or 'features')}, {sequence}: mean squared error {_error(own)} of the "
        text += "intensity range squared in patients whom the network had not seen"
        others = [
            f"{name} {_error(float(row[model]))}"
            for model, name in (("pca", "as many principal components"), ("mean_slice", "the mean slice"))
            if model in row
        ]
        better = "pca" not in row or own < float(row["pca"])
        said.append(f"{text}; {listed(others)}." + ("" if better else " The network is no better than components."))
    return [*said, _caution(found)]


def _caution(found: Found) -> str:
    s = found.settings
    n = len(s.get("apparent") or [])
    if n:
        return (
            f"Apparent: features of {count(n, 'patient')} come from a network that learned from their labels; whatever "
            "relates them to an outcome says nothing of new patients."
        )
    if s["supervised"]:
        return (
            f"The network learned from labels of {count(s['n_labelled'], 'patient')}; each one's features come from "
            "networks that had not seen that patient, and no relation here is proof until it holds in other patients."
        )
    return "The network learned from images alone; that a latent feature differs does not say what it shows."


def _error(value: float) -> str:
    return f"{100 * value:.2g} %"


def curve_caption(found: Found) -> str:
    """Under the learning curves."""
    return (
        f"Learning curves of {modality_words(found.modality or 'the features')}: thin lines are networks of folds, "
        "thick ones the network of all training patients; horizontal lines, the error in patients left out, of the "
        "networks and of the yardsticks."
    )


def slices_caption(found: Found) -> str:
    """Under slices and reconstructions."""
    return "Slices, what the network that had not seen the patient makes of them, and the difference."


def method(found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Title, methods sentence and references."""
    s = found.settings
    how, name = s["settings"], found.modality or "the features"
    label = ""
    if s["supervised"]:
        label = f" and, with weight {how['supervision_weight']:g}, to tell a label ({s['label']['kind']})"
    seen = (
        "features are those of networks that had not seen the patient, turned into the terms of the final network by "
        "Procrustes maps of each fold's training patients"
        if s["estimate"] == "out_of_fold"
        else "features are those of the network of all training patients"
    )
    text = (
        f"Features of {name} are {how['latent_dim']} latent features per sequence of a {_NAMES[s['model']]}, trained "
        f"with MONAI and Lightning to redraw tumour slices{label}, cross-validated by patient in {s['folds']} folds; "
        f"pooled over a patient's slices ({s['pooling']}); {seen}"
    )
    return f"Learned features of {name}", text, ("schonemann",) if s["estimate"] == "out_of_fold" else ()
