"""YAML as plain data, with the line of every key; duplicate keys are faults, because YAML keeps the last in silence."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

import yaml

from radiogenomics._errors import Fault, InputError

KeyPath: TypeAlias = tuple[Hashable, ...]


def read_yaml(text: str, where: str) -> tuple[Any, dict[KeyPath, int], list[Fault]]:
    """Data, line of each key path (from 1), and faults (keys given twice). No tag of YAML builds an object."""
    lines: dict[KeyPath, int] = {}
    faults: list[Fault] = []
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        row = None if mark is None else mark.line + 1
        hint = "Check indentation, quotes and colons of this line and the one above."
        raise InputError(where, Fault(problem, "valid YAML", row=row, key="YAML", hint=hint)) from error
    if node is not None:
        _walk(node, (), lines, faults)
    return data, lines, faults


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], faults: list[Fault]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            here = (*path, key_node.value)
            row = key_node.start_mark.line + 1
            if here in lines:
                key = ".".join(map(str, here))
                faults.append(Fault(f"the key twice (first on line {lines[here]})", "each key once", row=row, key=key))
            lines[here] = row
            _walk(value_node, here, lines, faults)
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            lines[(*path, i)] = item.start_mark.line + 1
            _walk(item, (*path, i), lines, faults)
