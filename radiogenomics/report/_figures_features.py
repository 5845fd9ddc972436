"""Figures of the data themselves: quality, batches."""

from __future__ import annotations

from radiogenomics.report import _sentences_batches, _sentences_encoders, _sentences_icc
from radiogenomics.report._figure_kinds import Kind, part
from radiogenomics.report._format import count

FEATURES: tuple[Kind, ...] = (
    Kind(
        "rna_quality",
        "rna_quality",
        lambda f: "Patients on the first two principal components of expression; outliers are named.",
        lambda f: f"Scatter plot of {count(len(f.table('patients')), 'patient')}; the table beside names the outliers.",
        part("patients"),
        suffix="components",
    ),
    Kind(
        "rna_quality",
        "rna_quality",
        lambda f: (
            "XIST against the mean of the Y chromosome's genes: women lie to the right, men above. A tumour that lost "
            "its Y chromosome lies low on both."
        ),
        lambda f: f"Scatter plot of {count(len(f.table('patients')), 'patient')} by clinical sex.",
        part("patients"),
        suffix="sex",
        when=lambda f: bool(f.table("patients")[["xist", "y_genes"]].notna().all(axis=1).any()),
        options={"show": "sex"},
    ),
    Kind("icc", "icc", _sentences_icc.caption, _sentences_icc.alt, part("features")),
    Kind(
        "encoder",
        "learning_curve",
        _sentences_encoders.curve_caption,
        lambda f: "Curves of the mean squared error by epoch, one for each network; the data file gives every value.",
        part("encoder_curves"),
        suffix="curves",
        keyed=False,
    ),
    Kind(
        "encoder",
        "reconstructions",
        _sentences_encoders.slices_caption,
        lambda f: "Three slices, each beside its reconstruction and the difference.",
        part("summary"),
        suffix="slices",
        when=lambda f: "reconstructions" in f.result,
        keyed=False,
    ),
    Kind(
        "batch_effect",
        "batch_pca",
        _sentences_batches.pca_caption,
        lambda f: f"Scatter plot of {f.settings.get('n_patients')} patients by batch; its file gives every value.",
        part("pca"),
        suffix="pca",
        per_split="pca",
    ),
    Kind(
        "batch_effect",
        "batch_effect",
        _sentences_batches.variance_caption,
        lambda f: "Box plots by column, before and after harmonisation; the table below gives every number.",
        part("variance"),
        suffix="variance",
        per_split="variance",
    ),
)
