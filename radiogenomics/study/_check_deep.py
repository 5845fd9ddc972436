"""Whether the steps that learn features of images can be done, before anything is computed."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import CONTROL, DEEP, RADIOMICS, RESERVED, RNA
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._yaml import KeyPath

_PACKAGES = {
    "segment": ("torch", "monai", "lightning"),
    "autoencoder": ("torch", "monai", "lightning"),
    "transfer": ("torch", "monai"),
}


def encoder_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Names of modalities, labels and sequences that do not fit the rest of the file."""
    steps, faults = file.steps, []

    def fault(path: KeyPath, found: str, expected: str, hint: str = "") -> None:
        row = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
        faults.append(Fault(found, expected, row=row, key=".".join(map(str, path)), hint=hint))

    if steps.transfer is not None and file.data.deep is not None:
        fault(("steps", "transfer"), "a table data.deep beside step 'transfer'", "one source of deep features")
    for name, encoder in (steps.autoencoder or {}).items():
        path: KeyPath = ("steps", "autoencoder", name)
        if not name.isidentifier() or name in (*RESERVED, RADIOMICS, CONTROL, RNA):
            fault(path, f"the name {name!r}", "letters, digits and _, and no other modality's name, such as hscae")
        if name == DEEP and (steps.transfer is not None or file.data.deep is not None):
            fault(path, "the name 'deep', which other features have", "a name of its own, such as hscae")
        outcome = file.data.outcomes.get(encoder.label or "")
        if outcome is not None and outcome.kind == "competing":
            kinds = "an outcome of kind survival or binary, or a clinical column"
            fault((*path, "label"), f"outcome {encoder.label!r} of kind competing", kinds)
    used = None if file.data.images is None else file.data.images.sequences
    asked = [(("steps", "autoencoder", name), e.sequences) for name, e in (steps.autoencoder or {}).items()]
    if steps.transfer is not None:
        asked.append((("steps", "transfer"), steps.transfer.sequences))  # type: ignore[arg-type]
    for where, sequences in asked:
        for one in sequences or []:
            if used is not None and one not in used:
                near = near_names(one, used, at_most=1)
                hint = f"Did you mean {near[0]!r}?" if near else ""
                expected = f"a sequence of data.images: {', '.join(used)}"
                fault((*where, "sequences"), f"sequence {one!r}", expected, hint)
    return faults


def deep_faults(file: StudyFile) -> list[InputError]:
    """Packages that are not installed, weights that are not there, settings that no slice fits."""
    faults = []
    for step, packages in _PACKAGES.items():
        if getattr(file.steps, step) is None:
            continue
        lacking = [name for name in packages if importlib.util.find_spec(name) is None]
        if lacking:
            hint = "Install them by pip install 'radiogenomics[deep]', or set the step to false."
            found = f"{', '.join(lacking)} not installed"
            faults.append(Fault(found, "the packages of extra 'deep'", key=f"steps.{step}", hint=hint))
    segment = file.steps.segment
    folder = None if segment is None else segment.model_folder
    if folder is not None and not (Path(folder) / "model.json").is_file():
        found = f"no model.json in {folder!r}"
        faults.append(Fault(found, "the folder that train segmenter wrote", key="steps.segment.model_folder"))
    transfer = file.steps.transfer
    if transfer is not None and not Path(transfer.weights).is_file():
        hint = "rg.datasets.resnet_weights gets those learned on ImageNet."
        found = f"no file {transfer.weights!r}"
        faults.append(Fault(found, "weights in torchvision's format", key="steps.transfer.weights", hint=hint))
    for name, encoder in (file.steps.autoencoder or {}).items():
        from radiogenomics.schemas.deep import AutoencoderSettings, SliceSettings

        how = encoder.settings or AutoencoderSettings.model_validate({})
        try:
            how.check_size((encoder.slices or SliceSettings.model_validate({})).size)
        except ValueError as error:
            faults.append(Fault(str(error), "another size, or fewer widths", key=f"steps.autoencoder.{name}.slices"))
    return [InputError("steps", faults)] if faults else []
