"""Templates share one frame and one style, and nothing that is filled in becomes markup."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from medcurate.pages.templates import environment

OWNERS = ["medcurate.curate.curation_page", "medcurate.evaluate.report_page"]
PAGE = '{% extends "page.html.j2" %}{% block title %}{{ title }}{% endblock %}{% block body %}{{ body }}{% endblock %}'


@pytest.fixture
def pages():
    return environment("medcurate.pages")


def test_filled_in_text_is_escaped(pages):
    text = pages.from_string(PAGE).render(title="a < b", body="<script>alert(1)</script>")
    assert "<title>a &lt; b</title>" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text


def test_a_page_needs_nothing_from_elsewhere(pages):
    text = pages.from_string(PAGE).render(title="", body="")
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert not re.findall(r"\b(?:src|href)=|url\(|@import", text)


def test_an_unknown_name_is_an_error(pages):
    with pytest.raises(UndefinedError, match="body"):
        pages.from_string(PAGE).render(title="")
    with pytest.raises(TemplateNotFound):
        pages.get_template("gone.html.j2")


@pytest.mark.parametrize(("text", "shown"), [("{{ 1234567|n }}", "1,234,567"), ("{{ 0|n }}", "0")])
def test_numbers_have_separators(pages, text, shown):
    assert pages.from_string(text).render() == shown


@pytest.mark.parametrize(("count", "noun"), [(0, "images"), (1, "image"), (2, "images")])
def test_nouns_follow_their_number(pages, count, noun):
    assert pages.from_string("{{ count|s('image') }}").render(count=count) == noun


@pytest.mark.parametrize("package", OWNERS)
def test_every_page_extends_the_shared_frame(package):
    names = [file.name for file in resources.files(package).iterdir() if file.name.endswith(".html.j2")]
    assert names
    for name in names:
        source, _, _ = environment(package).loader.get_source(environment(package), name)
        assert source.startswith('{% extends "page.html.j2" %}')
        assert "<style" not in source


@pytest.mark.parametrize("package", OWNERS)
def test_variables_of_the_style_are_set_once_per_theme(package):
    made = environment(package)
    shared = made.get_template("page.css").render()
    defined = [set(re.findall(r"(--[a-z]+):", line)) for line in shared.splitlines() if ":root" in line]
    assert len(defined) == 3  # light, dark, print
    assert defined[0] == defined[1] == defined[2]
    own = "".join(file.read_text("utf-8") for file in resources.files(package).iterdir() if file.name.endswith(".css"))
    assert set(re.findall(r"var\((--[a-z]+)\)", own + shared)) <= defined[0]
