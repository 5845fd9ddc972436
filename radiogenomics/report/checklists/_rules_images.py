"""Rules on images, masks, extraction and the preparation of features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.report._format import count, listed, setting
from radiogenomics.report.checklists._facts import Facts
from radiogenomics.report.checklists._verdict import Rule, Verdict, done, not_applicable, not_done, partly, unknown

_NO_IMAGES = "The cohort has no features of images"
_READY = "Features came as a ready table, which does not say"


def _of_images(rule: Rule) -> Rule:
    """The rule, where the cohort has features of images."""

    def asked(f: Facts) -> Verdict:
        return rule(f) if f.image_modalities else not_applicable(_NO_IMAGES)

    return asked


def _extracted(rule: Callable[[Facts, Mapping[str, Any]], Verdict]) -> Rule:
    """The rule on the settings of the extraction; a ready table says nothing of them."""

    def asked(f: Facts) -> Verdict:
        settings = f.extraction.get("settings")
        return rule(f, settings) if settings else unknown(_READY)

    return _of_images(asked)


def _anchor(f: Facts) -> str:
    return "images" if isinstance(f.data.uns.get(keys.IMAGE_CHECK), pd.DataFrame) else "methods"


def _protocol(f: Facts) -> Verdict:
    checked = f.data.uns.get(keys.IMAGE_CHECK)
    if not isinstance(checked, pd.DataFrame):
        return unknown("No acquisition parameters are stored")
    z = checked["spacing_z"]
    thick = f"{z.min():.3g}" + (f" to {z.max():.3g}" if f"{z.min():.3g}" != f"{z.max():.3g}" else "")
    said = f"Spacing and size of {count(len(checked), 'image')} are stored (slices {thick} mm)"
    return partly(f"{said}; scanners and acquisition parameters are not", "images")


def _rqs_protocol(f: Facts) -> Verdict:
    told = _protocol(f)
    return unknown(told.evidence, told.anchor, (0, 2))


def _segmentation(f: Facts) -> Verdict:
    if not f.extraction and not f.learned:
        return unknown(_READY)
    masks = f.preprocessing.get("masks") or []
    done_to = f"; then {listed(m['made_by'] for m in masks)}" if masks else ""
    return partly(f"The masks of the manifest were used{done_to}; how they were drawn is not stored", _anchor(f))


def _readers(f: Facts) -> Verdict:
    reader = f.extraction.get("reader")
    if not reader:
        return unknown("No reader is named" if f.extraction else _READY)
    reading = f.extraction.get("reading")
    which = f", reading {setting(reading)}" if reading is not None else ""
    return partly(f"Features come from the masks of {setting(reader)}{which}; experience is not stored", "methods")


def _preprocessing(f: Facts) -> Verdict:
    s = f.preprocessing.get("settings")
    if s:
        bias = "with" if s.get("bias_correction") else "without"
        return done(f"Volumes: normalisation {setting(s.get('normalization'))}, {bias} bias correction", "methods")
    if f.extraction:
        s = f.extraction.get("settings", {})
        how = "normalised" if s.get("normalize") else "not normalised"
        return done(f"Volumes were {how} within the extraction", "methods")
    return unknown(_READY)


def _resampling(f: Facts) -> Verdict:
    for told in (f.preprocessing.get("settings"), f.extraction.get("settings")):
        if told and told.get("spacing"):
            size = " x ".join(setting(mm) for mm in told["spacing"])
            return done(f"Voxels of {size} mm by {told.get('interpolator')} interpolation", "methods")
    return done("Volumes kept their own voxels", "methods") if f.extraction else unknown(_READY)


def _discretisation(f: Facts, s: Mapping[str, Any]) -> Verdict:
    if s.get("bin_width"):
        return done(f"Bins of width {setting(s['bin_width'])}", "methods")
    if s.get("bin_count"):
        return done(f"{setting(s['bin_count'])} bins per tumour", "methods")
    return partly("Grey levels were binned by the default of the software", "methods")


def _image_types(f: Facts, s: Mapping[str, Any]) -> Verdict:
    types = [str(t) for t in s.get("image_types") or []]
    said = listed(types, most=9)
    if any(t.startswith("wavelet") for t in types):
        said += f" (wavelet {s.get('wavelet')})"
    if any("log" in t.lower() for t in types):
        said += f" (sigma {setting(s.get('log_sigmas'))} mm)"
    return done(f"Image types: {said}", "methods")


def _software(f: Facts) -> Verdict:
    versions = f.extraction.get("versions")
    if not versions:
        return unknown(_READY)
    own = f.extraction.get("settings", {}).get("ibsi", "pyradiomics") == "pyradiomics"
    named = listed((f"{k} {v}" for k, v in versions.items() if k != "numpy"), most=5)
    return done(f"Software: {named}; features as {'PyRadiomics' if own else 'the IBSI'} defines them", "methods")


def _feature_classes(f: Facts) -> Verdict:
    said = []
    for name in f.handcrafted:
        var = f.image_modalities[name].var
        if "feature_class" in var:
            named = var["feature_class"].dropna().astype(str)
            counts = named[~named.isin(["", "nan", "None"])].value_counts()
            said += [f"{name} ({listed((f'{k} {n}' for k, n in counts.items()), most=9)})"] if len(counts) else []
    if said:
        return done(f"Classes of {'; '.join(said)}", "features" if f.transformed("FeatureCleaner") else "methods")
    return done(f"Learned features: {listed(f.learned)}", "methods") if f.learned else unknown(_READY)


def _feature_numbers(f: Facts) -> Verdict:
    said = []
    for name, n in f.n_features().items():
        cleaning = f.image_modalities[name].uns.get("cleaning")
        came = len(cleaning["features"]) if isinstance(cleaning, Mapping) and "features" in cleaning else n
        said.append(f"{name} {n:,} of {came:,}")
    return done(f"Features kept: {'; '.join(said)}", "features" if f.transformed("FeatureCleaner") else "methods")


def _all_settings(f: Facts) -> Verdict:
    if f.extraction:
        n = len(f.extraction.get("settings", {}))
        return done(f"All {n} settings of the extraction are listed, those left at default among them", "methods")
    return unknown(_READY)


def _reliability(f: Facts) -> Verdict:
    found = f.of("icc")
    if not found:
        return not_done("Features of repeated segmentations were not compared")
    s = found[0].settings
    said = (
        f"{s.get('n_kept')} of {s.get('n_features')} features reach an {str(s.get('form')).upper()} of "
        f"{setting(s.get('threshold'))} ({listed(s.get('designs') or [])} reader)"
    )
    return done(said, "reproducibility")


def _scaling(f: Facts) -> Verdict:
    scaled, combat = f.transformed("FeatureScaler"), f.transformed("ComBat")
    said = [f"scaled feature by feature: {listed(scaled)}"] if scaled else []
    said += [f"harmonised by ComBat: {listed(combat)}"] if combat else []
    text = "; ".join(said)
    return done(text[0].upper() + text[1:], "methods") if said else not_done("Features were not scaled", "methods")


def _reduction(f: Facts) -> Verdict:
    said = reductions(f)
    if not said:
        return not_done("No feature was left out for being redundant", "methods")
    text = "; ".join(said)
    chosen = f.has("signature", "compare_models")
    verdict = done if chosen or f.has("icc") else partly
    return verdict(text[0].upper() + text[1:], "models" if chosen else "features")


def reductions(f: Facts) -> list[str]:
    """What left features out, each with its number."""
    said = []
    for name, adata in f.image_modalities.items():
        cleaning = adata.uns.get("cleaning")
        if isinstance(cleaning, Mapping) and "features" in cleaning:
            gone = int((~cleaning["features"]["kept"].astype(bool)).sum())
            said += [f"cleaning left {gone} of {len(cleaning['features'])} features of {name} out"] if gone else []
    for found in f.of("icc"):
        s = found.settings
        said.append(f"repeatability left out {int(s.get('n_features', 0)) - int(s.get('n_kept', 0))} features")
    for found in f.of("signature"):
        kept = int((found.table("coefficients")["coefficient"] != 0).sum())
        select = listed((found.settings.get("select") or {}), most=4)
        before = f" after {select}" if select else ""
        said.append(f"the LASSO of {found.key} kept {count(kept, 'feature')}{before}")
    for found in f.of("compare_models"):
        if found.settings.get("select"):
            said.append(f"classifiers of {found.key} select by {listed(found.settings['select'], most=4)}")
    return said


def _one_sequence(f: Facts) -> Verdict:
    sequences = f.sequences()
    if not sequences:
        return unknown("The features do not say from which sequence they come")
    if len(sequences) == 1:
        return done(f"Features come from {sequences[0]} alone", "features")
    if f.has("compare_models"):
        return partly(f"Features come from {listed(sequences)}; feature sets were compared", "models")
    return not_done(f"Features come from {listed(sequences)}, which were not compared with each alone", "features")


def _segmentation_evaluated(f: Facts) -> Verdict:
    return unknown("No evaluation of automatic masks is stored with the cohort")


def _has_masks(f: Facts) -> Verdict:
    return done("Features are of the voxels inside a mask", "methods") if f.extraction else unknown(_READY)


def _automatic_masks(f: Facts) -> Verdict:
    return unknown("The files do not say how the masks were made")


def _handcrafted(f: Facts) -> Verdict:
    if f.handcrafted:
        return done(f"Such features: {listed(f.handcrafted)}", "methods")
    return not_done("Features were learned")


def _tabular(f: Facts) -> Verdict:
    return done("Every feature is a column of a table", "methods")


def _end_to_end(f: Facts) -> Verdict:
    return not_done("This software makes features first; no network goes from image to answer")


IMAGE_RULES: dict[str, Rule] = {
    "all_settings": _of_images(_all_settings),
    "automatic_masks": _of_images(_automatic_masks),
    "discretisation": _extracted(_discretisation),
    "end_to_end": _of_images(_end_to_end),
    "feature_classes": _of_images(_feature_classes),
    "feature_numbers": _of_images(_feature_numbers),
    "handcrafted": _of_images(_handcrafted),
    "has_masks": _of_images(_has_masks),
    "image_types": _extracted(_image_types),
    "one_sequence": _of_images(_one_sequence),
    "preprocessing": _of_images(_preprocessing),
    "protocol": _of_images(_protocol),
    "readers": _of_images(_readers),
    "reduction": _of_images(_reduction),
    "reliability": _of_images(_reliability),
    "resampling": _of_images(_resampling),
    "rqs_protocol": _of_images(_rqs_protocol),
    "scaling": _scaling,
    "segmentation": _of_images(_segmentation),
    "segmentation_evaluated": _of_images(_segmentation_evaluated),
    "software": _of_images(_software),
    "tabular": _of_images(_tabular),
}
