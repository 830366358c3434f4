"""SPDX expressions: OR asks for one, AND for all."""

from __future__ import annotations

import pytest

from medcurate.curate.filters.license_filter import is_accepted, is_stated


@pytest.mark.parametrize(
    ("expression", "accepted", "expected"),
    [
        ("CC-BY-4.0", ["cc-by-4.0"], True),
        ("CC-BY-NC-4.0", ["CC-BY-4.0"], False),
        ("MIT OR GPL-3.0-only", ["MIT"], True),
        ("MIT AND CC-BY-NC-4.0", ["MIT"], False),
        ("MIT AND CC-BY-4.0", ["MIT", "CC-BY-4.0"], True),
        ("CC0-1.0 OR (MIT AND CC-BY-NC-4.0)", ["MIT"], False),
        ("LicenseRef-Custom", ["LicenseRef-Custom"], True),
        ("CC-BY-NC-SA-3.0-CH", ["CC-BY-NC-SA-3.0-CH"], True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only"], False),
        ("MIT OR", ["MIT"], False),
        ("see the web page", ["MIT"], False),
        ("see the web page", ["See the web page"], True),
    ],
)
def test_what_is_accepted(expression, accepted, expected):
    assert is_accepted(expression, accepted) is expected


@pytest.mark.parametrize("expression", [None, "", "NOASSERTION", "none", " Unknown "])
def test_what_states_nothing(expression):
    assert not is_stated(expression)


def test_what_states_something():
    assert is_stated("MIT")
