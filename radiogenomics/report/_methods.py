"""Methods text: a paragraph per step that was done, with every setting it was done with, and what it cites."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal
from radiogenomics._words import grouping_words, log_rank_words
from radiogenomics.report import (
    _sentences_batches,
    _sentences_canonical,
    _sentences_centroids,
    _sentences_encoders,
    _sentences_icc,
    _sentences_map,
    _sentences_rna,
)
from radiogenomics.report._format import cell, count, listed, setting
from radiogenomics.report._found import Found, modalities_of, outcomes_of
from radiogenomics.report._methods_features import extraction_text, transfer_text, transform_text
from radiogenomics.report._methods_models import MODEL_METHODS
from radiogenomics.report._references import REFERENCES
from radiogenomics.report._sentences import reference_of
from radiogenomics.report._sentences_integrate import agreement_method, integrate_method
from radiogenomics.report._wording import title_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Packages whose version changes what a report says.
PACKAGES = (
    "radiogenomics", "numpy", "scipy", "pandas", "anndata", "mudata", "scikit-learn", "numba", "gseapy", "pydeseq2",
    "matplotlib", "SimpleITK", "pyradiomics-bhklab",
)  # fmt: skip


def methods_of(data: Cohort, results: Sequence[Found]) -> dict[str, Any]:
    """Paragraphs (``heading``, ``text``, ``settings``) in the order of the analysis, the ``references`` they cite, and
    those by short name (``cited``).

    Citations stand in the text as ``[n]``, numbered in the order of their first use.
    """
    steps = [_cohort(data), *_features(data), *_merged([_step(found) for found in results])]
    cited: list[str] = []
    paragraphs = []
    for heading, text, citations, settings in steps:
        for name in citations:
            if name not in cited:
                cited.append(name)
        numbers = sorted(cited.index(name) + 1 for name in citations)
        marks = f" [{', '.join(map(str, numbers))}]" if numbers else ""
        paragraphs.append({"heading": heading, "text": f"{text}{marks}.", "settings": _items(settings)})
    return {"paragraphs": paragraphs, "references": [REFERENCES[name] for name in cited], "cited": cited}


Step = tuple[str, str, tuple[str, ...], Mapping[str, Any]]


#: Paragraphs whose text does not say which groups and outcomes they are about.
_SUBJECT_APART = ("Survival curves", "Cox regression")


def _merged(steps: Sequence[Step]) -> list[Step]:
    """Steps of one heading (the survival curves of several groupings) as one paragraph with the settings of each."""
    by_heading: dict[str, list[Step]] = {}
    for step in steps:
        by_heading.setdefault(step[0], []).append(step)
    out = []
    for heading, same in by_heading.items():
        if len(same) == 1 and heading not in _SUBJECT_APART:
            out.append(same[0])
            continue
        of = listed((_subject(step[3]) for step in same), most=99)
        text = ". ".join(dict.fromkeys(step[1] for step in same)) + f". This was done for {of}"
        citations = tuple(dict.fromkeys(name for step in same for name in step[2]))
        settings = {f"{i}. {name}": v for i, step in enumerate(same, start=1) for name, v in step[3].items()}
        settings = settings if len(same) > 1 else dict(same[0][3])
        out.append((heading, text, citations, settings))
    return out


def _subject(s: Mapping[str, Any]) -> str:
    """What one of several analyses of a kind was about: ``os by rna:groups``."""
    by = s.get("groupby") or s.get("variables") or s.get("method") or []
    return " by ".join(p for p in (s.get("outcome") or "", by if isinstance(by, str) else " + ".join(by)) if p)


def _items(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(name), setting(value)) for name, value in settings.items()]


def _cohort(data: Cohort) -> Step:
    parts = [
        f"{m} ({count(a.n_obs, 'patient')}, {count(a.n_vars, 'feature')})" for m, a in modalities_of(data).items() if m
    ]
    text = f"The cohort has {count(data.n_obs, 'patient')}" + (f", with {listed(parts, most=9)}" if parts else "")
    settings: dict[str, Any] = {
        f"outcome {name}": {k: declared[k] for k in sorted(declared) if k != "order"}
        for name, declared in outcomes_of(data).items()
    }
    if keys.SPLIT in data.uns:
        settings["split"] = dict(data.uns[keys.SPLIT])
        text += "; the patients are split, and whatever learns learned from the training patients alone"
    return "Cohort", text, ("muon", "anndata") if is_multimodal(data) else ("anndata",), settings


def _features(data: Cohort) -> list[Step]:
    """One paragraph per modality that was transformed (``mod[m].uns["pipeline"]``) or extracted."""
    out: list[Step] = []
    for modality, adata in modalities_of(data).items():
        name = modality or "the features"
        volumes = as_mapping(adata.uns.get("preprocessing"))
        if volumes:
            out.append(volumes_step(volumes))
        extraction = as_mapping(adata.uns.get("extraction"))
        if extraction:
            text = extraction_text(name, extraction)
            out.append((f"Features of {name}", text, ("pyradiomics", "ibsi"), _flat(extraction)))
        transfer = as_mapping(adata.uns.get("transfer"))
        if transfer:
            out.append((f"Features of {name}", transfer_text(name, transfer), ("he",), _flat(transfer)))
        steps = json.loads(adata.uns.get(keys.PIPELINE, "[]"))
        if steps:
            done = "; ".join(transform_text(s) for s in steps)
            settings = {s["estimator"]: {**_shown(s), **s.get("columns", {})} for s in steps}
            cited = ("sklearn", "combat") if "ComBat" in settings else ("sklearn",)
            out.append((f"Preparation of {name}", f"In {name}: {done}", cited, settings))
    return out


def _shown(step: Mapping[str, Any]) -> dict[str, Any]:
    params = dict(step["params"])
    return _sentences_icc.shown_settings(params) if step["estimator"] == "ICCFilter" else params


def as_mapping(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, Mapping) and isinstance(value.get(keys.SETTINGS), str):
        value = json.loads(value[keys.SETTINGS])
    return dict(value) if isinstance(value, Mapping) else {}


_INTERPOLATORS = {"bspline": "B-spline", "linear": "linear interpolation", "nearest": "nearest neighbour"}


def volumes_step(made: Mapping[str, Any]) -> Step:
    """What was done to the volumes before features were taken from them."""
    s = made.get("settings", {})
    done, cited = [], ["sitk"]
    if s.get("bias_correction"):
        done.append("corrected for the bias field by N4")
        cited.append("n4")
    spacing = s.get("spacing")
    if spacing:
        size = " x ".join("the own" if not mm else setting(mm) for mm in spacing)
        masks = "masks by linear interpolation, kept where at least half"
        if s.get("mask_interpolator") == "nearest":
            masks = "masks by nearest neighbour"
        images = _INTERPOLATORS.get(str(s.get("interpolator")), s.get("interpolator"))
        done.append(f"resampled to {size} mm (images by {images}, {masks})")
    if s.get("clip_percentiles"):
        low, high = (setting(p) for p in s["clip_percentiles"])
        done.append(f"cut at percentiles {low} and {high}")
    if s.get("remove_outliers"):
        done.append(f"cut at {setting(s['remove_outliers'])} standard deviations from the mean")
        cited.append("collewet")
    voxels = {"foreground": "the voxels of the body", "reference_region": "a reference region of normal tissue"}.get(
        str(s.get("normalize_within")), "all voxels"
    )
    if s.get("normalization") == "zscore":
        done.append(f"brought to mean 0 and standard deviation 1 over {voxels}")
    elif s.get("normalization") in ("histogram", "nyul"):
        how = (
            "matched to" if s["normalization"] == "histogram" else "brought by their landmarks to the standard scale of"
        )
        done.append(f"{how} {_target(s)} of the same sequence, over {voxels}")
        cited.append("nyul")
    text = "The volumes were " + ("; ".join(done) or "read and written again without a change")
    if made.get("masks"):
        text += "; of the masks, " + ", then ".join(_MASKS.get(m["made_by"], m["made_by"]) for m in made["masks"])
    of_masks = {
        f"{m['made_by']} {name}": v for m in made.get("masks", []) for name, v in m.items() if name != "made_by"
    }
    settings = _flat({k: v for k, v in made.items() if k not in ("cases", "masks")}) | of_masks
    return "Preparation of the volumes", text, tuple(cited), settings


#: What was done to the masks, by the function that did it.
_MASKS = {
    "clean_masks": "stray parts or holes were removed",
    "peritumoral_masks": "the ring around each was taken",
    "perturb_masks": "those of made-up readers were drawn",
    "shuffle_voxels": "the voxels inside each were shuffled",
    "transfer_masks": "those of another sequence were taken over",
}


def _target(s: Mapping[str, Any]) -> str:
    """What the histograms were matched to."""
    if s.get("reference"):
        return "a reference image"
    sources = {str(standard.get("source")) for standard in (s.get("standard") or {}).values()}
    of = "training patients'" if sources == {"mean of the training patients"} else "cohort's"
    return f"the mean histogram of the {of} images"


def _flat(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Settings and versions of a step on one level, each setting an entry of its own."""
    out: dict[str, Any] = {}
    for name, value in recorded.items():
        out |= dict(value) if name in (keys.SETTINGS, "versions") and isinstance(value, Mapping) else {name: value}
    return out


def _step(found: Found) -> Step:
    heading, text, citations = _TEXTS[found.kind](found.settings, found)
    # The settings of the expression that was enriched stand in their own paragraph.
    # So do recorded transforms.
    apart = {"enrich": "expression", "signature": "pipelines"}.get(found.kind)
    settings = {k: v for k, v in found.settings.items() if k != apart}
    return heading, text, citations, settings


def _consensus(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    name = {"kmeans": "k-means", "pam": "partitioning around medoids"}.get(
        str(s.get("method")), f"{s.get('linkage')}-linkage hierarchical clustering"
    )
    algorithm = name if s.get("method") == "kmeans" else f"{name} with {s.get('metric')} distance"
    how = "chosen on the data by the evidence shown" if s.get("n_clusters") == "auto" else "set beforehand"
    text = (
        f"Patients were grouped on {found.modality or 'the features'} by consensus clustering: {algorithm} on "
        f"{cell(s.get('n_resamples'))} resamples of {setting(100 * float(s.get('sample_fraction', 1)))} % of the "
        "patients; "
        f"the number of groups ({found.result['n_clusters']}) was {how}, and the proportion of ambiguously "
        "clustered pairs "
        "is given for each"
    )
    if s.get("n_null"):
        text += f"; its choice compares them with {s['n_null']} simulated data sets of the same features without groups"
    cited = ("monti", "pac", "m3c") if s.get("n_null") else ("monti", "pac")
    return f"Groups of {found.label}", text, cited


def _combine(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    return title_of(found), f"Patients were cross-classified by {listed(s.get('groupby', []))}", ()


_EFFECTS = {
    "cramers_v": "Cramér's V",
    "epsilon_squared": "ε²",
    "eta_squared": "η²",
    "rank_biserial": "rank-biserial correlations",
    "correlation": "correlations with the order of the categories",
}


def _associate(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    tests = set(found.table("table")["test"].dropna().astype(str))
    cited = ["cramer"]
    if any("isher" in t for t in tests):
        cited.append("fisher")
    if any("Armitage" in t for t in tests):
        cited.append("armitage")
    if any("ruskal" in t for t in tests):
        cited.append("kruskal")
    if s.get("adjust", "benjamini-hochberg") == "benjamini-hochberg":
        cited.append("bh")
    names = sorted(t.replace(", Yates", " with Yates' correction") for t in tests if not t.startswith("none"))
    sizes = [said for name, said in _EFFECTS.items() if (found.table("table")["effect_name"] == name).any()]
    done = f"{listed(names, most=9)} tests" if names else "no test (none was possible)"
    text = (
        f"Groups were compared with clinical variables and with each other by {done}; effect sizes are "
        f"{listed(sizes, most=9)}; "
        f"p-values were adjusted over the whole table ({setting(s.get('adjust', 'benjamini-hochberg'))})"
    )
    return "Associations", text, tuple(cited)


def _counted_from(s: Mapping[str, Any]) -> str:
    """What a landmark or delayed entry does to the counting of time."""
    text = ""
    if s.get("landmark") is not None:
        text += f"; time was counted from a landmark at {setting(s['landmark'])} {s.get('unit', '')}".rstrip()
        text += ", of the patients still at risk then"
    if s.get("entry"):
        text += f"; patients count from when they came under observation ({s['entry']})"
    return text


def _kaplan(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    text = (
        "Survival of patient groups was estimated by the Kaplan-Meier method with log-log 95 % confidence intervals "
        f"and compared by the {log_rank_words(s)} test"
    )
    cited = ["kaplan", "mantel"]
    if s.get("weighting"):
        cited.append("harrington")
        exponents = {name: s[name] for name in ("rho", "gamma") if s.get(name) is not None}
        text += f" ({', '.join(f'{name} {setting(value)}' for name, value in exponents.items())})" if exponents else ""
    if s.get("strata"):
        text += f", within the levels of {s['strata']}"
    if s.get("trend"):
        text += f"; a trend over the groups was tested with the scores {setting(s['trend'])}"
        cited.append("tarone")
    if not found.table("pairwise").empty and len(found.table("pairwise")) > 1:
        text += f"; p-values of pairs of groups were adjusted ({setting(s.get('adjust', 'holm'))})"
        cited += ["holm"] if s.get("adjust", "holm") == "holm" else []
    text += _counted_from(s)
    return "Survival curves", text, tuple(cited)


def _cox(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    text = (
        "Hazard ratios come from Cox regression of each variable alone (p-values adjusted) and of all variables of a "
        "model together, with Wald 95 % confidence intervals"
    )
    cited = ["cox", "bh"] + (["efron"] if s.get("ties", "efron") == "efron" else [])
    tested = found.table("proportional_hazards")
    if not tested.empty and tested["p_value"].notna().any():
        text += "; proportional hazards were tested by scores against effects that change with time"
        cited.append("grambsch")
    text += f"; each level of {s['strata']} had a baseline hazard of its own" if s.get("strata") else ""
    text += f"; coefficients were drawn to 0 by a ridge penalty of {setting(s['ridge'])}" if s.get("ridge") else ""
    if s.get("penalty") == "firth":
        text += "; Firth's penalty kept estimates finite"
        cited.append("firth")
    text += _counted_from(s)
    return "Cox regression", text, tuple(cited)


def _incidence(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    text = (
        f"The cumulative incidence of {listed(s.get('causes', {}), most=9)} ({s.get('outcome')}) was estimated by "
        "Aalen and Johansen, so that patients with one event are no longer at risk of another, with log(-log) 95 % "
        "confidence intervals"
    )
    counted = _counted_from(s)
    if not s.get("groupby"):
        return "Cumulative incidence", f"{text}{counted}", ("aalen",)
    return "Cumulative incidence", f"{text}, and compared by Gray's test{counted}", ("aalen", "gray")


def _fine_gray(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    text = (
        f"Subdistribution hazard ratios of {s.get('cause')} come from Fine and Gray's model of "
        f"{listed(s.get('variables', []), most=99)} with robust standard errors{_counted_from(s)}"
    )
    return "Fine-Gray regression", text, ("fine",)


def _stepwise(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    aic = s.get("criterion") == "aic"
    criterion = "Akaike's criterion" if aic else "the Bayesian criterion on the number of events"
    text = (
        f"Variables of a Cox model were chosen among {listed(s.get('variables', []), most=99)} by stepwise selection "
        f"({s.get('direction')}) by {criterion}"
    )
    if s.get("bootstrap"):
        text += f"; the choice was repeated in {setting(s['bootstrap'])} bootstrap samples of the patients"
    text += _counted_from(s)
    return "Choice of variables", text, ("akaike" if aic else "volinsky", "sauerbrei")


def _cindex(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    text = (
        f"Models were compared by Harrell's c-index of out-of-fold risks in {s.get('repeats')} repetitions of "
        f"{s.get('folds')}-fold cross-validation, pairs formed within a fold"
    )
    text += f" and within a level of {s['strata']}" if s.get("strata") else ""
    text += (
        f"; intervals and differences come from {s.get('bootstrap')} bootstrap resamples of patients, those with and "
        "without the event apart, with fixed out-of-fold risks, the same resamples for all models, their variance "
        "corrected for overlapping folds, the variance between repetitions and few events. "
        "Whether a model predicts better than one inside it was tested one-sidedly; likelihood-ratio tests of the "
        "added terms, on all training patients, stand beside"
    )
    text += _counted_from(s)
    return "Comparison of models", text, ("harrell", "nadeau", "uno", "graf", "riley", "cox", "bh")


_GENE_TESTS = {
    "ttest": ("Student's t-test", ()),
    "welch": ("Welch's t-test", ("welch",)),
    "wilcoxon": ("Wilcoxon's rank-sum test", ()),
    "limma_trend": ("moderated t-test with a trend of the variance, as limma-trend has it", ("limma",)),
    "deseq2": (
        "Wald test of a negative binomial model with PyDESeq2, outliers by Cook's distance, independent filtering",
        ("deseq2", "pydeseq2"),
    ),
}  # fmt: skip


def _expression(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    test, cited = _GENE_TESTS[str(s.get("method", "ttest"))]
    fold = "" if s.get("scale") == "zscore" else f" and a fold change of at least {setting(s.get('fold_change'))}"
    names = [grouping_words(str(name)) for name in s.get("covariates") or []]
    adjusted = f", adjusted for {listed(names, most=9)}" if names else ""
    text = (
        f"Gene expression of {s.get('group')} was compared with that of {reference_of(found)} gene by gene ({test}"
        f"{adjusted}); "
        f"genes with a Benjamini-Hochberg adjusted p < {setting(s.get('alpha'))}{fold} are called significant"
    )
    return "Differential expression", text, (*cited, "bh")


def _enrich(s: Mapping[str, Any], found: Found) -> tuple[str, str, tuple[str, ...]]:
    prerank = s.get("method") == "prerank"
    kind = "pre-ranked gene set enrichment analysis" if prerank else "over-representation of the significant genes"
    text = f"Gene sets were tested by {kind} with GSEApy, against the measured genes"
    return "Enrichment", text, ("gsea", "gseapy", "msigdb") if prerank else ("gseapy", "msigdb", "bh")


_TEXTS: dict[str, Callable[[Mapping[str, Any], Found], tuple[str, str, tuple[str, ...]]]] = {
    "batch_effect": lambda s, found: _sentences_batches.method(found),
    "encoder": lambda s, found: _sentences_encoders.method(found),
    "icc": lambda s, found: _sentences_icc.method(found),
    "rna_quality": lambda s, found: _sentences_rna.method(found),
    "consensus_cluster": _consensus,
    "combine_groups": _combine,
    "integrate": integrate_method,
    "agreement": agreement_method,
    "associate": _associate,
    "correlate": lambda s, found: _sentences_map.method(found),
    "canonical_correlation": lambda s, found: _sentences_canonical.method(found),
    "kaplan_meier": _kaplan,
    "cox": _cox,
    "cumulative_incidence": _incidence,
    "fine_gray": _fine_gray,
    "stepwise_cox": _stepwise,
    "combined_cindex": _cindex,
    "differential_expression": _expression,
    "enrich": _enrich,
    "shrunken_centroids": lambda s, found: _sentences_centroids.method(found),
    **MODEL_METHODS,
}


def versions() -> dict[str, str]:
    """Python and the packages installed here, by name."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:  # an extra that is not installed took no part
            continue
    return found
