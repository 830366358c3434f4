"""The page: verdicts first, each leads to its evidence, and every number on it stands in ``metrics.json``."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from medcurate.evaluate import Figure, Metric, evaluate
from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.report_page.names import anchor, number
from tests.evaluate.evaluation_samples import made_parts, plain
from tests.evaluate.report_page.rich_report import RECALLS, rich, write_rich_report

VOID = {"meta", "img", "link", "br"}


class Page(HTMLParser):
    """The text outside of pictures, the ids, links and levels, in order; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, given: list) -> None:
        about = dict(given)
        self.tags.append((tag, about))
        if "svg" not in self.open and "id" in about:
            self.ids.append(about["id"])
        if tag == "a":
            self.links.append(about["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, given: list) -> None:
        self.tags.append((tag, dict(given)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if not {"style", "svg"} & set(self.open):
            self.words.append(text)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give the page of a rich report, and its metrics.json."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_parts(monkeypatch, fidelity=rich)
        out = write_rich_report(folder)
    content = json.loads((out / "metrics.json").read_text())
    return Page((out / "report.html").read_text(encoding="utf-8")), content


NUMBER = re.compile(r"\d(?:[\d,.]*\d)?(?:e[-+]\d+)?")


def numbers_in(content) -> set[str]:
    """Give every number of a JSON file as a page writes it, and the numbers within its texts."""
    if isinstance(content, dict):
        return set().union(*(numbers_in(key) | numbers_in(value) for key, value in content.items()), set())
    if isinstance(content, list):
        return set().union(*map(numbers_in, content), set())
    if isinstance(content, str):
        return set(NUMBER.findall(content)) | set(NUMBER.findall(content[:16]))
    if isinstance(content, bool) or content is None:
        return set()
    return set(NUMBER.findall(number(content))) | {f"{content:,}", json.dumps(content)}


def test_every_number_on_the_page_is_in_the_file(made):
    page, content = made
    shown = NUMBER.findall(page.text)
    assert len(shown) > 100
    counted = {str(sum(v["level"] == level for v in content["verdicts"])) for level in ("good", "bad", "caution")}
    assert set(shown) - numbers_in(content) - counted == set()


def test_every_metric_stands_on_the_page_with_value_interval_n_and_floor(made):
    page, content = made
    assert len(content["metrics"]) == 3 + RECALLS
    text = re.sub(r"\s+", " ", page.text)
    density = 0.123456789 * 1203
    assert (
        f"density {number(density)} {number(density - 0.1)} to {number(density + 0.1)} 1,203 0.98 (0.9 to 1.06) higher"
        in text
    )
    assert "distance all 1,235 mm 3 patients lower" in text
    assert "nothing not computed there are no tumors" in text
    for k in range(RECALLS):
        assert f"recall k={k} {number(0.01 * k + 0.001234)}" in text


def test_verdicts_come_first_bad_news_before_good(made):
    page, _ = made
    levels = [about["class"] for tag, about in page.tags if tag == "li" and "class" in about]
    assert levels == ["bad", "caution", "too_few", "unclear", "good"]
    order = ["verdicts", "fidelity", "absent", "settings", "data", "license"]
    assert [name for name in page.ids if name in order] == order


def test_too_few_to_tell_says_how_many_would_do_and_shows_its_numbers_small(made):
    page, content = made
    entry = next(one for one in content["verdicts"] if one["level"] == "too_few")
    assert entry["enough"] == {"images": 310, "patients": 12, "rule": "measured"}
    assert "1 too few to tell" in page.text
    assert "real images reach 2 % of the others. About 310 held-out real images of 12 patients" in page.text
    small = [(tag, about.get("id")) for tag, about in page.tags if about.get("class") == "small"]
    assert small == [("p", None), ("tr", anchor("fidelity/recall[k=1]"))]
    assert "It was 3 %." in page.text


def test_ids_differ_and_every_link_within_the_page_leads_somewhere(made):
    page, _ = made
    assert len(page.ids) == len(set(page.ids))
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert len(inner) == 11
    assert set(inner) <= set(page.ids)


def test_evidence_leads_to_the_metric_the_figure_or_else_the_part(made):
    page, _ = made
    start = next(place for place, link in enumerate(page.links) if "distance" in link)
    targets = page.links[start : start + 6]
    assert [target.rsplit("-", 1)[0] for target in (*targets[:1], *targets[2:])] == [
        "#x-fidelity-distance-all",
        "#x-fidelity-recall-k-1",
        f"#x-fidelity-recall-k-{RECALLS - 1}",
        "#x-fidelity-dose",
        "#x-fidelity-density",
    ]
    assert targets[1] == "#fidelity"


def test_what_a_verdict_rests_on_is_never_folded_away(made):
    page, _ = made
    raw = page.tags
    details = [place for place, (tag, _) in enumerate(raw) if tag == "details"]
    row = next(n for n, (tag, about) in enumerate(raw) if about.get("id", "").startswith("x-fidelity-recall-k-47-"))
    assert row < details[0]


def test_nothing_comes_from_outside_and_no_script_runs(made):
    page, _ = made
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"}
    addresses = [about[key] for _, about in page.tags for key in ("src", "xlink:href") if key in about]
    assert any(address.startswith("data:image/png") for address in addresses)
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert {link for link in page.links if not link.startswith("#")} == {"metrics.json"}
    policy = next(about["content"] for tag, about in page.tags if about.get("http-equiv"))
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_names_and_captions_are_escaped(made):
    page, _ = made
    assert "<none>" in page.text
    assert "Up is <good>." in page.text
    assert "The distance is <b>large</b>." in page.text
    assert 'The "closest".' in [about.get("alt") for tag, about in page.tags if tag == "img"]


def test_charts_do_not_share_their_parts(made):
    page, _ = made
    within = [about["id"] for tag, about in page.tags if "id" in about]
    assert len(within) == len(set(within))
    used = {about["xlink:href"][1:] for _, about in page.tags if about.get("xlink:href", "").startswith("#")}
    assert used
    assert used <= set(within)


def test_gates_data_license_and_generator_are_told(made):
    page, _ = made
    text = re.sub(r"\s+", " ", page.text)
    assert "fidelity/density min 0.75 148.5 met" in text
    assert "fidelity/distance[all] interval max 2,000 no interval not met" in text
    assert "The generator was trained on 1,234 images; none of them is among the held-out ones." in text
    assert "training › steps 5000" in text
    assert "No license is stated" in text


def test_parts_without_numbers_are_told_and_take_no_room(made):
    page, _ = made
    text = re.sub(r"\s+", " ", page.text)
    assert "Dice: does not apply These data have no masks." in text
    assert "dice" in page.ids


def test_a_report_without_verdicts_or_metrics_is_a_page_all_the_same(monkeypatch, tmp_path):
    made_parts(monkeypatch)
    evaluate(plain(tmp_path / "r", {"a": 4}), plain(tmp_path / "s", {"a": 4}), out=tmp_path / "out")
    text = Page((tmp_path / "out/report.html").read_text()).text
    assert "No part came to a verdict." in text
    assert "It is not known what the generator was trained on" in text


def test_a_picture_may_have_a_prolog(monkeypatch, tmp_path):
    svg = b'<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns="http://www.w3.org/2000/svg" width="10"><g id="b"/></svg>'

    def draws(sides, settings):
        return Part((Metric("dice/x", 1, None, 1),), (), (Figure("dice/f", 'A "b"', "C", svg),))

    made_parts(monkeypatch, dice=draws)
    evaluate(plain(tmp_path / "r", {"a": 4}), plain(tmp_path / "s", {"a": 4}), out=tmp_path / "out", parts=["dice"])
    page = Page((tmp_path / "out/report.html").read_text())
    assert ("svg", 'A "b"') in [(tag, about.get("aria-label")) for tag, about in page.tags]
