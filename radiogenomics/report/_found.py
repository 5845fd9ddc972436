"""The results a cohort holds, recognised by their parts whatever key they were stored under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, is_multimodal, settings_of
from radiogenomics._fold_groups import fold_tests
from radiogenomics._words import modality_words
from radiogenomics.report._format import slug

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Kind of result (the function of ``rg.tl`` that makes it, ``icc`` of ``rg.pp``) -> the parts that tell it from others.
SHAPES: dict[str, frozenset[str]] = {
    "rna_quality": frozenset({"patients", "summary"}),
    "icc": frozenset({"features", "designs"}),
    "encoder": frozenset({"encoder_errors", "encoder_curves"}),
    "batch_effect": frozenset({"variance", "pca", "associations"}),
    "consensus_cluster": frozenset({"evidence", "cdf", "members"}),
    "combine_groups": frozenset({"sizes"}),
    "integrate": frozenset({"members", "evidence", "sources"}),
    "agreement": frozenset({"table", "flows"}),
    "associate": frozenset({"table", "counts"}),
    "correlate": frozenset({"table", "map", "x_hubs"}),
    "canonical_correlation": frozenset({"components", "weights", "penalties"}),
    "kaplan_meier": frozenset({"curves", "test"}),
    "cox": frozenset({"univariable", "multivariable"}),
    "cumulative_incidence": frozenset({"incidence", "gray"}),
    "fine_gray": frozenset({"subdistribution"}),
    "stepwise_cox": frozenset({"path", "inclusion"}),
    "combined_cindex": frozenset({"models", "comparisons"}),
    "signature": frozenset({"performance", "coefficients", "selection"}),
    "compare_models": frozenset({"models", "best", "tuning"}),
    "logistic": frozenset({"multivariable", "choice", "fit"}),
    "nomogram": frozenset({"points", "total", "scores"}),
    "evaluate": frozenset({"measures", "summary"}),
    "delong": frozenset({"pairs"}),
    "calibrate": frozenset({"curve", "groups", "measures"}),
    "decision_curve": frozenset({"curve", "summary"}),
    "time_roc": frozenset({"auc", "roc"}),
    "differential_expression": frozenset({"table", "candidates"}),
    "enrich": frozenset({"table", "coverage"}),
    "shrunken_centroids": frozenset({"errors", "path", "genes", "confusion"}),
}

#: Where a modality says which network learned its features, and the tables beside it.
ENCODER = "encoder"
ENCODER_TABLES = frozenset({"errors", "learning_curves"})

_PREDICTORS = {"pca": "as many principal components", "mean_slice": "the mean slice"}

#: The key each function stores under by default; that result is shown first.
_DEFAULT_KEYS = {
    "consensus_cluster": keys.GROUPS,
    "combine_groups": "combined",
    "integrate": "integrated",
    "associate": "associations",
    "correlate": "correlation",
    "compare_models": "models",
    "enrich": "enrichment",
    "stepwise_cox": "stepwise",
}


@dataclass(frozen=True)
class Found:
    """One stored result.

    Attributes
    ----------
    kind
        The function of ``rg.tl`` that made it.
    key, modality
        Where it is stored; ``modality`` is ``None`` for a joint result.
    fold_tests
        Of survival curves, the parts of the split whose groups are cross-validated (``radiogenomics._fold_groups``).
    """

    kind: str
    key: str
    modality: str | None
    result: Mapping[str, Any]
    fold_tests: Mapping[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What ``groupby=`` would call it: ``radiomics:groups``, or the key."""
        return f"{self.modality}:{self.key}" if self.modality else self.key

    @property
    def slug(self) -> str:
        """The beginning of the names of its files and anchors."""
        return slug(self.modality, self.key)

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting it was made with."""
        return dict(settings_of(self.result)) if keys.SETTINGS in self.result else {}

    def table(self, part: str) -> pd.DataFrame:
        """One of its tables; without rows and columns where it is not stored."""
        found = self.result.get(part)
        return frame_of(self.result, part) if isinstance(found, pd.DataFrame) else pd.DataFrame()

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """All its tables by the name of their part, in the order of the names (files forget any other)."""
        for part in sorted(self.result):
            if isinstance(self.result[part], pd.DataFrame):
                yield part, self.table(part)

    @property
    def left_out(self) -> pd.DataFrame:
        """Patients it left out (``patient_id``, ``reason``)."""
        return self.table(keys.LEFT_OUT)


def kind_of(value: Any) -> str | None:
    """Which function made a stored value, or ``None`` when it is not a result."""
    if not isinstance(value, Mapping):
        return None
    parts = set(value)
    if "table" in parts and isinstance(value["table"], pd.DataFrame) and "log2_fold_change" in value["table"]:
        return "differential_expression"
    fitting = [kind for kind, needed in SHAPES.items() if needed <= parts]
    return max(fitting, key=lambda kind: len(SHAPES[kind]), default=None)


def modalities_of(data: Cohort) -> dict[str | None, Any]:
    """Every matrix of the cohort by its modality (``None`` for an AnnData)."""
    return dict(data.mod) if is_multimodal(data) else {None: data}


def results_in(data: Cohort) -> list[Found]:
    """Every stored result, in the order of the analysis; the default key first, then by name."""
    found = []
    for modality, adata in modalities_of(data).items():
        found += [Found(k, key, modality, v) for key, v in adata.uns.items() if (k := kind_of(v)) is not None]
        if ENCODER in adata.uns and set(adata.uns) >= ENCODER_TABLES:
            found.append(Found(ENCODER, ENCODER, modality, _encoder(adata.uns)))
    if is_multimodal(data):
        found += [Found(k, key, None, v) for key, v in data.uns.items() if (k := kind_of(v)) is not None]
    found = [replace(f, fold_tests=fold_tests(data, f.settings)) if f.kind == "kaplan_meier" else f for f in found]
    order = list(SHAPES)
    modalities = [str(m) for m in modalities_of(data)]

    def place(f: Found) -> tuple[int, int, bool, str]:
        where = modalities.index(str(f.modality)) if str(f.modality) in modalities else len(modalities)
        return order.index(f.kind), where, f.key != _DEFAULT_KEYS.get(f.kind, f.kind), f.key

    return sorted(found, key=place)


def _encoder(uns: Mapping[str, Any]) -> dict[str, Any]:
    """What ``rg.im.encode`` left of the network, as one result."""
    errors = frame_of(uns, "errors")
    by = ["sequence", "model"]
    summary = errors.groupby(by, sort=False, observed=True)[["mse", "mse_tumour"]].mean().reset_index()
    summary["told"] = [_PREDICTORS.get(str(m), modality_words(str(m))) for m in summary["model"]]
    curves = frame_of(uns, "learning_curves")
    about = {keys.SETTINGS: uns[ENCODER], "encoder_errors": errors, "encoder_curves": curves, "summary": summary}
    if isinstance(uns.get("reconstructions"), Mapping):
        about["reconstructions"] = uns["reconstructions"]
    return about


def outcomes_of(data: Cohort) -> dict[str, dict[str, Any]]:
    """Every registered outcome by name, in the order of registration."""
    registered = data.uns.get(keys.OUTCOMES, {})
    return {n: dict(registered[n]) for n in sorted(registered, key=lambda n: int(registered[n].get("order", 0)))}


def blocks(frame: pd.DataFrame) -> Iterator[tuple[str | None, pd.DataFrame]]:
    """The table per part of the split, with ``None`` where there is no split."""
    if "split" not in frame or frame.empty:
        yield None, frame
        return
    present = [str(s) for s in dict.fromkeys(frame["split"].dropna())]
    ordered = [s for s in keys.SPLITS if s in present] + [s for s in present if s not in keys.SPLITS]
    for part in ordered:
        yield (None if part == "all" else part), frame[frame["split"] == part]


def where(split: str | None) -> str:
    """Beginning of a sentence on one part of the split; nothing without a split."""
    return f"In the {split} patients: " if split else ""
