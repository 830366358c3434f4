"""``CITATION.cff`` holds what the Citation File Format 1.2.0 asks for.

The schema here is ours: that part of the official one (citation-file-format.github.io, `schema.json` of 1.2.0) which
covers the keys that are written, with its patterns. The official file is not shipped, so that tests need no network.
"""

from __future__ import annotations

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.datasets_manifest.manifest.citation import _author
from medcurate.datasets_manifest.manifest.writing import write_manifest
from medcurate.datasets_manifest.plain_text import yaml as write_yaml
from tests.datasets_manifest.made_dataset import CHENG, TWO, make, row, two_sources

TEXT = {"type": "string", "minLength": 1}
AGENT = {
    "anyOf": [
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"family-names": TEXT, "given-names": TEXT},
        },
        {"type": "object", "additionalProperties": False, "required": ["name"], "properties": {"name": TEXT}},
    ]
}
AGENTS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": AGENT}
DOI = {"type": "string", "pattern": r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$"}
URL = {"type": "string", "format": "uri", "pattern": "^(https|http|ftp|sftp)://.+"}
DATE = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"}
LICENSE = {"enum": ["CC-BY-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "MIT"]}
WORK = {"title": TEXT, "authors": AGENTS, "version": TEXT, "doi": DOI, "url": URL, "license": LICENSE}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["authors", "cff-version", "message", "title"],
    "properties": {
        **WORK,
        "abstract": TEXT,
        "cff-version": {"const": "1.2.0"},
        "date-released": DATE,
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT},
        "message": TEXT,
        "type": {"enum": ["software", "dataset"]},
        "references": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["authors", "title", "type"],
                "properties": {**WORK, "type": {"enum": ["data"]}, "notes": TEXT},
            },
        },
    },
}


def check(folder, **given):
    write_manifest(folder, **given)
    content = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    return content


def test_it_is_valid_and_names_the_sources(tmp_path):
    content = check(make(tmp_path, two_sources(), TWO))
    assert content["license"] == "CC-BY-NC-SA-4.0"
    assert [work["title"] for work in content["references"]] == [
        "brain tumor dataset",
        "LGG MRI Segmentation (kaggle_3m)",
    ]
    assert content["references"][0]["doi"] == "10.6084/m9.figshare.1512427.v8"


def test_what_the_makers_say(tmp_path):
    about = """
[dataset]
title = "Heads"
version = "2"
creators = ["Lovelace, Ada", "Some Hospital"]
doi = "10.5281/zenodo.1"
date_published = 2026-11-20
keywords = ["glioma", "glioma"]
"""
    content = check(make(tmp_path, [row("cheng", 1)], CHENG + about))
    assert content["authors"] == [{"family-names": "Lovelace", "given-names": "Ada"}, {"name": "Some Hospital"}]
    assert (content["doi"], content["date-released"], content["version"]) == ("10.5281/zenodo.1", "2026-11-20", "2")
    assert content["keywords"] == ["glioma"]


def test_a_list_of_licenses_would_be_a_choice_so_none_is_written(tmp_path):
    table = CHENG + '\n[sources.x]\ncard = "ucsf-pdgm"\n'
    assert "license" not in check(make(tmp_path, [row("cheng", 1), row("x", 1)], table))


def test_what_may_not_be_shared_has_no_license(tmp_path):
    assert "license" not in check(make(tmp_path, [row("x", 1)]))


@pytest.mark.parametrize("name", ["Lovelace, Ada", "A Hospital", ",", "", " , x", "x,", "\n"])
def test_authors(name):
    jsonschema.validate([_author(name)], AGENTS)


@given(
    st.dictionaries(
        st.sampled_from(["title", "a-b", "c"]),
        st.recursive(
            st.text() | st.integers() | st.booleans(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
@settings(deadline=None, max_examples=150)
def test_any_content_comes_back_from_yaml(content):
    assert yaml.safe_load(write_yaml(content) or "{}") == content


def test_nasty_text_comes_back(tmp_path):
    for text in (
        "yes",
        "null",
        "1.0",
        "2026-01-01",
        "- x",
        "a: b",
        "# c",
        "'",
        '"',
        "\\",
        "\n---\n",
        "\x00\x85\u2028\ufeff🧠",
    ):
        assert yaml.safe_load(write_yaml({"x": text})) == {"x": text}
