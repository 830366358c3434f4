"""The report in a real browser: it asks nobody for anything, its links land, and a phone and a printer can show it.

Needs Chromium. Debian and Ubuntu: ``apt-get install chromium``; elsewhere any Chromium or Chrome on the PATH will do.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from medcurate.evaluate import compare
from tests.evaluate.evaluation_samples import made_parts
from tests.evaluate.report_page.rich_report import rich, write_rich_report

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = {"width": 360, "height": 740}
SMALL_PHONE = {"width": 320, "height": 640}
TABLET = {"width": 768, "height": 1024}
PAPER = {"width": 718, "height": 1047}  # A4 without its margins
DESKTOP = {"width": 1280, "height": 900}


def missing(what: str):
    """Skip; in CI a browser that is missing is a failure."""
    text = f"{what}. The report is tested in a real browser: on Debian and Ubuntu, apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="module")
def browser():
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        missing(f"none of {', '.join(NAMES)} is on the PATH")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    with sync_playwright() as playwright:
        # No sandbox, as containers often allow none: the pages are our own.
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_parts(monkeypatch, fidelity=rich)
        return write_rich_report(folder)


@pytest.fixture
def visit(browser):
    """Open a file; gives the page, and a list of what went wrong: it must stay empty."""
    contexts = []

    def go(path: Path, *, viewport=DESKTOP, **more):
        context = browser.new_context(viewport=viewport, **more)
        contexts.append(context)
        page = context.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.on("request", lambda request: None if _is_local(request.url, path) else wrong.append(request.url))
        page.goto(path.as_uri())
        return page, wrong

    yield go
    for context in contexts:
        context.close()


def _is_local(address: str, path: Path) -> bool:
    return address.startswith("data:") or address.partition("#")[0] == path.as_uri()


@pytest.fixture(params=["report.html", "comparison.html"])
def path(request, report, tmp_path) -> Path:
    """Give each kind of page."""
    if request.param == "report.html":
        return report / "report.html"
    compare([report, report], out=tmp_path)
    return tmp_path / "comparison.html"


@pytest.mark.parametrize("more", [{}, {"offline": True}, {"java_script_enabled": False}], ids=str)
def test_nothing_is_asked_for_and_nothing_goes_wrong(visit, path, more):
    page, wrong = visit(path, **more)
    page.wait_for_load_state("load")
    assert page.title()
    assert wrong == []


def test_the_watch_sees_what_comes_from_outside(visit, tmp_path):
    """Without this, a watch that sees nothing would pass the tests above."""
    (tmp_path / "bad.html").write_text('<img src="http://127.0.0.1:9/a.png"><script>console.error("x"); y()</script>')
    page, wrong = visit(tmp_path / "bad.html")
    page.wait_for_load_state("load")
    told = " ".join(wrong)
    assert "http://127.0.0.1:9/a.png" in told
    assert "console: x" in told
    assert "error: y is not defined" in told


def test_every_verdict_lands_on_its_evidence(visit, report):
    page, wrong = visit(report / "report.html")
    links = page.locator(".evidence a")
    assert links.count() == 6
    for number in range(links.count()):
        links.nth(number).click()
        top, height = page.evaluate(
            "() => (box => [box.top, box.height])(document.querySelector(location.hash).getBoundingClientRect())"
        )
        assert height > 0
        assert -1 <= top < DESKTOP["height"]
        page.go_back()
    assert wrong == []


def test_a_link_to_what_is_folded_away_opens_it(visit, report):
    page, _ = visit(report / "report.html")
    row = page.locator("details tbody tr").first
    assert not row.is_visible()
    page.evaluate("name => { location.hash = name; }", row.get_attribute("id"))
    row.wait_for(state="visible", timeout=5000)


OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter(element =>
    !element.closest(".scroll") && element.getBoundingClientRect().right > innerWidth + 1 &&
    getComputedStyle(element).position !== "absolute").map(element => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    "viewport", [PHONE, {"width": 320, "height": 640}, DESKTOP], ids=lambda size: str(size["width"])
)
def test_nothing_is_wider_than_the_screen(visit, path, viewport):
    page, _ = visit(path, viewport=viewport)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]


TEXT_HEIGHTS = """() => [...document.querySelectorAll("svg text")].filter(text => text.textContent.trim()).map(
    text => text.getBBox().height * Math.hypot(text.getScreenCTM().c, text.getScreenCTM().d))"""


def test_on_a_phone_charts_fit_and_their_text_can_be_read(visit, report):
    page, _ = visit(report / "report.html", viewport=PHONE)
    boxes = page.evaluate(
        "() => [...document.querySelectorAll('.scroll')].map(box => [box.scrollWidth, box.clientWidth])"
    )
    assert boxes
    assert all(inner <= outer + 1 for inner, outer in boxes)
    sizes = page.evaluate(TEXT_HEIGHTS)
    assert min(sizes) >= 8


def test_on_a_phone_each_number_says_what_it_is(visit, report):
    page, _ = visit(report / "report.html", viewport=PHONE)
    cell = page.locator("table.metrics td", has_text="0.98").first
    name = "cell => getComputedStyle(cell, '::before').content"
    assert page.evaluate(name, cell.element_handle()).replace('" "', "") == '"real against real: "'
    width = "() => document.querySelector('table.metrics thead').getBoundingClientRect().width"
    assert page.evaluate(width) <= 1


CONTRASTS = """() => {
  const parse = text => {
    const found = text.match(/[0-9.]+/g).map(Number);
    return found.length < 4 || found[3] ? found : null;
  };
  const linear = c => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found) return found;
    }
    return [255, 255, 255];
  };
  const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")].filter(one => !one.closest("svg") && hasText(one));
  return texts.map(element => {
    const both = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    return [(Math.max(...both) + 0.05) / (Math.min(...both) + 0.05), element.outerHTML.slice(0, 80)];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(visit, path, scheme):
    """WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5 to 1."""
    page, _ = visit(path, color_scheme=scheme)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [text for contrast, text in found if contrast < 4.5] == []


def test_charts_take_the_color_of_the_text(visit, report):
    colors = set()
    for scheme in ("light", "dark"):
        page, _ = visit(report / "report.html", color_scheme=scheme)
        colors.add(page.evaluate("() => getComputedStyle(document.querySelector('svg text')).fill"))
    assert len(colors) == 2


HIDDEN_ROWS = """() => [...document.querySelectorAll("tr")].filter(row =>
    !row.checkVisibility({contentVisibilityAuto: true})).length"""


def test_it_prints_with_all_that_is_folded_away(visit, path):
    page, wrong = visit(path, viewport=PAPER)
    content = page.pdf(format="A4", print_background=True)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    page.emulate_media(media="print")
    assert page.evaluate(HIDDEN_ROWS) == 0
    assert page.evaluate(OVERFLOWING) == []
    assert wrong == []


def test_pictures_have_words_for_those_who_cannot_see_them(visit, report):
    page, _ = visit(report / "report.html")
    assert page.get_by_role("img").count() == 3
    assert page.get_by_role("img", name="Dose & gain").count() == 1
    assert page.get_by_role("img", name='The "closest".').count() == 1
