"""The page as a reader has it, in headless Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mudata import MuData

import radiogenomics as rg

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-gpu",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is not here: the report is not opened in a browser")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page_file(cohort: Callable[..., MuData], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rg.report.write(cohort(), tmp_path_factory.mktemp("browser"), title="Study of <b>sarcoma</b>")


@pytest.fixture
def visit(browser, page_file: Path) -> Iterator[Callable]:  # type: ignore[no-untyped-def]
    opened = []

    def open_page(**options):  # type: ignore[no-untyped-def]
        page = browser.new_page(**({"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options))
        page.seen = {"console": [], "requests": []}
        page.on("console", lambda message: page.seen["console"].append(message.text))
        page.on("pageerror", lambda error: page.seen["console"].append(str(error)))
        page.on("request", lambda request: page.seen["requests"].append(request.url))
        page.goto(page_file.as_uri())
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()


def test_silent_alone_and_every_figure_is_seen(visit: Callable) -> None:
    page = visit()
    figures = page.locator("figure svg")
    assert figures.count() == page.locator("figure").count() > 8
    for i in range(figures.count()):
        figures.nth(i).scroll_into_view_if_needed()
        box = figures.nth(i).bounding_box()
        assert figures.nth(i).is_visible()
        assert box["width"] > 200
        assert box["height"] > 80
    assert page.seen["console"] == []
    assert [u for u in page.seen["requests"] if not u.startswith(("file:", "data:"))] == []
    assert len([u for u in page.seen["requests"] if u.startswith("file:")]) == 1


def test_every_link_of_the_contents_leads_to_its_section(visit: Callable) -> None:
    page = visit()
    links = page.locator("nav a")
    assert links.count() > 10
    for i in range(links.count()):
        page.evaluate("window.scrollTo(0, 0)")
        links.nth(i).click()
        target = links.nth(i).evaluate("a => decodeURIComponent(a.hash.slice(1))")
        page.wait_for_function("id => { const r = document.getElementById(id).getBoundingClientRect();"
                               " return r.top > -5 && r.top < innerHeight - 20; }", arg=target)  # fmt: skip
        assert page.evaluate("location.hash.length") > 1
    last = links.nth(links.count() - 1)
    page.wait_for_function("() => document.querySelector('nav a[aria-current]') !== null")
    assert last.get_attribute("aria-current") == "true"


def test_tables_sort_numbers_as_numbers_and_text_as_text(visit: Callable) -> None:
    page = visit()
    table = page.locator("table", has=page.locator("caption", has_text="Genes with the smallest p-values"))
    table.scroll_into_view_if_needed()

    def column(name: str) -> list[str]:
        at = table.locator("th").all_inner_texts().index(name)
        return table.locator(f"tbody td:nth-child({at + 1})").all_inner_texts()

    heading = "log₂ fold change"
    table.get_by_role("button", name=heading).click()
    values = [float(v.replace("−", "-")) for v in column(heading)]
    assert values == sorted(values)
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    table.get_by_role("button", name=heading).press("Enter")
    values = [float(v.replace("−", "-")) for v in column(heading)]
    assert values == sorted(values, reverse=True)
    table.get_by_role("button", name="Gene", exact=True).click()
    numbers = [int(v.removeprefix("GENE")) for v in column("Gene")]
    assert numbers == sorted(numbers)


def test_missing_values_stay_last(visit: Callable) -> None:
    page = visit()
    table = page.locator("table", has=page.locator("caption", has_text="Groups and median survival"))
    button = table.get_by_role("button", name="Median")
    for _ in range(2):
        button.click()
        assert table.locator("tbody tr:first-child td").last.inner_text().startswith("900")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_never_scrolls_sideways(visit: Callable, width: int) -> None:
    page = visit(viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").inner_text() == "Study of <b>sarcoma</b>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Callable, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    ratios = page.evaluate(_CONTRAST)
    assert len(ratios) > 100
    low = [r for r in ratios if r["ratio"] < 4.5]
    assert low == []


def test_paper_shows_what_the_screen_folds(visit: Callable, tmp_path: Path) -> None:
    page = visit()
    assert not page.locator("details").first.evaluate("d => d.open")
    page.evaluate("""window.addEventListener("beforeprint", () => {
        window.folded = document.querySelectorAll("details:not([open])").length; });""")
    page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert page.evaluate("window.folded") == 0
    assert not page.locator("details").first.evaluate("d => d.open")  # as the screen was
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("figure svg").first.is_visible()


def test_landmarks_headings_and_names(visit: Callable) -> None:
    page = visit()
    for role in ("main", "navigation", "banner"):
        assert page.get_by_role(role).count() == 1
    assert page.locator("h1").count() == 1
    assert page.locator("section:not([aria-labelledby])").count() == 0
    assert page.locator("button").evaluate_all("all => all.every(b => b.textContent.trim())")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


# Contrast of every text with the nearest painted ground (relative luminance as WCAG has it); figures stand on white.
_CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = text => text.match(/[0-9.]+/g).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const out = [];
  for (const e of document.querySelectorAll("body *:not(svg, svg *, script)")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility()) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    out.push({ text: e.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) });
  }
  return out;
}"""


def test_a_table_that_does_not_fit_says_so(visit: Callable) -> None:
    for width in (1280, 390):
        page = visit(viewport={"width": width, "height": 844})
        told = page.evaluate("""[...document.querySelectorAll(".hint")].map((hint) => {
            const box = hint.nextElementSibling;
            const cut = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
            return [cut, !hint.hidden, hint.textContent];
        })""")
        assert all(cut == shown for cut, shown, _ in told)
        assert any(shown and "Scroll the table for more" in text for _, shown, text in told)


def test_no_serious_violation_of_accessibility(visit: Callable) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for scheme in ("light", "dark"):
        found = axe.Axe().run(visit(color_scheme=scheme)).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []


def _table(page, caption: str):  # type: ignore[no-untyped-def]
    return page.locator(".table", has=page.locator("caption", has_text=caption))


def test_a_filter_keeps_the_rows_with_its_words_and_says_how_many(visit: Callable) -> None:
    page = visit()
    box = _table(page, "Patients one by one")
    said, rows = box.locator("output"), box.locator("tbody tr:visible")
    assert said.get_attribute("aria-live") == "polite"
    assert (said.inner_text(), rows.count()) == ("30 rows", 30)
    box.get_by_label("Filter the rows of Patients one by one").fill("P01")
    assert (said.inner_text(), rows.count()) == ("10 of 30 rows", 10)
    box.get_by_role("button", name="Patient", exact=True).click()
    assert rows.count() == 10
    box.locator("input").fill("muller")
    assert rows.locator("td").first.inner_text() == "Müller & Söhne"
    box.locator("input").fill("<script>")
    assert rows.locator("td").first.inner_text() == "<script>alert(1)</script>"
    box.locator("input").fill("no such thing")
    assert (said.inner_text(), rows.count()) == ("0 of 30 rows", 0)


def test_a_patient_is_marked_wherever_they_stand_until_escape(visit: Callable) -> None:
    page = visit()
    row = _table(page, "Patients one by one").locator("tbody tr").nth(1)  # the one whose id is a script
    number = row.get_attribute("data-p")
    row.click()
    marked = page.locator(".chosen-one")
    assert marked.count() == page.locator(f'[data-p="{number}"]').count() >= 1
    assert "<script>alert(1)</script>: in " in page.locator(".chosen").inner_text()
    assert page.seen["console"] == []
    page.keyboard.press("Escape")
    assert marked.count() == 0
    assert not page.locator(".chosen").is_visible()


def test_rows_are_reached_and_marked_by_keyboard(visit: Callable) -> None:
    page = visit()
    body = _table(page, "Patients one by one").locator("tbody")
    assert body.locator("tr[tabindex]").count() == 1
    body.locator("tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.cells[0].textContent") == "患者-7"
    assert body.locator("tr.lit td").first.inner_text() == "患者-7"
    page.keyboard.press("Enter")
    assert body.locator("tr.chosen-one").count() == 1
    page.keyboard.press("Escape")
    assert body.locator("tr.chosen-one").count() == 0


def test_a_patient_is_found_by_name(visit: Callable) -> None:
    page = visit()
    box = page.get_by_role("combobox", name="Find a patient")
    box.fill("O'Brien")
    assert page.locator("tr.chosen-one td").first.inner_text() == 'O\'Brien "Q"'
    box.fill("P0")
    assert "patients fit" in page.locator("#find-said").inner_text()
    box.fill("nobody")
    assert page.locator("#find-said").inner_text() == "No patient of that name"


def test_colours_go_by_the_button_and_are_remembered(visit: Callable) -> None:
    page = visit(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert page.locator("#theme").inner_text() == "Colours: dark"
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print")
    assert page.evaluate(ground) == light


def test_the_tab_key_reaches_every_control(visit: Callable) -> None:
    page = visit()
    wanted = page.evaluate("""() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
        .filter((e) => e.checkVisibility()).map((e, i) => (e.dataset.stop = i))""")
    reached = set()
    for _ in range(len(wanted) + 40):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.dataset.stop")
        if stop is None and reached:
            break
        reached.add(int(stop))
    assert set(wanted) - reached == set()


def test_no_printed_figure_or_table_is_cut(visit: Callable) -> None:
    page = visit(viewport={"width": 680, "height": 960})  # the text width of A4
    page.emulate_media(media="print")
    cut = page.evaluate("""() => [...document.querySelectorAll(".card svg, .scroll table")]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120))""")
    assert cut == []
    heights = page.locator(".card svg").evaluate_all("all => all.map((e) => e.getBoundingClientRect().height)")
    assert max(heights) <= 22 / 2.54 * 96 + 1
    assert page.locator("tr.beyond:visible").count() == 0
    note = _table(page, "Patients one by one").locator(".printed")
    assert note.inner_text() == "Printed: the first 25 rows. All 30: tables/clinical.csv."
