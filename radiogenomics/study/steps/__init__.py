"""The steps of a study, one file each."""

from __future__ import annotations

from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._step import Step
from radiogenomics.study.steps.assemble import ASSEMBLE
from radiogenomics.study.steps.associate import ASSOCIATE
from radiogenomics.study.steps.autoencoder import AUTOENCODER
from radiogenomics.study.steps.centroids import CENTROIDS
from radiogenomics.study.steps.check import CHECK
from radiogenomics.study.steps.clean import CLEAN
from radiogenomics.study.steps.cluster import CLUSTER
from radiogenomics.study.steps.combined_cindex import COMBINED_CINDEX
from radiogenomics.study.steps.correlate import CORRELATE
from radiogenomics.study.steps.enrichment import ENRICHMENT
from radiogenomics.study.steps.evaluate import EVALUATE
from radiogenomics.study.steps.expression import EXPRESSION
from radiogenomics.study.steps.extract import EXTRACT
from radiogenomics.study.steps.harmonise import HARMONISE
from radiogenomics.study.steps.icc import ICC
from radiogenomics.study.steps.integrate import INTEGRATE
from radiogenomics.study.steps.logistic import LOGISTIC
from radiogenomics.study.steps.models import MODELS
from radiogenomics.study.steps.nomogram import NOMOGRAM
from radiogenomics.study.steps.normalise import NORMALISE
from radiogenomics.study.steps.outputs import OUTPUTS
from radiogenomics.study.steps.preprocess import PREPROCESS
from radiogenomics.study.steps.quality import QUALITY
from radiogenomics.study.steps.report import REPORT
from radiogenomics.study.steps.segment import SEGMENT
from radiogenomics.study.steps.signature import SIGNATURE
from radiogenomics.study.steps.stepwise import STEPWISE
from radiogenomics.study.steps.survival import SURVIVAL
from radiogenomics.study.steps.transfer import TRANSFER

STEPS = (
    CHECK, PREPROCESS, SEGMENT, EXTRACT, AUTOENCODER, TRANSFER, ASSEMBLE, QUALITY, NORMALISE, CLEAN, ICC, HARMONISE,
    CLUSTER, INTEGRATE, ASSOCIATE, CORRELATE, SURVIVAL, STEPWISE, COMBINED_CINDEX, SIGNATURE, MODELS, LOGISTIC,
    NOMOGRAM, EVALUATE, EXPRESSION, ENRICHMENT, CENTROIDS, OUTPUTS, REPORT,
)  # fmt: skip
"""Every step of this version in its order; three of them are always done.

Features are filtered by their ICC and harmonised after they were cleaned and before they are scaled (by step clean's
settings). Counts are normalised before anything is cleaned, because nothing can be normalised after it was imputed or
scaled.
"""

ALWAYS = frozenset({"check", "assemble", "outputs"})


def planned(file: StudyFile) -> list[Step]:
    """Steps of a study: those it names, and reading, assembling and writing, which every study needs."""
    return [step for step in STEPS if step.name in ALWAYS or getattr(file.steps, step.name) is not None]
