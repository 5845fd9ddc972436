"""The built manual as a reader has it: links, images, search, phone width (where ``make docs`` left it)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

BUILT = Path(__file__).parents[1] / "vignettes" / "_build" / "html"
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-gpu",
)  # fmt: skip
#: Of the generated API, some pages stand for all.
SOME_API = ("api/radiogenomics.tl.cox.html", "api/radiogenomics.ml.ComBat.html")


@pytest.fixture(scope="module")
def manual() -> Path:
    if not (BUILT / "index.html").is_file():
        pytest.skip(f"the manual is not built ({BUILT}): run make docs")
    return BUILT


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[tuple[str, str | None]] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.add(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "img":
            self.images.append((str(found.get("src")), found.get("alt")))


def test_every_link_and_image_of_the_manual_is_there(manual: Path) -> None:
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(manual.rglob("*.html"))}
    broken = []
    for path, page in pages.items():
        for link in [*page.links, *(source for source, _ in page.images)]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                broken.append(f"{path.relative_to(manual)}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                broken.append(f"{path.relative_to(manual)}: {link} (no such place)")
    assert broken == []


def test_every_page_is_reached_from_the_first(manual: Path) -> None:
    reached, waiting = set(), [manual / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".html" or not path.is_file():
            continue
        reached.add(path)
        links = (urlsplit(link) for link in _Page(path.read_text(encoding="utf-8")).links)
        waiting += [(path.parent / unquote(p.path)).resolve() for p in links if p.path and not p.scheme]
    alone = {path for path in manual.rglob("*.html") if path.stem not in ("search", "genindex")} - reached
    assert alone == set()


@pytest.fixture(scope="module")
def visit(manual: Path) -> Iterator[Callable[..., Any]]:
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is not here: the manual is not opened in a browser")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        seen: dict[str, list[str]] = {"console": [], "requests": []}
        page.on("console", lambda m: seen["console"].append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: seen["console"].append(str(error)))
        page.on("request", lambda request: seen["requests"].append(request.url))

        def open_page(name: str, width: int = 1280) -> Any:
            seen["console"].clear()
            seen["requests"].clear()
            page.set_viewport_size({"width": width, "height": 900})
            page.goto((manual / name.partition("?")[0]).as_uri() + "".join(name.partition("?")[1:]))
            page.seen = seen
            return page

        yield open_page
        browser.close()


def _written(manual: Path) -> list[str]:
    pages = [*manual.glob("*.html"), *manual.glob("methods/*.html")]
    return sorted(
        [str(p.relative_to(manual)) for p in pages] + [name for name in SOME_API if (manual / name).is_file()]
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_silent_need_no_network_and_fit(manual: Path, visit: Callable[..., Any], width: int) -> None:
    faults = []
    for name in _written(manual):
        page = visit(name, width)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{name}: {wide} px at {width}")
        faults += [f"{name}: {text}" for text in page.seen["console"]]
        faults += [f"{name}: {url}" for url in page.seen["requests"] if not url.startswith(("file:", "data:"))]
        images = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
        faults += [f"{name}: {source} is not shown" for source in images]
    assert faults == []


@pytest.mark.browser
def test_search_works_from_the_disk(visit: Callable[..., Any]) -> None:
    page = visit("search.html?q=transductive")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert any("methods/combat" in link for link in found)
    assert page.seen["console"] == []
    page.locator("#search-results li a", has_text="ComBat").first.click()
    page.wait_for_load_state()
    assert "ComBat" in page.locator("h1").first.inner_text()


@pytest.mark.browser
def test_the_menu_of_a_phone_opens(visit: Callable[..., Any]) -> None:
    page = visit("index.html", 390)
    link = page.locator(".sidebar-tree a", has_text="How to").first
    assert not link.is_visible() or link.bounding_box()["x"] < 0
    page.locator("label[for='__navigation']:visible").first.click()
    page.wait_for_function("document.querySelector('.sidebar-drawer').getBoundingClientRect().x >= 0")
    assert link.is_visible()
