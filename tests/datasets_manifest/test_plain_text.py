"""Nothing in a text is obeyed by the page that shows it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.datasets_manifest.plain_text import license_url, link, markdown, one_line, web_address


@given(st.text())
@settings(deadline=None)
def test_markdown_of_any_text_is_one_line_without_marks(text):
    shown = markdown(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>#|]", shown)
    assert not re.match(r"[-+=]|\d+[.)]", shown)
    assert re.sub(r"\\([\\`*_{}\[\]<>#|~$!&.)=:+-])", r"\1", shown) == one_line(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("http://example.org/x_(y)", "http://example.org/x_%28y%29"),
        ("https://example.org/%20?a=b#c", "https://example.org/%20?a=b#c"),
        *((bad, "") for bad in ("", "/home/me", "file:///x.org", "javascript:1", "https://", "https://localhost/x")),
        *((bad, "") for bad in ("https://me:word@example.org", "C:\\data", "https://[x", "ftp://example.org")),
    ],
)
def test_only_addresses_of_the_web_pass(text, address):
    assert web_address(text) == address


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC-BY-NC-SA-3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC-BY-SA-2.0-UK", "https://creativecommons.org/licenses/by-sa/2.0/uk/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("MIT", "https://spdx.org/licenses/MIT.html"),
        *((name, "") for name in ("LicenseRef-x", "NOASSERTION", "NONE", "")),
    ],
)
def test_where_the_text_of_a_license_is(name, url):
    assert license_url(name) == url


def test_links():
    assert link("a]b", "https://x.org/") == r"[a\]b](https://x.org/)"
    assert link("a", "") == "a"
