"""The methods as text, and what they cite as BibTeX."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mudata import MuData

import radiogenomics as rg
from radiogenomics.report._found import SHAPES, results_in
from radiogenomics.report._methods import _TEXTS, methods_of
from radiogenomics.report._methods_features import extraction_text, transform_text
from radiogenomics.report._methods_files import bibliography, entries_of_manual
from radiogenomics.report._references import BIBTEX, REFERENCES
from radiogenomics.report.checklists._load import NAMES, checklist_named


def _fields(entry: str) -> dict[str, str]:
    """The fields of one BibTeX entry, braces balanced; fails where the entry does not parse."""
    head = re.match(r"@(\w+)\{([^,\s]+),", entry)
    assert head is not None, entry
    rest, fields = entry[head.end() :].strip(), {"type": head[1], "key": head[2]}
    while not rest.startswith("}"):
        name = re.match(r"(\w+)\s*=\s*\{", rest)
        assert name is not None, f"{fields['key']}: {rest[:40]}"
        depth, at = 1, name.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[at], 0) if rest[at - 1] != "\\" else 0
            at += 1
        fields[name[1]] = rest[name.end() : at - 1]
        rest = rest[at:].lstrip().removeprefix(",").lstrip()
    assert rest == "}", f"{fields['key']}: {rest[:40]} after the last brace"
    return fields


def test_the_bibliography_parses() -> None:
    entries = {key: _fields(text) for key, text in entries_of_manual().items()}
    assert len(entries) > 150
    text = (Path(__file__).parents[2] / "vignettes" / "references.bib").read_text(encoding="utf-8")
    assert len(re.findall(r"^@", text, re.MULTILINE)) == len(entries), "a key is there twice"
    for key, fields in entries.items():
        assert fields["key"] == key
        assert {"title", "year"} <= set(fields), key
        assert {"author", "editor"} & set(fields), key


def test_every_reference_has_its_entry_and_they_agree() -> None:
    entries = entries_of_manual()
    assert set(BIBTEX) == set(REFERENCES)
    for name, key in BIBTEX.items():
        fields, text = _fields(entries[key]), REFERENCES[name]
        assert fields["year"] in text, name
        doi = re.search(r"doi:(\S+)$", text)
        if doi is not None and "doi" in fields:
            assert fields["doi"].lower() == doi[1].lower(), name
    for name in NAMES:
        assert checklist_named(name).bibtex in entries


def test_every_kind_of_result_has_a_paragraph() -> None:
    assert set(_TEXTS) == set(SHAPES)


def test_citations_of_every_paragraph_exist(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    methods = methods_of(data, results_in(data))
    assert len(methods["cited"]) == len(methods["references"]) == len(set(methods["cited"]))
    numbers = {int(n) for p in methods["paragraphs"] for mark in re.findall(r"\[([\d, ]+)\]", p["text"])
               for n in mark.split(", ")}  # fmt: skip
    assert numbers == set(range(1, len(methods["cited"]) + 1))


def _texts(node: ast.AST) -> set[str]:
    """Texts in an expression, without those that are compared or looked up."""
    if isinstance(node, ast.Compare | ast.Subscript | ast.Call):
        return set()
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.Dict):
        return set().union(*map(_texts, node.values))
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return set().union(*(_texts(child) for child in ast.iter_child_nodes(node)))


def _cited_in(tree: ast.AST) -> set[str]:
    """Short names that a module cites: the third of what a method returns, and what goes into ``cited``."""
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
            out |= _texts(node.value.elts[2])
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            out |= _texts(node.value) if any(isinstance(x, ast.Name) and x.id == "cited" for x in targets) else set()
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "cited.append":
            out |= _texts(node.args[0])
    return out


def test_citations_in_the_source_are_known() -> None:
    """A misspelt short name would only fail in a study that cites it."""
    files = Path(rg.report.__file__).parent.glob("*.py")
    cited = {name: file.name for file in files for name in _cited_in(ast.parse(file.read_text(encoding="utf-8")))}
    assert {"kaplan", "holm", "nadeau", "vancalster"} <= set(cited)
    unknown = {name: file for name, file in cited.items() if name not in REFERENCES and re.fullmatch(r"\w+", name)}
    assert not unknown


def test_files_beside_the_page(cohort: Callable[..., MuData], tmp_path: Path, quick_figures: None) -> None:
    page = rg.report.write(cohort(), tmp_path, title="A study")
    text = (tmp_path / "methods.md").read_text(encoding="utf-8")
    assert text.startswith("# Methods: A study\n")
    assert "Kaplan-Meier" in text
    assert re.search(r"radiogenomics \d", text)
    numbered = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbered == list(range(1, len(numbered) + 1))
    written = (tmp_path / "references.bib").read_text(encoding="utf-8")
    entries = [_fields(entry.strip()) for entry in re.split(r"^(?=@)", written, flags=re.MULTILINE) if entry]
    assert [e["key"] for e in entries[: len(numbered)]] == [
        BIBTEX[name] for name in methods_of(cohort(), results_in(cohort()))["cited"]
    ]
    assert {checklist_named(name).bibtex for name in NAMES} <= {e["key"] for e in entries}
    html = page.read_text(encoding="utf-8")
    assert 'href="methods.md"' in html
    assert 'href="references.bib"' in html


def test_a_reference_without_an_entry_is_still_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REFERENCES, "newest", "Doe J. New. 2030.")
    assert bibliography(["newest"]) == "@misc{newest, note={Doe J. New. 2030.}}\n"


def test_extraction_names_only_what_was_used() -> None:
    made = {
        "settings": {"ibsi": "correct", "image_types": ["original"], "wavelet": "coif1", "log_sigmas": [1.0],
                     "bin_count": 64, "bin_width": None, "spacing": None, "normalize": False, "peritumoral": None},
        "versions": {"SimpleITK": "2.5", "numpy": "2"}, "reader": None,
    }  # fmt: skip
    text = extraction_text("radiomics", made)
    assert text.endswith("(image types original; 64 bins), using SimpleITK 2.5")
    for unused in ("coif1", "sigma", "width", "ring", "normalised", "masks of", "numpy"):
        assert unused not in text
    settings = {**made["settings"], "image_types": ["wavelet", "log"], "bin_width": 0.5, "spacing": [1, 1, 0]}
    text = extraction_text("radiomics", {"settings": settings})
    assert "wavelet coif1, sigma 1 mm" in text
    assert "bins of width 0.5" in text
    assert "64 bins" not in text
    assert "1 x 1 x the own mm" in text


@pytest.mark.parametrize(
    ("estimator", "params", "said", "unsaid"),
    [
        ("FeatureImputer", {"strategy": "median", "n_neighbors": 5}, "by the median", "5"),
        ("FeatureImputer", {"strategy": "knn", "n_neighbors": 5}, "5 of them", "median"),
        ("FeatureCleaner", {"drop_constant": True, "drop_duplicated": False, "max_missing": 0.2, "max_zeros": 1.0},
         "constant or missing in more than 20 %", "same as"),
        ("FeatureScaler", {"method": "robust"}, "median and quartiles", "deviation"),
        ("ComBat", {"parametric": True, "mean_only": True, "reference_batch": None, "batch": "centre",
                    "covariates": []}, "effects of centre on location were", "reference"),
        ("ICCFilter", {"threshold": 0.75, "form": "icc3", "rule": "value"}, "ICC(3,1) below 0.75", "interval"),
        ("Unheard", {}, "Unheard was applied", "left out"),
    ],
)  # fmt: skip
def test_transforms_name_only_what_took_part(estimator: str, params: dict, said: str, unsaid: str) -> None:
    text = transform_text({"estimator": estimator, "params": params})
    assert said in text
    assert unsaid not in text
