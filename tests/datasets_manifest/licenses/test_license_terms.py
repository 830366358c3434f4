"""Reading license expressions, and joining what they ask for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.datasets_manifest.licenses.license_terms import less_restrictive, outbound, read_license, strictest

CC = [
    "CC-BY-4.0",
    "CC-BY-3.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-3.0",
]
OTHERS = ["CC0-1.0", "PDDL-1.0", "MIT", "BSD-2-Clause", "ODbL-1.0", "ODC-By-1.0", "LicenseRef-Mine", "GPL-3.0-only"]
LICENSES = st.sampled_from(CC + OTHERS)


def terms(*licenses):
    return frozenset().union(*(read_license(license_).terms for license_ in licenses))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (None, "unknown"),
        ("", "empty"),
        ("   ", "empty"),
        ("cc", "unknown"),
        ("unknown", "unknown"),
        ("NOASSERTION", "unknown"),
        ("NONE", "unknown"),
        ("Not-A-License-9", "unknown"),
        ("CC BY 4.0", "unknown"),
        ("CC-BY-4.0 AND NOASSERTION", "unknown"),
        ("X OR", "invalid"),
        ("AND", "invalid"),
        ("(CC-BY-4.0", "invalid"),
        ("CC-BY-4.0 AND", "invalid"),
        ("CC-BY-4.0", "ok"),
        ("cc-by-4.0", "ok"),
        ("LicenseRef-Mine", "ok"),
        ("LicenseRef-CC-BY-NC-SA-3.0-CH", "ok"),
        ("CC-BY-NC-SA-3.0-CH", "ok"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "ok"),
    ],
)
def test_reliability_11_each_text_has_one_meaning(text, status):
    """The library alone accepts '', raises AttributeError at 'X OR', and calls LicenseRef- and NOASSERTION unknown."""
    reading = read_license(text)
    assert reading.status == status
    assert bool(reading.terms) == (status == "ok")
    assert bool(reading.problem) == (status != "ok")


@given(st.text(max_size=30))
@settings(deadline=None)
def test_no_text_raises(text):
    assert read_license(text).status in ("ok", "unknown", "empty", "invalid")


def test_none_and_noassertion_are_told_apart():
    assert "all rights are reserved" in read_license("NONE").problem
    assert "all rights" not in read_license("NOASSERTION").problem


def test_a_near_identifier_is_proposed():
    assert "did you mean CC-BY-4.0" in read_license("CC BY 4.0").problem


@pytest.mark.parametrize(
    ("text", "kind", "flags"),
    [
        ("CC0-1.0", "public", ""),
        ("PDDL-1.0", "public", ""),
        ("CC-BY-4.0", "cc", "by"),
        ("CC-BY-NC-4.0", "cc", "by nc"),
        ("CC-BY-SA-4.0", "cc", "by sa"),
        ("CC-BY-NC-SA-4.0", "cc", "by nc sa"),
        ("CC-BY-NC-ND-4.0", "cc", "by nc nd"),
        ("MIT", "software", "by"),
        ("Apache-2.0", "software", "by"),
        ("BSD-3-Clause", "software", "by"),
        ("ODbL-1.0", "sharealike", "by sa"),
        ("ODC-By-1.0", "attribution", "by"),
        ("GPL-3.0-only", "copyleft", "by sa"),
        ("LicenseRef-Mine", "custom", ""),
    ],
)
def test_what_each_license_asks_for(text, kind, flags):
    (term,) = read_license(text).terms
    assert term.kind == kind
    assert " ".join(flag for flag in ("by", "nc", "sa", "nd") if getattr(term, flag)) == flags


def test_the_swiss_port_is_a_creative_commons_license_that_spdx_does_not_list():
    for text in ("CC-BY-NC-SA-3.0-CH", "LicenseRef-CC-BY-NC-SA-3.0-CH"):
        (term,) = read_license(text).terms
        assert (term.id, term.ported, term.version) == ("LicenseRef-CC-BY-NC-SA-3.0-CH", "CH", (3, 0))


def test_or_leaves_the_choice_and_and_does_not():
    assert {term.id for term in terms("CC-BY-NC-4.0 OR CC0-1.0")} == {"CC0-1.0"}
    assert {term.id for term in terms("CC-BY-NC-4.0 AND CC0-1.0")} == {"CC-BY-NC-4.0", "CC0-1.0"}


@pytest.mark.parametrize(
    ("licenses", "expected"),
    [
        (["CC-BY-4.0"], "CC-BY-4.0"),
        (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
        (["CC-BY-4.0", "CC-BY-NC-SA-3.0"], "CC-BY-NC-SA-4.0"),
        (["CC-BY-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0"),
        (["CC0-1.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0"),
        (["CC0-1.0"], "CC0-1.0"),
        (["CC0-1.0", "PDDL-1.0"], "CC0-1.0 AND PDDL-1.0"),
        (["CC0-1.0", "MIT"], "MIT"),
        (["MIT", "CC-BY-4.0"], "CC-BY-4.0"),
        (["LicenseRef-Mine", "CC-BY-4.0"], "CC-BY-4.0 AND LicenseRef-Mine"),
    ],
)
def test_outbound(licenses, expected):
    assert outbound(terms(*licenses)) == expected


def test_nothing_has_no_outbound_license():
    assert outbound([]) is None


@given(st.lists(LICENSES, min_size=1, max_size=3), st.lists(LICENSES, max_size=3), st.lists(LICENSES, max_size=3))
@settings(deadline=None)
def test_outbound_is_associative_and_knows_no_order(first, second, third):
    together = outbound(terms(*first, *second, *third))
    assert outbound(terms(outbound(terms(*first, *second)), *third)) == together
    if second or third:
        assert outbound(terms(*first, outbound(terms(*second, *third)))) == together
    assert outbound(terms(*third, *second, *first, *first)) == together


@given(st.lists(LICENSES, min_size=1, max_size=4), LICENSES)
@settings(deadline=None)
def test_outbound_never_asks_for_less_than_a_part(licenses, further):
    joined = terms(outbound(terms(*licenses, further)))
    asked = [name for name in ("nc", "sa") if any(getattr(term, name) for term in terms(*licenses, further))]
    lost = [name for name in asked if not any(getattr(term, name) for term in joined)]
    assert not lost


@pytest.mark.parametrize(
    ("licenses", "expected"),
    [
        (["CC0-1.0", "CC-BY-4.0"], "CC-BY-4.0"),
        (["CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"], "CC-BY-NC-4.0"),
        (["CC-BY-NC-4.0", "CC-BY-ND-4.0"], "CC-BY-ND-4.0"),
        (["CC0-1.0", "LicenseRef-Mine"], "LicenseRef-Mine"),
        (["CC0-1.0", None], "NOASSERTION"),
        (["CC-BY-NC-ND-4.0", "cc"], "NOASSERTION"),
    ],
)
def test_l9_the_strictest(licenses, expected):
    assert strictest(licenses) == strictest(licenses[::-1]) == expected


def test_l8_what_a_child_lost():
    assert less_restrictive(terms("CC0-1.0"), terms("CC-BY-4.0")) == ["attribution"]
    assert less_restrictive(terms("CC-BY-SA-4.0"), terms("CC-BY-NC-SA-4.0")) == ["non-commercial use"]
    assert less_restrictive(terms("CC-BY-4.0"), terms("LicenseRef-Mine")) == ["terms of its own"]
    assert less_restrictive(terms("CC-BY-NC-SA-4.0"), terms("CC-BY-3.0")) == []
