"""The data dictionary: every file that users write, from the schemas that read it, so that neither can drift."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

from numpydoc.docscrape import FunctionDoc

from radiogenomics.schemas.export import schema

Node = dict[str, Any]

#: Pages, their heading, what stands before the tables, and the schemas (name, heading, introduction) in their order.
PAGES = {
    "dictionary_files": (
        "Data dictionary: tables and models",
        "Every table that you bring and every model file that this package writes, made from the schemas that read "
        "them (`radiogenomics schema NAME` prints one as JSON schema). A misspelt key or column is refused with "
        "the nearest name. How the files look is shown on [your own files](own_files.md).",
        [
            (
                "manifest",
                "manifest.csv",
                "One row per image with its mask; csv or tsv. Paths are relative to the manifest; lengths are in mm, "
                "which image files carry themselves. Further columns are refused, so that a misspelt one is not "
                "passed over.",
            ),
            (
                "clinical",
                "The clinical table",
                "One row per patient and a column of ids; all other columns are free: numbers, categories, yes and "
                "no, text. What follows says how it is read: keys of `data.clinical` of a study file, arguments of "
                "`rg.io.read_clinical`. Its outcome columns are named by the outcomes below.",
            ),
            (
                "outcomes",
                "Outcomes",
                "Under `data.outcomes` of a study file, and in `outcomes=` of `rg.io.assemble_cohort`: a name of your "
                "choice, then one of three kinds. The first outcome is the one that functions take by default.",
            ),
            (
                "split",
                "The split",
                "Under `data.split`, and in `split=` of `rg.io.assemble_cohort`: who teaches and who is judged.",
            ),
            (
                "features",
                "A ready feature table",
                "Patients in rows, numeric features in columns, ids in one column; keys of `data.radiomics` and "
                "`data.deep`. Values are in the units of the program that made them.",
            ),
            ("counts", "Expression", "Genes of patients, either way round; keys of `data.rna`."),
            (
                "signature",
                "models/NAME.json of a signature",
                "What `rg.io.write_model` writes of `rg.get.signature_model`: plain numbers, no code. "
                "`rg.io.read_model` refuses a file that does not fit.",
            ),
            (
                "model",
                "models/NAME.json of a nomogram or clinical model",
                "What `rg.io.write_model` writes of `rg.get.nomogram_model`.",
            ),
        ],
    ),
    "dictionary_study": (
        "Data dictionary: the study file",
        "Every key of a study file, with its type, range and default, made from the schemas that read it. What the "
        "steps do and in which order is told on [the study file](study_file.md). Times are in the unit of their "
        "outcome, lengths in mm, shares and levels between 0 and 1.",
        [
            ("study", "study.yaml", ""),
            (
                "radiomics",
                "Feature settings",
                "What `settings=` of `rg.im.extract_radiomics` and the file of `radiogenomics extract --settings` "
                "take; [the page on handcrafted features](features.md) explains them.",
            ),
        ],
    ),
}


def page(name: str) -> str:
    """One page of the dictionary, as MyST."""
    title, before, parts = PAGES[name]
    lines = [f"# {title}", "", before, ""]
    for schema_name, heading, text in parts:
        lines += _part(schema_name, heading, text)
    return "\n".join(lines)


def _part(name: str, heading: str, text: str) -> list[str]:
    root = schema(name)
    definitions = {key: _unfold(value) for key, value in root.get("$defs", {}).items()}
    lines = [f"(dictionary-{name})=", f"## {heading}", ""]
    if text:
        lines += [text, ""]
    if "properties" in root:
        lines += _table(root, name, definitions)
    for key in _in_order(root, definitions):
        lines += [f"(dictionary-{name}-{key.lower()})=", f"### {_named(key)}", "", _prose(definitions[key]), ""]
        lines += _table(definitions[key], name, definitions)
    return lines


def _unfold(node: Node) -> Node:
    return node if "properties" in node else {"properties": {}, **node}


def _in_order(root: Node, definitions: dict[str, Node]) -> list[str]:
    """Blocks in the order in which a reader meets them."""
    found: list[str] = []

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for entry in node:
                visit(entry)
        if not isinstance(node, dict):
            return
        target = str(node.get("$ref", "")).removeprefix("#/$defs/")
        if target and target not in found:
            found.append(target)
            visit(definitions[target])
        visit([value for key, value in node.items() if key not in ("$defs", "discriminator")])

    visit(root)
    return found


def _named(key: str) -> str:
    """``ClusterSettings`` as a heading: the step or block that it is of."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(Settings|Step|Source|Document)$", "", key)).lower()
    return words[0].upper() + words[1:]


def _prose(node: Node) -> str:
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(str(node.get("description", "")).split()))


def _table(node: Node, name: str, definitions: dict[str, Node]) -> list[str]:
    if not node["properties"]:
        return []
    required = set(node.get("required", []))
    parameters = _parameters(str(node.get("description", "")))
    rows = ["| key | type and range | default | meaning |", "|---|---|---|---|"]
    for key, field in node["properties"].items():
        meaning = _prose(field) or parameters.get(key, "") or _of_block(field, definitions)
        cells = (f"`{key}`", _type(field, name), _default(field, required, key), meaning)
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return [*rows, ""]


def _default(field: Node, required: set[str], key: str) -> str:
    if key in required:
        return "**required**"
    value = field.get("default")
    if value is None or value in ([], {}, ""):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if not isinstance(value, str) else f"`{value}`"


def _type(field: Node, name: str) -> str:
    """A JSON schema as words."""
    if "$ref" in field:
        target = field["$ref"].removeprefix("#/$defs/")
        return f"[{_named(target).lower()}](#dictionary-{name}-{target.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in field:
            options = [_type(option, name) for option in field[choice] if option.get("type") != "null"]
            return " or ".join(dict.fromkeys(options))
    if "const" in field:
        return f"`{json.dumps(field['const'])}`".replace('"', "")
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"] if value != "")
    return _plain(field, name)


def _plain(field: Node, name: str) -> str:
    kind = field.get("type")
    if kind == "array":
        entry = field.get("items", {})
        if "prefixItems" in field:
            inner = ", ".join(_type(part, name) for part in field["prefixItems"])
            return f"list of {len(field['prefixItems'])}: {inner}"
        at_least = f", at least {field['minItems']}" if field.get("minItems", 0) > 1 else ""
        return f"list of {_type(entry, name)}{at_least}" if entry else "list"
    if kind == "object":
        entry = field.get("additionalProperties")
        return f"block by name: {_type(entry, name)}" if isinstance(entry, dict) and entry else "block"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
    return words.get(str(kind), "any value") + _range(field)


def _range(field: Node) -> str:
    signs = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below", "maximum": "up to"}
    limits = [f"{word} {field[key]:g}" for key, word in signs.items() if key in field]
    return f" {' '.join(limits)}" if limits else ""


def _of_block(field: Node, definitions: dict[str, Node]) -> str:
    """What a block that a key leads to is about, where it leads to one only."""
    targets = re.findall(r"#/\$defs/(\w+)", json.dumps({key: v for key, v in field.items() if key != "discriminator"}))
    return _first_sentence(_prose(definitions[targets[0]])) if len(set(targets)) == 1 else ""


def _parameters(description: str) -> dict[str, str]:
    """What the function that a block of settings is handed to says of its parameters (first sentences)."""
    meanings: dict[str, str] = {}
    for package, function in re.findall(r"``rg\.(\w+)\.(\w+)``", description):
        for key, text in _documented(package, function).items():
            meanings.setdefault(key, text)
    return meanings


def _documented(package: str, function: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for parameter in FunctionDoc(getattr(importlib.import_module(f"radiogenomics.{package}"), function))["Parameters"]:
        text = " ".join(line.strip() for line in parameter.desc)
        elsewhere = re.match(r"As in :func:`radiogenomics\.(\w+)\.(\w+)`", text)
        for key in (part.strip() for part in parameter.name.split(",")):
            found[key] = _documented(*elsewhere.groups()).get(key, "") if elsewhere else _plain_words(text)
    return found


def _plain_words(text: str) -> str:
    """The first sentence of a docstring's text, without its roles."""
    text = re.sub(r"\s*:cite:p:`[^`]*`", "", re.sub(r"``([^`]+)``", r"`\1`", text))
    text = re.sub(r":(?:func|class|meth):`~?radiogenomics\.([^`]+)`", r"`rg.\1`", text)
    return _first_sentence(text)


def _first_sentence(text: str) -> str:
    end = re.search(r"(?<![A-Z0-9]{2})\.(?= [A-Z`])", text)
    return text if end is None else text[: end.end()]
