"""The pinned environment installs on the first release of every Python that the project promises."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
CLASSIFIER = "Programming Language :: Python :: 3."
FIRST_RELEASES = ["3.11.0", "3.12.0", "3.13.0"]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def read_pins(text: str) -> dict[str, str]:
    """Map the name of each distribution of a constraints file to its version."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def find_refusals(wanted: dict[str, str], pythons: list[str]) -> list[str]:
    """List the distributions whose `Requires-Python`, the value of `wanted`, excludes one of `pythons`."""
    return [
        f"{name} requires Python {text} and so does not install on {python}"
        for name, text in wanted.items()
        for python in pythons
        if not SpecifierSet(text).contains(python)
    ]


def find_unpinned(pins: dict[str, str], installed: dict[str, str]) -> list[str]:
    """List the installed distributions (name to version) that no pin describes."""
    return [
        f"{name} {version} is installed, but {f'{pins[name]} is pinned' if name in pins else 'not pinned'}"
        for name, version in sorted(installed.items())
        if name not in pins or Version(pins[name]) != Version(version)
    ]


def find_installed(name: str):
    try:
        return distribution(name)
    except PackageNotFoundError:  # of an extra that `make env` leaves out
        return None


def installed_closure() -> dict[str, str]:
    """Map each installed distribution that the project needs, directly or not, to its version.

    Tools that a developer has added to the environment do not count.
    """
    described = project()
    texts = [*described["build-system"]["requires"], *described["project"]["dependencies"]]
    for extra in described["project"]["optional-dependencies"].values():
        texts.extend(extra)
    waiting, seen, found = [Requirement(text) for text in texts], set(), {}
    while waiting:
        needed = waiting.pop()
        name, extras = canonicalize_name(needed.name), frozenset(needed.extras)
        if (name, extras) in seen or (present := find_installed(name)) is None:
            continue
        seen.add((name, extras))
        found[name] = present.version
        for text in present.requires or ():
            inner = Requirement(text)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append(inner)
    return found


@pytest.fixture(scope="module")
def pins():
    return read_pins((ROOT / "constraints.txt").read_text("utf-8"))


def test_the_pythons_tested_here_are_those_promised():
    promised = project()["project"]
    listed = [text for text in promised["classifiers"] if text.startswith(CLASSIFIER)]
    assert [f"3.{text.removeprefix(CLASSIFIER)}.0" for text in listed] == FIRST_RELEASES
    assert all(SpecifierSet(promised["requires-python"]).contains(python) for python in FIRST_RELEASES)


def test_every_pin_installs_on_the_first_release_of_every_python(pins):
    present = {name: found for name in pins if (found := find_installed(name)) is not None}
    assert len(present) > len(pins) / 2
    wanted = {name: found.metadata.get("Requires-Python", "") for name, found in present.items()}
    assert find_refusals(wanted, FIRST_RELEASES) == []


def test_what_is_installed_is_what_is_pinned(pins):
    found = installed_closure()
    assert {"numpy", "pytest", "jsonpath-rw"} <= set(found)  # direct, of an extra, and needed by another
    assert find_unpinned(pins, found) == []


def test_every_line_of_the_constraints_is_an_exact_pin(pins):
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"{name}=={pins[name]}" for name in pins]


def test_a_pin_that_excludes_a_first_release_is_found():
    made_up = read_pins("# a comment\nMade_Up==13.1\nother==1.0\n")
    assert made_up == {"made-up": "13.1", "other": "1.0"}
    refused = find_refusals({"made-up": ">=3.11.5", "other": ">=3.9", "silent": ""}, FIRST_RELEASES)
    assert refused == ["made-up requires Python >=3.11.5 and so does not install on 3.11.0"]
    assert len(find_refusals({"made-up": ">=3.8,<3.13,!=3.12.0"}, FIRST_RELEASES)) == 2


def test_a_distribution_without_its_pin_is_found():
    installed = {"a": "1.0", "b": "2.1", "c": "3"}
    assert find_unpinned({"a": "1.0.0", "b": "2.0", "d": "9"}, installed) == [
        "b 2.1 is installed, but 2.0 is pinned",
        "c 3 is installed, but not pinned",
    ]
