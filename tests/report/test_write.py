"""The page and the files beside it."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from mudata import MuData

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError


class _Page(HTMLParser):
    """What a browser would make of the page: ids, links, addresses, texts of cells, tags that were never closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.scripts = 0
        self.cells: list[str] = []
        self.heading: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))
        elif tag == "script":
            self.scripts += 1
        if tag == "td":
            self.cells.append("")
        for name in ("src", "href", "xlink:href", "action"):
            if name in found and tag != "a":
                self.addresses.append(str(found[name]))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "td" in self._open:
            self.cells[-1] += data
        if "h1" in self._open:
            self.heading.append(data)


@pytest.fixture(scope="module")
def written(cohort: Callable[..., MuData], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rg.report.write(cohort(), tmp_path_factory.mktemp("report"), title="Study of <b>sarcoma</b> & 肉瘤")


def test_one_page_that_needs_nothing_else(written: Path) -> None:
    assert written.name == "report.html"
    page = _Page(written.read_text(encoding="utf-8"))
    assert [a for a in page.addresses if not a.startswith(("#", "data:"))] == []
    assert len(page.ids) == len(set(page.ids))
    assert page.scripts == 2  # the code, and the names of the patients as data
    anchors = [link[1:] for link in page.links if link.startswith("#")]
    assert set(anchors) <= set(page.ids)
    assert "http" not in {link.split(":")[0] for link in page.links}


def test_every_named_file_is_there(written: Path) -> None:
    from urllib.parse import unquote

    page = _Page(written.read_text(encoding="utf-8"))
    files = {unquote(link) for link in page.links if not link.startswith("#")}
    assert len(files) > 20
    assert [f for f in files if not (written.parent / f).is_file()] == []
    on_disk = {p.relative_to(written.parent).as_posix() for p in written.parent.rglob("*.*") if p != written}
    assert on_disk == files


def test_what_users_wrote_is_escaped_and_right(written: Path) -> None:
    html = written.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    assert "the mask <empty>" not in html
    page = _Page(html)
    assert "".join(page.heading) == "Study of <b>sarcoma</b> & 肉瘤"
    assert "<script>alert(1)</script>" in page.cells
    clinical = pd.read_csv(written.parent / "tables" / "clinical.csv")
    assert clinical["patient_id"].tolist()[:5] == [
        'O\'Brien "Q"', "<script>alert(1)</script>", "患者-7", "Müller & Söhne", "=1+1",
    ]  # fmt: skip


def test_tables_hold_all_rows_and_figures_their_data(written: Path) -> None:
    tables, figures = written.parent / "tables", written.parent / "figures"
    assert len(pd.read_csv(tables / "differential_expression.csv")) == 200
    assert pd.read_csv(tables / "cox_multivariable.csv")["hr"].tolist() == [1.03, 1.65, 2.46]
    for svg in figures.glob("*.svg"):
        assert svg.with_suffix(".csv").is_file()
    matrix = pd.read_csv(figures / "radiomics_groups_matrix.csv", index_col="patient_id")
    assert matrix.shape == (30, 30)
    assert list(matrix.columns) == list(matrix.index)


def test_every_figure_has_a_text_for_those_who_do_not_see_it(written: Path) -> None:
    html = written.read_text(encoding="utf-8")
    assert html.count('<div class="card" role="img" aria-label="') == html.count("<figure ") > 8
    assert 'aria-label=""' not in html


@pytest.mark.usefixtures("quick_figures")
def test_each_part_of_the_split_has_its_figure(cohort: Callable[..., MuData], tmp_path: Path) -> None:
    page = rg.report.write(cohort(split=True), tmp_path)
    for part in ("training", "internal", "external"):
        curves = pd.read_csv(tmp_path / "figures" / f"kaplan_meier_{part}.csv")
        assert set(curves["split"]) == {part}
    assert "In the external patients: " in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick_figures")
def test_a_cohort_read_from_disk_gives_the_same_page(cohort: Callable[..., MuData], tmp_path: Path) -> None:
    data = cohort()
    first = rg.report.write(data, tmp_path / "a")
    rg.io.write_cohort(data, tmp_path / "cohort.h5mu")
    second = rg.report.write(rg.io.read_cohort(tmp_path / "cohort.h5mu"), tmp_path / "b")
    assert first.read_text(encoding="utf-8") == second.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick_figures")
def test_an_html_path_names_the_page(bare: Callable[..., MuData], tmp_path: Path) -> None:
    page = rg.report.write(bare(), tmp_path / "mine.html")
    assert page == tmp_path / "mine.html"
    assert (tmp_path / "tables" / "audit.csv").is_file()


@pytest.mark.usefixtures("quick_figures")
def test_provenance_file_is_linked(bare: Callable[..., MuData], tmp_path: Path) -> None:
    told = {"rng": 7, "inputs": [{"file": "a <b>.csv", "sha256": "00ff"}], "versions": {"numpy": "9.9"}}
    (tmp_path / "provenance.json").write_text(json.dumps(told), encoding="utf-8")
    html = rg.report.write(bare(), tmp_path, provenance=tmp_path / "provenance.json").read_text(encoding="utf-8")
    assert '<a href="provenance.json">' in html
    assert "a &lt;b&gt;.csv" in html
    assert "9.9" in html


def test_faulty_provenance_is_named(bare: Callable[..., MuData], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"provenance\.json that can be read"):
        rg.report.write(bare(), tmp_path, provenance=tmp_path / "none.json")
    (tmp_path / "p.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="no JSON"):
        rg.report.write(bare(), tmp_path, provenance=tmp_path / "p.json")


def test_an_output_that_cannot_be_written_is_named(bare: Callable[..., MuData], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="in the way"):
        rg.report.write(bare(), tmp_path / "file")
    with pytest.raises(InputError, match="a folder that can be written to"):
        rg.report.write(bare(), tmp_path / "file" / "deeper" / "still")


def test_nothing_is_written_when_nothing_was_computed(bare: Callable[..., MuData], tmp_path: Path) -> None:
    data = bare()
    del data.uns["audit"]
    with pytest.raises(InputError, match="nothing was computed"):
        rg.report.write(data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("quick_figures")
def test_a_figure_that_is_refused_is_named_and_the_rest_stands(
    cohort: Callable[..., MuData], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: MuData, **_: object) -> Axes:
        raise DegenerateInputError("curves", "no patient at risk")

    monkeypatch.setattr(rg.pl, "kaplan_meier", refuse)
    html = rg.report.write(cohort(), tmp_path).read_text(encoding="utf-8")
    assert "This figure could not be drawn: curves: no patient at risk" in html
    assert not (tmp_path / "figures" / "kaplan_meier.svg").exists()
    assert (tmp_path / "figures" / "cox.svg").is_file()


@pytest.mark.slow
def test_ten_thousand_patients_stay_usable(bare: Callable[..., MuData], tmp_path: Path) -> None:
    data = bare()
    many = 10_000
    data.uns["audit"] = pd.DataFrame(
        {"patient_id": [f"<P{i}>" for i in range(many)], "in_clinical": True, "has_radiomics": True, "has_rna": False,
         "split": "all", "kept": np.arange(many) < 30, "reason": "no image", "note": ""}
    )  # fmt: skip
    page = rg.report.write(data, tmp_path)
    assert page.stat().st_size < 500_000
    assert "30 of 9,970 rows" in page.read_text(encoding="utf-8")
    assert len(pd.read_csv(tmp_path / "tables" / "audit.csv")) == many


@pytest.mark.usefixtures("quick_figures")
def test_simulated_patients_are_called_so_at_the_top(cohort: Callable[..., MuData], tmp_path: Path) -> None:
    text = "These patients are simulated"
    assert text not in rg.report.write(cohort(), tmp_path / "a", title="Sarcoma").read_text(encoding="utf-8")
    page = rg.report.write(cohort(), tmp_path / "b", title="Simulated sarcoma").read_text(encoding="utf-8")
    assert text in page.partition('class="facts"')[0]


def test_the_names_of_patients_cannot_end_the_script_they_stand_in(written: Path) -> None:
    html = written.read_text(encoding="utf-8")
    start = html.index('<script type="application/json" id="patients">')
    told = html[html.index(">", start) + 1 : html.index("</script>", start)]
    assert "<" not in told
    assert json.loads(told)[:5] == [
        'O\'Brien "Q"', "<script>alert(1)</script>", "患者-7", "Müller & Söhne", "=1+1",
    ]  # fmt: skip


def test_alt_texts_begin_with_the_finding(written: Path) -> None:
    html = written.read_text(encoding="utf-8")
    figure = html[html.index('<figure id="figure-kaplan_meier"') :]
    alt = figure[figure.index('aria-label="') + 12 :].partition('"')[0]
    assert alt.startswith("No evidence of differences between the radiomics groups in os (log-rank")
