"""What rules ask: which results there are, on how many patients, from which images."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.report._cohort_section import outcome_counts, parts_of
from radiogenomics.report._format import listed
from radiogenomics.report._found import Found, modalities_of, outcomes_of
from radiogenomics.report._methods import as_mapping

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Kinds of results that are, or judge, a prediction model.
MODELS = ("signature", "compare_models", "logistic", "nomogram", "cox", "stepwise_cox", "fine_gray", "combined_cindex",
          "shrunken_centroids")  # fmt: skip
_TRANSFORMS = {"FeatureCleaner": "cleaned", "FeatureImputer": "imputed", "FeatureScaler": "scaled",
               "ComBat": "harmonised by ComBat", "CountNormalizer": "counts normalised",
               "ICCFilter": "filtered by ICC", "GeneFilter": "genes filtered"}  # fmt: skip
#: Columns of features that only images have.
_OF_IMAGES = frozenset({"image_type", "feature_class"})


@dataclass(frozen=True)
class Facts:
    """The cohort, its results and its provenance, with the questions that rules ask of them."""

    data: Cohort
    results: Sequence[Found]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Found]:
        """Results of these kinds."""
        return [found for found in self.results if found.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """Whether there is a result of one of these kinds."""
        return bool(self.of(*kinds))

    @cached_property
    def image_modalities(self) -> dict[str, Any]:
        """Matrices of features of images by modality."""
        found = {}
        for name, adata in modalities_of(self.data).items():
            named = str(name or "").startswith((keys.RADIOMICS, keys.DEEP))
            if named or set(adata.var.columns) & _OF_IMAGES or "extraction" in adata.uns or "encoder" in adata.uns:
                found[str(name or "the matrix")] = adata
        return found

    @cached_property
    def learned(self) -> list[str]:
        """Modalities whose features a network made."""
        return [name for name, a in self.image_modalities.items() if {"encoder", "transfer"} & set(a.uns)
                or "model" in a.var.columns]  # fmt: skip

    @cached_property
    def handcrafted(self) -> list[str]:
        """Modalities of hand-crafted features."""
        return [name for name in self.image_modalities if name not in self.learned]

    @cached_property
    def extraction(self) -> dict[str, Any]:
        """Settings of the extraction, or nothing where features came as a ready table."""
        return self._recorded("extraction")

    @cached_property
    def preprocessing(self) -> dict[str, Any]:
        """What was done to the volumes, or nothing."""
        return self._recorded("preprocessing")

    def _recorded(self, name: str) -> dict[str, Any]:
        return next((told for a in self.image_modalities.values() if (told := as_mapping(a.uns.get(name)))), {})

    @cached_property
    def transforms(self) -> dict[str, list[str]]:
        """Transforms of each matrix, in their order."""
        return {
            str(name or "the matrix"): [step["estimator"] for step in json.loads(a.uns.get(keys.PIPELINE, "[]"))]
            for name, a in modalities_of(self.data).items()
        }

    def transformed(self, *estimators: str) -> list[str]:
        """Modalities to which one of these transforms was applied."""
        return [name for name, steps in self.transforms.items() if set(steps) & set(estimators)]

    @cached_property
    def parts(self) -> dict[str, int]:
        """Patients of each part of the split; nothing without one."""
        return {name: int(rows.sum()) for name, rows in parts_of(self.data) if name != "all"}

    @property
    def held_out(self) -> list[str]:
        """Parts of the split that no model learned from."""
        return [part for part in ("internal", "external") if self.parts.get(part)]

    @cached_property
    def outcomes(self) -> dict[str, dict[str, Any]]:
        """Registered outcomes by name."""
        return outcomes_of(self.data)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Known outcomes and events of everyone: ``outcome``, ``known``, ``events`` and times."""
        counts = outcome_counts(self.data)
        return counts[counts["patients_of"] == "all"] if len(counts) else counts

    def event_rows(self) -> list[dict[str, Any]]:
        """The rows of ``events``."""
        return [{str(k): v for k, v in row.items()} for row in self.events.to_dict("records")]

    @cached_property
    def models(self) -> list[Found]:
        """Prediction models and what judges them."""
        return self.of(*MODELS)

    @cached_property
    def folds(self) -> list[Found]:
        """Results that cross-validate."""
        return [f for f in self.results if int(f.settings.get("folds") or 0) > 1 and f.kind in MODELS]

    def judged_on(self, *kinds: str) -> list[str]:
        """Held-out parts of the split for which a result of these kinds has a figure."""
        told: set[str] = set()
        for found in self.of(*kinds):
            for _, frame in found.tables():
                if "split" in frame:
                    told |= set(frame["split"].dropna().astype(str))
        return [part for part in self.held_out if part in told]

    @cached_property
    def other_variables(self) -> list[str]:
        """Clinical variables that an analysis used, in the order of their first use."""
        own = {str(m) for m in modalities_of(self.data) if m}
        named: list[str] = []
        for found in self.of("cox", "logistic", "nomogram", "stepwise_cox", "fine_gray", "combined_cindex"):
            s = found.settings
            for value in (*_names(s.get("variables")), *_names(s.get("covariates")), *_names(s.get("terms")),
                          *_names(s.get("groupby"))):  # fmt: skip
                if value in self.data.obs and value.partition(":")[0] not in own and value not in self._made_here:
                    named.append(value)
        return list(dict.fromkeys(named))

    @cached_property
    def _made_here(self) -> set[str]:
        """Columns that an analysis added to the clinical table: groups and scores."""
        keys_of = {f.key for f in self.results}
        return keys_of | {f"{k}_group" for k in keys_of} | {f.label for f in self.of("consensus_cluster", "integrate")}

    @cached_property
    def image_columns(self) -> set[str]:
        """Columns of groups and scores that come from features of images."""
        from_images = {f.label for f in self.of("consensus_cluster") if f.modality in self.image_modalities}
        for found in self.of("signature"):
            sources = set(found.table("coefficients").get("source", pd.Series(dtype=str)).astype(str))
            if sources & set(self.image_modalities):
                from_images |= {found.key, f"{found.key}_group"}
        for found in self.of("nomogram"):
            if set(_names(found.settings.get("terms"))) & from_images:
                from_images.add(found.key)
        return from_images

    @cached_property
    def other_columns(self) -> set[str]:
        """Columns of groups that come from matrices other than of images (RNA)."""
        return {f.label for f in self.of("consensus_cluster") if f.modality not in self.image_modalities}

    def transforms_told(self) -> list[str]:
        """Transforms of each matrix that has some, in words."""
        return [
            f"{name} ({listed((_TRANSFORMS.get(step, step) for step in steps), most=9)})"
            for name, steps in self.transforms.items()
            if steps
        ]

    def seed(self) -> str:
        """The seed of the run, as text."""
        return "" if self.provenance.get("rng") is None else str(self.provenance["rng"])

    def column(self, kinds: Iterable[str], part: str, name: str) -> pd.Series:
        """One column of a part of several results, one under the other."""
        frames = [f.table(part) for f in self.of(*kinds)]
        columns = [frame[name] for frame in frames if name in frame]
        return pd.concat(columns, ignore_index=True) if columns else pd.Series(dtype=float)

    def sequences(self) -> list[str]:
        """Sequences or phases that the features come from, where they are known."""
        named: set[str] = set()
        for adata in self.image_modalities.values():
            if "sequence" in adata.var:
                named |= set(adata.var["sequence"].dropna().astype(str)) - {"", "nan"}
        return sorted(named)

    def n_features(self) -> dict[str, int]:
        """Features of each matrix of image features."""
        return {name: int(np.int64(a.n_vars)) for name, a in self.image_modalities.items()}


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(v) for v in value]
