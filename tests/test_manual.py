"""The manual and the README: every call, command and study file in them exists as it is written."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from radiogenomics.cli import app
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study import load

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "vignettes"
GENERATED = ("api.md", "dictionary_files.md", "dictionary_study.md")
PAGES = [ROOT / "README.md", *(p for p in sorted(FOLDER.rglob("*.md")) if p.name not in GENERATED)]
PAGES = [page for page in PAGES if not {"_build", "api"} & set(page.relative_to(ROOT).parts)]
BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
NAME = re.compile(r"\brg((?:\.[A-Za-z_]\w*)+)")

#: The smallest study that every fragment of a study file can be put into.
STUDY: dict[str, Any] = {
    "name": "manual",
    "data": {
        "clinical": {"path": "clinical.csv"},
        "outcomes": {
            "mfs": {"kind": "survival", "time": "days", "event": "event", "unit": "days"},
            "grade": {"kind": "binary", "column": "grade", "positive": "high"},
            "os": {"kind": "survival", "time": "os_days", "event": "os_event", "unit": "days"},
        },
        "images": {"manifest": "manifest.csv"},
    },
    "steps": {},
}


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found["info"].strip().strip("{}").split(" ")[0] in languages:
            yield found["text"]


def inline(page: Path) -> Iterator[str]:
    for found in INLINE.finditer(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        yield " ".join(found[1].split())


def resolve(dotted: str) -> Any:
    """What ``rg.tl.cox`` is; an error where nothing is."""
    found: Any = importlib.import_module("radiogenomics")
    for part in dotted.strip(".").split("."):
        found = getattr(found, part)
    return found


def faults_of_calls(code: str) -> list[str]:
    """Calls of ``rg`` with arguments that the function does not have."""
    faults = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("rg."):
            continue
        name = ast.unparse(node.func)
        if not re.fullmatch(r"rg(\.\w+)+", name):
            continue
        try:
            signature = inspect.signature(resolve(name.removeprefix("rg")))
        except AttributeError:
            continue  # told by the test of names
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            continue
        if any(isinstance(a, ast.Constant) and a.value is ... for a in node.args):
            known = set(signature.parameters)
            several = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
            faults += [f"{name}: {k.arg}" for k in node.keywords if k.arg not in known and not several]
            continue
        try:
            signature.bind(*node.args, **{str(k.arg): k.value for k in node.keywords})
        except TypeError as error:
            faults.append(f"{ast.unparse(node)}: {error}")
    return faults


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_name_exists(page: Path) -> None:
    missing = []
    for dotted in set(NAME.findall(page.read_text(encoding="utf-8"))):
        try:
            resolve(dotted)
        except (AttributeError, ImportError):
            missing.append(f"rg{dotted}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_call_has_the_arguments_that_it_is_given(page: Path) -> None:
    faults = [fault for code in blocks(page, "python") for fault in faults_of_calls(code)]
    for code in inline(page):
        if re.match(r"(await )?rg\.\w+[\w.]*\(", code):
            faults += faults_of_calls(code)
    assert faults == []


def test_the_check_of_calls_finds_what_is_wrong() -> None:
    assert faults_of_calls("rg.tl.cox(mdata, ['age'], strata='grade')") == []
    assert "stratum" in faults_of_calls("rg.tl.cox(mdata, ['age'], stratum='grade')")[0]
    assert "missing" in faults_of_calls("rg.pp.combat(mdata, modality='rna')")[0]
    assert faults_of_calls("rg.io.assemble_cohort(..., radiomics=own)") == []


def commands(page: Path) -> Iterator[list[str]]:
    """Command lines of this package, as words."""
    lines = [line for text in blocks(page, "console", "bash") for line in text.replace("\\\n", " ").splitlines()]
    lines += [code for code in inline(page) if code.startswith("radiogenomics ")]
    for line in lines:
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words and words[0] == "radiogenomics":
            yield words[1:]


def faults_of_command(words: list[str]) -> list[str]:
    command: Any = typer.main.get_command(app)
    path = []
    while words and hasattr(command, "commands") and not words[0].startswith("-") and words[0] != "COMMAND":
        if words[0] not in command.commands:
            return [f"no command {' '.join([*path, words[0]])}"]
        path.append(words[0])
        command = command.commands[words[0]]
        words = words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "-h"}
    return [f"{' '.join(path)}: {word}" for word in words if word.startswith("-") and word.split("=")[0] not in known]


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_command_and_option_exists(page: Path) -> None:
    assert [fault for words in commands(page) for fault in faults_of_command(words)] == []


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    assert faults_of_command(["run", "study.yaml", "--jobs", "4"]) == []
    assert faults_of_command(["train", "autoencoder", "m.csv", "--fold", "3"]) == ["train autoencoder: --fold"]
    assert faults_of_command(["clean", "study.yaml"]) == ["no command clean"]


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    out = copy.deepcopy(base)
    for key, value in more.items():
        out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


def in_a_study(fragment: dict[str, Any]) -> dict[str, Any]:
    """A whole study file that holds the fragment, whose keys are those of a study file or of its steps."""
    steps = StudyFile.model_fields["steps"].annotation.model_fields  # type: ignore[union-attr]
    if set(fragment) <= set(steps):
        fragment = {"steps": fragment}
    return merged(STUDY, fragment)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_study_file_is_one(page: Path) -> None:
    texts = list(blocks(page, "yaml"))
    for code in inline(page):
        if re.match(r"(extract|survival|cluster|harmonise|steps|data|icc|transfer|enrichment): \{.*\}$", code):
            texts.append(code)
    for text in texts:
        fragment = yaml.safe_load(text)
        if "..." in text:
            continue
        StudyFile.model_validate(in_a_study(fragment))


def test_the_check_of_study_files_finds_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="n_groups"):
        StudyFile.model_validate(in_a_study({"cluster": {"rna": {"n_groups": 3}}}))


@pytest.mark.parametrize("file", sorted((FOLDER / "studies").glob("*.yaml")), ids=lambda p: p.stem)
def test_study_files_of_the_manual_are_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOGENOMICS_DATA", "/anywhere")
    assert load(file)
