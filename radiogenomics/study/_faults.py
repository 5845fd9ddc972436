"""Every fault of a study file as one message: key path, line, found, expected, near-misses of misspelt keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from radiogenomics._cohort import near_names
from radiogenomics._errors import Fault
from radiogenomics.schemas.messages import expected_words, meant, near_choices, tag_of
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._yaml import KeyPath

_OPTIONS = {
    "data.clinical.path": "--clinical FILE",
    "data.images.manifest": "--manifest FILE",
    "data.rna.path": "--counts FILE, or --rna FILE",
    "data.radiomics.path": "--radiomics FILE",
    "data.deep.path": "--deep FILE",
    "steps.enrichment.gene_sets": "--gene-sets FILE.gmt",
}


def faults_of(error: ValidationError, raw: Any, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Translate pydantic's errors; several about one key (branches of a union) become one fault."""
    merged: dict[KeyPath, Fault] = {}
    settled: set[KeyPath] = set()
    for item in error.errors(include_url=False):
        path = _plain_path(item["loc"], raw, missing=item["type"] == "missing")
        found, expected, hint = _words(item, path)
        if item["type"] == "missing" and path and isinstance(path[-1], int):  # the only lists of fixed length
            path, found, expected, hint = path[:-1], _shown(_at(raw, path[:-1])), "three numbers: x, y, z", ""
        if path in settled:
            continue
        if item["type"] == "unset_variable":  # the other branches of the union are beside the point
            settled.add(path)
            merged.pop(path, None)
        if path in merged and expected not in merged[path].expected:
            old = merged[path]
            merged[path] = Fault(old.found, f"{old.expected}, or {expected}", row=old.row, hint=old.hint, key=old.key)
        elif path not in merged:
            key = ".".join(str(part) for part in path) or "the file"
            merged[path] = Fault(found, expected, row=_line(path, lines), hint=hint, key=key)
    return list(merged.values())


def _plain_path(loc: Sequence[Hashable], raw: Any, *, missing: bool) -> KeyPath:
    """Key path in the file: without the tags that pydantic adds for the branches of a union."""
    path: list[Hashable] = []
    node: Any = raw
    for i, part in enumerate(loc):
        keys: Any = node if isinstance(node, Mapping) else range(len(node)) if isinstance(node, list) else ()
        if part in keys:
            node = node[part]
            path.append(part)
        elif missing and i == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _at(raw: Any, path: KeyPath) -> Any:
    node = raw
    for part in path:
        node = node[part]
    return node


def _line(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """Line of the key, or of the nearest key above it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _words(item: Any, path: KeyPath) -> tuple[str, str, str]:
    kind, value, loc = item["type"], item["input"], item["loc"]
    name = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = _keys_at(loc[:-1])
        near = near_names(name, known, at_most=2)
        hint = meant(near)
        return "an unknown key", f"one of {', '.join(known)}" if known else "no further keys", hint
    if kind == "missing":
        option = _OPTIONS.get(".".join(map(str, path)))
        return "nothing", "this key, which is required", f"On the command line: {option}" if option else ""
    if kind == "unavailable":
        return f"step {name!r}, which is not available in this version", "false, or the step removed", ""
    if kind == "union_tag_not_found":
        return "no kind", "kind: survival, binary or competing", ""
    if kind == "union_tag_invalid":
        kind_given, tags = tag_of(item)
        near = near_names(kind_given, tags, at_most=1)
        return f"kind {kind_given!r}", f"one of {', '.join(tags)}", meant(near)
    if kind == "model_type" or (kind == "dict_type" and not isinstance(value, dict)):
        return _shown(value), "a block of settings (key: value)", ""
    return _shown(value), expected_words(item), meant(near_choices(item))


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys_at(loc: Sequence[Hashable]) -> list[str]:
    """Keys that the schema knows at a place (``loc`` with pydantic's union tags)."""
    here: list[Any] = [StudyFile]
    for part in loc:
        below: list[Any] = []
        for model in here:
            if isinstance(model, type) and issubclass(model, BaseModel):
                field = model.model_fields.get(str(part))
                if field is not None:
                    below += _branches(field.annotation)
                elif _tag(model) == part:
                    below.append(model)
            elif get_origin(model) is dict:
                below += _branches(get_args(model)[1])
        here = below
    found = [
        name
        for model in here
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    ]
    return list(dict.fromkeys(found))


def _tag(model: type[BaseModel]) -> Any:
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation)[0] if kind is not None and get_args(kind.annotation) else None


def _branches(annotation: Any) -> list[Any]:
    """Members of a union, stripped of ``Annotated``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [branch for member in get_args(annotation) for branch in _branches(member)]
    return [annotation]
