"""How features were extracted and prepared, for the methods text: only what was done is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radiogenomics.report._format import listed, setting
from radiogenomics.report._sentences_icc import form_words

#: Words of the methods of each estimator; what is not listed is told by its name.
_SCALES = {
    "zscore": "to mean 0 and standard deviation 1",
    "robust": "by its median and quartiles",
    "minmax": "to the range 0 to 1",
    "rank_normal": "by ranks to a normal distribution",
}
_FILLED = {"median": "by the median", "mean": "by the mean", "knn": "from the nearest patients"}


def extraction_text(name: str, made: Mapping[str, Any]) -> str:
    """From which voxels, with which filters and bins, by which software."""
    s = made.get("settings") or {}
    values = "as the IBSI defines them, filters and names being those of PyRadiomics"
    if s.get("ibsi", "pyradiomics") == "pyradiomics":
        values = "with PyRadiomics"
    text = f"Features of {name} were extracted from the volumes inside the tumour mask {values}"
    told = []
    if s.get("image_types"):
        told.append(f"image types {listed(s['image_types'], most=9)}{_filters(s)}")
    if s.get("feature_classes"):
        told.append(f"classes {listed(s['feature_classes'], most=12)}")
    if s.get("spacing"):
        size = " x ".join("the own" if not mm else setting(mm) for mm in s["spacing"])
        told.append(f"voxels of {size} mm")
    if s.get("bin_width"):
        told.append(f"bins of width {setting(s['bin_width'])}")
    elif s.get("bin_count"):
        told.append(f"{setting(s['bin_count'])} bins")
    if s.get("normalize"):
        told.append("volumes normalised")
    if s.get("peritumoral"):
        told.append(f"a ring around the tumour as well ({setting(s['peritumoral'])})")
    if made.get("reader"):
        told.append(f"masks of {setting(made['reader'])}")
    text += f" ({'; '.join(told)})" if told else ""
    versions = made.get("versions") or {}
    software = [f"{package} {versions[package]}" for package in _EXTRACTORS if package in versions]
    return text + (f", using {listed(software)}" if software else "")


def transfer_text(name: str, made: Mapping[str, Any]) -> str:
    """Which network, taught on other images, made features of which slices."""
    s = {**made, **(made.get("settings") or {})}
    text = f"Features of {name} are those of a {s.get('backbone', 'network')} taught on other images"
    told = [f"layer {s['layer']}"] if s.get("layer") else []
    told += [f"pooled over a patient's slices by {s['pooling']}"] if s.get("pooling") else []
    return text + (f" ({'; '.join(told)})" if told else "")


#: Packages that make the values, in the order in which they are told.
_EXTRACTORS = ("radiogenomics", "pyradiomics-bhklab", "SimpleITK")


def _filters(s: Mapping[str, Any]) -> str:
    """Parameters of the filters that were used."""
    types = [str(t).lower() for t in s["image_types"]]
    told = [f"wavelet {s['wavelet']}"] if any("wavelet" in t for t in types) and s.get("wavelet") else []
    told += [f"sigma {setting(s['log_sigmas'])} mm"] if any("log-sigma" in t or t == "log" for t in types) else []
    return f" ({', '.join(told)})" if told else ""


def transform_text(step: Mapping[str, Any]) -> str:
    """What a recorded transform did, with the settings that took part."""
    made = _TOLD.get(str(step["estimator"]))
    if made is None:
        return f"{step['estimator']} was applied"
    return made({**step["params"], **step.get("columns", {})})


def _cleaner(p: Mapping[str, Any]) -> str:
    out = ["constant"] if p.get("drop_constant") else []
    out += ["the same as another"] if p.get("drop_duplicated") else []
    for name, what in (("max_missing", "missing"), ("max_zeros", "0")):
        if p.get(name) is not None and float(p[name]) < 1:
            out.append(f"{what} in more than {setting(100 * float(p[name]))} % of patients")
    text = "infinite values were taken as missing"
    return text + (f", and features that are {listed(out, last='or')} were left out" if out else "")


def _imputer(p: Mapping[str, Any]) -> str:
    how = _FILLED.get(str(p.get("strategy")), f"by {p.get('strategy')}")
    near = f" ({setting(p['n_neighbors'])} of them)" if p.get("strategy") == "knn" and p.get("n_neighbors") else ""
    return f"missing values were imputed {how}{near}" if p.get("strategy") else "missing values were imputed"


def _scaler(p: Mapping[str, Any]) -> str:
    method = str(p.get("method", ""))
    return f"every feature was scaled {_SCALES.get(method, f'({method})')}" if method else "every feature was scaled"


def _combat(p: Mapping[str, Any]) -> str:
    effects = "location" if p.get("mean_only") else "location and scale"
    text = f"effects of {p['batch']}" if p.get("batch") else "effects of the batches"
    text += f" on {effects} were taken out by ComBat"
    priors = {True: "parametric", False: "non-parametric"}.get(p.get("parametric"))  # type: ignore[arg-type]
    told = [f"{priors} priors"] if priors else []
    told += [f"reference {p['reference_batch']}"] if p.get("reference_batch") is not None else []
    told += [f"keeping effects of {listed(p['covariates'])}"] if p.get("covariates") else []
    return text + (f" ({', '.join(told)})" if told else "")


def _icc(p: Mapping[str, Any]) -> str:
    text = "features that do not repeat between readings were left out"
    if p.get("threshold") is None:
        return text
    bound = " (lower bound of its interval)" if p.get("rule") == "lower" else ""
    return f"{text} ({form_words(p.get('form', 'icc2'))} below {setting(p['threshold'])}{bound})"


def _normalizer(p: Mapping[str, Any]) -> str:
    how = f" ({p['method']})" if p.get("method") else ""
    return f"counts were normalised for sequencing depth{how} and brought to the log2 scale"


def _genes(p: Mapping[str, Any]) -> str:
    how = f" ({p['method']})" if p.get("method") else ""
    return f"genes that too few patients express were left out{how}"


_TOLD = {
    "FeatureCleaner": _cleaner,
    "FeatureImputer": _imputer,
    "FeatureScaler": _scaler,
    "ComBat": _combat,
    "CountNormalizer": _normalizer,
    "ICCFilter": _icc,
    "GeneFilter": _genes,
}
